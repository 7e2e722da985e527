//! A clip ordered, looked at and fetched in every dialect.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Talk, fetch, send};
use super::{TASKS, TWO, order, order_on, ordered, over};
use crate::loopback::{Key, Lengths, Loopback, Pace, Settings, sha256};
use crate::support::media::png;

/// Looks at a task until it says one of `ends`; the words on the way, and the last look.
fn watched(talk: &Talk<'_>, path: &str, place: &str, ends: &str) -> (Vec<String>, Value) {
    let mut words = Vec::new();
    loop {
        let seen = talk.get(path).json();
        words.push(seen.pointer(place).and_then(Value::as_str).expect("a status").to_owned());
        if words.last().is_some_and(|word| word == ends) || words.len() > 8 {
            return (words, seen);
        }
    }
}

#[test]
fn ark_and_its_like() {
    let loopback = Loopback::start(Settings::new());
    for (service, model) in
        [("ark", TWO), ("byteplus", "dreamina-seedance-2-0-260128"), ("apiyi", "doubao-seedance-2-0-mini-260615")]
    {
        let talk = Talk::to(&loopback, service);
        let mut order = order(&format!("a boat for {service}"));
        order["model"] = json!(model);
        let made = talk.post(TASKS, &order).json();
        assert_eq!(made["safety_identifier"], "mark-1");
        let path = format!("{TASKS}/{}", made["id"].as_str().expect("an id"));
        let (words, seen) = watched(&talk, &path, "/status", "succeeded");
        assert_eq!(words, ["queued", "running", "succeeded"]);
        assert_eq!(seen["usage"]["completion_tokens"], 40_594, "the documented number for 4 s at 480p");
        assert_eq!(
            (&seen["duration"], &seen["ratio"], &seen["framespersecond"]),
            (&json!(4), &json!("16:9"), &json!(24))
        );
        let clip = fetch(&seen["content"]["video_url"]);
        assert_eq!((clip.status, clip.header("content-type")), (200, Some("video/mp4")));
        let frame = fetch(&seen["content"]["last_frame_url"]);
        let ledger = loopback.ledger();
        let task = ledger.task(service);
        assert_eq!(task.frame_served, Some(sha256(&frame.body)));
        assert_eq!(task.clip_served, Some(sha256(&clip.body)));
        assert_eq!((task.tokens, task.size, task.polls.len()), (40_594, (864, 496), 3));
        assert_eq!(task.mark.as_deref(), Some("mark-1"));
    }
    assert_eq!(loopback.ledger().billed().len(), 3);
    assert_eq!(loopback.ledger().polls(), 9);
}

#[test]
fn the_form_of_cometapi() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "cometapi");
    let picture = png(640, 360);
    let made = talk.form(
        "/v1/videos",
        &[
            ("prompt", None, b"a lamp"),
            ("model", None, b"doubao-seedance-2-0"),
            ("seconds", None, b"4"),
            ("size", None, b"864x496"),
            ("input_reference", Some(("one.png", "image/png")), &picture),
        ],
    );
    let made = made.json();
    assert_eq!((&made["object"], &made["id"]), (&json!("video"), &made["task_id"]));
    let id = made["id"].as_str().expect("an id");
    let early = talk.get(&format!("/v1/videos/{id}/content"));
    assert_eq!((early.status, &early.json()["error"]["code"]), (400, &json!("task_not_completed")));
    let (words, seen) = watched(&talk, &format!("/v1/videos/{id}"), "/status", "completed");
    assert_eq!(words, ["queued", "in_progress", "completed"]);
    let (linked, through) = (fetch(&seen["video_url"]), talk.get(&format!("/v1/videos/{id}/content")));
    assert_eq!(linked.body, through.body);
    let ledger = loopback.ledger();
    let reference = ledger.task("a lamp").input("reference_image");
    assert_eq!(reference.sha256, Some(sha256(&picture)));
    let keys: Vec<Key> = ledger.downloads().iter().map(|fetched| fetched.key).collect();
    assert_eq!(keys, [Key::Missing, Key::Right], "a link needs no key");
    assert_eq!(ledger.task("a lamp").downloads, 2);
    assert_eq!(talk.get("/v1/videos/task_none").json()["error"]["code"], "task_not_exist");
}

