//! A disk that is full or may not be written to: a clear error, nothing lost, and nothing ordered that could not be
//! written down. The disks are real ones: small file systems in memory, which only root can mount. Where nobody can, the
//! limit that every system keeps on the size of files stands for them alone, and the others say that they did not run.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::crash::{project, settings, side_by_side};
use super::{board, render, served};
use crate::loopback::Loopback;
use crate::support::{Run, Seen};

/// The unit in which a file system in memory gives room.
const PAGE: u64 = 4096;

/// A file system of its own in memory.
struct Disk(TempDir);

impl Disk {
    /// Mounts one of 8 MiB; `None`, and said, where this machine lets nobody mount one.
    fn mount() -> Option<Self> {
        let folder = TempDir::with_prefix("storyreel-disk-").expect("a temporary folder can be made");
        if mount(&["-t", "tmpfs", "-o", "size=8m", "tmpfs"], folder.path()) {
            return Some(Self(folder));
        }
        skipped();
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn filling(&self) -> PathBuf {
        self.path().join("filling")
    }

    /// Fills it up to so many pages.
    fn fill(&self, free: u64) {
        let mut file = fs::File::create(self.filling()).expect("created");
        let page = [0; PAGE as usize];
        while file.write_all(&page).is_ok() {}
        let length = file.metadata().expect("it is there").len() / PAGE * PAGE;
        file.set_len(length.saturating_sub(free * PAGE)).expect("shortened");
    }

    /// Makes room.
    fn free(&self) {
        fs::remove_file(self.filling()).expect("removed");
    }

    /// Lets nobody write to it, root included, or lets them again.
    fn read_only(&self, is: bool) {
        assert!(mount(&["-o", if is { "remount,ro" } else { "remount,rw" }], self.path()), "it is ours");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What cannot be unmounted now goes when nobody uses it any more.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn mount(args: &[&str], at: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(args).arg(at).output().is_ok_and(|done| done.status.success())
}

#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn skipped() {
    eprintln!("SKIPPED: this machine lets nobody mount a file system, so nothing is shown about full disks");
}

const LAMP: &str = "  - {id: lamp, prompt: A lamp, provider: ark, audio: true}\n";

/// A render whose store is on a disk of its own.
fn stored(seen: &Seen, service: &Loopback, disk: &Disk) -> Run {
    let run = served(seen.again(), service).args(["render", "film.yaml", "--yes", "--store"]);
    run.args([disk.path().join("store")])
}

/// Both outputs of a run that failed.
#[track_caller]
fn failed(run: Run, word: &str) -> (i32, String) {
    let seen = run.run();
    let said = format!("{}{}", seen.stdout, seen.stderr);
    let code = seen.code.expect("it ends by itself");
    assert!(matches!(code, 1 | 5 | 6 | 7), "{code}: {said}");
    assert!(said.contains(word) && !said.contains("panicked"), "{said}");
    (code, said)
}

#[test]
#[expect(clippy::print_stdout, reason = "what was tried is told to whoever asks with `--nocapture`")]
fn wherever_the_disk_of_the_store_fills_up_the_same_command_goes_on_and_pays_once() {
    let ordered_before = std::sync::Mutex::new(Vec::new());
    // A journal, a token, a recipe and a receipt are a page each; the clip of this test has a dozen.
    side_by_side([0, 1, 2, 3, 4, 5, 6, 8, 12], |free| {
        let Some(disk) = Disk::mount() else { return };
        let service = Loopback::start(settings());
        let seen = project(&board("ark", LAMP));
        disk.fill(free);
        let (code, said) = failed(stored(&seen, &service, &disk), "No space left on device");
        let ordered = service.ledger().tasks().len();
        assert!(!seen.path().join("out/film.mp4").exists());
        ordered_before.lock().expect("nobody panics with it").push((free, code, ordered));
        disk.free();
        stored(&seen, &service, &disk).ok();
        assert_eq!(service.ledger().billed().len(), 1, "{free} pages: {said}");
        assert!(seen.path().join("out/film.mp4").exists());
        seen.again().args(["store", "verify", "--store"]).args([disk.path().join("store")]).ok();
    });
    let mut tried = ordered_before.into_inner().expect("nobody panicked with it");
    tried.sort_unstable();
    println!("free pages, exit code, orders before room was made: {tried:?}");
    // Where it was mounted at all, both kinds were seen: full before anything was ordered, and after.
    let orders: Vec<usize> = tried.iter().map(|(.., orders)| *orders).collect();
    assert!(tried.is_empty() || orders.contains(&0) && orders.contains(&1), "{tried:?}");
}

#[test]
fn a_full_disk_under_the_project_loses_neither_lock_nor_film() {
    // Without room the lock cannot be written; with a little the film cannot.
    side_by_side([(0, 1, "cannot write the lock file"), (3, 6, "No space left on device")], |(free, code, words)| {
        let Some(disk) = Disk::mount() else { return };
        let service = Loopback::start(settings());
        let seen = project(&board("ark", LAMP));
        let (folder, store) = (disk.path().join("project"), seen.path().join("store"));
        fs::create_dir(&folder).expect("made");
        fs::write(folder.join("film.yaml"), board("ark", LAMP)).expect("written");
        let made = || {
            let run = served(seen.again(), &service).args(["render", "--yes", "--store"]).args([&store]);
            run.args([folder.join("film.yaml")])
        };
        disk.fill(free);
        let (came, said) = failed(made(), words);
        assert_eq!(came, code, "{said}");
        assert!(said.contains("No space left on device"), "{said}");
        assert!(!folder.join("out/film.mp4").exists(), "no half film stands under a good name");
        disk.free();
        made().ok();
        assert_eq!(service.ledger().billed().len(), 1);
        assert!(folder.join("out/film.mp4").exists() && folder.join("film.lock.yaml").exists());
    });
}

/// Runs the program with a limit on the size of files, in blocks of 512 bytes, or of 1024 by some shells.
fn within_blocks(run: &Run, blocks: &str) -> (Option<i32>, String) {
    let plain = run.command();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", blocks]);
    shell.arg(plain.get_program()).args(plain.get_args()).env_clear().current_dir(run.path());
    shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let done = shell.output().expect("there is a shell");
    let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (done.status.code(), said.concat())
}

#[test]
fn files_that_may_not_grow_lose_nothing_and_pay_once() {
    // Too little for anything, for all that the journal says of the order, and for the clip.
    let told = ["cannot create", "what came of its order cannot be recorded", "it is paid for and nothing is lost"];
    side_by_side([("0", 0, told[0]), ("2", 1, told[1]), ("16", 1, told[2])], |(blocks, ordered, words)| {
        let service = Loopback::start(settings());
        let seen = project(&board("ark", LAMP));
        let (code, said) = within_blocks(&render(seen.again(), &service), blocks);
        assert!(matches!(code, Some(1 | 5)) && said.contains("File too large"), "{code:?}: {said}");
        assert!(said.contains(words), "{said}");
        assert_eq!(service.ledger().tasks().len(), ordered, "{said}");
        render(seen.again(), &service).ok();
        assert_eq!(service.ledger().billed().len(), 1, "{said}");
    });
}

#[test]
fn a_store_that_may_only_be_read_is_said_and_nothing_is_ordered() {
    let Some(disk) = Disk::mount() else { return };
    let service = Loopback::start(settings());
    let seen = project(&board("ark", LAMP));
    disk.read_only(true);
    failed(stored(&seen, &service, &disk), "Read-only file system");
    assert!(service.ledger().requests().is_empty(), "nothing is sent that could not be written down");
    disk.read_only(false);
    stored(&seen, &service, &disk).ok();
    assert_eq!(service.ledger().billed().len(), 1);
    // What only reads goes on reading.
    disk.read_only(true);
    let reads = |args: &[&str]| {
        seen.again().args(args).args(["--store"]).args([disk.path().join("store")]).ok();
    };
    reads(&["plan", "film.yaml"]);
    reads(&["status"]);
    reads(&["store", "ls"]);
    reads(&["store", "verify"]);
    reads(&["render", "film.yaml", "--locked"]);
    assert_eq!(service.ledger().billed().len(), 1);
}
