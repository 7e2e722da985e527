//! What a failure or an interrupt leaves behind.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use super::{board, chain, events, made, render};
use crate::support::{Run, Seen, newest};

/// An ffmpeg in front of the real one that first runs a line of shell.
pub(super) fn wrapped(folder: &Path, line: &str) -> PathBuf {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).expect("made");
    for (program, line) in [("ffmpeg", line), ("ffprobe", "")] {
        let real = newest::program(program);
        let script = format!("#!/bin/sh\n{line}\nexec '{}' \"$@\"\n", real.get_program().display());
        fs::write(bin.join(program), script).expect("written");
        fs::set_permissions(bin.join(program), fs::Permissions::from_mode(0o755)).expect("made runnable");
    }
    bin.join("ffmpeg")
}

/// Footage of ten seconds: the longest task of these films, so that it is begun first. It plays, so that `check` lets it
/// pass (with `framecrc`); what fails is the making of its clip.
fn with_footage(run: Run) -> Run {
    let file = run.path().join("bad.mp4");
    let source = ["-v", "error", "-f", "lavfi", "-i", "color=s=64x64:r=24:d=10", "-pix_fmt", "yuv420p"];
    assert!(newest::program("ffmpeg").args(source).arg(file).status().expect("ffmpeg is installed").success());
    run
}

#[test]
fn a_failed_shot_blocks_its_descendants_and_nothing_else() {
    let shots = "  - {id: bad, clip: bad.mp4, return_last_frame: true}\n  - {id: child, prompt: Child, return_last_frame: true}\n  \
                 - {id: grandchild, prompt: Grandchild}\n  - {id: other, prompt: Other}\n";
    let run = with_footage(Run::new().board("film.yaml", &board(shots)));
    let ffmpeg = wrapped(run.path(), "case \"$*\" in *framecrc*) ;; *bad.mp4*) echo 'no such luck' >&2; exit 1;; esac");
    let seen =
        render(run).env("STORYREEL_FFMPEG", &ffmpeg).code(5).err_has("not made: `bad`, `child` and `grandchild`");
    assert_eq!(made(&seen), ["other"]);
    let told = events(&seen);
    let of = |name: &str| told.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    assert!(of("shot_failed")[0]["message"].as_str().is_some_and(|message| message.contains("no such luck")));
    assert_eq!(of("shot_blocked").iter().map(|event| &event["by"]).collect::<Vec<_>>(), ["bad", "bad"]);
    assert!(!seen.path().join("out").exists(), "a film with holes is no film");
    // With the real ffmpeg the same command goes on from there.
    assert_eq!(made(&render(seen.again()).ok()).len(), 3);
    assert!(seen.path().join("out/film.mp4").exists());
}

#[test]
fn fail_fast_starts_nothing_more() {
    let shots = "  - {id: bad, clip: bad.mp4}\n  - {id: a, prompt: A}\n  - {id: b, prompt: B}\n";
    let run = with_footage(Run::new().board("film.yaml", &board(shots)));
    let ffmpeg = wrapped(run.path(), "case \"$*\" in *framecrc*) ;; *bad.mp4*) exit 1;; esac");
    let seen = render(run).env("STORYREEL_FFMPEG", &ffmpeg).args(["-j", "1", "--fail-fast"]).code(5);
    assert!(made(&seen).is_empty(), "{:?}", made(&seen));
}

#[test]
fn a_missing_or_old_ffmpeg_is_said_with_the_fix() {
    let run = Run::new().board("film.yaml", &chain());
    let nowhere = run.path().join("nowhere");
    let seen = render(run).env("PATH", &nowhere).code(6).err_has("`ffmpeg` is not on the PATH").err_has("install");
    let old = seen.path().join("old");
    fs::create_dir(&old).expect("made");
    for program in ["ffmpeg", "ffprobe"] {
        fs::write(old.join(program), format!("#!/bin/sh\necho {program} version 4.2.7 Copyright\n")).expect("written");
        fs::set_permissions(old.join(program), fs::Permissions::from_mode(0o755)).expect("made runnable");
    }
    let seen = render(seen.again()).env("STORYREEL_FFMPEG", old.join("ffmpeg")).code(6).err_has("too old");
    assert!(!seen.path().join("out").exists());
}

#[test]
fn a_program_that_crashes_is_said_to() {
    let run = Run::new().board("film.yaml", &board("  - {id: a, clip: a.mkv}\n"));
    let file = run.path().join("a.mkv");
    let source = ["-v", "error", "-f", "lavfi", "-i", "color=s=64x64:r=24:d=1", "-pix_fmt", "yuv420p"];
    assert!(newest::program("ffmpeg").args(source).arg(file).status().expect("ffmpeg is installed").success());
    let ffmpeg = wrapped(run.path(), "");
    let crash = "#!/bin/sh\ncase \"$*\" in *a.mkv*) kill -SEGV $$;; esac\nexec ffprobe \"$@\"\n";
    fs::write(ffmpeg.with_file_name("ffprobe"), crash).expect("written");
    render(run).env("STORYREEL_FFMPEG", &ffmpeg).code(3).err_has("the program crashed: signal: 11 (SIGSEGV)");
}

