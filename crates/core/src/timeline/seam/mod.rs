//! Seams: what stands at the join where one shot continues another, seen and heard on both sides.
//!
//! A model that is given the last frame of a shot begins the next one on it, so that the frame is seen twice; it often
//! slows to a stop before it and starts again after it; it may shift the brightness; and it gives every clip a sound of
//! its own. Nothing of that is assumed: each is measured, and mended only where it is found.

mod picture;
mod sound;

use serde::{Deserialize, Serialize};

pub use picture::{REACH, Side, THUMB, THUMB_BYTES, judge};
pub use sound::{AROUND, Heard, hear};

/// What was found at a seam, and what is done about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeamFinding {
    /// How many frames at the beginning of the later shot repeat the last frame of the earlier one.
    pub duplicates: u64,
    /// Frames of slowing down before the join.
    pub slow_before: u64,
    /// Frames of starting again after the join.
    pub slow_after: u64,
    /// How much a frame usually differs from the one before, in levels of 255.
    pub speed: f32,
    /// By how much the later shot is brighter, bluer and redder, in levels, where both show the same frame.
    pub step: [f32; 3],
    /// What is done.
    pub mend: Mend,
    /// What would be heard if sound were laid after sound and picture after picture as they come; `None` where neither
    /// clip has sound, and until it is listened to.
    pub heard_before: Option<Heard>,
    /// What is heard in the film; `None` where it has no sound there, and until it is listened to.
    pub heard_after: Option<Heard>,
    /// How the join would be if nothing were done.
    pub before: JoinScore,
    /// How it is.
    pub after: JoinScore,
}

impl SeamFinding {
    /// Adds what would be heard if nothing were done.
    pub fn hear_before(&mut self, heard: Heard) {
        self.heard_before = Some(heard);
        self.before = self.before.with(heard);
    }

    /// Adds what is heard in the film.
    pub fn hear_after(&mut self, heard: Heard) {
        self.heard_after = Some(heard);
        self.after = self.after.with(heard);
    }

    /// Takes back that anything is done.
    pub fn leave_unmended(&mut self) {
        self.mend = Mend::default();
        self.after = self.before;
    }
}

/// What is done at a seam.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Mend {
    /// Frames left out at the end of the earlier shot.
    pub drop_before: u64,
    /// Frames left out at the beginning of the later shot.
    pub drop_after: u64,
    /// Levels taken off the later shot's first frame, and less and less of it over a second.
    pub grade: Option<[f32; 3]>,
}

/// How good a join is: each fault from 0, none, to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct JoinScore {
    /// A frame that is seen twice.
    pub duplicate: f32,
    /// Speed that breaks: a stop, or a jump.
    pub motion: f32,
    /// Two pictures that are not of one scene.
    pub structure: f32,
    /// A step in brightness or colour.
    pub colour: f32,
    /// A step in loudness.
    pub loudness: f32,
    /// A transient that is in neither clip.
    pub click: f32,
    /// Sound that comes before or after its picture.
    pub sync: f32,
    /// The whole, from 0 to 100; 100 is a join that is neither seen nor heard.
    pub total: f32,
}

/// Name of every part of a score, what is wrong where it is large, and how much of 100 it weighs. The eye notices a
/// join first.
const PARTS: [(&str, &str, f32); 7] = [
    ("duplicate", "a frame is seen twice", 20.0),
    ("motion", "the motion stops or jumps", 25.0),
    ("structure", "the pictures differ", 20.0),
    ("colour", "a step in brightness or colour", 15.0),
    ("loudness", "a step in loudness", 7.0),
    ("click", "the join clicks", 8.0),
    ("sync", "sound and picture are out of sync", 5.0),
];

impl JoinScore {
    /// The score of a join as it is seen.
    fn seen([duplicate, motion, structure, colour]: [f32; 4]) -> Self {
        let [loudness, click, sync] = [0.0; 3];
        Self { duplicate, motion, structure, colour, loudness, click, sync, total: 0.0 }.summed()
    }

    fn with(self, heard: Heard) -> Self {
        let [loudness, click, sync] = heard.faults();
        Self { loudness, click, sync, ..self }.summed()
    }

    fn summed(self) -> Self {
        let faults: f32 = self.parts().iter().zip(PARTS).map(|((_, size), (.., weight))| size * weight).sum();
        Self { total: 100.0 - faults, ..self }
    }

    /// Every part with its name, from 0, no fault, to 1.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, f32); 7] {
        let Self { duplicate, motion, structure, colour, loudness, click, sync, .. } = *self;
        let sizes = [duplicate, motion, structure, colour, loudness, click, sync];
        std::array::from_fn(|n| (PARTS[n].0, sizes[n]))
    }

    /// What is wrong, in words, the worst first.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults: Vec<(f32, &str)> =
            self.parts().iter().zip(PARTS).map(|((_, size), (_, what, _))| (*size, what)).collect();
        faults.sort_by(|a, b| b.0.total_cmp(&a.0));
        faults.iter().filter(|(size, _)| *size > 0.05).map(|(size, what)| format!("{what} ({size:.2})")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_the_sum_of_its_parts() {
        let weights: f32 = PARTS.iter().map(|(.., weight)| weight).sum();
        assert_eq!(weights.round() as u32, 100);
        let score = JoinScore::seen([0.0, 0.2, 0.0, 1.0]);
        assert_eq!((score.total, score.parts()[1]), (80.0, ("motion", 0.2)));
        let heard = score.with(Heard { click_db: 40.0, ..Heard::default() });
        assert_eq!((heard.total, heard.click, heard.colour), (72.0, 1.0, 1.0));
        let words = "a step in brightness or colour (1.00), the join clicks (1.00), the motion stops or jumps (0.20)";
        assert_eq!(heard.faults().join(", "), words);
    }
}
