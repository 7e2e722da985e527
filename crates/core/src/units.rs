//! Newtypes for every id, size and digest that crosses a module. Nothing here touches the outside world.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sha2::Digest as _;

/// The name of a shot: `[a-z0-9][a-z0-9_-]*`, unique within its storyboard. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShotId(Arc<str>);

impl ShotId {
    /// The longest id accepted: it becomes part of file names and of every table.
    pub const MAX_LEN: usize = 64;

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ShotId {
    type Err = BadShotId;

    fn from_str(text: &str) -> Result<Self, BadShotId> {
        let head = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let body = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        if head && body && text.len() <= Self::MAX_LEN { Ok(Self(text.into())) } else { Err(BadShotId) }
    }
}

/// Text that cannot be a [`ShotId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shot id is 1 to 64 of a-z, 0-9, `-` and `_`, and begins with a letter or digit")]
pub struct BadShotId;

impl fmt::Display for ShotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ShotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// A SHA-256 digest, written `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// A digest computed elsewhere, for instance while streaming.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits without the `sha256:` in front.
    #[must_use]
    pub fn hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = String::with_capacity(64);
        for half in self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
            hex.push(char::from(DIGITS[usize::from(half)]));
        }
        hex
    }

    /// The first 8 hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.hex()[..8].to_owned()
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text).as_bytes();
        if hex.len() != 64 {
            return Err(BadDigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn hex_digit(c: u8) -> Result<u8, BadDigest> {
    match c {
        b'0'..=b'9' => Ok(c - b'0'),
        b'a'..=b'f' => Ok(c - b'a' + 10),
        _ => Err(BadDigest),
    }
}

/// Text that is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `sha256:` and 64 lower-case hexadecimal digits")]
pub struct BadDigest;

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}…", self.short())
    }
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// A size of `width` by `height` pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Whether it is higher than wide.
    #[must_use]
    pub const fn is_upright(self) -> bool {
        self.height > self.width
    }

    /// Whether both sides are even, which the usual sampling of colour asks for, and there are any pixels.
    #[must_use]
    pub const fn is_even(self) -> bool {
        self.width > 0 && self.height > 0 && self.width.is_multiple_of(2) && self.height.is_multiple_of(2)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, BadSize> {
        let (width, height) = text.split_once('x').ok_or(BadSize)?;
        Ok(Self::new(side(width)?, side(height)?))
    }
}

fn side(text: &str) -> Result<u32, BadSize> {
    text.parse().ok().filter(|&pixels| pixels > 0).ok_or(BadSize)
}

/// Text that is not a size such as `1280x720`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a size such as `1280x720`")]
pub struct BadSize;

/// Frames per second as the exact quotient, for example 24000/1001. Both parts are above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Frames in `den` seconds.
    pub num: u32,
    /// Seconds.
    pub den: u32,
}

impl Rate {
    /// 24 frames a second: what Seedance models deliver (providers.md 1.5, `framespersecond`).
    pub const FILM: Self = Self { num: 24, den: 1 };

    /// The time at which frame `n` begins, in seconds.
    #[must_use]
    pub fn seconds(self, n: u64) -> f64 {
        n as f64 * f64::from(self.den) / f64::from(self.num)
    }

    /// Whether it has fewer frames a second than `other`.
    #[must_use]
    pub fn is_below(self, other: Self) -> bool {
        u64::from(self.num) * u64::from(other.den) < u64::from(other.num) * u64::from(self.den)
    }

    /// The time at which frame `n` begins in whole ticks of `per_second` to the second, rounded to the nearest.
    #[must_use]
    pub fn ticks(self, n: u64, per_second: u64) -> u64 {
        let exact = u128::from(n) * u128::from(self.den) * u128::from(per_second);
        let num = u128::from(self.num);
        u64::try_from((exact + num / 2) / num).unwrap_or(u64::MAX)
    }

    /// How many frames fill `length`, rounded to the nearest, at least one.
    #[must_use]
    pub fn frames(self, length: Duration) -> u64 {
        self.frame_at(length).max(1)
    }

    /// The frame that begins nearest to `time`.
    #[must_use]
    pub fn frame_at(self, time: Duration) -> u64 {
        let exact = time.as_micros() * u128::from(self.num);
        let unit = 1_000_000 * u128::from(self.den);
        u64::try_from((exact + unit / 2) / unit).unwrap_or(u64::MAX)
    }

    /// `num` frames in `den` seconds, in the smallest numbers; `None` where one is zero or still too large.
    #[must_use]
    pub fn reduced(num: u128, den: u128) -> Option<Self> {
        if num == 0 || den == 0 {
            return None;
        }
        let divisor = common_divisor(num, den);
        let num = u32::try_from(num / divisor).ok()?;
        let den = u32::try_from(den / divisor).ok()?;
        Some(Self { num, den })
    }
}

fn common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl FromStr for Rate {
    type Err = BadRate;

    fn from_str(text: &str) -> Result<Self, BadRate> {
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        match (num.parse(), den.parse()) {
            (Ok(num), Ok(den)) if num > 0 && den > 0 => Ok(Self { num, den }),
            _ => Err(BadRate),
        }
    }
}

