//! Planar I420 pictures: 8 bits, BT.709, limited range, one chroma sample for each square of four pixels.
//! Owns the conversion from RGB and the copying of rectangles; knows nothing of what the pictures show.

use image::RgbImage;
use storyreel_core::units::Size;

/// One plane of samples.
#[derive(Clone)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) data: Vec<u8>,
}

impl Plane {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0; width * height] }
    }

    /// Row `y`, which must be above `height`.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.width..][..self.width]
    }
}

/// A picture: luma, then blue and red difference at half the width and height. Width and height are even.
#[derive(Clone)]
pub(super) struct YuvPicture {
    pub(super) planes: [Plane; 3],
}

impl YuvPicture {
    /// A picture of unspecified content.
    pub(super) fn new(size: Size) -> Self {
        let width = size.width as usize;
        let height = size.height as usize;
        let chroma = Plane::new(width / 2, height / 2);
        Self { planes: [Plane::new(width, height), chroma.clone(), chroma] }
    }

    /// Converts an RGB image of even width and height. A chroma sample is the mean of its four pixels, which gives
    /// back exactly what a decoder that repeats chroma samples made of them.
    pub(super) fn from_rgb(image: &RgbImage) -> Self {
        let mut picture = Self::new(Size::new(image.width() & !1, image.height() & !1));
        let stride = image.width() as usize * 3;
        let [luma, blue, red] = &mut picture.planes;
        if luma.data.is_empty() {
            return picture;
        }
        let rows = image.as_raw().chunks_exact(2 * stride).zip(luma.data.chunks_exact_mut(2 * luma.width));
        let chroma = blue.data.chunks_exact_mut(blue.width).zip(red.data.chunks_exact_mut(red.width));
        for ((pair, luma_pair), (blue_row, red_row)) in rows.zip(chroma) {
            let (top, bottom) = pair.split_at(stride);
            let (luma_top, luma_bottom) = luma_pair.split_at_mut(luma.width);
            for (out, rgb) in luma_top.iter_mut().zip(top.chunks_exact(3)) {
                *out = luma_of([rgb[0], rgb[1], rgb[2]]);
            }
            for (out, rgb) in luma_bottom.iter_mut().zip(bottom.chunks_exact(3)) {
                *out = luma_of([rgb[0], rgb[1], rgb[2]]);
            }
            let squares = top.chunks_exact(6).zip(bottom.chunks_exact(6));
            for ((a, b), (blue_out, red_out)) in squares.zip(blue_row.iter_mut().zip(red_row)) {
                let sums = std::array::from_fn(|c| {
                    i32::from(a[c]) + i32::from(a[c + 3]) + i32::from(b[c]) + i32::from(b[c + 3])
                });
                (*blue_out, *red_out) = chroma_of(sums);
            }
        }
        picture
    }

    /// Copies this picture into the I420 frame `out` of `size`, its top row at row `top` of the frame. The picture is
    /// as wide as the frame, and `top` is even.
    pub(super) fn copy_rows(&self, out: &mut [u8], size: Size, top: usize) {
        for (plane, (into, stride)) in self.planes.iter().zip(split(out, size)) {
            let first = if stride == size.width as usize { top } else { top / 2 };
            into[first * stride..][..plane.data.len()].copy_from_slice(&plane.data);
        }
    }

    /// Copies this picture into the I420 frame `out` of `size` with its corner at (`left`, `top`), both even.
    pub(super) fn copy_at(&self, out: &mut [u8], size: Size, left: usize, top: usize) {
        for (n, (plane, (into, stride))) in self.planes.iter().zip(split(out, size)).enumerate() {
            let halves = usize::from(n > 0);
            let left = left >> halves;
            let top = top >> halves;
            for y in 0..plane.height {
                into[(top + y) * stride + left..][..plane.width].copy_from_slice(plane.row(y));
            }
        }
    }

    /// Mixes `self` towards `other`, a picture of the same size: `share` 0 is all `self`, 256 is all `other`.
    pub(super) fn mix(&mut self, other: &Self, share: u16) {
        for (mine, theirs) in self.planes.iter_mut().zip(&other.planes) {
            mix(&mut mine.data, &theirs.data, share);
        }
    }
}

/// Mixes each sample of `into` with that of `from`: `share` 0 leaves `into`, 256 gives `from`.
pub(super) fn mix(into: &mut [u8], from: &[u8], share: u16) {
    let share = share.min(256);
    let keep = 256 - share;
    for (a, &b) in into.iter_mut().zip(from) {
        *a = ((u16::from(*a) * keep + u16::from(b) * share + 128) >> 8) as u8;
    }
}

/// How many bytes an I420 frame of `size` has.
#[cfg(test)]
pub(super) fn frame_len(size: Size) -> usize {
    let luma = size.width as usize * size.height as usize;
    luma + luma / 2
}

/// The three planes of an I420 frame, each with its stride.
pub(super) fn split(frame: &mut [u8], size: Size) -> [(&mut [u8], usize); 3] {
    let width = size.width as usize;
    let height = size.height as usize;
    let (luma, chroma) = frame.split_at_mut(width * height);
    let (blue, red) = chroma.split_at_mut(width * height / 4);
    [(luma, width), (blue, width / 2), (red, width / 2)]
}

/// Luma of a colour: 16 to 235. The factors are BT.709's (0.2126, 0.7152, 0.0722) times 219/255, in 1/65536.
pub(super) fn luma_of([r, g, b]: [u8; 3]) -> u8 {
    let sum = 11_966 * u32::from(r) + 40_254 * u32::from(g) + 4_064 * u32::from(b);
    ((sum + (16 << 16) + (1 << 15)) >> 16) as u8
}

/// Blue and red difference, 16 to 240, of four pixels given as the sums of their red, green and blue.
/// The factors are BT.709's times 224/255, in 1/65536; the two more bits of the shift divide the sums by four.
pub(super) fn chroma_of([r, g, b]: [i32; 3]) -> (u8, u8) {
    let half = (128 << 18) + (1 << 17);
    let blue = (-6_596 * r - 22_189 * g + 28_785 * b + half) >> 18;
    let red = (28_785 * r - 26_145 * g - 2_640 * b + half) >> 18;
    (blue as u8, red as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eight_corner_colours_have_their_published_codes() {
        // ITU-R BT.709-6, item 4.6, applied to 100 % colour bars.
        for (rgb, luma, chroma) in [
            ([0, 0, 0], 16, (128, 128)),
            ([255, 255, 255], 235, (128, 128)),
            ([255, 0, 0], 63, (102, 240)),
            ([0, 255, 0], 173, (42, 26)),
            ([0, 0, 255], 32, (240, 118)),
        ] {
            assert_eq!(luma_of(rgb), luma, "{rgb:?}");
            assert_eq!(chroma_of(rgb.map(|c| 4 * i32::from(c))), chroma, "{rgb:?}");
        }
    }

    #[test]
    fn mixing_reaches_both_ends_exactly() {
        let all: Vec<u8> = (0..=255).collect();
        let mut mixed = all.clone();
        mix(&mut mixed, &[77; 256], 0);
        assert_eq!(mixed, all);
        mix(&mut mixed, &[77; 256], 256);
        assert_eq!(mixed, [77; 256]);
    }
}
