//! The one place through which texts reach the page: cleaned of what steers a reader's screen, then escaped.

use std::fmt::Write as _;
use std::time::Duration;

use maud::{Escaper, Render};
use storyreel_core::sanitize::{clean, is_steering};

/// A text on one line.
pub(super) struct OneLine<'a>(pub(super) &'a str);

impl Render for OneLine<'_> {
    fn render_to(&self, buffer: &mut String) {
        escape(&clean(self.0), buffer);
    }
}

/// A text with its line ends; the style sheet keeps them.
pub(super) struct Lines<'a>(pub(super) &'a str);

impl Render for Lines<'_> {
    fn render_to(&self, buffer: &mut String) {
        let unified = self.0.replace("\r\n", "\n");
        let plain: String = unified.chars().filter(|&c| matches!(c, '\n' | '\t') || !is_steering(c)).collect();
        escape(plain.trim(), buffer);
    }
}

fn escape(text: &str, buffer: &mut String) {
    // Writing to a String cannot fail.
    let _ = Escaper::new(buffer).write_str(text);
}

/// A moment of the film to a tenth of a second: `0:07.5`.
pub(super) fn moment(seconds: f64) -> String {
    storyreel_core::units::moment(Duration::from_secs_f64(seconds.max(0.0)))
}

/// A length to a tenth of a second: `5 s`, `4.9 s`, `1:04 min`.
pub(super) fn length(seconds: f64) -> String {
    storyreel_core::units::spoken(Duration::from_millis((seconds * 10.0).round().max(0.0) as u64 * 100))
}

/// A size of a file in powers of ten: `812 kB`, `3.1 MB`.
pub(super) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        let nasty = "</style><script>alert('1')</script>\n\"&\u{202e}\u{1b}[2J";
        let page = html! { p title=(OneLine(nasty)) { (Lines(nasty)) } }.into_string();
        let safe = "&lt;/style&gt;&lt;script&gt;alert('1')&lt;/script&gt;";
        assert_eq!(page, format!("<p title=\"{safe} &quot;&amp;[2J\">{safe}\n&quot;&amp;[2J</p>"));
    }

    #[test]
    fn times_and_sizes_read_well() {
        assert_eq!([moment(0.0), moment(7.46), moment(61.96)], ["0:00.0", "0:07.5", "1:02.0"]);
        assert_eq!([length(5.0), length(4.958)], ["5 s", "5 s"]);
        assert_eq!([bytes(12), bytes(812_400), bytes(3_149_000)], ["12 B", "812 kB", "3.1 MB"]);
    }
}
