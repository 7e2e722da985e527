//! A second run: nothing twice, nothing missing, the reason said.

use std::fs;

use super::{board, chain, events, made, render};
use crate::support::{Run, Seen};

fn first() -> Seen {
    let seen = render(Run::new().board("film.yaml", &chain())).ok();
    assert_eq!(made(&seen).len(), 4);
    seen
}

/// Runs again after a change of the storyboard and insists on what is made.
#[track_caller]
fn changed(seen: &Seen, from: &str, to: &str, expected: &[&str]) -> Seen {
    let text = fs::read_to_string(seen.path().join("film.yaml")).expect("the storyboard is there");
    assert!(text.contains(from), "`{from}` is not in the storyboard");
    let again = render(seen.again().board("film.yaml", &text.replace(from, to))).ok();
    let mut names = made(&again);
    names.sort();
    assert_eq!(names, expected, "after `{from}` became `{to}`");
    again
}

#[test]
fn a_second_run_makes_nothing_and_leaves_the_film_alone() {
    let seen = first();
    let film = seen.path().join("out/film.mp4");
    let before = fs::metadata(&film).and_then(|facts| facts.modified()).expect("the film is there");
    let lock = fs::read(seen.path().join("film.lock.yaml")).expect("the lock is there");
    let again = render(seen.again()).ok();
    assert!(made(&again).is_empty());
    let done = events(&again).into_iter().find(|event| event["event"] == "film_done").expect("it is told");
    assert_eq!(done["way"], "up_to_date");
    assert_eq!(fs::metadata(&film).and_then(|facts| facts.modified()).expect("the film is there"), before);
    assert_eq!(fs::read(seen.path().join("film.lock.yaml")).expect("the lock is there"), lock);
}

#[test]
fn an_edit_makes_the_shot_and_what_starts_on_it() {
    let seen = first();
    changed(&seen, "A gull", "Two gulls", &["gull"]);
    let plan = |seen: &Seen| seen.again().args(["plan", "film.yaml"]).ok();
    let text = chain().replace("A gull", "Two gulls").replace("Dawn over", "Dusk over");
    fs::write(seen.path().join("film.yaml"), &text).expect("written");
    let plan = plan(&seen).stdout;
    assert!(plan.contains("prompt changed") && plan.contains("upstream dawn changed"), "{plan}");
    let again = render(seen.again()).ok();
    assert_eq!(made(&again), ["dawn", "climb"]);
}

#[test]
fn an_edit_taken_back_makes_nothing() {
    let seen = first();
    let again = changed(&seen, "Dawn over", "Dusk over", &["climb", "dawn"]);
    changed(&again, "Dusk over", "Dawn over", &[]);
}

#[test]
fn words_that_are_in_no_picture_make_nothing() {
    let seen = first();
    changed(&seen, "title: Test", "title: Another\ndescription: words", &[]);
    changed(&seen, "{id: gull, ", "{id: gull, notes: louder, ", &[]);
    changed(&seen, "{id: end, ", "{id: credits, ", &[]);
    changed(&seen, "prompt: A gull}", "prompt: A gull} # a comment", &[]);
}

#[test]
fn a_retake_is_another_clip_and_the_older_one_stays() {
    let seen = first();
    changed(&seen, "{id: gull, ", "{id: gull, take: 2, ", &["gull"]);
    changed(&seen, "take: 2, ", "", &[]);
}

#[test]
fn a_film_that_was_deleted_or_changed_is_put_together_again() {
    let seen = first();
    let film = seen.path().join("out/film.mp4");
    let bytes = fs::read(&film).expect("the film is there");
    for damage in [None, Some(b"not a film".as_slice())] {
        match damage {
            None => fs::remove_file(&film).expect("removed"),
            Some(bytes) => fs::write(&film, bytes).expect("written"),
        }
        assert!(made(&render(seen.again()).ok()).is_empty());
        assert!(fs::read(&film).expect("the film is there again") == bytes, "the film differs");
    }
}

#[test]
fn a_lost_lock_is_written_again_from_the_store() {
    let seen = first();
    let lock = seen.path().join("film.lock.yaml");
    let text = fs::read_to_string(&lock).expect("the lock is there");
    fs::remove_file(&lock).expect("removed");
    assert!(made(&render(seen.again()).ok()).is_empty());
    assert_eq!(fs::read_to_string(&lock).expect("the lock is there again"), text);
}

#[test]
fn a_clip_lost_from_the_store_is_made_again_and_is_the_same() {
    let seen = first();
    let lock = fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there");
    let gull =
        lock.split("  gull:").nth(1).and_then(|block| block.split("clip: sha256:").nth(1)).expect("it is locked");
    let hex = &gull[..64];
    fs::remove_file(seen.path().join(format!(".storyreel/objects/{}/{hex}", &hex[..2]))).expect("removed");
    let plan = seen.again().args(["plan", "film.yaml"]).ok().stdout;
    assert!(plan.contains("clip not in the store"), "{plan}");
    seen.again().args(["render", "film.yaml", "--locked"]).code(4).err_has("gull: clip not in the store");
    assert_eq!(made(&render(seen.again()).ok()), ["gull"]);
    assert_eq!(fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there"), lock);
}

#[test]
fn locked_makes_nothing() {
    let run = Run::new().board("film.yaml", &chain());
    let seen = run.args(["render", "film.yaml", "--locked"]).code(4).err_has("4 shots would have to be made");
    assert!(!seen.path().join(".storyreel").exists() && !seen.path().join("out").exists());
    render(seen.again()).ok();
    seen.again().args(["render", "film.yaml", "--locked"]).ok();
}

#[test]
fn equal_shots_of_a_batch_are_made_once() {
    let shots = "  - {id: a, prompt: The same}\n  - {id: end, card: End, duration: 1}\n";
    let other = board(shots).replace("title: Test", "title: Other");
    let run = Run::new().board("film.yaml", &board(shots)).board("other.yaml", &other);
    let seen = run.args(["render", "film.yaml", "other.yaml", "--progress", "json"]).ok();
    assert_eq!(made(&seen).len(), 2);
    let finished = events(&seen).pop().expect("there are events");
    assert_eq!((&finished["made"], &finished["reused"]), (&2.into(), &2.into()));
    for name in ["film", "other"] {
        assert!(seen.path().join(format!("out/{name}.mp4")).exists());
        assert!(seen.path().join(format!("{name}.lock.yaml")).exists());
    }
}

#[test]
fn a_look_into_a_picture_is_remembered_from_the_first_render_on() {
    let run = Run::new();
    image::RgbImage::new(400, 300).save(run.path().join("pic.png")).expect("written");
    let seen = render(run.board("film.yaml", &board("  - {id: a, image: pic.png, duration: 1}\n"))).ok();
    let looks = fs::read_to_string(seen.path().join(".storyreel/looks")).expect("looks are kept");
    assert!(looks.contains("upright:400x300") && looks.contains("pic.png"), "{looks}");
}
