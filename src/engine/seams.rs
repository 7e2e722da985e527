//! Seams of a film: measured once for every pair of clips, kept as data, and mended as the storyboard asks.

use std::fs;
use std::path::Path;

use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::KnownClips as _;
use storyreel_core::timeline::seam::{Heard, REACH, SeamFinding, Side, hear, judge};
use storyreel_core::timeline::{ClipPiece, Join, SAMPLE_RATE, Seam};
use storyreel_core::units::{Digest, Rate};
use storyreel_media::media::{Ffmpeg, MediaError};

use crate::store::{Store, write_whole};

/// The version of the way seams are judged. It changes when equal clips get another finding.
const FORMAT: u32 = 2;

/// The file of a film's seams, in the folder that the store keeps for the film.
const FILE: &str = "seams.json";

/// A seam of a film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilmSeam {
    /// The earlier shot.
    pub from: String,
    /// The shot that continues it.
    pub to: String,
    /// What was found and done.
    pub finding: SeamFinding,
}

/// Measures the seams of a film of `rate` and puts what is done about each into `pieces`. `clips` has what each piece
/// was made of; what is not in the store has no seams. Returns the place of the later piece with every seam.
pub(super) async fn mend(
    ffmpeg: &Ffmpeg,
    store: &Store,
    rate: Rate,
    clips: &[&ClipRecord],
    pieces: &mut [ClipPiece],
) -> Result<Vec<(usize, FilmSeam)>, MediaError> {
    let mut measuring = Vec::new();
    for (place, piece) in pieces.iter().enumerate().skip(1) {
        let Join::Chained { seam } = piece.join else { continue };
        let earlier = clips[place - 1];
        let later = clips[place];
        if [earlier, later].iter().all(|clip| is_countable(rate, clip) && store.has(&clip.clip)) {
            measuring.push(async move {
                measured(ffmpeg, store, earlier, later, seam).await.map(|finding| (place, finding))
            });
        }
    }
    let side_by_side = std::thread::available_parallelism().map_or(1, usize::from);
    let mut running = futures::stream::iter(measuring).buffered(side_by_side);
    let mut seams = Vec::new();
    while let Some(measured) = running.next().await {
        if let (place, Some(finding)) = measured? {
            seams.push((place, mended_seam(pieces, place, finding)));
        }
    }
    Ok(seams)
}

/// Does to the two pieces at a seam what was found to mend it, where enough of both is left.
fn mended_seam(pieces: &mut [ClipPiece], place: usize, mut finding: SeamFinding) -> FilmSeam {
    let mend = finding.mend;
    if leaves_half(&pieces[place - 1], mend.drop_before) && leaves_half(&pieces[place], mend.drop_after) {
        pieces[place - 1].trim.1 = mend.drop_before;
        pieces[place].trim.0 = mend.drop_after;
        pieces[place].grade = mend.grade;
    } else {
        finding.leave_unmended();
    }
    FilmSeam { from: pieces[place - 1].shot.to_string(), to: pieces[place].shot.to_string(), finding }
}

/// Whether more than half of a piece is left without `more` frames: two seams may take something off one clip.
const fn leaves_half(piece: &ClipPiece, more: u64) -> bool {
    piece.trim.0 + piece.trim.1 + more < piece.facts.video.frames / 2
}

/// Adds what is heard at the seams of the film that was made of them.
pub(super) fn heard(seams: Vec<(usize, FilmSeam)>, heard: &[(usize, Heard)]) -> Vec<FilmSeam> {
    let mut all = Vec::with_capacity(seams.len());
    for (place, mut seam) in seams {
        if let Some((_, heard)) = heard.iter().find(|(at, _)| *at == place) {
            seam.finding.hear_after(*heard);
        }
        all.push(seam);
    }
    all
}

/// The seams of a film as they were seen and heard when it was put together; `folder` is the one that the store keeps for
/// the film.
#[must_use]
pub fn kept(folder: &Path) -> Option<Vec<FilmSeam>> {
    serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
}

/// Whether frames of a clip are found by number.
fn is_countable(rate: Rate, record: &ClipRecord) -> bool {
    record.facts.video.rate == rate && !record.facts.video.is_loose()
}

/// The finding for two clips of one rate: as kept, or measured now.
async fn measured(
    ffmpeg: &Ffmpeg,
    store: &Store,
    earlier: &ClipRecord,
    later: &ClipRecord,
    seam: Seam,
) -> Result<Option<SeamFinding>, MediaError> {
    let rate = earlier.facts.video.rate;
    let key = Digest::of(format!("seam {FORMAT} {seam} {rate} {} {}", earlier.clip, later.clip).as_bytes());
    let file = store.root().join("seams").join(format!("{}.json", key.hex()));
    if let Some(known) = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        return Ok(known);
    }
    let frames = earlier.facts.video.frames;
    let left = store.object(&earlier.clip);
    let right = store.object(&later.clip);
    let tail = ffmpeg.view(&left, &earlier.facts, frames.saturating_sub(REACH)..frames).await?;
    let head = ffmpeg.view(&right, &later.facts, 0..REACH.min(later.facts.video.frames)).await?;
    let mut finding = judge(Side(&tail.pictures), Side(&head.pictures), seam, rate);
    if let Some(finding) = finding.as_mut().filter(|_| earlier.facts.audio.is_some() || later.facts.audio.is_some()) {
        let sound = [tail.sound.as_slice(), &head.sound].concat();
        finding.hear_before(hear(&sound, tail.sound.len(), SAMPLE_RATE, ffmpeg.overhang(&left)?));
    }
    keep(&file, &finding);
    Ok(finding)
}

/// Writes the seams of a film beside what else is kept of it.
pub(super) fn record(folder: &Path, seams: &[FilmSeam]) {
    keep(&folder.join(FILE), &seams);
}

/// Keeps a measurement. Losing one costs another look at the clips, so a failure to write is none.
fn keep(file: &Path, value: &impl Serialize) {
    let bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    let folder = file.parent().unwrap_or(file);
    let _ = fs::create_dir_all(folder).and_then(|()| write_whole(file, &bytes, true));
}
