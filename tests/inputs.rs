//! Files that a film starts from or is laid over: what no service takes and what does not play is told by `check`, with
//! its place, before anything is bought.

use std::fs;
use std::path::Path;

use crate::loopback::{Loopback, Settings};
use crate::support::{Run, Seen, media};

/// A shot that leans on these references, as a flow map.
fn leaning(model: &str, references: &str) -> String {
    format!(
        "storyboard: 1\ndefaults: {{provider: ark, model: {model}, resolution: 480p, duration: 4}}\nshots:\n  - id: \
         lamp\n    prompt: A lamp.\n    references: {references}\n"
    )
}

/// What `check` says of a storyboard in a project; words without what the drawing puts between them.
#[track_caller]
fn checked(run: Run, text: &str, code: i32) -> String {
    let seen = run.board("film.yaml", text).args(["check", "film.yaml"]).code(code);
    words(&seen)
}

fn words(seen: &Seen) -> String {
    let words: Vec<&str> = seen.stderr.split_whitespace().filter(|word| *word != "│").collect();
    words.join(" ")
}

/// A project with sounds of many lengths and formats.
fn sounds() -> Run {
    let run = Run::new()
        .file("a.png", media::png(640, 400))
        .file("one.wav", media::silence(1))
        .file("two.wav", media::silence(2))
        .file("eight.wav", media::silence(8))
        .file("other.wav", media::silence(9))
        .file("fifteen.wav", media::silence(15))
        .file("sixteen.wav", media::silence(16));
    media::tone(&run.path().join("horn.m4a"), 3, &[]);
    media::tone(&run.path().join("horn.flac"), 3, &[]);
    fs::rename(run.path().join("horn.flac"), run.path().join("named.wav")).expect("renamed");
    run
}

#[test]
fn reference_sounds_are_measured_each_and_together() {
    for (model, audio, expected) in [
        ("seedance-2.0", "[two.wav]", None),
        ("seedance-2.0", "[fifteen.wav]", None),
        (
            "seedance-2.0",
            "[one.wav]",
            Some("`one.wav` lasts 1 s, and seedance-2.0 takes reference sounds of at least 2 s"),
        ),
        ("seedance-2.0", "[sixteen.wav]", Some("`sixteen.wav` lasts 16 s")),
        ("seedance-2.5", "[sixteen.wav]", None),
        ("seedance-2.0", "[eight.wav, other.wav]", Some("the reference sounds last 17.0 s together")),
        (
            "seedance-2.5",
            "[sixteen.wav, fifteen.wav]",
            Some("last 31.0 s together, and seedance-2.5 takes 30 s in all"),
        ),
        ("seedance-2.0", "[horn.m4a]", Some("`horn.m4a` is a sound in m4a; models take wav and mp3")),
        ("seedance-2.0", "[named.wav]", Some("`named.wav` is a sound in flac; models take wav and mp3")),
    ] {
        let text = leaning(model, &format!("{{images: [a.png], audio: {audio}}}"));
        let said = checked(sounds(), &text, if expected.is_some() { 3 } else { 0 });
        assert!(expected.is_none_or(|expected| said.contains(expected)), "{model} {audio}: {said}");
        if expected.is_some() {
            assert!(said.contains("film.yaml:6:"), "it has its place: {said}");
        }
    }
}

