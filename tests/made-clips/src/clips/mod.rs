//! The made clips: what each shows and sounds like, and what is wrong with it.

mod bad;
mod fine;

use storyreel_quality::FaultKind;

use crate::moment::{Moment, Subject};
use crate::voice::MadeSound;

/// Which half of the clips one belongs to: thresholds were set on one, errors are told of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The thresholds were set on it.
    Set,
    /// It was looked at afterwards.
    Told,
}

/// What a clip is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// Nothing.
    None,
    /// Its own first frame, as it would be without fault.
    Own,
    /// A frame of the same scene, from another place.
    Scene,
}

/// A made clip.
#[derive(Clone)]
pub struct MadeClip {
    /// What is done in it; several clips show the same of other subjects.
    pub name: &'static str,
    /// What it is for.
    pub half: Half,
    /// What is wrong with it.
    pub fault: Option<FaultKind>,
    /// Its length, 24 a second.
    pub(crate) frames: u32,
    /// What its camera looks at.
    pub subject: Subject,
    /// What it shows, frame by frame.
    pub(crate) shown: fn(Subject, u32) -> Moment,
    pub(crate) sound: MadeSound,
    /// Whether its shot asks for sound.
    pub asks_sound: bool,
    /// Whether its shot has lines to speak.
    pub asks_speech: bool,
    /// What it is compared with.
    pub head: Head,
}

impl MadeClip {
    /// A clip of four seconds without fault.
    fn new(half: Half, name: &'static str, subject: Subject, shown: fn(Subject, u32) -> Moment) -> Self {
        Self {
            name,
            half,
            fault: None,
            frames: 96,
            subject,
            shown,
            sound: MadeSound::None,
            asks_sound: false,
            asks_speech: false,
            head: Head::None,
        }
    }

    fn bad(self, fault: FaultKind) -> Self {
        Self { fault: Some(fault), ..self }
    }

    fn against(self, head: Head) -> Self {
        Self { head, ..self }
    }

    fn sounds(self, sound: MadeSound) -> Self {
        Self { sound, asks_sound: true, ..self }
    }

    fn speaks(self, sound: MadeSound) -> Self {
        Self { asks_speech: true, ..self.sounds(sound) }
    }

    /// What it shows at a frame.
    pub(crate) fn moment(&self, frame: u32) -> Moment {
        (self.shown)(self.subject, frame)
    }

    /// The frame that it is compared with.
    pub(crate) fn head_moment(&self) -> Option<Moment> {
        match self.head {
            Head::None => None,
            Head::Own => Some(Moment::usual(self.subject, 0)),
            Head::Scene => Some(Moment::usual(self.subject, 40).camera(45.0, -18.0).zoom(1.12)),
        }
    }
}

/// Frames that do not move on between two.
fn held(frame: u32, from: u32, to: u32) -> u32 {
    if frame < from { frame } else { frame.max(to) + from - to }
}

/// How far a frame is on the way from one to another, from 0 to 1.
fn way(frame: u32, from: u32, to: u32) -> f32 {
    ((frame as f32 - from as f32) / (to as f32 - from as f32)).clamp(0.0, 1.0)
}

/// All clips.
#[must_use]
pub fn clips() -> Vec<MadeClip> {
    [fine::clips(), bad::clips()].concat()
}

/// A handheld camera before a subject, and somebody who moves in front of it.
fn usual(subject: Subject, frame: u32) -> Moment {
    Moment::usual(subject, frame)
}

/// A camera on a stand, and nobody there.
fn still(subject: Subject, frame: u32) -> Moment {
    Moment::still(subject, frame)
}
