//! Models of other makers, anywhere: a service with a list of its own, one whose orders bear a key, and servers of one's
//! own.

use std::collections::BTreeSet;
use std::fs;

use storyreel_core::lock::Lock;

use super::crash::{project, settings};
use super::{LOOKS, board, keeps_keys, render, served, told, with_settings};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::{Run, Seen};

/// A model with open weights, as a storyboard declares it.
const WAN: &str = "models: {wan: {id: Wan-AI/Wan2.2-TI2V-5B, modes: [text, first_frame, first_last], seconds: [2, 3, 4, 5], \
                   sizes: {480p: {'16:9': 832x480}}}}";

/// Settings of one's own server.
fn own_server() -> String {
    format!("video-server: {{poll: {{initial: 1, max: 1}}, deadline: 120, {WAN}}}")
}

/// Shots on one's own server, each with these keys.
fn wan(shots: &[(&str, &str)]) -> String {
    let shots: Vec<String> = shots
        .iter()
        .map(|(id, keys)| format!("  - {{id: {id}, prompt: Boat {id}, provider: video-server, model: wan{keys}}}\n"))
        .collect();
    with_settings(&own_server(), &shots.concat())
}

/// A chain of three on one's own server.
fn wan_chain() -> String {
    wan(&[("one", ", return_last_frame: true"), ("two", ", return_last_frame: true"), ("three", "")])
}

fn lock(seen: &Seen) -> Lock {
    Lock::read(&fs::read_to_string(seen.path().join("film.lock.yaml")).expect("a lock")).expect("it is a lock")
}

/// The reason of every shot that failed.
fn reasons(seen: &Seen) -> Vec<String> {
    told(seen, "shot_failed").iter().map(|line| line["message"].to_string()).collect()
}

#[test]
fn a_listed_model_is_planned_ordered_and_billed_by_its_service() {
    let service = Loopback::start(settings());
    let keys = "provider: openrouter, model: kling-3.0, resolution: 720p, audio: true";
    let shots = format!(
        "  - {{id: one, prompt: Boat one, {keys}, return_last_frame: true}}\n  \
         - {{id: two, prompt: Boat two, {keys}, seed: 7}}\n"
    );
    let seen = Run::new().board("film.yaml", &board("openrouter", &shots)).args(["check", "film.yaml"]).code(3);
    seen.clone().err_has("`storyreel providers --update openrouter`");
    let update = served(seen.again(), &service).args(["providers", "--update", "openrouter"]).ok();
    update.out_has("catalogue/openrouter.json: 3 models").out_has("kwaivgi/kling-v3.0").out_has("commit the file");
    let again = served(seen.again(), &service).args(["providers", "--update", "openrouter"]).ok();
    assert!(!again.stdout.contains("new "), "{}", again.stdout);
    seen.again().args(["providers", "openrouter"]).ok().out_has("kling-3.0").out_has("0.126 USD");
    // What the service would drop without a word is told before money.
    seen.again().args(["check", "film.yaml"]).ok().err_has("`kling-3.0` takes no seed");
    let plan = seen.again().args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!((&plan["shots"][0]["estimate"]["cost"], &plan["totals"]["unknown_price"]), (&"0.504".into(), &0.into()));
    let rendered = render(seen.again(), &service).ok();
    let ledger = service.ledger();
    assert_eq!(ledger.billed().len(), 2);
    assert!(!ledger.task("Boat two").body.to_string().contains("seed"), "{}", ledger.task("Boat two").body);
    assert!(ledger.task("Boat two").input("first_frame").sha256.is_some(), "the frame is handed on");
    let paid: Vec<_> = lock(&rendered).shots.values().map(|clip| clip.paid.map(|paid| paid.micros)).collect();
    assert_eq!(paid, [Some(504_000), Some(504_000)]);
    let asked = ledger.requests().iter().filter(|request| request.path.ends_with("/videos/models")).count();
    assert_eq!(asked, 2, "plans and renders never ask what there is");
    keeps_keys(&rendered);
    let compared = rendered.again().args(["plan", "film.yaml", "--compare"]).ok();
    compared.out_has("veo-3.1").out_has("kling-3.0").out_has("seedance-2.5");
    fs::write(seen.path().join("catalogue/openrouter.json"), "{}").expect("written");
    seen.again().args(["check", "film.yaml"]).code(3).err_has("catalogue/openrouter.json`: missing field `version`");
}

