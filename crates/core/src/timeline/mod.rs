//! The timeline: clips in film time, exact to the frame, and what must be done to each so that they join.
//!
//! Everything here is a plain value or a function from value to value: no files, no processes. `media` carries it out.

pub mod cue;
pub mod duck;
mod format;
mod lay;
mod majority;
pub mod picture;
pub mod seam;
pub mod sound;
mod ticks;

use std::fmt::{self, Write as _};
use std::ops::Range;
use std::time::Duration;

pub use format::{PictureFormat, codec_of, encoder_name};
pub use lay::{ClipPiece, LayProblem, Shape, lay, misfit};
pub use majority::most;
pub use sound::SoundFormat;
pub use ticks::{ticks_per_frame, timescale};

pub use crate::storyboard::{Codec, Fit, Seam, TransitionKind};

use storyreel_mp4::Tags;

use self::cue::{Cue, SubtitleTrack, Subtitles};
use crate::clip::{ClipFacts, Colours};
use crate::keyword::Keyword as _;
use crate::units::{Digest, Rate, ShotId, Size};

/// Samples of sound per second in every film and every clip made here. AAC at 48 kHz is what video players and
/// broadcast expect, and it divides evenly by 24, 25, 30, 50 and 60 frames a second.
pub const SAMPLE_RATE: u32 = 48_000;

/// A film laid out in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Pixels across and down; both even.
    pub size: Size,
    /// Frames per second.
    pub rate: Rate,
    /// How the pictures are coded that are not copied.
    pub format: PictureFormat,
    /// The clips in film order, each beginning where the one before ends or, in a transition, earlier; at least one.
    pub segments: Vec<Segment>,
    /// The format of its sound; `None` when no clip brings any: an empty track would only cost bytes.
    pub sound: Option<SoundFormat>,
    /// Music under the whole film.
    pub music: Option<Music>,
    /// Sounds that are laid over the film: spoken words, and sounds of shots.
    pub sounds: Vec<PlacedSound>,
    /// Chapter marks in film order.
    pub chapters: Vec<Chapter>,
    /// Subtitles in the film's own file.
    pub subtitles: Option<Subtitles>,
    /// Integrated loudness wanted, in LUFS; `None` leaves the sound as it is.
    pub loudness: Option<f32>,
    /// What the film's file says of itself: its title, and where it comes from.
    pub tags: Tags,
}

/// One clip, or a part of one, in the film.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The shot it shows.
    pub shot: ShotId,
    /// The clip's bytes.
    pub clip: Digest,
    /// The clip as measured.
    pub facts: ClipFacts,
    /// The frames of the clip that are used, counted at the clip's own rate, half-open.
    pub frames: Range<u64>,
    /// The film frame where it begins.
    pub at: u64,
    /// How many film frames it fills, above zero. It differs from the length of `frames` when the rates differ.
    pub length: u64,
    /// How it meets the segment before.
    pub join: Join,
    /// How its picture fills the film where it has another shape.
    pub fit: Fit,
    /// Whether its picture is copied or encoded where no transition changes it.
    pub treatment: Treatment,
    /// Levels of luma, blue and red added to its first frame, and less and less of them over its first second: a step
    /// in brightness or colour at a seam, taken back.
    pub grade: Option<[f32; 3]>,
}

impl Segment {
    /// Whether every frame of the clip is used.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.frames == (0..self.facts.video.frames)
    }

    /// How many of its first frames are graded, in a film of `rate`.
    #[must_use]
    pub fn graded(&self, rate: Rate) -> u64 {
        self.grade.map_or(0, |_| rate.frames(Duration::from_secs(1)).min(self.length))
    }

    /// How many film frames it shares with the segment before.
    #[must_use]
    pub const fn overlap(&self) -> u64 {
        match self.join {
            Join::Transition { frames, .. } => frames,
            Join::Start | Join::Cut | Join::Chained { .. } => 0,
        }
    }
}

/// How a segment meets the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// The film begins here.
    Start,
    /// A hard cut.
    Cut,
    /// The shot continues the one before: its first frame repeats the last frame of that one.
    Chained {
        /// What to do with the frame that is there twice.
        seam: Seam,
    },
    /// A transition that overlaps both segments.
    Transition {
        /// What it looks like.
        kind: TransitionKind,
        /// Its length in film frames.
        frames: u64,
    },
}

/// What is done to a segment's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// Its coded bytes are copied, but for the frames at its ends that a join touches.
    Copy,
    /// It is encoded once, as a whole, to the film's one format.
    Encode(EncodeReason),
}

/// Why a segment's picture cannot be copied. `Display` says it in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncodeReason {
    /// The clip has other dimensions than the film.
    Size(Size, Size),
    /// The clip has another frame rate than the film.
    Rate(Rate, Rate),
    /// The clip's frames are unevenly spaced or partly hidden, or its container is not MP4.
    Loose,
    /// Codec of the clip, and of the film.
    Codec(String, String),
    /// Pixel format of the clip, and of the film.
    Pixels(String, String),
    /// Codec parameter sets unlike those of this shot.
    Parameters(ShotId),
    /// No keyframe from this frame on, counted from 0, with which a copy can begin.
    NoStart(u64),
    /// The first keyframe with which a copy can begin is this frame, counted from 0: what lies before it is encoded.
    LateStart(u64),
}

