//! The store and the lock as users meet them: damage found, nothing needed removed, locks merged by real git.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use storyreel::store::Store;
use storyreel_core::lock::{ClipRecord, Joined, Lock};
use storyreel_core::units::Digest;

use crate::support::{Run, Seen};

/// Two cards of a second.
fn board(words: &str) -> String {
    format!(
        "storyboard: 1\ntitle: Test\ndefaults: {{resolution: 480p}}\nshots:\n  \
         - {{id: one, card: {words}, duration: 1}}\n  - {{id: two, card: Two, duration: 1}}\n"
    )
}

fn rendered(words: &str) -> Seen {
    Run::new().board("film.yaml", &board(words)).args(["render", "film.yaml", "-q"]).ok()
}

fn again(seen: &Seen, words: &str) -> Seen {
    seen.again().board("film.yaml", &board(words)).args(["render", "film.yaml", "-q"]).ok()
}

fn lock(seen: &Seen) -> Lock {
    Lock::read(&fs::read_to_string(seen.path().join("film.lock.yaml")).expect("there")).expect("read")
}

fn clip(seen: &Seen, shot: &str) -> Digest {
    lock(seen).shots[&shot.parse().expect("a good id")].clip
}

fn object(seen: &Seen, digest: &Digest) -> PathBuf {
    Store::at(seen.path().join(".storyreel")).object(digest)
}