#[test]
fn an_order_with_a_key_is_one_order_however_often_it_is_sent() {
    let shots = "  - {id: one, prompt: Boat one, provider: comfy-router, return_last_frame: true}\n  \
                 - {id: two, prompt: Boat two, provider: comfy-router}\n";
    let text = board("comfy-router", shots);
    for fault in [Fault::DropAfter, Fault::GatewayTimeout, Fault::DropBefore, Fault::RateLimited(Some(1))] {
        let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), fault.clone()));
        let seen = render(project(&text).again(), &service).ok();
        let ledger = service.ledger();
        assert_eq!((ledger.tasks().len(), ledger.billed().len()), (2, 2), "{fault:?}");
        let served = ledger.task("Boat one").frame_served.clone();
        assert_eq!(ledger.task("Boat two").input("first_frame").sha256, served, "{fault:?}");
        keeps_keys(&seen);
    }
}

#[test]
fn a_model_on_ones_own_card_makes_a_chain_free_of_charge() {
    let service = Loopback::start(settings());
    let seen = served(project(&wan_chain()).again(), &service);
    let seen = seen.args(["render", "film.yaml", "--progress", "json"]).ok();
    let ledger = service.ledger();
    assert_eq!(ledger.tasks().len(), 3);
    for shot in ["Boat two", "Boat three"] {
        assert!(ledger.task(shot).input("first_frame").sha256.is_some(), "{shot}");
        assert_eq!((ledger.task(shot).size, ledger.task(shot).seconds), ((832, 480), 4), "{shot}");
    }
    let paid: BTreeSet<String> =
        lock(&seen).shots.values().map(|clip| format!("{:?}", clip.paid.map(|paid| paid.micros))).collect();
    assert_eq!(paid, BTreeSet::from(["Some(0)".to_owned()]));
    assert!(ledger.requests().iter().all(|request| request.key == crate::loopback::Key::Missing), "no key is needed");
}

#[test]
fn a_failed_job_behind_an_error_status_is_seen_at_once_with_its_reason() {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::Failed("out of memory")));
    let text = wan(&[("one", "")]);
    let seen = served(project(&text).again(), &service).args(["render", "film.yaml", "--progress", "json"]).code(5);
    assert!(reasons(&seen)[0].contains("The task failed: out of memory"), "{:?}", reasons(&seen));
    let polls = service.ledger().tasks()[0].polls.len();
    assert_eq!(polls, 1, "a failure is not waited for");
    served(seen.again(), &service).args(["render", "film.yaml"]).ok();
}

#[test]
fn a_job_that_a_restart_forgot_is_said_and_made_again() {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::NotFoundFirst(u32::MAX)));
    let text = wan(&[("one", "")]);
    let seen = served(project(&text).again(), &service).args(["render", "film.yaml", "--progress", "plain"]).ok();
    seen.err_has("one: ").err_has("made again");
    assert_eq!(service.ledger().tasks().len(), 2);
    // A lost answer is a job that nobody waits for; ordered again it costs nothing.
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::DropAfter));
    served(project(&text).again(), &service).args(["render", "film.yaml"]).ok();
    assert_eq!(service.ledger().tasks().len(), 2);
}

#[test]
fn servers_share_the_work() {
    let service = Loopback::start(settings());
    let text = wan(&[("one", ""), ("two", ""), ("three", ""), ("four", "")]);
    let both = format!("{},{}", service.base("video-server"), service.base("second-server"));
    let run = project(&text).again().env("STORYREEL_VIDEO_SERVER_BASE_URL", both);
    let seen = run.args(["render", "film.yaml"]).ok();
    let ledger = service.ledger();
    let used: BTreeSet<&str> = ledger.tasks().iter().map(|task| task.service).collect();
    assert_eq!((ledger.tasks().len(), used), (4, BTreeSet::from(["second-server", "video-server"])));
    // A clip is fetched where it was made.
    assert_eq!(lock(&seen).shots.len(), 4);
}

