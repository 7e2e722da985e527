//! What ffprobe is asked. The file stands last.

use std::ffi::OsString;
use std::path::Path;

use super::list::ArgumentList;

/// Lists the streams, the container and all packets of `clip`, one section a line; `hashed` with the hashes of what decoders
/// are set up with, and of every packet.
#[must_use]
pub fn probe_clip(clip: &Path, hashed: bool) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.words("-v error -of compact");
    if hashed {
        args.words("-show_data_hash sha256");
    }
    args.words("-show_entries");
    args.word(
        "packet=stream_index,pts,dts,duration,flags\
         :format=format_name,start_time,duration\
         :stream=index,codec_type,codec_name,width,height,pix_fmt,color_space,color_range,color_primaries,color_transfer,\
         field_order,sample_aspect_ratio,r_frame_rate,avg_frame_rate,\
         time_base,duration,duration_ts,nb_frames,sample_rate,channels,extradata_hash\
         :stream_side_data=rotation:stream_disposition=attached_pic,default",
    );
    args.output(clip);
    args.into_args()
}

/// Prints the container and the length of the sound in `file`, in seconds, and logs whether that is a guess.
#[must_use]
pub fn probe_length(file: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.words(
        "-v warning -select_streams a -show_entries format=format_name,duration -of default=nokey=1:noprint_wrappers=1",
    );
    args.output(file);
    args.into_args()
}

/// Prints the time codes that the streams and the container of `footage` are labelled with, one a line.
#[must_use]
pub fn probe_time_code(footage: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.words("-v error -show_entries stream_tags=timecode:format_tags=timecode");
    args.words("-of default=nokey=1:noprint_wrappers=1");
    args.output(footage);
    args.into_args()
}

/// Prints a line for every stream of a finished film: kind, size, frames, length and start, as far as it has them.
#[must_use]
pub fn probe_film(film: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.words("-v error -probesize 32 -analyzeduration 0 -of compact=p=0:nk=1 -show_entries");
    args.word("stream=codec_type,width,height,nb_frames,duration,start_pts");
    args.output(film);
    args.into_args()
}
