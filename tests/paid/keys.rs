//! Keys: found, never shown.

use super::{KEYS, served};
use crate::loopback::{Key, Loopback, Seen, Settings};
use crate::support::Run;

#[test]
fn doctor_says_which_keys_are_there_and_shows_none() {
    let service = Loopback::start(Settings::new());
    let seen = served(Run::new(), &service).args(["doctor"]).ok().err("").says_nothing_of(KEYS);
    for (id, key) in [("ark", "ARK_API_KEY"), ("cometapi", "COMETAPI_KEY"), ("seedance-v2", "SEEDANCE_API_KEY")] {
        seen.clone().out_has(&format!("ok       {id}: key in {key}, http://127.0.0.1:"));
    }
    let ledger = service.ledger();
    assert_eq!(ledger.requests().len(), 10, "one look at each service");
    let may = |asked: &Seen| asked.key == Key::Right || asked.service == "video-server" && asked.key == Key::Missing;
    assert!(ledger.requests().iter().all(|asked| asked.method == "GET" && may(asked)));
}

#[test]
fn doctor_calls_nobody_without_a_key() {
    let service = Loopback::start(Settings::new());
    let run = Run::new().env("STORYREEL_ARK_BASE_URL", service.base("ark")).env("COMETAPI_KEY", " ");
    let seen = run.args(["doctor"]).ok();
    let seen = seen.out_has("optional ark: no key").out_has("set ARK_API_KEY");
    seen.out_has("optional cometapi: no key").out_has("optional other services: no key for `byteplus`, `apiyi`");
    assert!(service.ledger().requests().is_empty());
}

#[test]
fn doctor_says_what_is_wrong_with_a_key_or_an_address() {
    let service = Loopback::start(Settings::new());
    let gone = Loopback::start(Settings::new());
    let dead = gone.base("byteplus");
    drop(gone);
    let run = Run::new()
        .env("STORYREEL_ARK_BASE_URL", service.base("ark"))
        .env("ARK_API_KEY", format!("{KEYS}nobody"))
        .env("STORYREEL_BYTEPLUS_BASE_URL", dead)
        .env("BYTEPLUS_API_KEY", format!("{KEYS}byteplus"))
        .env("OPENAI_VIDEO_API_KEY", format!("{KEYS}gateway"));
    let seen = run.args(["doctor"]).ok().says_nothing_of(KEYS);
    let seen = seen.out_has("optional ark: the key in ARK_API_KEY is refused").out_has("optional byteplus:");
    seen.out_has("cannot be reached").out_has("optional openai-video: no address");
}