#[test]
fn reference_videos_are_measured_too() {
    let run = Run::new();
    for (name, picture) in [
        ("good.mp4", "size=960x540:rate=24:duration=2"),
        ("short.mp4", "size=960x540:rate=24:duration=1"),
        ("long.mp4", "size=960x540:rate=24:duration=9"),
        ("small.mp4", "size=320x320:rate=24:duration=2"),
        ("slow.mp4", "size=960x540:rate=12:duration=2"),
        ("wide.mp4", "size=1600x400:rate=24:duration=2"),
        ("good.mov", "size=960x540:rate=30:duration=2"),
        ("good.mkv", "size=960x540:rate=24:duration=2"),
    ] {
        media::film(&run.path().join(name), picture);
    }
    let project = run.args(["--version"]).ok();
    for (videos, expected) in [
        ("[good.mp4]", None),
        ("[good.mov]", None),
        ("[short.mp4]", Some("`short.mp4` lasts 1 s")),
        ("[long.mp4, long.mp4]", Some("the reference videos last 18.0 s together")),
        ("[small.mp4]", Some("is 320x320, which is 102400 pixels; models take 407696 to 8295044 pixels")),
        ("[slow.mp4]", Some("has 12 frames a second; models take 24 to 60")),
        ("[wide.mp4]", Some("a width of 0.4 to 2.5 times the height")),
        ("[good.mkv]", Some("is a video in mkv; models take mp4 and mov")),
    ] {
        // AtlasCloud takes videos from disk.
        let text = leaning("seedance-2.0", &format!("{{videos: {videos}}}")).replace("ark", "atlascloud");
        let said = checked(project.again(), &text, if expected.is_some() { 3 } else { 0 });
        assert!(expected.is_none_or(|expected| said.contains(expected)), "{videos}: {said}");
    }
}

#[test]
fn clips_of_other_shots_count_by_the_length_that_is_asked_for() {
    let board = |seconds: u32| {
        format!(
            "storyboard: 1\ndefaults: {{provider: ark, resolution: 480p, duration: {seconds}}}\nshots:\n  - {{id: a, \
             prompt: A.}}\n  - {{id: b, prompt: B.}}\n  - {{id: c, prompt: C., references: {{videos: [{{clip_of: a}}, \
             {{clip_of: b}}]}}}}\n"
        )
    };
    checked(Run::new(), &board(7), 0);
    let said = checked(Run::new(), &board(8), 3);
    assert!(said.contains("the reference videos last 16.0 s together"), "{said}");
}

#[test]
fn a_request_that_no_service_takes_is_told_with_its_largest_file() {
    let heavy = |width: u32, bytes: usize| {
        let mut picture = media::png(width, 400);
        picture.resize(bytes, 0);
        picture
    };
    let run = Run::new()
        .file("a.png", heavy(640, 15_000_000))
        .file("b.png", heavy(641, 20_000_000))
        .file("c.png", heavy(642, 15_000_000));
    let project = run.args(["--version"]).ok();
    let all = leaning("seedance-2.0", "\n      images:\n        - a.png\n        - b.png\n        - c.png");
    let said = checked(project.again(), &all, 3);
    assert!(said.contains("the request would have 66.6 MB, and services take 64.0 MB"), "{said}");
    assert!(said.contains("film.yaml:9:"), "the largest file is underlined: {said}");
    let two = leaning("seedance-2.0", "{images: [a.png, b.png]}");
    checked(project.again(), &two, 0);
    // A form carries files as they are.
    checked(project.again(), &all.replace("provider: ark", "provider: cometapi"), 0);
}

#[test]
fn a_picture_of_a_format_that_no_service_takes_is_told() {
    let mut picture = b"P6\n640 400\n255\n".to_vec();
    picture.resize(picture.len() + 640 * 400 * 3, 9);
    let run = Run::new().file("a.png", picture);
    let said = checked(run, &leaning("seedance-2.0", "{images: [a.png]}"), 3);
    assert!(said.contains("`a.png`"), "{said}");
}

/// Damaged films: the first half, and the first box alone.
fn damaged(run: &Run) -> Vec<&'static str> {
    media::mp4(&run.path().join("whole.mp4"));
    let whole = fs::read(run.path().join("whole.mp4")).expect("it is there");
    let length = u32::from_be_bytes([whole[0], whole[1], whole[2], whole[3]]) as usize;
    let write = |name: &str, bytes: &[u8]| fs::write(run.path().join(name), bytes).expect("written");
    write("half.mp4", &whole[..whole.len() / 2]);
    write("ftyp.mp4", &whole[..length]);
    let mut noise = whole.clone();
    let picture = whole.windows(4).position(|name| name == b"mdat").expect("it has pictures") + 4;
    let end = whole.windows(4).position(|name| name == b"moov").expect("it has an index") - 4;
    noise[picture..end].iter_mut().enumerate().for_each(|(n, byte)| *byte = (n * 7 + n / 11) as u8);
    write("noise.mp4", &noise);
    vec!["half.mp4", "ftyp.mp4", "noise.mp4"]
}