#[test]
fn atlascloud_and_its_uploads() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "atlascloud");
    let picture = png(864, 496);
    let up = talk.form("/model/uploadMedia", &[("file", Some(("a.png", "image/png")), &picture)]).json();
    let made = talk.post(
        "/model/generateVideo",
        &json!({
            "model": "bytedance/seedance-2.0-mini/image-to-video", "prompt": "a door opens",
            "image": up["data"]["download_url"], "duration": 4, "resolution": "480p", "ratio": "16:9",
            "generate_audio": false, "return_last_frame": true,
        }),
    );
    let id = made.json()["data"]["id"].as_str().expect("an id").to_owned();
    let (words, seen) = watched(&talk, &format!("/model/prediction/{id}"), "/data/status", "completed");
    assert_eq!(words, ["starting", "processing", "completed"]);
    let outputs = seen["data"]["outputs"].as_array().expect("a list");
    assert_eq!(outputs.len(), 2);
    assert!(fetch(&outputs[1]).body.starts_with(b"\x89PNG"));
    let ledger = loopback.ledger();
    assert_eq!(ledger.task("a door").input("first_frame").sha256, Some(sha256(&picture)));
    assert_eq!(ledger.uploads()[0].sha256, Some(sha256(&picture)));
    let bare = send("GET", &format!("{}/model/prediction/{id}", loopback.base("atlascloud")), &[], b"");
    assert_eq!(bare.expect("an answer").status, 403, "the firewall wants a user agent");
    assert_eq!(talk.get("/model/prediction/none").status, 404);
}

#[test]
fn the_json_gateway() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "openai-video");
    let picture = png(864, 496);
    let content = order_on("", &super::data(&picture))["content"][1].clone();
    let made = talk.post(
        "/v1/videos",
        &json!({
            "model": TWO, "prompt": "a bell", "seconds": "4", "resolution": "480p", "ratio": "16:9",
            "return_last_frame": true, "metadata": {"content": [content]},
        }),
    );
    let made = made.json();
    assert_eq!((&made["status"], &made["progress"], &made["seconds"]), (&json!("queued"), &json!(0), &json!("4")));
    let path = format!("/v1/videos/{}", made["id"].as_str().expect("an id"));
    let (words, seen) = watched(&talk, &path, "/status", "completed");
    assert_eq!(words, ["queued", "in_progress", "completed"]);
    assert_eq!((&seen["progress"], &seen["size"]), (&json!(100), &json!("864x496")));
    assert_eq!(fetch(&seen["metadata"]["url"]).body, talk.get(&format!("{path}/content")).body);
    assert!(fetch(&seen["metadata"]["last_frame_url"]).body.starts_with(b"\x89PNG"));
    let ledger = loopback.ledger();
    assert_eq!(ledger.task("a bell").input("first_frame").sha256, Some(sha256(&picture)));
    assert!(!ledger.task("a bell").audio, "this gateway makes no sound unless asked");
}

#[test]
fn the_shape_of_resellers() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "seedance-v2");
    let order = json!({
        "model": "seedance-2.0", "prompt": "a mug", "mode": "t2v", "duration": 4, "resolution": "480p", "fps": 24
    });
    let made = talk.post("/generations", &order).json();
    let path = format!("/generations/{}", made["job_id"].as_str().expect("an id"));
    let (words, seen) = watched(&talk, &path, "/status", "succeeded");
    assert_eq!(words, ["queued", "processing", "succeeded"]);
    assert_eq!(fetch(&seen["output_url"]).status, 200);
    assert_eq!(talk.get("/generations/none").status, 404);
}

