//! What is paid is kept: fetched wherever it was ordered, shared by all who want it, and never handed on damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use storyreel::store::Store;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::units::Digest;

use super::crash::{Made, killed, project, records, settings, side_by_side};
use super::{board, render, served};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::{Run, Seen};

fn chain() -> String {
    board(
        "ark",
        "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}\n  \
         - {id: two, prompt: Boat two, provider: ark}\n",
    )
}

fn orders(service: &Loopback) -> usize {
    service.ledger().requests().iter().filter(|request| request.method == "POST").count()
}

fn taken(project: &Path, shot: &str) -> ClipRecord {
    let text = fs::read_to_string(project.join("film.lock.yaml")).expect("the lock is there");
    Lock::read(&text).expect("it is a lock").shots[&shot.parse().expect("a good id")].clone()
}

/// Changes a byte in the middle of an object; its size stays.
fn damage(project: &Path, digest: &Digest) -> PathBuf {
    let path = Store::at(project.join(".storyreel")).object(digest);
    let mut bytes = fs::read(&path).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::remove_file(&path).expect("removed");
    fs::write(&path, bytes).expect("written");
    path
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

fn started(run: &Run) -> Child {
    let mut command = run.command();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program was built")
}

#[test]
fn two_processes_that_want_the_same_shots_pay_once() {
    let shots = "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}\n  \
                 - {id: two, prompt: Boat two, provider: ark}\n  - {id: alone, prompt: Boat alone, provider: ark}\n";
    let text = board("ark", shots);
    side_by_side(0..8, |round| {
        let service = Loopback::start(settings());
        let seen = project(&text);
        // In one half of the rounds the same film, in the other another one with the same shots.
        let other = if round % 2 == 0 { "film.yaml" } else { "other.yaml" };
        fs::write(seen.path().join("other.yaml"), text.replace("title: Paid", "title: Other")).expect("written");
        let run = |file: &str| served(seen.again(), &service).args(["render", file, "--yes"]);
        let mut racers = [started(&run("film.yaml")), started(&run(other))];
        let codes: Vec<Option<i32>> = racers.iter_mut().map(|one| one.wait().expect("it ends").code()).collect();
        assert_eq!(codes, [Some(0), Some(0)], "round {round}");
        let ledger = service.ledger();
        assert_eq!(ledger.tasks().len(), 3, "round {round}: billed once each");
        let film = other.replace("yaml", "mp4");
        assert!(seen.path().join("out/film.mp4").exists() && seen.path().join("out").join(film).exists());
    });
}

#[test]
fn who_waits_for_a_process_that_dies_before_it_orders_is_not_left_in_doubt() {
    // The first order is under way for ever, so that the other process waits for it; then the first one dies.
    let late = Fault::Slow(std::time::Duration::from_mins(5));
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), late));
    let seen = project(&board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n"));
    let mut first = started(&render(seen.again(), &service));
    while service.ledger().tasks().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let run = render(seen.again(), &service);
    let mut second = started(&run);
    while records(seen.path()) < 2 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    first.kill().expect("it is ours");
    first.wait().expect("it ends");
    second.wait().expect("it ends");
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().tasks().len(), 1);
}

#[test]
fn recover_fetches_what_was_paid_and_orders_nothing() {
    let service = Loopback::start(settings());
    let seen = project(&chain());
    let run = render(seen.again(), &service);
    assert!(killed(&run, || records(seen.path()) >= 3), "it was submitted");
    let left = seen.again().args(["status"]).ok().out_has("one").out_has("not fetched").out_has(" d ");
    left.out_has("`storyreel recover` fetches paid clips");
    let json = seen.again().args(["status", "--format", "json"]).ok().json();
    let seconds = json["unfinished"][0]["seconds_left"].as_u64().expect("it is known");
    assert!((6 * 86_400..=7 * 86_400).contains(&seconds), "{seconds}");
    assert!(json["unfinished"][0]["link_seconds_left"].is_null(), "there is no clip yet");
    let before = orders(&service);
    served(seen.again(), &service).args(["recover", "film.yaml"]).ok().err_has("one: fetched, ");
    served(seen.again(), &service).args(["recover"]).ok().err_has("there is nothing to fetch");
    assert_eq!((orders(&service), before), (1, 1), "recover never orders");
    seen.again().args(["store", "verify"]).ok();
    render(seen.again(), &service).ok();
    let ledger = service.ledger();
    assert_eq!((ledger.billed_for("Boat one"), ledger.billed_for("Boat two"), ledger.tasks().len()), (1, 1, 2));
    let handed = ledger.task("Boat two").input("first_frame").sha256.clone();
    assert_eq!(handed, ledger.task("Boat one").frame_served, "the chain goes on from the very frame");
}

