//! The pixels of shots that follow a picture, and of the film.

use std::collections::HashSet;
use std::time::Duration;

use super::ability::given_size;
use super::{File, InputSource, Inputs, Inventory, Make, Shot, VideoDetails};
use crate::catalog::{Ratio, Resolution};
use crate::clip::Colours;
use crate::index::ShotIndex;
use crate::timeline::most;
use crate::units::{Rate, Size};

/// Frames per second that a film may have. Below one a second nothing moves, and no display shows more than 120 as film.
pub(super) const RATES: (f64, f64) = (1.0, 120.0);

/// The longest side of a film in pixels: what the highest level of H.264 and HEVC allows.
pub(super) const LONGEST_SIDE: u32 = 8192;

/// The shortest side of a film: what every encoder takes.
pub(super) const SHORTEST_SIDE: u32 = 64;

/// What a film has where the storyboard leaves it open.
pub(super) struct UsualFormat {
    pub(super) size: Size,
    pub(super) rate: Rate,
}

/// What the storyboard says for all shots together, from which a film of footage takes its shape.
#[derive(Clone, Copy)]
pub(super) struct StatedShape {
    pub(super) ratio: Option<Ratio>,
    pub(super) resolution: Option<Resolution>,
}

/// The picture of one shot whose size and rate are its own: not a card, and no still.
struct OwnPicture {
    size: Size,
    rate: Rate,
    length: Duration,
    is_rendered: bool,
}

/// The film has the size and the rate that most of its clips have, in running time. Where all shots together are told a ratio
/// or a resolution, rendered shots have them already, and footage is brought to them.
pub(super) fn usual_format(shots: &[Shot], inventory: &Inventory, stated: StatedShape) -> UsualFormat {
    let mut pictures: Vec<OwnPicture> =
        (shots.iter().filter(|shot| !shot.skip)).filter_map(|shot| own_picture(shot, inventory)).collect();
    let is_stated = stated.ratio.is_some() || stated.resolution.is_some();
    let has_rendered = pictures.iter().any(|picture| picture.is_rendered);
    if is_stated && has_rendered {
        pictures.retain(|picture| picture.is_rendered);
    }
    let own = most(pictures.iter().map(|picture| (picture.size, millis(picture))), Size::eq);
    let rate = most(pictures.iter().map(|picture| (picture.rate, millis(picture))), Rate::eq);
    let size = match own {
        Some(own) if has_rendered => own,
        own => stated_size(own, stated),
    };
    UsualFormat { size, rate: rate.unwrap_or(Rate::FILM) }
}

fn millis(picture: &OwnPicture) -> u64 {
    u64::try_from(picture.length.as_millis()).unwrap_or(u64::MAX)
}

fn own_picture(shot: &Shot, inventory: &Inventory) -> Option<OwnPicture> {
    let length = shot.length;
    match &shot.make {
        Make::Prompt(render) => {
            Some(OwnPicture { size: render.spec.size, rate: render.spec.family.rate(), length, is_rendered: true })
        }
        Make::Footage { file, .. } => {
            let video = video_of(file, inventory)?;
            let size = film_size(video.size);
            let rate = film_rate(video.rate)?;
            Some(OwnPicture { size, rate, length, is_rendered: false })
        }
        Make::Card(_) | Make::Still(_) => None,
    }
}

/// The colours of footage.
pub(super) fn footage_colours(shot: &Shot, inventory: &Inventory) -> Option<Colours> {
    let Make::Footage { file, .. } = &shot.make else { return None };
    video_of(file, inventory).map(|video| video.colours)
}

fn video_of<'a>(file: &File, inventory: &'a Inventory) -> Option<&'a VideoDetails> {
    let Some(Ok(media)) = inventory.get(&file.path) else { return None };
    media.video.as_ref()
}

/// The size of a film of footage, or of cards and stills alone.
fn stated_size(own: Option<Size>, stated: StatedShape) -> Size {
    let shape = stated.ratio.and_then(shape_of).or(own).unwrap_or(Size::new(1280, 720));
    match (own, stated.ratio.and_then(shape_of), stated.resolution) {
        (_, _, Some(class)) => shaped(shape, short_side(class)),
        (Some(own), Some(_), None) => shaped(shape, own.width.min(own.height)),
        (None, Some(_), None) => shaped(shape, short_side(Resolution::P720)),
        (_, None, None) => shape,
    }
}

/// Sides in the proportion of a ratio; `None` where it depends on a picture.
pub(super) fn shape_of(ratio: Ratio) -> Option<Size> {
    Some(match ratio {
        Ratio::W21H9 => Size::new(21, 9),
        Ratio::W16H9 => Size::new(16, 9),
        Ratio::W4H3 => Size::new(4, 3),
        Ratio::W1H1 => Size::new(1, 1),
        Ratio::W3H4 => Size::new(3, 4),
        Ratio::W9H16 => Size::new(9, 16),
        Ratio::Adaptive => return None,
    })
}

/// The pixels of footage as a film can have them: even, and neither too many nor too few.
fn film_size(own: Size) -> Size {
    Size::new(film_side(own.width), film_side(own.height))
}

fn film_side(side: u32) -> u32 {
    (side / 2 * 2).clamp(SHORTEST_SIDE, LONGEST_SIDE)
}

