//! Films made by models say so.

use super::{board, render};
use crate::loopback::{Loopback, Pace, Settings};
use crate::render::label::label;
use crate::support::Run;

#[test]
fn a_film_says_that_a_model_made_it_and_which() {
    let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: 1 }));
    let shot = "  - {id: a, prompt: A secret harbour, provider: byteplus}\n";
    let seen = render(Run::new().board("film.yaml", &board("byteplus", shot)), &service).ok();
    let film = seen.path().join("out/film.mp4");
    let told = label(&film);
    let term = "Iptc4xmpExt:DigitalSourceType http://cv.iptc.org/newscodes/digitalsourcetype";
    let model = "Iptc4xmpExt:AISystemUsed seedance-2.0 (dreamina-seedance-2-0-260128)\n";
    assert!(told.contains(model) && told.contains(&format!("{term}/trainedAlgorithmicMedia\n")), "{told}");
    let bytes = std::fs::read(&film).expect("the film is there");
    let holds = |words: &str| bytes.windows(words.len()).any(|part| part == words.as_bytes());
    assert!(!holds("secret harbour"), "a prompt is in the film");
    assert!(holds(
        "Made with AI (seedance-2.0 (dreamina-seedance-2-0-260128)) by storyreel, from the storyboard sha256:"
    ));
    let mixed = format!("{shot}  - {{id: end, card: The End, duration: 1}}\n");
    let seen = render(seen.again().board("film.yaml", &board("byteplus", &mixed)), &service).ok();
    let told = label(&film);
    assert!(told.contains(model) && told.contains(&format!("{term}/compositeWithTrainedAlgorithmicMedia\n")), "{told}");
    let doctor = seen.again().args(["doctor", "out/film.mp4"]).ok();
    assert!(doctor.stdout.contains("ok       label: made with AI, by seedance-2.0 ("), "{}", doctor.stdout);
}