#[test]
fn damaged_footage_is_told_before_the_shot_beside_it_is_bought() {
    let run = Run::new();
    let names = damaged(&run);
    let project = run.args(["--version"]).ok();
    let board = |name: &str| {
        format!(
            "storyboard: 1\ndefaults: {{resolution: 480p, duration: 4}}\nshots:\n  - {{id: lamp, prompt: A lamp., \
             provider: ark}}\n  - id: old\n    clip: {name}\n"
        )
    };
    for name in names {
        let said = checked(project.again(), &board(name), 3);
        assert!(said.contains(&format!("`{name}` cannot be used")) && said.contains("film.yaml:6:"), "{name}: {said}");
        let service = Loopback::start(Settings::new());
        let run = service.env().into_iter().fold(project.again(), |run, (name, value)| run.env(&name, value));
        run.board("film.yaml", &board(name)).args(["render", "film.yaml", "--yes"]).code(3);
        assert_eq!(service.ledger().tasks().len(), 0, "{name}: nothing is bought");
    }
    checked(project.again(), &board("whole.mp4"), 0);
}

/// Sounds that do not play: half of an m4a with its index at either end, a WAVE header alone, one without samples, and
/// noise that begins like an MP3.
fn silent(folder: &Path) -> Vec<&'static str> {
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("written");
    media::tone(&folder.join("whole.m4a"), 6, &[]);
    let whole = fs::read(folder.join("whole.m4a")).expect("it is there");
    write("cut.m4a", &whole[..whole.len() / 2]);
    media::tone(&folder.join("fast.m4a"), 6, &["-movflags", "+faststart"]);
    let fast = fs::read(folder.join("fast.m4a")).expect("it is there");
    write("cut-fast.m4a", &fast[..fast.len() / 2]);
    write("hdr.wav", &media::wav()[..36]);
    write("empty.wav", &media::silence(0));
    let mut state = 1_u32;
    let mut noise = vec![0xFF, 0xFB, 0x90, 0x64];
    noise.extend((0..20_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    }));
    write("noise.mp3", &noise);
    write("tagged.mp3", &[&b"ID3\x03\0\0\0\0\0\0"[..], &noise[4..6000]].concat());
    vec!["cut.m4a", "cut-fast.m4a", "hdr.wav", "empty.wav", "noise.mp3", "tagged.mp3"]
}

#[test]
fn music_and_narration_that_do_not_play_are_told() {
    let run = Run::new();
    let names = silent(run.path());
    media::tone(&run.path().join("whole.mp3"), 3, &[]);
    fs::copy(run.path().join("whole.m4a"), run.path().join("brand.m4a")).expect("copied");
    let mut brand = fs::read(run.path().join("whole.m4a")).expect("it is there");
    brand[8..12].copy_from_slice(b"isom");
    fs::write(run.path().join("brand.m4a"), brand).expect("written");
    let project = run.args(["--version"]).ok();
    let board = |key: &str, name: &str| {
        format!("storyboard: 1\nfilm:\n  {key}: {name}\nshots:\n  - {{id: lamp, prompt: A lamp.}}\n")
    };
    for key in ["music", "narration"] {
        for name in &names {
            let said = checked(project.again(), &board(key, name), 3);
            assert!(
                said.contains(&format!("`{name}` cannot be used")) && said.contains("film.yaml:3:"),
                "{key} {name}: {said}"
            );
        }
        for good in ["whole.m4a", "brand.m4a", "whole.mp3"] {
            checked(project.again(), &board(key, good), 0);
        }
    }
    let late = "storyboard: 1\nfilm:\n  music: {file: whole.mp3, in: 9}\nshots:\n  - {id: lamp, prompt: A lamp.}\n";
    let said = checked(project.again(), late, 3);
    assert!(said.contains("`whole.mp3` ends at"), "{said}");
}

#[test]
fn two_films_in_one_file_are_told_by_check() {
    let board = "storyboard: 1\nfilm: {output: out/film.mp4}\nshots:\n  - {id: lamp, prompt: A lamp.}\n";
    let run = Run::new().board("one.yaml", board).board("two.yaml", board);
    run.args(["check", "one.yaml", "two.yaml"]).code(2).err_has("two storyboards would write");
}
