//! UTC as people read it, from and to whole seconds since 1970. No clock: the seconds come from outside.

use std::ops::Range;

/// Seconds of a day; UTC as computers count it has no leap seconds.
const DAY: u64 = 86_400;

/// The greatest second that is written: the end of the year 9999.
pub const LAST: u64 = 253_402_300_799;

/// `2026-11-21T01:16:31Z`. What lies beyond the year 9999 is shown as its end.
#[must_use]
pub fn utc(seconds: u64) -> String {
    let seconds = seconds.min(LAST);
    let (year, month, day) = date(seconds / DAY);
    let of_day = seconds % DAY;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Reads what [`utc`] writes, and nothing else.
#[must_use]
pub fn read(text: &str) -> Option<u64> {
    let year = number_in(text, 0..4)?;
    let month = number_in(text, 5..7)?;
    let day = number_in(text, 8..10)?;
    let hour = number_in(text, 11..13)?;
    let minute = number_in(text, 14..16)?;
    let second = number_in(text, 17..19)?;
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    // Whatever does not write back as it was read is not of this form: a 31st of June, a missing `Z`, a sign.
    (utc(seconds) == text).then_some(seconds)
}

fn number_in(text: &str, place: Range<usize>) -> Option<u64> {
    text.get(place)?.parse().ok()
}

/// Year, month and day of the day `days` after 1970-01-01, in the Gregorian calendar: eras of 400 years that begin in
/// March, so that the leap day comes last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, of_year - (153 * march + 2) / 5 + 1)
}

/// The days from 1970-01-01 to a date: the way back of [`date`].
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day.max(1) - 1;
    let of_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + of_year;
    year / 400 * 146_097 + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_moments_are_written_as_the_calendar_says() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_224_991, "2026-11-21T01:36:31Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (LAST, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(utc(seconds), text);
            assert_eq!(read(text), Some(seconds));
        }
        assert_eq!(utc(u64::MAX), utc(LAST));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "2026-11-21", "2026-11-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-21T24:00:00Z"] {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["2026-11-21T01:36:31", "2026-11-21 01:36:31Z", "+026-11-21T01:36:31Z", "2026-02-00T00:00:00Z"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_second_reads_back(seconds in 0..=LAST) {
            prop_assert_eq!(read(&utc(seconds)), Some(seconds));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = read(&text);
        }
    }
}
