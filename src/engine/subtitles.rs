//! The spoken lines of a film: what becomes part of its file, and the files that lie beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use storyreel_core::film::Film;
use storyreel_core::film_timeline::subtitle_tracks;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::clean;
use storyreel_core::storyboard::Subtitles;
use storyreel_core::timeline::Timeline;
use storyreel_core::timeline::cue::SubtitleTrack;
use storyreel_core::units::Digest;
use storyreel_exchange::exchange::{CutList, srt, vtt};

use super::assemble::{self, AssembleError, FilmOrder};
use crate::store::{digest_of, insist_on_file};

/// Brings the files beside the film of `board` to what the storyboard asks for, and gives back what is to be said.
///
/// A file is replaced or removed only where it is as it was written here: what somebody corrected by hand stays.
pub(super) async fn beside(order: &FilmOrder, clips: &[&ClipRecord]) -> Result<Vec<String>, AssembleError> {
    let store = &order.store;
    let record = store.film_subtitles(&order.output);
    let wanted = match order.film.subtitles {
        Subtitles::Sidecar => {
            let (timeline, _) = assemble::mended(&order.film, clips, order.studio.ffmpeg(), store).await?;
            texts(&order.film, &timeline)
        }
        _ if record.is_empty() => return Ok(Vec::new()),
        _ => BTreeMap::new(),
    };
    let mut ours: BTreeMap<String, Digest> = record.clone();
    let mut said = Vec::new();
    let endings: BTreeSet<&str> = record.keys().chain(wanted.keys()).map(String::as_str).collect();
    for ending in endings {
        let file = order.output.with_extension(ending);
        let there = read(&file).map_err(failed(&file))?;
        let as_written = there.is_none() || there == record.get(ending).copied();
        let text = wanted.get(ending);
        match text.map(|text| Digest::of(text.as_bytes())) {
            Some(digest) if there == Some(digest) => _ = ours.insert(ending.to_owned(), digest),
            Some(_) if !as_written => said.push(format!(
                "`{}` was not written by storyreel, or was edited, so it is kept; delete it to have it written again",
                clean(&file.display().to_string())
            )),
            Some(digest) => {
                crate::store::write_whole(&file, text.map_or(&[][..], String::as_bytes), true)
                    .map_err(failed(&file))?;
                ours.insert(ending.to_owned(), digest);
            }
            None => {
                if there.is_some() && as_written {
                    fs::remove_file(&file).map_err(failed(&file))?;
                }
                ours.remove(ending);
            }
        }
    }
    if ours != record {
        store.record_film_subtitles(&order.output, &ours)?;
    }
    Ok(said)
}

fn failed(file: &Path) -> impl FnOnce(io::Error) -> AssembleError + use<> {
    let path = file.to_owned();
    |source| AssembleError::Subtitles { path, source }
}

/// The text of each file by its ending, which begins with the language where there is one, as in `en.srt`; nothing for a film
/// in which nobody speaks.
fn texts(film: &Film, timeline: &Timeline) -> BTreeMap<String, String> {
    let reel = CutList { film, timeline, clips: &[], sounds: &[] };
    let mut texts = BTreeMap::new();
    for SubtitleTrack { language, .. } in subtitle_tracks(film, timeline) {
        let before = language.as_ref().map_or_else(String::new, |language| format!("{language}."));
        texts.insert(format!("{before}srt"), srt::write(&reel, language.as_ref()));
        texts.insert(format!("{before}vtt"), vtt::write(&reel, language.as_ref()));
    }
    texts
}

/// The digest of a file, where there is one.
fn read(file: &Path) -> io::Result<Option<Digest>> {
    match insist_on_file(file).and_then(|()| digest_of(file)) {
        Ok(digest) => Ok(Some(digest)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
