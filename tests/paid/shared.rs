//! Machines with stores of their own and one that they share: what one has paid the others use, and nothing is paid
//! twice, whatever is killed.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::crash::{Made, killed, project, settings};
use super::{KEYS, board, orders, render, served, told, walk};
use crate::loopback::{Call, Fault, Loopback, Pace, Pick, Settings};
use crate::support::{Run, Seen};

/// A shared folder.
struct Shared {
    folder: TempDir,
}

impl Shared {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn address(&self) -> String {
        format!("file://{}/store", self.folder.path().display())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("store").join(name)
    }

    /// A command of a machine.
    fn on(&self, run: Run) -> Run {
        run.args(["--store", &self.address()])
    }

    /// All texts in it, by their names.
    fn texts(&self) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        walk(&self.path(""), &mut |path| {
            let name = path.strip_prefix(self.path("")).expect("below").display().to_string();
            texts.push((name, String::from_utf8_lossy(&fs::read(path).expect("ours")).into_owned()));
        });
        texts
    }
}

/// Two shots, of which the second starts on the first.
const CHAIN: &str = "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}
  - {id: two, prompt: Boat two, provider: ark, first_frame: {last_frame_of: one}}
";

#[test]
fn what_one_machine_has_paid_the_others_use() {
    let service = Loopback::start(settings());
    let shared = Shared::new();
    let text = board("ark", CHAIN);
    let first = shared.on(render(project(&text).again(), &service)).ok();
    let made = Made::of(first.path());
    assert_eq!(service.ledger().billed().len(), 2);
    let second = project(&text);
    let plan = shared.on(second.again()).args(["plan", "film.yaml"]).ok();
    plan.out_has("reuse");
    assert!(!second.path().join(".storyreel").join("objects").exists(), "a plan brings nothing");
    let asked = service.ledger().requests().len();
    shared.on(second.again()).args(["render", "film.yaml", "--only", "two", "--yes"]).ok();
    assert!(!second.path().join(".storyreel/objects").exists(), "what is made already needs not be here");
    shared.on(second.again()).args(["render", "film.yaml", "--locked"]).ok();
    assert_eq!((Made::of(second.path()), service.ledger().requests().len()), (made.clone(), asked));
    // Without the shared store its cache is enough.
    fs::remove_file(second.path().join("out/film.mp4")).expect("ours");
    second.again().args(["render", "film.yaml", "--locked"]).ok();
    assert_eq!(Made::of(second.path()), made);
    // An edit of the second shot is all that a third machine pays for; it starts on the frame that the first one got.
    let third = shared.on(render(project(&text.replace("Boat two", "Boat 2")).again(), &service)).ok();
    assert_eq!(service.ledger().billed().len(), 3);
    assert!(Made::of(third.path()) != made);
    for (name, text) in shared.texts() {
        assert!(!text.contains(KEYS), "a key is in {name}");
        assert!(!name.starts_with("spend") || !text.contains("http"), "an address is in {name}:\n{text}");
    }
}

fn begun(run: &Run) -> Child {
    run.command().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was built")
}

