//! Pictures in files, as they are meant to be seen: upright, and no larger than can be held.

use std::fs;
use std::io;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgb, RgbImage, RgbaImage};
use storyreel_core::units::Size;

/// The most pixels of a picture: those of a phone that takes 108 million fit.
const MOST_PIXELS: u64 = 120_000_000;

/// The most memory that the pixels of one picture may take.
const MOST_BYTES: u64 = 512 << 20;

/// The quality of a JPEG that was turned.
const QUALITY: u8 = 95;

/// What shows through a clear picture: the middle of the ground of a card.
const GROUND: [u8; 3] = [0x24, 0x27, 0x2f];

/// Why a picture cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It cannot be opened or read.
    #[error("it cannot be read ({0})")]
    Read(#[from] io::Error),
    /// It is damaged, or of a kind that is not decoded.
    #[error("it does not decode ({0})")]
    Decode(#[from] image::ImageError),
    /// It has too many pixels to be held.
    #[error(
        "it has {size} pixels, which are more than the {} million that are taken: make it smaller, for example with \
         `ffmpeg -i FILE -vf scale=6000:-1 smaller.png`",
        MOST_PIXELS / 1_000_000
    )]
    Pixels {
        /// Its sides.
        size: Size,
    },
    /// Its pixels take too much memory, because each has many bits.
    #[error(
        "its {size} pixels take {} MB, and at most {} MB are taken: make it smaller, or store it with 8 bits a channel",
        bytes >> 20,
        MOST_BYTES >> 20
    )]
    Memory {
        /// Its sides.
        size: Size,
        /// What they take in memory.
        bytes: u64,
    },
}

/// A picture whose header is read.
struct OpenedPicture<D> {
    decoder: D,
    format: ImageFormat,
    /// How it must be turned to be upright.
    orientation: Orientation,
}

impl<D: ImageDecoder> OpenedPicture<D> {
    fn upright(self) -> Result<DynamicImage, PictureError> {
        let mut pixels = DynamicImage::from_decoder(self.decoder)?;
        pixels.apply_orientation(self.orientation);
        Ok(pixels)
    }
}

/// The picture in `file`, upright, on the ground of a card where it is clear.
///
/// # Errors
/// Those of [`upright_size`].
pub fn read_picture(file: &Path) -> Result<RgbImage, PictureError> {
    Ok(on_ground(open(file)?.upright()?))
}

/// How many pixels the picture in `file` has across and down when it stands upright. All of it is decoded.
///
/// # Errors
/// It cannot be read, is damaged, or has more pixels than can be held.
pub fn upright_size(file: &Path) -> Result<Size, PictureError> {
    let picture = open(file)?.upright()?;
    Ok(Size::new(picture.width(), picture.height()))
}

/// Writes the picture in `file` upright into `copy`: a JPEG as JPEG, because as PNG a photo would be larger than services
/// take, others as PNG. `false`, and nothing is written, where it stands upright as it is stored.
///
/// # Errors
/// Those of [`upright_size`], and `copy` cannot be written.
pub fn write_upright(file: &Path, copy: &Path) -> Result<bool, PictureError> {
    let opened = open(file)?;
    if opened.orientation == Orientation::NoTransforms {
        return Ok(false);
    }
    let is_jpeg = opened.format == ImageFormat::Jpeg;
    let picture = opened.upright()?;
    let mut out = io::BufWriter::new(fs::File::create(copy)?);
    if is_jpeg {
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY))?;
    } else {
        picture.write_to(&mut out, ImageFormat::Png)?;
    }
    out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(true)
}

fn open(file: &Path) -> Result<OpenedPicture<impl ImageDecoder>, PictureError> {
    let mut reader = ImageReader::open(file)?.with_guessed_format()?;
    let format = reader.format().unwrap_or(ImageFormat::Png);
    // The header is read under no limit, and tells whether the rest fits.
    reader.no_limits();
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PictureError::Pixels { size });
    }
    let bytes = decoder.total_bytes();
    if bytes > MOST_BYTES {
        return Err(PictureError::Memory { size, bytes });
    }
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    decoder.set_limits(limits)?;
    // A damaged note about a picture does not keep it from being seen.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(OpenedPicture { decoder, format, orientation })
}

