//! A key that is refused or an account without money ends one service's part of a run, and no other's.

#[cfg(unix)]
use super::render;
use super::{KEYS, LOOKS, clips, keeps_keys, orders, served, told, with_settings};
use crate::loopback::{Call, Fault, Loopback, Pace, Pick, Settings};
use crate::support::{Run, Seen};

/// Three shots of one service with one task at a time, two of another.
const SHOTS: &str = "  - {id: first, prompt: Gull first, provider: ark}
  - {id: second, prompt: Gull second, provider: ark}
  - {id: third, prompt: Gull third, provider: ark}
  - {id: other, prompt: Gull other, provider: atlascloud}
  - {id: last, prompt: Gull last, provider: atlascloud}
  - {id: after, prompt: Gull after, provider: atlascloud, first_frame: {last_frame_of: third}}
";

fn film() -> String {
    let one = LOOKS.replace("{poll:", "{max_in_flight: 1, poll:");
    with_settings(&format!("ark: {one}, atlascloud: {LOOKS}"), SHOTS)
}

fn quick() -> Settings {
    Settings::new().pace(Pace::Looks { queued: 0, running: 0 })
}

#[track_caller]
fn only_one_is_stopped(seen: &Seen, troubled: &Loopback, calm: &Loopback) {
    let made: Vec<String> = clips(seen).into_keys().collect();
    assert_eq!(made, ["last", "other"], "the other service's shots go on");
    let failed = told(seen, "shot_failed");
    assert_eq!(failed.len(), 1, "{failed:?}");
    let by = &failed[0]["shot"];
    let blocked = told(seen, "shot_blocked");
    assert_eq!(blocked.len(), 3, "{blocked:?}");
    assert!(blocked.iter().all(|line| &line["by"] == by), "{blocked:?}");
    let warned = told(seen, "warned");
    let told =
        |line: &serde_json::Value| line["message"].as_str().is_some_and(|text| text.contains("no more orders go to"));
    assert!(warned.iter().any(told), "{warned:?}");
    assert_eq!(orders(&troubled.ledger(), "ark").len(), 1, "nothing more is ordered");
    let billed = |at: &Loopback, id: &str| at.ledger().billed().iter().filter(|task| task.service == id).count();
    assert_eq!((billed(troubled, "ark"), billed(calm, "atlascloud")), (0, 2));
    keeps_keys(seen);
}

#[test]
fn a_refused_key_stops_its_service_alone() {
    let service = Loopback::start(quick());
    let run = served(Run::new().board("film.yaml", &film()), &service).env("ARK_API_KEY", format!("{KEYS}nobody"));
    let seen = run.args(["render", "film.yaml", "--yes", "--progress", "json"]).code(5);
    only_one_is_stopped(&seen, &service, &service);
    assert_eq!(told(&seen, "shot_failed")[0]["kind"], "auth");
}

#[test]
fn an_empty_account_stops_its_service_alone() {
    for fault in [Fault::Refused(402, "PaymentRequired"), Fault::Refused(403, "AccountOverdueError")] {
        let troubled = Loopback::start(quick().fault(Call::Submit, Pick::Every, fault));
        let calm = Loopback::start(quick());
        let run = served(Run::new().board("film.yaml", &film()), &calm);
        let run = run.env("STORYREEL_ARK_BASE_URL", troubled.base("ark"));
        let seen = run.args(["render", "film.yaml", "--yes", "--progress", "json"]).code(5);
        only_one_is_stopped(&seen, &troubled, &calm);
        assert_eq!(told(&seen, "shot_failed")[0]["kind"], "billing");
    }
}

/// The first signal lets the running shots finish, the second ends the run; what was ordered is fetched by the next.
#[test]
#[cfg(unix)]
fn every_signal_to_stop_is_heard_in_order() {
    use std::fs::{File, read_to_string};
    use std::process::{Command, Stdio};

    for signal in ["-HUP", "-TERM", "-INT"] {
        let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: u32::MAX }));
        let seen = Run::new().board("film.yaml", &film()).args(["check", "film.yaml", "-q"]).ok();
        let events = seen.path().join("events");
        let mut command = render(seen.again(), &service).command();
        command.stdin(Stdio::null()).stdout(File::create(&events).expect("created")).stderr(Stdio::null());
        let mut run = command.spawn().expect("the program was built");
        let wait_for = |what: &str| {
            while !read_to_string(&events).expect("it is there").contains(what) {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        };
        let send = |id: u32| {
            let sent = Command::new("kill").args([signal, &id.to_string()]).status();
            assert!(sent.is_ok_and(|status| status.success()), "{signal}");
        };
        wait_for("\"rendering\"");
        send(run.id());
        wait_for("\"draining\"");
        send(run.id());
        assert_eq!(run.wait().expect("it ends").code(), Some(130), "{signal}");
        let status = seen.again().args(["status", "--format", "json"]).ok().json();
        assert_eq!(status["unfinished"][0]["state"], "submitted", "{signal}: {status:#}");
    }
}