/// Rounds of machines that are killed: `STORE_ROUNDS` of them, or as many as usual.
pub(super) fn rounds(usual: usize) -> usize {
    std::env::var("STORE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}

/// Four machines, each killed once in every round and begun again: paid, twice, unclear.
pub(super) fn pay_in_rounds(store: &str, rounds: usize, on: &dyn Fn(Run) -> Run) {
    let mut paid = 0;
    let mut unclear = 0;
    for round in 0..rounds {
        let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: 1 }));
        let lines = (0..10).map(|n| format!("  - {{id: s{n}, prompt: Boat {round} {n}, provider: ark}}\n"));
        let text = board("ark", &lines.collect::<String>());
        let machines = [(); 4].map(|()| project(&text));
        let run = |machine: &Seen| on(render(machine.again(), &service)).args(["--wait", "60"]);
        let mut children: Vec<Child> = machines.iter().map(|machine| begun(&run(machine))).collect();
        for (at, child) in children.iter_mut().enumerate() {
            while orders(&service.ledger(), "ark").len() <= at * 3 && child.try_wait().expect("it is ours").is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            child.kill().expect("it is ours");
            child.wait().expect("it ends");
        }
        // All at once, so that each can say what became of its own orders while the others wait for it.
        let again: Vec<Child> = machines.iter().map(|machine| begun(&run(machine))).collect();
        let ends = again.into_iter().map(|mut child| child.wait().expect("it is ours").code());
        unclear += ends.filter(|code| *code == Some(7)).count();
        let ledger = service.ledger();
        assert_eq!(ledger.billed().len(), 10, "round {round}: {:?}", ledger.tasks());
        paid += ledger.billed().len();
        let made = Made::of(machines[0].path());
        assert!(machines.iter().all(|machine| Made::of(machine.path()) == made));
    }
    writeln!(std::io::stderr(), "{store}: {paid} paid, 0 twice, {unclear} unclear").expect("it can be said");
    assert_eq!(unclear, 0);
}

#[test]
fn four_machines_that_are_killed_and_begun_again_pay_once_for_every_shot() {
    let shared = Shared::new();
    pay_in_rounds("folder", rounds(2), &|run| shared.on(run));
}

/// A machine that took the token of a shot, sent the order, and was killed before the answer came.
fn silent(shared: &Shared, service: &Loopback, text: &str) -> Seen {
    let machine = project(text);
    let due = || !service.ledger().tasks().is_empty();
    assert!(killed(&shared.on(render(machine.again(), service)), due), "it is killed while it waits for the answer");
    machine
}

#[test]
fn an_order_of_a_silent_machine_is_looked_for_and_never_sent_again() {
    let lost = settings().fault(Call::Submit, Pick::Nth(1), Fault::Slow(Duration::from_mins(5)));
    let service = Loopback::start(lost.clone());
    let shared = Shared::new();
    let lamp = board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n");
    silent(&shared, &service, &lamp);
    // The service's list shows the task to another machine, which fetches it.
    shared.on(render(project(&lamp).again(), &service)).args(["--wait", "1"]).ok();
    assert_eq!((service.ledger().billed().len(), service.ledger().tasks().len()), (1, 1));

    // Without a list only a person can tell.
    let service = Loopback::start(lost);
    let shared = Shared::new();
    let lamp = board("cometapi", "  - {id: lamp, prompt: A lamp, provider: cometapi}\n");
    silent(&shared, &service, &lamp);
    let other = project(&lamp);
    let on = |run: Run| shared.on(run);
    on(served(other.again(), &service)).args(["render", "film.yaml", "--no-wait", "--yes"]).code(8);
    for _ in 0..2 {
        let seen = on(render(other.again(), &service)).args(["--wait", "1"]).code(7);
        seen.out_has("another machine took the order");
    }
    assert_eq!(service.ledger().tasks().len(), 1);
    let status = on(other.again()).args(["status"]).code(7);
    status.out_has("of another machine").out_has("--assume-lost lamp");
    on(other.again()).args(["status", "--assume-lost", "lamp"]).ok();
    on(render(other.again(), &service)).ok();
    assert_eq!(service.ledger().billed().len(), 2, "by the user's word");
    let third = project(&lamp);
    on(render(third.again(), &service)).ok();
    assert_eq!(service.ledger().tasks().len(), 2);
}

#[test]
fn a_machine_that_ended_before_it_sent_anything_leaves_no_question() {
    let service = Loopback::start(settings());
    let shared = Shared::new();
    let lamp = board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n");
    // The service is busy: the order is turned away without charge, again and again, and then the machine is killed.
    let busy = Loopback::start(settings().fault(Call::Submit, Pick::Every, Fault::RateLimited(Some(1))));
    let machine = project(&lamp);
    assert!(killed(&shared.on(render(machine.again(), &busy)), || orders(&busy.ledger(), "ark").len() >= 2));
    // Its first attempts are known to be void; what it did last, its own journal knows.
    shared.on(render(machine.again(), &service)).ok();
    assert_eq!(service.ledger().billed().len(), 1);
    assert_eq!(busy.ledger().billed().len(), 0);
    let names: Vec<String> = shared.texts().into_iter().map(|(name, _)| name).collect();
    let ends = |ending: &str| names.iter().filter(|name| name.starts_with("spend") && name.ends_with(ending)).count();
    assert!(ends(".void") >= 1 && ends(".task") == 1, "{names:?}");
}

