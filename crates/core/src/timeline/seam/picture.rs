//! A seam as it is seen, measured from small pictures of both sides.

use std::ops::Range;

use super::{JoinScore, Mend, SeamFinding};
use crate::timeline::Seam;
use crate::units::Rate;

/// Pixels of the pictures that are compared: enough to see motion, few enough that coding noise averages out.
pub const THUMB: (usize, usize) = (160, 90);

/// Bytes of one such picture: luma, and two planes of colour at half size.
pub const THUMB_BYTES: usize = THUMB.0 * THUMB.1 * 3 / 2;

/// Frames that are looked at on either side: two thirds of a second of film, twice what an ease takes at most
/// (measured in the field: 0.12 to 0.22 s).
pub const REACH: u64 = 16;

/// Two pictures that differ by more than this many levels of 255 are not the same, whatever moves (measured in the
/// field: under 3 to 6 is a frozen duplicate, above that is motion).
const SAME: f32 = 6.0;

/// A duplicate differs by less than this part of what a frame usually moves.
const SAME_PART: f32 = 0.4;

/// Coding noise alone makes a difference up to this many levels.
const NOISE: f32 = 0.8;

/// A frame that moves by less than this part of the usual speed belongs to an ease.
const SLOW: f32 = 0.5;

/// The most that is trimmed on either side, in seconds (measured in the field: 0.10 to 0.15 s from each side works).
const TRIM: f64 = 0.15;

/// A step of brightness or colour below this many levels is not seen; one above the other is no drift but another
/// picture, and is left alone.
const STEP: (f32, f32) = (1.0, 16.0);

/// Small pictures of the frames on one side of a seam, in film order, each of [`THUMB_BYTES`] bytes.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a>(pub &'a [u8]);

impl<'a> Side<'a> {
    fn frames(self) -> usize {
        self.0.len() / THUMB_BYTES
    }

    fn frame(self, n: usize) -> &'a [u8] {
        &self.0[n * THUMB_BYTES..(n + 1) * THUMB_BYTES]
    }

    /// How much frame `n` differs from the one before.
    fn change_at(self, n: usize) -> f32 {
        difference(self.frame(n - 1), self.frame(n))
    }

    fn changes(self, frames: Range<usize>) -> Vec<f32> {
        frames.map(|n| self.change_at(n)).collect()
    }
}

/// Judges the seam between the last frames of a shot and the first of the next, at `rate` frames a second. `None` where
/// there are too few frames to say anything.
#[must_use]
pub fn judge(tail: Side<'_>, head: Side<'_>, seam: Seam, rate: Rate) -> Option<SeamFinding> {
    let left = tail.frames();
    let right = head.frames();
    if left < 4 || right < 4 {
        return None;
    }
    let speed = speed(tail, head);
    let last = tail.frame(left - 1);
    // The first frame that is not the same ends the run; a whole side that is the same is a still picture.
    let least = SAME.min(NOISE.max(SAME_PART * speed));
    let duplicates = (0..right).take_while(|&n| difference(last, head.frame(n)) < least).count();
    let most = (rate.seconds(1).recip() * TRIM) as usize;
    let duplicates = if duplicates == right { 1 } else { duplicates.min(1 + most) };
    let step = if duplicates > 0 { step(last, head.frame(0)) } else { [0.0; 3] };
    let is_moving = speed > 2.0 * NOISE;
    let most_slow = if is_moving { most } else { 0 };
    let before = (1..left).rev().take(most_slow);
    let slow_before = before.take_while(|&n| tail.change_at(n) < SLOW * speed).count();
    let after = (duplicates.max(1)..right).take(most_slow);
    let slow_after = after.take_while(|&n| head.change_at(n) < SLOW * speed).count();
    let sides = Sides { tail, head, speed, rate, duplicates, step };
    let mend = sides.mend(seam, slow_before, slow_after);
    Some(SeamFinding {
        duplicates: duplicates as u64,
        slow_before: slow_before as u64,
        slow_after: slow_after as u64,
        speed,
        step,
        mend,
        heard_before: None,
        heard_after: None,
        before: sides.score(Mend::default()),
        after: sides.score(mend),
    })
}

struct Sides<'a> {
    tail: Side<'a>,
    head: Side<'a>,
    speed: f32,
    rate: Rate,
    duplicates: usize,
    step: [f32; 3],
}

