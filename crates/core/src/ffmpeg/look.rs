//! Pictures of a whole clip that are measured, and its sound.

use std::ffi::OsString;
use std::path::Path;

use super::list::ArgumentList;
use crate::quality::{ROWS, SPACING};

/// Which pictures of a clip are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodedPictures {
    /// Those that are predicted from earlier ones alone. It costs half of decoding all, and less.
    Predicted,
    /// All from which others are predicted.
    Referenced,
    /// All.
    All,
}

/// Pictures of a clip that are looked at from its beginning to its end.
#[derive(Debug, Clone, Copy)]
pub struct ClipPass<'a> {
    /// The clip.
    pub clip: &'a Path,
    /// How many columns its pictures have, an even number.
    pub width: u32,
    /// How many rows its pictures have.
    pub height: u32,
    /// Which of them are looked at.
    pub pictures: DecodedPictures,
    /// Pictures, or clips whose first pictures count, that it is compared with.
    pub references: &'a [&'a Path],
    /// The file that takes the time of every picture.
    pub times: &'a Path,
    /// The file that takes its sound, where it has any.
    pub sound: Option<&'a Path>,
}

/// Writes to standard output what [`SampledPicture`](crate::quality::SampledPicture) reads: first of every reference, then of
/// the clip; and to files the time of each in milliseconds, and the sound: 16 bit numbers of one channel, at the clip's rate.
///
/// A filter that hides the borders between coded squares takes a tenth of the time, and changes nothing of what is measured.
#[must_use]
pub fn look_through(pass: &ClipPass<'_>) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    // More threads would wait for each other, and take longer in sum.
    args.words("-filter_complex_threads 1 -threads 1 -skip_loop_filter all");
    match pass.pictures {
        DecodedPictures::Predicted => args.words("-skip_frame bidir"),
        DecodedPictures::Referenced => args.words("-skip_frame noref"),
        DecodedPictures::All => {}
    }
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
    if let Some(sound) = pass.sound {
        args.words("-map 0:a:0 -ac 1 -c:a pcm_s16le -f s16le");
        args.output(sound);
    }
    args.into_args()
}

/// The filters that leave some rows of every picture. A row is taken as it is: a mean of several would hide grain, and cost
/// more.
fn sampled(pass: &ClipPass<'_>) -> String {
    let ClipPass { width, height, references, .. } = pass;
    let rows = format!("scale={width}:{ROWS}:flags=neighbor:out_range=tv,format=yuv420p,setsar=1");
    let mut filters = String::new();
    let mut joined = String::new();
    for n in 1..=references.len() {
        let fitted = format!("scale={width}:{height}:flags=area:in_color_matrix=bt709:out_color_matrix=bt709");
        filters += &format!("[{n}:V:0]trim=end_frame=1,{fitted},{rows}[r{n}];");
        joined += &format!("[r{n}]");
    }
    // The first, and each that is far enough from the one before.
    filters += &format!("[0:V:0]select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,{SPACING}),{rows}");
    if !references.is_empty() {
        filters += &format!("[r0];{joined}[r0]concat=n={}", references.len() + 1);
    }
    // Of the second copy only the times count.
    filters + ",split[pictures][whole];[whole]crop=2:2:0:0[timed]"
}
