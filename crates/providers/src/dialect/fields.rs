//! Fields of JSON replies, read as they occur: at one of several places, as a number or as text.

use serde_json::Value;
use storyreel_core::sanitize::{clean, shorten};

/// JSON pointers (RFC 6901) to the places where something may stand; the first that holds it counts.
pub(super) type Pointers = &'static [&'static str];

/// What `read` makes of the first place that it can make something of.
fn first<T>(body: &Value, places: &[&str], read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    places.iter().find_map(|place| body.pointer(place).and_then(&read))
}

/// Text that is not empty, or a number as text.
pub(super) fn text(body: &Value, places: &[&str]) -> Option<String> {
    first(body, places, text_of)
}

/// The same for a value itself.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a service counts for its bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Count {
    /// It does not say.
    Missing,
    /// So many.
    Known(u64),
    /// Something that no bill can say, as it stands in the reply.
    Odd(String),
}

/// The most tokens that are believed: a clip of 30 s at 4k has some 6 millions.
const MOST_TOKENS: u64 = 1_000_000_000_000;

/// Characters of an odd count that are kept.
const LONGEST_ODDITY: usize = 40;

/// The tokens of a bill. The first place that holds anything counts: a sum beside an odd count is no better. None at
/// all is no count of a clip that was made.
pub(super) fn tokens(body: &Value, places: &[&str]) -> Count {
    let value = places.iter().filter_map(|place| body.pointer(place)).find(|value| !is_blank(value));
    let Some(value) = value else { return Count::Missing };
    match exact(value).filter(|count| (1..=MOST_TOKENS).contains(count)) {
        Some(count) => Count::Known(count),
        None => {
            let text = value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned());
            Count::Odd(shorten(&clean(&text), LONGEST_ODDITY))
        }
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A whole number of zero or more, also as text or with nothing behind its point.
fn exact(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().and_then(whole_number)),
        Value::String(text) => text.trim().parse().ok().or_else(|| text.trim().parse().ok().and_then(whole_number)),
        _ => None,
    }
}

fn whole_number(number: f64) -> Option<u64> {
    (number >= 0.0 && number.fract() == 0.0 && number < 1e18).then_some(number as u64)
}

/// A whole number, also as text.
pub(super) fn signed(body: &Value, places: &[&str]) -> Option<i64> {
    first(body, places, |value| match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// A part of a whole, 0 to 1, from per cent: `30`, `"30"` or `"30%"`.
pub(super) fn part(body: &Value, places: &[&str]) -> Option<f32> {
    first(body, places, |value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().trim_end_matches('%').parse().ok(),
        _ => None,
    })
    .filter(|per_cent| per_cent.is_finite())
    .map(|per_cent| (per_cent / 100.0).clamp(0.0, 1.0) as f32)
}

/// The last second of the year 9999: a later time is none.
const LAST_SECOND: u64 = 253_402_300_799;

/// A time in seconds since 1970. Above 10^12 it is in milliseconds: as seconds that would be the year 33658.
pub(super) fn time(body: &Value, places: &[&str]) -> Option<u64> {
    first(body, places, |value| {
        let time = match value {
            Value::Number(number) => {
                number.as_f64().filter(|time| (0.0..1e18).contains(time)).map(|time| time as u64)?
            }
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        let time = if time > 1_000_000_000_000 { time / 1000 } else { time };
        (1..=LAST_SECOND).contains(&time).then_some(time)
    })
}

/// An address on the web that is fit to be fetched, where `fits` agrees with its place and itself.
pub(super) fn address(body: &Value, places: &[&str], fits: impl Fn(&str, &str) -> bool) -> Option<String> {
    places.iter().find_map(|place| {
        let text = body.pointer(place)?.as_str()?.trim();
        let web = text.starts_with("https://") || text.starts_with("http://");
        let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        (web && plain && fits(place, text)).then(|| text.to_owned())
    })
}

/// Whether an address ends like that of a picture.
pub(super) fn is_picture(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".png", ".jpg", ".jpeg", ".webp"].iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_may_be_text_and_text_numbers() {
        let body = json!({"a": "108900", "b": 108_900, "c": "x", "d": -1, "e": "30%", "f": null, "g": " ", "h": 1e300});
        assert_eq!((signed(&body, &["/a"]), signed(&body, &["/d"])), (Some(108_900), Some(-1)));
        assert_eq!((part(&body, &["/e"]), part(&body, &["/b"]), part(&body, &["/c"])), (Some(0.3), Some(1.0), None));
        assert_eq!((text(&body, &["/f", "/g", "/b"]), text(&body, &["/z"])), (Some("108900".to_owned()), None));
    }

    fn counted(value: &Value) -> Count {
        tokens(&json!({"a": null, "b": value}), &["/a", "/b"])
    }

    #[test]
    fn a_bill_is_believed_only_where_it_is_a_plain_number() {
        for (value, count) in [
            (json!(108_900), 108_900),
            (json!("108900"), 108_900),
            (json!(108_900.0), 108_900),
            (json!("108900.0"), 108_900),
            (json!(1_000_000_000_000_u64), 1_000_000_000_000),
        ] {
            assert_eq!(counted(&value), Count::Known(count));
        }
        for value in [json!(null), json!(" ")] {
            assert_eq!(counted(&value), Count::Missing);
        }
        for (value, words) in [
            (json!(0), "0"),
            (json!(-5), "-5"),
            (json!(0.5), "0.5"),
            (json!(1e300), "1e+300"),
            (json!(1_u64 << 63), "9223372036854775808"),
            (json!(1_000_000_000_001_u64), "1000000000001"),
            (json!("NaN"), "NaN"),
            (json!("many\u{1b}[2J"), "many[2J"),
            (json!([108_900]), "[108900]"),
            (json!(true), "true"),
        ] {
            assert_eq!(counted(&value), Count::Odd(words.to_owned()));
        }
        let both = json!({"completion": "NaN", "total": 108_900});
        assert_eq!(tokens(&both, &["/completion", "/total"]), Count::Odd("NaN".to_owned()));
        assert_eq!(tokens(&both, &["/none", "/total"]), Count::Known(108_900));
    }

    #[test]
    fn times_are_seconds_even_from_milliseconds() {
        let body = json!({"s": 1_795_000_120, "ms": 1_795_000_120_000_u64, "none": 0});
        assert_eq!((time(&body, &["/s"]), time(&body, &["/none", "/ms"])), (Some(1_795_000_120), Some(1_795_000_120)));
        for odd in [json!(1e300), json!(-1), json!(u64::MAX), json!("soon"), json!("NaN")] {
            assert_eq!(time(&json!({"s": odd}), &["/s"]), None, "{odd}");
        }
    }

    #[test]
    fn only_what_can_be_fetched_is_an_address() {
        let body = json!({"a": "ftp://x/y", "b": "/v1/videos/x", "c": "https://x/y z", "d": "https://x/y.PNG?z=.mp4"});
        assert_eq!(address(&body, &["/a", "/b", "/c"], |_, _| true), None);
        assert_eq!(address(&body, &["/a", "/d"], |_, _| true).as_deref(), Some("https://x/y.PNG?z=.mp4"));
        assert!(is_picture("https://x/y.PNG?z=.mp4") && !is_picture("https://x/y.mp4?z=.png"));
    }
}