#[test]
fn a_task_that_failed_is_ordered_once_more_by_one_machine() {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::Expired));
    let shared = Shared::new();
    let lamp = board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n");
    shared.on(render(project(&lamp).again(), &service)).ok();
    assert_eq!(orders(&service.ledger(), "ark").len(), 2);
    shared.on(render(project(&lamp).again(), &service)).ok();
    assert_eq!(orders(&service.ledger(), "ark").len(), 2);
    let names: Vec<String> = shared.texts().into_iter().map(|(name, _)| name).collect();
    for ending in ["/1", "/1.task", "/1.failed", "/2", "/2.task"] {
        assert!(names.iter().any(|name| name.starts_with("spend") && name.ends_with(ending)), "{ending}: {names:?}");
    }
}

#[test]
fn what_was_paid_before_the_store_was_shared_is_put_there_first() {
    let service = Loopback::start(settings());
    let shared = Shared::new();
    let text = board("ark", CHAIN);
    let first = render(project(&text).again(), &service).ok();
    shared.on(render(first.again(), &service)).ok().err_has("2 clips put into");
    shared.on(render(project(&text).again(), &service)).ok();
    assert_eq!(service.ledger().billed().len(), 2);
}

#[test]
fn another_layout_or_a_damaged_clip_is_refused() {
    let service = Loopback::start(settings());
    let shared = Shared::new();
    let text = board("ark", CHAIN);
    let first = shared.on(render(project(&text).again(), &service)).ok();
    // A clip that is not what its name says is no clip, and what is paid is not bought again for that.
    let mut objects = Vec::new();
    walk(&shared.path("objects"), &mut |path| objects.push(path.to_owned()));
    for object in &objects {
        fs::remove_file(object).expect("ours");
        fs::write(object, "not the clip").expect("ours");
    }
    let second = project(&text);
    let refused = shared.on(render(second.again(), &service)).run();
    assert_eq!(refused.code, Some(6), "{}\n{}", refused.stdout, refused.stderr);
    refused.out_has("is damaged");
    shared.on(second.again()).args(["store", "pull", "film.yaml"]).code(1).err_has("is damaged");
    assert_eq!(service.ledger().billed().len(), 2);
    // Removed there, they are put back by a machine that has them.
    objects.iter().for_each(|object| fs::remove_file(object).expect("ours"));
    shared.on(first.again()).args(["store", "push", "film.yaml"]).ok().out_has("pushed 2 clips");
    shared.on(second.again()).args(["store", "pull", "film.yaml"]).ok();
    shared.on(render(second.again(), &service)).ok();
    assert_eq!(Made::of(second.path()), Made::of(first.path()));

    fs::remove_file(shared.path("store.json")).expect("ours");
    fs::write(shared.path("store.json"), "{\"layout\":2,\"digest\":\"blake3\"}\n").expect("ours");
    for args in [&["plan", "film.yaml"][..], &["render", "film.yaml", "--yes"], &["store", "check"], &["store", "ls"]] {
        let seen = shared.on(served(project(&text).again(), &service)).args(args).run();
        assert!(matches!(seen.code, Some(1 | 4)), "{args:?}: {:?}", seen.code);
        seen.err_has("was laid out by another version of storyreel: {\"layout\":2");
    }
    assert_eq!(service.ledger().billed().len(), 2);
}

#[test]
fn a_shared_store_that_cannot_be_written_buys_nothing() {
    let service = Loopback::start(settings());
    let shared = Shared::new();
    // A file stands where the tokens would be.
    fs::create_dir_all(shared.path("")).expect("ours");
    fs::write(shared.path("spend"), "").expect("ours");
    let seen = shared.on(render(project(&board("ark", CHAIN)).again(), &service)).code(5);
    seen.out_has("could not be recorded, so it was not sent");
    assert_eq!(service.ledger().requests().iter().filter(|asked| asked.method == "POST").count(), 0);
}