#[test]
fn a_lost_task_is_found_in_the_list() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    for n in 0..3 {
        let mut order = order(&format!("listed {n}"));
        order["safety_identifier"] = json!(format!("mark-{n}"));
        ordered(&talk, &order);
    }
    let page = talk.get(&format!("{TASKS}?page_num=2&page_size=2&filter.model={TWO}")).json();
    assert_eq!((&page["total"], page["items"].as_array().map(Vec::len)), (&json!(3), Some(1)));
    assert_eq!(page["items"][0]["safety_identifier"], "mark-0", "the newest stand first");
    assert!(page["items"][0]["created_at"].as_u64().is_some_and(|time| time > 1_700_000_000));
    let id = page["items"][0]["id"].as_str().expect("an id");
    let one = talk.get(&format!("{TASKS}?filter.task_ids={id}&filter.status=queued")).json();
    assert_eq!(one["total"], 1);
    assert_eq!(talk.get(&format!("{TASKS}?page_size=501")).status, 400);
    assert_eq!(talk.get(&format!("{TASKS}?filter.model=other")).json()["total"], 0);
    assert_eq!(loopback.ledger().polls(), 0, "the list is no look at a task");
    let relay = Talk::to(&loopback, "apiyi").get(TASKS);
    assert_eq!((relay.status, relay.header("content-type")), (200, Some("text/html; charset=utf-8")));
}

#[test]
fn only_waiting_tasks_are_cancelled() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let (waiting, running) = (ordered(&talk, &order("waits")), ordered(&talk, &order("runs")));
    assert_eq!(talk.get(&waiting).json()["status"], "queued");
    let gone = talk.delete(&waiting);
    assert_eq!((gone.status, gone.body.len()), (200, 0));
    assert_eq!(over(&talk, &waiting)["status"], "cancelled");
    assert_eq!(talk.delete(&waiting).status, 409);
    talk.get(&running);
    assert_eq!(talk.get(&running).json()["status"], "running");
    let refused = talk.delete(&running);
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (409, &json!("TaskRunningCannotCancel")));
    assert_eq!(over(&talk, &running)["status"], "succeeded");
    assert_eq!(talk.delete(&running).status, 200);
    assert_eq!(talk.get(&running).json()["error"]["code"], "ResourceNotFound", "its record was deleted");
    assert_eq!(loopback.ledger().billed_for("waits"), 0);
    assert_eq!(loopback.ledger().billed_for("runs"), 1);
    let relay = Talk::to(&loopback, "apiyi").delete(&running);
    assert!(relay.status == 200 && relay.body.starts_with(b"<!doctype html>"), "the relay answers with its site");
}

#[test]
fn by_the_clock_only_so_many_run_at_once() {
    let pace = Pace::Timed { queued: Duration::ZERO, running: Lengths::Fixed(Duration::from_hours(1)) };
    let loopback = Loopback::start(Settings::new().pace(pace).at_once(2));
    let talk = Talk::to(&loopback, "ark");
    let paths: Vec<String> = (0..3).map(|n| ordered(&talk, &order(&format!("clock {n}")))).collect();
    let words: Vec<Value> = paths.iter().map(|path| talk.get(path).json()["status"].clone()).collect();
    assert_eq!(words, ["running", "running", "queued"]);
    let lengths = Lengths::List(vec![Duration::ZERO, Duration::from_hours(1)]);
    let loopback = Loopback::start(Settings::new().pace(Pace::Timed { queued: Duration::ZERO, running: lengths }));
    let talk = Talk::to(&loopback, "ark");
    let paths: Vec<String> = (0..2).map(|n| ordered(&talk, &order(&format!("clock {n}")))).collect();
    let words: Vec<Value> = paths.iter().map(|path| talk.get(path).json()["status"].clone()).collect();
    assert_eq!(words, ["succeeded", "running"]);
    let lengths = Lengths::Between(Duration::from_hours(1), Duration::from_hours(2), 7);
    let loopback = Loopback::start(Settings::new().pace(Pace::Timed { queued: Duration::ZERO, running: lengths }));
    let talk = Talk::to(&loopback, "ark");
    assert_eq!(talk.get(&ordered(&talk, &order("clock"))).json()["status"], "running");
}
