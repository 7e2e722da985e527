//! Spoken lines in a finished film and beside it, read back by other programs.

use std::fs;
use std::path::Path;

use super::{events, made, render};
use crate::support::{Run, Seen, newest};

/// Cards of a second or two in which somebody speaks, and a dissolve.
const BOARD: &str = "\
storyboard: 1
title: Words
defaults: {resolution: 480p}
film: {subtitles: sidecar}
shots:
  - {id: a, card: A, duration: 2, dialogue: [{speaker: Mara, line: One more night., at: 0.5}]}
  - id: b
    card: B
    duration: 4
    transition: {type: dissolve, duration: 0.5}
    dialogue:
      - {speaker: Bo, line: 'The lamp has been dark for twenty years, and nobody has asked why.', at: 0}
      - {speaker: Mara, line: '{i}50% 再见、\"quotes\" \\\\N', at: 3}
  - {id: c, card: C, duration: 2}
";

fn board(subtitles: &str) -> String {
    BOARD.replace("subtitles: sidecar", &format!("subtitles: {subtitles}"))
}

fn way(seen: &Seen) -> (String, String) {
    let done = events(seen).into_iter().find(|event| event["event"] == "film_done").expect("the film is done");
    let text = |key: &str| done[key].as_str().unwrap_or_default().to_owned();
    (text("way"), text("why"))
}

