//! Footage: a file of the user's becomes the clip of a shot, and no picture of it is encoded that need not be.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use storyreel_core::clip::{Primaries, VideoFacts};
use storyreel_core::ffmpeg::{ClipQuality, FootageSound, add_sound};
use storyreel_core::timeline::{ClipPiece, EncodeReason, Join, Shape, Timeline, Treatment, codec_of, lay, misfit};
use storyreel_core::units::{Digest, ShotId};
use storyreel_mp4::Ids;

use super::assemble::AssemblyPaths;
use super::encode::Cut;
use super::fresh::Fresh;
use super::probe::{Fingerprint, Measured};
use super::run::FfmpegTask;
use super::source::ClipSource;
use super::{Ffmpeg, MediaError};

/// How footage became a clip. `Display` says it in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taking {
    /// The clip is a copy of the file, byte for byte: a link would change with the file, and a store that is moved would
    /// lose it.
    Whole,
    /// The clip has a part of it: so many coded frames of the file, and so many encoded beside the in and out points.
    Part {
        /// Frames copied.
        copied: u64,
        /// Frames encoded.
        encoded: u64,
    },
    /// All frames were encoded, and why.
    Encoded(String),
}

impl Taking {
    /// Why no coded picture of the file could be kept; `None` where some or all are.
    #[must_use]
    pub fn encoded(&self) -> Option<&str> {
        match self {
            Self::Encoded(why) => Some(why),
            Self::Part { copied: 0, .. } => Some("no group of pictures lies between its in and out points"),
            Self::Whole | Self::Part { .. } => None,
        }
    }
}

impl fmt::Display for Taking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the footage is used as it is"),
            Self::Part { copied, encoded: 0 } if *copied > 0 => write!(f, "{copied} frames copied from the footage"),
            Self::Part { copied, encoded } if *copied > 0 => {
                write!(f, "{copied} frames copied from the footage, {encoded} encoded at its in and out points")
            }
            Self::Part { .. } | Self::Encoded(_) => {
                write!(f, "the footage is encoded: {}", self.encoded().unwrap_or_default())
            }
        }
    }
}

impl Ffmpeg {
    /// Makes the clip of a part of `footage`. Footage that stands in a film of that size and rate as it is stays as it
    /// is coded, whatever the codec: the film copies or encodes it like any other clip. The rest is encoded here.
    pub async fn take(&self, footage: &Path, cut: Cut, out: &Path) -> Result<Taking, MediaError> {
        let measured = self.measure(footage, Fingerprint::Spared).await?;
        let video = &measured.facts.video;
        let frames = frames(footage, &cut, &measured)?;
        let sound = cut.keep_sound && measured.facts.audio.is_some();
        let laid = match obstacle(footage, &measured, &cut) {
            None if frames == (0..video.frames) && keeps_all_sound(&measured, sound) => {
                copy(footage, out).await?;
                return Ok(Taking::Whole);
            }
            None => part(&measured, &cut, frames),
            Some(why) => Err(why),
        };
        let track = sound.then_some(measured.sounds.heard);
        let why = match laid {
            // An encoder may be missing, or the footage use means that are not known here.
            Ok(laid) => match self.take_part(footage, &laid, track, out).await {
                Ok(taking) => return Ok(taking),
                Err(error) => format!("a part of it could not be copied: {error}"),
            },
            Err(why) => why,
        };
        // What is brought to the colours of every screen has no more than 8 bits to show.
        let keeps_depth = deep(video) && measured.view.colours == cut.colours;
        let quality = if keeps_depth { ClipQuality::Fine } else { ClipQuality::Usual };
        self.cut_measured(footage, &measured, cut, quality, out).await?;
        Ok(Taking::Encoded(why))
    }

    /// Makes the clip that `laid` has of `footage`, with its sound encoded to exactly its length.
    async fn take_part(
        &self,
        footage: &Path,
        laid: &Timeline,
        track: Option<usize>,
        out: &Path,
    ) -> Result<Taking, MediaError> {
        let folder = out.parent().unwrap_or_else(|| Path::new("."));
        let work = tempfile::Builder::new().prefix("footage-").tempdir_in(folder);
        let work = work.map_err(MediaError::file("write", folder))?;
        let silent = work.path().join("silent.mp4");
        let places = AssemblyPaths {
            work: work.path(),
            kept: &work.path().join("kept"),
            out: if track.is_some() { &silent } else { out },
            plates: &[],
        };
        let made = self.assemble(laid, |_| footage.to_owned(), places, |_| {}).await?;
        if let Some(track) = track {
            let fresh = Fresh::beside(out)?;
            let args = add_sound(&silent, FootageSound { footage, track }, laid, fresh.path());
            self.output(FfmpegTask::new("cut the sound of", footage), &args).await?;
            fresh.commit().await?;
        }
        match made.reasons.into_iter().next() {
            Some((_, why)) if made.copied == 0 => Ok(Taking::Encoded(why)),
            _ => Ok(Taking::Part { copied: made.copied, encoded: made.encoded }),
        }
    }
}

