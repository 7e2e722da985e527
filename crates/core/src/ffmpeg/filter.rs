//! Filters that several commands share.

use crate::timeline::{Fit, SoundFormat};
use crate::units::{Rate, Size};

/// What any picture is brought to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Pixels across and down.
    pub(super) size: Size,
    /// How a picture of another shape fills them.
    pub(super) fit: Fit,
    /// Frames per second.
    pub(super) rate: Rate,
    /// The pixel format as ffmpeg writes it.
    pub(super) pixels: &'a str,
}

/// The filters that bring the picture of a clip of rate `own`, whose colours are coded by `matrix`, to exactly `frames`
/// frames beginning at time zero; the last frame is held if the source ends early.
///
/// Each frame shows the frame of the clip that is nearest in time: the clip's times are moved half a frame of its own
/// ahead and then rounded up, so that a frame takes over half-way between itself and the one before.
pub(super) fn fitted(frame: Frame<'_>, own: Rate, frames: u64, matrix: &str) -> String {
    let Rate { num, den } = frame.rate;
    let shaped = shaped(frame, matrix);
    let half = own.seconds(1) / 2.0;
    let times = if own == frame.rate {
        format!("fps={num}/{den}:start_time=0")
    } else {
        format!("setpts=PTS-{half:.9}/TB,fps={num}/{den}:start_time=0:round=up")
    };
    format!("{times},{shaped},tpad=stop=-1:stop_mode=clone,trim=end_frame={frames}")
}

/// The filters that bring any picture to the pixels of `frame`, square and in BT.709.
pub(super) fn shaped(frame: Frame<'_>, matrix: &str) -> String {
    let Size { width, height } = frame.size;
    // The picture as it is meant to be seen, just inside the frame or just covering it.
    let (least, cut) = match frame.fit {
        Fit::Letterbox => ("min", format!("pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black")),
        Fit::Crop => ("max", format!("crop={width}:{height}")),
    };
    format!(
        "scale=w='max(2,2*round({least}({width},{height}*dar)/2))':h='max(2,2*round({least}({height},{width}/dar)/2))'\
         :flags=bicubic:in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv,{cut},setsar=1,format={}",
        frame.pixels
    )
}

/// Numbers frames anew: one tick a frame, from zero on.
pub(super) fn renumbered(rate: Rate) -> String {
    let Rate { num, den } = rate;
    format!("settb={den}/{num},setpts=N,fps={num}/{den}:start_time=0")
}

/// Brings any sound to a format, beginning at time zero; gaps in it become silence.
pub(super) fn to_sound_format(format: SoundFormat) -> String {
    let SoundFormat { rate, channels } = format;
    let layout = if channels == 1 { "mono" } else { "stereo" };
    format!(
        "aresample={rate}:async=1:first_pts=0,aformat=sample_fmts=flt|fltp:channel_layouts={layout},asetpts=N/SR/TB"
    )
}

/// The filters that make sound at `rate` louder by `gain` decibels; true peaks stay below `limit` decibels relative to full
/// scale, where there is a limit.
#[must_use]
pub fn limited_gain(gain: f64, limit: Option<f64>, rate: u32) -> String {
    let Some(limit) = limit else { return format!("volume={gain:.2}dB") };
    let limit = 10_f64.powf(limit / 20.0);
    // Peaks between the samples are seen at four times the rate.
    let over = rate * 4;
    format!("volume={gain:.2}dB,aresample={over},alimiter=limit={limit:.4}:level=false:latency=true,aresample={rate}")
}