fn read(seen: &Seen, name: &str) -> String {
    fs::read_to_string(seen.path().join("out").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names(seen: &Seen) -> Vec<String> {
    let entries = fs::read_dir(seen.path().join("out")).expect("the film is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What a program of ffmpeg says of the film.
fn told(seen: &Seen, program: &str, before: &[&str], after: &[&str]) -> Vec<u8> {
    let film = seen.path().join("out/film.mp4");
    let output = newest::program(program).args(["-v", "error"]).args(before).arg(&film).args(after).output();
    let output = output.expect("ffmpeg is installed");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn files_beside_the_film_come_and_go_with_the_wish_and_corrections_stay() {
    let seen = render(Run::new().board("film.yaml", BOARD)).ok();
    assert_eq!(names(&seen), ["film.mp4", "film.srt", "film.vtt"]);
    assert_eq!(
        read(&seen, "film.srt"),
        "1\n00:00:00,500 --> 00:00:01,500\nOne more night.\n\n\
         2\n00:00:01,500 --> 00:00:04,500\nThe lamp has been dark for twenty\nyears, and nobody has asked why.\n\n\
         3\n00:00:04,500 --> 00:00:05,500\n(i)50% 再见、\"quotes\" \\\\N\n"
    );
    assert_eq!(
        read(&seen, "film.vtt"),
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\n<v Mara>One more night.\n\n\
         00:00:01.500 --> 00:00:04.500\n<v Bo>The lamp has been dark for twenty\nyears, and nobody has asked why.\n\n\
         00:00:04.500 --> 00:00:05.500\n<v Mara>{i}50% 再见、\"quotes\" \\\\N\n"
    );
    // Another time, and nothing else: no shot is made.
    let later = BOARD.replace("at: 0.5", "at: 0.75");
    let seen = render(seen.again().board("film.yaml", &later)).ok();
    assert_eq!(made(&seen), Vec::<String>::new());
    assert!(read(&seen, "film.srt").starts_with("1\n00:00:00,750 --> "));
    // A correction by hand is the user's.
    let by_hand = read(&seen, "film.srt").replace("night", "evening");
    fs::write(seen.path().join("out/film.srt"), &by_hand).expect("it is ours");
    let seen = render(seen.again().board("film.yaml", BOARD)).ok();
    assert_eq!(read(&seen, "film.srt"), by_hand);
    assert!(read(&seen, "film.vtt").contains("00:00:00.500"));
    let told = events(&seen).into_iter().find(|event| event["event"] == "warned").expect("it is said");
    assert!(
        told["message"].as_str().is_some_and(|said| said.contains("`out/film.srt` was not written by storyreel")),
        "{told}"
    );
    let seen = render(seen.again().board("film.yaml", &board("none"))).ok();
    assert_eq!(names(&seen), ["film.mp4", "film.srt"]);
    fs::remove_file(seen.path().join("out/film.srt")).expect("it is there");
    let seen = render(seen.again().board("film.yaml", BOARD)).ok();
    assert!(read(&seen, "film.srt").contains("One more night."));
    let silent: Vec<&str> = BOARD.lines().filter(|line| !line.contains("Mara") && !line.contains("Bo,")).collect();
    let silent = silent.join("\n").replace("    dialogue:\n", "") + "\n  - {id: a, card: A, duration: 2}\n";
    let seen = render(seen.again().board("film.yaml", &silent)).ok();
    assert_eq!(names(&seen), ["film.mp4"], "a film without a word has no files of words");
}

#[test]
fn a_track_of_subtitles_is_read_back_word_for_word() {
    let seen = render(Run::new().board("film.yaml", &board("embed"))).ok();
    assert_eq!(names(&seen), ["film.mp4"]);
    assert_eq!(way(&seen).1, "48 of 180 frames (1 transition)", "a track changes no picture");
    let entries = "stream=codec_name,codec_type,duration";
    let streams = told(&seen, "ffprobe", &["-show_entries", entries, "-of", "csv=p=0"], &[]);
    let streams = String::from_utf8_lossy(&streams).into_owned();
    assert!(streams.contains("mov_text,subtitle,7.5"), "{streams}");
    // The samples as they lie in the file: a length of 16 bits, then the words.
    let mut data = &told(&seen, "ffmpeg", &["-i"], &["-map", "0:s", "-c", "copy", "-f", "data", "-"])[..];
    let mut texts = Vec::new();
    while let [high, low, rest @ ..] = data {
        let (text, rest) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        texts.push(String::from_utf8(text.to_vec()).expect("UTF-8"));
        data = rest;
    }
    let args = ["-select_streams", "s", "-show_entries", "packet=pts_time", "-of", "csv=p=0"];
    let times = String::from_utf8(told(&seen, "ffprobe", &args, &[])).expect("UTF-8");
    let times: Vec<f64> =
        times.split_whitespace().map(|time| time.trim_end_matches(',').parse().expect("a time")).collect();
    let long = "The lamp has been dark for twenty\nyears, and nobody has asked why.";
    assert_eq!(texts, ["", "One more night.", long, "{i}50% 再见、\"quotes\" \\\\N", ""]);
    assert_eq!(times, [0.0, 0.5, 1.5, 4.5, 5.5]);
    let srt = String::from_utf8(told(&seen, "ffmpeg", &["-i"], &["-map", "0:s", "-f", "srt", "-"])).expect("UTF-8");
    assert!(srt.contains("00:00:01,500 --> 00:00:04,500\n") && srt.contains("One more night."), "{srt}");
    let again = render(seen.again().board("film.yaml", &board("embed").replace("One more", "One last"))).ok();
    assert_eq!(made(&again), Vec::<String>::new());
}

/// How bright the brightest pixel of every frame is in the strip of subtitles.
fn strip(film: &Path) -> Vec<u8> {
    let filter = "crop=iw*0.8:ih*0.1:iw*0.1:ih*0.83,format=gray,scale=in_range=tv:out_range=tv";
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(film).args(["-vf", filter, "-f", "rawvideo", "-"]);
    let bytes = ffmpeg.output().expect("ffmpeg is installed").stdout;
    let size = bytes.len() / 180;
    bytes.chunks_exact(size).map(|frame| frame.iter().copied().max().unwrap_or_default()).collect()
}

#[test]
fn burned_words_stand_in_their_frames_and_in_no_other() {
    let seen = render(Run::new().board("film.yaml", &board("burn"))).ok();
    let (way, why) = way(&seen);
    assert!(way == "encoded" && why.contains("1 transition; 3 subtitles"), "{way} {why}");
    let shown: Vec<bool> = strip(&seen.path().join("out/film.mp4")).iter().map(|most| *most > 180).collect();
    // Three cues follow each other from 0.5 s to 5.5 s; the last card has none.
    let expected: Vec<bool> = (0..180).map(|frame| (12..132).contains(&frame)).collect();
    assert_eq!(shown, expected);
    let without = render(seen.again().board("film.yaml", &board("none"))).ok();
    assert_eq!(made(&without), Vec::<String>::new());
    assert!(strip(&without.path().join("out/film.mp4")).iter().all(|most| *most < 120), "nothing may be left of them");
}

/// A frame of the film in grey, row by row.
fn rows(seen: &Seen, second: &str) -> Vec<Vec<u8>> {
    let grey = ["-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-"];
    let bytes = told(seen, "ffmpeg", &["-ss", second, "-i"], &grey);
    let size = told(seen, "ffprobe", &["-show_entries", "stream=width", "-select_streams", "v", "-of", "csv=p=0"], &[]);
    let width = String::from_utf8_lossy(&size).trim_end_matches([',', '\n']).parse().expect("a width");
    bytes.chunks_exact(width).map(<[u8]>::to_vec).collect()
}

/// The rows in which two frames differ by more than `limit` somewhere.
fn unlike(one: &[Vec<u8>], other: &[Vec<u8>], limit: u8) -> Vec<usize> {
    let pairs = one.iter().zip(other).enumerate();
    let differs = |(a, b): (&Vec<u8>, &Vec<u8>)| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > limit);
    pairs.filter(|(_, pair)| differs(*pair)).map(|(row, _)| row).collect()
}

#[test]
fn burned_words_do_not_meet_those_of_the_animatic() {
    for ratio in ["16:9", "9:16"] {
        let text = format!(
            "storyboard: 1\ndefaults: {{resolution: 480p, ratio: '{ratio}', provider: animatic}}\n\
             film: {{subtitles: burn}}\nshots:\n  - id: a\n    prompt: A lamp turns slowly in the rain.\n    duration: 5\n    \
             dialogue: [{{speaker: Mara, line: 'The lamp has been dark for twenty years, and nobody has asked why.', at: 0}}]\n"
        );
        let burned = render(Run::new().board("film.yaml", &text)).ok();
        let words = rows(&burned, "1");
        let plain = render(burned.again().board("film.yaml", &text.replace("burn", "none"))).ok();
        let before = rows(&plain, "1");
        // The picture of an animatic moves, and the panel below it, which has the words, does not.
        let moving = unlike(&before, &rows(&plain, "4"), 24);
        let subtitle = unlike(&words, &before, 90);
        assert!(subtitle.len() > 10, "{ratio}: the words are seen: {subtitle:?}");
        let [.., panel] = moving[..] else { panic!("{ratio}: the picture moves") };
        assert!(panel + 50 < before.len(), "{ratio}: there is a panel below row {panel}");
        assert!(subtitle.last() <= moving.last(), "{ratio}: {subtitle:?} are words, and {moving:?} the picture");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_font_for_its_words_a_film_is_made_and_that_is_told() {
    let fonts = "<?xml version=\"1.0\"?><fontconfig><dir>/nowhere</dir></fontconfig>";
    let text = board("burn").replace("card: A", "card: 灯塔, scene: 港口").replace("card: C", "prompt: 她爬上楼梯");
    let text = text.replace("480p", "480p, provider: animatic").replace("duration: 2}\n", "duration: 4}\n");
    let run = Run::new().board("film.yaml", &text).file("fonts.conf", fonts);
    let fonts = run.path().join("fonts.conf");
    let seen = render(run.env("FONTCONFIG_FILE", &fonts)).ok();
    let seen = seen.err_has("no installed font has some characters in `a`, `b` and `c`");
    let seen = seen.err_has("`灯 U+706F` and `塔 U+5854`").err_has("`再 U+518D`, `见 U+89C1`");
    assert_eq!(made(&seen).len(), 3);
    assert_eq!(names(&seen), ["film.mp4"]);
    assert!(way(&seen).1.contains("subtitles"), "{:?}", way(&seen));
    let bytes =
        told(&seen, "ffmpeg", &["-ss", "1", "-i"], &["-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-"]);
    assert!(bytes.iter().any(|luma| *luma > 200), "signs stand for the words of the card");
    // What is painted stays, and so do the words over the film: only those are told again.
    let again = render(seen.again()).env("FONTCONFIG_FILE", &fonts).ok();
    let again = again.err_has("no installed font has some characters in `b`\n");
    assert_eq!(made(&again), Vec::<String>::new());
}
