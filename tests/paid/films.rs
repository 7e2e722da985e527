//! Films of one template: what was paid for each stays, whatever is made and swept after it.

use std::fs;
use std::path::Path;

use storyreel::store::Store;
use storyreel_core::lock::Lock;

use super::crash::{project, settings};
use super::{board, served};
use crate::loopback::Loopback;
use crate::support::Seen;

fn template() -> String {
    let shots = "  - {id: hero, prompt: \"A {{colour}} boat\", provider: ark, return_last_frame: true}\n  \
                 - {id: end, prompt: \"The {{colour}} boat leaves\", provider: ark}\n";
    board("ark", shots).replace("shots:", "vars: {colour: red}\nshots:")
}

fn film(seen: &Seen, service: &Loopback, colour: &str) -> Seen {
    let args = ["render", "film.yaml", "--yes", "-q", "--var"];
    served(seen.again(), service).args(args).args([format!("colour={colour}")]).ok()
}

fn gc(seen: &Seen, args: &[&str]) -> Seen {
    seen.again().args(["store", "gc", "--keep-days", "0", "--delete"]).args(args).ok()
}

/// The clips and frames that a lock names and the store has.
fn held(project: &Path, lock: &Lock) -> usize {
    let store = Store::at(project.join(".storyreel"));
    let named = lock.facts().flat_map(|(_, taken)| std::iter::once(taken.clip).chain(taken.last_frame));
    named.filter(|digest| store.object(digest).exists()).count()
}

fn lock(project: &Path, name: &str) -> Lock {
    let text = fs::read_to_string(project.join(format!("{name}.lock.yaml"))).expect("the lock is there");
    Lock::read(&text).expect("it is a lock")
}

/// Makes everything in the store so many days old.
fn age(folder: &Path, days: u64) {
    let then = std::time::SystemTime::now() - std::time::Duration::from_hours(24 * days);
    for entry in fs::read_dir(folder).expect("listed").flatten() {
        if entry.path().is_dir() {
            age(&entry.path(), days);
        } else {
            fs::File::open(entry.path()).and_then(|file| file.set_modified(then)).expect("set");
        }
    }
}

#[test]
fn two_films_of_one_template_keep_what_was_paid_for_each() {
    let service = Loopback::start(settings());
    let seen = project(&template());
    film(&seen, &service, "blue");
    film(&seen, &service, "green");
    age(&seen.path().join(".storyreel"), 400);
    gc(&seen, &[]).out_has("removed: 0 objects");
    gc(&seen, &["--paid"]).out_has("removed: 0 objects");
    for name in ["film.blue", "film.green"] {
        let lock = lock(seen.path(), name);
        assert_eq!(held(seen.path(), &lock), 3, "{name}");
    }
    for colour in ["blue", "green", "blue"] {
        let args = ["render", "film.yaml", "--locked", "-q", "--var"];
        seen.again().args(args).args([format!("colour={colour}")]).ok();
    }
    assert_eq!(service.ledger().tasks().len(), 4);
}

#[test]
fn what_was_paid_and_no_lock_names_goes_only_where_that_is_said() {
    let service = Loopback::start(settings());
    let seen = project(&template());
    film(&seen, &service, "blue");
    let blue = lock(seen.path(), "film.blue");
    fs::remove_file(seen.path().join("film.blue.lock.yaml")).expect("removed");
    age(&seen.path().join(".storyreel"), 400);
    let kept = gc(&seen, &[]).out_has("removed: 0 objects").out_has("kept: 3 paid\n");
    kept.out_has("paid, and in no lock file: 3 objects, ").out_has(" CNY; `--paid` removes it\n");
    // Without receipts the journal still says what was bought.
    let receipts = seen.path().join(".storyreel/recipes");
    fs::rename(&receipts, seen.path().join("aside")).expect("moved");
    gc(&seen, &[]).out_has("removed: 0 objects").out_has("kept: 3 paid\n");
    fs::rename(seen.path().join("aside"), &receipts).expect("moved");
    assert_eq!(held(seen.path(), &blue), 3);
    let lately = seen.again().args(["store", "gc", "--paid", "--keep-days", "500", "--delete"]).ok();
    lately.out_has("removed: 0 objects").out_has("3 paid lately");
    seen.again().args(["store", "gc", "--paid"]).ok().out_has("would be removed: 3 objects");
    assert_eq!(held(seen.path(), &blue), 3, "a look removes nothing");
    gc(&seen, &["--paid"]).out_has("removed: 3 objects").out_has("kept: none\n");
    assert_eq!(held(seen.path(), &blue), 0);
}

#[test]
fn locks_of_rows_and_spare_clips_protect_what_they_name() {
    let service = Loopback::start(settings());
    let seen = project(&template());
    film(&seen, &service, "blue");
    let mut lock = lock(seen.path(), "film.blue");
    lock.takes = lock.shots.iter().map(|(shot, taken)| (shot.clone(), vec![taken.clone()])).collect();
    lock.shots.clear();
    fs::remove_file(seen.path().join("film.blue.lock.yaml")).expect("removed");
    let folder = seen.path().join("film.locks");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("film.blue.lock.yaml"), lock.text()).expect("written");
    age(&seen.path().join(".storyreel"), 400);
    gc(&seen, &["--paid"]).out_has("removed: 0 objects").out_has("kept: 3 in a lock file\n");
}
