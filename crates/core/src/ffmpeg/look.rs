//! A whole clip that is decoded: whether it can be, and pictures and sound of it that are measured.

use std::ffi::OsString;
use std::path::Path;

use super::list::ArgumentList;
use storyreel_quality::{ROWS, SPACING};

/// A clip that is looked at from its beginning to its end.
#[derive(Debug, Clone, Copy)]
pub struct ClipPass<'a> {
    /// The clip.
    pub clip: &'a Path,
    /// How many columns its pictures have, an even number.
    pub width: u32,
    /// How many rows its pictures have.
    pub height: u32,
    /// Pictures, or clips whose first pictures count, that it is compared with.
    pub references: &'a [&'a Path],
    /// The file that takes the time of every picture.
    pub times: &'a Path,
    /// Whether it has sound.
    pub has_sound: bool,
    /// The file that takes its sound, where it has any that is measured.
    pub sound: Option<&'a Path>,
}

/// Decodes every frame and all sound, and fails at the first error in their data. Writes to standard output what [`SampledPicture`](storyreel_quality::SampledPicture) reads: first of every reference, then of
/// the clip; and to files the time of each in milliseconds, and the sound: 16 bit numbers of one channel, at the clip's rate.
///
/// A filter that hides the borders between coded squares takes a tenth of the time, and changes nothing of what is measured.
#[must_use]
pub fn look_through(pass: &ClipPass<'_>) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    // More threads would wait for each other, and take longer in sum.
    args.words("-xerror -filter_complex_threads 1 -threads 1 -skip_loop_filter all -err_detect explode");
    args.input(pass.clip);
    for reference in pass.references {
        args.words("-threads 1");
        args.input(reference);
    }
    args.words("-filter_complex");
    args.word(sampled(pass));
    args.words("-map [pictures] -c:v rawvideo -fps_mode passthrough -f rawvideo pipe:1");
    args.words("-map [timed] -c:v rawvideo -fps_mode passthrough -f mkvtimestamp_v2");
    args.output(pass.times);
    if pass.has_sound {
        args.words("-map 0:a -f null -");
    }
    if let Some(sound) = pass.sound {
        args.words("-map 0:a:0 -ac 1 -c:a pcm_s16le -f s16le");
        args.output(sound);
    }
    args.into_args()
}

/// The first picture of what is put behind another comes a second after the other's last: a single picture may be of no
/// length, and two at one time are an error.
const LATER: &str = "setpts=PTS-STARTPTS+1/TB";

/// The filters that leave some rows of every picture. A row is taken as it is: a mean of several would hide grain, and cost
/// more.
fn sampled(pass: &ClipPass<'_>) -> String {
    let ClipPass { width, height, references, .. } = pass;
    let rows = format!("scale={width}:{ROWS}:flags=neighbor:out_range=tv,format=yuv420p,setsar=1");
    let mut filters = String::new();
    let mut joined = String::new();
    for n in 1..=references.len() {
        let fitted = format!("scale={width}:{height}:flags=area:in_color_matrix=bt709:out_color_matrix=bt709");
        filters += &format!("[{n}:V:0]trim=end_frame=1,{fitted},{rows},{LATER}[r{n}];");
        joined += &format!("[r{n}]");
    }
    // The first, and each that is far enough from the one before.
    filters += &format!("[0:V:0]select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,{SPACING}),{rows}");
    if !references.is_empty() {
        filters += &format!(",{LATER}[r0];{joined}[r0]concat=n={}", references.len() + 1);
    }
    // Of the second copy only the times count.
    filters + ",split[pictures][whole];[whole]crop=2:2:0:0[timed]"
}
