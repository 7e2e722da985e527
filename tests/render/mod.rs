//! Films made by the built program with the real ffmpeg: what is made, what is not made again, what a failure or an
//! interrupt leaves behind.

mod again;
mod assembly;
mod edits;
mod faults;
mod film;
mod footage;
mod formats;
pub(crate) mod label;
mod words;

use serde_json::Value;

use crate::support::{Run, Seen};

/// Small and short, so that a film takes a second.
const SMALL: &str = "defaults: {provider: animatic, resolution: 480p, duration: 4}\n";

/// A storyboard whose shots all are small.
fn board(shots: &str) -> String {
    format!("storyboard: 1\ntitle: Test\n{SMALL}shots:\n{shots}")
}

/// Two chained shots, one that stands alone, and a card.
fn chain() -> String {
    board(
        "  - {id: dawn, prompt: Dawn over the harbour, return_last_frame: true}\n  \
         - {id: climb, prompt: She climbs the stair}\n  \
         - {id: gull, prompt: A gull}\n  \
         - {id: end, card: The End, duration: 1}\n",
    )
}

/// The events of a run with `--progress json`.
fn events(seen: &Seen) -> Vec<Value> {
    seen.stdout.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
}

/// The shots that a run made, in the order in which they were stored.
fn made(seen: &Seen) -> Vec<String> {
    let stored = |event: &&Value| event["event"] == "shot_stored" && !event["took_s"].is_null();
    events(seen).iter().filter(stored).map(|event| event["shot"].as_str().expect("a shot").to_owned()).collect()
}

fn render(run: Run) -> Run {
    run.args(["render", "film.yaml", "--progress", "json"])
}