#[test]
fn a_reference_that_changes_under_way_is_refused() {
    let run = Run::new();
    let picture = run.path().join("pic.png");
    image::RgbImage::from_pixel(400, 300, image::Rgb([1, 2, 3])).save(&picture).expect("written");
    // The first shot's encoder changes the picture that the second one was planned with.
    let line = format!("case \"$*\" in *libx264*) printf x >> '{}';; esac", picture.display());
    let ffmpeg = wrapped(run.path(), &line);
    let shots = "  - {id: a, prompt: A}\n  - {id: still, image: pic.png, duration: 1}\n";
    let seen = render(run.board("film.yaml", &board(shots))).env("STORYREEL_FFMPEG", &ffmpeg).args(["-j", "1"]).code(5);
    assert!(seen.stdout.contains("`pic.png` changed while the film was being made"), "{}", seen.stdout);
}

/// Starts a run and waits until its first shot has begun.
struct Begun {
    child: Child,
    /// Its events from the first shot on.
    events: Receiver<String>,
}

impl Begun {
    /// Waits until the program says so.
    fn wait_for(&self, event: &str) {
        let named = format!("\"event\":\"{event}\"");
        assert!(self.events.iter().any(|line| line.contains(&named)), "no {event}");
    }
}

/// A run whose first shot is begun.
fn begun(run: &Run, ffmpeg: &Path) -> Begun {
    let mut command: Command = run.command();
    command.args(["render", "film.yaml", "--progress", "json", "-j", "1"]).env("STORYREEL_FFMPEG", ffmpeg);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program was built");
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let (said, events) = channel();
    // Read on, so that the program is not stopped by a full pipe.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(said.send(line))));
    let begun = Begun { child, events };
    begun.wait_for("shot_started");
    begun
}

pub(super) fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill is installed").success());
}

/// Two shots in the store or in the lock would mean that a shot was begun after the interrupt.
fn stored(folder: &Path) -> usize {
    let lock = fs::read_to_string(folder.join("film.lock.yaml")).unwrap_or_default();
    lock.matches("clip: ").count()
}

#[test]
fn the_first_interrupt_drains_and_the_next_run_goes_on() {
    let run = Run::new().board("film.yaml", &chain());
    let ffmpeg = wrapped(run.path(), "case \"$*\" in *-version*|*-encoders*|*-filters*) ;; *) sleep 1;; esac");
    let mut begun = begun(&run, &ffmpeg);
    interrupt(&begun.child);
    assert_eq!(begun.child.wait().expect("it ends").code(), Some(130));
    assert_eq!(stored(run.path()), 1, "the running shot finishes and none is begun");
    let seen: Seen = render(run).ok();
    assert_eq!(made(&seen).len(), 3);
    assert!(seen.path().join("out/film.mp4").exists());
}

#[test]
fn the_second_interrupt_stops_at_once_and_leaves_nothing_unfinished() {
    let run = Run::new().board("film.yaml", &chain());
    let ffmpeg = wrapped(run.path(), "case \"$*\" in *-version*|*-encoders*|*-filters*) ;; *) sleep 30;; esac");
    let mut begun = begun(&run, &ffmpeg);
    interrupt(&begun.child);
    // Two signals at the same instant may count as one.
    begun.wait_for("draining");
    interrupt(&begun.child);
    assert_eq!(begun.child.wait().expect("it ends").code(), Some(130));
    assert_eq!(stored(run.path()), 0);
    let left = fs::read_dir(run.path().join(".storyreel/tmp")).map(Iterator::count).unwrap_or_default();
    assert_eq!(left, 0, "unfinished files stay behind");
    assert_eq!(made(&render(run).ok()).len(), 4);
}

#[test]
fn a_read_only_project_is_a_clear_error() {
    if Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0")) {
        // Root writes everywhere: a file where the store should be is what even root cannot write into.
        let run = Run::new().board("film.yaml", &chain()).file("store", "not a folder");
        let seen = run.args(["render", "film.yaml", "--store", "store"]).code(1).err_has("in the store");
        assert!(!seen.path().join("out").exists());
        return;
    }
    let run = Run::new().board("film.yaml", &chain());
    fs::set_permissions(run.path(), fs::Permissions::from_mode(0o555)).expect("closed");
    let seen = render(run).code(1).err_has("in the store");
    fs::set_permissions(seen.path(), fs::Permissions::from_mode(0o755)).expect("opened");
}
