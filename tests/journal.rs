//! Paid once: real processes that race for the same clips, and that are killed on the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use storyreel::journal::{Journal, Journals};
use storyreel::store::Store;
use storyreel_core::job::{Entry, Intent, JobState, Record, Stored};
use storyreel_core::provider::reply::Delivery;
use storyreel_core::spend::Right;
use storyreel_core::units::Digest;
use tempfile::TempDir;

const FOLDER: &str = "STORYREEL_TEST_RACE";
const PROCESSES: usize = 4;
const RECIPES: usize = 200;

fn recipe(n: usize) -> Digest {
    Digest::of(format!("recipe {n}").as_bytes())
}

/// In memory where there is such a folder: the race is about order, and the disk makes it slow.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let within = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = TempDir::with_prefix_in("storyreel-race-", within).expect("a temporary folder can be made");
    fs::create_dir(folder.path().join("bills")).expect("made");
    folder
}

fn racer(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["journal::a_racer", "--exact", "--ignored", "--nocapture"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).spawn().expect("it can be started")
}

/// What a service would bill, by recipe: one file a request.
fn bills(folder: &Path) -> BTreeMap<String, usize> {
    let mut bills = BTreeMap::new();
    for entry in fs::read_dir(folder.join("bills")).expect("listed") {
        let name = entry.expect("listed").file_name().into_string().expect("plain");
        let recipe = name.split('-').next().expect("a recipe").to_owned();
        *bills.entry(recipe).or_default() += 1;
    }
    bills
}

/// One process of the races below.
#[test]
#[ignore = "it is started by the races, with a folder to race in"]
fn a_racer() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("the races give a folder"));
    while !folder.join("go").exists() {
        std::thread::yield_now();
    }
    let store = Store::at(folder.join("store"));
    let mut journal = Journal::new(&store);
    let mut journals = Journals::load(&store).expect("read");
    let work = store.workspace().expect("a workspace");
    for n in 0..RECIPES {
        let recipe = recipe(n);
        loop {
            match journals.right(&recipe, journal.run()).expect("read") {
                Right::Have(_) | Right::Ask { .. } => break,
                Right::Wait { .. } | Right::Silent { .. } => std::thread::yield_now(),
                Right::Take(attempt) => buy(&folder, &mut journal, recipe, attempt),
                Right::Collect { attempt, .. } => collect(&store, work.path(), &mut journal, recipe, attempt),
                Right::Again { .. } => panic!("nothing leaves the store"),
            }
        }
    }
}

/// Takes the token and orders, if nobody else has.
fn buy(folder: &Path, journal: &mut Journal, recipe: Digest, attempt: u32) {
    let intent = Intent {
        shot: "a".parse().expect("a good id"),
        provider: "fake".to_owned(),
        model: "m".to_owned(),
        marker: String::new(),
        estimate: None,
        tokens: None,
        price: None,
        first_frame: None,
        last_frame: None,
        hands_on: false,
        speaks: false,
        head: None,
        from_lock: false,
        run: journal.run().clone(),
    };
    let Some(claim) = journal.take(recipe, attempt, intent).expect("asked") else { return };
    journal.submitting(claim).expect("written");
    let task = format!("{}-{}", recipe.hex(), journal.run());
    fs::write(folder.join("bills").join(&task), "").expect("billed");
    let record = Record::Submitted { provider: "fake".to_owned(), task };
    journal.append(&Entry { recipe, attempt, record }).expect("written");
}

fn collect(store: &Store, work: &Path, journal: &mut Journal, recipe: Digest, attempt: u32) {
    let mut append = |record| journal.append(&Entry { recipe, attempt, record }).expect("written");
    append(Record::Delivered(Box::<Delivery>::default()));
    let file = work.join("clip");
    fs::write(&file, recipe.hex()).expect("written");
    let clip = store.adopt(&file).expect("adopted");
    append(Record::Stored(Stored { clip, last_frame: None, frames: 1, bytes: 64 }));
}

#[test]
fn processes_that_race_for_the_same_clips_pay_once_for_each() {
    let folder = folder();
    let racers: Vec<Child> = (0..PROCESSES).map(|_| racer(folder.path())).collect();
    fs::write(folder.path().join("go"), "").expect("written");
    for mut racer in racers {
        assert!(racer.wait().expect("it ends").success());
    }
    let bills = bills(folder.path());
    assert_eq!(bills.len(), RECIPES);
    assert!(bills.values().all(|times| *times == 1), "{bills:?}");
    let store = Store::at(folder.path().join("store"));
    let journals = Journals::load(&store).expect("read");
    for n in 0..RECIPES {
        assert_eq!(store.tokens(&recipe(n)).expect("read").len(), 1);
        let job = journals.job(&recipe(n)).expect("known");
        assert!(matches!(job.state, JobState::Stored { .. }) && !job.lives, "{job:?}");
    }
}

#[test]
fn processes_that_are_killed_at_any_moment_never_pay_twice() {
    let folder = folder();
    let go = folder.path().join("go");
    fs::write(&go, "").expect("written");
    let mut racers: Vec<Child> = (0..PROCESSES).map(|_| racer(folder.path())).collect();
    let mut kills = 0;
    // Each is killed when so much was billed, wherever it is by then; the last round is left to finish.
    for limit in (10..RECIPES).step_by(10) {
        while bills(folder.path()).len() < limit {
            let over = racers.iter_mut().all(|one| one.try_wait().expect("asked").is_some());
            assert!(!over, "all racers ended before everything was billed");
            std::thread::yield_now();
        }
        let mut victim = racers.remove(0);
        victim.kill().expect("it is ours");
        victim.wait().expect("it ends");
        kills += 1;
        racers.push(racer(folder.path()));
    }
    for mut racer in racers {
        assert!(racer.wait().expect("it ends").success());
    }
    let bills = bills(folder.path());
    assert!(bills.values().all(|times| *times == 1), "paid twice: {bills:?}");
    let store = Store::at(folder.path().join("store"));
    let own = Journal::new(&store);
    let mut journals = Journals::load(&store).expect("read");
    let mut unclear = 0;
    for n in 0..RECIPES {
        match journals.right(&recipe(n), own.run()).expect("read") {
            Right::Have(_) => assert_eq!(bills.get(&recipe(n).hex()), Some(&1)),
            Right::Ask { .. } => unclear += 1,
            other => panic!("recipe {n} is not decided: {other:?}"),
        }
    }
    assert!(unclear <= kills, "{unclear} unclear after {kills} kills: each process is in the middle of one submit");
}
