//! Footage from the storyboard to the film: its codec and depth, its points, and what a chain hands on.

use std::path::Path;

use super::faults::wrapped;
use super::film::{ffmpeg, frames_of, lock_of, object};
use super::{board, events, made, render};
use crate::support::{Run, Seen};

/// Three seconds of moving pictures of 10 bits, as large as the small renders; their groups have half a second.
fn with_storm(run: Run, name: &str, codec: &str) -> Run {
    let out = run.path().join(name);
    let source = "-v error -f lavfi -i testsrc2=s=864x496:r=24:d=3 -f lavfi -i sine=r=48000:d=3 -ac 2 -shortest \
                  -vf setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709 -colorspace bt709 \
                  -color_range tv";
    let args: Vec<&str> = source.split_whitespace().chain(codec.split_whitespace()).collect();
    ffmpeg(&[&args[..], &[out.to_str().expect("test paths are text")]].concat(), "ffmpeg");
    run
}

const HEVC: &str =
    "-c:v libx265 -tag:v hvc1 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none:keyint=12:open-gop=0";

fn film(codec: &str, shots: &str) -> String {
    board(shots).replace("shots:\n", &format!("film: {{codec: {codec}, size: 864x496}}\nshots:\n"))
}

/// What was said of a shot in a run.
fn notes(seen: &Seen, shot: &str) -> Vec<String> {
    let noted = events(seen).into_iter().filter(|event| event["event"] == "film_noted");
    let said = noted.filter_map(|event| Some(event["message"].as_str()?.strip_prefix(shot)?.to_owned()));
    said.collect()
}

/// Frame `n` of a video as RGB, in 64 by 36 pixels.
fn frame(video: &Path, n: u64) -> Vec<u8> {
    let filter = format!("select=eq(n\\,{n}),scale=in_color_matrix=bt709,format=rgb24,scale=64:36:flags=area");
    let args = ["-v", "error", "-i", video.to_str().expect("test paths are text"), "-vf", &filter];
    ffmpeg(&[&args[..], &["-frames:v", "1", "-f", "rawvideo", "-"]].concat(), "ffmpeg")
}

/// How far two pictures are from each other, in levels.
fn apart(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

#[test]
fn deep_footage_in_a_film_of_its_codec_stays_as_it_is_and_hands_on_the_frame_at_its_out_point() {
    let shots = "  - {id: storm, clip: storm.mp4, in: 0.25, out: 2.25, return_last_frame: true}\n  \
                 - {id: after, prompt: The calm, seam: keep}\n  - {id: whole, clip: storm.mp4}\n";
    let run = with_storm(Run::new().board("film.yaml", &film("hevc", shots)), "storm.mp4", HEVC);
    let seen = render(run).ok();
    let taken = lock_of(&seen).shots;
    let storm = &taken[&"storm".parse().expect("a shot id")];
    let video = &storm.facts.video;
    assert_eq!((video.codec.as_str(), video.pixels.as_str(), video.frames), ("hevc", "yuv420p10le", 48));
    let file = seen.path().join("storm.mp4");
    let whole = &taken[&"whole".parse().expect("a shot id")];
    assert_eq!(whole.clip, storyreel::store::digest_of(&file).expect("it is read"));
    let said = [notes(&seen, "storm: "), notes(&seen, "whole: ")];
    assert!(said[0][0].ends_with(" encoded at its in and out points"), "{said:?}");
    assert_eq!(said[0][1], "48 frames copied");
    assert_eq!(said[1], ["the footage is used as it is", "72 frames copied"]);
    let out = seen.path().join("out/film.mp4");
    assert_eq!(frames_of(&out), 48 + 96 + 72);
    let entries =
        ["-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name,pix_fmt", "-of", "csv=p=0"];
    let stream = ffmpeg(&[&entries[..], &[out.to_str().expect("test paths are text")]].concat(), "ffprobe");
    assert_eq!(String::from_utf8_lossy(&stream).trim(), "hevc,yuv420p10le");
    // Frame 6 is the first, 53 the last.
    let handed = frame(&object(&seen, storm.last_frame.expect("it is handed on")), 0);
    let distances: Vec<f64> = (52..55).map(|n| apart(&handed, &frame(&file, n))).collect();
    assert!(
        distances[1] < 1.0 && distances[1] < distances[0] / 2.0 && distances[1] < distances[2] / 2.0,
        "{distances:?}"
    );
    assert!(apart(&frame(&out, 0), &frame(&file, 6)) < 1.0 && apart(&frame(&out, 47), &frame(&file, 53)) < 1.0);
    // Nothing is made again, and the report says what was done.
    let seen = render(seen.again()).ok();
    assert!(made(&seen).is_empty());
    let seen = seen.again().args(["report", "film.yaml", "-o", "page.html"]).ok();
    let page = std::fs::read_to_string(seen.path().join("page.html")).expect("it is written");
    assert!(page.contains("encoded at its in and out points") && page.contains("the footage is used as it is"));
}

#[test]
fn footage_in_prores_is_copied_and_other_footage_says_why_it_is_encoded() {
    let shots = "  - {id: storm, clip: storm.mov}\n  - {id: fast, clip: fast.mp4, in: 1}\n";
    let run = with_storm(Run::new().board("film.yaml", &film("prores", shots)), "storm.mov", "-c:v prores_ks");
    let run = with_storm(run, "fast.mp4", &format!("{HEVC} -r 30"));
    let seen = render(run).args(["-v"]).ok();
    assert_eq!(
        notes(&seen, "storm: ")[..2],
        ["the footage is used as it is", "72 frames copied; its sound is not plain AAC of one or two channels"]
    );
    let fast = notes(&seen, "fast: ");
    assert_eq!(fast[0], "the footage is encoded: the clip has 30 frames a second, the film 24");
    assert!(fast[1].starts_with("48 frames copied"), "{fast:?}");
    let plain = seen.again().args(["render", "film.yaml", "-v", "--progress", "plain", "-o", "again.mov"]).ok();
    plain.err_has("storm: 72 frames copied");
}

#[test]
fn footage_that_changes_while_it_is_read_is_noticed() {
    let run = with_storm(
        Run::new().board("film.yaml", &film("hevc", "  - {id: a, clip: storm.mp4, in: 1}\n")),
        "storm.mp4",
        HEVC,
    );
    let program = wrapped(
        run.path(),
        &format!("case \"$*\" in *storm.mp4*) printf free >> {}/storm.mp4;; esac", run.path().display()),
    );
    let seen = render(run).env("STORYREEL_FFMPEG", &program).code(5);
    assert!(seen.stdout.contains("`storm.mp4` changed while the film was being made"), "{}", seen.stdout);
}

#[test]
fn a_service_is_given_footage_in_a_codec_that_it_reads() {
    let shots = "  - {id: storm, clip: storm.mov, in: 0.5}\n  \
                 - {id: boat, prompt: A boat, references: {videos: [{clip_of: storm}]}}\n";
    let run = with_storm(Run::new().board("film.yaml", &film("prores", shots)), "storm.mov", "-c:v prores_ks");
    let log = run.path().join("log");
    let program = wrapped(run.path(), &format!("echo \"$*\" >> '{}'", log.display()));
    let seen = render(run).env("STORYREEL_FFMPEG", &program).ok();
    let calls = std::fs::read_to_string(seen.path().join("log")).expect("it is read");
    let given = calls.lines().filter(|line| line.contains("/objects/") && line.contains("-c:v libx264"));
    assert_eq!(given.count(), 1, "{calls}");
}
