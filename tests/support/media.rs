//! Small media files that are what they say.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat};

use super::newest;

/// A PNG of one colour.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Png)
}

/// A PNG with waves of light across it, or down it where it is `turned`.
pub(crate) fn waves(width: u32, height: u32, turned: bool) -> Vec<u8> {
    let level =
        |along: f32, across: f32| 128.0 + 70.0 * (along * 19.0).sin() + 40.0 * (across * 5.0 + along * 3.0).cos();
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        let light = if turned { level(y, x) } else { level(x, y) } as u8;
        image::Rgb([light, light / 2, 255 - light])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("memory takes every picture");
    bytes.into_inner()
}

/// A JPEG of one colour.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Jpeg)
}

/// A JPEG of red over blue as it is stored, with a note of how it is to be turned.
pub(crate) fn noted_jpeg(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let red = image::Rgb([220, 30, 30]);
    let blue = image::Rgb([30, 30, 220]);
    let picture = image::RgbImage::from_fn(width, height, |_, y| if y < height / 2 { red } else { blue });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).expect("memory takes every picture");
    let plain = bytes.into_inner();
    let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
    let exif = [&b"Exif\0\0II*\0\x08\0\0\0\x01\0"[..], &entry, &[0; 4]].concat();
    [&plain[..2], &[0xFF, 0xE1, 0, 34], &exif, &plain[2..]].concat()
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut bytes, format).expect("memory takes every picture");
    bytes.into_inner()
}

/// A tenth of a second of silence as WAV.
pub(crate) fn wav() -> Vec<u8> {
    samples(800)
}

/// So many seconds of silence as WAV.
pub(crate) fn silence(seconds: u32) -> Vec<u8> {
    samples(8_000 * seconds)
}

fn samples(samples: u32) -> Vec<u8> {
    let rate = 8_000_u32;
    let mut bytes = Vec::from(*b"RIFF");
    bytes.extend((36 + 2 * samples).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1_u16, 1].iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend([rate, 2 * rate].iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend([2_u16, 16].iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend(b"data");
    bytes.extend((2 * samples).to_le_bytes());
    bytes.resize(44 + 2 * samples as usize, 0);
    bytes
}

/// Two seconds of a test picture as MP4, of a size that services take.
pub(crate) fn mp4(file: &Path) {
    film(file, "size=960x540:rate=24:duration=2");
}

/// A test picture of this size, rate and length, in the container that the name asks for.
pub(crate) fn film(file: &Path, picture: &str) {
    let source = format!("testsrc={picture}");
    ffmpeg(&["-f", "lavfi", "-i", &source, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"], file);
}

/// A tone in the codec and container that the name asks for.
pub(crate) fn tone(file: &Path, seconds: u32, options: &[&str]) {
    let source = format!("sine=frequency=440:duration={seconds}");
    let args = [&["-f", "lavfi", "-i", &source], options].concat();
    ffmpeg(&args, file);
}

/// Makes a file with ffmpeg.
pub(crate) fn ffmpeg(args: &[&str], file: &Path) {
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-y"]).args(args).arg(file);
    let done = ffmpeg.status().expect("ffmpeg is installed");
    assert!(done.success(), "ffmpeg cannot make {}", file.display());
}
