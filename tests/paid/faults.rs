//! Each bad day alone: one shot, one thing that goes wrong, and a clip that is the same in the end, paid once.

use std::sync::LazyLock;
use std::time::Duration;

use super::{board, clips, events, keeps_keys, orders, render, served, side_by_side, told};
use crate::loopback::{Call, Fault, Loopback, Pace, Pick, Settings};
use crate::support::{Run, Seen, media};

const LAMP: &str = "  - {id: lamp, prompt: A lamp alone, provider: PROVIDER, return_last_frame: true}\n";

/// Tasks are done at the first look.
fn quick() -> Settings {
    Settings::new().pace(Pace::Looks { queued: 0, running: 0 })
}

/// Renders the one shot, without its film.
fn lamp(provider: &str, service: &Loopback) -> Run {
    let text = board(provider, &LAMP.replace("PROVIDER", provider));
    let text = if provider == "seedance-v2" { text.replace("480p", "720p") } else { text };
    render(Run::new().board("film.yaml", &text), service).args(["--only", "lamp"])
}

/// The clip of an undisturbed run.
static UNDISTURBED: LazyLock<String> = LazyLock::new(|| {
    let service = Loopback::start(quick());
    clips(&lamp("ark", &service).ok())["lamp"].clone()
});

/// A fault, and what it takes to get over it.
struct Case {
    name: &'static str,
    call: Call,
    fault: Fault,
    /// Orders that are sent in all.
    orders: usize,
    /// Where the last frame comes from.
    frame: &'static str,
}

const fn case(name: &'static str, call: Call, fault: Fault, orders: usize) -> Case {
    Case { name, call, fault, orders, frame: "service" }
}

fn recovers(case: &Case) {
    let name = case.name;
    let service = Loopback::start(quick().fault(case.call, Pick::Nth(1), case.fault.clone()));
    let seen = lamp("ark", &service).ok();
    let ledger = service.ledger();
    assert_eq!(clips(&seen)["lamp"], *UNDISTURBED, "{name}: another clip");
    assert_eq!(orders(&ledger, "ark").len(), case.orders, "{name}: orders");
    assert_eq!(ledger.billed().len(), 1, "{name}: bills");
    assert_eq!(told(&seen, "shot_stored")[0]["last_frame"], case.frame, "{name}");
    keeps_keys(&seen);
}

#[test]
fn every_fault_that_passes_is_outlived_and_the_shot_paid_once() {
    use Call::{Clip, Frame, Poll, Submit};
    use Fault::{
        BadGateway, Corrupt, DropAfter, DropBefore, Empty, ExpiredLink, FalseGzip, Garbage, Milliseconds, NoLastFrame,
        OutputModeration, Page, RateLimited, Server, Status, Truncated, WrongLength,
    };
    LazyLock::force(&UNDISTURBED);
    side_by_side(
        &[
            // These three take half a minute: nothing was accepted, and only the list can say so.
            case("dropped before acceptance", Submit, DropBefore, 2),
            case("a page instead of an answer", Submit, Page, 2),
            case("a gateway's page at the order", Submit, BadGateway, 2),
            case("429 with a pause", Submit, RateLimited(Some(1)), 2),
            case("429 without a pause", Submit, RateLimited(None), 2),
            case("a code of the server", Submit, Server("InternalServiceError"), 2),
            case("overloaded", Submit, Fault::Refused(429, "ServerOverloaded"), 2),
            case("dropped after acceptance", Submit, DropAfter, 1),
            case("garbage for an answer", Submit, Garbage, 1),
            case("a false gzip", Submit, FalseGzip, 1),
            case("milliseconds", Submit, Milliseconds, 1),
            case("expired", Submit, Fault::Expired, 2),
            case("output refused", Submit, OutputModeration, 2),
            Case { frame: "clip", ..case("no last frame", Submit, NoLastFrame, 1) },
            case("429 at a look", Poll, RateLimited(Some(1)), 1),
            case("429 at a look, without a pause", Poll, RateLimited(None), 1),
            case("a code of the server at a look", Poll, Server("InternalServiceError"), 1),
            case("502 at a look", Poll, BadGateway, 1),
            case("dropped at a look", Poll, DropBefore, 1),
            case("dropped after a look", Poll, DropAfter, 1),
            case("garbage at a look", Poll, Garbage, 1),
            case("a page at a look", Poll, Page, 1),
            case("a false gzip at a look", Poll, FalseGzip, 1),
            case("an unknown word, once", Poll, Status("dreaming"), 1),
            case("a truncated clip", Clip, Truncated, 1),
            case("a corrupt clip", Clip, Corrupt, 1),
            case("an empty clip", Clip, Empty, 1),
            case("a wrong length", Clip, WrongLength, 1),
            case("an expired link", Clip, ExpiredLink, 1),
            case("502 at the clip", Clip, BadGateway, 1),
            case("a page instead of the clip", Clip, Page, 1),
            case("a truncated last frame", Frame, Truncated, 1),
            case("an expired link of the last frame", Frame, ExpiredLink, 1),
            case("an empty last frame", Frame, Empty, 1),
        ],
        recovers,
    );
}

