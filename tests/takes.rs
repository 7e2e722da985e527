//! What is written of shots after they are made: parts of clips, frozen, replaced and skipped shots, and clips accepted.

use std::fs;
use std::path::Path;

use crate::support::{Run, Seen, media, newest};

const CHAIN: &str = "storyboard: 1\ndefaults: {resolution: 480p, duration: 4}\nshots:\n  \
                     - {id: a, prompt: A door., return_last_frame: true}\n  - {id: b, prompt: It opens.}\n  \
                     - {id: c, prompt: A cat.}\n";

fn made(text: &str) -> Seen {
    Run::new().board("film.yaml", text).args(["render", "film.yaml"]).ok()
}

fn frames(film: &Path) -> u64 {
    let mut ffprobe = newest::program("ffprobe");
    ffprobe.args(["-v", "error", "-select_streams", "v", "-count_packets", "-of", "csv=p=0"]);
    let done = ffprobe.args(["-show_entries", "stream=nb_read_packets"]).arg(film).output().expect("it is installed");
    String::from_utf8_lossy(&done.stdout).trim().parse().expect("a number")
}

/// Renders the same film from another text; gives what was made again.
fn again(seen: &Seen, text: &str) -> Seen {
    seen.again().board("film.yaml", text).args(["render", "film.yaml", "--progress", "plain"]).ok()
}

#[test]
fn a_part_of_a_clip_is_shown_and_only_what_shows_the_time_is_painted_again() {
    let seen = made(CHAIN);
    let text = CHAIN.replace("id: a, prompt", "id: a, in: 1, out: 3.5, prompt").replace("id: c,", "id: c, out: 2,");
    let after = again(&seen, &text);
    // The time of the film stands in the pictures of the animatics.
    after.err_has("3 shots made");
    // 2.5, 4 and 2 seconds: what `b` starts on is the end of the whole clip, so nothing is there twice.
    assert_eq!(frames(&seen.path().join("out/film.mp4")), 60 + 96 + 48);
    let planned = seen.again().args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!(planned["film"]["duration_s"], 8.5);
    let wrong = CHAIN.replace("id: c,", "id: c, in: 3, out: 2,");
    seen.again().board("film.yaml", &wrong).args(["check", "film.yaml"]).code(3).err_has("`out` must be above `in`");
    let late = CHAIN.replace("id: c,", "id: c, out: 9,");
    seen.again().board("film.yaml", &late).args(["check", "film.yaml"]).code(3).err_has("the clip ends at 4 s");
}

#[test]
fn what_is_said_moves_with_the_part_that_is_shown() {
    let lines = "dialogue: [{line: Early., at: 0}, {line: Late., at: 2.5}]";
    let text = CHAIN.replace("id: a, prompt", &format!("id: a, {lines}, in: 2, prompt"));
    let text = text.replace("shots:", "film: {subtitles: sidecar}\nshots:");
    let seen = made(&text);
    let subtitles = fs::read_to_string(seen.path().join("out/film.srt")).expect("subtitles");
    assert!(subtitles.contains("00:00:00,500 -->") && !subtitles.contains("Early"), "{subtitles}");
}

#[test]
fn another_frame_of_a_shot_is_one_that_others_can_start_on() {
    let text = CHAIN.replace("id: c,", "id: c, first_frame: {frame_of: a, at: 1.5},");
    let seen = made(&text);
    let graph = seen.again().args(["graph", "film.yaml", "--format", "dot"]).ok();
    assert!(graph.stdout.contains("frame"), "{}", graph.stdout);
    let later = text.replace("at: 1.5", "at: 2");
    again(&seen, &later).err_has("1 shot made, 2 already there");
    let vague = CHAIN.replace("id: c,", "id: c, first_frame: {frame_of: a},");
    seen.again().board("film.yaml", &vague).args(["check", "film.yaml"]).code(3).err_has("`frame_of` needs `at`");
}

#[test]
fn a_frozen_shot_keeps_its_clip_and_says_what_has_changed() {
    let seen = made(CHAIN);
    let text = CHAIN.replace("{id: b, prompt: It opens.}", "{id: b, prompt: It stays shut., frozen: true}");
    let run = seen.again().board("film.yaml", &text);
    run.args(["plan", "film.yaml"]).ok().out_has("frozen; prompt changed");
    seen.again().args(["render", "film.yaml", "--locked"]).ok();
    // Without its clip only the user can say what is to be done.
    fs::remove_dir_all(seen.path().join(".storyreel/objects")).expect("removed");
    seen.again().args(["render", "film.yaml"]).code(7).err_has("it is frozen, it has changed since");
}

