//! Small pictures of frames and of what the user gave: taken once, kept in the store, embedded once.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader, RgbImage};
use storyreel_core::clip::ClipFacts;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::{chain, clean};
use storyreel_core::units::{Digest, Size};
use storyreel_media::media::Ffmpeg;
use storyreel_media::studio;

use crate::cli::context::Context;
use crate::cli::load::Loaded;
use crate::report::PagePicture;
use crate::store::write_whole;

/// The longer side on a page in pixels, and the quality: two hundred of them are about four megabytes.
pub(in crate::cli) const SIDE: u32 = 480;
const QUALITY: u8 = 74;

/// Which of the two frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum End {
    First,
    Last,
}

/// Pictures by what they show.
#[derive(Debug, Default)]
pub(in crate::cli) struct Stills {
    pub(in crate::cli) pictures: Vec<PagePicture>,
    known: BTreeMap<Digest, usize>,
    /// The longer side in pixels.
    side: u32,
}

/// A frame that is wanted: how it is kept, and where it comes from.
struct WantedStill {
    key: Digest,
    file: PathBuf,
    clip: PathBuf,
    facts: ClipFacts,
    end: End,
}

impl Stills {
    /// The first and the last frame of every clip, of so many pixels at the longer side. Where one cannot be had the user is warned, and the page does without.
    pub(in crate::cli) fn of_clips<'a>(
        context: &Context,
        loaded: &Loaded,
        clips: impl Iterator<Item = &'a ClipRecord>,
        side: u32,
    ) -> Self {
        let mut stills = Self { side, ..Self::default() };
        let mut missing: BTreeMap<Digest, WantedStill> = BTreeMap::new();
        for taken in clips {
            for end in [End::First, End::Last] {
                let key = still_key(&taken.clip, end, side);
                let file = loaded.store.root().join("stills").join(format!("{}.jpg", key.hex()));
                match fs::read(&file).ok().and_then(kept_picture) {
                    Some(picture) => _ = stills.add(key, picture),
                    None => {
                        let clip = loaded.store.object(&taken.clip);
                        let facts = taken.facts.clone();
                        missing.insert(key, WantedStill { key, file, clip, facts, end });
                    }
                }
            }
        }
        if !missing.is_empty()
            && let Err(error) = stills.take_missing(context, &missing.into_values().collect::<Vec<_>>())
        {
            context.note(&format!("warning: frames are missing on the page: {}", clean(&error)));
        }
        stills
    }

    fn take_missing(&mut self, context: &Context, wanted: &[WantedStill]) -> Result<(), String> {
        let ffmpeg = context.ffmpeg().map_err(|error| clean(&chain(&error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let side = self.side;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let side_by_side = std::thread::available_parallelism().map_or(1, usize::from);
        let mut fault = None;
        runtime.block_on(async {
            let taking =
                wanted.iter().map(async |wanted| (wanted, decoded_frame(&ffmpeg, folder.path(), wanted, side).await));
            let mut taking = futures::stream::iter(taking).buffered(side_by_side);
            while let Some((wanted, taken)) = taking.next().await {
                match taken {
                    Ok(picture) => {
                        // The next report takes it again where it cannot be kept.
                        let _ = wanted.file.parent().map(fs::create_dir_all).transpose();
                        let _ = write_whole(&wanted.file, &picture.jpeg, true);
                        self.add(wanted.key, picture);
                    }
                    Err(error) => fault = Some(error),
                }
            }
        });
        fault.map_or(Ok(()), Err)
    }

    /// The frame of a clip.
    pub(in crate::cli) fn frame_index(&self, clip: &Digest, end: End) -> Option<usize> {
        self.known.get(&still_key(clip, end, self.side)).copied()
    }

    /// A picture that the user gave. One that is none is left out.
    pub(in crate::cli) fn given_index(&mut self, path: &Path, digest: &Digest) -> Option<usize> {
        match self.known.get(digest) {
            Some(known) => Some(*known),
            None => Some(self.add(*digest, embedded_picture(studio::picture(path).ok()?, self.side)?)),
        }
    }

    fn add(&mut self, key: Digest, picture: PagePicture) -> usize {
        self.pictures.push(picture);
        self.known.insert(key, self.pictures.len() - 1);
        self.pictures.len() - 1
    }

    /// A picture decoded.
    pub(in crate::cli) fn decoded(&self, n: Option<usize>) -> Option<RgbImage> {
        image::load_from_memory(&self.pictures.get(n?)?.jpeg).ok().map(DynamicImage::into_rgb8)
    }
}

/// What decides a kept still.
fn still_key(clip: &Digest, end: End, side: u32) -> Digest {
    Digest::of(format!("still {side} {QUALITY} {end:?} {clip}").as_bytes())
}

async fn decoded_frame(ffmpeg: &Ffmpeg, folder: &Path, wanted: &WantedStill, side: u32) -> Result<PagePicture, String> {
    let png = folder.join(format!("{}.png", wanted.key.hex()));
    let written = match wanted.end {
        End::First => ffmpeg.first_frame(&wanted.clip, &png).await,
        End::Last => ffmpeg.last_frame(&wanted.clip, &wanted.facts, &png).await,
    };
    written.map_err(|error| clean(&chain(&error)))?;
    let whole = studio::picture(&png).map_err(|error| clean(&chain(&error)))?;
    let _ = fs::remove_file(&png);
    embedded_picture(whole, side).ok_or_else(|| "a frame cannot be scaled".to_owned())
}

/// A picture as it is embedded; never enlarged.
fn embedded_picture(picture: RgbImage, side: u32) -> Option<PagePicture> {
    let whole = DynamicImage::ImageRgb8(picture);
    let fits = whole.width().max(whole.height()) <= side;
    let image = if fits { whole } else { whole.resize(side, side, FilterType::CatmullRom) };
    let mut jpeg = Cursor::new(Vec::new());
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
    Some(PagePicture { size: Size::new(image.width(), image.height()), jpeg: jpeg.into_inner() })
}

/// A still that was kept, if it is whole enough to have a size.
fn kept_picture(jpeg: Vec<u8>) -> Option<PagePicture> {
    let reader: io::Result<_> = ImageReader::new(Cursor::new(&jpeg)).with_guessed_format();
    let (width, height) = reader.ok()?.into_dimensions().ok()?;
    Some(PagePicture { size: Size::new(width, height), jpeg })
}
