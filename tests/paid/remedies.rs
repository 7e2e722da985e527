//! What a user is told to do about what a service says, and where.

use super::crash::{project, settings};
use super::{board, render, served};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::{Run, Seen, media};

/// Two shots that do not need each other.
fn two(provider: &str) -> String {
    let shots = "  - {id: lamp, prompt: A lamp}\n  - {id: door, prompt: A door}\n";
    board(provider, shots).replace("defaults: {", &format!("defaults: {{provider: {provider}, "))
}

/// A render where every order meets this fault.
#[track_caller]
fn refused(provider: &str, fault: Fault, board: Run) -> Seen {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Every, fault));
    render(board, &service).code(if provider.is_empty() { 0 } else { 5 })
}

fn times(seen: &Seen, part: &str) -> usize {
    // A long line is broken where it is drawn.
    let words: Vec<&str> = seen.stderr.split_whitespace().filter(|word| !matches!(*word, "│" | "|")).collect();
    words.join(" ").matches(part).count()
}

#[test]
fn an_account_that_cannot_pay_is_told_where_to_and_once() {
    for (provider, fault, what, place) in [
        ("ark", Fault::Refused(403, "AccountOverdueError"), "pay what the account owes", "console.volcengine.com/ark"),
        ("byteplus", Fault::Refused(429, "SetLimitExceeded"), "raise the limit", "console.byteplus.com/ark"),
        ("apiyi", Fault::Refused(403, "insufficient_user_quota"), "top up the balance", "api.apiyi.com"),
        ("cometapi", Fault::Refused(402, "payment_required"), "top up the balance", "api.cometapi.com"),
        ("atlascloud", Fault::Refused(402, "payment_required"), "top up the balance", "console.atlascloud.ai"),
    ] {
        let seen = refused(provider, fault, project(&two(provider)).again());
        assert_eq!(times(&seen, what), 1, "{provider}: {}", seen.stderr);
        assert_eq!(times(&seen, place), 1, "{provider}: {}", seen.stderr);
    }
}

#[test]
fn a_key_that_is_refused_is_told_with_its_variable_and_its_region() {
    let seen = refused("ark", Fault::Refused(401, "AuthenticationError"), project(&two("ark")).again());
    assert_eq!(times(&seen, "set `ARK_API_KEY` to a key from"), 1, "{}", seen.stderr);
    assert_eq!(times(&seen, "one region, and this is mainland China"), 1, "{}", seen.stderr);
    let seen = refused("cometapi", Fault::Refused(401, "invalid_api_key"), project(&two("cometapi")).again());
    assert_eq!((times(&seen, "set `COMETAPI_KEY` to a key from"), times(&seen, "region")), (1, 0), "{}", seen.stderr);
}

/// The lines of a drawn problem from the one that holds `part` on.
fn below<'a>(seen: &'a Seen, part: &str) -> Vec<&'a str> {
    seen.stderr.lines().skip_while(|line| !line.contains(part)).skip(1).take(2).collect()
}

#[test]
fn a_refused_picture_is_underlined_itself() {
    let references = "  - id: lamp\n    prompt: A lamp\n    references:\n      images:\n        - a.png\n        - b.png\n        \
                      - c.png\n";
    for (provider, param) in [
        ("ark", "content[2]"),
        ("byteplus", "content[2].image_url"),
        ("apiyi", "content[2]"),
        ("openai-video", "metadata.content[1]"),
        ("atlascloud", "reference_images[1]"),
    ] {
        let text = board(provider, references).replace("defaults: {", &format!("defaults: {{provider: {provider}, "));
        let run = Run::new().board("film.yaml", &text);
        let run = ["a.png", "b.png", "c.png"].iter().fold(run, |run, name| {
            let width = 400 + u32::from(name.as_bytes()[0]);
            run.file(name, media::png(width, 300))
        });
        let seen = refused(provider, Fault::InputModeration(Some(param)), run);
        let drawn = below(&seen, "- b.png");
        assert!(drawn.iter().any(|line| line.contains("this picture")), "{provider}: {}", seen.stderr);
        assert!(!below(&seen, "- a.png").concat().contains("this picture"), "{provider}: {}", seen.stderr);
        let asset = !matches!(provider, "apiyi" | "openai-video");
        assert_eq!(times(&seen, "`asset://…`") > 0, asset, "{provider}: {}", seen.stderr);
    }
}

#[test]
fn refused_words_are_underlined_and_refused_sound_can_be_turned_off() {
    let seen = refused("ark", Fault::InputModeration(None), project(&two("ark")).again());
    assert!(times(&seen, "change these words") > 0, "{}", seen.stderr);
    let one = board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n");
    let service = Loopback::start(settings().fault(
        Call::Submit,
        Pick::Every,
        Fault::Failed("OutputAudioSensitiveContentDetected"),
    ));
    let seen = render(project(&one).again(), &service).code(5);
    assert!(times(&seen, "set `audio: false`") > 0, "{}", seen.stderr);
}

#[test]
fn a_request_that_is_too_large_says_what_was() {
    let run = Run::new().file("a.png", media::png(1200, 900)).board(
        "film.yaml",
        &board("openai-video", "  - {id: lamp, prompt: A lamp, provider: openai-video, first_frame: a.png}\n"),
    );
    let seen = refused("openai-video", Fault::ErrorText(413), run);
    assert!(times(&seen, "were sent") > 0 && times(&seen, "make the files smaller") > 0, "{}", seen.stderr);
}

#[test]
fn a_warning_for_the_whole_film_is_said_once() {
    let shot = |n| format!("  - {{id: s{n}, prompt: A lamp, provider: cometapi, first_frame: a.png, audio: false}}\n");
    let shots = (1..=9).map(shot).collect::<Vec<String>>().concat();
    let run = Run::new().file("a.png", media::png(864, 496)).board("film.yaml", &board("cometapi", &shots));
    let seen = run.args(["check", "film.yaml"]).ok();
    for message in ["`cometapi` takes no first frame", "`cometapi` cannot switch the sound off"] {
        let said = format!("{}{}", seen.stdout, seen.stderr);
        assert_eq!(said.matches(message).count(), 1, "{said}");
    }
    assert!(times(&seen, "(the same in 5 more)") == 2, "{}", seen.stderr);
}

#[test]
fn an_order_is_looked_for_by_its_mark_only_where_it_was_sent() {
    let lost = |provider: &str| {
        let faults = settings().fault(Call::Submit, Pick::Nth(1), Fault::DropAfter);
        let service = Loopback::start(faults.fault(Call::List, Pick::Every, Fault::ErrorText(400)));
        let shot = format!("  - {{id: lamp, prompt: A lamp that burns, provider: {provider}}}\n");
        let seen = render(project(&board(provider, &shot)).again(), &service).code(7);
        let json = served(seen.again(), &service).args(["status", "--format", "json"]).code(7).json();
        (served(seen.again(), &service).args(["status"]).code(7), json["unfinished"][0].clone())
    };
    let (seen, json) = lost("cometapi");
    let seen =
        seen.out_has("for one on doubao-seedance-2-0 sent at 20").out_has("whose prompt begins \"A lamp that burns\"");
    assert!(!seen.stdout.contains("mark"), "{}", seen.stdout);
    assert_eq!((&json["mark"], &json["prompt"]), (&serde_json::Value::Null, &"A lamp that burns".into()));
    let (seen, json) = lost("ark");
    seen.out_has("for the mark sr");
    assert!(json["mark"].as_str().is_some_and(|mark| mark.starts_with("sr")), "{json}");
}
