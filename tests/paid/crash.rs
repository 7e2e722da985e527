//! Killed at every step, the same command goes on: the film is that of an undisturbed run, and every shot is billed once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use storyreel_core::lock::Lock;

use super::{board, model_keys, render, served};
use crate::loopback::{Call, Fault, Ledger, Loopback, Pace, Pick, Settings, What, sha256};
use crate::support::{Run, Seen};

/// Runs at once: they wait for a service most of the time.
const LANES: usize = 6;

/// Far longer than a test waits.
const LATE: Fault = Fault::Slow(Duration::from_mins(5));

/// A chain of two shots, and one alone.
fn trio(provider: &str) -> String {
    let model = model_keys(provider);
    let shots = format!(
        "  - {{id: one, prompt: Boat one, provider: {provider}{model}, return_last_frame: true}}\n  \
         - {{id: two, prompt: Boat two, provider: {provider}{model}}}\n  \
         - {{id: alone, prompt: Boat alone, provider: {provider}{model}}}\n"
    );
    board(provider, &shots)
}

pub(super) fn settings() -> Settings {
    Settings::new().pace(Pace::Looks { queued: 0, running: 0 })
}

/// A project with a storyboard, in which nothing was done yet.
pub(super) fn project(text: &str) -> Seen {
    Run::new().board("film.yaml", text).args(["check", "film.yaml", "-q"]).ok()
}

/// Starts a run and kills it as soon as `due`; `false` where it ended before.
pub(super) fn killed(run: &Run, due: impl Fn() -> bool) -> bool {
    let mut command = run.command();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program was built");
    loop {
        let over = child.try_wait().expect("it is ours").is_some();
        if due() {
            child.kill().expect("it is ours");
            child.wait().expect("it ends");
            return !over;
        }
        if over {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What a film is made of: the clip of every shot, and the digest of the film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    clips: BTreeMap<String, String>,
    film: String,
}

impl Made {
    pub(super) fn of(project: &Path) -> Self {
        let text = fs::read_to_string(project.join("film.lock.yaml")).expect("the lock is there");
        let lock = Lock::read(&text).expect("it is a lock");
        let clips = lock.shots.iter().map(|(shot, taken)| (shot.to_string(), taken.clip.to_string()));
        Self {
            clips: clips.collect(),
            film: sha256(&fs::read(project.join("out/film.mp4")).expect("the film is there")),
        }
    }
}

pub(super) fn undisturbed(text: &str) -> Made {
    let service = Loopback::start(settings());
    let seen = render(project(text).again(), &service).ok();
    Made::of(seen.path())
}

pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

/// Whole lines in all journals.
pub(super) fn records(project: &Path) -> usize {
    let journals = files(&project.join(".storyreel/journal"));
    let lines = |path: PathBuf| fs::read_to_string(path).unwrap_or_default().matches('\n').count();
    journals.into_iter().map(lines).sum()
}

fn objects(project: &Path) -> usize {
    let whole = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == 64);
    files(&project.join(".storyreel/objects")).iter().filter(|path| whole(path)).count()
}

fn receipts(project: &Path) -> usize {
    let done = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "done");
    files(&project.join(".storyreel/recipes")).iter().filter(|path| done(path)).count()
}

fn locked(project: &Path) -> usize {
    fs::read_to_string(project.join("film.lock.yaml")).unwrap_or_default().matches("clip:").count()
}

/// Cuts the last line of the journal in half, as a death in the middle of writing it does. A request goes out only when
/// its intent is whole on the disk, so that an intent whose request arrived stays; what is still on its way arrives first.
fn tear(project: &Path, service: &Loopback) {
    service.settle();
    let ledger = service.ledger();
    let journals = files(&project.join(".storyreel/journal"));
    let [path] = &journals[..] else { panic!("one run, one journal: {journals:?}") };
    let text = fs::read_to_string(path).expect("it is text");
    let last = text.lines().last().expect("it has lines");
    let arrived = ledger.requests().iter().filter(|request| request.method == "POST").count();
    if last.contains("\"submitting\"") && arrived >= text.matches("\"submitting\"").count() {
        return;
    }
    fs::write(path, &text[..text.len() - 1 - last.len() / 2]).expect("written");
}

/// Whether the moment has come, by the project's files and what the services saw.
type Due = Box<dyn Fn(&Path, &Ledger) -> bool + Send>;

/// Makes a run another: with a clock that is off.
type Adjusted = fn(Run) -> Run;

/// When a run is killed.
struct Point {
    name: String,
    settings: Settings,
    due: Due,
    torn: bool,
}

impl Point {
    fn new(name: impl Into<String>, due: impl Fn(&Path, &Ledger) -> bool + Send + 'static) -> Self {
        Self { name: name.into(), settings: settings(), due: Box::new(due), torn: false }
    }

