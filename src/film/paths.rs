//! The files that a storyboard names.

use std::collections::BTreeSet;

use super::is_remote;
use crate::storyboard::{ClipRef, FrameRef, Music, Narration, NarrationPart, Storyboard};

/// Every path to a media file in `board`, as written, addresses left out.
#[must_use]
pub fn paths(board: &Storyboard) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let mut add = |path: &String| {
        if !is_remote(path) {
            paths.insert(path.clone());
        }
    };
    for (_, member) in board.cast.iter().flat_map(|cast| &cast.0) {
        member.images.iter().flat_map(|images| &images.value).for_each(|image| add(image));
    }
    match board.film.as_ref().and_then(|film| film.music.as_deref()) {
        Some(Music::File(file)) => add(file),
        Some(Music::Full(track)) => track.file.iter().for_each(|file| add(file)),
        None => {}
    }
    let narration = board.film.as_ref().and_then(|film| film.narration.as_ref());
    match narration.map(|narration| &narration.value) {
        Some(Narration::File(file)) => add(file),
        Some(Narration::Full(track)) => track.file.iter().for_each(|file| add(file)),
        Some(Narration::Parts(parts)) => parts.iter().for_each(|part| match &part.value {
            NarrationPart::File(file) => add(file),
            NarrationPart::Full(track) => track.file.iter().for_each(|file| add(file)),
        }),
        None => {}
    }
    for shot in board.shots.iter().flat_map(|shots| &shots.value) {
        shot.clip.iter().chain(&shot.image).for_each(|path| add(path));
        let references = shot.references.as_ref();
        let images = references.and_then(|references| references.images.as_ref());
        let frames = [&shot.first_frame, &shot.last_frame].into_iter().flatten();
        for frame in frames.chain(images.into_iter().flat_map(|images| &images.value)) {
            if let FrameRef::Path(path) = &frame.value {
                add(path);
            }
        }
        for video in
            references.and_then(|references| references.videos.as_ref()).into_iter().flat_map(|list| &list.value)
        {
            if let ClipRef::Path(path) = &video.value {
                add(path);
            }
        }
        let audio = references.and_then(|references| references.audio.as_ref());
        audio.into_iter().flat_map(|list| &list.value).for_each(|sound| add(sound));
    }
    paths
}
