//! Clips: encoded from painted frames or from footage.

use std::ffi::OsString;
use std::path::Path;

use super::colour::declared;
use super::encoder::{clip_file, clip_pictures, clip_sound, film_pictures};
use super::filter::{Frame, SourcePicture, fitted};
use super::list::ArgumentList;
use crate::clip::Colours;
use crate::storyboard::Codec;
use crate::timeline::{Fit, PictureFormat, SAMPLE_RATE, Timeline};
use crate::units::{Rate, Size};

/// Encodes raw frames from standard input, with the raw sound in the file `sound` if there is any.
#[must_use]
pub fn encode_painted(size: Size, rate: Rate, sound: Option<&Path>, out: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    // Raw input needs no examination; the default reads several frames ahead and starts more threads.
    args.words("-probesize 32 -analyzeduration 0 -threads 1 -f rawvideo -pixel_format yuv420p");
    args.words(&format!("-video_size {size} -framerate {rate} -i pipe:0"));
    if let Some(sound) = sound {
        args.words(&format!("-probesize 32 -analyzeduration 0 -f s16le -ar {SAMPLE_RATE} -ac 2"));
        args.input(sound);
    }
    args.words("-map 0:v");
    if sound.is_some() {
        // One sine needs neither the careful coder nor many bits, for which a coder looks in vain most of its time
        // (measured for 5 s: 60 ms at 64 kbit/s and 17 ms at 24, both 42 dB or more above their error).
        args.words("-map 1:a -c:a aac -aac_coder fast -b:a 24k -flags:a +bitexact");
    }
    args.words(&format!("-filter_threads 1 -vf setsar=1,{}", declared(PictureFormat::H264.colours)));
    args.words(&clip_pictures("-preset ultrafast -qp 20", rate));
    clip_file(&mut args, PictureFormat::H264, rate, out);
    args.into_args()
}

/// How finely footage is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipQuality {
    /// In the format of all clips made here, whose pixels have 8 bits.
    Usual,
    /// In `ProRes`, which keeps more bits and nearly every detail: a film of any codec is encoded from it as from the
    /// footage, and none takes to `ProRes` by chance.
    Fine,
}

/// Where a part of some footage begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FootageStart {
    /// When, in seconds from the beginning of the file.
    pub time: f64,
    /// From where it is decoded, in seconds from the beginning of the file: at or before the beginning, and far enough that all
    /// its pictures come out whole. From the beginning where there is none.
    pub seek: Option<f64>,
    /// Frames of the clip before the footage's first picture: the footage sounds, and nothing is seen.
    pub lead: u64,
}

impl FootageStart {
    /// The same, read from the beginning of the file where that is about as near.
    #[must_use]
    pub fn or_from_the_beginning(self) -> Self {
        Self { seek: self.seek.filter(|&seek| seek > 0.0), ..self }
    }
}

/// A part of some footage, to be encoded.
#[derive(Debug, Clone, Copy)]
pub struct FootageCut<'a> {
    /// The footage.
    pub footage: &'a Path,
    /// How its pictures are.
    pub picture: SourcePicture<'a>,
    /// Where the part begins; with whatever decodes first when absent.
    pub start: Option<FootageStart>,
    /// Frames of the clip.
    pub frames: u64,
    /// Pixels across and down of the clip.
    pub size: Size,
    /// How footage of another shape fills it.
    pub fit: Fit,
    /// Frames per second of the clip.
    pub rate: Rate,
    /// The colours of the clip.
    pub colours: Colours,
    /// Which of the footage's tracks of sound the clip has, counted from 0.
    pub sound: Option<usize>,
    /// How finely it is encoded.
    pub quality: ClipQuality,
}

/// Encodes a part of footage to the format of [`encode_painted`], or a finer one.
#[must_use]
pub fn cut_clip(cut: &FootageCut<'_>, out: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    let format = match cut.quality {
        ClipQuality::Usual => PictureFormat::H264,
        ClipQuality::Fine => PictureFormat::beside(Codec::Prores, None),
    };
    let format = format.with_colours(cut.colours);
    let frame = Frame { size: cut.size, fit: cut.fit, rate: cut.rate, format };
    if let Some(start) = cut.start {
        begin_at(&mut args, start.seek);
    }
    args.input(cut.footage);
    args.words("-map_metadata -1 -map_chapters -1 -map 0:V:0 -vf");
    let lead = cut.start.map_or(0, |start| start.lead);
    let begin = cut.start.map_or(0.0, |start| start.time);
    // The first picture is the first frame behind those before it.
    let picture = fitted(frame, cut.picture, begin + cut.rate.seconds(lead), cut.frames - lead);
    let lead = if lead > 0 { format!(",tpad=start={lead}:color=black") } else { String::new() };
    args.word(format!("{picture}{lead},{}", declared(cut.colours)));
    match cut.quality {
        ClipQuality::Usual => args.words(&clip_pictures("-preset veryfast -crf 18", cut.rate)),
        ClipQuality::Fine => args.words(&film_pictures(format, cut.rate)),
    }
    if let Some(track) = cut.sound {
        args.words(&format!("-map 0:a:{track}"));
        clip_sound(&mut args, begin, cut.rate.ticks(cut.frames, u64::from(SAMPLE_RATE)));
    }
    clip_file(&mut args, format, cut.rate, out);
    args.into_args()
}

/// Has the next file read from `seek` on, and its times counted from its beginning. Pictures are then chosen by their times:
/// where decoding begins decides nothing but whether they are whole.
pub(super) fn begin_at(args: &mut ArgumentList, seek: Option<f64>) {
    args.words("-copyts -start_at_zero");
    if let Some(seek) = seek {
        args.words(&format!("-noaccurate_seek -ss {seek:.6}"));
    }
}

/// How far before a picture its sound is read, in seconds: sound needs a packet or two before the first that counts.
pub const SOUND_LEAD: f64 = 0.1;

/// Sound for a clip, out of some footage.
#[derive(Debug, Clone, Copy)]
pub struct FootageSound<'a> {
    /// The footage.
    pub footage: &'a Path,
    /// Which of its tracks of sound, counted from 0.
    pub track: usize,
}

/// Copies the pictures of `silent`, a film of the one segment that `timeline` has of some footage, and gives them the sound of
/// the footage that belongs to them.
#[must_use]
pub fn add_sound(silent: &Path, sound: FootageSound<'_>, timeline: &Timeline, out: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.input(silent);
    let rate = timeline.rate;
    let segment = &timeline.segments[0];
    let begin = rate.seconds(segment.frames.start);
    let seek = Some(begin - SOUND_LEAD).filter(|&seek| seek > 0.0);
    begin_at(&mut args, seek);
    args.input(sound.footage);
    let track = sound.track;
    args.words(&format!("-map_metadata -1 -map_chapters -1 -map 0:V:0 -c:v copy -map 1:a:{track}"));
    clip_sound(&mut args, begin, rate.ticks(segment.length, u64::from(SAMPLE_RATE)));
    clip_file(&mut args, timeline.format, rate, out);
    args.into_args()
}
