//! Footage as cameras, phones, recorders and editors write it: a film has every frame of it once and at its time, with its
//! sound, upright and in the right colours. Frames are known by a number that is drawn into them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::loopback::{Loopback, Settings};
use crate::support::{Run, Seen, media, newest};

/// Pixels of the clips, and the frames a second of most.
const WIDTH: usize = 160;
const HEIGHT: usize = 96;
const RATE: usize = 24;

/// The blocks that spell a number: two rows of seven, the lowest bit first.
const BLOCK: (usize, usize) = (WIDTH / 8, HEIGHT / 6);

const X264: &[&str] = &["-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p"];

/// A frame with its number drawn into it.
fn picture(number: usize, is_bright: bool) -> Vec<u8> {
    let mut grey = vec![64; WIDTH * HEIGHT];
    let (across, down) = BLOCK;
    for bit in 0..14 {
        let left = bit % 7 * across + across / 2;
        let top = bit / 7 * down;
        let level = if number >> bit & 1 == 1 { 220 } else { 30 };
        for y in top..top + down {
            grey[y * WIDTH + left..y * WIDTH + left + across].fill(level);
        }
    }
    grey[HEIGHT * 2 / 3 * WIDTH..].fill(if is_bright { 235 } else { 20 });
    grey
}

/// The number that is drawn into a frame.
fn number(grey: &[u8]) -> usize {
    let (across, down) = BLOCK;
    let bit = |bit: usize| {
        let x = bit % 7 * across + across;
        let y = bit / 7 * down + down / 2;
        usize::from(grey[y * WIDTH + x] > 125) << bit
    };
    (0..14).map(bit).sum()
}

/// Writes a clip of numbered frames; every twelfth is bright below, and a beep begins with it.
fn numbered(file: &Path, frames: usize, options: &[&str]) {
    let mut beeps = Vec::new();
    for frame in (0..frames).step_by(12) {
        let at = frame as f64 / RATE as f64;
        beeps.push(format!("between(t\\,{at}\\,{})", at + 0.03));
    }
    let seconds = frames as f64 / RATE as f64;
    let sound = format!("aevalsrc=0.6*sin(2*PI*1000*t)*({}):s=48000:d={seconds}", beeps.join("+"));
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-f", "rawvideo", "-pixel_format", "gray", "-framerate", &RATE.to_string()]);
    ffmpeg.args(["-video_size", &format!("{WIDTH}x{HEIGHT}"), "-i", "pipe:0", "-f", "lavfi", "-i", &sound]);
    ffmpeg.args(options).args(["-c:a", "aac"]).arg(file);
    let mut child = ffmpeg.stdin(Stdio::piped()).spawn().expect("ffmpeg is installed");
    let mut stdin = child.stdin.take().expect("it is piped");
    for frame in 0..frames {
        stdin.write_all(&picture(frame, frame % 12 == 0)).expect("ffmpeg reads");
    }
    drop(stdin);
    assert!(child.wait().expect("it was started").success(), "ffmpeg cannot make {}", file.display());
}

/// Clips that several tests use, each made once.
fn made(name: &str) -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        numbered(&folder.path().join("plain.mp4"), 48, X264);
        let refreshed = [X264, &["-x264-params", "intra-refresh=1:keyint=20"]].concat();
        numbered(&folder.path().join("refreshed.mp4"), 72, &refreshed);
        folder
    });
    folder.path().join(name)
}

/// Writes a file of the streams of `plain.mp4`.
fn copied(run: &Run, name: &str, options: &[&str]) {
    let plain = made("plain.mp4");
    let plain = plain.to_str().expect("test paths are text");
    media::ffmpeg(&[&["-i", plain, "-c", "copy"], options].concat(), &run.path().join(name));
}

/// Renders a storyboard of these shots in a film of `settings`.
fn rendered(run: Run, settings: &str, shots: &[&str]) -> Seen {
    run.board("film.yaml", &board(settings, shots)).args(["render", "film.yaml"]).ok()
}

fn board(settings: &str, shots: &[&str]) -> String {
    let mut text = format!("storyboard: 1\nfilm: {{{settings}}}\nshots:\n");
    for (n, shot) in shots.iter().enumerate() {
        text += &format!("  - {{id: s{n}, {shot}}}\n");
    }
    text
}

const SMALL: &str = "size: 160x96, fps: 24";