#[test]
fn what_is_accepted_counts_as_it_is_written_now() {
    let seen = made(CHAIN);
    let text = CHAIN.replace("It opens.", "It opens slowly.");
    let run = seen.again().board("film.yaml", &text);
    run.args(["accept", "film.yaml", "b"]).ok().err_has("b: accepted as it is; prompt changed");
    seen.again().args(["render", "film.yaml", "--locked"]).ok();
    seen.again().args(["accept", "film.yaml", "b"]).ok().err_has("nothing has changed");
    Run::new().board("film.yaml", CHAIN).args(["accept", "film.yaml", "b"]).code(2).err_has("render it first");
}

#[test]
fn a_replacement_stands_in_for_a_clip_also_for_what_starts_on_it() {
    let seen = made(CHAIN);
    media::film(&seen.path().join("fixed.mp4"), "size=864x496:rate=24:duration=2");
    let text = CHAIN.replace("id: a, prompt", "id: a, replace: fixed.mp4, prompt");
    // `b` starts on another frame, and `c` is at another time of the film.
    again(&seen, &text).err_has("3 shots made");
    assert_eq!(frames(&seen.path().join("out/film.mp4")), 48 + 96 + 96);
    // Without it everything is as before.
    again(&seen, CHAIN).err_has("3 already there");
    let card = CHAIN.replace("{id: c, prompt: A cat.}", "{id: c, card: A cat., replace: fixed.mp4}");
    seen.again().board("film.yaml", &card).args(["check", "film.yaml"]).code(3).err_has("`replace` has no effect");
}

#[test]
fn a_skipped_shot_is_not_in_the_film_and_still_hands_its_frame_on() {
    let text = CHAIN.replace("id: a, prompt", "id: a, skip: true, prompt");
    let seen = made(&text);
    assert_eq!(frames(&seen.path().join("out/film.mp4")), 96 + 96);
    seen.again().args(["report", "film.yaml"]).ok();
    seen.again().args(["export", "film.yaml", "--to", "edl"]).ok();
    // On `c` nothing starts: it is not made at all.
    let text = CHAIN.replace("id: c,", "id: c, skip: true,");
    let seen = made(&text);
    seen.clone().err_has("2 shots made");
    assert_eq!(frames(&seen.path().join("out/film.mp4")), 96 + 96);
    let all = CHAIN.replace("prompt:", "skip: true, prompt:");
    seen.again().board("film.yaml", &all).args(["check", "film.yaml"]).code(3).err_has("every shot is skipped");
}

#[test]
fn the_animatic_makes_takes_too() {
    let seen = made(CHAIN);
    seen.again().args(["retake", "film.yaml", "b", "--keep-tail"]).ok().out_has("b     2 ");
    seen.again().args(["choose", "film.yaml", "b=2"]).ok().err_has("nothing has to be made again");
    let text = fs::read_to_string(seen.path().join("film.yaml")).expect("it is there");
    assert_eq!(text, CHAIN.replace("id: b,", "id: b, take: 2, tail_of: 1,"));
    seen.again().args(["render", "film.yaml", "--locked"]).ok();
    seen.again().args(["choose", "film.yaml", "b=7"]).code(2).err_has("has no take 7");
    seen.again().args(["retake", "film.yaml", "c", "--takes", "0"]).code(2);
}

#[test]
fn a_take_is_chosen_in_the_file_where_its_shot_stands() {
    let part = "# The end.\nshots:\n  - {id: c, prompt: A cat.}   # keep\n";
    let text = CHAIN.replace("  - {id: c, prompt: A cat.}\n", "  - include: part.yaml\n");
    let run = Run::new().board("film.yaml", &text).file("part.yaml", part);
    let seen = run.args(["render", "film.yaml"]).ok();
    seen.again().args(["retake", "film.yaml", "c"]).ok();
    seen.again().args(["choose", "film.yaml", "c=2"]).ok();
    let read = |name: &str| fs::read_to_string(seen.path().join(name)).expect("it is there");
    assert_eq!((read("film.yaml"), read("part.yaml")), (text, part.replace("id: c,", "id: c, take: 2,")));
    seen.again().args(["render", "film.yaml", "--locked"]).ok();
    // All rows share the text.
    let rows = "storyboard: 1\nmatrix: {mood: [calm, wild]}\nshots:\n  - {id: a, prompt: \"A {{mood}} sea.\"}\n";
    let seen = Run::new().board("film.yaml", rows).args(["render", "film.yaml"]).ok();
    seen.again().args(["retake", "film.yaml", "a", "--row", "wild"]).ok();
    let refused = seen.again().args(["choose", "film.yaml", "a=2", "--row", "wild"]).code(3);
    refused.err_has("no take can be chosen for `wild` alone").err_has("give the table a column");
}

#[test]
fn a_take_that_is_to_end_on_one_that_was_never_made_says_which() {
    let board = "storyboard: 1\ndefaults: {resolution: 480p, duration: 4}\nshots:\n  - {id: lamp, prompt: A lamp., tail_of: 2}\n";
    let seen = Run::new().board("film.yaml", board).args(["render", "film.yaml", "--progress", "plain"]).code(5);
    seen.err_has("it needs the shot `lamp, take 2`");
}
