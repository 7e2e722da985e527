//! What is written, and over what: output that fails is told, and nothing but a regular file gives way.

#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::FileTypeExt as _;
use std::process::{Command, Stdio};

use crate::support::{Run, Seen, media};

const CARD: &str = "storyboard: 1\ntitle: Plain\nshots:\n  - {id: b, card: {text: Hello}, duration: 1}\n";

fn made() -> Seen {
    Run::new().board("film.yaml", CARD).args(["render", "film.yaml", "-q"]).ok()
}

#[test]
fn nothing_is_written_over_a_pipe() {
    let seen = made();
    let pipe = seen.path().join("pipe.mp4");
    assert!(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
    for args in [
        &["export", "film.yaml", "--to", "otio", "-o", "pipe.mp4"][..],
        &["report", "film.yaml", "-o", "pipe.mp4"],
        &["render", "film.yaml", "-o", "pipe.mp4"],
        &["plan", "film.yaml", "--out", "pipe.mp4"],
    ] {
        let refused = seen.again().args(args).run();
        assert!(refused.code.is_some_and(|code| code != 0), "{args:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("it is no regular file"), "{args:?}: {}", refused.stderr);
        let kind = fs::symlink_metadata(&pipe).expect("it is there").file_type();
        assert!(kind.is_fifo(), "{args:?}: it is what it was");
    }
}

#[test]
fn a_film_that_cannot_be_written_is_refused_before_anything_is_bought() {
    let text = "storyboard: 1\ntitle: Paid\ndefaults: {provider: byteplus, resolution: 480p}\nshots:\n  \
                - {id: a, prompt: Rain.}\n";
    let run = Run::new().board("film.yaml", text).env("BYTEPLUS_API_KEY", "k");
    run.args(["render", "film.yaml", "--yes", "-o", "/dev/null"]).code(2).err_has("it is no regular file");
}

/// The exit code and the words of a run whose standard output goes there.
fn to(seen: &Seen, args: &[&str], stdout: Stdio) -> (Option<i32>, String) {
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
        let (code, said) = to(&seen, args, full.into());
        assert_eq!(code, Some(1), "{args:?}: {said}");
        assert!(said.contains("cannot write to standard output"), "{args:?}: {said}");
        // A pipe whose reader is gone.
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let (code, said) = to(&seen, args, writer.into());
        assert_eq!((code, said.contains("standard output")), (Some(141), false), "{args:?}: {said}");
    }
}

#[test]
fn a_playlist_in_disguise_plays_nothing() {
    let evil = b"ID3\x03\0\0\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.0,\nsecret.ts\n";
    let list = b"ffconcat version 1.0\nfile secret.ts\n";
    let cases: [(&str, &str, &[u8]); 4] = [
        ("music: evil.mp3", "evil.mp3", evil),
        ("narration: list.wav", "list.wav", list),
        ("music: list.mp3", "list.mp3", b"#EXTM3U\nsecret.ts\n"),
        ("", "list.mp4", list),
    ];
    for (film, file, bytes) in cases {
        let shot = if film.is_empty() { "clip: list.mp4" } else { "card: {text: Hello}, duration: 1" };
        let film = if film.is_empty() { String::new() } else { format!("film: {{{film}}}\n") };
        let text = format!("storyboard: 1\ntitle: Plain\n{film}shots:\n  - {{id: b, {shot}}}\n");
        let run = Run::new().board("film.yaml", &text).file(file, bytes).file("secret.ts", media::png(64, 64));
        let seen = run.args(["check", "film.yaml"]).code(3);
        assert!(seen.stderr.contains(file) && seen.stderr.contains("film.yaml:"), "{}", seen.stderr);
    }
}