/// What ffmpeg writes to standard output for a film.
fn decoded(film: &Path, options: &[&str]) -> Vec<u8> {
    let mut ffmpeg = newest::program("ffmpeg");
    let done = ffmpeg.args(["-v", "error", "-nostdin", "-i"]).arg(film).args(options).arg("-").output();
    done.expect("ffmpeg is installed").stdout
}

/// The frames of a film in grey, in the size of the clips.
fn frames(film: &Path) -> Vec<Vec<u8>> {
    let size = format!("scale={WIDTH}:{HEIGHT},format=gray");
    let bytes = decoded(film, &["-vf", &size, "-fps_mode", "passthrough", "-f", "rawvideo"]);
    bytes.chunks(WIDTH * HEIGHT).map(<[u8]>::to_vec).collect()
}

fn numbers(film: &Path) -> Vec<usize> {
    frames(film).iter().map(|frame| number(frame)).collect()
}

/// When frames become bright, and when beeps begin, in seconds.
struct Moments {
    seen: Vec<f64>,
    heard: Vec<f64>,
}

impl Moments {
    fn of(film: &Path) -> Self {
        let bright: Vec<bool> = frames(film).iter().map(|frame| frame[WIDTH * HEIGHT - WIDTH / 2] > 128).collect();
        let mut seen = Vec::new();
        for (n, &is_bright) in bright.iter().enumerate() {
            if is_bright && (n == 0 || !bright[n - 1]) {
                seen.push(n as f64 / RATE as f64);
            }
        }
        let samples = decoded(film, &["-ac", "1", "-ar", "48000", "-f", "s16le"]);
        let mut heard: Vec<f64> = Vec::new();
        let mut last = None;
        for (n, sample) in samples.chunks(2).enumerate() {
            if i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs() > 4000 {
                if last.is_none_or(|last| n - last > 4800) {
                    heard.push(n as f64 / 48_000.0);
                }
                last = Some(n);
            }
        }
        Self { seen, heard }
    }

    /// Insists that every beep is heard with its bright frame.
    #[track_caller]
    fn assert_in_sync(&self) {
        assert_eq!(self.seen.len(), self.heard.len(), "{:?} {:?}", self.seen, self.heard);
        for (seen, heard) in self.seen.iter().zip(&self.heard) {
            assert!((seen - heard).abs() < 0.025, "{:?} {:?}", self.seen, self.heard);
        }
    }
}

fn film_of(seen: &Seen) -> PathBuf {
    seen.path().join("out/film.mp4")
}

/// What was said, without what the drawing puts between the words.
fn words(seen: &Seen) -> String {
    let words: Vec<&str> = seen.stderr.split_whitespace().filter(|word| *word != "│").collect();
    words.join(" ")
}

#[test]
fn pictures_that_start_after_the_file_does_are_all_there_with_their_sound() {
    let run = Run::new();
    // Run-up of the sound and times in thousandths; no edit lists, in two ways; times that begin anywhere.
    let kinds: [(&str, &[&str]); 5] = [
        ("a.mkv", &[]),
        ("b.mp4", &["-movflags", "+frag_keyframe+empty_moov"]),
        ("c.mp4", &["-use_editlist", "0"]),
        ("d.ts", &[]),
        ("e.mp4", &["-movflags", "+frag_keyframe+empty_moov+delay_moov"]),
    ];
    for (name, options) in kinds {
        copied(&run, name, options);
    }
    let shots = kinds.map(|(name, _)| format!("clip: {name}"));
    let parts = kinds.map(|(name, _)| format!("clip: {name}, in: 0.5, out: 1.5"));
    let shots: Vec<&str> = shots.iter().chain(&parts).map(String::as_str).collect();
    let seen = rendered(run, SMALL, &shots);
    let film = film_of(&seen);
    let whole: Vec<usize> = (0..48).collect();
    let part: Vec<usize> = (12..36).collect();
    assert_eq!(numbers(&film), [whole.repeat(kinds.len()), part.repeat(kinds.len())].concat());
    Moments::of(&film).assert_in_sync();
}

