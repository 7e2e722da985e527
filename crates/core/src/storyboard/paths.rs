//! The files that a storyboard names.

use super::card_colour::is_card_picture;
use super::{CardForm, ClipRef, FrameRef, MusicForm, NarrationForm, NarrationPart, Shot, ShotSoundForm, Storyboard};
use crate::text::{Located, Span};

/// Gives every path or address of a media file in `board`, with its place, to `visit`, which may change it.
pub fn each_path(board: &mut Storyboard, visit: &mut dyn FnMut(&mut String, Span)) {
    for (_, member) in board.cast.iter_mut().flat_map(|cast| &mut cast.value.0) {
        each_given(member.value.images.iter_mut().flat_map(|list| &mut list.value), visit);
        each_given(&mut member.value.voice, visit);
    }
    let film = board.film.as_mut();
    if let Some(film) = film {
        if let Some(music) = &mut film.value.music {
            match &mut music.value {
                MusicForm::File(file) => visit(file, music.span),
                MusicForm::Full(track) => each_given(&mut track.file, visit),
            }
        }
        if let Some(narration) = &mut film.value.narration {
            match &mut narration.value {
                NarrationForm::File(file) => visit(file, narration.span),
                NarrationForm::Full(track) => each_given(&mut track.file, visit),
                NarrationForm::Parts(parts) => parts.iter_mut().for_each(|part| narration_part(part, visit)),
            }
        }
    }
    for shot in board.shots.iter_mut().flat_map(|shots| &mut shots.value) {
        shot_paths(&mut shot.value, visit);
    }
}

fn each_given<'a>(paths: impl IntoIterator<Item = &'a mut Located<String>>, visit: &mut dyn FnMut(&mut String, Span)) {
    paths.into_iter().for_each(|path| visit(&mut path.value, path.span));
}

fn narration_part(part: &mut Located<NarrationPart>, visit: &mut dyn FnMut(&mut String, Span)) {
    match &mut part.value {
        NarrationPart::File(file) => visit(file, part.span),
        NarrationPart::Full(track) => each_given(&mut track.file, visit),
    }
}

fn frame(frame: &mut Located<FrameRef>, visit: &mut dyn FnMut(&mut String, Span)) {
    if let FrameRef::Path(path) = &mut frame.value {
        visit(path, frame.span);
    }
}

fn shot_paths(shot: &mut Shot, visit: &mut dyn FnMut(&mut String, Span)) {
    each_given([&mut shot.board, &mut shot.clip, &mut shot.image, &mut shot.replace].into_iter().flatten(), visit);
    if let Some(Located { value: CardForm::Full(card), .. }) = &mut shot.card {
        each_given(card.background.as_mut().filter(|ground| is_card_picture(&ground.value)), visit);
        each_given(&mut card.font, visit);
    }
    for sound in shot.sounds.iter_mut().flat_map(|sounds| &mut sounds.value) {
        match &mut sound.value {
            ShotSoundForm::File(file) => visit(file, sound.span),
            ShotSoundForm::Full(track) => each_given(&mut track.file, visit),
        }
    }
    for given in [&mut shot.first_frame, &mut shot.last_frame].into_iter().flatten() {
        frame(given, visit);
    }
    let Some(references) = &mut shot.references else { return };
    for image in references.value.images.iter_mut().flat_map(|list| &mut list.value) {
        frame(image, visit);
    }
    for video in references.value.videos.iter_mut().flat_map(|list| &mut list.value) {
        if let ClipRef::Path(path) = &mut video.value {
            visit(path, video.span);
        }
    }
    each_given(references.value.audio.iter_mut().flat_map(|list| &mut list.value), visit);
}
