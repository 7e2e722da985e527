//! Filters that several commands share.

use std::path::Path;

use super::colour::matrix_name;
use crate::timeline::{Fit, PictureFormat, SoundFormat};
use crate::units::{Rate, Size};

/// What any picture is brought to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Pixels across and down.
    pub(super) size: Size,
    /// How a picture of another shape fills them.
    pub(super) fit: Fit,
    /// Frames per second.
    pub(super) rate: Rate,
    /// How it is coded.
    pub(super) format: PictureFormat,
}

/// How the pictures of a file are, as far as a film has them otherwise.
#[derive(Debug, Clone, Copy)]
pub struct SourcePicture<'a> {
    /// Frames per second; of uneven ones, on average.
    pub rate: Rate,
    /// Whether they are evenly spaced.
    pub is_even: bool,
    /// Whether each holds two fields, of two moments.
    pub is_interlaced: bool,
    /// How their colours are coded, as ffmpeg names it.
    pub matrix: &'a str,
    /// The table of colours that are not those of the film, see [`Colours::table`](crate::clip::Colours::table).
    pub table: Option<&'a Path>,
}

impl<'a> SourcePicture<'a> {
    /// Progressive pictures of the film's colours.
    pub(super) const fn usual(rate: Rate, matrix: &'a str) -> Self {
        Self { rate, is_even: true, is_interlaced: false, matrix, table: None }
    }
}

/// The filters that bring pictures to exactly `frames` frames beginning at `origin`, in seconds of their own times; the last
/// frame is held if the source ends early.
///
/// Each frame shows the picture that is nearest in time. Where the rates differ, the times of evenly spaced pictures are
/// moved half a picture ahead and then rounded up, so that a picture takes over half-way between itself and the one before.
/// Of unevenly spaced ones each is shown from the frame on that is nearest to its time.
pub(super) fn fitted(frame: Frame, source: SourcePicture<'_>, origin: f64, frames: u64) -> String {
    let Rate { num, den } = frame.rate;
    let fields = fields(source, frame.rate, origin);
    let step = fields.as_ref().map_or(source.rate.seconds(1), |fields| fields.step);
    let filter = fields.map_or(String::new(), |fields| fields.filter);
    let is_film_rate = (step - frame.rate.seconds(1)).abs() < 1e-9;
    let (shift, rounding) =
        if is_film_rate || !source.is_even { (origin, "") } else { (origin + step / 2.0, ":round=up") };
    let moved = if shift == 0.0 { String::new() } else { format!("setpts=PTS-{shift:.9}/TB,") };
    let shaped = shaped(frame, source);
    format!(
        "{filter}{moved}fps={num}/{den}:start_time=0{rounding},{shaped},tpad=stop=-1:stop_mode=clone,\
         trim=end_frame={frames}"
    )
}

/// What is done to fields.
struct FieldFilter {
    filter: String,
    /// Seconds from one picture to the next.
    step: f64,
}

/// The filters that make whole pictures of fields: of each one where the film has as many frames as there are fields.
fn fields(source: SourcePicture<'_>, film: Rate, origin: f64) -> Option<FieldFilter> {
    source.is_interlaced.then(|| {
        let step = source.rate.seconds(1);
        let each = film.seconds(1) < step * 0.75;
        let mode = if each { "send_field" } else { "send_frame" };
        // What is decoded only on the way is not worth the work; a little before the beginning is looked at.
        let start = origin - 1.0;
        let filter = format!("trim=start={start:.6},bwdif=mode={mode},");
        FieldFilter { filter, step: if each { step / 2.0 } else { step } }
    })
}

/// The filters that bring any picture to the pixels of `frame`, square and in the colours of the film.
pub(super) fn shaped(frame: Frame, source: SourcePicture<'_>) -> String {
    let Size { width, height } = frame.size;
    // The picture as it is meant to be seen, just inside the frame or just covering it.
    let (least, cut) = match frame.fit {
        Fit::Letterbox => ("min", format!("pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black")),
        Fit::Crop => ("max", format!("crop={width}:{height}")),
    };
    let matrix = source.matrix;
    let coded = format!("out_color_matrix={}:out_range=tv", matrix_name(frame.format.colours));
    let sized = format!(
        "scale=w='max(2,2*round({least}({width},{height}*dar)/2))':h='max(2,2*round({least}({height},{width}/dar)/2))'\
         :flags=bicubic:in_color_matrix={matrix}"
    );
    let pixels = frame.format.pixels;
    match source.table {
        None => format!("{sized}:{coded},{cut},setsar=1,format={pixels}"),
        Some(table) => {
            let table = escaped(table);
            format!(
                "{sized},format=gbrp16le,{cut},setsar=1,lut3d=file={table}:interp=tetrahedral,\
                 scale=flags=bicubic:{coded},format={pixels}"
            )
        }
    }
}

/// A path as the value of a filter's option in a graph of filters: it is read twice, and every sign that means something to
/// one of the two readers is marked for it.
fn escaped(path: &Path) -> String {
    let once = marked(&path.to_string_lossy(), &['\\', '\'', ':']);
    marked(&once, &['\\', '\'', '[', ']', ',', ';'])
}

fn marked(text: &str, signs: &[char]) -> String {
    let mut out = String::new();
    for sign in text.chars() {
        if signs.contains(&sign) {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}

/// Numbers frames anew: one tick a frame, from zero on.
pub(super) fn renumbered(rate: Rate) -> String {
    let Rate { num, den } = rate;
    format!("settb={den}/{num},setpts=N,fps={num}/{den}:start_time=0")
}

/// Brings any sound to a format, beginning at time zero; gaps in it become silence. Samples that are off their time by less
/// than 20 ms stay where they are: containers round.
pub(super) fn to_sound_format(format: SoundFormat) -> String {
    let SoundFormat { rate, channels } = format;
    let layout = if channels == 1 { "mono" } else { "stereo" };
    format!(
        "aresample={rate}:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=flt|fltp:channel_layouts={layout},asetpts=N/SR/TB"
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
