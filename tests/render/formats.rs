//! `film.codec`, `film.fps`, `film.size` and `fit` from the storyboard to the file.

use super::faults::wrapped;
use super::film::{ffmpeg, frames_of};
use super::{board, events, made, render};
use crate::support::{Run, Seen};

/// What ffprobe says of the film's picture.
fn stream(film: &std::path::Path) -> String {
    let entries = "stream=codec_name,width,height,pix_fmt,avg_frame_rate";
    let args = ["-v", "error", "-select_streams", "v", "-show_entries", entries, "-of", "csv=p=0"];
    let film = film.to_str().expect("test paths are text");
    String::from_utf8_lossy(&ffmpeg(&[&args[..], &[film]].concat(), "ffprobe")).trim().to_owned()
}

#[test]
fn a_film_becomes_what_the_storyboard_asks_for_and_no_shot_is_made_again() {
    let shots = "  - {id: words, prompt: A harbour, fit: crop}\n";
    let with = |film: &str| board(shots).replace("shots:\n", &format!("film: {film}\nshots:\n"));
    let seen = render(Run::new().board("film.yaml", &with("{fps: 24, codec: h264}"))).ok();
    let film = seen.path().join("out/film.mp4");
    assert_eq!(stream(&film), "h264,864,496,yuv420p,24/1");
    let seen = render(seen.again().board("film.yaml", &with("{fps: 30, size: 480x854}"))).ok();
    assert!(made(&seen).is_empty(), "a shot was made again");
    assert_eq!((stream(&film).as_str(), frames_of(&film)), ("h264,480,854,yuv420p,30/1", 120));
    let done = events(&seen).into_iter().find(|event| event["event"] == "film_done").expect("it is told");
    assert_eq!(done["why"], "120 of 120 frames (words: the clip is 864x496, the film 480x854)");
}

#[test]
fn films_in_every_codec_have_their_ending() {
    let with = |film: &str| {
        board("  - {id: end, card: The End, duration: 0.5}\n").replace("shots:\n", &format!("film: {film}\nshots:\n"))
    };
    let mut seen = Run::new().args(["--version"]).ok();
    for (film, file, wanted, frames) in [
        ("{codec: hevc, size: 128x96}", "out/film.mp4", "hevc,128,96,yuv420p,24/1", 12),
        ("{codec: av1, size: 128x96, fps: 23.976}", "out/film.mp4", "av1,128,96,yuv420p,24000/1001", 12),
        ("{codec: prores, size: 128x96, fps: 25}", "out/film.mov", "prores,128,96,yuv422p10le,25/1", 13),
    ] {
        seen = render(seen.again().board("film.yaml", &with(film))).ok();
        let file = seen.path().join(file);
        assert_eq!((stream(&file).as_str(), frames_of(&file)), (wanted, frames), "{film}");
    }
    let seen = seen.again().args(["render", "film.yaml", "-o", "film.mp4"]).code(2);
    seen.err_has("ProRes films are QuickTime files: `film.mp4` must end in `.mov`");
}

#[test]
fn an_encoder_that_is_not_there_is_missed_before_anything_is_made() {
    let text = board("  - {id: end, card: The End, duration: 1}\n").replace("shots:\n", "film: {codec: av1}\nshots:\n");
    let run = Run::new().board("film.yaml", &text);
    let line = "case \"$*\" in *-encoders*) ffmpeg \"$@\" | grep -v libsvtav1; exit;; esac";
    let program = wrapped(run.path(), line);
    let seen = render(run).env("STORYREEL_FFMPEG", &program).code(6);
    let seen = seen.err_has("this ffmpeg lacks the encoder libsvtav1, which `film.codec: av1` needs");
    assert!(made(&seen).is_empty() && !seen.path().join("out").exists());
    let seen = seen.again().env("STORYREEL_FFMPEG", &program).args(["doctor"]).ok();
    let seen = seen.out_has("optional film codecs: no encoder for av1 (libsvtav1)");
    seen.again().args(["doctor"]).ok().out_has("ok       film codecs: h264 (libx264), hevc (libx265)");
}

