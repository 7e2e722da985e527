//! What is written, and over what: output that fails is told, and nothing but a regular file gives way.

#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::FileTypeExt as _;
use std::process::{Command, Stdio};

use crate::support::{Run, Seen, media, newest};

const CARD: &str = "storyboard: 1\ntitle: Plain\nshots:\n  - {id: b, card: {text: Hello}, duration: 1}\n";

fn made() -> Seen {
    Run::new().board("film.yaml", CARD).args(["render", "film.yaml", "-q"]).ok()
}

#[test]
fn nothing_is_written_over_a_pipe() {
    let seen = made();
    fs::create_dir(seen.path().join("man")).expect("the folder is ours");
    let pipes = ["pipe.mp4", "pipe.png", "man/storyreel.1"].map(|name| seen.path().join(name));
    assert!(Command::new("mkfifo").args(&pipes).status().is_ok_and(|status| status.success()));
    for args in [
        &["export", "film.yaml", "--to", "otio", "-o", "pipe.mp4"][..],
        &["report", "film.yaml", "-o", "pipe.mp4"],
        &["report", "film.yaml", "--sheet", "pipe.png"],
        &["render", "film.yaml", "-o", "pipe.mp4"],
        &["plan", "film.yaml", "--out", "pipe.mp4"],
        &["import", "script.fountain", "--force", "-o", "pipe.mp4"],
        &["man", "--dir", "man"],
    ] {
        let script = "INT. HUT - NIGHT\n\nA lamp burns.\n";
        let refused = seen.again().file("script.fountain", script).args(args).run();
        assert!(refused.code.is_some_and(|code| code != 0), "{args:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("it is not a regular file"), "{args:?}: {}", refused.stderr);
        for pipe in &pipes {
            let kind = fs::symlink_metadata(pipe).expect("it is there").file_type();
            assert!(kind.is_fifo(), "{args:?}: it is what it was");
        }
    }
}

#[test]
fn a_device_is_no_place_for_a_file_and_a_folder_neither() {
    let seen = made();
    fs::create_dir(seen.path().join("folder.otio")).expect("the folder is ours");
    for output in ["/dev/stdout", "/dev/null", "folder.otio"] {
        let refused = seen.again().args(["export", "film.yaml", "--to", "otio", "-o", output]).code(2);
        refused.out("").err_has(&format!("`{output}`")).err_has("without `-o` it goes to standard output");
    }
    // What is kept of a lock that cannot be read.
    let seen = seen.again().file("film.lock.yaml", "lock: no").args(["plan", "film.yaml"]).code(1);
    let aside = seen.path().join("film.lock.yaml.old");
    std::os::unix::fs::symlink("/dev/null", &aside).expect("linked");
    let refused = seen.again().args(["lock", "rebuild", "film.yaml"]).code(1);
    refused.err_has("cannot write `film.lock.yaml.old`: it is not a regular file");
    assert!(fs::symlink_metadata(&aside).is_ok_and(|facts| facts.is_symlink()));
}

/// Names under which Linux knows the standard output of whoever asks.
#[cfg(target_os = "linux")]
const STREAMS: [&str; 3] = ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"];

#[test]
#[cfg(target_os = "linux")]
fn the_name_of_a_stream_is_no_file_even_where_it_leads_to_one() {
    let seen = made();
    let target = seen.path().join("target");
    for stream in STREAMS {
        for args in [
            &["export", "film.yaml", "--to", "otio", "-o", stream][..],
            &["report", "film.yaml", "-o", stream],
            &["render", "film.yaml", "-o", stream],
        ] {
            let file = File::create(&target).expect("the folder is ours");
            let (code, said) = with_stdout(&seen, args, file.into());
            assert_eq!(code, Some(2), "{args:?}: {said}");
            assert!(said.contains(&format!("cannot write `{stream}`: it is not a regular file")), "{args:?}: {said}");
            let hint = said.contains("help: without `-o` it goes to standard output");
            assert_eq!(hint, args[0] == "export", "{args:?}: {said}");
            assert_eq!(fs::read(&target).expect("it is there"), b"", "{args:?}");
            assert!(fs::symlink_metadata(stream).is_ok_and(|facts| facts.is_symlink()), "{args:?}");
        }
    }
}

#[test]
fn a_clip_is_copied_over_nothing_but_a_file() {
    let seen = made();
    let export = ["export", "film.yaml", "--to", "otio", "--copy-media", "media"];
    seen.again().args(export).ok();
    let copies: Vec<_> = fs::read_dir(seen.path().join("media")).expect("it is there").collect();
    let [Ok(copy)] = &copies[..] else { panic!("one shot, one copy: {copies:?}") };
    fs::remove_file(copy.path()).expect("it is ours");
    assert!(Command::new("mkfifo").arg(copy.path()).status().is_ok_and(|status| status.success()));
    let name = copy.file_name().to_string_lossy().into_owned();
    seen.again().args(export).code(1).out("").err_has(&name).err_has("it is not a regular file");
    let kind = fs::symlink_metadata(copy.path()).expect("it is there").file_type();
    assert!(kind.is_fifo(), "it is what it was");
    seen.again().args(["export", "film.yaml", "--to", "otio", "--copy-media", "film.yaml"]).code(1).out("");
}

#[test]
fn a_film_that_cannot_be_written_is_refused_before_anything_is_bought() {
    let text = "storyboard: 1\ntitle: Paid\ndefaults: {provider: byteplus, resolution: 480p}\nshots:\n  \
                - {id: a, prompt: Rain.}\n";
    let run = Run::new().board("film.yaml", text).env("BYTEPLUS_API_KEY", "k");
    run.args(["render", "film.yaml", "--yes", "-o", "/dev/null"]).code(2).err_has("it is not a regular file");
}

/// The exit code and the words of a run whose standard output goes there.
fn with_stdout(seen: &Seen, args: &[&str], stdout: Stdio) -> (Option<i32>, String) {
    let mut command = seen.again().args(args).command();
    let done = command.stdin(Stdio::null()).stdout(stdout).output().expect("the program was built");
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_no_success() {
    let seen = made();
    for args in [
        &["plan", "film.yaml"][..],
        &["plan", "film.yaml", "--format", "json"],
        &["graph", "film.yaml"],
        &["export", "film.yaml", "--to", "otio"],
        &["providers"],
        &["schema"],
        &["completions", "bash"],
        &["man"],
        &["doctor"],
        &["store", "ls"],
        &["render", "film.yaml", "--progress", "json"],
    ] {
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let (code, said) = with_stdout(&seen, args, full.into());
        assert_eq!(code, Some(1), "{args:?}: {said}");
        assert!(said.contains("cannot write to standard output"), "{args:?}: {said}");
        // A pipe whose reader is gone.
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let (code, said) = with_stdout(&seen, args, writer.into());
        assert_eq!((code, said.contains("standard output")), (Some(141), false), "{args:?}: {said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_could_say_nothing_is_no_success() {
    let seen = made();
    for progress in ["plain", "auto"] {
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let mut command = seen.again().args(["render", "film.yaml", "--progress", progress]).command();
        let status = command.stdin(Stdio::null()).stderr(full).status().expect("the program was built");
        assert_eq!(status.code(), Some(1), "{progress}");
        // Nobody reading is no fault.
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let mut command = seen.again().args(["render", "film.yaml", "--progress", progress]).command();
        let status = command.stdin(Stdio::null()).stderr(writer).status().expect("the program was built");
        assert_eq!(status.code(), Some(0), "{progress}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn watching_ends_with_a_word_where_nothing_can_be_shown() {
    let full = File::options().write(true).open("/dev/full").expect("Linux has it");
    let (code, said) = with_stdout(&made(), &["watch", "film.yaml"], full.into());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error: cannot write to standard output"), "{said}");
}

#[test]
fn a_playlist_in_disguise_plays_nothing() {
    let evil = b"ID3\x03\0\0\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.0,\nsecret.ts\n";
    let list = b"ffconcat version 1.0\nfile secret.ts\n";
    let cases: [(&str, &str, &[u8], &str); 6] = [
        ("music: evil.mp3", "evil.mp3", evil, "an HLS playlist"),
        ("narration: list.wav", "list.wav", list, "an ffconcat playlist"),
        ("music: list.mp3", "list.mp3", b"#EXTM3U\nsecret.ts\n", "an HLS playlist"),
        ("music: list.mp3", "list.mp3", b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "a session description (SDP)"),
        ("", "list.mp4", list, "an ffconcat playlist"),
        ("", "list.mp4", b"<?xml version=\"1.0\"?>\n<MPD>", "a DASH playlist"),
    ];
    for (film, file, bytes, kind) in cases {
        let shot = if film.is_empty() { "clip: list.mp4" } else { "card: {text: Hello}, duration: 1" };
        let film = if film.is_empty() { String::new() } else { format!("film: {{{film}}}\n") };
        let text = format!("storyboard: 1\ntitle: Plain\n{film}shots:\n  - {{id: b, {shot}}}\n");
        let run = Run::new().board("film.yaml", &text).file(file, bytes).file("secret.ts", media::png(64, 64));
        let seen = run.args(["check", "film.yaml"]).code(3);
        let shown = seen.stderr.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(shown.contains(file) && shown.contains("film.yaml:") && shown.contains(kind), "{}", seen.stderr);
    }
}

#[test]
fn steering_characters_reach_no_tag_and_no_json() {
    let title = "Safe\u{202e}title\u{7}\u{1b}[2J";
    let text = format!(
        "storyboard: 1\ntitle: \"{}\"\nfilm: {{chapters: scenes}}\nshots:\n  - {{id: b, scene: \"S\\u202ex\\u0007\", card: {{text: \
         Hello}}, duration: 1}}\n",
        "Safe\\u202etitle\\u0007\\u001b[2J"
    );
    let seen = Run::new().board("film.yaml", &text).args(["render", "film.yaml", "--progress", "json"]).ok();
    for steering in ['\u{202e}', '\u{7}', '\u{1b}'] {
        assert!(title.contains(steering) && !seen.stdout.contains(steering), "events: {steering:?}");
        for format in ["json", "table", "markdown"] {
            let plan = seen.again().args(["plan", "film.yaml", "--format", format]).ok();
            assert!(!plan.stdout.contains(steering), "{format}: {steering:?}");
        }
    }
    let tags = newest::program("ffprobe")
        .args(["-v", "error", "-show_entries", "format_tags:chapter_tags", "-of", "json"])
        .arg(seen.path().join("out/film.mp4"))
        .output()
        .expect("ffprobe is there");
    let tags = String::from_utf8_lossy(&tags.stdout).into_owned();
    assert!(tags.contains("Safetitle"), "{tags}");
    for steering in ["\u{202e}", "\u{7}", "\u{1b}", "\\u202e", "\\u0007", "\\u001b"] {
        assert!(!tags.contains(steering), "{steering:?}: {tags}");
    }
}

/// What turns the direction of reading, clears a screen, rings, or hides, in the escapes of YAML and JSON.
const STEERING: &str = r"\u202e\u2066\u200f\u061c\u0007\u001b[2J\u009b31m\u007f";

/// Insists that a text steers nothing.
#[track_caller]
fn steers_nothing(what: &str, text: &str) {
    let found = text.chars().find(|&c| !matches!(c, '\n' | '\t') && storyreel_core::sanitize::is_steering(c));
    assert_eq!(found, None, "{what}:\n{}", text.escape_debug());
}

#[test]
fn hostile_words_steer_no_stream_and_no_file() {
    let board = format!(
        r#"storyboard: 1
title: "Title{STEERING}"
description: "About{STEERING}"
defaults: {{style: "Style{STEERING}", resolution: 480p}}
profiles: {{"draft{STEERING}": {{resolution: 480p}}}}
cast: {{mara: {{name: "Mara{STEERING}", look: "Look{STEERING}"}}}}
film: {{chapters: scenes, subtitles: sidecar}}
shots:
  - {{id: a, scene: "Scene{STEERING}", card: {{text: "Card{STEERING}", subtitle: "Under{STEERING}"}}, duration: 1}}
  - id: b
    prompt: "@mara waits{STEERING}"
    notes: "Notes{STEERING}"
    duration: 4
    dialogue: [{{speaker: mara, line: "Line{STEERING}"}}, {{speaker: "Who{STEERING}", line: "Other{STEERING}"}}]
"#
    );
    let seen = Run::new().board("film.yaml", &board).args(["render", "film.yaml", "--progress", "json"]).ok();
    for args in [
        "check film.yaml",
        "plan film.yaml",
        "plan film.yaml --profiles",
        "plan film.yaml --format json",
        "plan film.yaml --format markdown",
        "plan film.yaml --provider byteplus --format json",
        "plan film.yaml --provider byteplus --format markdown",
        "plan film.yaml --compare",
        "plan film.yaml --compare --format json",
        "plan film.yaml --compare --format markdown",
        "plan film.yaml --provider byteplus --out film.plan",
        "render film.yaml --progress plain",
        "render film.yaml --provider byteplus",
        "graph film.yaml",
        "graph film.yaml --format dot",
        "graph film.yaml --format mermaid",
        "graph film.yaml --format svg",
        "export film.yaml --to otio",
        "export film.yaml --to edl",
        "export film.yaml --to srt",
        "export film.yaml --to vtt",
        "export film.yaml --to chapters",
        "report film.yaml -o report.html",
        "store ls",
        "status",
        "status --format json",
        "doctor out/film.mp4",
        "lock rebuild film.yaml",
    ] {
        let said = seen.again().args(args.split(' ')).run();
        steers_nothing(&format!("{args}: out"), &said.stdout);
        steers_nothing(&format!("{args}: err"), &said.stderr);
    }
    for file in ["film.lock.yaml", "film.plan", "report.html", "out/film.srt", "out/film.vtt"] {
        let text = fs::read_to_string(seen.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        steers_nothing(file, &text);
    }
    let show = "format_tags:chapter_tags:stream_tags";
    let tags = newest::program("ffprobe")
        .args(["-v", "error", "-show_entries", show, "-of", "json"])
        .arg(seen.path().join("out/film.mp4"))
        .output();
    let tags = String::from_utf8(tags.expect("ffprobe is there").stdout).expect("JSON is text");
    let tags: serde_json::Value = serde_json::from_str(&tags).expect("it is JSON");
    each_text(&tags, &mut |text| steers_nothing("a tag of the film", text));
}

fn each_text(value: &serde_json::Value, check: &mut dyn FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => check(text),
        serde_json::Value::Array(list) => list.iter().for_each(|value| each_text(value, check)),
        serde_json::Value::Object(map) => map.values().for_each(|value| each_text(value, check)),
        _ => {}
    }
}

#[test]
fn names_of_the_command_line_steer_nothing_either() {
    let nasty = "x\u{1b}[2J\u{202e}\u{7}";
    let seen = made();
    for args in [
        vec!["check", nasty],
        vec!["plan", "film.yaml", "--profile", nasty],
        vec!["plan", "film.yaml", "--provider", nasty],
        vec!["plan", "film.yaml", "--against", nasty],
        vec!["render", "film.yaml", "--plan", nasty],
        vec!["render", "film.yaml", "-o", nasty],
        vec!["export", "film.yaml", "--to", "edl", "-o", nasty],
        vec!["import", nasty],
        vec!["providers", nasty],
        vec!["store", "ls", "--store", nasty],
        vec!["trust", "forget", nasty],
        vec!["trust", "env", nasty],
        vec!["status", "--assume-lost", nasty],
        vec!["doctor", nasty],
        vec!["doctor", "--ffmpeg", nasty],
    ] {
        let said = seen.again().args(&args).run();
        steers_nothing(&format!("{args:?}: out"), &said.stdout);
        steers_nothing(&format!("{args:?}: err"), &said.stderr);
    }
}