#[test]
fn what_is_heard_before_the_first_picture_leads_in() {
    let run = Run::new();
    let plain = made("plain.mp4");
    let plain = plain.to_str().expect("test paths are text");
    for name in ["late.mp4", "late.mkv"] {
        let late = ["-itsoffset", "0.5", "-i", plain, "-i", plain, "-map", "0:v", "-map", "1:a", "-c", "copy"];
        media::ffmpeg(&late, &run.path().join(name));
    }
    let shots = ["clip: late.mp4", "clip: late.mkv", "clip: late.mp4, in: 0.25, out: 1.5", "clip: late.mp4, in: 1"];
    let seen = rendered(run, SMALL, &shots);
    let film = film_of(&seen);
    let frames = frames(&film);
    let mut shown = Vec::new();
    for frame in &frames {
        // Nothing is seen before the first picture; all else is lighter than black.
        let is_black = frame.iter().all(|level| *level < 24);
        shown.push(if is_black { None } else { Some(number(frame)) });
    }
    let led = |lead: usize, numbers: std::ops::Range<usize>| [vec![None; lead], numbers.map(Some).collect()].concat();
    let expected = [led(12, 0..48), led(12, 0..48), led(6, 0..24), led(0, 12..48)].concat();
    assert_eq!(shown, expected);
    // The sound is half a second earlier than in the clip that it was taken from.
    let moments = Moments::of(&film);
    assert!(moments.heard[0] < 0.025 && (moments.seen[0] - 0.5).abs() < 0.001, "{:?}", moments.heard);
    seen.again().args(["check", "film.yaml"]).ok();
}

#[test]
fn nothing_is_decoded_from_where_pictures_are_only_refreshed() {
    let run = Run::new();
    fs::copy(made("refreshed.mp4"), run.path().join("a.mp4")).expect("copied");
    fs::copy(made("plain.mp4"), run.path().join("b.mp4")).expect("copied");
    // By cut, and out of a dissolve; in the middle of a round of refreshing.
    let dissolve = "clip: b.mp4, transition: {type: dissolve, duration: 0.5}";
    let seen = rendered(run, SMALL, &["clip: b.mp4, out: 1", "clip: a.mp4, in: 1.25, out: 2.5", dissolve]);
    let shown = numbers(&film_of(&seen));
    assert_eq!(shown[..24], (0..24).collect::<Vec<_>>());
    assert_eq!(shown[24..42], (30..48).collect::<Vec<_>>());
    assert_eq!(shown[54..], (12..48).collect::<Vec<_>>());
}