/// Puts a clip of this size and rate, four seconds long, in the place of the one that a shot was made of, as a service
/// may deliver it.
fn deliver(seen: &Seen, shot: &str, size: &str, rate: &str) {
    let file = seen.path().join("delivered.mp4");
    let source = format!("testsrc2=s={size}:r={rate}:d=4");
    let args = ["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-c:v", "libx264", "-pix_fmt", "yuv420p"];
    ffmpeg(&[&args[..], &[file.to_str().expect("test paths are text")]].concat(), "ffmpeg");
    let tools = storyreel_media::media::Ffmpeg::find(None).expect("ffmpeg is installed");
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let facts = runtime.block_on(tools.probe(&file)).expect("it is a clip");
    let bytes = std::fs::read(&file).expect("it was made");
    let clip = storyreel_core::units::Digest::of(&bytes);
    let object = storyreel::store::Store::at(seen.path().join(".storyreel")).object(&clip);
    std::fs::create_dir_all(object.parent().expect("a folder")).expect("made");
    std::fs::write(object, bytes).expect("written");
    let file = seen.path().join("film.lock.yaml");
    let mut lock =
        storyreel_core::lock::Lock::read(&std::fs::read_to_string(&file).expect("there")).expect("it is a lock");
    let taken = lock.shots.get_mut(&shot.parse().expect("a good id")).expect("it is in the lock");
    (taken.clip, taken.facts) = (clip, facts);
    std::fs::write(file, lock.text()).expect("written");
}

#[test]
fn a_film_is_as_most_of_its_clips_came_where_the_storyboard_leaves_it_open() {
    let with = |film: &str| {
        let shots = "  - {id: one, prompt: A}\n  - {id: two, prompt: B}\n  - {id: three, prompt: C}\n";
        board(shots).replace("shots:\n", &format!("film: {film}\nshots:\n"))
    };
    let seen = render(Run::new().board("film.yaml", &with("{chapters: none}"))).ok();
    let film = seen.path().join("out/film.mp4");
    assert_eq!((stream(&film).as_str(), frames_of(&film)), ("h264,864,496,yuv420p,24/1", 3 * 96));
    let fast = |seen: &Seen| seen.again().board("film.yaml", &with("{fps: 30}")).args(["check", "film.yaml"]).ok();
    fast(&seen).err_has("a film of 30 frames a second shows some frames twice");
    deliver(&seen, "one", "640x360", "30");
    fast(&seen).err_has("a film of 30 frames a second shows some frames twice");
    let seen = seen.again().board("film.yaml", &with("{chapters: none}")).args(["--version"]).ok();
    // One of three came otherwise: the film stays as the two others are.
    let seen = render(seen.again()).ok();
    assert_eq!((stream(&film).as_str(), frames_of(&film)), ("h264,864,496,yuv420p,24/1", 3 * 96));
    let done = events(&seen).into_iter().find(|event| event["event"] == "film_done").expect("it is told");
    assert_eq!(done["why"], "96 of 288 frames (one: the clip is 640x360, the film 864x496)");
    deliver(&seen, "three", "640x360", "30");
    for (wish, expected, frames) in [
        ("{chapters: none}", "h264,640,360,yuv420p,30/1", 3 * 120),
        ("{fps: 24}", "h264,640,360,yuv420p,24/1", 3 * 96),
        ("{size: 864x496}", "h264,864,496,yuv420p,30/1", 3 * 120),
    ] {
        let seen = render(seen.again().board("film.yaml", &with(wish))).ok();
        assert!(made(&seen).is_empty(), "a shot was made again");
        assert_eq!((stream(&film).as_str(), frames_of(&film)), (expected, frames), "{wish}");
    }
    // No clip has fewer frames a second than such a film.
    deliver(&seen, "two", "640x360", "30");
    fast(&seen).err_has("3 shots, 12 s, no problems");
}
