//! Goal: a film of 1,000 shots at a service of which a tenth of all calls go wrong loses nothing, pays nothing twice, and
//! stays below 150 MB of memory, with no more at the last shot than a third above what it held at the 100th.
//!
//! The service is that of the tests, on this machine: it answers like Ark, bills like Ark, and takes ten tasks at once as
//! it does from a company's account. The same again for a hundred films of ten shots from one table, of which the first runs
//! are killed. Tasks are done at the first look, so that the run is as dense as it gets. What goes
//! wrong: orders refused, answers lost before and after the order was taken, tasks that end without a clip, pages of
//! gateways, links that expired, files that are cut short or broken. A shot whose task ends without a clip twice is
//! rightly given up by its run: like a user, the goal then runs the same command again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use storyreel::store::Store;
use storyreel_core::lock::Lock;
use storyreel_core::plan::KnownClips as _;

use crate::loopback::{Call, Fault, Ledger, Look, Loopback, Pace, Pick, Settings};
use crate::table::{Row, print};

/// The most memory, in bytes.
const MOST: u64 = 150_000_000;

/// How much more it may hold at the last shot than at the first mark.
const GROWTH: f64 = 1.33;

/// Runs of the same command that a user would bear.
const RUNS: usize = 4;

/// What goes wrong, each in so many of a hundred calls: about ten of a hundred together for every kind of call.
fn faults() -> Settings {
    use Call::{Clip, List, Poll, Submit};
    use Fault::{
        BadGateway, Corrupt, DropAfter, DropBefore, Empty, Expired, ExpiredLink, Garbage, OutputModeration, Page,
        RateLimited, Server, Truncated, WrongLength,
    };
    [
        (Submit, 2, RateLimited(Some(1))),
        (Submit, 2, Server("InternalServiceError")),
        (Submit, 1, DropAfter),
        (Submit, 1, DropBefore),
        (Submit, 1, Garbage),
        (Submit, 1, BadGateway),
        (Submit, 1, Expired),
        (Submit, 1, OutputModeration),
        (Poll, 3, BadGateway),
        (Poll, 2, RateLimited(Some(1))),
        (Poll, 2, DropBefore),
        (Poll, 1, Garbage),
        (Poll, 1, Page),
        (Poll, 1, Server("InternalServiceError")),
        (Clip, 2, Truncated),
        (Clip, 2, Corrupt),
        (Clip, 1, Empty),
        (Clip, 1, WrongLength),
        (Clip, 2, ExpiredLink),
        (Clip, 1, BadGateway),
        (Clip, 1, DropBefore),
        (List, 10, BadGateway),
    ]
    .into_iter()
    .zip(1..)
    .fold(
        Settings::new().pace(Pace::Looks { queued: 0, running: 0 }).look(Look::Same),
        |settings, ((call, percent, fault), seed)| settings.fault(call, Pick::Chance { percent, seed }, fault),
    )
}

const HEAD: &str = "storyboard: 1\ntitle: Soak\ndefaults: {provider: ark, resolution: 480p, duration: 4}\n\
                    providers: {ark: {max_in_flight: 10, poll: {initial: 1, max: 1}}}\n";

fn board(shots: usize) -> String {
    let mut text = format!("{HEAD}shots:\n");
    for n in 1..=shots {
        let _ = writeln!(text, "  - {{id: s{n:04}, prompt: Wave {n:04} rolls in}}");
    }
    text
}

/// Shots of each film of a batch.
const OF_EACH: usize = 10;

/// Runs of a batch that are killed, each after so many shots.
const KILLED_AFTER: [usize; 3] = [3, 40, 90];

/// A storyboard with a table of which each row makes a film.
fn batch(folder: &Path, films: usize) {
    let mut text = format!("{HEAD}rows: waves.csv\nshots:\n");
    for n in 1..=OF_EACH {
        let _ = writeln!(text, "  - {{id: s{n:02}, prompt: \"Wave {{{{name}}}} {n:02} rolls in\"}}");
    }
    let mut table = "name\n".to_owned();
    (1..=films).for_each(|film| _ = writeln!(table, "w{film:03}"));
    fs::write(folder.join("film.yaml"), text).expect("the folder is ours");
    fs::write(folder.join("waves.csv"), table).expect("the folder is ours");
}

/// What one or more runs of the command came to.
#[derive(Default)]
struct Soaked {
    runs: usize,
    code: Option<i32>,
    made: usize,
    /// Memory held when so many shots were made.
    held: BTreeMap<usize, u64>,
    peak: u64,
    /// What the last run said of shots that failed.
    failures: Vec<String>,
}

/// Memory of a process now and at most, in bytes; `None` where the system does not tell.
fn memory(process: u32) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib * 1024)
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}

