//! What is measured of one picture, and of how it differs from the one before.

use super::detail;
use super::sampled::{CELLS, ROWS, SampledPicture};

/// Columns of a block whose change is looked at by itself.
const BLOCK: usize = 16;

/// What is kept of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureLook {
    /// The light of the cells, from 0 to 255.
    pub(super) cells: Vec<u8>,
    /// Mean light, from 0, black, to 219, white.
    pub(super) light: f32,
    /// The light below which a hundredth, a twentieth, the half, nineteen twentieths and 199 of 200 of the picture are.
    pub(super) quantiles: [f32; 5],
    /// Mean of both colour differences.
    pub(super) colour: [f32; 2],
    /// How sharp its sharpest edges are; `None` where there are too few to say.
    pub(super) detail: Option<f32>,
    /// Black bars: the parts of the height above and below, and of the width left and right.
    pub(super) bars: Bars,
}

/// Black at the edges of a picture, as parts of its height and width.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Bars {
    /// Above and below, the lesser of both.
    pub(super) above: f32,
    /// Left and right, the lesser of both.
    pub(super) side: f32,
}

impl PictureLook {
    /// Measures a picture.
    #[must_use]
    pub fn of(picture: SampledPicture<'_>) -> Self {
        let counts = counts(picture.luma);
        let all = counts.iter().sum::<u32>() as f32;
        let sum: f32 = counts.iter().enumerate().map(|(level, count)| level as f32 * *count as f32).sum();
        Self {
            cells: cells(picture),
            light: (sum / all - BLACK).max(0.0),
            quantiles: [0.01, 0.05, 0.5, 0.95, 0.995].map(|part| quantile(&counts, part * all)),
            colour: [mean(picture.blue) - 128.0, mean(picture.red) - 128.0],
            detail: detail::sharpness(picture),
            bars: bars(picture),
        }
    }
}

/// The level of black in the range of television.
pub(super) const BLACK: f32 = 16.0;

/// How often each level is there, in every other pixel.
fn counts(levels: &[u8]) -> [u32; 256] {
    // By turns into two tables: where neighbours are equal, each would wait for the other.
    let mut counts = [[0_u32; 256]; 2];
    for four in levels.chunks_exact(4) {
        counts[0][usize::from(four[0])] += 1;
        counts[1][usize::from(four[2])] += 1;
    }
    std::array::from_fn(|level| counts[0][level] + counts[1][level])
}

fn mean(levels: &[u8]) -> f32 {
    levels.iter().map(|level| u64::from(*level)).sum::<u64>() as f32 / levels.len() as f32
}

/// The light above black below which `count` of the counted levels are.
fn quantile(counts: &[u32; 256], count: f32) -> f32 {
    let mut seen = 0;
    let mut level = 0;
    while level < 255 && (seen + counts[level]) as f32 <= count {
        seen += counts[level];
        level += 1;
    }
    level as f32 - BLACK
}

/// The mean light of every cell.
fn cells(picture: SampledPicture<'_>) -> Vec<u8> {
    let (across, down) = CELLS;
    let rows_of_cell = ROWS / down;
    let mut cells = Vec::with_capacity(across * down);
    for rows in picture.luma.chunks_exact(picture.width * rows_of_cell) {
        for cell in 0..across {
            let columns = cell * picture.width / across..(cell + 1) * picture.width / across;
            let mut sum = 0;
            for row in rows.chunks_exact(picture.width) {
                sum += row[columns.clone()].iter().map(|level| u32::from(*level)).sum::<u32>();
            }
            cells.push((sum as f32 / (columns.len() * rows_of_cell) as f32).round() as u8);
        }
    }
    cells
}

/// A level up to which a pixel of a bar may be bright, ringing of the codec included.
const BAR: u8 = 44;

/// The mean level up to which a line of a bar may be.
const BAR_MEAN: f32 = 22.0;

