//! The files that a storyboard names.

use std::collections::BTreeSet;

use super::is_remote;
use crate::storyboard::{ClipRef, FrameRef, MusicForm, NarrationForm, NarrationPart, Storyboard};
use crate::text::{Located, Span};

/// Every path to a media file in `board`, as written, addresses left out.
#[must_use]
pub fn paths(board: &Storyboard) -> BTreeSet<String> {
    placed_paths(board).into_iter().map(|path| path.value).collect()
}

/// Every path to a media file in `board` with its place, as often as it is named; addresses left out.
#[must_use]
pub fn placed_paths(board: &Storyboard) -> Vec<Located<String>> {
    let mut paths = Vec::new();
    let mut add = |path: &String, span: Span| {
        if !is_remote(path) {
            paths.push(Located { value: path.clone(), span });
        }
    };
    for (_, member) in board.cast.iter().flat_map(|cast| &cast.0) {
        member.images.iter().flat_map(|images| &images.value).for_each(|image| add(image, image.span));
    }
    if let Some(music) = board.film.as_ref().and_then(|film| film.music.as_ref()) {
        match &music.value {
            MusicForm::File(file) => add(file, music.span),
            MusicForm::Full(track) => track.file.iter().for_each(|file| add(file, file.span)),
        }
    }
    if let Some(narration) = board.film.as_ref().and_then(|film| film.narration.as_ref()) {
        match &narration.value {
            NarrationForm::File(file) => add(file, narration.span),
            NarrationForm::Full(track) => track.file.iter().for_each(|file| add(file, file.span)),
            NarrationForm::Parts(parts) => parts.iter().for_each(|part| match &part.value {
                NarrationPart::File(file) => add(file, part.span),
                NarrationPart::Full(track) => track.file.iter().for_each(|file| add(file, file.span)),
            }),
        }
    }
    for shot in board.shots.iter().flat_map(|shots| &shots.value) {
        shot.clip.iter().chain(&shot.image).for_each(|path| add(path, path.span));
        let references = shot.references.as_ref();
        let images = references.and_then(|references| references.images.as_ref());
        let frames = [&shot.first_frame, &shot.last_frame].into_iter().flatten();
        for frame in frames.chain(images.into_iter().flat_map(|images| &images.value)) {
            if let FrameRef::Path(path) = &frame.value {
                add(path, frame.span);
            }
        }
        for video in
            references.and_then(|references| references.videos.as_ref()).into_iter().flat_map(|list| &list.value)
        {
            if let ClipRef::Path(path) = &video.value {
                add(path, video.span);
            }
        }
        let audio = references.and_then(|references| references.audio.as_ref());
        audio.into_iter().flat_map(|list| &list.value).for_each(|sound| add(&sound.value, sound.span));
    }
    paths
}
