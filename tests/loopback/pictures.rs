//! Pictures and sounds as they come in: their form, format and size.

use std::io::Cursor;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, ImageReader};

use super::rules::Refusal;

/// The formats of pictures that services take, beside HEIC and HEIF, which nothing here can open.
const FORMATS: &[ImageFormat] =
    &[ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::Gif];

/// The bytes of a `data:` address of a content of this type.
pub(super) fn decode(place: &str, kind: &str, address: &str) -> Result<Arc<[u8]>, Refusal> {
    let (family, most) = match kind {
        "image_url" => ("image/", 30 << 20),
        "audio_url" => ("audio/", 15 << 20),
        _ => return Err(Refusal::bad(place, "a video must be a web address or an asset, not base64 data")),
    };
    let head = address.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let good = head.filter(|(mime, _)| {
        mime.strip_prefix(family).is_some_and(|name| !name.is_empty() && !name.contains(|c: char| c.is_uppercase()))
    });
    let (mime, data) = good.ok_or_else(|| {
        Refusal::bad(place, format!("base64 data must read data:{family}<lower-case format>;base64,<data>"))
    })?;
    let bytes =
        STANDARD.decode(data).map_err(|error| Refusal::bad(place, format!("the base64 data is bad: {error}")))?;
    if bytes.len() >= most {
        return Err(Refusal::bad(place, format!("{} bytes are too many", bytes.len())));
    }
    if let Ok(format) = image::guess_format(&bytes)
        && kind == "image_url"
        && format.to_mime_type() != mime
    {
        return Err(Refusal::bad(place, format!("the data says {mime} and is {}", format.to_mime_type())));
    }
    Ok(bytes.into())
}

/// A picture of a known format, neither too small nor too large nor too long.
pub(super) fn check(place: &str, bytes: &[u8]) -> Result<(), Refusal> {
    let heic = bytes.get(4..8) == Some(b"ftyp".as_slice());
    if heic {
        return Ok(());
    }
    if image::guess_format(bytes).ok().is_none_or(|format| !FORMATS.contains(&format)) {
        return Err(Refusal::bad(place, "the image format is not supported"));
    }
    let (width, height) = size(bytes).ok_or_else(|| Refusal::bad(place, "the image cannot be opened"))?;
    let sides = 300..=6000;
    if !sides.contains(&width) || !sides.contains(&height) {
        return Err(Refusal::bad(place, format!("sides must be 300 to 6000 pixels, not {width}x{height}")));
    }
    let ratio = f64::from(width) / f64::from(height);
    if !(0.4..=2.5).contains(&ratio) {
        return Err(Refusal::bad(place, format!("width by height must be 0.4 to 2.5, not {ratio:.2}")));
    }
    Ok(())
}

/// The size of a picture.
pub(super) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok()
}
