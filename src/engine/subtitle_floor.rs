//! How low a burned subtitle may stand: an animatic has its own words in the lower part of its picture.

use storyreel_core::film::{Film, Make, Shot};
use storyreel_core::provider::ANIMATIC;
use storyreel_core::storyboard::Fit;
use storyreel_core::timeline::cue::Cue;
use storyreel_core::timeline::{Segment, Timeline};
use storyreel_core::units::Size;
use storyreel_media::picture::animatic_words_top;

/// For each cue the row of the film's picture from which on other words stand while it is shown.
pub(super) fn subtitle_floors(film: &Film, timeline: &Timeline, cues: &[Cue]) -> Vec<Option<u32>> {
    cues.iter().map(|cue| subtitle_floor(film, timeline, cue)).collect()
}

fn subtitle_floor(film: &Film, timeline: &Timeline, cue: &Cue) -> Option<u32> {
    let frames = cue.frames(timeline.rate);
    let mut floor = None;
    for (shot, segment) in film.shots.iter().zip(&timeline.segments) {
        let is_shown = segment.at < frames.end && frames.start < segment.at + segment.length;
        if is_shown && is_animatic(shot) {
            let top = words_top(segment, timeline.size);
            floor = Some(floor.map_or(top, |lowest: u32| lowest.min(top)));
        }
    }
    floor.filter(|floor| *floor < timeline.size.height)
}

fn is_animatic(shot: &Shot) -> bool {
    matches!(&shot.make, Make::Prompt(render) if render.provider.id == ANIMATIC)
}

/// Where the words of an animatic begin in a film that may have another size and shape.
fn words_top(segment: &Segment, film: Size) -> u32 {
    scaled_row(segment.facts.video.size, segment.fit, film, animatic_words_top(segment.facts.video.size))
}

/// The row of the film at which row `row` of a clip lies.
fn scaled_row(clip: Size, fit: Fit, film: Size, row: u32) -> u32 {
    let across = f64::from(film.width) / f64::from(clip.width.max(1));
    let down = f64::from(film.height) / f64::from(clip.height.max(1));
    let scale = match fit {
        Fit::Letterbox => across.min(down),
        Fit::Crop => across.max(down),
    };
    let above = (f64::from(film.height) - f64::from(clip.height) * scale) / 2.0;
    f64::from(row).mul_add(scale, above).floor().clamp(0.0, f64::from(film.height)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_a_clip_is_found_in_a_film_of_another_shape() {
        let wide = Size::new(1280, 720);
        let square = Size::new(720, 720);
        assert_eq!(scaled_row(wide, Fit::Letterbox, wide, 472), 472);
        assert_eq!(scaled_row(wide, Fit::Letterbox, Size::new(640, 360), 472), 236);
        // With bars above and below, and with the sides cut off.
        assert_eq!(scaled_row(wide, Fit::Letterbox, square, 360), 360);
        assert_eq!(scaled_row(wide, Fit::Letterbox, square, 720), 562);
        assert_eq!(scaled_row(wide, Fit::Crop, square, 472), 472);
        // What is cut off below counts as the lower edge.
        assert_eq!(scaled_row(square, Fit::Crop, wide, 700), 720);
    }
}
