//! Lays out the still picture a shot begins or ends with, at the size of the picture area.

use std::borrow::Cow;

use image::imageops::{self, FilterType};
use image::{GenericImageView as _, RgbImage, SubImage};
use storyreel_core::units::Size;

use super::canvas::{self, Area};
use super::yuv::YuvPicture;
use super::{BackgroundPlate, backdrop};

/// The share of the picture area that whole images fill. The rest is for the push-in, which must not crop them.
const INSET: f64 = 0.92;

/// Reference images shown; more would be too small to tell apart.
const MOST_TILES: usize = 16;

/// The plate as a picture of `area`, the upper part of a frame of `frame`. An image without pixels counts as none.
pub(super) fn lay_out(plate: &BackgroundPlate, seed: &[u8; 32], area: Size, frame: Size) -> YuvPicture {
    YuvPicture::from_rgb(&draw(plate, area, frame).unwrap_or_else(|| backdrop::draw(seed, area)))
}

/// The images of a plate; `None` where it has none.
fn draw(plate: &BackgroundPlate, area: Size, frame: Size) -> Option<RgbImage> {
    match plate {
        BackgroundPlate::Given(image) if is_visible(image) => Some(whole(&[image], area)),
        BackgroundPlate::Handover(image) if is_visible(image) => {
            let full = cover(image, frame);
            Some(imageops::crop_imm(&*full, 0, 0, area.width, area.height).to_image())
        }
        BackgroundPlate::Mosaic(images) => {
            let images: Vec<&RgbImage> = images.iter().filter(|image| is_visible(image)).take(MOST_TILES).collect();
            if images.is_empty() { None } else { Some(whole(&images, area)) }
        }
        BackgroundPlate::Backdrop | BackgroundPlate::Given(_) | BackgroundPlate::Handover(_) => None,
    }
}

fn is_visible(image: &RgbImage) -> bool {
    image.width() > 0 && image.height() > 0
}

/// The image scaled to fill `size`, its middle kept.
pub(super) fn cover(image: &RgbImage, size: Size) -> Cow<'_, RgbImage> {
    if (image.width(), image.height()) == (size.width, size.height) {
        return Cow::Borrowed(image);
    }
    Cow::Owned(scale(&middle(image, size), size))
}

/// The largest part from the middle of the image that has the shape of `size`.
fn middle(image: &RgbImage, size: Size) -> SubImage<&RgbImage> {
    let width = u64::from(image.width());
    let height = u64::from(image.height());
    let across = u64::from(size.width.max(1));
    let down = u64::from(size.height.max(1));
    let cut_width = (height * across / down).clamp(1, width) as u32;
    let cut_height = (width * down / across).clamp(1, height) as u32;
    let left = (image.width() - cut_width) / 2;
    let top = (image.height() - cut_height) / 2;
    imageops::crop_imm(image, left, top, cut_width, cut_height)
}

/// Resizes to exactly `size`. Much larger images are first averaged down, which a windowed filter does slowly.
fn scale(image: &SubImage<&RgbImage>, size: Size) -> RgbImage {
    let width = size.width.max(1);
    let height = size.height.max(1);
    let (from_width, from_height) = image.dimensions();
    if from_width > 2 * width && from_height > 2 * height {
        let near = imageops::thumbnail(&**image, 2 * width, 2 * height);
        return imageops::resize(&near, width, height, FilterType::CatmullRom);
    }
    imageops::resize(&**image, width, height, FilterType::CatmullRom)
}

/// The images side by side, each whole, over a dark blur of the first.
pub(super) fn whole(images: &[&RgbImage], area: Size) -> RgbImage {
    let mut ground = blurred(images[0], area);
    let gap = (f64::from(area.height) * 0.035).max(2.0);
    let width = f64::from(area.width) * INSET;
    let height = f64::from(area.height) * INSET;
    let ImageRows { rows, tall } = ImageRows::of(images, width, height, gap);
    let high = rows.len() as f64 * (tall + gap) - gap;
    let mut top = (f64::from(area.height) - high) / 2.0;
    for row in rows {
        let widths = row.iter().map(|image| tall * shape(image));
        let wide = widths.sum::<f64>() + gap * (row.len() - 1) as f64;
        let mut left = (f64::from(area.width) - wide) / 2.0;
        for image in row {
            let cell = tall * shape(image);
            let (w, h) = contained(image, tall * shape(image), tall);
            let place = Area {
                left: (left + (cell - w) / 2.0).round() as i32,
                top: (top + (tall - h) / 2.0).round() as i32,
                width: w.round().max(1.0) as i32,
                height: h.round().max(1.0) as i32,
            };
            shade(&mut ground, place, gap as f32);
            let all = imageops::crop_imm(*image, 0, 0, image.width(), image.height());
            let small = scale(&all, Size::new(place.width as u32, place.height as u32));
            imageops::replace(&mut ground, &small, i64::from(place.left), i64::from(place.top));
            left += cell + gap;
        }
        top += tall + gap;
    }
    ground
}