impl fmt::Display for EncodeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(clip, film) => write!(f, "the clip is {clip}, the film {film}"),
            Self::Rate(clip, film) => write!(f, "the clip has {clip} frames a second, the film {film}"),
            Self::Loose => f.write_str("the clip's frames are not evenly spaced in an MP4 file"),
            Self::Codec(clip, film) => write!(f, "the clip is coded as {clip}, the film as {film}"),
            Self::Pixels(clip, film) => write!(f, "the clip's pixels are {clip}, the film's {film}"),
            Self::Parameters(shot) => write!(f, "the clip's codec parameters differ from those of {shot:?}"),
            Self::NoStart(0) => f.write_str("no frame of the clip is a keyframe that a copy can begin with"),
            Self::NoStart(from) => {
                write!(f, "the clip has no keyframe after frame {from} at which a copy could begin")
            }
            Self::LateStart(first) => {
                write!(f, "the clip's first keyframe that a copy can begin with is frame {}", first + 1)
            }
        }
    }
}

/// Music under the film.
#[derive(Debug, Clone, PartialEq)]
pub struct Music {
    /// The bytes of the music file.
    pub file: Digest,
    /// Gain in decibels.
    pub gain_db: f32,
    /// What it does while a clip sounds.
    pub under: Under,
    /// Length of the fade at the film's beginning, in film frames.
    pub fade_in: u64,
    /// Length of the fade at the film's end, in film frames.
    pub fade_out: u64,
    /// Where in the file it begins.
    pub from: Duration,
    /// Where in the file it ends; at its end when absent.
    pub to: Option<Duration>,
    /// Whether it starts again if it is shorter than the film.
    pub repeat: bool,
}

/// A sound that is laid over the film.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedSound {
    /// The bytes of the sound file.
    pub file: Digest,
    /// Gain in decibels.
    pub gain_db: f32,
    /// When in the film it begins.
    pub at: Duration,
    /// Where in the file it begins.
    pub from: Duration,
    /// Where in the file it ends; at the file's end when absent.
    pub to: Option<Duration>,
    /// Length of the fade at its beginning.
    pub fade_in: Duration,
    /// Length of the fade at its end.
    pub fade_out: Duration,
}

/// What music does while a clip sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    /// It grows softer.
    Duck,
    /// It stays as it is.
    Stay,
}

/// A chapter mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// The film frame where it begins.
    pub at: u64,
    /// Its title.
    pub title: String,
}

impl Timeline {
    /// The version of the way films are made from timelines. It changes when equal timelines give other bytes.
    const FORMAT: u32 = 4;

    /// Whether its sound is mixed anew rather than copied from the clips.
    #[must_use]
    pub const fn is_mixed(&self) -> bool {
        self.music.is_some() || !self.sounds.is_empty() || self.loudness.is_some()
    }

    /// Gives it the colours of its clips. Where none is copied, there are bits enough for them.
    pub fn set_colours(&mut self, colours: Colours) {
        let copies = self.segments.iter().any(|segment| segment.treatment == Treatment::Copy);
        let pixels = self.format.pixels;
        self.format = self.format.with_colours(colours);
        if copies {
            self.format.pixels = pixels;
        }
    }

    /// How many frames the film has.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.segments.last().map_or(0, |last| last.at + last.length)
    }

    /// The digest of everything that decides the film's bytes: equal digests mean the film need not be made again.
    /// Shot names and the wording of reasons are left out, because they do not reach the file.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical().as_bytes())
    }

    /// The text behind [`Self::digest`], one fact a line. Texts are quoted, so no title can imitate a line.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = format!("film {}\nsize {}\nrate {}/{}\n", Self::FORMAT, self.size, self.rate.num, self.rate.den);
        // Writing into a string cannot fail.
        _ = writeln!(text, "format {} {}", self.format.codec, self.format.pixels);
        if !self.format.colours.is_usual() {
            _ = writeln!(text, "colours {}", self.format.colours);
        }
        let Tags { title, comment, xmp } = &self.tags;
        _ = writeln!(text, "title {title:?}");
        _ = writeln!(text, "comment {comment:?}");
        _ = writeln!(text, "xmp {xmp:?}");
        _ = writeln!(text, "loudness {:?}", self.loudness);
        _ = writeln!(text, "sound {:?}", self.sound);
        if let Some(music) = &self.music {
            let Music { file, gain_db, under, fade_in, fade_out, from, to, repeat } = music;
            _ = writeln!(text, "music {file} {gain_db:?} {under:?} {fade_in} {fade_out} {from:?} {to:?} {repeat}");
        }
        for PlacedSound { file, gain_db, at, from, to, fade_in, fade_out } in &self.sounds {
            _ = writeln!(text, "narration {file} {gain_db:?} {at:?} {from:?} {to:?} {fade_in:?} {fade_out:?}");
        }
        for Chapter { at, title } in &self.chapters {
            _ = writeln!(text, "chapter {at} {title:?}");
        }
        match &self.subtitles {
            None => {}
            Some(Subtitles::Tracks(tracks)) => {
                for SubtitleTrack { language, cues } in tracks {
                    if let Some(language) = language {
                        _ = writeln!(text, "subtitles in {language}");
                    }
                    cues.iter().for_each(|cue| _ = writeln!(text, "subtitle {}", canonical_cue(cue)));
                }
            }
            Some(Subtitles::Burned(cues)) => {
                cues.iter().for_each(|cue| _ = writeln!(text, "burned {}", canonical_cue(cue)));
            }
        }
        for segment in &self.segments {
            let Segment { clip, frames, at, length, join, fit, treatment, grade, .. } = segment;
            let how = match treatment {
                Treatment::Copy => "copy",
                Treatment::Encode(_) => fit.keyword(),
            };
            _ = writeln!(text, "segment {at} {length} {clip} {frames:?} {join:?} {how} {grade:?}");
        }
        text
    }
}

/// Who speaks does not reach the film.
fn canonical_cue(Cue { from, to, lines, .. }: &Cue) -> String {
    format!("{from} {to} {lines:?}")
}

#[cfg(test)]
mod tests;
