//! The facts of a clip from its index alone, where they can be trusted to be what ffprobe would say of it.
//!
//! Starting ffprobe takes longer than encoding a second of a clip, and a film may have hundreds. What is out of the
//! ordinary is left to it: fragments, edit lists that hide pictures, uneven times, turned or interlaced pictures, codecs
//! other than H.264 and AAC.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use storyreel_core::clip::{AudioFacts, ClipFacts, ColourTags, Colours, StreamKind, StreamParameters, VideoFacts};
use storyreel_core::units::{Digest, Rate, Size};
use storyreel_mp4::{Chroma, CodedFormat, Sample, Track, aac};

use super::probe::{Measured, PictureTimes, PictureView, SoundTracks};
use super::source::ClipSource;

/// Fewer pictures do not show how far apart pictures are.
const FEWEST: usize = 3;

/// The highest rate that ffmpeg takes for one of film or television, in frames a second.
const FASTEST: u32 = 120;

/// Below this many samples a second, AAC may come with an extension that only a decoder finds (ISO/IEC 14496-3, 1.6.5).
const SLOWEST_PLAIN: u32 = 32_000;

/// A picture that an index tells all of.
struct IndexedPicture {
    video: VideoFacts,
    /// The colour matrix as ffmpeg names it, when it is told.
    matrix: Option<&'static str>,
    colours: Colours,
}

impl ClipSource {
    /// What is known of a clip of `bytes` bytes; `None` where its index does not tell all.
    pub(super) fn measured(&self, bytes: u64) -> io::Result<Option<Measured>> {
        let Some(IndexedPicture { video, matrix, colours }) = self.video() else { return Ok(None) };
        let audio = match self.sound_track() {
            None => None,
            Some(track) => match audio(track) {
                None => return Ok(None),
                facts => facts,
            },
        };
        if !self.has_whole_units()? {
            return Ok(None);
        }
        let view = PictureView { size: video.size, is_interlaced: false, colours };
        let times = PictureTimes::plain(&video);
        let sounds = SoundTracks { count: usize::from(audio.is_some()), heard: 0 };
        let facts = ClipFacts { video, audio, bytes };
        Ok(Some(Measured { facts, matrix: matrix.map(str::to_owned), odd: None, view, times, sounds }))
    }

    /// The picture, where its index tells all.
    fn video(&self) -> Option<IndexedPicture> {
        let track = self.picture_track().filter(|track| track.upright)?;
        let entry = track.entry.as_deref()?;
        let format = CodedFormat::of(entry)?;
        let matrix = matrix(format.matrix);
        if matrix.is_none() && format.matrix != CodedFormat::UNTOLD_COLOUR {
            return None;
        }
        let tags = ColourTags {
            primaries: Some(primaries(format.primaries)?).filter(|name| *name != UNTOLD),
            transfer: Some(transfer(format.transfer)?).filter(|name| *name != UNTOLD),
            matrix,
        };
        let (stamps, scale) = self.stamps()?;
        let rate = rate(&stamps, scale)?;
        let shown_until = track.shown_until.unwrap_or(i64::MAX);
        let hides_pictures = track.samples.iter().any(|sample| sample.shown >= shown_until);
        if stamps.first() != Some(&0) || hides_pictures {
            return None;
        }
        let video = VideoFacts {
            codec: "h264".into(),
            size: Size::new(format.width, format.height),
            pixels: pixels(format)?.into(),
            rate,
            frames: stamps.len() as u64,
            parameters: StreamParameters {
                kind: StreamKind::Regular,
                fingerprint: Digest::of(storyreel_mp4::avc_record(entry)?).hex(),
                ticks: Some(scale.into()),
            },
        };
        Some(IndexedPicture { video, matrix, colours: Colours::of(tags) })
    }

