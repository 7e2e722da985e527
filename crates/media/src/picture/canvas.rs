//! Drawing into RGB images: filled boxes, glyph masks, colour glyphs. Everything is clipped to the image.

use cosmic_text::{SwashContent, SwashImage};
use image::RgbImage;

/// A colour as red, green and blue.
pub(super) type Rgb = [u8; 3];

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    pub(super) fn bottom(self) -> i32 {
        self.top + self.height
    }
}

/// Fills a rectangle.
pub(super) fn fill(image: &mut RgbImage, area: Area, colour: Rgb) {
    let left = within(area.left, image.width());
    let right = within(area.left + area.width, image.width());
    for y in within(area.top, image.height())..within(area.bottom(), image.height()) {
        for x in left..right {
            image.put_pixel(x, y, image::Rgb(colour));
        }
    }
}

/// The place `at`, or the nearest one between 0 and `side`.
fn within(at: i32, side: u32) -> u32 {
    at.clamp(0, side.cast_signed()).cast_unsigned()
}

/// Draws a rasterised glyph with its origin `at` (x, y), in `colour` unless it brings its own.
pub(super) fn glyph(image: &mut RgbImage, at: (i32, i32), glyph: &SwashImage, colour: Rgb) {
    let place = glyph.placement;
    let left = i64::from(at.0) + i64::from(place.left);
    let top = i64::from(at.1) - i64::from(place.top);
    let bytes = if glyph.content == SwashContent::Mask { 1 } else { 4 };
    if place.width == 0 {
        return;
    }
    for (row, py) in glyph.data.chunks_exact(place.width as usize * bytes).zip(top..) {
        for (pixel, px) in row.chunks_exact(bytes).zip(left..) {
            let (Ok(px), Ok(py)) = (u32::try_from(px), u32::try_from(py)) else { continue };
            let Some(under) = image.get_pixel_mut_checked(px, py) else { continue };
            match *pixel {
                [cover] => under.0 = over(under.0, colour, cover),
                [r, g, b, cover] => under.0 = over(under.0, [r, g, b], cover),
                _ => {}
            }
        }
    }
}

/// `top` over `under`: `cover` 0 leaves `under`, 255 gives `top`.
pub(super) fn over(under: Rgb, top: Rgb, cover: u8) -> Rgb {
    let cover = u32::from(cover);
    std::array::from_fn(|n| ((u32::from(under[n]) * (255 - cover) + u32::from(top[n]) * cover + 127) / 255) as u8)
}

/// The panel's ground: a near-black that is lighter than the black of a film.
pub(super) const GROUND: Rgb = [0x15, 0x17, 0x1c];

/// Words spoken, and the progress bar.
pub(super) const ACCENT: Rgb = [0xf0, 0xb3, 0x4e];

/// The nearest even number of pixels, so that chroma samples are not shared with the surroundings.
pub(super) fn even(length: f32) -> f32 {
    (length / 2.0).round() * 2.0
}
