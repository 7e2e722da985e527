//! Files that are no storyboards, by accident or by malice: clear words, no panic, and memory within bounds.

use std::fs::{self, File};
use std::process::Command;

use crate::support::{Run, Seen, media};

const BOARD: &str = "storyboard: 1\nshots:\n  - id: dawn\n    prompt: Rain.\n";

/// The most memory that any text may take, in MiB.
const MOST_MIB: u64 = 400;

/// `check` on these bytes, with its memory bounded.
fn check(bytes: impl AsRef<[u8]>) -> Run {
    Run::new().file("film.yaml", bytes).args(["check", "film.yaml"]).within_mib(MOST_MIB)
}

/// `check` on bytes that are to be refused with these words.
#[track_caller]
fn refused(bytes: impl AsRef<[u8]>, words: &str) -> Seen {
    let seen = check(bytes).code(3).out("").err_has(words);
    assert!(seen.stderr.len() < 20_000, "too long to read: {} bytes", seen.stderr.len());
    assert!(!seen.stderr.contains(|c: char| c.is_control() && c != '\n'), "{:?}", seen.stderr);
    seen
}

#[test]
fn no_output_replaces_what_a_film_is_made_from() {
    let board = "storyboard: 1\ninclude: [house.yaml]\nfilm: {size: 320x180}\nshots:\n  - {id: pier, clip: pier.mp4}\n";
    let run = Run::new().file("house.yaml", "defaults: {audio: false}\n");
    media::mp4(&run.path().join("pier.mp4"));
    // Also where its lock is not there yet.
    let seen = run.board("film.yaml", board).args(["render", "film.yaml", "-o", "film.lock.yaml"]).code(2);
    let made = seen.again().args(["render", "film.yaml"]).ok();
    let kept = ["film.yaml", "house.yaml", "film.lock.yaml", "pier.mp4"];
    let bytes = |seen: &Seen| kept.map(|name| fs::read(seen.path().join(name)).expect("it is there"));
    let before = bytes(&made);
    for name in kept {
        for command in
            [&["render", "film.yaml", "-o"][..], &["plan", "film.yaml", "--out"], &["report", "film.yaml", "-o"]]
        {
            made.again().args(command).args([name]).code(2).err_has("a file that the film is made from");
        }
        made.again().args(["export", "film.yaml", "--to", "edl", "-o", name]).code(2).err_has("is made from");
    }
    // A stranger's text names the file itself.
    let text = board.replace("film: {", "film: {output: ./pier.mp4, ");
    let seen = made.again().board("evil.yaml", &text).args(["render", "--untrusted", "evil.yaml"]).code(3);
    seen.err_has("over a file that it is made from");
    assert!(bytes(&made) == before, "a file was replaced");
}

#[test]
fn a_pipe_among_the_texts_of_a_storyboard_is_refused_and_not_waited_for() {
    let run = Run::new();
    let made = Command::new("mkfifo").arg(run.path().join("house.yaml")).status().expect("mkfifo is there");
    assert!(made.success());
    let text = format!("{BOARD}include: [house.yaml]\n");
    run.board("film.yaml", &text).args(["check", "film.yaml"]).code(3).err_has("house.yaml");
}

/// A GIF whose one frame has so many pixels across and down, of one colour.
fn gif(side: u16) -> Vec<u8> {
    let size = [side.to_le_bytes(), side.to_le_bytes()].concat();
    let mut bytes = [&b"GIF89a"[..], &size, &[0x80, 0, 0], &[0; 6], &[0x2c, 0, 0, 0, 0], &size, &[0, 2]].concat();
    // A code that clears the table, and the end: the rest is missing.
    bytes.extend([1, 0x2c, 0, 0x3b]);
    bytes
}

#[test]
fn a_large_gif_is_refused_by_its_header() {
    let text = "storyboard: 1\nshots: [{id: dawn, image: dawn.gif, duration: 1}]\n";
    let run = Run::new().file("dawn.gif", gif(20_000)).board("film.yaml", text);
    run.args(["check", "film.yaml"]).within_mib(MOST_MIB).code(3).err_has("20000x20000 pixels, which are more than");
}

#[test]
fn aliases_of_aliases_are_stopped() {
    let mut text = "storyboard: 1\nx-a: &a0 [rain, rain, rain, rain, rain, rain, rain, rain, rain]\n".to_owned();
    for level in 1..12 {
        let names = format!("*a{}, ", level - 1).repeat(9);
        text.push_str(&format!("x-a{level}: &a{level} [{}]\n", names.trim_end_matches(", ")));
    }
    refused(text, "too large, too deep or repeats too much");
}

#[test]
fn many_copies_of_a_long_text_are_stopped() {
    let aliases = "*long, ".repeat(15_000);
    let text = format!("storyboard: 1\nx-long: &long {}\nx-all: [{aliases}]\n{}", "a".repeat(1 << 20), &BOARD[14..]);
    let seen = check(text).run();
    assert!(seen.code == Some(0) || seen.code == Some(3), "{:?}\n{}", seen.code, seen.stderr);
}

#[test]
fn deep_nesting_is_stopped() {
    refused("[".repeat(100_000), "too large, too deep or repeats too much");
    refused("{a: ".repeat(100_000), "too large, too deep or repeats too much");
    let block: String = (0..3_000).flat_map(|depth| [" ".repeat(depth), "a:\n".to_owned()]).collect();
    refused(block, "too large, too deep or repeats too much");
    refused("- ".repeat(100_000), "too large, too deep or repeats too much");
}

