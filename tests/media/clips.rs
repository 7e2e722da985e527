//! Making, cutting and measuring single clips.

#[cfg(unix)]
use std::fs;
use std::time::Duration;

use storyreel_core::clip::Colours;
use storyreel_core::timeline::{Codec, Fit};
use storyreel_core::units::{Rate, Size};
use storyreel_media::media::{Cut, Ffmpeg, MediaError, PaintedSound};

use super::{SMALL, Studio, decoded, probed, reel};

const GUIDE: Option<PaintedSound> = Some(PaintedSound::Guide { hz: 220.0, dbfs: -30.0, voices: None });

fn cut(from: f64, to: Option<f64>) -> Cut {
    let to = to.map(Duration::from_secs_f64);
    Cut {
        from: Duration::from_secs_f64(from),
        to,
        size: SMALL,
        fit: Fit::Letterbox,
        rate: Rate::FILM,
        colours: Colours::default(),
        keep_sound: true,
    }
}

#[test]
fn the_installed_ffmpeg_has_all_that_is_needed() {
    let studio = Studio::new();
    let inspection = studio.wait(studio.ffmpeg.inspect()).unwrap();
    assert!(inspection.is_complete(), "{inspection:?}");
}

/// Both programs of ffmpeg behind scripts that note every start in the file `starts`, and run `line` before the program.
#[cfg(unix)]
pub(super) fn counted_ffmpeg(folder: &std::path::Path, line: &str) -> Ffmpeg {
    use std::os::unix::fs::PermissionsExt as _;
    let real = Ffmpeg::find(None).unwrap();
    for (name, program) in [("ffmpeg", real.ffmpeg_path()), ("ffprobe", real.ffprobe_path())] {
        let file = folder.join(name);
        let starts = folder.join("starts");
        let script =
            format!("#!/bin/sh\necho >> '{}'\n{line}\nexec '{}' \"$@\"\n", starts.display(), program.display());
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    Ffmpeg::find(Some(&folder.join("ffmpeg"))).unwrap()
}

#[cfg(unix)]
#[test]
fn a_build_of_ffmpeg_is_asked_once_what_it_can_do() {
    let studio = Studio::new();
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("cache/ffmpeg");
    let starts = || fs::read_to_string(folder.path().join("starts")).unwrap().len();
    let first = counted_ffmpeg(folder.path(), "# one build");
    let asked = studio.wait(first.inspect_once(Some(&known), &[])).unwrap();
    assert_eq!(starts(), 4, "two versions, encoders, filters");
    assert_eq!(studio.wait(first.inspect_once(Some(&known), &[])).unwrap(), asked);
    assert_eq!(starts(), 4);
    let other = counted_ffmpeg(folder.path(), "# another build, with another length");
    assert_eq!(studio.wait(other.inspect_once(Some(&known), &[])).unwrap(), asked);
    assert_eq!(starts(), 8, "another build may lack something");
    fs::write(&known, "damaged").unwrap();
    assert_eq!(studio.wait(other.inspect_once(Some(&known), &[])).unwrap(), asked);
    assert_eq!(starts(), 12);
    assert_eq!(studio.wait(other.inspect_once(None, &[])).unwrap(), asked);
    assert_eq!(starts(), 16);
}

#[cfg(unix)]
#[test]
fn a_codec_that_was_missing_is_looked_for_again_by_films_in_it_alone() {
    let studio = Studio::new();
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("cache/ffmpeg");
    let starts = || fs::read_to_string(folder.path().join("starts")).unwrap().len();
    let real = Ffmpeg::find(None).unwrap();
    let program = real.ffmpeg_path().display();
    let without =
        format!("case \"$*\" in *-encoders*) '{program}' \"$@\" | grep -v -e libsvtav1 -e prores_ks; exit;; esac");
    let ffmpeg = counted_ffmpeg(folder.path(), &without);
    let inspect = |codecs: &[Codec]| studio.wait(ffmpeg.inspect_once(Some(&known), codecs)).unwrap();
    let asked = inspect(&[Codec::H264]);
    assert_eq!((&asked.missing_codecs[..], starts()), (&[Codec::Av1, Codec::Prores][..], 4));
    assert_eq!((inspect(&[]), inspect(&[Codec::H264, Codec::Hevc])), (asked.clone(), asked.clone()));
    assert_eq!(starts(), 4);
    assert_eq!((inspect(&[Codec::Av1]), starts()), (asked, 8), "a library that came since may have it");
}

#[test]
fn clips_made_here_join_by_copy_whatever_they_show() {
    let studio = Studio::new();
    let clips = [
        studio.painted("flat.mp4", 1, 0, None),
        studio.painted("noise.mp4", 121, 97, GUIDE),
        studio.painted("calm.mp4", 50, 1, Some(PaintedSound::Silence)),
    ];
    let footage = studio.make(
        "footage.mkv",
        "-f lavfi -i testsrc2=s=200x300:r=30:d=3 -f lavfi -i sine=r=44100:d=3 -c:v mpeg4 -c:a aac",
    );
    let part = studio.path("part.mp4");
    studio.wait(studio.ffmpeg.cut(&footage, cut(0.5, Some(2.0)), &part)).unwrap();
    let part = studio.clip(part);
    assert_eq!(part.facts.video.frames, 36);
    assert_eq!(probed(&part.path, "-show_entries stream=duration"), ["1.500000"; 2]);
    for clip in clips.iter().chain([&part]) {
        let video = &clip.facts.video;
        assert!(video.joins_by_copy(&clips[0].facts.video), "{video:?}");
        assert!(!video.is_loose());
        studio.wait(studio.ffmpeg.verify_decodes(&clip.path)).unwrap();
    }
    assert_eq!(
        clips.map(|clip| (clip.facts.video.frames, clip.facts.audio.is_some())),
        [(1, false), (121, true), (50, true)]
    );
}

#[test]
fn a_painted_clip_is_deterministic_and_its_sound_as_long_as_its_picture() {
    let studio = Studio::new();
    let one = studio.painted("one.mp4", 50, 9, GUIDE);
    let two = studio.painted("two.mp4", 50, 9, GUIDE);
    assert_eq!(one.digest, two.digest);
    let times = probed(&one.path, "-show_entries stream=codec_type,duration,start_time,color_space,channels");
    assert_eq!(times, ["video|bt709|0.000000|2.083333", "audio|2|0.000000|2.083333"]);
    let keyframes = probed(&one.path, "-select_streams v -show_entries packet=pts,flags");
    assert_eq!(keyframes.iter().filter(|line| line.contains('K')).count(), 2);
    let pcm = decoded(&one.path, "-map 0:a -f s16le -ac 1");
    let peak = pcm.chunks(2).map(|s| i16::from_le_bytes([s[0], s[1]]).unsigned_abs()).max().unwrap();
    assert!((900..1250).contains(&peak), "{peak}");
}

#[cfg(unix)]
#[test]
fn a_painted_clip_is_known_from_its_index() {
    let studio = Studio::new();
    let folder = tempfile::tempdir().unwrap();
    let counted = counted_ffmpeg(folder.path(), "# a build");
    for (n, tone) in [None, GUIDE, Some(PaintedSound::Silence)].into_iter().enumerate() {
        for rate in [Rate::FILM, Rate { num: 30_000, den: 1001 }, Rate { num: 25, den: 1 }] {
            let mut frames = reel(49, 9);
            frames.rate = rate;
            let path = studio.path(&format!("{n}-{}.mp4", rate.num));
            studio.wait(studio.ffmpeg.encode(frames, tone.clone(), &path)).unwrap();
            let facts = studio.wait(counted.probe(&path)).unwrap();
            assert_eq!((facts.video.rate, facts.video.frames, facts.video.size), (rate, 49, SMALL));
            assert_eq!(facts.audio.is_some(), tone.is_some());
        }
    }
    assert!(!folder.path().join("starts").exists(), "no program was started");
}

#[test]
fn what_cannot_be_made_is_said() {
    let studio = Studio::new();
    let out = studio.path("a.mp4");
    let error = studio.wait(studio.ffmpeg.encode(reel(0, 1), None, &out)).unwrap_err();
    assert!(matches!(error, MediaError::Nothing(_)), "{error}");
    let mut odd = reel(1, 1);
    odd.size = Size::new(95, 64);
    assert!(matches!(studio.wait(studio.ffmpeg.encode(odd, None, &out)), Err(MediaError::OddSize(_))));
    let mut broken = reel(3, 1);
    broken.paint = Box::new(|n, _| assert!(n < 1, "the painter fails on purpose"));
    assert!(matches!(studio.wait(studio.ffmpeg.encode(broken, None, &out)), Err(MediaError::Painter(_))));
    let nowhere = studio.path("no/such/folder/a.mp4");
    let error = studio.wait(studio.ffmpeg.encode(reel(1, 1), None, &nowhere)).unwrap_err();
    assert_eq!(error.to_string(), format!("could not write `{}`", nowhere.display()));
    let footage = studio.painted("footage.mp4", 24, 3, None);
    let error = studio.wait(studio.ffmpeg.cut(&footage.path, cut(1.0, None), &out)).unwrap_err();
    assert!(error.to_string().ends_with("lasts 1.000 s, so it cannot be used from 1.000 s on"), "{error}");
    assert_eq!(studio.names(), ["footage.mp4"]);
}

#[test]
fn footage_is_cut_to_the_frame_and_letterboxed() {
    let studio = Studio::new();
    // Frame n is a shade of its own: 16 + 2 n.
    let footage = studio.make(
        "shades.mp4",
        "-f lavfi -i nullsrc=s=64x64:r=24:d=3,geq=lum=16+2*N:cb=128:cr=128 -c:v libx264 -qp 1 -pix_fmt yuv420p",
    );
    let out = studio.path("part.mp4");
    studio.wait(studio.ffmpeg.cut(&footage, cut(1.0, None), &out)).unwrap();
    let pixels = decoded(&out, "-vf extractplanes=y -f rawvideo");
    let frame = 96 * 64;
    assert_eq!(pixels.len(), 48 * frame);
    for n in 0..48 {
        let (bar, middle) = (pixels[n * frame + 32 * 96], pixels[n * frame + 32 * 96 + 48]);
        assert!(bar < 20, "frame {n} has a bar of {bar}");
        let wanted = 16 + 2 * (24 + n);
        assert!(usize::from(middle).abs_diff(wanted) <= 1, "frame {n} is {middle}, not {wanted}");
    }
}

#[test]
fn damaged_files_are_refused() {
    let studio = Studio::new();
    let good = studio.make(
        "good.mp4",
        "-f lavfi -i testsrc2=s=128x96:r=24:d=3 -f lavfi -i sine=d=3 -c:v libx264 -g 24 -c:a aac -movflags +faststart",
    );
    let bytes = std::fs::read(&good).unwrap();
    let slow = studio.make("slow.mp4", "-i good.mp4 -c copy");
    let write = |name: &str, bytes: &[u8]| {
        let path = studio.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let without_index = write("no-moov.mp4", &std::fs::read(slow).unwrap()[..bytes.len() / 2]);
    let cut_short = write("cut.mp4", &bytes[..bytes.len() * 7 / 10]);
    let last_missing = write("last.mp4", &bytes[..bytes.len() - 3]);
    let text = write("page.mp4", b"<html>502 Bad Gateway</html>");
    let empty = write("empty.mp4", b"");
    for path in [without_index, cut_short, last_missing, text, empty] {
        let error = studio.wait(studio.ffmpeg.probe(&path)).unwrap_err();
        assert!(matches!(error, MediaError::Damaged { .. }), "{}: {error}", path.display());
    }
    let sound = studio.make("sound.m4a", "-f lavfi -i sine=d=1 -c:a aac");
    assert!(matches!(studio.wait(studio.ffmpeg.probe(&sound)), Err(MediaError::NoPicture(_))));
    assert!(matches!(studio.wait(studio.ffmpeg.probe(&studio.path("no.mp4"))), Err(MediaError::File { .. })));

    let mut scratched = bytes.clone();
    let (start, end) = (bytes.len() / 2, bytes.len() / 2 + 2000);
    scratched[start..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
    let scratched = write("scratched.mp4", &scratched);
    studio.wait(studio.ffmpeg.verify_decodes(&good)).unwrap();
    assert!(studio.wait(studio.ffmpeg.verify_decodes(&scratched)).is_err());
}
