//! Whether the end of a clip shows the picture that was given for it: the same picture, in the same colours.

use image::imageops::{crop_imm, thumbnail};
use image::{GenericImageView, Pixel as _, Rgb, RgbImage};
use storyreel_core::clip::similarity::{GRID, SAME, colour_shift, similarity};
use storyreel_core::units::Size;

/// From this shift of colours on they are others.
///
/// Measured on the pictures of `examples/`: encoded by H.264 at CRF 23 to 40 and read back they shift by 0.12 at most,
/// with a tenth more or less saturation by 0.15; turned by a sixth of the circle of hues by 0.9 and more, and grey by 1.
const OTHER_COLOURS: f64 = 0.5;

/// How two pictures differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureDifference {
    /// They show other things.
    Picture {
        /// How alike they are, in percent.
        percent: u32,
    },
    /// They show the same in other colours.
    Colours,
}

/// A picture as it is compared: small, its light (BT.709) apart from its colours.
struct Small {
    light: Vec<u8>,
    colours: Vec<[f32; 2]>,
}

/// How a given picture and a frame of a clip differ, whichever way the service fitted the one to the other: cropped to
/// its shape, or squeezed into it. `None` where they do not, or where one is too small to say.
#[must_use]
pub fn difference(given: &RgbImage, came: &RgbImage) -> Option<PictureDifference> {
    let frame = small(came)?;
    let cropped = crop_to_shape(given, Size::new(came.width(), came.height()));
    let fitted = [small(&*cropped), small(given)];
    let scored = fitted.into_iter().flatten().map(|given| (similarity(&given.light, &frame.light), given));
    let (alike, given) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    if alike < SAME {
        return Some(PictureDifference::Picture { percent: (alike.max(0.0) * 100.0).round() as u32 });
    }
    (colour_shift(&given.colours, &frame.colours) > OTHER_COLOURS).then_some(PictureDifference::Colours)
}

/// The middle of a picture, in another shape.
fn crop_to_shape(
    picture: &RgbImage,
    shape: Size,
) -> impl std::ops::Deref<Target = impl GenericImageView<Pixel = Rgb<u8>>> {
    let (width, height) = picture.dimensions();
    let narrow =
        (u64::from(height) * u64::from(shape.width) / u64::from(shape.height.max(1))).min(u64::from(width)) as u32;
    let flat =
        (u64::from(width) * u64::from(shape.height) / u64::from(shape.width.max(1))).min(u64::from(height)) as u32;
    crop_imm(picture, (width - narrow) / 2, (height - flat) / 2, narrow, flat)
}

fn small<I: GenericImageView<Pixel = Rgb<u8>>>(picture: &I) -> Option<Small> {
    let (width, height) = picture.dimensions();
    let across = GRID.0 as u32;
    let down = GRID.1 as u32;
    if width < across || height < down {
        return None;
    }
    let mut small = Small { light: Vec::new(), colours: Vec::new() };
    for pixel in thumbnail(picture, across, down).pixels() {
        let [red, green, blue] = [0, 1, 2].map(|at| f32::from(pixel.channels()[at]));
        let light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        small.light.push(light.round() as u8);
        // ITU-R BT.709: colour differences, each over the same range as the light.
        small.colours.push([(blue - light) / 1.8556, (red - light) / 1.5748]);
    }
    Some(small)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(x: u32, y: u32, width: u32, height: u32) -> Rgb<u8> {
        let across = x as f32 / width as f32;
        let down = y as f32 / height as f32;
        let level = 128.0 + 60.0 * (across * 14.0).sin() + 50.0 * (down * 9.0 + across * 4.0).cos();
        Rgb([level as u8, (level * 0.8) as u8, 90])
    }

    #[test]
    fn a_picture_is_found_again_cropped_and_squeezed() {
        let given = RgbImage::from_fn(640, 640, |x, y| wave(x, y, 640, 640));
        let squeezed = RgbImage::from_fn(864, 496, |x, y| wave(x, y, 864, 496));
        let cropped = RgbImage::from_fn(640, 368, |x, y| wave(x, y + 136, 640, 640));
        let other = RgbImage::from_fn(864, 496, |x, y| wave(y, x, 496, 864));
        assert_eq!(difference(&given, &squeezed), None);
        assert_eq!(difference(&given, &cropped), None);
        assert!(matches!(difference(&given, &other), Some(PictureDifference::Picture { percent: 0..75 })));
        assert_eq!(difference(&given, &RgbImage::new(8, 8)), None);
    }

    /// How a picture differs from the same one with every pixel changed.
    fn difference_after(change: fn([u8; 3]) -> [u8; 3]) -> Option<PictureDifference> {
        let given = RgbImage::from_fn(640, 360, |x, y| wave(x, y, 640, 360));
        let mut other = given.clone();
        for pixel in other.pixels_mut() {
            pixel.0 = change(pixel.0);
        }
        difference(&given, &other)
    }

    fn unchanged(pixel: [u8; 3]) -> [u8; 3] {
        pixel
    }

    fn luma([red, green, blue]: [u8; 3]) -> u8 {
        (0.2126 * f32::from(red) + 0.7152 * f32::from(green) + 0.0722 * f32::from(blue)) as u8
    }

    fn grey(pixel: [u8; 3]) -> [u8; 3] {
        [luma(pixel); 3]
    }

    /// The same light, and the colours on the other side of grey.
    fn opposite_hue(pixel: [u8; 3]) -> [u8; 3] {
        let grey = i16::from(luma(pixel));
        pixel.map(|level| (2 * grey - i16::from(level)).clamp(0, 255) as u8)
    }

    fn paler(pixel: [u8; 3]) -> [u8; 3] {
        let grey = f32::from(luma(pixel));
        pixel.map(|level| (grey + 0.85 * (f32::from(level) - grey)) as u8)
    }

    #[test]
    fn colours_count() {
        assert_eq!(difference_after(unchanged), None);
        assert_eq!(difference_after(grey), Some(PictureDifference::Colours));
        assert_eq!(difference_after(opposite_hue), Some(PictureDifference::Colours));
        assert_eq!(difference_after(paler), None, "a little paler is what services do");
        let plain = RgbImage::from_pixel(640, 360, Rgb([120, 121, 119]));
        assert_eq!(difference(&plain, &RgbImage::from_pixel(640, 360, Rgb([121, 119, 121]))), None);
    }
}