#[test]
fn a_huge_file_is_not_read() {
    let run = check("");
    let file = File::create(run.path().join("film.yaml")).expect("the folder is ours");
    // A hole: no bytes are written.
    file.set_len(100 << 20).expect("the disk has holes");
    run.code(3).err_has("more than 32 MiB");
}

#[test]
fn the_largest_files_stay_within_memory() {
    let shot = "  - {id: dawn, prompt: Rain}\n";
    let shots = format!("storyboard: 1\nshots:\n{}", shot.repeat((31 << 20) / shot.len()));
    refused(shots, "too large, too deep or repeats too much");
    refused("a".repeat(32 << 20), "expected a storyboard as `key: value` pairs");
    refused("? ".repeat(8 << 20), "too large, too deep or repeats too much");
}

#[cfg(unix)]
#[test]
fn a_device_without_end_is_refused() {
    let seen = Run::new().args(["check", "/dev/zero"]).within_mib(MOST_MIB).code(3);
    seen.err_has("`/dev/zero` has more than 32 MiB");
}

#[cfg(unix)]
#[test]
fn a_storyboard_may_come_through_a_pipe() {
    let seen = Run::new().args(["check", "/dev/stdin"]).stdin(BOARD).ok();
    seen.err("/dev/stdin: 1 shot, 5 s, no problems\n");
}

#[test]
fn other_encodings_are_named() {
    refused(b"storyboard: 1\ntitle: caf\xE9\n", "is not UTF-8: byte 0xE9 on line 2").err_has("save it as UTF-8");
    let utf16: Vec<u8> = "\u{feff}storyboard: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(utf16, "UTF-16");
    let utf16: Vec<u8> = "\u{feff}storyboard: 1\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    refused(utf16, "UTF-16");
    let utf16: Vec<u8> = "storyboard: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(utf16, "UTF-16");
    refused(BOARD.replace("Rain.", "Rain\0."), "has a NUL byte on line 4").err_has("remove the NUL byte");
}

#[test]
fn line_ends_and_byte_order_marks_of_other_systems_do_no_harm() {
    let windows = BOARD.replace('\n', "\r\n");
    check(&windows).ok();
    check(format!("\u{feff}{windows}")).ok();
    for mark in ["", "\u{feff}"] {
        let wrong = windows.replace("prompt: Rain.", "prompt: Rain.\r\n    seam: smooth");
        let seen = refused(format!("{mark}{wrong}"), "[film.yaml:5:11]");
        assert!(seen.stderr.contains("seam: smooth") && seen.stderr.contains("───┬──"), "{}", seen.stderr);
    }
}

#[test]
fn what_steers_a_terminal_never_reaches_it() {
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}";
    refused(BOARD.replace("prompt", &format!("\"pro{hostile}mpt\"")), "this is not YAML");
    refused(format!("{BOARD}    seam: \"smooth\\e[31m\"\n"), "is not a seam");
    refused(format!("{BOARD}    seam: smooth # {hostile}\n"), "this is not YAML");
    refused(format!("{BOARD}    seam: smooth # \u{202e}\u{2066}\n"), "is not a seam");
    refused(format!("{BOARD}    first_frame: \"\\e]0;x\\a.png\"\n"), "there is no file");
    refused(BOARD.replace("Rain.", "\"@ma\\e[2Jra {{we\\e[2Jather}}\""), "there is no variable");
}

#[test]
fn a_line_of_a_megabyte_is_not_quoted() {
    let prompt = "Rain. ".repeat(170_000);
    check(BOARD.replace("Rain.", &prompt)).ok();
    refused(BOARD.replace("Rain.", &format!("\"{prompt} @nobody\"")), "too long to show");
    refused(format!("{BOARD}    seam: {}\n", "x".repeat(1 << 20)), "is not a seam");
    refused("x".repeat(1 << 20), "expected a storyboard");
    refused(format!("{BOARD}    {}: 1\n", "x".repeat(1 << 20)), "this is not YAML");
    refused(format!("{BOARD}    {}: 1\n", "x".repeat(1_000)), "has no key");
}

#[test]
fn thousands_of_mistakes_are_counted_but_not_all_shown() {
    let shots: Vec<String> = (0..5_000).map(|n| format!("  - {{id: s{n}, prompt: Rain., seam: x{n}}}\n")).collect();
    let shots = shots.concat();
    let seen = check(format!("storyboard: 1\nshots:\n{shots}")).code(3);
    seen.err_has("and 4900 problems more").err_has("5000 errors");
}

#[test]
fn what_is_no_file_is_refused() {
    let run = Run::new().file("folder/film.yaml", BOARD);
    run.args(["check", "folder"]).code(3).err_has("cannot read `folder`");
    Run::new().args(["check", "film.yaml"]).code(3).err_has("cannot read `film.yaml`").err_has("storyreel init");
}

#[test]
fn media_files_that_lie_are_refused() {
    // A PNG that claims 65,535 by 65,535 pixels would take 17 GB.
    let mut bomb = Vec::from(*b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR");
    bomb.extend([0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 8, 6, 0, 0, 0, 0, 0, 0, 0]);
    let board = format!("{BOARD}    first_frame: bomb.png\n");
    check(board).file("bomb.png", bomb).code(3).err_has("`bomb.png` cannot be used");
}