#[test]
fn pauses_that_a_service_asks_for_are_kept() {
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Nth(1), Fault::RateLimited(Some(3))).fault(
        Call::Poll,
        Pick::Nth(1),
        Fault::RateLimited(Some(4)),
    ));
    lamp("ark", &service).ok();
    let ledger = service.ledger();
    let sent = orders(&ledger, "ark");
    assert!(sent[1].at.saturating_sub(sent[0].at).as_secs_f64() >= 3.0, "{sent:?}");
    let looks = ledger.requests().iter().filter(|asked| asked.path.contains("/tasks/cgt-")).map(|asked| asked.at);
    let looks: Vec<_> = looks.collect();
    assert!(looks[1].saturating_sub(looks[0]).as_secs_f64() >= 4.0, "{looks:?}");
}

#[test]
fn a_service_that_turns_one_order_away_is_left_alone_by_all_shots() {
    const PAUSE: u32 = 3;
    let shots = (0..4).map(|n| format!("  - {{id: s{n}, prompt: Boat s{n}, provider: ark}}\n"));
    let text = board("ark", &shots.collect::<String>()).replace("{poll:", "{max_in_flight: 2, poll:");
    let settings = Settings::new().pace(Pace::Looks { queued: 0, running: 1 });
    let service = Loopback::start(settings.fault(Call::Submit, Pick::Nth(2), Fault::RateLimited(Some(PAUSE))));
    // Of two shots that are ordered at once one is accepted. Its end lets a third one go, so it comes after the refusal.
    service.hold_tasks(true);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            render(Run::new().board("film.yaml", &text), &service).ok();
        });
        while service.struck() == 0 && !run.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        service.hold_tasks(false);
        run.join().expect("the run went well");
    });
    let ledger = service.ledger();
    let sent = orders(&ledger, "ark");
    assert_eq!((sent.len(), sent[1].status, ledger.billed().len()), (5, Some(429), 4));
    for order in &sent[2..] {
        assert!(order.at.saturating_sub(sent[1].at) >= Duration::from_secs(PAUSE.into()), "{sent:?}");
    }
}

#[test]
fn links_are_renewed_when_all_have_expired() {
    let service = Loopback::start(quick().fault(Call::Clip, Pick::First(2), Fault::ExpiredLink));
    let seen = lamp("ark", &service).ok();
    let ledger = service.ledger();
    assert_eq!((clips(&seen)["lamp"].as_str(), orders(&ledger, "ark").len()), (UNDISTURBED.as_str(), 1));
    assert!(ledger.task("A lamp").polls.len() >= 3, "each fresh link takes a look");
}

#[test]
fn a_prediction_that_is_not_known_at_first_is_waited_for() {
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Nth(1), Fault::NotFoundFirst(3)));
    lamp("atlascloud", &service).ok();
    let ledger = service.ledger();
    assert_eq!((orders(&ledger, "atlascloud").len(), ledger.billed().len()), (1, 1));
    assert_eq!(ledger.task("A lamp").polls.len(), 4);
}

/// Renders in vain, twice, and insists on the orders after each run.
#[track_caller]
fn fails(service: &Loopback, provider: &str, code: i32, orders_after: [usize; 2]) -> Seen {
    let seen = lamp(provider, service).code(code);
    assert_eq!(orders(&service.ledger(), provider).len(), orders_after[0], "after the first run\n{}", seen.stderr);
    let again = served(seen.again(), service).args(["render", "film.yaml", "--yes", "--only", "lamp"]).run();
    let said = format!("{}\n{}", again.stdout, again.stderr);
    assert_eq!(orders(&service.ledger(), provider).len(), orders_after[1], "after the second run\n{said}");
    keeps_keys(&seen);
    keeps_keys(&again);
    seen
}

#[test]
fn an_order_that_may_have_been_accepted_is_left_to_the_user_where_there_is_no_list() {
    for fault in [Fault::DropAfter, Fault::BadGateway, Fault::Garbage] {
        let accepted = usize::from(fault != Fault::BadGateway);
        let service = Loopback::start(quick().fault(Call::Submit, Pick::Every, fault));
        let seen = fails(&service, "cometapi", 7, [1, 1]);
        assert_eq!(service.ledger().billed().len(), accepted);
        seen.err_has("not made: `lamp`");
    }
}