    /// Whether the pictures are made of whole NAL units: what ffprobe finds out by decoding the first of them.
    fn has_whole_units(&self) -> io::Result<bool> {
        let mut file = File::open(&self.path)?;
        for sample in self.pictures() {
            if !is_whole(&mut file, sample)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether the lengths of the NAL units in `sample` add up to its own.
fn is_whole(file: &mut File, sample: &Sample) -> io::Result<bool> {
    let mut rest = u64::from(sample.size);
    file.seek(SeekFrom::Start(sample.offset))?;
    while rest >= 4 {
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        rest -= 4;
        if length == 0 || u64::from(length) > rest {
            return Ok(false);
        }
        rest -= u64::from(length);
        file.seek_relative(length.into())?;
    }
    Ok(rest == 0)
}

/// The rate of pictures that are shown at exactly equal distances. `None` for rates that are neither whole nor those of
/// television, where ffprobe may take another for the real one.
fn rate(stamps: &[i64], scale: u32) -> Option<Rate> {
    let distance = stamps.get(1)?.checked_sub(*stamps.first()?)?;
    let distance = u32::try_from(distance).ok().filter(|&distance| distance > 0)?;
    let even = stamps.windows(2).all(|pair| pair[1] - pair[0] == i64::from(distance));
    let rate = Rate::reduced(scale.into(), distance.into())?;
    let usual = matches!(rate.den, 1 | 1001) && rate.num <= FASTEST * rate.den;
    (even && usual && stamps.len() >= FEWEST).then_some(rate)
}

/// The pixel format as ffmpeg names it.
fn pixels(format: CodedFormat) -> Option<&'static str> {
    match (format.chroma, format.depth) {
        (Chroma::Quarter, 8) => Some("yuv420p"),
        (Chroma::Quarter, 10) => Some("yuv420p10le"),
        (Chroma::Half, 8) => Some("yuv422p"),
        (Chroma::Half, 10) => Some("yuv422p10le"),
        (Chroma::Full, 8) => Some("yuv444p"),
        (Chroma::Full, 10) => Some("yuv444p10le"),
        _ => None,
    }
}

/// A colour matrix as ffmpeg names it; `None` for the rare ones and the one that is not told.
fn matrix(number: u32) -> Option<&'static str> {
    match number {
        1 => Some("bt709"),
        5 => Some("bt470bg"),
        6 => Some("smpte170m"),
        9 => Some("bt2020nc"),
        _ => None,
    }
}

/// What ffmpeg calls colours that are not told.
const UNTOLD: &str = "unknown";

/// Primaries as ffmpeg names them; `None` for the rare ones.
fn primaries(number: u32) -> Option<&'static str> {
    match number {
        1 => Some("bt709"),
        CodedFormat::UNTOLD_COLOUR => Some(UNTOLD),
        5 => Some("bt470bg"),
        6 => Some("smpte170m"),
        9 => Some("bt2020"),
        _ => None,
    }
}

/// A transfer as ffmpeg names it; `None` for the rare ones.
fn transfer(number: u32) -> Option<&'static str> {
    match number {
        1 => Some("bt709"),
        CodedFormat::UNTOLD_COLOUR => Some(UNTOLD),
        6 => Some("smpte170m"),
        16 => Some("smpte2084"),
        18 => Some("arib-std-b67"),
        _ => None,
    }
}

