//! Numbers and times as people write them.

use std::time::Duration;

use storyreel_core::sanitize::{clean, shorten, width};
use storyreel_core::units::{Rate, spoken};

pub use storyreel_core::sanitize::count;

/// A length as a clock shows it: `0:07`, `12:30`, `1:02:03`.
#[must_use]
pub fn clock(length: Duration) -> String {
    let seconds = length.as_secs();
    let hours = seconds / 3600;
    let minutes = seconds / 60 % 60;
    let seconds = seconds % 60;
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A length rounded to what a reader cares about: tenths below ten seconds, whole seconds above.
#[must_use]
pub fn roughly(length: Duration) -> String {
    let step = if length < Duration::from_secs(10) { 100 } else { 1000 };
    let ms = (length.as_millis() + step / 2) / step * step;
    spoken(Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX)))
}

/// The length of a clip of `frames` frames at `rate`.
#[must_use]
pub fn frames(frames: u64, rate: Rate) -> String {
    roughly(Duration::from_secs_f64(rate.seconds(frames.min(1 << 40))))
}

/// That something waits, at most until a time in seconds since 1970, and for what.
#[must_use]
pub fn waits(pause: Duration, until: u64, reason: &str) -> String {
    let of_day = until / 60 % (24 * 60);
    let hours = of_day / 60;
    let minutes = of_day % 60;
    format!("waits up to {}, until {hours:02}:{minutes:02} UTC: {}", roughly(pause), clean(reason))
}

/// A size of a file: `812 B`, `18.2 MB`, in powers of ten.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    format!("{:.1} {name}", bytes as f64 / unit)
}

/// `text` in lines of at most `columns` terminal columns, broken at spaces; a word that is longer than a line is
/// shortened.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shorten(word, columns)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_short() {
        let clocks = [7, 750, 3723].map(|s| clock(Duration::from_secs(s)));
        assert_eq!(clocks, ["0:07", "12:30", "1:02:03"]);
        let rough = [4_217, 41_800, 108_400].map(|ms| roughly(Duration::from_millis(ms)));
        assert_eq!(rough, ["4.2 s", "42 s", "1:48 min"]);
        assert_eq!(frames(145, Rate::FILM), "6 s");
        assert_eq!(frames(60, Rate { num: 30, den: 1 }), "2 s");
        let waits = waits(Duration::from_mins(50), 1_795_176_000 + 3000, "ark: overloaded\u{1b}[2J");
        assert_eq!(waits, "waits up to 50:00 min, until 12:50 UTC: ark: overloaded[2J");
        assert_eq!([812, 18_234_567].map(bytes), ["812 B", "18.2 MB"]);
    }

    #[test]
    fn lines_break_at_spaces_by_columns() {
        assert_eq!(wrap("a lamp in the dark", 7), ["a lamp", "in the", "dark"]);
        assert_eq!(wrap("海港 海港", 5), ["海港", "海港"]);
        assert_eq!(wrap("lighthouse", 5), ["ligh…"]);
    }
}