    fn fault(self, call: Call, nth: usize) -> Self {
        Self { settings: self.settings.fault(call, Pick::Nth(nth as u32), LATE), ..self }
    }
}

/// Every record of a run of three shots: it begins, and each shot is submitting, submitted, delivered, stored.
const RECORDS: usize = 1 + 3 * 4;

fn at_records() -> impl Iterator<Item = Point> {
    (1..=RECORDS).map(|n| Point::new(format!("record {n}"), move |project, _| records(project) >= n))
}

fn torn() -> impl Iterator<Item = Point> {
    let whole = (2..=RECORDS).map(|n| Point::new(format!("torn record {n}"), move |project, _| records(project) >= n));
    whole.map(|point| Point { torn: true, ..point })
}

/// Between the arrival of a request and its answer.
fn at_answers() -> impl Iterator<Item = Point> {
    (1..=3)
        .map(|n| Point::new(format!("answer {n}"), move |_, ledger| ledger.tasks().len() >= n).fault(Call::Submit, n))
}

fn at_files() -> impl Iterator<Item = Point> {
    let fetched = |ledger: &Ledger, what: What| ledger.downloads().iter().filter(|one| one.what == what).count();
    let clips = (1..=3).map(move |n| {
        Point::new(format!("clip {n} under way"), move |_, ledger| fetched(ledger, What::Clip) >= n)
            .fault(Call::Clip, n)
    });
    let frame = Point::new("frame under way", move |_, ledger| fetched(ledger, What::Frame) >= 1).fault(Call::Frame, 1);
    let objects = (1..=4).map(|n| Point::new(format!("object {n}"), move |project, _| objects(project) >= n));
    let receipts = (1..=3).map(|n| Point::new(format!("receipt {n}"), move |project, _| receipts(project) >= n));
    let locked = (1..=3).map(|n| Point::new(format!("locked {n}"), move |project, _| locked(project) >= n));
    let film = [
        Point::new("film begun", |project, _| project.join("out").is_dir()),
        Point::new("film there", |project, _| project.join("out/film.mp4").exists()),
    ];
    clips.chain([frame]).chain(objects).chain(receipts).chain(locked).chain(film)
}

/// What the points of a matrix came to.
#[derive(Debug, Default)]
struct Tally {
    killed: usize,
    asked: usize,
    twice: usize,
}

/// Runs the same command until the film is there, at most three times; the user answers what is asked. Gives how often.
fn finish(name: &str, seen: &Seen, service: &Loopback, adjusted: Adjusted) -> usize {
    let mut asked = 0;
    for _ in 0..3 {
        let run = adjusted(render(seen.again(), service)).run();
        match run.code {
            Some(0) => return asked,
            Some(7) => asked += answer(seen, service),
            code => panic!("{name}: {code:?}\n{}\n{}", run.stdout, run.stderr),
        }
    }
    panic!("{name}: the film is never done")
}

/// The user looks at the service and says what became of every unclear order.
fn answer(seen: &Seen, service: &Loopback) -> usize {
    let status = seen.again().args(["status", "--format", "json"]).code(7).json();
    let unclear = status["unfinished"].as_array().expect("a list").iter().filter(|job| job["unclear"] == true);
    let mut answered = 0;
    for shot in unclear.map(|job| job["shot"].as_str().expect("it has a shot")) {
        let ledger = service.ledger();
        let found = ledger.tasks().iter().find(|task| task.prompt.contains(&format!("Boat {shot}")));
        match found {
            Some(task) => seen.again().args(["status", "--assume-task", &format!("{shot}={}", task.id)]).ok(),
            None => seen.again().args(["status", "--assume-lost", shot]).ok(),
        };
        answered += 1;
    }
    assert!(answered > 0, "exit code 7, and nothing is unclear");
    answered
}

fn tried(point: &Point, text: &str, whole: &Made, adjusted: Adjusted) -> Tally {
    let service = Loopback::start(point.settings.clone());
    let seen = project(text);
    let run = adjusted(render(seen.again(), &service));
    let killed = killed(&run, || (point.due)(seen.path(), &service.ledger()));
    if point.torn && killed {
        tear(seen.path(), &service);
    }
    let asked = finish(&point.name, &seen, &service, adjusted);
    let ledger = service.ledger();
    let bills: Vec<usize> = ["one", "two", "alone"].map(|shot| ledger.billed_for(&format!("Boat {shot}"))).into();
    assert_eq!(bills, [1, 1, 1], "{}: billed once each", point.name);
    assert_eq!(&Made::of(seen.path()), whole, "{}: the same film", point.name);
    Tally { killed: killed.into(), asked, twice: bills.iter().filter(|times| **times > 1).count() }
}

