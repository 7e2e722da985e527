//! Chapters in ffmpeg's metadata format: `ffmpeg -i film.mp4 -i chapters.txt -map_metadata 1 -c copy out.mp4`.

use storyreel_core::sanitize::clean;

use super::{CutList, chapters};

/// The film's title and its chapters, exact to the frame.
#[must_use]
pub fn write(reel: &CutList<'_>) -> String {
    let rate = reel.rate();
    let mut text = format!(";FFMETADATA1\ntitle={}\n", escaped(&reel.timeline.tags.title));
    let chapters = chapters(reel.film, reel.timeline);
    for (at, chapter) in chapters.iter().enumerate() {
        let end = chapters.get(at + 1).map_or(reel.timeline.frames(), |next| next.at);
        text.push_str(&format!(
            "\n[CHAPTER]\nTIMEBASE={}/{}\nSTART={}\nEND={end}\ntitle={}\n",
            rate.den,
            rate.num,
            chapter.at,
            escaped(&chapter.title)
        ));
    }
    text
}

/// A value on one line; `=`, `;`, `#` and `\` mean something to the reader.
fn escaped(value: &str) -> String {
    let mut safe = String::with_capacity(value.len());
    for c in clean(value).chars() {
        if matches!(c, '=' | ';' | '#' | '\\') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}
