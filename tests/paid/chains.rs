//! A chain of three shots on every service: what one shot ends on, the next one starts on.

use super::{board, keeps_keys, model_keys, render, side_by_side};
use crate::loopback::{Loopback, Pace, Settings};
use crate::support::Run;

/// Services that take a first frame as what it is.
const EXACT: [&str; 8] =
    ["ark", "byteplus", "apiyi", "atlascloud", "openai-video", "seedance-v2", "openrouter", "comfy-router"];

fn chain(provider: &str) -> String {
    let keys = format!("provider: {provider}{}", model_keys(provider));
    let shots = format!(
        "  - {{id: one, prompt: Boat one, {keys}, return_last_frame: true}}\n  \
         - {{id: two, prompt: Boat two, {keys}, return_last_frame: true}}\n  - {{id: three, prompt: Boat three, {keys}}}\n"
    );
    board(provider, &shots)
}

#[test]
fn every_service_hands_the_last_frame_on_to_the_byte() {
    side_by_side(&EXACT, |provider| hands_on(provider));
}

fn hands_on(provider: &str) {
    let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: 1 }));
    let seen = render(Run::new().board("film.yaml", &chain(provider)), &service).ok();
    let ledger = service.ledger();
    assert_eq!(ledger.billed().len(), 3, "{provider}");
    for (from, to) in [("Boat one", "Boat two"), ("Boat two", "Boat three")] {
        let received = &ledger.task(to).input("first_frame").sha256;
        assert!(received.is_some(), "{provider}: {to} got no first frame");
        // Where the service has no last frame to give, the one decoded from its clip goes on.
        if let Some(served) = &ledger.task(from).frame_served {
            assert_eq!(received.as_ref(), Some(served), "{provider}: {to}");
        }
    }
    assert!(seen.path().join("out/film.mp4").exists(), "{provider}");
    keeps_keys(&seen);
}