/// Does pieces of work side by side.
pub(super) fn side_by_side<T: Send>(work: impl IntoIterator<Item = T>, act: impl Fn(T) + Sync) {
    let queue = Mutex::new(work.into_iter().collect::<std::collections::VecDeque<T>>());
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                let next = || queue.lock().expect("nobody panics with it").pop_front();
                while let Some(one) = next() {
                    act(one);
                }
            });
        }
    });
}

#[expect(clippy::print_stdout, reason = "how much was tried is told to whoever asks with `--nocapture`")]
fn matrix(provider: &str, points: impl Iterator<Item = Point>, adjusted: Adjusted) -> Tally {
    let text = trio(provider);
    let whole = undisturbed(&text);
    let points: Vec<Point> = points.collect();
    let (tried_in_all, began) = (points.len(), Instant::now());
    let sum = Mutex::new(Tally::default());
    side_by_side(points, |point| {
        let one = tried(&point, &text, &whole, adjusted);
        let mut sum = sum.lock().expect("nobody panics with it");
        *sum = Tally { killed: sum.killed + one.killed, asked: sum.asked + one.asked, twice: sum.twice + one.twice };
    });
    let sum = sum.into_inner().expect("nobody panicked with it");
    let took = began.elapsed().as_secs();
    println!("{provider}: {tried_in_all} points in {took} s, {sum:?}");
    assert!(sum.killed * 10 >= tried_in_all * 8, "too many runs ended before they were killed: {sum:?}");
    sum
}

#[test]
fn killed_anywhere_a_run_goes_on_and_pays_once() {
    let points = at_records().chain(torn()).chain(at_answers()).chain(at_files());
    assert_eq!(matrix("ark", points, |run| run).asked, 0, "the list of tasks tells");
}

#[test]
fn killed_anywhere_an_order_with_a_key_is_paid_once_and_nobody_is_asked() {
    let points = at_records().chain(at_answers());
    assert_eq!(matrix("comfy-router", points, |run| run).asked, 0, "the same key is the same order");
}

#[test]
fn killed_anywhere_a_service_without_a_list_is_paid_by_the_users_word_alone() {
    let sum = matrix("cometapi", at_records().chain(at_answers()), |run| run);
    assert!(sum.asked >= 3, "each lost answer is asked about: {sum:?}");
    // What is written down is the same for all; what they answer is not.
    for provider in ["apiyi", "atlascloud", "openai-video", "seedance-v2", "openrouter"] {
        let sum = matrix(provider, at_answers(), |run| run);
        assert!(sum.asked >= 3, "{provider}: each lost answer is asked about: {sum:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn killed_anywhere_with_a_clock_that_is_off_a_run_goes_on_and_pays_once() {
    use super::clock::shifted;
    // Clocks count where an answer was lost; the other moments are tried with a clock that is right.
    let ahead = matrix("byteplus", at_answers(), |run| shifted(run, "+10m"));
    let a_day_behind = matrix("ark", at_answers(), |run| shifted(run, "-1d"));
    assert_eq!((ahead.asked, a_day_behind.asked), (0, 0), "the list of tasks tells");
    let hours_ahead = matrix("atlascloud", at_answers(), |run| shifted(run, "+3h"));
    assert!(hours_ahead.asked >= 3, "each lost answer is asked about: {hours_ahead:?}");
}

#[test]
#[expect(clippy::print_stdout, reason = "the seed is told where the test fails")]
fn killed_at_random_moments_a_run_pays_once() {
    let text = trio("ark");
    let whole = undisturbed(&text);
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    side_by_side(0..4_u64, |lane| {
        let mut random = fastrand::Rng::with_seed(seed ^ lane);
        let service = Loopback::start(settings());
        let seen = project(&text);
        for _ in 0..5 {
            let life = Duration::from_millis(random.u64(1..2500));
            let began = Instant::now();
            killed(&render(seen.again(), &service), || began.elapsed() >= life);
        }
        assert_eq!(finish("at random", &seen, &service, |run| run), 0);
        let ledger = service.ledger();
        assert_eq!(["one", "two", "alone"].map(|shot| ledger.billed_for(&format!("Boat {shot}"))), [1, 1, 1]);
        assert_eq!(Made::of(seen.path()), whole);
    });
}

#[test]
fn a_single_shot_without_an_answer_is_found_in_the_list() {
    let shot = "  - {id: lamp, prompt: A lamp, provider: ark}\n";
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), LATE));
    let seen = project(&board("ark", shot));
    assert!(killed(&render(seen.again(), &service), || service.ledger().tasks().len() == 1));
    // It may turn out that it must be ordered again, so the sum is asked for.
    served(seen.again(), &service).args(["render", "film.yaml"]).code(4).err_has("1 shot to render");
    assert_eq!(service.ledger().tasks().len(), 1);
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().tasks().len(), 1);
}
