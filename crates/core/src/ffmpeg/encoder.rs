//! How pictures and sound are coded.

use std::path::Path;

use storyreel_mp4::avc;

use super::colour::colour_tags;
use super::filter::to_sound_format;
use super::list::ArgumentList;
use crate::storyboard::Codec;
use crate::timeline::{PictureFormat, SAMPLE_RATE, SoundFormat, timescale};
use crate::units::Rate;

/// What all clips made here have in common, and what their parameter sets depend on besides size and rate. No
/// B-frames, CAVLC and one reference frame are what makes x264 fast enough to keep up with the painter, and an
/// encoder that takes longer over footage must not write other parameter sets. The sets have an id of their own: services
/// deliver 0, and clips with different sets under different ids stand in one film by copy.
const CLIP_FORMAT: &str = "-c:v libx264 -pix_fmt yuv420p -threads 1";
const CLIP_X264: &str = "stitchable=1:sps-id=30:cabac=0:8x8dct=0:bframes=0:ref=1:weightp=0";

/// The arguments that encode a film's pictures in `format` at `rate`.
///
/// One thread: the encoders' output may depend on the number of threads, and the same inputs must give the same
/// film on any machine. Runs are encoded side by side instead. The quality of each is above what can be told from
/// the source.
pub(super) fn film_pictures(format: PictureFormat, rate: Rate) -> String {
    let gap = keyframe_gap(rate);
    let PictureFormat { codec, pixels, ids, .. } = format;
    match codec {
        // Copied pictures keep their parameter sets in the same stream, and encoders use the id 0 unless told
        // otherwise: with an id of its own neither overwrites the other's.
        Codec::H264 => format!(
            "-c:v libx264 -preset veryfast -crf 16 -threads 1 -x264-params stitchable=1:sps-id={} -g {gap}",
            avc::id(ids)
        ),
        // The same is done to HEVC afterwards (`storyreel_mp4::Renumber`), which knows no weights of references. No messages
        // of the encoder's own, no text about its settings in the stream; and the place of colours between pixels
        // is set, for it differs from clip to clip and all runs share one parameter set.
        Codec::Hevc => format!(
            "-c:v libx265 -pix_fmt {pixels} -preset faster -crf 18 -threads 1 -tag:v hvc1 -x265-params \
             pools=none:frame-threads=1:wpp=0:weightp=0:open-gop=0:chromaloc=0:info=0:log-level=error:keyint={gap}"
        ),
        Codec::Av1 => {
            format!("-c:v libsvtav1 -pix_fmt {pixels} -preset 8 -crf 22 -threads 1 -svtav1-params lp=1 -g {gap}")
        }
        Codec::Prores => format!("-c:v prores_ks -profile:v hq -vendor apl0 -pix_fmt {pixels} -threads 1"),
    }
}

/// The arguments that encode the pictures of a clip made here at `rate`; `quality` chooses preset and quantizer.
pub(super) fn clip_pictures(quality: &str, rate: Rate) -> String {
    format!("{CLIP_FORMAT} {quality} -x264-params {CLIP_X264} -g {}", keyframe_gap(rate))
}

/// Encodes sound from `begin` on, in seconds of its own times, to exactly `samples`, in the format of all clips made here.
pub(super) fn clip_sound(args: &mut ArgumentList, begin: f64, samples: u64) {
    let sound = to_sound_format(SoundFormat { rate: SAMPLE_RATE, channels: 2 });
    args.words("-af");
    let part = if begin == 0.0 { String::new() } else { format!("atrim=start={begin:.6},asetpts=PTS-{begin:.6}/TB,") };
    args.word(format!("{part}{sound},apad=whole_len={samples},atrim=end_sample={samples}"));
    args.words("-c:a aac -b:a 192k -flags:a +bitexact");
}

/// Writes a clip of `format` at `rate` to `out`: equal inputs give equal bytes.
pub(super) fn clip_file(args: &mut ArgumentList, format: PictureFormat, rate: Rate, out: &Path) {
    let timescale = timescale(rate);
    let colours = colour_tags(format.colours);
    let container = format.container();
    args.words(&format!(
        "-flags:v +bitexact {colours} -video_track_timescale {timescale} -movie_timescale {SAMPLE_RATE}"
    ));
    args.words(&format!("-fflags +bitexact -movflags +faststart -f {container}"));
    args.output(out);
}

/// Frames between keyframes, at most: two seconds, so that a player can jump without a long wait.
fn keyframe_gap(rate: Rate) -> u32 {
    (2 * rate.num).div_ceil(rate.den)
}
