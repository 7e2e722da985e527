//! The storyboard on paper: what stands in its panels.

use std::time::Duration;

use storyreel_core::film::{Make, Shot, Spoken};
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::count;
use storyreel_core::time_code::{TimeCode, nominal};
use storyreel_core::timeline::Timeline;
use storyreel_core::units::{moment, spoken};
use storyreel_media::picture::{Painter, PaperBoard, PaperLine, PaperPanel, PaperPicture, PaperSheet, PaperSubtitle};

use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::CommandFailure;
use crate::cli::load::Loaded;
use crate::cli::report::gather::{board_picture, input_pictures, notes_of};
use crate::cli::report::stills::{End, Stills};

/// The longer side of a picture in pixels: 150 to the inch where one fills a page.
const SIDE: u32 = 1_600;

/// What the pages are made of.
pub(super) struct PaperSources<'a> {
    pub(super) context: &'a Context,
    pub(super) loaded: &'a Loaded,
    pub(super) timeline: &'a Timeline,
    /// The clips of the shots, as far as they are made.
    pub(super) clips: &'a [Option<ClipRecord>],
}

impl PaperSources<'_> {
    /// The bytes of the PDF.
    pub(super) fn pdf(&self, per_page: u8, sheet: PaperSheet) -> Result<Vec<u8>, CommandFailure> {
        let film = &self.loaded.film;
        let mut stills = Stills::of_clips(self.context, self.loaded, self.clips.iter().flatten(), SIDE);
        let board = self.loaded.board();
        let raw = board.shots.as_ref().map_or(&[][..], |shots| &shots.value[..]);
        let mut panels = Vec::new();
        for (at, shot) in film.shown().iter().enumerate() {
            let notes = notes_of(raw, shot.id.as_str());
            panels.push(self.panel(at, shot, notes, &mut stills));
        }
        let seconds = self.timeline.rate.seconds(self.timeline.frames());
        let board = PaperBoard {
            title: film.title.clone(),
            under: format!("{}  ·  {}", count(panels.len(), "shot"), moment(Duration::from_secs_f64(seconds))),
            per_page,
            sheet,
            shape: self.timeline.size,
            panels,
        };
        let pdf = Painter::new().storyboard_pdf(&board);
        pdf.map_err(|why| CommandFailure::new(exit::INTERNAL, format!("the PDF cannot be made: {why}")))
    }

    fn panel(&self, at: usize, shot: &Shot, notes: Option<String>, stills: &mut Stills) -> PaperPanel {
        let rate = self.timeline.rate;
        let segment = &self.timeline.segments[at];
        let code = |frames| TimeCode { frames, frames_per_second: nominal(rate), drops_frames: false }.to_string();
        let length = rate.seconds(segment.length);
        let length = spoken(Duration::from_millis((length * 10.0).round() as u64 * 100));
        let times = format!("{} – {}  ·  {length}", code(segment.at), code(segment.at + segment.length));
        let dialogue = shot.dialogue.iter().map(|said| PaperLine {
            speaker: said.speaker_and_delivery(),
            words: said.line.clone(),
            subtitles: self.subtitles(said),
        });
        let picture = self.picture(at, shot, stills);
        PaperPanel {
            picture: picture.map(|n| PaperPicture { jpeg: stills.pictures[n].jpeg.clone() }),
            number: shot.number.clone(),
            name: shot.id.to_string(),
            scene: shot.scene.as_deref().map(str::to_owned),
            times,
            words: words_of(shot),
            dialogue: dialogue.collect(),
            notes,
        }
    }

    /// What is read of a line in other languages than the one that is spoken.
    fn subtitles(&self, said: &Spoken) -> Vec<PaperSubtitle> {
        let others = self.loaded.film.languages.iter().filter(|language| said.language.as_ref() != Some(*language));
        let read = others.filter_map(|language| Some((language, said.read_in(Some(language))?)));
        read.map(|(language, words)| PaperSubtitle { language: language.to_string(), words: words.to_owned() })
            .collect()
    }

    /// The drawing of a shot; else a frame of it, or the picture that it begins on.
    fn picture(&self, at: usize, shot: &Shot, stills: &mut Stills) -> Option<usize> {
        let drawn = board_picture(self.loaded, at, stills);
        let end = if matches!(shot.make, Make::Card(_)) { End::Last } else { End::First };
        let frame = self.clips[at].as_ref().and_then(|clip| stills.frame_index(&clip.clip, end));
        drawn.or(frame).or_else(|| input_pictures(self.loaded, at, self.clips, stills).into_iter().flatten().next())
    }
}

fn words_of(shot: &Shot) -> String {
    match &shot.make {
        Make::Prompt(render) => render.words.clone(),
        Make::Card(card) => card.words().collect::<Vec<_>>().join("\n"),
        Make::Still(file) | Make::Footage { file, .. } => file.path.clone(),
    }
}