#[test]
fn a_server_that_holds_one_picture_is_not_given_two() {
    let service = Loopback::start(settings());
    let frames = ", last_frame: {first_frame_of: one}";
    let text = wan(&[("one", ", return_last_frame: true"), ("two", frames)]);
    let run = project(&text).again().env("STORYREEL_VIDEO_SERVER_BASE_URL", service.base("sglang"));
    let seen = run.args(["render", "film.yaml", "--progress", "json"]).code(5);
    assert!(reasons(&seen)[0].contains("this is SGLang"), "{:?}", reasons(&seen));
    assert_eq!(service.ledger().tasks().len(), 1, "nothing was ordered for the second shot");
    let whole = served(seen.again(), &service).args(["render", "film.yaml"]).ok();
    assert!(whole.path().join("out/film.mp4").exists());
    assert!(service.ledger().task("Boat two").input("last_frame").sha256.is_some());
}

#[test]
fn a_server_behind_a_gateway_that_drops_frames_is_found_before_an_order() {
    let service = Loopback::start(settings());
    let gateway = format!("openai-video: {{poll: {{initial: 1, max: 1}}, deadline: 120, options: none, {WAN}}}");
    let shots = "  - {id: one, prompt: Boat one, provider: openai-video, model: wan, return_last_frame: true}\n  \
                 - {id: two, prompt: Boat two, provider: openai-video, model: wan}\n";
    let run = served(project(&with_settings(&gateway, shots)).again(), &service);
    let run = run.env("STORYREEL_OPENAI_VIDEO_BASE_URL", service.base("sglang"));
    let seen = run.args(["render", "film.yaml", "--yes", "--progress", "json"]).code(5);
    assert!(reasons(&seen)[0].contains("nothing was ordered: this is SGLang"), "{:?}", reasons(&seen));
    assert_eq!(service.ledger().tasks().len(), 1, "the shot with a frame was not ordered");
}

#[test]
fn a_chain_stops_where_its_frame_is_not_passed_on() {
    let gateway = "  - {id: one, prompt: Boat one, provider: openai-video, return_last_frame: true}\n  \
                   - {id: two, prompt: Boat two, provider: openai-video, return_last_frame: true}\n  \
                   - {id: three, prompt: Boat three, provider: openai-video}\n";
    for (text, way) in [(board("openai-video", gateway), "set `frames`"), (wan_chain(), "starts from pictures")] {
        let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(2), Fault::OtherPicture));
        let seen = render(project(&text).again(), &service).code(5);
        let why = reasons(&seen);
        assert!(why[0].contains("did not pass the first frame on") && why[0].contains(way), "{why:?}");
        assert_eq!(service.ledger().tasks().len(), 2, "nothing goes on from it");
        seen.again().args(["plan", "film.yaml"]).ok().out_has("! two: a render stops here: ");
        // Nothing has changed, so that the next run stops there as well, and the clip is not bought again.
        render(seen.again(), &service).code(5);
        assert_eq!(service.ledger().tasks().len(), 2);
        let kept = text.replace("prompt: Boat two,", "prompt: Boat two, frozen: true,");
        fs::write(seen.path().join("film.yaml"), kept).expect("written");
        render(seen.again(), &service).ok();
        assert_eq!(service.ledger().tasks().len(), 3);
    }
}

#[test]
fn one_film_of_six_shots_is_made_on_four_services_at_once() {
    let service = Loopback::start(settings());
    let providers = format!("ark: {LOOKS}, openrouter: {LOOKS}, comfy-router: {LOOKS}, {}", own_server());
    let shots = "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}\n  \
                 - {id: two, prompt: Boat two, provider: openrouter, model: kling-3.0, resolution: 720p}\n  \
                 - {id: three, prompt: Boat three, provider: comfy-router, return_last_frame: true}\n  \
                 - {id: four, prompt: Boat four, provider: video-server, model: wan}\n  \
                 - {id: five, prompt: Boat five, provider: openrouter, model: veo-3.1, resolution: 720p}\n  \
                 - {id: six, prompt: Boat six, provider: ark, resolution: 720p}\n";
    let seen = project(&with_settings(&providers, "  - {id: none, card: {text: Boat}}\n"));
    served(seen.again(), &service).args(["providers", "--update", "openrouter"]).ok();
    fs::write(seen.path().join("film.yaml"), with_settings(&providers, shots)).expect("written");
    let plan = seen.again().args(["plan", "film.yaml", "--format", "json"]).ok().json();
    let models: Vec<&str> =
        plan["shots"].as_array().expect("shots").iter().filter_map(|s| s["provider"].as_str()).collect();
    assert_eq!(models, ["ark", "openrouter", "comfy-router", "video-server", "openrouter", "ark"]);
    let made = render(seen.again(), &service).ok();
    let ledger = service.ledger();
    let services: BTreeSet<&str> = ledger.tasks().iter().map(|task| task.service).collect();
    assert_eq!(services, BTreeSet::from(["ark", "comfy-router", "openrouter", "video-server"]));
    assert_eq!(ledger.tasks().len(), 6);
    for (from, to) in [("Boat one", "Boat two"), ("Boat three", "Boat four")] {
        assert!(ledger.task(to).input("first_frame").sha256.is_some(), "{from} goes on in {to}");
    }
    assert!(made.path().join("out/film.mp4").exists());
    keeps_keys(&made);
}

