//! What services are asked for: only what they take, and what they cannot do said before.

use super::{board, clips, orders, render, told, with_settings};
use crate::loopback::{Loopback, Pace, Settings, sha256};
use crate::support::{Run, media};

fn quick() -> Loopback {
    Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: 0 }))
}

#[test]
fn cometapi_gets_a_first_frame_as_a_reference_with_a_sentence() {
    let service = quick();
    let shots = "  - {id: one, prompt: Comet one, provider: cometapi, first_frame: mara.png}\n  \
                 - {id: two, prompt: Comet two, provider: cometapi, first_frame: {last_frame_of: one}}\n";
    let picture = media::png(864, 496);
    let run = Run::new().board("film.yaml", &board("cometapi", shots)).file("mara.png", &picture);
    let seen = render(run, &service).ok();
    seen.clone().err_has("film::downgrade").err_has("`cometapi` takes no first frame");
    seen.again().args(["check", "film.yaml"]).ok().err_has("is sent as a reference");
    let ledger = service.ledger();
    let one = ledger.task("Comet one");
    assert_eq!(one.input("reference_image").sha256.as_deref(), Some(sha256(&picture).as_str()));
    for words in ["Comet one", "Comet two"] {
        assert!(ledger.task(words).prompt.starts_with("Start exactly from [Image 1]"), "{}", ledger.task(words).prompt);
    }
    // The form has neither roles nor switches, and the size settles the resolution.
    let parts = one.body.as_array().expect("a form").iter();
    let mut parts: Vec<&str> = parts.filter_map(|part| part["name"].as_str()).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["input_reference", "model", "prompt", "seconds", "size"]);
    assert_eq!((one.size, one.seconds), ((864, 496), 4));
    // The service has no last frame, so the one in the clip goes on, and the report says so.
    assert_eq!(told(&seen, "shot_stored")[0]["last_frame"], "clip");
    assert!(ledger.task("Comet two").input("reference_image").bytes > 0);
}

#[test]
fn seedance_2_5_takes_the_shape_of_its_first_frame() {
    let service = quick();
    let shots = "  - {id: one, prompt: Wide one, provider: ark, model: seedance-2.5, first_frame: tall.png}\n";
    let run = Run::new().board("film.yaml", &board("ark", shots)).file("tall.png", media::png(600, 800));
    let seen = render(run, &service).args(["--only", "one"]).ok();
    let ledger = service.ledger();
    let task = ledger.task("Wide one");
    assert_eq!(task.body["ratio"], "adaptive");
    assert_eq!((task.ratio, task.size), ("3:4", (560, 752)));
    for field in ["duration", "resolution", "generate_audio"] {
        assert!(!task.body[field].is_null(), "`{field}` is always sent: {}", task.body);
    }
    assert_eq!(task.body["content"][1]["role"], "first_frame");
    let warned = told(&seen, "warned");
    assert!(warned.is_empty(), "the clip is as planned: {warned:?}");
    assert_eq!(clips(&seen).len(), 1);
}

#[test]
fn a_declared_model_is_ordered_without_a_price_and_an_unknown_one_not_at_all() {
    let service = quick();
    let shots = "  - {id: one, prompt: New one, provider: ark, model: doubao-seedance-3-0-270101}\n";
    let run = Run::new().board("film.yaml", &board("ark", shots));
    run.args(["plan", "film.yaml"]).code(3).err_has("film::unknown_model").err_has("say what it can do");
    let text = with_settings(
        "ark: {poll: {initial: 1, max: 1}, deadline: 120, models: {new: {id: doubao-seedance-3-0-270101, modes: [text], \
         seconds: [4], sizes: {480p: {'16:9': 864x496}}}}}",
        "  - {id: one, prompt: New one, provider: ark, model: new}\n",
    );
    let run = Run::new().board("film.yaml", &text);
    let seen = run.args(["plan", "film.yaml", "--format", "json"]).ok();
    let plan = seen.json();
    assert_eq!(plan["totals"]["unknown_price"], 1, "{plan:#}");
    assert!(plan["shots"][0]["estimate"]["cost"].is_null(), "{plan:#}");
    // The service itself knows best: it is asked, and its words are shown at the model.
    let seen = render(seen.again(), &service).code(5);
    let ledger = service.ledger();
    assert_eq!(orders(&ledger, "ark").len(), 1);
    assert_eq!(orders(&ledger, "ark")[0].body["model"], "doubao-seedance-3-0-270101");
    seen.err_has("service::not_available").err_has("this model");
    // A limit cannot be kept without a price.
    let service = quick();
    let run = Run::new().board("film.yaml", &text);
    let limited = super::served(run, &service).args(["render", "film.yaml", "--max-cost", "5CNY"]).code(4);
    limited.err_has("the run has 1 shot whose price is unknown").err_has("nothing was ordered");
    assert!(orders(&service.ledger(), "ark").is_empty());
}

#[test]
fn prices_of_the_storyboard_count_to_the_last_digit() {
    let prices = "ark: {prices: [{model: seedance-2.0, per_million_tokens: 10.5, currency: USD}, \
                  {model: seedance-2.0, resolution: 720p, per_second: 0.123456}]}";
    let shots = "  - {id: one, prompt: Price one, provider: ark}\n  \
                 - {id: two, prompt: Price two, provider: ark, duration: 5}\n  \
                 - {id: three, prompt: Price three, provider: ark, resolution: 720p}\n";
    let run = Run::new().board("film.yaml", &with_settings(prices, shots));
    let plan = run.args(["plan", "film.yaml", "--format", "json"]).ok().json();
    // 97 and 121 frames of 864 x 496 are 40,594 and 50,638 tokens.
    let costs: Vec<&str> =
        plan["shots"].as_array().expect("a list").iter().filter_map(|shot| shot["estimate"]["cost"].as_str()).collect();
    assert_eq!(costs, ["0.426237", "0.531699", "0.493824"]);
    assert_eq!(plan["totals"]["cost"], serde_json::json!([{"currency": "USD", "low": "1.45176", "high": "1.45176"}]));
    assert_eq!(plan["shots"][0]["estimate"]["price_read"], "storyboard");
}

#[test]
fn what_costs_too_much_is_refused_before_anything_is_sent() {
    let service = quick();
    let prices = "ark: {prices: [{model: seedance-2.0, per_second: 1}]}";
    let shots = "  - {id: one, prompt: Dear one, provider: ark}\n";
    let run = Run::new().board("film.yaml", &with_settings(prices, shots));
    super::served(run, &service).args(["render", "film.yaml", "--max-cost", "3.99"]).code(4);
    assert!(service.ledger().requests().is_empty());
}
