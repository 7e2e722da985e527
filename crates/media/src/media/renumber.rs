//! Parameter sets with other ids: in a run of HEVC that was encoded here, and in clips that stand beside others.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use storyreel_mp4::{Chunk, Coding, Ids, Movie, NewSample, NewTrack, Renumber, Sample, Tags};

use super::MediaError;
use super::source::{ClipSource, read_sample};

/// Writes `run` anew, its coded pictures unchanged behind heads that name parameter sets of other ids.
pub(super) async fn renumber(run: PathBuf, ids: Ids) -> Result<(), MediaError> {
    let writing = tokio::task::spawn_blocking(move || {
        let bytes = renumbered(&run, ids)?;
        fs::write(&run, bytes).map_err(MediaError::file("write", &run))
    });
    writing.await.expect("rewriting a file does not panic")
}

/// The bytes of the new file. A run has seconds of film, so they fit into memory.
fn renumbered(run: &Path, ids: Ids) -> Result<Vec<u8>, MediaError> {
    let source = ClipSource::open(run)?;
    let (entry, _) = source.coding().ok_or_else(|| unknown_means(run))?;
    let (numbers, sets) = Renumber::of(entry, ids).ok_or_else(|| unknown_means(run))?;
    let mut file = File::open(run).map_err(MediaError::file("read", run))?;
    let mut samples = Vec::new();
    let mut media = Vec::new();
    let mut decoded = 0;
    for picture in source.pictures() {
        let bytes = read_sample(&mut file, picture).map_err(MediaError::file("read", run))?;
        let bytes = numbers.sample(&bytes).ok_or_else(|| unknown_means(run))?;
        let shift = u32::try_from(picture.shown - decoded).map_err(|_| unknown_means(run))?;
        samples.push(NewSample { size: bytes.len() as u32, duration: picture.duration, shift, sync: picture.sync });
        decoded += i64::from(picture.duration);
        media.extend(bytes);
    }
    let (width, height) = storyreel_mp4::size(entry).ok_or_else(|| unknown_means(run))?;
    let chunks = vec![Chunk { track: 0, samples: samples.len() as u32 }];
    let coding = Coding::Picture { entry: sets.entry(width, height), width, height };
    let timescale = source.timescale();
    let track = NewTrack { coding, timescale, samples, hidden: 0, length: decoded.cast_unsigned() };
    let movie = Movie { timescale, tracks: vec![track], chunks, tags: Tags::default() };
    Ok([movie.head(), media].concat())
}

/// Writes the coded pictures of `source` to `out`, one behind the other, with the new ids of `numbers`; gives where each lies.
/// `None` where one uses means that are not followed, or a file cannot be read or written.
pub(super) fn rewrite(source: &ClipSource, numbers: &Renumber, out: &Path) -> Option<Vec<Sample>> {
    let mut clip = File::open(&source.path).ok()?;
    let mut file = BufWriter::new(File::create(out).ok()?);
    let mut samples = Vec::new();
    let mut offset = 0;
    for picture in source.pictures() {
        let bytes = numbers.sample(&read_sample(&mut clip, picture).ok()?)?;
        let size = u32::try_from(bytes.len()).ok()?;
        file.write_all(&bytes).ok()?;
        samples.push(Sample { offset, size, ..*picture });
        offset += u64::from(size);
    }
    file.flush().ok()?;
    Some(samples)
}

fn unknown_means(run: &Path) -> MediaError {
    MediaError::Wrong { file: run.to_owned(), what: "the encoder uses means that are not known".into() }
}
