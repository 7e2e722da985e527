//! The music under a film, as the storyboard asks for it.

use std::time::Duration;

use super::inputs::SOUND;
use super::resolve::Resolver;
use super::takes::raise_out;
use super::{File, MediaKind};
use crate::storyboard::MusicForm;
use crate::text::{Located, Problem};
use crate::units::spoken;

/// A file of music and how it plays.
#[derive(Debug, Clone, PartialEq)]
pub struct MusicSpec {
    /// The file.
    pub file: File,
    /// Louder or softer, in decibels: -60 to 20.
    pub gain_db: f32,
    /// Whether it goes down while the shots sound.
    pub duck: bool,
    /// Length of the fade at the film's beginning.
    pub fade_in: Duration,
    /// Length of the fade at its end.
    pub fade_out: Duration,
    /// Where in the file it begins.
    pub from: Duration,
    /// Where in the file it ends; at its end when absent.
    pub to: Option<Duration>,
    /// Whether it starts again if it is shorter than the film.
    pub repeat: bool,
}

impl Resolver<'_> {
    pub(super) fn music(&mut self) -> Option<MusicSpec> {
        let music = self.board.film.as_ref().and_then(|film| film.music.as_ref())?;
        let track = match &music.value {
            MusicForm::File(path) => {
                let path = Located { value: path.clone(), span: music.span };
                return Some(MusicSpec::plain(self.local_file(&path, SOUND)?.0));
            }
            MusicForm::Full(track) => track,
        };
        let Some(file) = &track.file else {
            let problem = Problem::error("film::music", "the music has no file").at(self.mark(music.span), "no `file`");
            self.report(problem.help("add `file: …`"));
            return None;
        };
        let found = self.local_file(file, SOUND);
        let gain = self.music_gain(track.gain_db.as_ref());
        let fade_in = self.optional_length(track.fade_in.as_ref()).ok();
        let fade_out = self.optional_length(track.fade_out.as_ref()).ok();
        let from = self.optional_length(track.in_.as_ref()).ok()?.unwrap_or_default();
        let to = self.optional_length(track.out.as_ref()).ok()?;
        if let (Some(end), Some(out)) = (to.filter(|to| *to <= from), &track.out) {
            let message = format!("the music would end at {}, before it begins", spoken(end));
            let problem = Problem::error("film::in_out", message).at(out.span, "`out` must be above `in`");
            self.report(problem.help(raise_out(from)));
            return None;
        }
        let (file, kind) = found?;
        if let (MediaKind::Audio(Some(whole)), Some(begin)) = (kind, &track.in_)
            && from >= whole
        {
            let message = format!("`{}` ends at {}, so {} is too late", file.path, spoken(whole), spoken(from));
            self.report(Problem::error("film::in_out", message).at(begin.span, "nothing is left"));
            return None;
        }
        Some(MusicSpec {
            gain_db: gain as f32,
            duck: track.duck.as_ref().is_some_and(|duck| duck.value),
            fade_in: fade_in?.unwrap_or_default(),
            fade_out: fade_out?.unwrap_or_default(),
            from,
            to,
            repeat: track.repeat.as_ref().is_some_and(|repeat| repeat.value),
            file,
        })
    }
}

impl Resolver<'_> {
    fn music_gain(&mut self, gain: Option<&Located<f64>>) -> f64 {
        let Some(gain) = gain else { return 0.0 };
        if !(-60.0..=20.0).contains(&gain.value) {
            let problem = Problem::error("film::music", "the gain of music is -60 to 20 dB");
            self.report(problem.at(gain.span, "out of range"));
        }
        gain.value
    }
}

impl MusicSpec {
    /// The whole file once, as loud as it is.
    fn plain(file: File) -> Self {
        let none = Duration::ZERO;
        Self { file, gain_db: 0.0, duck: false, fade_in: none, fade_out: none, from: none, to: None, repeat: false }
    }
}