/// A picture without clear places.
fn on_ground(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let clear: RgbaImage = picture.into_rgba8();
    let mut laid = RgbImage::new(clear.width(), clear.height());
    for (pixel, over) in laid.pixels_mut().zip(clear.pixels()) {
        let [red, green, blue, cover] = over.0;
        *pixel = Rgb([mixed(red, GROUND[0], cover), mixed(green, GROUND[1], cover), mixed(blue, GROUND[2], cover)]);
    }
    laid
}

/// A level that covers `cover` of 255 parts of what lies under it.
fn mixed(over: u8, under: u8, cover: u8) -> u8 {
    let cover = u32::from(cover);
    ((u32::from(over) * cover + u32::from(under) * (255 - cover) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::Rgba;

    use super::*;

    const RED: Rgb<u8> = Rgb([220, 30, 30]);
    const BLUE: Rgb<u8> = Rgb([30, 30, 220]);

    /// A picture of 48 by 32 pixels whose upper left quarter is red and whose rest is blue, as it is stored.
    fn quartered() -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(48, 32, |x, y| if x < 24 && y < 16 { RED } else { BLUE }))
    }

    /// The blocks of a TIFF file that says nothing but an orientation: what Exif is.
    fn exif(orientation: u8) -> Vec<u8> {
        let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
        [&b"II*\0\x08\0\0\0\x01\0"[..], &entry, &[0; 4]].concat()
    }

    /// The picture in a file of this format, with a note of how it is to be turned.
    fn noted(format: ImageFormat, orientation: u8) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        match format {
            ImageFormat::Jpeg => {
                let encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
                quartered().write_with_encoder(encoder).expect("memory takes it");
            }
            _ => quartered().write_to(&mut bytes, format).expect("memory takes it"),
        }
        let plain = bytes.into_inner();
        match format {
            ImageFormat::Jpeg => jpeg_with(&plain, &exif(orientation)),
            ImageFormat::Png => png_with(&plain, &exif(orientation)),
            _ => webp_with(&plain, &exif(orientation)),
        }
    }

    fn jpeg_with(plain: &[u8], exif: &[u8]) -> Vec<u8> {
        let length = u16::try_from(exif.len() + 8).expect("it is short").to_be_bytes();
        [&plain[..2], &[0xFF, 0xE1], &length, b"Exif\0\0", exif, &plain[2..]].concat()
    }

    fn png_with(plain: &[u8], exif: &[u8]) -> Vec<u8> {
        let length = u32::try_from(exif.len()).expect("it is short").to_be_bytes();
        let named = [b"eXIf", exif].concat();
        // The signature has 8 bytes and the first chunk 25.
        [&plain[..33], &length, &named, &crc(&named).to_be_bytes(), &plain[33..]].concat()
    }

    /// The checksum of a chunk of PNG.
    fn crc(bytes: &[u8]) -> u32 {
        let mut sum = u32::MAX;
        for byte in bytes {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
            }
        }
        !sum
    }

    fn webp_with(plain: &[u8], exif: &[u8]) -> Vec<u8> {
        let length = u32::try_from(exif.len()).expect("it is short").to_le_bytes();
        // Extended: with Exif, 48 by 32 pixels, each less one.
        let extended = b"VP8X\x0A\0\0\0\x08\0\0\0\x2F\0\0\x1F\0\0";
        let body = [&b"WEBP"[..], extended, &plain[12..], b"EXIF", &length, exif].concat();
        let size = u32::try_from(body.len()).expect("it is short").to_le_bytes();
        [&b"RIFF"[..], &size, &body].concat()
    }

    fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), bytes).expect("written");
        file
    }

    fn is_red(picture: &RgbImage, x: u32, y: u32) -> bool {
        let [red, _, blue] = picture.get_pixel(x, y).0;
        red > blue
    }

    #[test]
    fn pictures_stand_upright_whatever_way_the_camera_was_held() {
        // Where the red quarter is seen: Exif 2.32, tag 274.
        for (orientation, is_turned, is_right, is_low) in [
            (1, false, false, false),
            (2, false, true, false),
            (3, false, true, true),
            (4, false, false, true),
            (5, true, false, false),
            (6, true, true, false),
            (7, true, true, true),
            (8, true, false, true),
        ] {
            for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
                let file = written(&noted(format, orientation));
                let picture = read_picture(file.path()).expect("it decodes");
                let size = if is_turned { (32, 48) } else { (48, 32) };
                assert_eq!(picture.dimensions(), size, "{format:?} {orientation}");
                let x = if is_right { size.0 - 4 } else { 3 };
                let y = if is_low { size.1 - 4 } else { 3 };
                assert!(is_red(&picture, x, y), "{format:?} {orientation}");
                assert!(!is_red(&picture, size.0 - 1 - x, size.1 - 1 - y), "{format:?} {orientation}");
                let seen = upright_size(file.path()).expect("it decodes");
                assert_eq!((seen.width, seen.height), size, "{format:?} {orientation}");
            }
        }
    }

    #[test]
    fn a_copy_is_written_only_where_it_must_be_turned() {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy.png");
        let upright = written(&noted(ImageFormat::Jpeg, 1));
        assert!(!write_upright(upright.path(), &copy).expect("it decodes"));
        assert!(!copy.exists());
        let lying = written(&noted(ImageFormat::Jpeg, 8));
        assert!(write_upright(lying.path(), &copy).expect("it decodes"));
        let turned = read_picture(&copy).expect("it decodes");
        assert_eq!(turned.dimensions(), (32, 48));
        assert!(is_red(&turned, 3, 44) && !is_red(&turned, 28, 3));
        assert!(fs::read(&copy).expect("it is there").starts_with(b"\xFF\xD8"), "a photo stays a JPEG");
        assert!(!write_upright(&copy, &folder.path().join("again")).expect("it decodes"), "it is turned once");
    }

    #[test]
    fn what_is_clear_shows_the_ground() {
        let mut clear = RgbaImage::from_pixel(4, 2, Rgba([0, 255, 0, 0]));
        clear.put_pixel(0, 0, Rgba([200, 40, 40, 255]));
        clear.put_pixel(1, 0, Rgba([200, 40, 40, 128]));
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
            let mut bytes = Cursor::new(Vec::new());
            DynamicImage::ImageRgba8(clear.clone()).write_to(&mut bytes, format).expect("memory takes it");
            let seen = read_picture(written(&bytes.into_inner()).path()).expect("it decodes");
            assert_eq!(seen.get_pixel(3, 1).0, GROUND, "{format:?}");
            assert_eq!(seen.get_pixel(0, 0).0, [200, 40, 40], "{format:?}");
            assert_eq!(seen.get_pixel(1, 0).0, [118, 40, 43], "{format:?}");
        }
    }

    /// The header of a PNG of so many pixels, without any.
    fn header(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend(width.to_be_bytes());
        chunk.extend(height.to_be_bytes());
        chunk.extend([depth, colour, 0, 0, 0]);
        let sum = crc(&chunk).to_be_bytes();
        let start = b"IDAT";
        [&b"\x89PNG\r\n\x1A\n\0\0\0\x0D"[..], &chunk, &sum, &[0; 4], start, &crc(start).to_be_bytes()].concat()
    }

    #[test]
    fn a_picture_of_too_many_pixels_is_not_decoded() {
        for (bytes, expected) in [
            (header(22_000, 22_000, 8, 0), "it has 22000x22000 pixels, which are more than the 120 million"),
            (header(1, 400_000_000, 1, 0), "it has 1x400000000 pixels"),
            (header(10_000, 10_000, 16, 6), "its 10000x10000 pixels take 762 MB, and at most 512 MB"),
            (header(12_000, 9_000, 8, 2), "it does not decode"),
        ] {
            let refused = read_picture(written(&bytes).path()).expect_err("it is refused");
            assert!(refused.to_string().contains(expected), "{refused}");
        }
    }
}
