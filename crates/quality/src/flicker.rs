//! Exposure that goes up and down.

use super::FaultKind;
use super::fault::ClipFault;
use super::picture::BLACK;
use super::sampled::CELLS;
use super::series::ClipLook;

/// Fields across and down over which light is compared: flicker of exposure is a gain of the whole picture (van Roosmalen
/// 1999), a lamp that flickers and a subject that moves change parts of it.
const FIELDS: (usize, usize) = (8, 4);

/// The least and the largest swing, as parts of the light: the eye sees about a hundredth, and lights that go on and off by
/// more than a third are meant to.
const SWING: (f32, f32) = (0.009, 0.3);

/// How many fields must swing with the whole.
const TOGETHER: f32 = 0.7;

/// How many swings make a flicker, and within how many seconds.
const SWINGS: (usize, f32) = (4, 1.5);

/// Light of a field that is too dark to say anything, in levels above black.
const UNLIT: f32 = 6.0;

/// One picture that is brighter or darker than those around it.
struct Swing {
    at: f32,
    size: f32,
}

/// Stretches in which the exposure swings again and again.
pub(super) fn flicker(look: &ClipLook) -> Vec<ClipFault> {
    let swings = swings(look);
    let (fewest, within) = SWINGS;
    let mut faults: Vec<ClipFault> = Vec::new();
    for few in swings.windows(fewest) {
        let from = few[0].at;
        let until = few[fewest - 1].at;
        let turns = few.windows(2).filter(|pair| (pair[0].size > 0.0) != (pair[1].size > 0.0)).count();
        if until - from > within || turns < 2 {
            continue;
        }
        let size = few.iter().map(|swing| swing.size.powi(2)).sum::<f32>() / fewest as f32;
        let fault = ClipFault::new(FaultKind::Flicker, from..until, 0.3 + 8.0 * size.sqrt());
        match faults.last_mut().filter(|last| from <= last.seconds.end) {
            Some(last) => {
                last.seconds.end = fault.seconds.end;
                last.severity = last.severity.max(fault.severity);
            }
            None => faults.push(fault),
        }
    }
    faults
}

/// The pictures whose light, field by field, is not between that of the one before and the one after.
fn swings(look: &ClipLook) -> Vec<Swing> {
    let mut swings = Vec::new();
    let fields: Vec<Vec<f32>> = look.seen.iter().map(|seen| fields(&seen.look.cells)).collect();
    for n in 1..look.seen.len().saturating_sub(1) {
        let at = look.seen[n].at;
        let before = look.seen[n - 1].at;
        let part = (at - before) / (look.seen[n + 1].at - before);
        let sizes = fields[n].iter().zip(&fields[n - 1]).zip(&fields[n + 1]);
        let sizes = sizes.filter_map(|((here, before), after)| {
            let between = before + part * (after - before);
            (between > UNLIT).then(|| here / between - 1.0)
        });
        if let Some(size) = common(sizes.collect()) {
            swings.push(Swing { at, size });
        }
    }
    swings
}

/// The swing that most fields have in common, if there is one.
fn common(mut sizes: Vec<f32>) -> Option<f32> {
    if sizes.len() < FIELDS.0 * FIELDS.1 / 3 {
        return None;
    }
    sizes.sort_by(f32::total_cmp);
    let middle = sizes[sizes.len() / 2];
    let (least, most) = SWING;
    if !(least..most).contains(&middle.abs()) {
        return None;
    }
    let near = sizes.iter().filter(|size| (*size - middle).abs() < 0.5 * middle.abs()).count();
    (near as f32 > TOGETHER * sizes.len() as f32).then_some(middle)
}

/// The mean light of every field, above black.
fn fields(cells: &[u8]) -> Vec<f32> {
    let (across, down) = FIELDS;
    let width = CELLS.0 / across;
    let height = CELLS.1 / down;
    let mut fields = Vec::with_capacity(across * down);
    for row in 0..down {
        for column in 0..across {
            let lines = cells.chunks_exact(CELLS.0).skip(row * height).take(height);
            let levels = lines.flat_map(|line| &line[column * width..(column + 1) * width]);
            let sum: u32 = levels.map(|level| u32::from(*level)).sum();
            fields.push(sum as f32 / (width * height) as f32 - BLACK);
        }
    }
    fields
}
