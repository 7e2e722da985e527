//! Seams of a film: measured once for every pair of clips, kept as data, and mended as the storyboard asks.

use std::fs;
use std::path::Path;

use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::KnownClips as _;
use storyreel_core::timeline::seam::{Heard, REACH, SeamFinding, Side, hear, judge};
use storyreel_core::timeline::{ClipPiece, Join, SAMPLE_RATE, Seam};
use storyreel_core::units::{Digest, Rate, ShotId};
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

/// Measures the seams of a film of `rate` and puts what is done about each into `pieces`. `taken` has what each piece
/// was made of; what is not in the store has no seams. Returns the place of the later piece with every seam.
pub(super) async fn mend(
    ffmpeg: &Ffmpeg,
    store: &Store,
    rate: Rate,
    taken: &[&ClipRecord],
    pieces: &mut [ClipPiece],
) -> Result<Vec<(usize, FilmSeam)>, MediaError> {
    let seen = |n: usize| countable(rate, taken[n]) && store.has(&taken[n].clip);
    let seams = (1..pieces.len()).filter_map(|n| match pieces[n].join {
        Join::Chained { seam } if seen(n - 1) && seen(n) => Some((n, seam)),
        _ => None,
    });
    let measuring = seams.collect::<Vec<_>>().into_iter().map(async |(n, seam)| {
        measured(ffmpeg, store, (taken[n - 1], taken[n]), seam).await.map(|finding| (n, finding))
    });
    let side_by_side = std::thread::available_parallelism().map_or(1, usize::from);
    let mut running = futures::stream::iter(measuring).buffered(side_by_side);
    let mut found = Vec::new();
    while let Some(seam) = running.next().await {
        if let (n, Some(finding)) = seam? {
            found.push((n, finding));
        }
    }
    drop(running);
    let mut seams = Vec::new();
    for (n, mut finding) in found {
        let mend = finding.mend;
        // What two seams take off one clip must leave something of it.
        let room = |piece: &ClipPiece, more: u64| piece.trim.0 + piece.trim.1 + more < piece.facts.video.frames / 2;
        if room(&pieces[n - 1], mend.drop_before) && room(&pieces[n], mend.drop_after) {
            pieces[n - 1].trim.1 = mend.drop_before;
            pieces[n].trim.0 = mend.drop_after;
            pieces[n].grade = mend.grade;
        } else {
            finding.leave_unmended();
        }
        let name = |piece: &ClipPiece| -> String { ShotId::to_string(&piece.shot) };
        seams.push((n, FilmSeam { from: name(&pieces[n - 1]), to: name(&pieces[n]), finding }));
    }
    Ok(seams)
}

/// Adds what is heard at the seams of the film that was made of them.
pub(super) fn heard(seams: Vec<(usize, FilmSeam)>, heard: &[(usize, Heard)]) -> Vec<FilmSeam> {
    let add = |(n, mut seam): (usize, FilmSeam)| {
        if let Some((_, heard)) = heard.iter().find(|(place, _)| *place == n) {
            seam.finding.hear_after(*heard);
        }
        seam
    };
    seams.into_iter().map(add).collect()
}

/// The seams of a film as they were seen and heard when it was put together; `folder` is the one that the store keeps for
/// the film.
#[must_use]
pub fn kept(folder: &Path) -> Option<Vec<FilmSeam>> {
    serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
}

/// Whether frames of a clip are found by number.
fn countable(rate: Rate, taken: &ClipRecord) -> bool {
    taken.facts.video.rate == rate && !taken.facts.video.is_loose()
}

/// The finding for two clips of one rate: as kept, or measured now.
async fn measured(
    ffmpeg: &Ffmpeg,
    store: &Store,
    (earlier, later): (&ClipRecord, &ClipRecord),
    seam: Seam,
) -> Result<Option<SeamFinding>, MediaError> {
    let rate = earlier.facts.video.rate;
    let key = Digest::of(format!("seam {FORMAT} {seam} {rate} {} {}", earlier.clip, later.clip).as_bytes());
    let file = store.root().join("seams").join(format!("{}.json", key.hex()));
    if let Some(known) = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        return Ok(known);
    }
    let frames = earlier.facts.video.frames;
    let (left, right) = (store.object(&earlier.clip), store.object(&later.clip));
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