/// Images in rows of one height.
struct ImageRows<'b, 'a> {
    rows: Vec<&'b [&'a RgbImage]>,
    tall: f64,
}

impl<'b, 'a> ImageRows<'b, 'a> {
    /// The rows in which the images are largest.
    fn of(images: &'b [&'a RgbImage], width: f64, height: f64, gap: f64) -> Self {
        let mut best = Self { rows: Vec::new(), tall: 0.0 };
        for count in 1..=images.len() {
            let rows: Vec<&[&RgbImage]> = images.chunks(images.len().div_ceil(count)).collect();
            let tall = tallest(&rows, width, height, gap);
            if tall >= best.tall {
                best = Self { rows, tall };
            }
        }
        best
    }
}

/// The common height of rows that fill `width` by `height` pixels.
fn tallest(rows: &[&[&RgbImage]], width: f64, height: f64, gap: f64) -> f64 {
    let mut tallest = (height - gap * (rows.len() - 1) as f64) / rows.len() as f64;
    for row in rows {
        let room = width - gap * (row.len() - 1) as f64;
        tallest = tallest.min(room / row.iter().map(|image| shape(image)).sum::<f64>());
    }
    tallest.max(1.0)
}

/// Width by height. A very long image counts as less long: it is shown smaller, so that the others are not.
fn shape(image: &RgbImage) -> f64 {
    let shape = f64::from(image.width()) / f64::from(image.height());
    shape.clamp(0.4, 3.0)
}

/// The size of the image when it just fits the box.
fn contained(image: &RgbImage, width: f64, height: f64) -> (f64, f64) {
    let w = f64::from(image.width());
    let h = f64::from(image.height());
    let by = (width / w).min(height / h).max(0.0);
    (w * by, h * by)
}

/// The image filling `area`, out of focus and dark enough to stand back.
fn blurred(image: &RgbImage, area: Size) -> RgbImage {
    let small = Size::new((area.width / 24).max(4), (area.height / 24).max(4));
    let blob = imageops::blur(&scale(&middle(image, area), small), 1.6);
    let mut wide = imageops::resize(&blob, area.width.max(1), area.height.max(1), FilterType::CatmullRom);
    for value in wide.iter_mut() {
        *value = (u16::from(*value) * 110 / 256 + 8) as u8;
    }
    wide
}

/// How far `at` lies outside of `length` pixels from `start` on.
fn outside(at: i32, start: i32, length: i32) -> f32 {
    (start - at).max(at - (start + length - 1)).max(0) as f32
}

/// A soft shadow around `place`, `reach` pixels wide.
fn shade(image: &mut RgbImage, place: Area, reach: f32) {
    let out = reach.ceil() as i32;
    for y in (place.top - out).max(0)..(place.bottom() + out).min(image.height().cast_signed()) {
        for x in (place.left - out).max(0)..(place.left + place.width + out).min(image.width().cast_signed()) {
            let away = outside(x, place.left, place.width).hypot(outside(y, place.top, place.height));
            let dark = (1.0 - away / reach).max(0.0);
            let pixel = image.get_pixel_mut(x as u32, y as u32);
            pixel.0 = canvas::over(pixel.0, [0, 0, 0], (dark * dark * 150.0) as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_image_is_seen_whole_even_after_the_push_in() {
        let area = Size::new(320, 120);
        for (width, height) in [(160, 90), (90, 160), (3000, 20), (1, 1), (20, 3000)] {
            let image = RgbImage::from_pixel(width, height, image::Rgb([255, 255, 255]));
            let picture = whole(&[&image], area);
            let mut right = 0;
            let mut bottom = 0;
            for (x, y, pixel) in picture.enumerate_pixels() {
                if pixel.0[0] <= 200 {
                    continue;
                }
                right = right.max(x);
                bottom = bottom.max(y);
                assert!(x >= 9 && y >= 3, "{width}x{height} reaches {x},{y}");
            }
            assert!((151..=310).contains(&right) && (60..=116).contains(&bottom), "{width}x{height}");
        }
    }

    #[test]
    fn covering_keeps_the_shape() {
        let image = RgbImage::from_fn(200, 100, |x, _| if x < 50 { image::Rgb([255; 3]) } else { image::Rgb([0; 3]) });
        assert!(cover(&image, Size::new(50, 50)).pixels().all(|p| p.0[0] < 60));
    }
}
