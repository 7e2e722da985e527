//! Fields of JSON replies, read as they occur: at one of several places, as a number or as text.

use serde_json::Value;

/// JSON pointers (RFC 6901) to the places where something may stand; the first that holds it counts.
pub(super) type Places = &'static [&'static str];

/// What `read` makes of the first place that it can make something of.
fn first<T>(body: &Value, places: &[&str], read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    places.iter().find_map(|place| body.pointer(place).and_then(&read))
}

/// Text that is not empty, or a number as text.
pub(super) fn text(body: &Value, places: &[&str]) -> Option<String> {
    first(body, places, words)
}

/// The same for a value itself.
pub(super) fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number of zero or more, also as text.
pub(super) fn whole(body: &Value, places: &[&str]) -> Option<u64> {
    first(body, places, |value| match value {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
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

/// A time in seconds since 1970. Above 10^12 it is in milliseconds: as seconds that would be the year 33658.
pub(super) fn time(body: &Value, places: &[&str]) -> Option<u64> {
    let times = places.iter().filter_map(|place| whole(body, &[place])).filter(|&time| time > 0);
    times.map(|time| if time > 1_000_000_000_000 { time / 1000 } else { time }).next()
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
        assert_eq!((whole(&body, &["/a"]), whole(&body, &["/c", "/b"])), (Some(108_900), Some(108_900)));
        assert_eq!((whole(&body, &["/d"]), signed(&body, &["/d"])), (None, Some(-1)));
        assert_eq!((part(&body, &["/e"]), part(&body, &["/b"]), part(&body, &["/c"])), (Some(0.3), Some(1.0), None));
        assert_eq!((text(&body, &["/f", "/g", "/b"]), text(&body, &["/z"])), (Some("108900".to_owned()), None));
        assert_eq!(whole(&body, &["/h"]), Some(u64::MAX));
    }

    #[test]
    fn times_are_seconds_even_from_milliseconds() {
        let body = json!({"s": 1_795_000_120, "ms": 1_795_000_120_000_u64, "none": 0});
        assert_eq!((time(&body, &["/s"]), time(&body, &["/none", "/ms"])), (Some(1_795_000_120), Some(1_795_000_120)));
    }

    #[test]
    fn only_what_can_be_fetched_is_an_address() {
        let body = json!({"a": "ftp://x/y", "b": "/v1/videos/x", "c": "https://x/y z", "d": "https://x/y.PNG?z=.mp4"});
        assert_eq!(address(&body, &["/a", "/b", "/c"], |_, _| true), None);
        assert_eq!(address(&body, &["/a", "/d"], |_, _| true).as_deref(), Some("https://x/y.PNG?z=.mp4"));
        assert!(is_picture("https://x/y.PNG?z=.mp4") && !is_picture("https://x/y.mp4?z=.png"));
    }
}