fn objects(seen: &Seen) -> usize {
    files(&seen.path().join(".storyreel/objects")).len()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

/// Makes everything under a folder of the store so many days old.
fn age(seen: &Seen, folder: &str, days: u64) {
    let then = SystemTime::now() - Duration::from_hours(24 * days);
    for path in files(&seen.path().join(".storyreel").join(folder)) {
        let file = fs::File::open(&path).expect("there");
        file.set_modified(then).expect("set");
    }
}

#[test]
fn what_is_in_the_store_is_listed_with_who_uses_it() {
    let seen = again(&rendered("Once"), "Twice");
    let listed = seen.again().args(["store", "ls"]).ok().err("").out_has("film.lock.yaml: one");
    listed.out_has("film.lock.yaml: two").out_has("3 objects, ");
    Run::new().args(["store", "ls"]).ok().out("OBJECT  WHAT  SIZE  PAID  AGE  USED BY\n\n0 objects, 0 B\n");
}

#[test]
fn damage_is_found_named_and_mended() {
    let seen = rendered("Once");
    seen.again().args(["store", "verify"]).ok().out("2 objects, all intact\n");
    let digest = clip(&seen, "two");
    let path = object(&seen, &digest);
    let whole = fs::read(&path).expect("there");
    assert!(fs::metadata(&path).expect("there").permissions().readonly(), "a clip is not written to by accident");
    fs::remove_file(&path).expect("removed");
    fs::write(&path, &whole[..whole.len() - 1]).expect("written");
    let found = seen.again().args(["store", "verify"]).code(1);
    found.out_has(&digest.short()).out_has("film.lock.yaml: two").err_has("1 of 2 objects damaged");
    fs::remove_file(&path).expect("removed");
    again(&seen, "Once");
    assert!(fs::read(&path).expect("there") == whole, "it was made again");
    seen.again().args(["store", "verify"]).ok();
}

#[test]
fn only_what_nobody_needs_is_removed_and_only_when_asked() {
    let seen = rendered("Once");
    let old = clip(&seen, "one");
    let seen = again(&seen, "Twice");
    for (folder, file) in [("spend/ab/abcd", "1"), ("journal", "20260101T000000Z-1-ab.log")] {
        fs::create_dir_all(seen.path().join(".storyreel").join(folder)).expect("made");
        fs::write(seen.path().join(".storyreel").join(folder).join(file), "").expect("written");
    }
    let gc = |args: &[&str]| seen.again().args([&["store", "gc"], args].concat()).ok();
    gc(&["--delete"]).out("removed: 0 objects, 0 B\nkept: 2 in a lock file, 1 written within the hour\n");
    age(&seen, "objects", 400);
    age(&seen, "recipes", 400);
    age(&seen, "spend", 400);
    age(&seen, "journal", 400);
    gc(&[]).out_has(&old.short()).out_has("would be removed: 1 object").err_has("add `--delete` to remove it");
    assert_eq!(objects(&seen), 3, "a look removes nothing");
    // A lock that cannot be read still protects what it names.
    let mention = format!("<<<<<<< {old}\n");
    fs::create_dir_all(seen.path().join("other")).expect("made");
    fs::write(seen.path().join("other/other.lock.yaml"), mention).expect("written");
    gc(&["--delete"]).out_has("removed: 0 objects").out_has("3 in a lock file");
    fs::remove_file(seen.path().join("other/other.lock.yaml")).expect("removed");
    gc(&["--delete"]).out_has("removed: 1 object");
    assert!(!object(&seen, &old).exists());
    assert_eq!(objects(&seen), 2);
    assert_eq!(files(&seen.path().join(".storyreel/spend")).len(), 1);
    assert_eq!(files(&seen.path().join(".storyreel/journal")).len(), 1);
    seen.again().args(["render", "film.yaml", "--locked", "-q"]).ok();
    // What was removed is made again, and its receipt is of use again.
    let back = again(&seen, "Once");
    assert_eq!(clip(&back, "one"), old);
}

#[test]
fn what_was_paid_stays_until_it_is_old_and_may_go() {
    let seen = rendered("Once");
    let old = clip(&seen, "one");
    let seen = again(&seen, "Twice");
    for path in files(&seen.path().join(".storyreel/recipes")) {
        let text = fs::read_to_string(&path).expect("there");
        if let Ok(taken) = ClipRecord::read(&text) {
            fs::write(&path, ClipRecord { task: Some("t-1".to_owned()), ..taken }.text()).expect("written");
        }
    }
    age(&seen, "objects", 29);
    age(&seen, "recipes", 29);
    let gc = |args: &[&str]| seen.again().args([&["store", "gc", "--delete"], args].concat()).ok();
    gc(&[]).out_has("removed: 0 objects").out_has("1 paid\n");
    gc(&["--keep-days", "0"]).out_has("removed: 0 objects").out_has(", 1 clip of unknown price; `--paid` removes it\n");
    gc(&["--paid"]).out_has("removed: 0 objects").out_has("1 paid lately");
    gc(&["--paid", "--keep-days", "28"]).out_has("removed: 1 object");
    assert!(!object(&seen, &old).exists());
}

#[test]
fn nothing_is_removed_under_a_run_or_from_a_store_that_others_may_use() {
    let seen = rendered("Once");
    let store = Store::at(seen.path().join(".storyreel"));
    let work = store.workspace().expect("a workspace");
    seen.again().args(["store", "gc", "--delete"]).code(4).err_has("a run is using this store");
    drop(work);
    let gc = ["store", "gc", "--delete", "--store", "shared/clips"];
    seen.again().args(gc).code(4).err_has("`--locks DIR`");
    seen.again().args(gc).args(["--locks", "."]).ok();
}

#[test]
fn a_lock_is_made_again_from_the_store_for_nothing() {
    let seen = rendered("Once");
    let file = seen.path().join("film.lock.yaml");
    let text = fs::read_to_string(&file).expect("there");
    let rebuild = || seen.again().args(["lock", "rebuild", "film.yaml"]).ok().out("");
    fs::remove_file(&file).expect("removed");
    rebuild().err("film.lock.yaml: 2 of 2 shots\n");
    assert_eq!(fs::read_to_string(&file).expect("there"), text);
    fs::write(&file, "nonsense").expect("written");
    rebuild().err_has("it is kept as `film.lock.yaml.old`");
    assert_eq!(fs::read_to_string(&file).expect("there"), text);
    assert_eq!(fs::read_to_string(seen.path().join("film.lock.yaml.old")).expect("there"), "nonsense");
    fs::remove_file(object(&seen, &clip(&seen, "two"))).expect("removed");
    rebuild().err_has("1 of 2 shots").err_has("not in the store: `two`");
    assert_eq!(fs::read_to_string(&file).expect("there"), text, "another store may have what is missing here");
}

/// Plain git, with nobody's settings.
fn git(folder: &Path, args: &[&str]) -> bool {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.output().expect("git is installed").status.success()
}

fn commit(folder: &Path, lock: &Lock) {
    fs::write(folder.join("film.lock.yaml"), lock.text()).expect("written");
    assert!(git(folder, &["add", "-A"]) && git(folder, &["commit", "-q", "-m", "x"]));
}

/// A lock of eight shots, as it is when some were rendered by somebody.
fn eight(changed: &[(&str, &str)]) -> Lock {
    let mut lock = Lock::default();
    for shot in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        let by = changed.iter().find(|(id, _)| *id == shot).map_or("base", |(_, by)| by);
        let digest = |what: &str| Digest::of(format!("{what} of {shot} by {by}").as_bytes());
        let (recipe, clip) = (digest("recipe"), digest("clip"));
        let text = format!(
            "recipe: {recipe}\nclip: {clip}\ntake: 1\nprovider: ark\ntask: cgt-{by}\nvideo: 864x480 24fps 121 frames \
             9 bytes\ncodec: h264 yuv420p x\ntokens: 50638\npaid: 0.35 USD\n"
        );
        lock.shots.insert(shot.parse().expect("a good id"), ClipRecord::read(&text).expect("a receipt"));
    }
    lock
}

