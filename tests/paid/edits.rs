//! Edits of the film that are no edits of its shots: after them a service is asked for nothing.

use super::{board, events, render};
use crate::loopback::{Loopback, Settings};
use crate::support::Run;

#[test]
fn edits_of_the_film_ask_no_service_for_anything() {
    let service = Loopback::start(Settings::new());
    let text = board(
        "ark",
        "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}\n  \
         - {id: two, prompt: Boat two, provider: ark}\n  \
         - {id: three, prompt: Boat three, provider: ark}\n  - {id: end, card: The End, duration: 1}\n",
    );
    let film = |keys: &str| text.replace("shots:\n", &format!("film: {{{keys}}}\nshots:\n"));
    let of_shot = |shot: &str, keys: &str| text.replace(&format!("{{id: {shot},"), &format!("{{id: {shot}, {keys},"));
    let mut seen = render(Run::new().board("film.yaml", &text), &service).ok();
    let (asked, billed) = (service.ledger().requests().len(), service.ledger().tasks().len());
    assert_eq!(billed, 3);
    let edits = [
        film("transition: dissolve"),
        of_shot("two", "seam: keep"),
        film("size: 320x180, fps: 25, fit: crop"),
        film("codec: hevc, size: 320x180"),
        text.replace("The End", "Fin"),
        text.replace("  - {id: three, prompt: Boat three, provider: ark}\n", ""),
    ];
    for edit in edits {
        assert_ne!(edit, text);
        seen = render(seen.again().board("film.yaml", &edit), &service).ok();
        let done = events(&seen).into_iter().find(|event| event["event"] == "film_done").expect("it is told");
        assert_ne!(done["way"], "up_to_date", "{edit}");
        assert_eq!(service.ledger().requests().len(), asked, "a service was asked for something after\n{edit}");
    }
}