/// Text that is not a frame rate such as `24` or `24000/1001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a frame rate such as `24` or `24000/1001`")]
pub struct BadRate;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// The day in which a moment lies, in seconds since 1970 began (UTC).
    #[must_use]
    pub const fn at(seconds: i64) -> Self {
        Self(seconds.div_euclid(86_400))
    }

    /// How many days have passed since `earlier`; negative where it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl FromStr for Day {
    type Err = BadDay;

    /// Reads `2026-10-02`.
    fn from_str(text: &str) -> Result<Self, BadDay> {
        if text.bytes().any(|byte| !byte.is_ascii_digit() && byte != b'-') {
            return Err(BadDay);
        }
        let parts: Vec<Option<i64>> = text.split('-').map(|part| part.parse().ok()).collect();
        let [Some(year), Some(month), Some(day)] = parts[..] else { return Err(BadDay) };
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(BadDay);
        }
        // Years that begin with March: the day that comes and goes is the last one then.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
        Ok(Self(days - 719_468))
    }
}

impl fmt::Display for Day {
    /// Writes `2026-10-02`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Days are counted from the first of March of the year 0, in whole periods of 400 years.
        let days = self.0 + 719_468;
        let period = days.div_euclid(146_097);
        let of_period = days.rem_euclid(146_097);
        let year = (of_period - of_period / 1_460 + of_period / 36_524 - of_period / 146_096) / 365;
        let of_year = of_period - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        // January and February belong to the year after.
        let ends_year = month >= 10;
        let year = year + 400 * period + i64::from(ends_year);
        let month = if ends_year { month - 9 } else { month + 3 };
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a day such as `2026-10-02`")]
pub struct BadDay;

/// Seconds as a person writes them: `5 s`, `2.5 s`, `1:04 min`.
#[must_use]
pub fn spoken(length: Duration) -> String {
    let ms = length.as_millis();
    if ms < 60_000 {
        let text = format!("{}.{:03}", ms / 1000, ms % 1000);
        format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
    } else {
        let seconds = (ms + 500) / 1000;
        format!("{}:{:02} min", seconds / 60, seconds % 60)
    }
}

/// A moment of a film to a tenth of a second: `0:07.5`, `61:02.0`.
#[must_use]
pub fn moment(since_start: Duration) -> String {
    let tenths = (since_start.as_millis() + 50) / 100;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shot_ids_are_plain_file_name_safe_words() {
        for good in ["a", "0", "dawn-2", "x_y"] {
            assert_eq!(good.parse::<ShotId>().map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "-a", "_a", "Dawn", "a b", "a/b", "a.b", "é", &"a".repeat(65)] {
            assert_eq!(bad.parse::<ShotId>(), Err(BadShotId), "{bad}");
        }
    }

    #[test]
    fn a_digest_reads_back_and_matches_the_published_value() {
        let digest = Digest::of(b"abc");
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("sha256:xyz".parse::<Digest>(), Err(BadDigest));
        assert_eq!(digest.hex().to_uppercase().parse::<Digest>(), Err(BadDigest));
    }

    #[test]
    fn frames_and_ticks_do_not_drift() {
        let ntsc = Rate { num: 24_000, den: 1001 };
        assert_eq!(Rate::FILM.frames(Duration::from_secs(5)), 120);
        assert_eq!(Rate::FILM.frames(Duration::ZERO), 1);
        assert_eq!(ntsc.ticks(24_000, 48_000), 1001 * 48_000);
        assert_eq!(Rate::FILM.ticks(1, 1_000_000), 41_667);
        assert_eq!("24000/1001".parse(), Ok(ntsc));
        assert_eq!("0/1".parse::<Rate>(), Err(BadRate));
    }

    fn day(text: &str) -> Day {
        text.parse().expect("it is a day")
    }

    #[test]
    fn days_are_counted_through_leap_years() {
        assert_eq!(day("1970-01-01"), Day::at(0));
        // 2024-02-29 and 2026-11-20 as GNU date counts them.
        assert_eq!(day("2024-02-29"), Day::at(1_709_164_800));
        assert_eq!(day("2026-11-20"), Day::at(1_795_132_800 + 86_399));
        assert_eq!(day("2026-12-01").since(day("2026-10-02")), 60);
        for number in (0..60_000).step_by(7).chain([2_932_896]) {
            let written = Day(number).to_string();
            assert_eq!(written.parse(), Ok(Day(number)), "{written}");
        }
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
        assert_eq!(day("2000-12-31").to_string(), "2000-12-31");
        for bad in ["", "2026-10", "2026-13-01", "26-1-1", "storyboard", "2026-10-02-01", "+2026-10-02"] {
            assert_eq!(bad.parse::<Day>(), Err(BadDay), "{bad}");
        }
    }

    #[test]
    fn lengths_are_spoken_shortly() {
        for (ms, words) in [(5000, "5 s"), (2500, "2.5 s"), (63_600, "1:04 min")] {
            assert_eq!(spoken(Duration::from_millis(ms)), words);
        }
        for (ms, words) in [(0, "0:00.0"), (7_460, "0:07.5"), (59_960, "1:00.0"), (3_661_000, "61:01.0")] {
            assert_eq!(moment(Duration::from_millis(ms)), words);
        }
    }
}