#[test]
fn films_are_pushed_listed_swept_and_pulled() {
    let service = Loopback::start(settings());
    let shared = Shared::new();
    let text = board("ark", CHAIN) + "  - {id: end, card: The End, duration: 1}\n";
    let first = render(project(&text).again(), &service).ok();
    let store = |machine: &Seen, args: &[&str]| shared.on(machine.again()).args(["store"]).args(args);
    store(&first, &["check"]).ok().out_has("in 20 of 20 races, each of 16 for one name, exactly one won");
    store(&first, &["push", "film.yaml"]).ok().out_has("pushed 3 clips").out_has("0 there already");
    store(&first, &["push", "film.yaml"]).ok().out_has("pushed 0 clips").out_has("3 there already");
    let listed = store(&first, &["ls"]).ok();
    listed.out_has("film.lock.yaml: two").out_has("4 objects");
    let second = project(&text);
    store(&second, &["pull", "film.yaml"]).ok().out_has("pulled from").out_has("4 objects");
    second.again().args(["render", "film.yaml", "--locked"]).ok();
    assert_eq!(Made::of(second.path()), Made::of(first.path()));
    // What is paid stays, and what is free and young, too; tokens are no matter of this.
    let elsewhere = project(&board("ark", "  - {id: x, card: Other, duration: 1}\n"));
    store(&elsewhere, &["gc"]).ok().out_has("would be removed: 0 objects").out_has("made lately");
    store(&elsewhere, &["gc", "--keep-days", "0"]).ok().out_has("kept: 3 paid, 1 written within the hour");
    store(&elsewhere, &["gc", "--paid"]).code(2).err_has("what is paid stays");
    store(&elsewhere, &["gc", "--delete"]).code(4).err_has("`--locks DIR`");
    for object in ["objects", "recipes"] {
        walk(&shared.path(object), &mut |path| {
            let day_ago = std::time::SystemTime::now() - Duration::from_hours(24 * 40);
            fs::File::open(path).and_then(|file| file.set_modified(day_ago)).expect("ours");
        });
    }
    let locks = elsewhere.path().display().to_string();
    store(&elsewhere, &["gc", "--delete", "--locks", &locks]).ok().out_has("removed: 1 object").out_has("3 paid");
    let third = project(&text);
    store(&third, &["pull", "film.yaml"]).ok().out_has("3 objects");
    shared.on(render(third.again(), &service)).ok();
    assert_eq!((service.ledger().billed().len(), Made::of(third.path())), (2, Made::of(first.path())));
    store(&first, &["verify"]).code(2).err_has("leave `--store` out");
    first.again().args(["store", "push", "film.yaml"]).code(2).err_has("name the shared store");
    first.again().args(["store", "check"]).ok().out_has("a store of this machine");
    first
        .again()
        .args(["store", "ls", "--store", "s3://KEY:SECRET@team/films"])
        .code(2)
        .err_has("never from the address");
}

#[test]
fn a_recovered_clip_of_another_machines_order_is_for_all() {
    let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 1, running: 0 }));
    let shared = Shared::new();
    let lamp = board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n");
    shared.on(render(project(&lamp).again(), &service)).args(["--no-wait"]).code(8);
    let other = project(&lamp);
    let status = shared.on(other.again()).args(["status", "film.yaml"]).ok();
    status.out_has("lamp").out_has("ordered, not fetched");
    shared.on(served(other.again(), &service)).args(["recover", "film.yaml"]).ok();
    shared.on(other.again()).args(["status"]).ok().err_has("nothing is unfinished");
    let third = shared.on(render(project(&lamp).again(), &service)).ok();
    assert_eq!(told(&third, "shot_started").len(), 0, "it is there");
    assert_eq!(orders(&service.ledger(), "ark").len(), 1);
}
