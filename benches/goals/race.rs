//! Goal: two processes that start at once on one store and want the same shots pay for each once, in all of 50 rounds.
//!
//! By turns both make the same film, two films of the same shots, and two films that share some of their shots. The
//! service is that of the tests, on this machine.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::loopback::{Look, Loopback, Pace, Settings};
use crate::table::{Row, print};

/// Rounds at once: most of their time is waiting.
const LANES: usize = 4;

fn board(title: &str, shots: &[&str]) -> String {
    let settings =
        "defaults: {provider: ark, resolution: 480p, duration: 4}\nproviders: {ark: {poll: {initial: 1, max: 1}}}";
    let shots: Vec<String> =
        shots.iter().map(|shot| format!("  - {{id: {shot}, prompt: Boat {shot} leaves}}\n")).collect();
    let shots = shots.concat();
    format!("storyboard: 1\ntitle: {title}\n{settings}\nshots:\n{shots}")
}

/// What a round came to.
struct Round {
    /// Whether both ended well.
    well: bool,
    shots: usize,
    double: usize,
}

fn race(round: usize) -> Round {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    fs::create_dir(folder.path().join(".git")).expect("the folder is ours");
    let (other, theirs): (&str, &[&str]) = match round % 3 {
        0 => ("one.yaml", &["a", "b"]),
        1 => ("two.yaml", &["a", "b"]),
        _ => ("two.yaml", &["c", "b"]),
    };
    fs::write(folder.path().join("two.yaml"), board("Two", theirs)).expect("the folder is ours");
    fs::write(folder.path().join("one.yaml"), board("One", &["a", "b"])).expect("the folder is ours");
    let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: 0 }).look(Look::Same));
    let start = |file: &str| -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_storyreel"));
        command.args(["render", file, "--yes"]).current_dir(folder.path()).envs(service.env());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the program was built")
    };
    let mut racers = [start("one.yaml"), start(other)];
    // Both are waited for, whatever comes of the first.
    let ended: Vec<bool> = racers.iter_mut().map(|racer| racer.wait().is_ok_and(|status| status.success())).collect();
    let ledger = service.ledger();
    let mut bills: BTreeMap<&str, usize> = BTreeMap::new();
    ledger.billed().iter().for_each(|task| *bills.entry(&task.prompt).or_default() += 1);
    let well = ended.iter().all(|well| *well);
    Round { well, shots: bills.len(), double: bills.values().filter(|times| **times > 1).count() }
}

/// Measures and prints. Returns whether the goal is met.
pub(crate) fn run(short: bool) -> bool {
    let rounds = if short { 9 } else { 50 };
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let round = next.fetch_add(1, Ordering::Relaxed);
                    if round >= rounds {
                        break;
                    }
                    let came = race(round);
                    done.lock().expect("nobody panics with it").push(came);
                }
            });
        }
    });
    let done = done.into_inner().expect("nobody panicked with it");
    let shots: usize = done.iter().map(|round| round.shots).sum();
    let double = done.iter().map(|round| round.double).sum();
    let failed = done.iter().filter(|round| !round.well).count();
    let rows =
        [Row::never(&format!("billed twice, of {shots} shots"), double), Row::never("rounds that failed", failed)];
    print(&format!("race: two processes on one store, {rounds} rounds"), ["storyreel", "limit"], &rows)
}