/// The rate of footage as a film can have it. Phones keep no exact rate: one near to a usual one stands for that.
fn film_rate(own: Rate) -> Option<Rate> {
    let frames = f64::from(own.num) / f64::from(own.den);
    let mut nearest = own;
    let mut least = 0.002;
    for usual in USUAL_RATES {
        let apart = (frames / (f64::from(usual.num) / f64::from(usual.den)) - 1.0).abs();
        if apart < least {
            nearest = usual;
            least = apart;
        }
    }
    in_range(nearest).then_some(nearest)
}

/// The rates of cinema and television.
const USUAL_RATES: [Rate; 9] = [
    Rate { num: 24_000, den: 1001 },
    Rate { num: 24, den: 1 },
    Rate { num: 25, den: 1 },
    Rate { num: 30_000, den: 1001 },
    Rate { num: 30, den: 1 },
    Rate { num: 50, den: 1 },
    Rate { num: 60_000, den: 1001 },
    Rate { num: 60, den: 1 },
    Rate { num: 120, den: 1 },
];

/// An adaptive shot that starts on a frame of another shot has that shot's shape.
pub(super) fn follow_shapes(shots: &mut [Shot], inventory: &Inventory) {
    for at in ShotIndex::all(shots.len()) {
        let mut seen = HashSet::new();
        let mut from = at;
        let given = loop {
            let Make::Prompt(render) = &shots[from].make else { break None };
            if render.spec.ratio != Ratio::Adaptive {
                break Some(render.spec.size);
            }
            let other = match &render.inputs {
                Inputs::Frames { first: InputSource::LastFrame(other) | InputSource::FirstFrame(other), .. } => *other,
                inputs => break given_size(inputs, inventory),
            };
            if !seen.insert(from) {
                break None;
            }
            from = other;
        };
        if let (Make::Prompt(render), Some(given)) = (&mut shots[at].make, given)
            && render.spec.ratio == Ratio::Adaptive
            && let Some(size) = render.spec.family.size(render.spec.resolution, Ratio::Adaptive, Some(given))
        {
            render.spec.size = size;
        }
    }
}

pub(super) fn in_range(rate: Rate) -> bool {
    let frames = f64::from(rate.num) / f64::from(rate.den);
    // Larger numbers than those of 119.88 frames a second would not fit the clocks of an MP4 file.
    (RATES.0..=RATES.1).contains(&frames) && rate.num <= 120_000
}

/// The shorter side of a picture of a height class.
pub(super) const fn short_side(class: Resolution) -> u32 {
    match class {
        Resolution::P480 => 480,
        Resolution::P720 => 720,
        Resolution::P768 => 768,
        Resolution::P1080 => 1080,
        Resolution::K2 => 1440,
        Resolution::K4 => 2160,
    }
}

/// The size whose shorter side is `short`, in the shape of `usual`: exactly a shape that screens have where `usual` is near
/// one, for models deliver 864x496 as 16:9.
pub(super) fn shaped(usual: Size, short: u32) -> Size {
    let long = usual.width.max(usual.height);
    let other = usual.width.min(usual.height);
    let own = f64::from(long) / f64::from(other);
    let shapes = [16.0 / 9.0, 4.0 / 3.0, 1.0, 21.0 / 9.0];
    let shape = shapes.into_iter().find(|shape| (own / shape - 1.0).abs() < 0.03).unwrap_or(own);
    let long = ((f64::from(short) * shape / 2.0).round() as u32) * 2;
    if usual.width >= usual.height { Size::new(long, short) } else { Size::new(short, long) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Size = Size::new(1920, 1080);

    #[test]
    fn what_is_stated_shapes_footage() {
        for (own, ratio, resolution, expected) in [
            (Some(FULL), None, None, FULL),
            (Some(FULL), Some(Ratio::W9H16), None, Size::new(1080, 1920)),
            (Some(FULL), None, Some(Resolution::P720), Size::new(1280, 720)),
            (Some(Size::new(1080, 1920)), Some(Ratio::W9H16), Some(Resolution::P1080), Size::new(1080, 1920)),
            (Some(Size::new(1080, 1920)), None, Some(Resolution::P720), Size::new(720, 1280)),
            (Some(FULL), Some(Ratio::Adaptive), None, FULL),
            (None, Some(Ratio::W1H1), None, Size::new(720, 720)),
            (None, None, Some(Resolution::P1080), FULL),
            (None, None, None, Size::new(1280, 720)),
        ] {
            let stated = StatedShape { ratio, resolution };
            assert_eq!(stated_size(own, stated), expected, "{own:?} {ratio:?} {resolution:?}");
        }
    }

    #[test]
    fn rates_of_phones_are_the_usual_ones_that_they_mean() {
        let rate = |num, den| Rate { num, den };
        for (own, expected) in [
            (rate(30, 1), Some(rate(30, 1))),
            (rate(30_000, 1001), Some(rate(30_000, 1001))),
            (rate(24_000, 1001), Some(rate(24_000, 1001))),
            (rate(30_014, 1000), Some(rate(30, 1))),
            (rate(2_397, 100), Some(rate(24_000, 1001))),
            (rate(15, 1), Some(rate(15, 1))),
            (rate(240, 1), None),
        ] {
            assert_eq!(film_rate(own), expected, "{own}");
        }
        assert_eq!(film_size(Size::new(853, 480)), Size::new(852, 480));
        assert_eq!(film_size(Size::new(10_000, 32)), Size::new(8192, 64));
    }
}
