//! How long a service asks to be left alone. Computes only.

use std::time::Duration;

/// The longest pause that is granted, whatever a service asks for.
pub(super) const LONGEST: Duration = Duration::from_mins(10);

/// Months as HTTP dates name them.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The pause that a `Retry-After` header asks for: whole seconds, or the date of an HTTP header. `now` is in seconds
/// since 1970. `None` where it is neither.
#[must_use]
pub(super) fn retry_after(value: &str, now: u64) -> Option<Duration> {
    let value = value.trim();
    let seconds = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large for 64 bits is a long time, too.
        value.parse().unwrap_or(u64::MAX)
    } else {
        date(value)?.saturating_sub(now)
    };
    Some(Duration::from_secs(seconds).min(LONGEST))
}

/// An HTTP date as it is written today, `Sun, 06 Nov 1994 08:49:37 GMT`, in seconds since 1970.
#[must_use]
pub(super) fn date(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, clock, "GMT" | "UTC"] = words[..] else { return None };
    let month = 1 + MONTHS.iter().position(|name| *name == month)? as u64;
    let day = number(day, 1, 31)?;
    let year = number(year, 1970, 9999)?;
    let mut clock = clock.split(':');
    let hour = number(clock.next()?, 0, 23)?;
    let minute = number(clock.next()?, 0, 59)?;
    let second = number(clock.next()?, 0, 60)?;
    if clock.next().is_some() {
        return None;
    }
    // Years begin in March here, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    // Days from March of the year 0 to 1970.
    let since = days.checked_sub(719_468)?;
    Some(((since * 24 + hour) * 60 + minute) * 60 + second)
}

fn number(text: &str, least: u64, most: u64) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && (least..=most).contains(number))
}

/// The pause before try number `tries + 1` at a broken thing: doubled each time, at most 32 times `first`.
#[must_use]
pub(super) fn growing(first: Duration, tries: u32) -> Duration {
    first * (1 << tries.saturating_sub(1).min(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Tue, 29 Feb 2028 23:59:59 GMT", Some(1_835_481_599)),
            ("Fri, 20 Nov 2026 12:00:00 GMT", Some(1_795_176_000)),
            ("Fri, 20 Nov 2026 12:00 GMT", None),
            ("Fri, 20 Nov 1026 12:00:00 GMT", None),
            ("Fri, -1 Nov 2026 12:00:00 GMT", None),
            ("Fri, 20 Nov 2026 12:00:00 CET", None),
            ("soon", None),
        ] {
            assert_eq!(date(text), expected, "{text}");
        }
    }

    #[test]
    fn a_service_may_ask_for_seconds_or_a_date_and_not_for_days() {
        let now = 784_111_777 - 90;
        for (value, expected) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("86400", Some(600)),
            ("99999999999999999999999", Some(600)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(90)),
            ("Sun, 06 Nov 1993 08:49:37 GMT", Some(0)),
            ("-3", None),
            ("1.5", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), expected.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn pauses_double_and_stop_growing() {
        let pauses: Vec<u64> = (1..9).map(|tries| growing(Duration::from_secs(1), tries).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 32, 32]);
    }
}
