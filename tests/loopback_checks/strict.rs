//! What a real service refuses is refused here, with its own code.

use serde_json::{Value, json};

use super::client::{Talk, fetch, send};
use super::{TASKS, TWO, order, order_on, ordered, over};
use crate::loopback::{Key, Loopback, Settings, What};
use crate::support::media::{jpeg, png};

fn image(role: Option<&str>) -> Value {
    let mut item = json!({"type": "image_url", "image_url": {"url": super::data(&png(400, 300))}});
    role.into_iter().for_each(|role| item["role"] = json!(role));
    item
}

fn video() -> Value {
    json!({"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}, "role": "reference_video"})
}

/// An order with these fields instead, and these items after its prompt.
fn with(fields: Value, items: &[Value]) -> Value {
    let mut order = order("a boat");
    let all = order["content"].as_array_mut().expect("it is a list");
    all.extend(items.iter().cloned());
    let Value::Object(fields) = fields else { unreachable!("tests give objects") };
    for (name, value) in fields {
        order[name] = value;
    }
    order
}

#[test]
fn ark_names_one_bad_field() {
    let five = json!({"model": "doubao-seedance-2-5-260628", "ratio": "16:9"});
    let sound =
        json!({"type": "audio_url", "audio_url": {"url": "https://example.com/a.mp3"}, "role": "reference_audio"});
    let coded =
        json!({"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAA"}, "role": "reference_video"});
    let bare = json!({"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}});
    let upper = json!({"type": "image_url", "image_url": {"url": "data:image/PNG;base64,AAAA"}});
    let small = json!({"type": "image_url", "image_url": {"url": super::data(&png(200, 300))}});
    let long = json!({"type": "image_url", "image_url": {"url": super::data(&png(900, 300))}});
    let lied = json!({"type": "image_url", "image_url": {"url": super::data(&jpeg(400, 300))}});
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let (first, last) = (image(Some("first_frame")), image(Some("last_frame")));
    let reference = image(Some("reference_image"));
    for (order, status, code, words) in [
        (with(json!({"camera_fixed": false}), &[]), 400, "InvalidParameter", "`camera_fixed` specified"),
        (with(json!({"frames": 29}), &[]), 400, "InvalidParameter", "must be empty"),
        (with(json!({"service_tier": "default"}), &[]), 400, "InvalidParameter", "`service_tier`"),
        (with(json!({"draft": true}), &[]), 400, "InvalidParameter", "`draft`"),
        (with(json!({"fps": 24}), &[]), 400, "InvalidParameter", "`fps`"),
        (with(json!({"resolution": "2k"}), &[]), 400, "InvalidParameter", "`resolution`"),
        (with(json!({"ratio": "2:1"}), &[]), 400, "InvalidParameter", "`ratio`"),
        (with(json!({"duration": 16}), &[]), 400, "InvalidParameter", "`duration`"),
        (with(json!({"duration": "5"}), &[]), 400, "InvalidParameter", "`duration`"),
        (with(json!({"generate_audio": "yes"}), &[]), 400, "InvalidParameter", "`generate_audio`"),
        (with(json!({"seed": -2}), &[]), 400, "InvalidParameter", "`seed`"),
        (with(json!({"safety_identifier": "x".repeat(65)}), &[]), 400, "InvalidParameter", "`safety_identifier`"),
        (with(json!({"model": "doubao-seedance-9"}), &[]), 404, "InvalidEndpointOrModel.NotFound", "doubao-seedance-9"),
        (with(json!({"model": 3}), &[]), 400, "InvalidParameter", "`model`"),
        (with(json!({"content": []}), &[]), 400, "MissingParameter", "`content`"),
        (with(json!({"content": [{"type": "text", "text": " "}]}), &[]), 400, "MissingParameter", "content.text"),
        (with(json!({}), &[first.clone(), reference.clone()]), 400, "InvalidParameter", "cannot be mixed"),
        (with(json!({}), &[first.clone(), video()]), 400, "InvalidParameter", "cannot be mixed"),
        (with(json!({}), std::slice::from_ref(&last)), 400, "InvalidParameter", "last frame image content"),
        (with(json!({}), &[image(None), image(None)]), 400, "InvalidParameter", "two images need the roles"),
        (with(json!({}), &vec![reference.clone(); 10]), 400, "InvalidParameter", "at most 9"),
        (with(json!({}), &[sound]), 400, "InvalidParameter", "needs a reference image or video"),
        (with(json!({}), &[coded]), 400, "InvalidParameter", "not base64"),
        (with(json!({}), &[bare]), 400, "InvalidParameter", "video role to be reference_video"),
        (with(json!({}), &[upper]), 400, "InvalidParameter", "lower-case"),
        (with(json!({}), &[small]), 400, "InvalidParameter", "300 to 6000"),
        (with(json!({}), &[long]), 400, "InvalidParameter", "0.4 to 2.5"),
        (with(json!({}), &[lied]), 400, "InvalidParameter", "is image/jpeg"),
        (with(five.clone(), std::slice::from_ref(&first)), 400, "InvalidParameter.TaskTypeConstraint", "adaptive"),
        (with(json!({"model": "doubao-seedance-1-0-pro-250528"}), &[reference]), 400, "InvalidParameter", "r2v"),
    ] {
        let reply = talk.post(TASKS, &order);
        let error = &reply.json()["error"];
        assert_eq!((reply.status, &error["code"]), (status, &json!(code)), "{error}");
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(words) && message.contains("Request id: "), "{words}: {message}");
    }
    assert!(loopback.ledger().tasks().is_empty(), "a refused order makes no task");
    for good in [
        with(json!({"model": "doubao-seedance-2-5-260628", "ratio": "adaptive"}), std::slice::from_ref(&first)),
        with(five, &[]),
        with(json!({"duration": -1, "seed": 42}), &[]),
        with(json!({}), &[first, last]),
        with(json!({}), &[video()]),
    ] {
        let reply = talk.post(TASKS, &good);
        assert_eq!(reply.status, 200, "{}", reply.json());
    }
    let ledger = loopback.ledger();
    let seconds: Vec<u32> = ledger.tasks().iter().map(|task| task.seconds).collect();
    assert_eq!(seconds, [4, 4, 8, 4, 4], "a length that is left to the model is a surprise");
    assert_eq!((ledger.tasks()[0].ratio, ledger.tasks()[0].size), ("4:3", (752, 560)), "the picture's shape counts");
    assert_eq!(ledger.tasks()[4].tokens, 9 * 864 * 496 * 24 / 1024, "five seconds of video are seen");
}

#[test]
fn a_key_is_asked_for_everywhere() {
    let loopback = Loopback::start(Settings::new());
    for (service, path) in [
        ("ark", TASKS),
        ("byteplus", TASKS),
        ("apiyi", TASKS),
        ("cometapi", "/v1/videos"),
        ("atlascloud", "/model/generateVideo"),
        ("openai-video", "/v1/videos"),
        ("seedance-v2", "/generations"),
    ] {
        let url = format!("{}{path}", loopback.base(service));
        let other = format!("Bearer {}", Loopback::key(if service == "ark" { "byteplus" } else { "ark" }));
        let agent = ("User-Agent", "storyreel/1");
        assert_eq!(send("POST", &url, &[agent], b"{}").expect("an answer").status, 401, "{service}");
        let wrong = send("POST", &url, &[agent, ("Authorization", &other)], b"{}");
        assert_eq!(wrong.expect("an answer").status, 401, "{service}");
        let keys: Vec<Key> = loopback.ledger().requests().iter().rev().take(2).map(|seen| seen.key).collect();
        assert_eq!(keys, [Key::Wrong, Key::Missing]);
    }
    assert!(loopback.ledger().requests().iter().all(|seen| seen.status == Some(401)));
}

#[test]
fn a_body_over_64_mb_is_refused() {
    let loopback = Loopback::start(Settings::new());
    let reply = Talk::to(&loopback, "ark").post(TASKS, &order(&"x".repeat((64 << 20) + 1)));
    assert_eq!(reply.status, 400);
    assert!(reply.json()["error"]["message"].as_str().is_some_and(|text| text.contains("64 MB")));
}

#[test]
fn the_other_dialects_are_strict_too() {
    let loopback = Loopback::start(Settings::new());
    let comet = Talk::to(&loopback, "cometapi");
    let model: (&str, Option<(&str, &str)>, &[u8]) = ("model", None, b"doubao-seedance-2-0");
    let prompt: (&str, Option<(&str, &str)>, &[u8]) = ("prompt", None, b"a boat");
    for (parts, param) in [
        (vec![prompt, model, ("generate_audio", None, b"true")], json!("generate_audio")),
        (vec![prompt, model, ("size", None, b"100x100")], json!("size")),
        (vec![prompt, model, ("seconds", None, b"3")], json!("duration")),
        (vec![prompt, model, ("input_reference", Some(("a.gif", "image/gif")), b"GIF89a")], json!("input_reference")),
        (vec![model], json!("content")),
    ] {
        let reply = comet.form("/v1/videos", &parts);
        assert_eq!((reply.status, &reply.json()["error"]["param"]), (400, &param));
    }
    assert_eq!(comet.post("/v1/videos", &json!({})).status, 400, "JSON is no form");
    let gateway = Talk::to(&loopback, "openai-video");
    let good = json!({"model": super::TWO, "prompt": "a boat", "seconds": "4", "ratio": "auto"});
    assert_eq!(gateway.post("/v1/videos", &good).status, 200);
    for (name, value, param) in [
        ("seconds", json!(4), "seconds"),
        ("duration", json!(4), "duration"),
        ("n", json!(2), "n"),
        ("metadata", json!({"ratio": "16:9"}), "ratio"),
        ("camera_fixed", json!(false), "camera_fixed"),
        ("prompt", json!(""), "prompt"),
    ] {
        let mut order = good.clone();
        order[name] = value;
        let reply = gateway.post("/v1/videos", &order);
        assert_eq!((reply.status, &reply.json()["error"]["param"]), (400, &json!(param)));
    }
    let atlas = Talk::to(&loopback, "atlascloud");
    for (order, status, words) in [
        (json!({"model": "bytedance/seedance-2.0/image-to-video", "prompt": "x"}), 400, "image"),
        (json!({"model": "bytedance/seedance-2.0/text-to-video", "prompt": "x", "image": "asset://a"}), 400, "image"),
        (json!({"model": "bytedance/seedance-2.0/reference-to-video", "prompt": "x"}), 400, "reference_images"),
        (json!({"model": "bytedance/seedance-3/text-to-video", "prompt": "x"}), 404, "seedance-3"),
    ] {
        let reply = atlas.post("/model/generateVideo", &order);
        assert_eq!((reply.status, &reply.json()["code"]), (status, &json!(status)));
        assert!(reply.json()["message"].as_str().is_some_and(|message| message.contains(words)), "{words}");
    }
    assert_eq!(loopback.ledger().tasks().len(), 1);
}

#[test]
fn the_resale_takes_the_fields_of_its_document_alone() {
    let loopback = Loopback::start(Settings::new());
    let resale = Talk::to(&loopback, "seedance-v2");
    let good = json!({
        "model": "seedance-2.0", "prompt": "a mug", "mode": "t2v", "duration": 1, "resolution": "720p", "fps": 24
    });
    for (name, value) in [
        ("mode", json!("text-to-video")),
        ("mode", Value::Null),
        ("image_url", json!("asset://a")),
        ("fps", json!(30)),
        ("duration", json!(11)),
        ("duration", json!(0)),
        ("aspect_ratio", json!("16:9")),
        ("seed", json!(1)),
        ("generate_audio", json!(false)),
    ] {
        let mut order = good.clone();
        order[name] = value;
        let reply = resale.post("/generations", &order);
        assert_eq!(reply.status, 400, "{order}");
        assert!(reply.json()["error"]["message"].as_str().is_some_and(|words| words.contains(name)), "{name}");
    }
    assert_eq!(resale.post("/generations", &json!({"model": "seedance-2.0"})).status, 400);
    let mut unknown = good.clone();
    unknown["model"] = json!("x");
    assert_eq!(resale.post("/generations", &unknown).status, 404);
    assert_eq!(loopback.ledger().tasks().len(), 0);
    assert_eq!(resale.post("/generations", &good).status, 200);
}

#[test]
fn the_ledger_keeps_bodies_without_their_megabytes() {
    let loopback = Loopback::start(Settings::new());
    let picture = png(400, 300);
    Talk::to(&loopback, "ark").post(TASKS, &order_on("short", &super::data(&picture)));
    let ledger = loopback.ledger();
    let [seen] = ledger.requests() else { panic!("one request") };
    let url = seen.body["content"][1]["image_url"]["url"].as_str().expect("a text");
    assert!(url.starts_with("data:image/png;base64,… of ") && url.len() < 60, "{url}");
    assert_eq!((seen.service, seen.method.as_str(), seen.path.as_str()), ("ark", "POST", TASKS));
    assert_eq!(seen.user_agent.as_deref(), Some("storyreel/1"));
    assert_eq!(ledger.tasks()[0].input("first_frame").bytes, picture.len());
    assert_eq!(ledger.tasks()[0].body, seen.body);
}

#[test]
fn the_ledger_tells_what_was_ordered_looked_at_and_fetched_and_when() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let seen = over(&talk, &ordered(&talk, &with(json!({"seed": 7}), &[])));
    fetch(&seen["content"]["video_url"]);
    fetch(&seen["content"]["last_frame_url"]);
    let ledger = loopback.ledger();
    let [task] = ledger.tasks() else { panic!("one task") };
    assert_eq!(
        (task.id.as_str(), task.service, task.model.as_str()),
        (seen["id"].as_str().expect("an id"), "ark", TWO)
    );
    assert_eq!((task.resolution, task.ratio, task.seed), ("480p", "16:9", Some(7)));
    let [clip, frame] = ledger.downloads() else { panic!("two downloads") };
    assert_eq!((clip.what, frame.what, clip.task.as_str()), (What::Clip, What::Frame, task.id.as_str()));
    assert!(frame.bytes > 100 && frame.sha256.len() == 64);
    let times =
        [ledger.requests()[0].at, task.accepted, task.polls[0], task.polls[1], task.polls[2], clip.at, frame.at];
    assert!(times.is_sorted(), "{times:?}");
}
