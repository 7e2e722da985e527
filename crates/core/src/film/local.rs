//! Shots that are made here, free of charge, of files: stills and footage.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::ability::Use;
use super::inputs::{PICTURE, Reported, VIDEO};
use super::resolve::Resolver;
use super::takes::raise_out;
use super::{File, InputSource, InspectedMedia, Make, MediaKind, is_remote};
use crate::storyboard::Shot;
use crate::text::{Located, Problem, Span};
use crate::units::spoken;

/// Limits of a length in seconds: longer than any take, short enough that frames stay countable.
const LONGEST: f64 = 3600.0;

impl Resolver<'_> {
    pub(super) fn still(&mut self, image: &Located<String>) -> Option<Make> {
        self.local_file(image, PICTURE).map(|(file, _)| Make::Still(file))
    }

    /// Footage and its length.
    pub(super) fn footage(&mut self, shot: &Shot, clip: &Located<String>) -> Option<(Make, Duration)> {
        let (file, kind) = self.local_file(clip, VIDEO)?;
        let whole = match kind {
            MediaKind::Video(length) => length,
            _ => None,
        };
        let from = self.optional_length(shot.in_.as_ref()).ok();
        let to = self.optional_length(shot.out.as_ref()).ok();
        let from = from?.unwrap_or_default();
        let to = to?;
        let in_span = shot.in_.as_ref().map_or(clip.span, |value| value.span);
        let out_span = shot.out.as_ref().map_or(clip.span, |value| value.span);
        if let Some(to) = to.filter(|to| *to <= from) {
            let message = format!("the footage would end at {}, before it begins", spoken(to));
            let problem = Problem::error("film::in_out", message).at(out_span, "`out` must be above `in`");
            self.report(problem.at(in_span, "it begins here").help(raise_out(from)));
            return None;
        }
        if let Some(whole) = whole {
            // Half a frame of grace: lengths of files are rounded.
            let grace = Duration::from_millis(20);
            let late = match to {
                _ if from + grace >= whole => Some((in_span, from, "nothing is left")),
                Some(to) if to > whole + grace => Some((out_span, to, "beyond the end")),
                _ => None,
            };
            if let Some((span, moment, label)) = late {
                let message = format!("`{}` ends at {}, so {} is too late", file.path, spoken(whole), spoken(moment));
                let problem = Problem::error("film::in_out", message).at(span, label);
                self.report(problem.help(format_args!("use at most {}, and less for `in`", spoken(whole))));
                return None;
            }
        }
        let length = to.or(whole).unwrap_or(from + Duration::from_secs(5)).saturating_sub(from);
        let audio = super::settings::setting!(self.layers, shot, audio).is_none_or(|audio| audio.value);
        self.tell_of_footage(&file.path, clip.span, audio);
        Some((Make::Footage { file, from, to, audio }, length))
    }

    /// What a film does not keep of footage.
    fn tell_of_footage(&mut self, path: &str, span: Span, audio: bool) {
        let Some(Ok(media)) = self.inventory.get(path) else { return };
        let Some(video) = &media.video else { return };
        if video.is_interlaced {
            let problem = Problem::advice("film::interlaced", format_args!("`{path}` is interlaced"));
            let help = "a film has whole frames: two fields of the footage become one frame, or one each where the film \
                        has twice as many frames a second";
            self.problems.push(problem.at(span, "two moments in each frame").help(help));
        }
        if audio && video.sounds > 1 {
            let tracks = video.sounds;
            let heard = video.heard + 1;
            let problem = Problem::advice("film::sound_tracks", format_args!("`{path}` has {tracks} tracks of sound"));
            let problem = problem.at(span, format_args!("track {heard} is heard"));
            self.problems.push(problem.help(
                "it is the one that the file plays unless told otherwise; to hear another, make that the file's default, or \
                 write a copy that has it alone",
            ));
        }
    }

    /// A length in seconds of the user's, from `least` up to an hour.
    pub(super) fn length(&mut self, seconds: f64, span: Span, least: f64) -> Option<Duration> {
        if (least..=LONGEST).contains(&seconds) {
            return Some(Duration::from_secs_f64(seconds));
        }
        self.report(
            Problem::error("film::length", format_args!("a length of {seconds} s cannot be used here"))
                .at(span, "out of range")
                .help(format_args!("use {least} to {LONGEST} seconds")),
        );
        None
    }

    /// The length that a key gives, if it is there.
    pub(super) fn optional_length(&mut self, value: Option<&Located<f64>>) -> Result<Option<Duration>, Reported> {
        let Some(value) = value else { return Ok(None) };
        self.length(value.value, value.span, 0.0).map(Some).ok_or(Reported)
    }

    /// The film is written where the storyboard lies: a storyboard of unknown origin must not write elsewhere.
    pub(super) fn output(&mut self) -> Option<String> {
        let output = self.board.film.as_ref().and_then(|film| film.output.as_ref())?;
        let path = Path::new(&output.value);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if inside {
            self.check_ending(output);
            self.spare_inputs(output);
        } else {
            let problem = Problem::error("film::output", "the film would be written outside the storyboard's folder");
            self.report(
                problem.at(output.span, "leads elsewhere").help("use a path below it, or `render --output FILE`"),
            );
        }
        Some(output.value.clone())
    }

    /// The film must not be written over a file that it is made from.
    fn spare_inputs(&mut self, output: &Located<String>) {
        let plain = |path: &str| -> PathBuf {
            Path::new(path).components().filter(|part| matches!(part, Component::Normal(_))).collect()
        };
        let film = plain(output);
        if self.inventory.keys().any(|input| Path::new(input).is_relative() && plain(input) == film) {
            let problem = Problem::error("film::output", "the film would be written over a file that it is made from");
            self.report(problem.at(output.span, "one of its files").help("give another name, such as `out/film.mp4`"));
        }
    }

    /// A file on disk: what is made here cannot be fetched from elsewhere.
    pub(super) fn local_file(&mut self, path: &Located<String>, wanted: MediaKind) -> Option<(File, MediaKind)> {
        if is_remote(&path.value) {
            self.report(
                Problem::error("film::remote_here", "this must be a file, not an address")
                    .at(path.span, "an address")
                    .help("download it beside the storyboard and name the file"),
            );
            return None;
        }
        let InputSource::File(file) = self.path(&path.value, path.span, wanted, Use::Here)? else { return None };
        let kind = match self.inventory.get(&file.path) {
            Some(Ok(InspectedMedia { kind, .. })) => *kind,
            _ => wanted,
        };
        Some((file, kind))
    }
}
