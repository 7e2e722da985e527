//! SMPTE time code: frames of a day by hour, minute, second and number, as cameras write it and edit lists count it.

use std::fmt;

use crate::units::Rate;

/// The number of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeCode {
    /// Frames since midnight.
    pub frames: u64,
    /// Whole frames that a second counts, above zero: 24 for 24000/1001.
    pub frames_per_second: u64,
    /// Whether numbers are left out to keep pace with the clock; only where a second counts 30 or 60.
    pub drops_frames: bool,
}

/// Whole frames a second that time code counts at a rate: 24 for 24000/1001.
#[must_use]
pub fn nominal(rate: Rate) -> u64 {
    (u64::from(rate.num) + u64::from(rate.den) / 2).checked_div(u64::from(rate.den)).unwrap_or(1).max(1)
}

impl TimeCode {
    /// Reads `10:00:02:05`; a semicolon or a point before the last number says that numbers are left out.
    #[must_use]
    pub fn read(text: &str, rate: Rate) -> Option<Self> {
        let frames_per_second = nominal(rate);
        let drops_frames = text.contains([';', '.']) && drops(frames_per_second);
        let numbers: Option<Vec<u64>> = text.split([':', ';', '.']).map(|number| number.parse().ok()).collect();
        let [hours, minutes, seconds, number] = numbers?.try_into().ok()?;
        if hours > 23 || minutes > 59 || seconds > 59 || number >= frames_per_second {
            return None;
        }
        let minutes = hours * 60 + minutes;
        let labelled = (minutes * 60 + seconds) * frames_per_second + number;
        let left_out = if drops_frames { frames_per_second / 15 * (minutes - minutes / 10) } else { 0 };
        Some(Self { frames: labelled.checked_sub(left_out)?, frames_per_second, drops_frames })
    }

    /// The number of a later frame.
    #[must_use]
    pub const fn later(self, frames: u64) -> Self {
        Self { frames: self.frames.saturating_add(frames), ..self }
    }

    /// The number that reads the same where a second counts so many frames.
    #[must_use]
    pub fn counted_at(self, frames_per_second: u64) -> Self {
        let scaled = |frames: u64| (frames * frames_per_second + self.frames_per_second / 2) / self.frames_per_second;
        if self.drops_frames && drops(frames_per_second) {
            return Self { frames: scaled(self.frames), frames_per_second, drops_frames: true };
        }
        Self { frames: scaled(self.labelled()), frames_per_second, drops_frames: false }
    }

    /// The frames that the label counts, those that are left out as well.
    fn labelled(self) -> u64 {
        if !self.drops_frames {
            return self.frames;
        }
        // The first two numbers of every minute but each tenth are left out; at 60 the first four.
        let left_out = self.frames_per_second / 15;
        let minute = self.frames_per_second * 60 - left_out;
        let ten_minutes = minute * 10 + left_out;
        let tens = self.frames / ten_minutes;
        let minutes = (self.frames % ten_minutes).saturating_sub(left_out) / minute;
        self.frames + left_out * (9 * tens + minutes)
    }
}

/// Whether numbers can be left out at so many frames a second.
const fn drops(frames_per_second: u64) -> bool {
    matches!(frames_per_second, 30 | 60)
}

impl fmt::Display for TimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labelled = self.labelled();
        let seconds = labelled / self.frames_per_second;
        let number = labelled % self.frames_per_second;
        let mark = if self.drops_frames { ';' } else { ':' };
        // A day has 24 hours.
        write!(f, "{:02}:{:02}:{:02}{mark}{number:02}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAL: Rate = Rate { num: 25, den: 1 };
    const NTSC: Rate = Rate { num: 30_000, den: 1_001 };

    #[test]
    fn what_is_read_is_shown_again() {
        for (text, rate, frames) in [
            ("10:00:02:05", PAL, 900_055),
            ("00:00:59;29", NTSC, 1_799),
            ("00:01:00;02", NTSC, 1_800),
            ("00:10:00;00", NTSC, 17_982),
            // SMPTE ST 12-1: an hour of this is 107,892 frames.
            ("01:00:00;00", NTSC, 107_892),
            ("01:00:00:00", NTSC, 108_000),
            ("23:59:59;59", Rate { num: 60_000, den: 1_001 }, 5_178_815),
        ] {
            let read = TimeCode::read(text, rate).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((read.frames, read.to_string().as_str()), (frames, text));
        }
        for bad in ["", "10:00:02", "10:00:02:25", "24:00:00:00", "a:b:c:d", "10:60:00:00", "1:2:3:4:5"] {
            assert_eq!(TimeCode::read(bad, PAL), None, "{bad}");
        }
    }

    #[test]
    fn every_frame_of_an_hour_has_its_own_number() {
        let mut before = String::new();
        for frames in 0..107_892 {
            let label = TimeCode { frames, frames_per_second: 30, drops_frames: true }.to_string();
            assert!(label > before, "{label} follows {before}");
            assert_eq!(TimeCode::read(&label, NTSC).map(|read| read.frames), Some(frames), "{label}");
            before = label;
        }
    }

    #[test]
    fn another_rate_keeps_what_is_read() {
        let read = |text: &str, rate| TimeCode::read(text, rate).expect("it is a time code");
        assert_eq!(read("10:00:02:05", PAL).counted_at(50).to_string(), "10:00:02:10");
        assert_eq!(read("10:00:02:05", PAL).counted_at(24).to_string(), "10:00:02:05");
        assert_eq!(read("01:00:00;02", NTSC).counted_at(60).to_string(), "01:00:00;04");
        assert_eq!(read("01:02:00;02", NTSC).counted_at(24).to_string(), "01:02:00:02");
        assert_eq!(read("23:59:59:24", PAL).later(1).to_string(), "00:00:00:00");
    }
}
