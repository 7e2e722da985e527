//! What goes wrong while a film is put together: the film that was there stays, the clips stay, nothing else does.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::faults::{interrupt, wrapped};
use super::{board, events, made, render};
use crate::support::{Run, Seen};

/// Two cards with a dissolve between them, so that some frames must be encoded.
fn text(join: &str) -> String {
    board(&format!(
        "  - {{id: one, card: One, duration: 1}}\n  \
           - {{id: two, card: Two, duration: 1, transition: {{type: {join}, duration: 0.5}}}}\n"
    ))
}

/// A project whose film is made and whose next one needs other frames; with the bytes of the film.
fn project() -> (Seen, Vec<u8>) {
    let seen = render(Run::new().board("film.yaml", &text("dissolve"))).ok();
    let film = fs::read(seen.path().join("out/film.mp4")).expect("the film is there");
    (seen.again().board("film.yaml", &text("wipe-left")).args(["--version"]).ok(), film)
}

/// Every file below the project, relative to it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] }).collect()
}

/// Insists that the film is the one from before, that the clips are there, and that nothing unfinished is.
#[track_caller]
fn assert_untouched(seen: &Seen, film: &[u8]) {
    assert!(fs::read(seen.path().join("out/film.mp4")).expect("the film is there") == film, "the film was changed");
    assert_eq!(unfinished(seen.path()), Vec::<PathBuf>::new());
    seen.again().args(["store", "verify"]).ok();
}

/// Files that belong to no finished work.
fn unfinished(project: &Path) -> Vec<PathBuf> {
    let work = project.join(".storyreel/tmp");
    let is = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "part") || path.starts_with(&work);
    files(project).into_iter().filter(is).collect()
}

/// The message of the film that could not be made.
#[track_caller]
fn failure(seen: &Seen) -> String {
    let failed = events(seen).into_iter().find(|event| event["event"] == "film_failed");
    failed.expect("it is told")["message"].as_str().expect("in words").to_owned()
}

#[test]
fn a_damaged_clip_in_the_store_stops_the_film_and_is_named() {
    let (seen, film) = project();
    let store = storyreel::store::Store::at(seen.path().join(".storyreel"));
    let lock = fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there");
    let lock = storyreel_core::lock::Lock::read(&lock).expect("it is a lock");
    let clip = store.object(&lock.shots[&"two".parse().expect("a shot id")].clip);
    let mut bytes = fs::read(&clip).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::remove_file(&clip).expect("removed");
    fs::write(&clip, &bytes).expect("written");
    let again = render(seen.again()).code(6);
    let message = failure(&again);
    assert!(
        message.contains("is damaged") && message.contains(&*clip.file_name().unwrap_or_default().to_string_lossy())
    );
    assert!(fs::read(seen.path().join("out/film.mp4")).expect("the film is there") == film);
    assert!(fs::read(&clip).expect("it is kept") == bytes, "the damaged clip was touched");
    assert_eq!(unfinished(seen.path()), Vec::<PathBuf>::new());
}

#[test]
fn an_ffmpeg_without_a_filter_or_one_that_fails_leaves_the_film() {
    let (seen, film) = project();
    let line = "case \"$*\" in *-filters*) ffmpeg \"$@\" | grep -v ' xfade '; exit;; *xfade=*) echo \"No such filter: \
                'xfade'\" >&2; exit 1;; esac";
    let program = wrapped(seen.path(), line);
    let again = render(seen.again()).env("STORYREEL_FFMPEG", &program).code(6);
    assert!(failure(&again).contains("No such filter: 'xfade'"), "{}", failure(&again));
    assert_untouched(&again, &film);
    // What is to be made needs a whole ffmpeg, and that is known before.
    let text = text("wipe-left").replace("Two", "Three");
    let again = render(again.again().board("film.yaml", &text)).env("STORYREEL_FFMPEG", &program).code(6);
    let again = again.err_has("this ffmpeg lacks `xfade`");
    assert!(made(&again).is_empty());
    assert_untouched(&again, &film);
    again.again().env("STORYREEL_FFMPEG", &program).args(["doctor"]).code(6).out_has("this build lacks `xfade`");
}

/// The command of a run in which no file may be larger than `kib`: a full disk, to the process.
fn confined(run: &Run, kib: u64) -> Command {
    let command = run.command();
    let mut shell = Command::new("sh");
    // The signal that comes with the limit would end the process where a full disk only makes a write fail.
    shell.args(["-c", "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", &(kib * 2).to_string()]);
    shell.arg(command.get_program()).args(command.get_args()).current_dir(run.path()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_leaves_the_film() {
    let (seen, film) = project();
    for kib in [1, 8, film.len() as u64 * 3 / 4096] {
        let run = render(seen.again());
        let output = confined(&run, kib).output().expect("it runs");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.code().is_some_and(|code| code == 6 || code == 1), "{kib} KiB: {said}");
        assert!(said.contains("too large") || said.contains("No space"), "{kib} KiB: {said}");
        assert_untouched(&seen, &film);
    }
    let again = render(seen.again()).ok();
    assert!(made(&again).is_empty());
}

/// Starts a run whose encoder waits, and comes back when the encoder was called.
fn encoding(run: &Run) -> Child {
    let called = run.path().join("called");
    let _ = fs::remove_file(&called);
    let line = format!("case \"$*\" in *xfade=*) : > '{}'; sleep 30;; esac", called.display());
    let program = wrapped(run.path(), &line);
    let mut command = run.command();
    command.env("STORYREEL_FFMPEG", program).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program was built");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    std::thread::spawn(move || lines.for_each(drop));
    while !called.exists() {
        assert!(child.try_wait().expect("it can be asked").is_none(), "it ended before it encoded");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child
}

#[test]
fn an_interrupted_assembly_leaves_the_film_and_a_killed_one_is_cleaned_up_by_the_next() {
    let (seen, film) = project();
    let mut child = encoding(&render(seen.again()));
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_untouched(&seen, &film);

    let mut child = encoding(&render(seen.again()));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert!(fs::read(seen.path().join("out/film.mp4")).expect("the film is there") == film, "the film was changed");
    assert_ne!(unfinished(seen.path()), Vec::<PathBuf>::new(), "it was killed too late to leave anything");
    let again = render(seen.again()).ok();
    assert!(made(&again).is_empty());
    // A folder for work is left alone for as long as its owner may only just have made it.
    let work = seen.path().join(".storyreel/tmp");
    let left: Vec<PathBuf> = unfinished(seen.path()).into_iter().filter(|path| !path.starts_with(&work)).collect();
    assert_eq!(left, Vec::<PathBuf>::new());
    assert!(fs::read(seen.path().join("out/film.mp4")).expect("the film is there") != film);
}