/// Whether a copy of the whole file has the sound that is wanted and no other.
fn keeps_all_sound(measured: &Measured, sound: bool) -> bool {
    measured.sounds.count == usize::from(sound)
}

/// The frames of the footage that are used: those nearest to the in point and to the length.
fn frames(footage: &Path, cut: &Cut, measured: &Measured) -> Result<Range<u64>, MediaError> {
    let video = &measured.facts.video;
    let length = cut.length(footage, &measured.times)?;
    let start = video.rate.frame_at(cut.from).min(video.frames - 1);
    Ok(start..(start + video.rate.frames(length)).min(video.frames))
}

/// What keeps footage from being used as it is coded.
fn obstacle(footage: &Path, measured: &Measured, cut: &Cut) -> Option<String> {
    let video = &measured.facts.video;
    let shape = Shape { size: cut.size, rate: cut.rate, codec: None };
    if let Some(reason) = misfit(video, shape) {
        return Some(reason.to_string());
    }
    if codec_of(video).is_none() {
        return Some(format!("no film is coded as {}", video.codec));
    }
    let colours = measured.view.colours;
    if colours != cut.colours {
        return Some(format!("its colours are {colours} and not {}", cut.colours));
    }
    // Untagged pictures are taken for BT.709 where they are large.
    let usual = match measured.matrix.as_deref() {
        Some(matrix) if colours.primaries == Primaries::Bt2020 => matrix == "bt2020nc",
        Some(matrix) => matrix == "bt709",
        None => video.size.height >= 720 && colours.is_usual(),
    };
    let odd = measured.odd.or_else(|| (!usual).then_some("its colours are not BT.709"));
    if let Some(odd) = odd {
        return Some(odd.to_owned());
    }
    let order = ClipSource::open(footage).and_then(|source| source.order(video));
    if matches!(order, Ok(Some(_))) { None } else { Some(EncodeReason::Loose.to_string()) }
}

/// A film of these frames alone, without sound; or why its ends cannot be encoded as the rest is coded.
fn part(measured: &Measured, cut: &Cut, frames: Range<u64>) -> Result<Timeline, String> {
    let facts = measured.facts.clone();
    let shape = Shape { size: cut.size, rate: cut.rate, codec: codec_of(&facts.video) };
    let piece = ClipPiece {
        shot: "footage".parse::<ShotId>().map_err(|error| error.to_string())?,
        clip: Digest::of(b"footage"),
        trim: (frames.start, facts.video.frames - frames.end),
        facts,
        join: Join::Start,
        fit: cut.fit,
        grade: None,
        burned: false,
    };
    let mut laid = lay("", shape, vec![piece]).map_err(|problem| problem.to_string())?;
    laid.set_colours(cut.colours);
    laid.sound = None;
    laid.format.ids = Ids::Footage;
    match &laid.segments[0].treatment {
        Treatment::Copy => Ok(laid),
        Treatment::Encode(_) => {
            let video = &measured.facts.video;
            Err(format!("{} of {} cannot be parted at any frame", video.codec, video.pixels))
        }
    }
}

/// Whether its pixels have more than 8 bits: the names of such formats end in the order of bytes.
fn deep(video: &VideoFacts) -> bool {
    video.pixels.ends_with("le") || video.pixels.ends_with("be")
}

async fn copy(footage: &Path, out: &Path) -> Result<(), MediaError> {
    let fresh = Fresh::beside(out)?;
    let from = footage.to_owned();
    let to = fresh.path().to_owned();
    // The bytes alone: a file that may not be written to would make its copy one that cannot be finished.
    let copying = tokio::task::spawn_blocking(move || io::copy(&mut File::open(&from)?, &mut File::create(&to)?));
    let copied = copying.await.expect("copying a file does not panic");
    copied.map_err(MediaError::file("copy", footage))?;
    fresh.commit().await
}
