//! Goal: killed as it is about to make anything durable, at every `fsync`, `rename` and `link` of a paid run, the same
//! command goes on: the shot is billed once, the film is that of an undisturbed run, and nobody has to be asked.
//!
//! `strace` holds every such call for a moment before it is made and says so; when the nth is held, the whole process
//! group is killed. The service is that of the tests, on this machine; its list of tasks tells what became of an order
//! whose answer was lost. The crash matrix of the tests kills at every record, answer, torn line and download besides.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use storyreel_core::units::Digest;

use crate::loopback::{Look, Loopback, Pace, Settings};
use crate::table::{Row, print};

/// Points at once: most of their time is waiting.
const LANES: usize = 4;

/// The calls after which something is on the disk, or under its name.
const DURABLE: &str = "fsync,fdatasync,rename,renameat,renameat2,link,linkat";

/// How long each is held, in microseconds: far longer than it takes to see that it is.
const HELD: u32 = 60_000;

const BOARD: &str = "storyboard: 1\ntitle: Killed\ndefaults: {provider: ark, resolution: 480p, duration: 4}\n\
                     providers: {ark: {poll: {initial: 1, max: 1}}}\nshots:\n  - {id: lamp, prompt: A lamp}\n";

/// A project and its service.
struct Bed {
    folder: tempfile::TempDir,
    service: Loopback,
}

impl Bed {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
        fs::create_dir(folder.path().join(".git")).expect("the folder is ours");
        fs::write(folder.path().join("film.yaml"), BOARD).expect("the folder is ours");
        let settings = Settings::new().pace(Pace::Looks { queued: 0, running: 0 }).look(Look::Same);
        Self { folder, service: Loopback::start(settings) }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The render, as an argument list behind these words.
    fn render(&self, before: &[&str]) -> Command {
        let words: Vec<&str> =
            before.iter().copied().chain([env!("CARGO_BIN_EXE_storyreel"), "render", "film.yaml", "--yes"]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(self.path()).envs(self.service.env());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs until the nth durable call is held, and kills the run there; gives how many calls were begun.
    fn killed_at(&self, nth: usize) -> usize {
        let log = self.path().join("calls");
        let (trace, inject) = (format!("trace={DURABLE}"), format!("inject={DURABLE}:delay_enter={HELD}"));
        let log_name = log.display().to_string();
        let before = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", &trace, "-e", &inject, "-o", &log_name];
        let mut run = self.render(&before).process_group(0).spawn().expect("strace is here");
        let group = Pid::from_raw(i32::try_from(run.id()).expect("a process id"));
        loop {
            let over = run.try_wait().expect("it is ours").is_some();
            if over || calls(&log) >= nth {
                // Where it ended by itself there is nobody left to kill.
                let _ = killpg(group, Signal::SIGKILL);
                let _ = run.wait();
                return calls(&log);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The digests of the film and of all that the lock says of clips.
    fn made(&self) -> Option<(Digest, String)> {
        let lock = fs::read_to_string(self.path().join("film.lock.yaml")).ok()?;
        let clips = lock.lines().filter(|line| line.contains("clip: ") || line.contains("recipe: "));
        Some((Digest::of(&fs::read(self.path().join("out/film.mp4")).ok()?), clips.collect()))
    }
}

/// Durable calls that were begun, by whichever thread.
fn calls(log: &Path) -> usize {
    let begun = |line: &&str| DURABLE.split(',').any(|call| line.contains(&format!(" {call}(")));
    fs::read_to_string(log).unwrap_or_default().lines().filter(begun).count()
}

/// What came of one point.
struct Point {
    nth: usize,
    /// Whether the run was killed at just this call.
    exact: bool,
    double: bool,
    /// Whether the same command brought it to its end with the same film.
    well: bool,
}

fn tried(nth: usize, whole: Option<&(Digest, String)>) -> Point {
    let bed = Bed::new();
    let begun = bed.killed_at(nth);
    let well = bed.render(&[]).status().is_ok_and(|status| status.success());
    let billed = bed.service.ledger().billed().len();
    Point { nth, exact: begun == nth, double: billed > 1, well: well && billed == 1 && bed.made().as_ref() == whole }
}

/// Measures and prints. Returns whether the goal is met.
#[expect(clippy::print_stdout, reason = "a bench reports on standard output")]
pub(crate) fn run(short: bool) -> bool {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        println!("\nkills: not measured, there is no strace here (Debian: strace)");
        return false;
    }
    let bed = Bed::new();
    let all = bed.killed_at(usize::MAX);
    let whole = bed.made();
    let points: Vec<usize> = (1..=all).step_by(if short { 6 } else { 1 }).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(nth) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let point = tried(*nth, whole.as_ref());
                    done.lock().expect("nobody panics with it").push(point);
                }
            });
        }
    });
    let done = done.into_inner().expect("nobody panicked with it");
    let wrong: Vec<usize> = done.iter().filter(|point| !point.well).map(|point| point.nth).collect();
    if !wrong.is_empty() {
        println!("\nkilled at these calls of {all}, the same command did not come to the same end: {wrong:?}");
    }
    let exact = done.iter().filter(|point| point.exact).count();
    let double = done.iter().filter(|point| point.double).count();
    let rows = [
        Row::never("billed twice", double),
        Row::never("another film, or none", wrong.len()),
        Row::never("undisturbed run without a film", usize::from(whole.is_none())),
    ];
    let heading = format!(
        "kills: at {} of the {all} calls that make something durable, {exact} of them held at just that call",
        done.len()
    );
    print(&heading, ["storyreel", "limit"], &rows)
}