fn audio(track: &Track) -> Option<AudioFacts> {
    let config = track.entry.as_deref().and_then(aac::Config::of)?;
    let plain = config.rate() >= SLOWEST_PLAIN && !track.samples.is_empty();
    plain.then(|| AudioFacts { codec: "aac".into(), sample_rate: config.rate(), channels: config.channels() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::media::Ffmpeg;
    use crate::media::probe::{Fingerprint, from_index};

    /// Pictures and sound of two seconds.
    const PICTURE: &str = "-f lavfi -i testsrc2=size=96x64:rate=24:duration=2";
    const SOUND: &str = "-f lavfi -i sine=frequency=300:duration=2:sample_rate=48000";

    /// A file as ffmpeg writes it with `options`.
    struct Written {
        sources: String,
        options: &'static str,
        /// Whether its index tells all.
        plain: bool,
    }

    fn silent(options: &'static str, plain: bool) -> Written {
        Written { sources: PICTURE.to_owned(), options, plain }
    }

    fn sounding(options: &'static str, plain: bool) -> Written {
        Written { sources: format!("{PICTURE} {SOUND}"), options, plain }
    }

    fn files() -> Vec<Written> {
        vec![
            silent("-c:v libx264", true),
            silent("-c:v libx264 -bf 0 -g 12 -pix_fmt yuv420p -profile:v baseline", true),
            silent("-c:v libx264 -pix_fmt yuv420p10le", true),
            silent("-c:v libx264 -pix_fmt yuv422p -colorspace bt709 -color_primaries bt709 -color_trc bt709", true),
            silent("-c:v libx264 -pix_fmt yuv444p -colorspace smpte170m", true),
            silent("-c:v libx264 -r 30000/1001", true),
            silent("-c:v libx264 -vf scale=90:62,setsar=1 -x264-params cqm=jvt", true),
            silent("-c:v libx264 -video_track_timescale 90000 -movflags +faststart", true),
            silent("-c:v libx264 -movflags write_colr -colorspace bt709 -color_trc bt709 -color_primaries bt709", true),
            sounding("-c:v libx264 -c:a aac", true),
            sounding("-c:v libx264 -c:a aac -ac 2 -ar 44100", true),
            sounding("-c:v libx264 -c:a aac -ar 24000", false),
            sounding("-c:v libx264 -c:a libmp3lame", false),
            sounding("-map 1 -map 0 -c:v libx264 -c:a aac", false),
            silent("-map 0 -map 0 -c:v libx264", false),
            silent("-c:v libx264 -color_range pc", false),
            silent("-c:v libx264 -flags +ildct+ilme -x264-params tff=1", false),
            silent("-c:v libx264 -vf setsar=4/3", false),
            silent("-c:v libx264 -frames:v 2", false),
            silent("-c:v libx264 -vf setpts=PTS+0.3*random(0)/TB -fps_mode vfr", false),
            silent("-c:v libx264 -movflags frag_keyframe+empty_moov", false),
            silent("-c:v libx265 -x265-params log-level=error", false),
            silent("-c:v mpeg4", false),
            silent("-c:v libx264 -output_ts_offset 0.5", false),
        ]
    }

    /// Writes `file` with ffmpeg.
    fn write(sources: &str, options: &str, file: &Path) {
        let arguments = format!("-nostdin -v error -y {sources} {options}");
        let status = Command::new("ffmpeg").args(arguments.split_whitespace()).arg(file).status();
        assert!(status.expect("ffmpeg is there").success(), "{options}");
    }

    /// Asserts that the index says what ffprobe says, where it says anything. Gives whether it does.
    async fn agrees(ffmpeg: &Ffmpeg, file: &Path, what: &str) -> bool {
        let bytes = file.metadata().expect("it is there").len();
        let index = from_index(file, bytes).await;
        if let Some(index) = &index {
            let probed = ffmpeg.probed(file, Fingerprint::Wanted, bytes).await.expect("it is a clip");
            assert_eq!(*index, probed, "{what}");
        }
        index.is_some()
    }

    #[test]
    fn an_index_says_what_ffprobe_says_or_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let ffmpeg = Ffmpeg::find(None).expect("ffmpeg is there");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        for (n, written) in files().into_iter().enumerate() {
            let file = folder.path().join(format!("{n}.mp4"));
            write(&written.sources, written.options, &file);
            let told = runtime.block_on(agrees(&ffmpeg, &file, written.options));
            assert_eq!(told, written.plain, "{}", written.options);
        }
        let whole = folder.path().join("9.mp4");
        let input = format!("-i {}", whole.display());
        let copied = folder.path().join("copied.mp4");
        for (options, plain) in [("-c copy", true), ("-ss 0.7 -c copy -t 1", false)] {
            write(&input, options, &copied);
            assert_eq!(runtime.block_on(agrees(&ffmpeg, &copied, options)), plain, "{options}");
        }
        turn(&whole, &copied);
        assert!(!runtime.block_on(agrees(&ffmpeg, &copied, "turned by a quarter")));
    }

    /// Writes `file` with the pictures of `whole` turned by a quarter.
    fn turn(whole: &Path, file: &Path) {
        let mut bytes = std::fs::read(whole).expect("it is there");
        let head = bytes.windows(4).position(|name| name == b"tkhd").expect("it has a track");
        let matrix = [[0, 1, 0], [-1, 0, 0]].concat().into_iter().flat_map(|number: i32| (number << 16).to_be_bytes());
        for (place, byte) in matrix.enumerate() {
            bytes[head + 44 + place] = byte;
        }
        std::fs::write(file, bytes).expect("written");
    }

    fn stamps(distance: i64) -> Vec<i64> {
        (0..4).map(|n| n * distance).collect()
    }

    #[test]
    fn only_usual_rates_are_believed() {
        assert_eq!(rate(&stamps(512), 12_288), Some(Rate::FILM));
        assert_eq!(rate(&stamps(1001), 30_000), Some(Rate { num: 30_000, den: 1001 }));
        assert_eq!(rate(&stamps(41_667), 1_000_000), None);
        assert_eq!(rate(&stamps(1), 1000), None);
        assert_eq!(rate(&[0, 512, 1024, 1600], 12_288), None);
        assert_eq!(rate(&[0, 512], 12_288), None);
        assert_eq!(rate(&[0, 0, 0], 12_288), None);
        assert_eq!(rate(&[i64::MIN, i64::MAX, 0], 12_288), None);
    }
}