#[test]
fn a_failed_task_is_told_in_the_words_of_the_service_and_ordered_again_by_the_next_run_only() {
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Nth(1), Fault::Failed("InternalServiceError")));
    let seen = fails(&service, "ark", 5, [1, 2]);
    assert_eq!(service.ledger().billed().len(), 1);
    let failed = &told(&seen, "shot_failed")[0];
    assert_eq!((&failed["kind"], &failed["charged"]), (&"server".into(), &false.into()), "{failed}");
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Nth(1), Fault::FailedText));
    let failed = &told(&fails(&service, "openai-video", 5, [1, 2]), "shot_failed")[0];
    assert!(failed["message"].as_str().is_some_and(|text| text.contains("upstream says")), "{failed}");
    assert!(failed["charged"].is_null(), "gateways do not say what a failed task costs: {failed}");
}

#[test]
fn what_expires_or_is_withheld_twice_is_not_ordered_a_third_time() {
    for (fault, kind) in [(Fault::Expired, "expired"), (Fault::OutputModeration, "output_refused")] {
        let service = Loopback::start(quick().fault(Call::Submit, Pick::First(2), fault));
        let seen = lamp("ark", &service).code(5);
        assert_eq!(orders(&service.ledger(), "ark").len(), 2, "{kind}");
        assert_eq!(service.ledger().billed().len(), 0, "{kind}");
        assert_eq!(told(&seen, "shot_failed")[0]["kind"], kind);
    }
}

#[test]
fn a_status_that_nobody_knows_is_an_error_and_no_second_order() {
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Nth(1), Fault::Status("dreaming")));
    let seen = fails(&service, "ark", 5, [1, 1]);
    let failed = &told(&seen, "shot_failed")[0];
    assert!(failed["message"].as_str().is_some_and(|text| text.contains("`dreaming`")), "{failed}");
}

#[test]
fn a_clip_that_never_arrives_whole_is_fetched_by_the_next_run_and_not_rendered_again() {
    // The first run fetches it three times, and the next one finds it whole.
    let service = Loopback::start(quick().fault(Call::Clip, Pick::First(3), Fault::Corrupt));
    let seen = lamp("ark", &service).code(5);
    assert_eq!(told(&seen, "shot_failed")[0]["kind"], "download", "{}", seen.stdout);
    let again = render(seen.again(), &service).args(["--only", "lamp"]).ok();
    assert_eq!(clips(&again)["lamp"], *UNDISTURBED);
    let ledger = service.ledger();
    assert_eq!((orders(&ledger, "ark").len(), ledger.billed().len()), (1, 1));
}

#[test]
fn refused_words_are_underlined_and_never_sent_again() {
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Every, Fault::InputModeration(None)));
    let seen = lamp("ark", &service).code(5);
    assert_eq!(orders(&service.ledger(), "ark").len(), 1);
    let request = told(&seen, "shot_failed")[0]["request_id"].as_str().expect("the service names it").to_owned();
    for part in [
        "service::refused",
        "The request failed because the input text may contain sensitive information.",
        "InputTextSensitiveContentDetected",
        request.as_str(),
        "[film.yaml:6:",
        "prompt: A lamp alone",
        "─┬─",
        "these words",
        "change these words: the same ones would be refused again",
    ] {
        // Long words are wrapped, so only what is between counts.
        let flat = |text: &str| text.split(|c: char| c.is_whitespace() || c == '│').collect::<String>();
        assert!(flat(&seen.stderr).contains(&flat(part)), "`{part}` is not in\n{}", seen.stderr);
    }
    keeps_keys(&seen);
}

#[test]
fn a_refused_picture_is_labelled() {
    let fault = Fault::InputModeration(Some("content[1]"));
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Every, fault));
    let shots = "  - id: lamp\n    prompt: A lamp alone\n    provider: ark\n    first_frame: mara.png\n";
    let run = Run::new().board("film.yaml", &board("ark", shots)).file("mara.png", media::png(640, 400));
    let seen = render(run, &service).code(5);
    assert_eq!(orders(&service.ledger(), "ark").len(), 1);
    let seen = seen.err_has("first_frame: mara.png").err_has("this picture").err_has("may contain real");
    seen.err_has("PrivacyInformation").err_has("[film.yaml:9:");
}

#[test]
fn a_missing_last_frame_is_cut_from_the_clip_and_handed_on() {
    let shots = "  - {id: one, prompt: Lantern one, provider: ark}\n  \
                 - {id: two, prompt: Lantern two, provider: ark, first_frame: {last_frame_of: one}}\n";
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Nth(1), Fault::NoLastFrame));
    let seen = render(Run::new().board("film.yaml", &board("ark", shots)), &service).ok();
    let stored: Vec<_> = told(&seen, "shot_stored").into_iter().filter(|line| line["shot"] == "one").collect();
    assert_eq!(stored[0]["last_frame"], "clip", "{:?}", events(&seen));
    let ledger = service.ledger();
    let received = ledger.task("Lantern two").input("first_frame");
    assert!(received.address.is_empty() && received.bytes > 0, "the picture itself is sent: {received:?}");
}
