//! What the words of a card stand on, their colours, and how well the two can be told apart.

use image::RgbImage;
use storyreel_core::units::Size;

use super::canvas::{Area, Rgb};
use super::plate::cover;
use super::{CardFill, TitleCard};

/// The usual ground in the middle and in the corners. Neither is black: a film never opens on nothing. They differ in
/// brightness alone, because chroma is too coarse to fade in the dark without rings.
const GROUND: [Rgb; 2] = [[0x24, 0x27, 0x2f], [0x11, 0x14, 0x1c]];

/// Words on a dark ground.
const LIGHT: Rgb = [0xf5, 0xf3, 0xee];

/// Words on a light ground.
const DARK: Rgb = [0x14, 0x16, 0x1a];

/// Parts of a ground are compared with the words by squares of this share of the height: about a letter.
const SQUARE: f32 = 0.04;

/// The colours of a card's words.
pub(super) struct CardInk {
    pub(super) title: Rgb,
    pub(super) small: Rgb,
    pub(super) rule: Rgb,
}

impl CardInk {
    /// The colours on the usual ground.
    pub(super) const USUAL: Self = Self { title: LIGHT, small: [0xae, 0xb2, 0xbb], rule: [0xf0, 0xb3, 0x4e] };

    /// The colours of a card on its ground: those that are given, else light or dark ones, whichever can be read better.
    pub(super) fn of(card: &TitleCard, ground: &RgbImage) -> Self {
        let colour = match (card.color, &card.ground) {
            (Some(colour), _) => colour,
            (None, None) => return Self::USUAL,
            (None, Some(_)) => {
                let width = ground.width().cast_signed();
                let height = ground.height().cast_signed();
                let whole = Area { left: 0, top: 0, width, height };
                let light = least_contrast(ground, whole, LIGHT);
                let dark = least_contrast(ground, whole, DARK);
                if light >= dark { LIGHT } else { DARK }
            }
        };
        Self { title: colour, small: colour, rule: colour }
    }
}

/// What the words stand on.
pub(super) fn ground(card: &TitleCard) -> RgbImage {
    match &card.ground {
        None => usual_ground(card.size),
        Some(CardFill::Colour(colour)) => RgbImage::from_pixel(card.size.width, card.size.height, image::Rgb(*colour)),
        Some(CardFill::Picture(picture)) if picture.width() == 0 || picture.height() == 0 => usual_ground(card.size),
        Some(CardFill::Picture(picture)) => cover(picture, card.size).into_owned(),
    }
}

/// A soft light in the middle of the dark, its steps spread so that no rings show.
fn usual_ground(size: Size) -> RgbImage {
    let width = size.width as f32;
    let height = size.height as f32;
    RgbImage::from_fn(size.width, size.height, |x, y| {
        let dx = (x as f32 + 0.5) / width - 0.5;
        let dy = (y as f32 + 0.5) / height - 0.46;
        let away = (dx * dx + dy * dy * 1.3).mul_add(2.2, 0.0).min(1.0);
        let share = away * (2.0 - away);
        // Interleaved gradient noise (Jimenez, 2014): a threshold without visible structure.
        let threshold = (52.982_918 * (0.067_110_56 * x as f32 + 0.005_837_15 * y as f32).fract()).fract();
        image::Rgb(std::array::from_fn(|n| {
            let from = f32::from(GROUND[0][n]);
            let to = f32::from(GROUND[1][n]);
            ((to - from).mul_add(share, from) + threshold) as u8
        }))
    })
}

/// The contrast of a colour with the part of an area from which it differs least.
pub(super) fn least_contrast(ground: &RgbImage, area: Area, colour: Rgb) -> f64 {
    let own = luminance(colour);
    let side = ((ground.height() as f32 * SQUARE) as i32).max(2);
    let mut least = f64::MAX;
    for top in (area.top..area.bottom()).step_by(side as usize) {
        for left in (area.left..area.left + area.width).step_by(side as usize) {
            let square = Area { left, top, width: side, height: side };
            if let Some(mean) = mean_luminance(ground, square) {
                least = least.min(contrast_of(own, mean));
            }
        }
    }
    if least < f64::MAX { least } else { 21.0 }
}

/// The mean luminance of what lies within the picture; `None` where nothing does.
fn mean_luminance(ground: &RgbImage, area: Area) -> Option<f64> {
    let columns = area.left.max(0)..(area.left + area.width).min(ground.width().cast_signed());
    let mut sum = 0.0;
    let mut count = 0_u32;
    for y in area.top.max(0)..area.bottom().min(ground.height().cast_signed()) {
        for x in columns.clone() {
            sum += luminance(ground.get_pixel(x.cast_unsigned(), y.cast_unsigned()).0);
            count += 1;
        }
    }
    (count > 0).then(|| sum / f64::from(count))
}

/// Relative luminance, 0 to 1, of a colour in sRGB (WCAG 2.2, "relative luminance").
fn luminance(colour: Rgb) -> f64 {
    let [red, green, blue] = colour.map(|level| {
        let level = f64::from(level) / 255.0;
        if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    });
    0.0722f64.mul_add(blue, 0.2126f64.mul_add(red, 0.7152 * green))
}

/// The contrast of two luminances, 1 to 21 (WCAG 2.2, "contrast ratio").
fn contrast_of(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrasts_are_those_of_the_standard() {
        // In hundredths.
        let of = |one, other| (contrast_of(luminance(one), luminance(other)) * 100.0).round() as u32;
        assert_eq!(of([0; 3], [255; 3]), 2_100);
        // Known pairs: the lightest grey on white that small words may have, and pure red on white.
        assert_eq!(of([0x76; 3], [255; 3]), 454);
        assert_eq!(of([255, 0, 0], [255; 3]), 400);
    }

    #[test]
    fn the_worst_part_of_a_ground_counts() {
        let ground = RgbImage::from_fn(100, 50, |x, _| image::Rgb(if x < 80 { [0; 3] } else { [250; 3] }));
        let area = |left, width| Area { left, top: 10, width, height: 20 };
        assert!(least_contrast(&ground, area(0, 60), LIGHT) > 15.0);
        assert!(least_contrast(&ground, area(40, 60), LIGHT) < 1.2);
        assert!((least_contrast(&ground, area(200, 20), LIGHT) - 21.0).abs() < 1e-9, "nothing is there");
    }
}