/// The lock file after two branches were merged, and whether git did it alone.
fn merged(style: &str, ours: &Lock, theirs: &Lock) -> (String, bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    assert!(git(path, &["init", "-q", "-b", "main"]));
    commit(path, &eight(&[]));
    assert!(git(path, &["checkout", "-q", "-b", "other"]));
    commit(path, theirs);
    assert!(git(path, &["checkout", "-q", "main"]));
    commit(path, ours);
    let clean = git(path, &["-c", &format!("merge.conflictStyle={style}"), "merge", "-q", "other"]);
    (fs::read_to_string(path.join("film.lock.yaml")).expect("there"), clean)
}

#[test]
fn branches_that_changed_different_shots_merge_with_plain_git() {
    for (ours, theirs) in [("b", "g"), ("c", "d"), ("a", "h")] {
        let (text, clean) = merged("merge", &eight(&[(ours, "us")]), &eight(&[(theirs, "them")]));
        assert!(clean, "{ours} and {theirs}");
        assert_eq!(Lock::read(&text), Ok(eight(&[(ours, "us"), (theirs, "them")])));
    }
}

#[test]
fn branches_that_changed_the_same_shots_lose_nothing_in_any_style_of_conflict() {
    let ours = eight(&[("c", "us"), ("d", "us"), ("f", "us")]);
    let theirs = eight(&[("c", "them"), ("d", "them"), ("g", "them")]);
    for style in ["merge", "diff3", "zdiff3"] {
        let (text, clean) = merged(style, &ours, &theirs);
        assert!(!clean && text.contains("<<<<<<<"), "{style}");
        let recipe = |lock: &Lock, shot: &str| lock.shots[&shot.parse().expect("a good id")].recipe;
        let wanted = recipe(&theirs, "d");
        let joined = Joined::read(&text, &|shot| (shot.as_str() == "d").then_some(wanted)).expect("read");
        let expected = eight(&[("c", "us"), ("d", "them"), ("f", "us"), ("g", "them")]);
        assert_eq!(joined.lock.shots, expected.shots, "{style}");
        let conflicts: Vec<(&str, bool)> = joined.conflicts.iter().map(|one| (one.shot.as_str(), one.theirs)).collect();
        assert_eq!(conflicts, [("c", false), ("d", true)], "{style}");
        let spare: Vec<Digest> = joined.lock.takes.values().flatten().map(|taken| taken.recipe).collect();
        assert_eq!(spare, [recipe(&theirs, "c"), recipe(&ours, "d")], "{style}");
        assert_eq!(Lock::read(&joined.lock.text()), Ok(joined.lock), "{style}");
    }
}

#[test]
fn after_a_conflict_only_the_storyboard_is_resolved_by_hand() {
    let seen = rendered("Base");
    let folder = seen.path();
    fs::remove_dir(folder.join(".git")).expect("it is empty");
    fs::write(folder.join(".gitignore"), "/out/\n/.storyreel/\n").expect("written");
    let commit = || assert!(git(folder, &["add", "-A"]) && git(folder, &["commit", "-q", "-m", "x"]));
    assert!(git(folder, &["init", "-q", "-b", "main"]));
    commit();
    assert!(git(folder, &["checkout", "-q", "-b", "other"]));
    let theirs = clip(&again(&seen, "Theirs"), "one");
    commit();
    assert!(git(folder, &["checkout", "-q", "main"]));
    let ours = clip(&again(&seen, "Ours"), "one");
    commit();
    assert!(!git(folder, &["merge", "-q", "other"]));
    // The receipts are on other machines: only the lock knows these clips.
    fs::remove_dir_all(folder.join(".storyreel/recipes")).expect("removed");
    for (words, expected) in [("Theirs", theirs), ("Ours", ours)] {
        let run = seen.again().board("film.yaml", &board(words)).args(["render", "film.yaml", "--locked"]).ok();
        if words == "Theirs" {
            run.err_has("`film.lock.yaml` has conflict markers")
                .err_has("they differ in `one`")
                .says_nothing_of("paid");
        } else {
            assert!(!run.stderr.contains("marker"), "the first run wrote it clean");
        }
        assert_eq!(clip(&seen, "one"), expected);
    }
}