impl Soaked {
    /// Runs the command once, and looks at its memory after every line that it says. It is killed once so many shots are
    /// made.
    fn run(&mut self, folder: &Path, service: &Loopback, marks: &[usize], killed_after: Option<usize>) {
        let before = self.made;
        let mut command = Command::new(env!("CARGO_BIN_EXE_storyreel"));
        command.args(["render", "film.yaml", "--yes", "--progress", "json"]).current_dir(folder);
        command.envs(service.env()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program was built");
        self.failures.clear();
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        for line in lines.map_while(Result::ok) {
            self.made += usize::from(line.contains("\"event\":\"shot_stored\"") && !line.contains("\"took_s\":null"));
            if line.contains("\"event\":\"shot_failed\"") {
                self.failures.push(line.clone());
            }
            let Some((now, peak)) = memory(child.id()) else { continue };
            self.peak = self.peak.max(peak);
            if killed_after.is_some_and(|shots| self.made >= before + shots) {
                let _ = child.kill();
            }
            if marks.contains(&self.made) {
                self.held.entry(self.made).or_insert(now);
            }
        }
        self.code = child.wait().expect("it ends").code();
        self.runs += 1;
    }
}

/// Shots without a whole clip, and shots that are billed more than once.
fn lost_and_double(folder: &Path, shots: usize, ledger: &Ledger) -> (usize, usize) {
    let store = Store::at(folder.join(".storyreel"));
    let files = storyreel::store::lock_files(folder, &store).expect("the folder is ours");
    let locks: Vec<Lock> = files.iter().map(|file| read_lock(file)).collect();
    let whole = locks.iter().flat_map(|lock| lock.shots.values()).filter(|taken| store.check(&taken.clip).is_ok());
    let kept = whole.filter(|taken| store.receipt(&taken.recipe).is_some()).count();
    let mut bills: BTreeMap<&str, usize> = BTreeMap::new();
    ledger.billed().iter().for_each(|task| *bills.entry(&task.prompt).or_default() += 1);
    (shots - kept.min(shots), bills.values().filter(|times| **times > 1).count())
}

fn read_lock(file: &Path) -> Lock {
    Lock::read(&fs::read_to_string(file).unwrap_or_default()).expect("it is a lock")
}

/// Measures and prints. Returns whether the goal is met.
pub(crate) fn run(short: bool) -> bool {
    let shots = if short { 100 } else { 1000 };
    let single = soak(shots, 1);
    let batch = soak(shots, shots / OF_EACH);
    single && batch
}

#[expect(clippy::print_stdout, reason = "a bench reports on standard output")]
fn soak(shots: usize, films: usize) -> bool {
    let marks: &[usize] = if shots < 1000 { &[50, 100] } else { &[100, 500, 1000] };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    fs::create_dir(folder.path().join(".git")).expect("the folder is ours");
    let kills: &[usize] = if films > 1 { &KILLED_AFTER } else { &[] };
    if films > 1 {
        batch(folder.path(), films);
    } else {
        fs::write(folder.path().join("film.yaml"), board(shots)).expect("the folder is ours");
    }
    let service = Loopback::start(faults());
    let (mut soaked, began) = (Soaked::default(), Instant::now());
    while soaked.code != Some(0) && soaked.runs < RUNS + kills.len() {
        let killed_after = kills.get(soaked.runs).copied();
        soaked.run(folder.path(), &service, marks, killed_after);
    }
    let took = Duration::from_secs(began.elapsed().as_secs());
    let ledger = service.ledger();
    let (lost, double) = lost_and_double(folder.path(), shots, &ledger);
    let orders = ledger.requests().iter().filter(|asked| asked.method == "POST").count();
    let out = fs::read_dir(folder.path().join("out")).into_iter().flatten().flatten();
    let made = out.filter(|file| file.path().extension().is_some_and(|ending| ending == "mp4")).count();
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let held: Vec<String> = soaked.held.iter().map(|(at, now)| format!("{} at {at}", megabytes(*now))).collect();
    println!(
        "\nsoak: {films} films, {shots} shots, {} kills, {} calls, {} faults, {orders} orders, {} tasks, {} billed, {double} billed twice, {lost} \
         lost; {} runs, exit code {:?}, {took:?}; memory {}, peak {}",
        kills.len(),
        ledger.requests().len(),
        service.struck(),
        ledger.tasks().len(),
        ledger.billed().len(),
        soaked.runs,
        soaked.code,
        held.join(", "),
        megabytes(soaked.peak),
    );
    soaked.failures.iter().take(5).for_each(|line| println!("{line}"));
    let mut rows = vec![
        Row::never("billed twice", double),
        Row::never("lost", lost),
        Row::never("without a film", films.saturating_sub(made)),
    ];
    let (first, last) = (soaked.held.first_key_value(), soaked.held.last_key_value());
    if let (Some((_, first)), Some((_, last))) = (first, last) {
        let row = |what: &str, ours: u64, theirs: u64, goal| Row {
            what: what.to_owned(),
            ours: megabytes(ours),
            theirs: megabytes(theirs),
            ratio: ours as f64 / theirs as f64,
            goal: Some(goal),
        };
        rows.push(row("peak memory", soaked.peak, MOST, 1.0));
        rows.push(row("at the last shot, to the first mark", *last, *first, GROWTH));
    }
    print(&format!("soak: {films} films, {shots} shots, a tenth of all calls faulty"), ["storyreel", "limit"], &rows)
}