#[test]
fn status_says_how_long_a_finished_clip_can_be_had() {
    let late = Fault::Slow(std::time::Duration::from_mins(5));
    let service = Loopback::start(settings().fault(Call::Clip, Pick::Nth(1), late));
    let seen = project(&board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n"));
    assert!(killed(&render(seen.again(), &service), || !service.ledger().downloads().is_empty()));
    seen.again().args(["status"]).ok().out_has("finished, not fetched").out_has("6 d 23 h, its");
    let json = seen.again().args(["status", "--format", "json"]).ok().json();
    let left = |field: &str| json["unfinished"][0][field].as_u64().expect("it is known") / 3600;
    assert_eq!(left("seconds_left"), 7 * 24 - 1);
    assert!((23..=24).contains(&left("link_seconds_left")), "{json:#}");
}

#[test]
fn what_was_ordered_is_fetched_from_its_owner_whatever_the_storyboard_names_now() {
    let shot = |provider: &str| board(provider, &format!("  - {{id: lamp, prompt: A lamp, provider: {provider}}}\n"));
    let service = Loopback::start(settings());
    let seen = project(&shot("cometapi"));
    assert!(killed(&render(seen.again(), &service), || records(seen.path()) >= 3), "it was submitted");
    fs::write(seen.path().join("film.yaml"), shot("ark")).expect("written");
    render(seen.again(), &service).ok().err_has("lamp: fetched, ");
    let ledger = service.ledger();
    let at: Vec<&str> = ledger.tasks().iter().map(|task| task.service).collect();
    assert_eq!(at, ["cometapi", "ark"], "the old one is not ordered again");
    assert!(ledger.tasks().iter().all(|task| task.downloads > 0), "both are fetched");
    fs::write(seen.path().join("film.yaml"), shot("cometapi")).expect("written");
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().tasks().len(), 2, "what was fetched is there when it is wanted again");
}

#[test]
fn a_fresh_clone_with_a_copied_store_gives_the_same_film_to_the_byte() {
    let service = Loopback::start(settings());
    let seen = render(project(&chain()).again(), &service).ok();
    let made = Made::of(seen.path());
    let sent = service.ledger().requests().len();
    let clone = project(&chain());
    let locked = || clone.again().args(["render", "film.yaml", "--locked"]);
    fs::copy(seen.path().join("film.lock.yaml"), clone.path().join("film.lock.yaml")).expect("copied");
    locked().code(4).err_has("one: ").err_has("2 shots would have to be made");
    copy(&seen.path().join(".storyreel"), &clone.path().join(".storyreel"));
    for _ in 0..2 {
        locked().ok();
        assert_eq!(Made::of(clone.path()), made);
        fs::remove_file(clone.path().join("out/film.mp4")).expect("removed");
    }
    fs::remove_file(clone.path().join("film.lock.yaml")).expect("removed");
    clone.again().args(["lock", "rebuild", "film.yaml"]).ok().err_has("2 of 2 shots");
    locked().ok();
    assert_eq!(Made::of(clone.path()), made);
    // Without its lock a project still pays for nothing that is in the store.
    fs::remove_file(seen.path().join("film.lock.yaml")).expect("removed");
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().requests().len(), sent, "nobody was asked for anything");
}

#[test]
fn a_damaged_clip_becomes_no_part_of_a_film() {
    let service = Loopback::start(settings());
    let seen = render(project(&chain()).again(), &service).ok();
    let made = Made::of(seen.path());
    let film = seen.path().join("out/film.mp4");
    let whole = fs::read(&film).expect("it is there");
    let path = damage(seen.path(), &taken(seen.path(), "two").clip);
    // What stands is left alone, and what would be made of it is not made.
    render(seen.again(), &service).ok();
    fs::remove_file(&film).expect("removed");
    render(seen.again(), &service).code(6).out_has("is damaged");
    assert!(!film.exists());
    seen.again().args(["store", "verify"]).code(1).err_has("1 of ");
    let before = orders(&service);
    fs::remove_file(path).expect("removed");
    render(seen.again(), &service).ok();
    assert_eq!(orders(&service), before, "it is fetched again, for nothing");
    assert_eq!(Made::of(seen.path()), made);
    assert!(fs::read(&film).expect("it is there") == whole);
}