impl Sides<'_> {
    fn mend(&self, seam: Seam, slow_before: usize, slow_after: usize) -> Mend {
        if seam == Seam::Keep {
            return Mend::default();
        }
        // The first of the equal frames goes with the earlier shot: what ends a clip is left out without encoding.
        let mut mend = Mend {
            drop_before: u64::from(self.duplicates > 0),
            drop_after: self.duplicates.saturating_sub(1) as u64,
            grade: self.grade(),
        };
        if seam == Seam::Drop {
            return mend;
        }
        // Trimming must not trade a stop for a jump: of all that the limits allow, the smoothest is taken, and of
        // equally smooth ones the shortest.
        let plain = mend;
        let mut best = self.score(plain).motion;
        for before in 0..=slow_before as u64 {
            for after in 0..=slow_after as u64 {
                let drop_after = if after > 0 { plain.drop_after.max(1) + after - 1 } else { plain.drop_after };
                let trial = Mend { drop_before: plain.drop_before + before, drop_after, ..plain };
                let score = self.score(trial).motion;
                if score + 0.05 < best {
                    best = score;
                    mend = trial;
                }
            }
        }
        mend
    }

    /// The step that is taken back, where it is one that can be seen and mended.
    fn grade(&self) -> Option<[f32; 3]> {
        let largest = self.step.iter().fold(0.0_f32, |most, level| most.max(level.abs()));
        (STEP.0..STEP.1).contains(&largest).then(|| self.step.map(|level| -level))
    }

    fn score(&self, mend: Mend) -> JoinScore {
        let left = self.tail.frames();
        let right = self.head.frames();
        let end = left.saturating_sub(mend.drop_before as usize).max(3);
        let begin = (mend.drop_after as usize).min(right - 3);
        let last = self.tail.frame(end - 1);
        let first = self.head.frame(begin);
        let gap = difference(last, first);
        let left_over = (self.duplicates as u64).saturating_sub(mend.drop_before.min(1) + mend.drop_after);
        // Only what moves can stop: at rest, two equal frames are two equal frames.
        let moving = self.speed > 2.0 * NOISE;
        let duplicate = if moving { (left_over as f32 / 2.0).min(1.0) } else { 0.0 };
        let motion = if moving { self.unsteady(end, begin, gap) } else { 0.0 };
        let step = if mend.grade.is_some() { [0.0; 3] } else { self.step };
        let colour = (step.iter().fold(0.0_f32, |most, level| most.max(level.abs())) / STEP.1).min(1.0);
        // Beyond 40 levels it is another framing, which no repair can hide (measured in the field).
        let structure = ((gap - 4.0 * self.speed.max(SAME)) / 40.0).clamp(0.0, 1.0);
        JoinScore::seen([duplicate, motion, structure, colour])
    }

    /// How far the speed around the join is from the usual: the mean over the frames within reach of a trim.
    fn unsteady(&self, end: usize, begin: usize, gap: f32) -> f32 {
        let reach = (TRIM * f64::from(self.rate.num) / f64::from(self.rate.den)).ceil() as usize;
        let mut changes = self.tail.changes(end.saturating_sub(reach).max(1)..end);
        changes.push(gap);
        changes.extend(self.head.changes(begin + 1..(begin + 1 + reach).min(self.head.frames())));
        let mut off = 0.0;
        for change in &changes {
            off += ((change - self.speed) / self.speed).abs().min(1.0);
        }
        off / changes.len() as f32
    }
}

/// How much a frame usually differs from the one before: the median away from the seam, on both sides.
fn speed(tail: Side<'_>, head: Side<'_>) -> f32 {
    let left = tail.frames();
    let right = head.frames();
    let mut all = tail.changes(1..(left * 2 / 3).max(2));
    all.extend(head.changes((right / 3).max(1)..right));
    all.sort_by(f32::total_cmp);
    all[all.len() / 2]
}

/// The mean difference of luma between two pictures once a difference in overall brightness is taken out, in levels.
fn difference(a: &[u8], b: &[u8]) -> f32 {
    let luma = THUMB.0 * THUMB.1;
    let a = &a[..luma];
    let b = &b[..luma];
    let shift = mean(b) - mean(a);
    let sum: f32 = a.iter().zip(b).map(|(a, b)| (f32::from(*b) - f32::from(*a) - shift).abs()).sum();
    sum / luma as f32
}

/// By how much the planes of `b` lie above those of `a` on average, in levels.
fn step(a: &[u8], b: &[u8]) -> [f32; 3] {
    let luma = THUMB.0 * THUMB.1;
    let planes = [0..luma, luma..luma + luma / 4, luma + luma / 4..THUMB_BYTES];
    planes.map(|plane| mean(&b[plane.clone()]) - mean(&a[plane]))
}