#[test]
fn pictures_that_lean_on_the_group_before_are_not_lost() {
    let run = Run::new();
    let hevc = ["-c:v", "libx265", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p", "-tag:v", "hvc1"];
    let groups = "log-level=error:keyint=30:min-keyint=30:scenecut=0";
    numbered(&run.path().join("a.mp4"), 72, &[&hevc[..], &["-x265-params", groups]].concat());
    let groups = "open-gop=1:keyint=30:min-keyint=30:scenecut=0";
    numbered(&run.path().join("b.mp4"), 72, &[X264, &["-bf", "3", "-x264-params", groups]].concat());
    let parts = ["clip: a.mp4, in: 1.125, out: 2.5", "clip: b.mp4, in: 1.125, out: 2.5"];
    let project = run.args(["--version"]).ok();
    let expected: Vec<usize> = (27..60).chain(27..60).collect();
    for settings in ["size: 160x96, fps: 24, codec: hevc", SMALL, "size: 80x64, fps: 24, fit: crop"] {
        let seen = rendered(project.again(), settings, &parts);
        let film = film_of(&seen);
        if settings != "size: 80x64, fps: 24, fit: crop" {
            assert_eq!(numbers(&film), expected, "{settings}");
        }
        let moments = Moments::of(&film);
        moments.assert_in_sync();
        let bright: Vec<f64> = [9, 21, 42, 54].iter().map(|frame| f64::from(*frame) / 24.0).collect();
        assert_eq!(moments.seen, bright, "{settings}");
    }
}

#[test]
fn pictures_of_uneven_times_are_shown_at_their_times() {
    let run = Run::new();
    let plain = made("plain.mp4");
    let plain = plain.to_str().expect("test paths are text");
    let some = "select='not(between(mod(n,12),3,7))'";
    let uneven = ["-i", plain, "-vf", some, "-fps_mode", "vfr", "-c:v", "libx264", "-crf", "14", "-c:a", "copy"];
    media::ffmpeg(&uneven, &run.path().join("a.mp4"));
    let first = run.path().join("a.mp4");
    media::ffmpeg(&["-i", first.to_str().expect("test paths are text"), "-c", "copy"], &run.path().join("b.mkv"));
    let held = |frame: usize| if (3..=7).contains(&(frame % 12)) { frame / 12 * 12 + 2 } else { frame };
    let expected: Vec<usize> = (0..48).map(held).collect();
    let project = run.args(["--version"]).ok();
    for settings in [SMALL, ""] {
        let seen = rendered(project.again(), settings, &["clip: a.mp4", "clip: b.mkv", "clip: b.mkv, in: 1"]);
        let film = film_of(&seen);
        assert_eq!(numbers(&film), [&expected[..], &expected, &expected[24..]].concat(), "{settings}");
        Moments::of(&film).assert_in_sync();
    }
}

/// The size of a film's picture.
fn size(film: &Path) -> String {
    let mut ffprobe = newest::program("ffprobe");
    ffprobe.args(["-v", "error", "-select_streams", "v", "-of", "csv=p=0", "-show_entries"]);
    let done = ffprobe.arg("stream=width,height").arg(film).output().expect("ffprobe is installed");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// How far the first frames of two films are from each other, in levels.
fn apart(one: &Path, other: &Path) -> f64 {
    let first = |film: &Path| {
        let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p";
        decoded(film, &["-vf", filter, "-frames:v", "1", "-f", "rawvideo"])
    };
    let one = first(one);
    let other = first(other);
    assert_eq!(one.len(), other.len());
    one.iter().zip(&other).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / one.len() as f64
}

/// Footage whose picture is meant to be seen through a matrix of `[a, b, c, d]`: from a point, `ax + cy` to the right and
/// `bx + dy` down.
fn turned([a, b, c, d]: [i32; 4]) -> Vec<u8> {
    let mut bytes = fs::read(made("plain.mp4")).expect("it is there");
    let head = bytes.windows(4).position(|name| name == b"tkhd").expect("it has a track");
    for (at, number) in [(44, a), (48, b), (56, c), (60, d)] {
        bytes[head + at..head + at + 4].copy_from_slice(&(number << 16).to_be_bytes());
    }
    bytes
}

#[test]
fn turned_and_mirrored_footage_is_upright_and_gives_its_shape_to_the_film() {
    let run = Run::new().file("90.mp4", turned([0, 1, -1, 0])).file("180.mp4", turned([-1, 0, 0, -1]));
    let project = run.file("mirrored.mp4", turned([1, 0, 0, -1])).args(["--version"]).ok();
    for (name, expected) in [("90.mp4", "96,160"), ("180.mp4", "160,96"), ("mirrored.mp4", "160,96")] {
        let board = format!("storyboard: 1\nshots:\n  - {{id: a, clip: {name}}}\n");
        let seen = project.again().board("film.yaml", &board).args(["render", "film.yaml"]).ok();
        let film = film_of(&seen);
        assert_eq!(size(&film), expected, "{name}");
        // ffmpeg itself shows footage as it is meant to be seen.
        let apart = apart(&film, &seen.path().join(name));
        assert!(apart < 4.0, "{name}: {apart}");
    }
}

/// The frequency of a film's sound in its second second.
fn hertz(film: &Path) -> usize {
    let samples = decoded(film, &["-ac", "1", "-ar", "8000", "-f", "s16le"]);
    let samples: Vec<i16> = samples.chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
    samples[8000..16_000].windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count()
}

#[test]
fn of_several_tracks_the_one_that_the_file_plays_is_heard() {
    let run = Run::new();
    let plain = made("plain.mp4");
    let plain = plain.to_str().expect("test paths are text");
    let low = ["-f", "lavfi", "-i", "sine=300:r=48000:d=2"];
    let high = ["-f", "lavfi", "-i", "sine=1000:r=48000:d=2"];
    let maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "aac"];
    let sources = [&["-i", plain], &low[..], &high, &maps].concat();
    let second = ["-disposition:a:0", "0", "-disposition:a:1", "default"];
    let first = ["-disposition:a:0", "default", "-disposition:a:1", "0"];
    for (name, flags) in [("second.mp4", second), ("second.mkv", second), ("first.mp4", first)] {
        media::ffmpeg(&[&sources[..], &flags].concat(), &run.path().join(name));
    }
    let project = run.args(["--version"]).ok();
    for (name, track, expected) in [("second.mp4", 2, 1000), ("second.mkv", 2, 1000), ("first.mp4", 1, 300)] {
        let seen = rendered(project.again(), SMALL, &[&format!("clip: {name}")]);
        let heard = hertz(&film_of(&seen));
        assert!(heard.abs_diff(expected) < 20, "{name}: {heard}");
        let said = words(&seen.again().args(["check", "film.yaml"]).ok());
        let expected = [format!("`{name}` has 2 tracks of sound"), format!("track {track} is heard")];
        assert!(expected.iter().all(|part| said.contains(part)) && said.contains("film.yaml:4:"), "{said}");
    }
}

/// How far the rows of a film's frame are from those two above, and from those just above: combs have alike rows at every
/// other place only.
fn combed(film: &Path, width: usize) -> f64 {
    let bytes = decoded(film, &["-vf", "select=eq(n\\,12),format=gray", "-frames:v", "1", "-f", "rawvideo"]);
    let rows: Vec<&[u8]> = bytes.chunks(width).collect();
    let apart = |step: usize| {
        let pairs = rows.iter().zip(&rows[step..]);
        pairs.map(|(a, b)| a.iter().zip(*b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>()).sum::<f64>()
    };
    apart(1) / apart(2).max(1.0)
}

#[test]
fn fields_become_frames_and_it_is_said() {
    let run = Run::new();
    // A bar that moves 12 pixels a field.
    let pan = "color=black:s=320x192:r=50:d=2,geq=lum='if(between(mod(X-12*N\\,320)\\,0\\,80)\\,220\\,30)':cb=128:cr=128,\
               tinterlace=interleave_top,setfield=tff,format=yuv420p";
    let source = ["-f", "lavfi", "-i", pan];
    let h264 = ["-c:v", "libx264", "-crf", "10", "-flags", "+ilme+ildct", "-x264-params", "tff=1"];
    let mpeg2 = ["-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ilme+ildct"];
    media::ffmpeg(&[&source[..], &h264].concat(), &run.path().join("a.mp4"));
    media::ffmpeg(&[&source[..], &mpeg2].concat(), &run.path().join("b.ts"));
    assert!(combed(&run.path().join("a.mp4"), 320) > 2.0, "the footage has combs");
    let project = run.args(["--version"]).ok();
    for name in ["a.mp4", "b.ts"] {
        for rate in [25, 50] {
            let shots = [format!("clip: {name}, out: 1.5")];
            let seen = rendered(project.again(), &format!("size: 320x192, fps: {rate}"), &[&shots[0]]);
            let film = film_of(&seen);
            let combs = combed(&film, 320);
            assert!(combs < 1.5, "{name} at {rate}: {combs}");
            let said = words(&seen.again().args(["check", "film.yaml"]).ok());
            assert!(said.contains(&format!("`{name}` is interlaced")) && said.contains("film.yaml:4:"), "{said}");
            // Every field has its frame where there are as many.
            let bytes = decoded(&film, &["-vf", "format=gray", "-f", "rawvideo"]);
            let rows: Vec<&[u8]> = bytes.chunks(320 * 192).map(|frame| &frame[320 * 96..320 * 97]).collect();
            let moved =
                |pair: &&[&[u8]]| pair[0].iter().zip(pair[1]).filter(|(a, b)| a.abs_diff(**b) > 100).count() > 8;
            let moves = rows.windows(2).filter(moved).count();
            assert!(moves + 2 >= rows.len(), "{name} at {rate}: it moves in {moves} of {} frames", rows.len());
        }
    }
}

/// Two thirds of a second of a test picture in the colours that `zscale` makes, and in those of every screen as `sdr.mp4`.
fn bright(run: &Run, name: &str, primaries: &str, transfer: &str, matrix: &str) {
    let source = "testsrc2=s=160x96:r=24:d=0.67,format=yuv420p,\
                  setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv";
    let converted = format!(
        "{source},zscale=t=linear:npl=203,format=gbrpf32le,zscale=p={primaries}:t={transfer}:m={matrix}:r=tv:npl=203,\
         format=yuv420p10le"
    );
    let coding = format!("log-level=error:colorprim={primaries}:transfer={transfer}:colormatrix={matrix}");
    let hevc = ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "10", "-tag:v", "hvc1", "-x265-params", &coding];
    let tags = ["-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer];
    media::ffmpeg(&[&["-f", "lavfi", "-i", &converted], &hevc[..], &tags].concat(), &run.path().join(name));
    let truth = run.path().join("sdr.mp4");
    if !truth.exists() {
        let tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"];
        media::ffmpeg(&[&["-f", "lavfi", "-i", source], X264, &tags].concat(), &truth);
    }
}

/// What ffprobe says of the colours of a film.
fn tags(film: &Path) -> String {
    let mut ffprobe = newest::program("ffprobe");
    ffprobe.args(["-v", "error", "-select_streams", "v", "-of", "csv=p=0", "-show_entries"]);
    let entries = "stream=codec_name,pix_fmt,color_space,color_transfer,color_primaries";
    let done = ffprobe.arg(entries).arg(film).output().expect("ffprobe is installed");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

#[test]
fn brighter_and_wider_colours_are_brought_to_those_of_the_film() {
    let run = Run::new();
    let kinds = [
        ("hlg.mp4", "bt2020", "arib-std-b67", "bt2020nc", true),
        ("pq.mp4", "bt2020", "smpte2084", "bt2020nc", true),
        ("p3.mp4", "smpte432", "bt709", "bt709", false),
        ("odd.mp4", "bt2020", "arib-std-b67", "bt709", true),
    ];
    for (name, primaries, transfer, matrix, _) in kinds {
        bright(&run, name, primaries, transfer, matrix);
    }
    let project = run.args(["--version"]).ok();
    for (name, .., is_hdr) in kinds {
        let seen = rendered(project.again(), SMALL, &[&format!("clip: {name}")]);
        let film = film_of(&seen);
        assert_eq!(tags(&film), "h264,yuv420p,bt709,bt709,bt709", "{name}");
        let truth = seen.path().join("sdr.mp4");
        let right = apart(&film, &truth);
        let untouched = apart(&seen.path().join(name), &truth);
        assert!(right < 10.0 && right < untouched, "{name}: {right} levels off, and {untouched} before");
        let said = words(&seen.again().args(["check", "film.yaml"]).ok());
        assert_eq!(said.contains("is HDR") && said.contains("film.yaml:4:"), is_hdr, "{said}");
    }
}

#[test]
fn a_film_of_hdr_alone_stays_as_it_is_where_hevc_is_asked_for() {
    let run = Run::new();
    bright(&run, "hlg.mp4", "bt2020", "arib-std-b67", "bt2020nc");
    bright(&run, "pq.mp4", "bt2020", "smpte2084", "bt2020nc");
    let project = run.args(["--version"]).ok();
    let dissolve = "clip: hlg.mp4, transition: {type: dissolve, duration: 0.25}";
    for (size, shots, expected) in [
        ("160x96", ["clip: hlg.mp4", dissolve], "hevc,yuv420p10le,bt2020nc,arib-std-b67,bt2020"),
        ("96x64", ["clip: pq.mp4", "clip: pq.mp4, in: 0.25"], "hevc,yuv420p10le,bt2020nc,smpte2084,bt2020"),
        ("160x96", ["clip: hlg.mp4", "card: {text: One}, duration: 1"], "hevc,yuv420p,bt709,bt709,bt709"),
    ] {
        let seen = rendered(project.again(), &format!("size: {size}, fps: 24, codec: hevc"), &shots);
        assert_eq!(tags(&film_of(&seen)), expected, "{shots:?}");
        let said = words(&seen.again().args(["check", "film.yaml"]).ok());
        assert_eq!(said.contains("is HDR"), expected.contains("709"), "{said}");
    }
}

#[test]
fn damaged_footage_is_an_error_before_anything_is_bought() {
    let whole = fs::read(made("plain.mp4")).expect("it is there");
    let mut torn = whole.clone();
    // The pictures lie at the beginning of the media.
    let media = whole.windows(4).position(|name| name == b"mdat").expect("it has media");
    torn[media + 4..media + 2000].fill(0x55);
    for (name, bytes) in [("half.mp4", &whole[..whole.len() / 2]), ("ftyp.mp4", &whole[..32]), ("torn.mp4", &torn)] {
        let service = Loopback::start(Settings::new());
        let run = Run::new().file(name, bytes);
        let run = service.env().into_iter().fold(run, |run, (name, value)| run.env(&name, value));
        let paid = "prompt: A lamp., provider: ark, model: seedance-2.0, resolution: 480p, duration: 4";
        let board = board(SMALL, &[&format!("clip: {name}"), paid]);
        let seen = run.board("film.yaml", &board).args(["render", "film.yaml", "--yes"]).code(3);
        let said = words(&seen);
        assert!(said.contains(&format!("`{name}` cannot be used: it")) && said.contains("film.yaml:4:"), "{said}");
        assert!(service.ledger().tasks().is_empty(), "{name}: something was bought");
    }
}
