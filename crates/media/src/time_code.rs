//! The time code of footage: the number of its first frame, as the camera wrote it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use storyreel_core::content::FileContent;
use storyreel_core::time_code::TimeCode;
use storyreel_core::units::Rate;
use storyreel_mp4::FileBoxes;

use crate::media::Ffmpeg;

/// Bytes of an index that is read; one with the tables of a day of film has fewer.
const LARGEST_INDEX: u64 = 256 << 20;

/// The time code of the first frame of `footage`, whose rate is `rate`; `None` where it has none, or none that can be
/// read. `ffmpeg` is for files that are neither MP4 nor `QuickTime`.
pub async fn time_code(footage: &Path, rate: Rate, ffmpeg: Option<&Ffmpeg>) -> Option<TimeCode> {
    let content = File::open(footage).and_then(FileContent::read).ok()?;
    match content {
        FileContent::Mp4 | FileContent::Mov => of_track(footage).ok().flatten(),
        _ => TimeCode::read(&ffmpeg?.told_time_code(footage).await.ok()??, rate),
    }
}

/// The time code of a track in an MP4 or `QuickTime` file.
fn of_track(footage: &Path) -> io::Result<Option<TimeCode>> {
    let mut file = File::open(footage)?;
    let bytes = file.metadata()?.len();
    let mut index = None;
    for found in FileBoxes::new(&mut file, bytes) {
        let found = found?;
        if found.name == *b"moov" {
            index = Some(found);
            break;
        }
    }
    let Some(index) = index.filter(|index| index.end <= bytes && index.content_length() <= LARGEST_INDEX) else {
        return Ok(None);
    };
    let Some(track) = storyreel_mp4::time_code(&index.read(&file)?) else { return Ok(None) };
    file.seek(SeekFrom::Start(track.offset))?;
    let mut number = [0; 4];
    file.read_exact(&mut number)?;
    let frames = u64::from(u32::from_be_bytes(number));
    let frames_per_second = u64::from(track.frames_per_second);
    Ok(Some(TimeCode { frames, frames_per_second, drops_frames: track.drops_frames }))
}
