//! Clips made on this machine: painted frames, encoded.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use image::RgbImage;
use storyreel_core::ffmpeg::OverlayPlate;
use storyreel_core::film::{CardGround, CardSpec};
use storyreel_core::timeline::cue::Cue;
use storyreel_core::units::{Digest, Rate, Size};

use crate::media::{Ffmpeg, FrameSource, MediaError, PaintedSound};
use crate::picture::{CardFill, CardFont, PaintedClip, Painter, Subtitle, TitleCard};
use crate::picture_file::{PictureError, read_picture};

/// A clip that could not be made here.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// A picture could not be decoded.
    #[error("`{path}` cannot be shown: {why}")]
    Picture {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: PictureError,
    },
    /// A font file could not be read.
    #[error("`{path}` cannot be used as a font: {why}")]
    Font {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// ffmpeg failed.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// A painted picture could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The painter stopped; it never should.
    #[error("painting stopped unexpectedly")]
    Painter,
}

/// How far a clip is: frames painted.
pub type Painted = Arc<AtomicU64>;

/// Painters and the encoder behind them.
pub struct Studio {
    ffmpeg: Ffmpeg,
    /// Painters hold fonts and glyphs, which are dear to load: an idle one serves the next clip.
    idle: Mutex<Vec<Painter>>,
}

impl fmt::Debug for Studio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Studio").field("ffmpeg", &self.ffmpeg).finish_non_exhaustive()
    }
}

impl Studio {
    /// A studio that encodes with `ffmpeg`.
    #[must_use]
    pub fn new(ffmpeg: Ffmpeg) -> Arc<Self> {
        Arc::new(Self { ffmpeg, idle: Mutex::new(Vec::new()) })
    }

    /// The encoder.
    #[must_use]
    pub const fn ffmpeg(&self) -> &Ffmpeg {
        &self.ffmpeg
    }

    /// Paints the reel that `design` lays out, and encodes it into `out` with `tone` as its sound.
    pub async fn shoot(
        self: &Arc<Self>,
        design: impl FnOnce(&mut Painter) -> Result<Box<dyn PaintedClip>, StudioError> + Send + 'static,
        tone: Option<PaintedSound>,
        painted: Painted,
        out: &Path,
    ) -> Result<(), StudioError> {
        let mut reel = self.paint(design).await??;
        let frames = FrameSource {
            size: reel.size(),
            rate: reel.rate(),
            frames: reel.frames(),
            paint: Box::new(move |n, out| {
                reel.paint(n, out);
                painted.store(n + 1, Ordering::Relaxed);
            }),
        };
        Ok(self.ffmpeg.encode(frames, tone, out).await?)
    }

    /// Paints the words of `cues` for a film of this size and rate, each into a file in `folder`. `floors` has for each
    /// the row from which on other words stand in the picture.
    pub async fn subtitles(
        self: &Arc<Self>,
        cues: &[Cue],
        floors: Vec<Option<u32>>,
        size: Size,
        rate: Rate,
        folder: &Path,
    ) -> Result<Vec<OverlayPlate>, StudioError> {
        let cues = cues.to_vec();
        let folder = folder.to_owned();
        let painted = self.paint(move |painter| {
            let mut plates = Vec::new();
            for (n, (cue, floor)) in cues.iter().zip(floors).enumerate() {
                let strip = painter.subtitle(&Subtitle { size, lines: cue.lines.clone(), floor });
                let file = folder.join(format!("subtitle-{n}.yuva"));
                if let Err(source) = std::fs::write(&file, &strip.bytes) {
                    return Err(StudioError::Write { path: file, source });
                }
                let digest = Digest::of(&strip.bytes);
                let frames = cue.frames(rate);
                plates.push(OverlayPlate { file, digest, top: strip.top, height: strip.height, frames });
            }
            Ok(plates)
        });
        painted.await?
    }

    /// Lets a painter do something on a thread where it may take its time.
    async fn paint<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Painter) -> T + Send + 'static,
    ) -> Result<T, StudioError> {
        let studio = Arc::clone(self);
        let painting = tokio::task::spawn_blocking(move || {
            let idle = studio.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut painter = idle.unwrap_or_default();
            let made = work(&mut painter);
            studio.idle.lock().unwrap_or_else(PoisonError::into_inner).push(painter);
            made
        });
        painting.await.map_err(|_| StudioError::Painter)
    }
}

/// The largest font file that is read: those with all of Chinese have about 20 MB.
const LARGEST_FONT: u64 = 64 << 20;

/// A card as it is painted, with its files from `folder`, that of the storyboard.
pub fn title_card(
    folder: &Path,
    card: &CardSpec,
    size: Size,
    rate: Rate,
    frames: u64,
) -> Result<TitleCard, StudioError> {
    let ground = match &card.background {
        None => None,
        Some(CardGround::Colour(colour)) => Some(CardFill::Colour(*colour)),
        Some(CardGround::Picture(file)) => Some(CardFill::Picture(picture(&folder.join(&file.path))?)),
    };
    Ok(TitleCard {
        lines: card.lines.clone(),
        is_rolling: card.is_rolling,
        ground,
        color: card.color,
        font: card.font.as_ref().map(|font| read_font(&folder.join(&font.path))).transpose()?,
        align: card.align,
        ..TitleCard::plain(size, rate, frames, card.text.clone(), card.subtitle.clone())
    })
}

fn read_font(path: &Path) -> Result<CardFont, StudioError> {
    let fault = |why: String| StudioError::Font { path: path.display().to_string(), why };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FONT + 1).read_to_end(&mut bytes))
        .map_err(|error| fault(error.to_string()))?;
    if bytes.len() as u64 > LARGEST_FONT {
        return Err(fault(format!("it has more than {} MB", LARGEST_FONT >> 20)));
    }
    CardFont::read(bytes).ok_or_else(|| fault("it has no letters that could be read".to_owned()))
}

/// The picture in a file, upright, on the ground of a card where it is clear.
pub fn picture(path: &Path) -> Result<RgbImage, StudioError> {
    read_picture(path).map_err(|why| StudioError::Picture { path: path.display().to_string(), why })
}
