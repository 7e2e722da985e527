//! The files that a storyboard names.

use std::collections::BTreeSet;

use super::is_remote;
use crate::storyboard::{ClipRef, FrameRef, MusicForm, NarrationForm, NarrationPart, Shot, Storyboard};
use crate::text::{Located, Span};

/// Every path to a media file in `board`, as written, addresses left out.
#[must_use]
pub fn paths(board: &Storyboard) -> BTreeSet<String> {
    placed_paths(board).into_iter().map(|path| path.value).collect()
}

/// Every path to a media file in `board` with its place, as often as it is named; addresses left out.
#[must_use]
pub fn placed_paths(board: &Storyboard) -> Vec<Located<String>> {
    let mut paths = PathCollector::default();
    for (_, member) in board.cast.iter().flat_map(|cast| &cast.0) {
        paths.add_all(member.images.as_ref());
    }
    if let Some(music) = board.film.as_ref().and_then(|film| film.music.as_ref()) {
        match &music.value {
            MusicForm::File(file) => paths.add(file, music.span),
            MusicForm::Full(track) => paths.add_given(track.file.as_ref()),
        }
    }
    if let Some(narration) = board.film.as_ref().and_then(|film| film.narration.as_ref()) {
        match &narration.value {
            NarrationForm::File(file) => paths.add(file, narration.span),
            NarrationForm::Full(track) => paths.add_given(track.file.as_ref()),
            NarrationForm::Parts(parts) => {
                for part in parts {
                    match &part.value {
                        NarrationPart::File(file) => paths.add(file, part.span),
                        NarrationPart::Full(track) => paths.add_given(track.file.as_ref()),
                    }
                }
            }
        }
    }
    for shot in board.shots.iter().flat_map(|shots| &shots.value) {
        paths.add_shot(shot);
    }
    paths.0
}

#[derive(Default)]
struct PathCollector(Vec<Located<String>>);

impl PathCollector {
    fn add(&mut self, path: &str, span: Span) {
        if !is_remote(path) {
            self.0.push(Located { value: path.to_owned(), span });
        }
    }

    fn add_given(&mut self, path: Option<&Located<String>>) {
        if let Some(path) = path {
            self.add(path, path.span);
        }
    }

    fn add_all(&mut self, list: Option<&Located<Vec<Located<String>>>>) {
        for path in list.into_iter().flat_map(|list| &list.value) {
            self.add(path, path.span);
        }
    }

    fn add_frame(&mut self, frame: &Located<FrameRef>) {
        if let FrameRef::Path(path) = &frame.value {
            self.add(path, frame.span);
        }
    }

    fn add_shot(&mut self, shot: &Shot) {
        self.add_given(shot.clip.as_ref());
        self.add_given(shot.image.as_ref());
        self.add_given(shot.replace.as_ref());
        for frame in [&shot.first_frame, &shot.last_frame].into_iter().flatten() {
            self.add_frame(frame);
        }
        let Some(references) = &shot.references else { return };
        for image in references.images.iter().flat_map(|list| &list.value) {
            self.add_frame(image);
        }
        for video in references.videos.iter().flat_map(|list| &list.value) {
            if let ClipRef::Path(path) = &video.value {
                self.add(path, video.span);
            }
        }
        self.add_all(references.audio.as_ref());
    }
}