/// A pixel that is brighter than this belongs to no bar.
const BRIGHT: u8 = 26;

/// A bar is at most so much of the picture at either side.
const WIDEST: f32 = 0.4;

/// Sums of one line of pixels.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    sum: u32,
    most: u8,
    /// Pixels that are brighter than those of a bar.
    bright: u32,
}

impl Line {
    fn of(row: &[u8]) -> Self {
        Self {
            sum: row.iter().map(|level| u32::from(*level)).sum(),
            most: row.iter().copied().max().unwrap_or_default(),
            bright: row.iter().map(|level| u32::from(*level > BRIGHT)).sum(),
        }
    }
}

fn bars(picture: SampledPicture<'_>) -> Bars {
    let rows: Vec<Line> = picture.rows().map(Line::of).collect();
    // Column by column would read memory in leaps: the values of all columns grow row by row, many at once.
    let mut sums = vec![0_u16; picture.width];
    let mut most = vec![0_u8; picture.width];
    let mut bright = vec![0_u8; picture.width];
    for row in picture.rows() {
        for (sum, level) in sums.iter_mut().zip(row) {
            *sum += u16::from(*level);
        }
        for (most, level) in most.iter_mut().zip(row) {
            *most = (*most).max(*level);
        }
        for (bright, level) in bright.iter_mut().zip(row) {
            *bright += u8::from(*level > BRIGHT);
        }
    }
    let columns = sums.iter().zip(&most).zip(&bright);
    let columns: Vec<Line> = columns
        .map(|((sum, most), bright)| Line { sum: u32::from(*sum), most: *most, bright: u32::from(*bright) })
        .collect();
    Bars { above: bar(&rows, picture.width), side: bar(&columns, ROWS) }
}

/// The part of `lines` of `length` pixels that is bar at both ends; what is inside must be brighter along most of its edge.
fn bar(lines: &[Line], length: usize) -> f32 {
    let most = (lines.len() as f32 * WIDEST) as usize;
    let ends = [bar_at(lines.iter(), length, most), bar_at(lines.iter().rev(), length, most)];
    ends[0].min(ends[1]) as f32 / lines.len() as f32
}

fn bar_at<'a>(lines: impl Iterator<Item = &'a Line> + Clone, length: usize, most: usize) -> usize {
    let is_dark = |line: &&Line| line.most <= BAR && line.sum as f32 <= BAR_MEAN * length as f32;
    let count = lines.clone().take_while(is_dark).count();
    if count == 0 || count > most {
        return 0;
    }
    // Beyond the lines that the codec smears.
    let within = lines.skip(count + 1).take(3);
    let bright = within.map(|line| line.bright).max().unwrap_or_default();
    if bright as f32 > 0.5 * length as f32 { count } else { 0 }
}

/// How a picture differs from the one before, in levels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// The mean over all pixels.
    pub(super) mean: f32,
    /// The mean over the two hundredth of all blocks that changes most.
    pub(super) most: f32,
}

/// How two pictures of one width differ.
pub(super) fn change(before: &[u8], after: SampledPicture<'_>) -> Change {
    let mut blocks = Vec::with_capacity(after.luma.len() / BLOCK);
    for (before, after) in before.chunks_exact(after.width).zip(after.rows()) {
        for (before, after) in before.chunks_exact(BLOCK).zip(after.chunks_exact(BLOCK)) {
            blocks.push(before.iter().zip(after).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>());
        }
    }
    let mean = blocks.iter().sum::<u32>() as f32 / (blocks.len() * BLOCK) as f32;
    let few = (blocks.len() / 200).max(1);
    let at = blocks.len() - few;
    blocks.select_nth_unstable(at);
    let most = blocks[at..].iter().sum::<u32>() as f32 / (few * BLOCK) as f32;
    Change { mean, most }
}

impl SampledPicture<'_> {
    pub(super) fn luma(&self) -> &[u8] {
        self.luma
    }
}