#[test]
fn what_is_said_of_an_order_that_is_sent_again_does_not_end_it() {
    let one = |keys: &str| {
        board("comfy-router", &format!("  - {{id: one, prompt: Boat one, provider: comfy-router{keys}}}\n"))
    };
    for (status, code, exit) in [(401, "authentication_error", 5), (400, "invalid_input", 7)] {
        let faults = settings().fault(Call::Submit, Pick::Nth(1), Fault::DropAfter);
        let service = Loopback::start(faults.fault(Call::Submit, Pick::Nth(2), Fault::Refused(status, code)));
        let seen = render(project(&one("")).again(), &service).code(exit);
        assert!(!reasons(&seen)[0].contains("nothing was"), "{status}: {:?}", reasons(&seen));
        seen.again().args(["plan", "film.yaml"]).ok().out_has("the answer to its");
        seen.again().args(["status"]).ok().out_has("with its key it stays one order");
        // What starts on the clip since then is not in the order that the service knows.
        fs::write(seen.path().join("film.yaml"), one(", return_last_frame: true")).expect("written");
        render(seen.again(), &service).ok();
        assert_eq!((service.ledger().tasks().len(), service.ledger().billed().len()), (1, 1), "{status}");
    }
}

#[test]
fn a_service_of_others_is_given_no_order_unasked_whatever_its_price() {
    let service = Loopback::start(settings());
    let shot = "  - {id: one, prompt: Boat one, provider: openrouter, model: kling, resolution: 720p}\n";
    let free = "audio: choice, price: {per_second: 0, currency: USD, read: 2026-11-01},";
    let text = board("openrouter", shot).replace("audio: choice,", free);
    let seen = served(project(&text).again(), &service).args(["render", "film.yaml"]).code(4);
    seen.err_has("1 shot to render");
    assert_eq!(service.ledger().tasks().len(), 0);
}

#[test]
fn what_ones_own_server_forgets_is_made_again_within_any_limit() {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::NotFoundFirst(u32::MAX)));
    let seen = project(&wan(&[("one", "")]));
    served(seen.again(), &service).args(["render", "film.yaml", "--no-wait"]).code(8);
    let made = served(seen.again(), &service).args(["render", "film.yaml", "--max-cost", "1USD"]).ok();
    let paid: Vec<_> = lock(&made).shots.values().map(|clip| clip.paid.map(|paid| paid.micros)).collect();
    assert_eq!((service.ledger().tasks().len(), paid), (2, vec![Some(0)]));
    // A server that never keeps anything is not asked for ever, and no question of money.
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Every, Fault::NotFoundFirst(u32::MAX)));
    let seen = served(project(&wan(&[("one", "")])).again(), &service);
    let seen = seen.args(["render", "film.yaml", "--progress", "json"]).code(5);
    assert!(reasons(&seen)[0].contains("look at the server"), "{:?}", reasons(&seen));
    assert_eq!(service.ledger().tasks().len(), 2);
}

#[test]
fn an_own_server_with_a_price_is_ordered_from_as_any_service() {
    let price = "price: {per_second: 0.125, currency: USD, read: 2026-11-01}, sizes:";
    let text = wan(&[("one", "")]).replace("sizes:", price);
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::DropAfter));
    let seen = render(project(&text).again(), &service).code(7);
    assert!(reasons(&seen)[0].contains("`storyreel status`"), "{:?}", reasons(&seen));
    assert_eq!(service.ledger().tasks().len(), 1);
}