fn mean(bytes: &[u8]) -> f32 {
    bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>() as f32 / bytes.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pattern that moves to `at`, brighter by `light` levels.
    fn frame(at: f32, light: u8) -> Vec<u8> {
        let mut bytes = vec![128; THUMB_BYTES];
        for (n, byte) in bytes[..THUMB.0 * THUMB.1].iter_mut().enumerate() {
            let x = (n % THUMB.0) as f32 + at;
            *byte = (100.0 + 60.0 * (x / 9.0).sin()) as u8 + light;
        }
        bytes
    }

    fn side(places: impl IntoIterator<Item = f32>, light: u8) -> Vec<u8> {
        places.into_iter().flat_map(|at| frame(at, light)).collect()
    }

    fn judged(tail: &[f32], head: &[f32], light: u8, seam: Seam) -> SeamFinding {
        let tail = side(tail.iter().copied(), 0);
        let head = side(head.iter().copied(), light);
        judge(Side(&tail), Side(&head), seam, Rate::FILM).expect("there are frames enough")
    }

    fn steady(from: u16, count: u16) -> Vec<f32> {
        (from..from + count).map(f32::from).collect()
    }

    #[test]
    fn one_frame_seen_twice_is_dropped_and_nothing_else() {
        let found = judged(&steady(0, 16), &steady(15, 16), 0, Seam::Auto);
        assert_eq!((found.duplicates, found.slow_before, found.slow_after), (1, 0, 0));
        assert_eq!(found.mend, Mend { drop_before: 1, drop_after: 0, grade: None });
        assert!(found.before.total < 90.0 && found.after.total > 99.0, "{found:?}");
        assert_eq!(judged(&steady(0, 16), &steady(15, 16), 0, Seam::Keep).mend, Mend::default());
    }

    #[test]
    fn motion_that_goes_on_is_left_alone() {
        let found = judged(&steady(0, 16), &steady(16, 16), 0, Seam::Auto);
        assert_eq!((found.duplicates, found.mend), (0, Mend::default()));
        // A little is lost to the pattern, which does not move the same in every frame.
        assert!(found.after.total > 95.0, "{found:?}");
    }

    #[test]
    fn a_stop_and_a_start_are_trimmed_on_both_sides_within_limits() {
        let mut tail = steady(0, 12);
        tail.extend([11.3, 11.5, 11.6, 11.65]);
        let mut head = vec![11.65, 11.7, 11.85, 12.1];
        head.extend(steady(13, 12));
        let found = judged(&tail, &head, 0, Seam::Auto);
        assert!(found.slow_before == 3 && found.duplicates + found.slow_after >= 3, "{found:?}");
        let Mend { drop_before, drop_after, .. } = found.mend;
        assert!((2..=4).contains(&drop_before) && (1..=5).contains(&drop_after), "{found:?}");
        assert!(found.after.motion < found.before.motion / 2.0, "{found:?}");
        // `drop` takes the doubled frame alone.
        let dropped = judged(&tail, &head, 0, Seam::Drop).mend;
        assert!(dropped.drop_before == 1, "{dropped:?}");
    }

    #[test]
    fn a_step_in_brightness_is_taken_back_below_a_limit() {
        let found = judged(&steady(0, 16), &steady(15, 16), 5, Seam::Auto);
        assert_eq!(found.duplicates, 1);
        let grade = found.mend.grade.expect("it is mended");
        assert!((grade[0] + 5.0).abs() < 0.1 && grade[1] == 0.0, "{grade:?}");
        assert!(found.after.colour == 0.0 && found.before.colour > 0.2);
        assert_eq!(judged(&steady(0, 16), &steady(15, 16), 40, Seam::Auto).mend.grade, None);
    }

    #[test]
    fn another_scene_is_no_duplicate_and_gets_no_colours() {
        let found = judged(&steady(0, 16), &steady(40, 16), 30, Seam::Auto);
        assert_eq!((found.duplicates, found.mend), (0, Mend::default()));
        assert!(found.after.total < 90.0, "{found:?}");
    }

    #[test]
    fn a_still_picture_is_no_stop() {
        let found = judged(&[3.0; 16], &[3.0; 16], 0, Seam::Auto);
        assert_eq!(found.mend, Mend { drop_before: 1, drop_after: 0, grade: None });
        assert!(found.before.total > 99.0);
        assert_eq!(judge(Side(&[]), Side(&[]), Seam::Auto, Rate::FILM), None);
    }
}
