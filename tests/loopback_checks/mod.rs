//! The loopback itself: each dialect through a raw client, its strictness, its ledger, its bad days, its clips.

mod client;
mod dialects;
mod faults;
mod media;
mod strict;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::loopback::{Loopback, Settings};
use client::Talk;

const TASKS: &str = "/contents/generations/tasks";
const TWO: &str = "doubao-seedance-2-0-260128";

/// The smallest clip that there is: 480p, four seconds.
fn order(prompt: &str) -> Value {
    json!({
        "model": TWO, "content": [{"type": "text", "text": prompt}], "resolution": "480p", "ratio": "16:9",
        "duration": 4, "generate_audio": false, "return_last_frame": true, "safety_identifier": "mark-1",
    })
}

/// The same, beginning on a picture.
fn order_on(prompt: &str, first: &str) -> Value {
    let mut order = order(prompt);
    let frame = json!({"type": "image_url", "image_url": {"url": first}, "role": "first_frame"});
    order["content"].as_array_mut().expect("it is a list").push(frame);
    order
}

fn data(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}

/// Orders at Ark; the task's path.
#[track_caller]
fn ordered(talk: &Talk<'_>, order: &Value) -> String {
    let reply = talk.post(TASKS, order);
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    format!("{TASKS}/{}", reply.json()["id"].as_str().expect("an id"))
}

/// Looks until the task is over; the last look.
#[track_caller]
fn over(talk: &Talk<'_>, path: &str) -> Value {
    for _ in 0..8 {
        let seen = talk.get(path).json();
        if !["queued", "running"].contains(&seen["status"].as_str().expect("a status")) {
            return seen;
        }
    }
    panic!("{path} is not over after eight looks");
}

#[test]
fn the_environment_names_every_service_and_key() {
    let loopback = Loopback::start(Settings::new());
    let env = loopback.env();
    assert_eq!(env.len(), 19);
    for (name, value) in &env {
        match name.strip_prefix("STORYREEL_") {
            Some(name) => assert!(name.ends_with("_BASE_URL") && value.starts_with("http://127.0.0.1:"), "{value}"),
            None => assert!(name.ends_with("KEY") && value.starts_with("loopback-key-of-"), "{name}={value}"),
        }
    }
    assert!(loopback.base("ark").ends_with("/api/v3") && loopback.base("seedance-v2").ends_with("/v2"));
}

#[test]
fn a_dropped_loopback_is_gone() {
    let loopback = Loopback::start(Settings::new());
    let host = loopback.base("cometapi").replace("http://", "").replace("/cometapi", "");
    drop(loopback);
    assert!(std::net::TcpStream::connect(host).is_err());
}