#[test]
fn a_damaged_clip_is_handed_on_to_no_service() {
    let service = Loopback::start(settings());
    let seen = project(&chain());
    served(seen.again(), &service).args(["render", "film.yaml", "--yes", "--only", "one"]).ok();
    let one = taken(seen.path(), "one");
    let frame = one.last_frame.expect("it is handed on");
    let whole = fs::read(Store::at(seen.path().join(".storyreel")).object(&frame)).expect("it is there");
    damage(seen.path(), &frame);
    let clip = damage(seen.path(), &one.clip);
    render(seen.again(), &service).code(5).out_has("is damaged");
    assert_eq!(service.ledger().tasks().len(), 1, "nothing was ordered on top of it");
    fs::remove_file(clip).expect("removed");
    render(seen.again(), &service).ok();
    let ledger = service.ledger();
    assert_eq!((ledger.billed_for("Boat one"), ledger.billed_for("Boat two")), (1, 1));
    assert_eq!(ledger.task("Boat two").input("first_frame").sha256, Some(crate::loopback::sha256(&whole)));
}

/// A project whose second clip is in the store no more, and which its service has forgotten.
fn lost() -> (Loopback, Seen) {
    let service = Loopback::start(settings());
    let seen = render(project(&chain()).again(), &service).ok();
    let clip = Store::at(seen.path().join(".storyreel")).object(&taken(seen.path(), "two").clip);
    fs::rename(clip, seen.path().join("copy.mp4")).expect("removed");
    let task = service.ledger().task("Boat two").id.clone();
    service.forget(&task);
    (service, seen)
}

#[test]
fn a_clip_that_is_gone_here_and_there_is_bought_again_by_the_users_word_alone() {
    let (service, seen) = lost();
    for _ in 0..2 {
        render(seen.again(), &service).code(7).out_has("no longer knows the task").err_has("storyreel status");
        assert_eq!(orders(&service), 2, "nothing is bought by itself");
    }
    let plan = || served(seen.again(), &service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!((&plan()["shots"][1]["action"], &plan()["totals"]["ask"]), (&"ask".into(), &1.into()));
    let status = seen.again().args(["status"]).code(7).out_has("neither in the store nor at ark");
    status.out_has("storyreel status --assume-lost two").out_has("lost");
    seen.again().args(["status", "--assume-task", "two=other"]).code(2).err_has("which the service no longer knows");
    seen.again().args(["status", "--assume-lost", "two"]).ok().err_has("the next `render` buys it again");
    seen.again().args(["status"]).ok().err_has("nothing is unfinished");
    assert_eq!((&plan()["shots"][1]["action"], &plan()["totals"]["render"]), (&"render".into(), &1.into()));
    served(seen.again(), &service).args(["render", "film.yaml"]).code(4).err_has("1 shot to render");
    assert_eq!(orders(&service), 2, "and the sum is asked for");
    render(seen.again(), &service).ok();
    assert_eq!((service.ledger().billed_for("Boat one"), service.ledger().billed_for("Boat two")), (1, 2));
    render(seen.again(), &service).ok();
    assert_eq!(orders(&service), 3);
}

#[test]
fn a_lost_clip_that_is_put_back_is_used_and_nothing_is_asked() {
    let (service, seen) = lost();
    render(seen.again(), &service).code(7);
    let clip = Store::at(seen.path().join(".storyreel")).object(&taken(seen.path(), "two").clip);
    fs::rename(seen.path().join("copy.mp4"), clip).expect("put back");
    seen.again().args(["status"]).ok().err_has("nothing is unfinished");
    render(seen.again(), &service).ok();
    assert_eq!(orders(&service), 2);
}

#[test]
fn a_finished_task_that_its_service_forgot_before_it_was_fetched_is_asked_about() {
    let late = Fault::Slow(std::time::Duration::from_mins(5));
    let service = Loopback::start(settings().fault(Call::Clip, Pick::Nth(1), late));
    let seen = project(&board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n"));
    assert!(killed(&render(seen.again(), &service), || !service.ledger().downloads().is_empty()));
    let task = service.ledger().tasks()[0].id.clone();
    service.forget(&task);
    served(seen.again(), &service).args(["recover", "film.yaml"]).code(7).err_has("its service no longer knows it");
    served(seen.again(), &service).args(["recover", "film.yaml"]).ok().err_has("there is nothing to fetch");
    render(seen.again(), &service).code(7);
    seen.again().args(["status", "--assume-lost", "lamp"]).ok();
    render(seen.again(), &service).ok();
    assert_eq!(orders(&service), 2);
}
