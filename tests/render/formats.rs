//! `film.codec`, `film.fps`, `film.size` and `fit` from the storyboard to the file.

use super::faults::wrapped;
use super::film::{ffmpeg, frames_of};
use super::{board, events, made, render};
use crate::support::Run;

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
    seen.err_has("a film in ProRes is a QuickTime file: let `film.mp4` end in `.mov`");
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
