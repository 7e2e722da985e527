//! Paid renders by the built program, against the services on this machine.

mod asks;
#[cfg(feature = "buckets")]
mod buckets;
mod chains;
#[cfg(target_os = "linux")]
mod clock;
mod clone;
mod crash;
mod delivered;
#[cfg(target_os = "linux")]
mod disk;
mod edits;
mod faults;
mod films;
mod kept;
mod keys;
mod labels;
mod life;
mod limits;
mod litellm;
mod money;
mod no_wait;
mod other_models;
mod quality;
mod remedies;
mod same;
mod shared;
mod stops;
mod storm;
mod takes;
mod together;
mod unchanged;
mod unclear;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::loopback::{Ledger, Loopback, Seen as Asked};
use crate::support::{Run, Seen};

/// What every key of the services on this machine begins with.
const KEYS: &str = "loopback-key-of-";

/// Small clips, looked at every second.
fn board(provider: &str, shots: &str) -> String {
    // Without its list a service offers what a storyboard declares.
    let declared = "models: {kling: {id: kwaivgi/kling-v3.0, modes: [text, first_frame, first_last], seconds: [4], audio: \
                    choice, sizes: {720p: {'16:9': 1280x720}}}}";
    let settings = if provider == "openrouter" {
        LOOKS.replace("{poll:", &format!("{{{declared}, poll:"))
    } else {
        LOOKS.to_owned()
    };
    with_settings(&format!("{provider}: {settings}"), shots)
}

/// The services that take money, in the order of the reference.
const BILLING: [&str; 9] =
    ["ark", "byteplus", "apiyi", "cometapi", "atlascloud", "openai-video", "seedance-v2", "openrouter", "comfy-router"];

/// What a shot says of its model, where the service does not have the usual one at the usual size.
fn model_keys(provider: &str) -> &'static str {
    match provider {
        "cometapi" | "openai-video" => ", model: seedance-2.0",
        "seedance-v2" => ", model: seedance-2.0, resolution: 720p",
        "openrouter" => ", model: kling, resolution: 720p",
        _ => "",
    }
}

/// How often tasks are looked at in tests; one that hangs fails after a while.
const LOOKS: &str = "{poll: {initial: 1, max: 1}, deadline: 120}";

/// Small clips without sound, which takes half of the time, with these settings of providers. How they look is no matter:
/// they are made to be small.
fn with_settings(providers: &str, shots: &str) -> String {
    let model = "defaults: {resolution: 480p, duration: 4, audio: false, quality: {min: 0}}";
    format!("storyboard: 1\ntitle: Paid\n{model}\nproviders: {{{providers}}}\nshots:\n{shots}")
}

/// A run that finds every service on this machine, with its keys.
fn served(run: Run, service: &Loopback) -> Run {
    service.env().into_iter().fold(run, |run, (name, value)| run.env(&name, value))
}

/// A render that spends without asking.
fn render(run: Run, service: &Loopback) -> Run {
    served(run, service).args(["render", "film.yaml", "--yes", "--progress", "json"])
}

/// What the run said, event by event.
#[track_caller]
fn events(seen: &Seen) -> Vec<Value> {
    let lines = seen.stdout.lines();
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in\n{line}"))).collect()
}

/// The events of one kind.
#[track_caller]
fn told(seen: &Seen, event: &str) -> Vec<Value> {
    events(seen).into_iter().filter(|line| line["event"] == event).collect()
}

/// The clips that the run ended with, by shot.
#[track_caller]
fn clips(seen: &Seen) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    told(seen, "shot_stored").iter().map(|line| (text(&line["shot"]), text(&line["clip"]))).collect()
}

/// The orders that a service was sent, refused and lost ones, too.
fn orders<'a>(ledger: &'a Ledger, service: &str) -> Vec<&'a Asked> {
    let paths = [
        "/contents/generations/tasks",
        "/v1/videos",
        "/model/generateVideo",
        "/video/generate",
        "/videos",
        "/requests",
    ];
    let order = |asked: &&Asked| {
        asked.service == service && asked.method == "POST" && paths.iter().any(|path| asked.path.ends_with(path))
    };
    ledger.requests().iter().filter(order).collect()
}

/// Insists that no key is in what was said or in any file of the project.
#[track_caller]
fn keeps_keys(seen: &Seen) {
    seen.clone().says_nothing_of(KEYS);
    let mut files = 0;
    walk(seen.path(), &mut |path| {
        files += 1;
        let bytes = fs::read(path).expect("the folder is ours");
        let found = bytes.windows(KEYS.len()).any(|part| part == KEYS.as_bytes());
        assert!(!found, "a key is in {}", path.display());
    });
    assert!(files > 1, "there is more than the storyboard");
}

fn walk(folder: &Path, each: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("the folder is ours") {
        let entry = entry.expect("it can be listed");
        let kind = entry.file_type().expect("it can be listed");
        if kind.is_dir() {
            walk(&entry.path(), each);
        } else if kind.is_file() {
            each(&entry.path());
        }
    }
}

/// Checks all cases, a dozen side by side: most of their time is pauses.
fn side_by_side<C: Sync>(cases: &[C], check: impl Fn(&C) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            check(case);
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..12).map(|_| scope.spawn(work)).collect();
        // All are waited for before the first that failed is told.
        let ended: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        if let Some(Err(why)) = ended.into_iter().find(Result::is_err) {
            std::panic::resume_unwind(why);
        }
    });
}
