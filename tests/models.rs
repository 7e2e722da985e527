//! Models that a storyboard declares.

use crate::loopback::{Loopback, Settings};
use crate::support::{Run, Seen};

const DECLARED: &str = "storyboard: 1\nproviders:\n  openai-video:\n    base_url: http://127.0.0.1:9\n    models:\n      \
                        wan: {id: Wan-AI/Wan2.2-TI2V-5B, modes: [text, first_frame], seconds: [2, 3, 4, 5], fps: 16, \
                        sizes: {480p: {16:9: 832x480, 9:16: 480x832}}, audio: none, price: {per_second: 0.01}}\n\
                        defaults: {provider: openai-video, model: wan, resolution: 480p, duration: 4}\nshots:\n  \
                        - {id: a, prompt: A boat.}\n";

fn check(text: &str) -> Run {
    Run::new().board("film.yaml", text).args(["check", "film.yaml"])
}

fn wrong(from: &str, to: &str) -> Seen {
    assert!(DECLARED.contains(from), "{from}");
    check(&DECLARED.replace(from, to)).code(3)
}

#[test]
fn a_declared_model_is_checked_priced_and_sized_like_a_known_one() {
    check(DECLARED).ok().err_has("no problems");
    let run = Run::new().board("film.yaml", DECLARED);
    let plan = run.args(["plan", "film.yaml", "--format", "json"]).ok().json();
    let shot = &plan["shots"][0];
    assert_eq!(
        (&shot["model"], &shot["width"], &shot["height"]),
        (&"Wan-AI/Wan2.2-TI2V-5B".into(), &832.into(), &480.into())
    );
    assert_eq!((&shot["estimate"]["cost"], &plan["totals"]["unknown_price"]), (&"0.04".into(), &0.into()));
    let upright = DECLARED.replace("duration: 4}", "duration: 4, ratio: '9:16'}");
    let plan = Run::new().board("film.yaml", &upright).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!((&plan["shots"][0]["width"], &plan["shots"][0]["height"]), (&480.into(), &832.into()));
    let paid = DECLARED.replace("per_second: 0.01}", "per_second: 0.05, currency: EUR}");
    let plan = Run::new().board("film.yaml", &paid).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!(
        (&plan["shots"][0]["estimate"]["cost"], &plan["shots"][0]["estimate"]["currency"]),
        (&"0.20".into(), &"EUR".into())
    );
    // Nothing is free at somebody else's service because a text says so: the user is told.
    check(&DECLARED.replace("per_second: 0.01", "per_second: 0"))
        .ok()
        .err_has("prices `wan` at `openai-video` with 0.00 USD");
    // Of a stranger's storyboard no price counts.
    let strange =
        Run::new().board("film.yaml", DECLARED).args(["plan", "film.yaml", "--untrusted", "--format", "json"]);
    assert_eq!(strange.ok().json()["totals"]["unknown_price"], 1);
    wrong("duration: 4}", "duration: 6}")
        .err_has("wan cannot make a clip of 6 s")
        .err_has("wan makes clips of 2, 3, 4, 5 s");
    wrong("resolution: 480p", "resolution: 720p").err_has("wan does not render at 720p");
    wrong("duration: 4}", "duration: 4, ratio: '1:1'}").err_has("wan does not render 1:1 at 480p");
    let last = "- {id: a, prompt: A boat., return_last_frame: true}\n  - {id: b, prompt: On., last_frame: {first_frame_of: a}}";
    wrong("- {id: a, prompt: A boat.}", last).err_has("wan cannot start from a first and a last frame");
}

#[test]
fn a_declaration_that_says_too_little_or_nonsense_is_an_error_at_its_place() {
    wrong("id: Wan-AI/Wan2.2-TI2V-5B, ", "").err_has("the model `wan` has no `id`").err_has("film.yaml:6:7");
    wrong("seconds: [2, 3, 4, 5]", "seconds: []").err_has("has no `seconds`");
    wrong("seconds: [2, 3, 4, 5]", "seconds: [0]").err_has("a length is 1 to 600 whole seconds");
    wrong("832x480", "831x480").err_has("`831x480` is no size of a clip");
    wrong("480p: {16:9", "470p: {16:9").err_has("`470p` is not a resolution");
    wrong("16:9: 832x480", "16-9: 832x480").err_has("`16-9` is not a ratio");
    wrong("fps: 16", "fps: 0").err_has("a model cannot have this frame rate");
    wrong("audio: none", "audio: perhaps").err_has("`perhaps` is not a sound ability");
    wrong("modes: [text, first_frame]", "modes: [words]").err_has("`words` is not a mode");
    // Less than a millionth is not nothing.
    wrong("per_second: 0.01}", "per_second: 1e-30}").err_has("with at most six decimals");
    wrong("per_second: 0.01}", "per_second: 0.01, per_million_tokens: 7}").err_has("expected exactly one of the two");
    wrong("openai-video:\n    base_url: http://127.0.0.1:9\n", "animatic:\n").err_has("`animatic` takes no models");
}

#[test]
fn a_model_that_nobody_knows_is_taken_for_none() {
    wrong("model: wan", "model: wam").err_has("the model `wam` is not known").err_has("models: {NAME: {id: wam");
    let near = "storyboard: 1\ndefaults: {model: seedence-2.0}\nshots: [{id: a, prompt: A boat.}]\n";
    check(near).code(3).err_has("did you mean `seedance-2.0`?");
    // The animatic stands in for declared models, too, at their size and rate.
    let animatic = DECLARED.replace("provider: openai-video, ", "");
    let seen = Run::new().board("film.yaml", &animatic).args(["render", "film.yaml"]).ok();
    let plan = seen.again().args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!((&plan["shots"][0]["width"], &plan["shots"][0]["model"]), (&832.into(), &"wan".into()));
    let lock = std::fs::read_to_string(seen.path().join("film.lock.yaml")).expect("a lock");
    assert!(lock.contains("video: 832x480 16fps 64 frames"), "{lock}");
}

/// Two people who speak, one of them with a voice.
const SPEAKING: &str = "storyboard: 1\ncast:\n  mara: {name: Mara, images: [mara.png], voice: mara.wav}\n  \
                        ben: {name: Ben}\nproviders: {ark: {poll: {initial: 1, max: 1}}}\ndefaults: \
                        {PROVIDER}\nshots:\n  - id: a\n    prompt: \"@mara and @ben wait.\"\n    \
                        KEYS\n    dialogue: [{speaker: mara, line: \"No.\"}, {speaker: ben, line: \"Yes.\"}]\n";

fn speaking(provider: &str, keys: &str) -> Run {
    let text = SPEAKING.replace("PROVIDER", provider).replace("KEYS", keys);
    let run = Run::new().board("film.yaml", &text);
    run.file("mara.png", crate::support::media::png(640, 360)).file("mara.wav", crate::support::media::silence(3))
}

#[test]
fn a_voice_is_sent_in_reference_mode_and_bound_to_the_lines_of_who_speaks() {
    let service = Loopback::start(Settings::new());
    let run = speaking("provider: ark, resolution: 480p, quality: {min: 0}", "duration: 4");
    let run = service.env().into_iter().fold(run, |run, (name, value)| run.env(&name, value));
    run.args(["render", "film.yaml", "--yes"]).ok();
    let ledger = service.ledger();
    let task = ledger.task("wait");
    assert!(
        task.prompt.contains("\nMara, in the voice of [Audio 1], says: \"No.\"\nBen says: \"Yes.\""),
        "{}",
        task.prompt
    );
    let sound = crate::loopback::sha256(&crate::support::media::silence(3));
    assert_eq!(task.input("reference_audio").sha256, Some(sound));
    // A sound that the shot names itself comes first.
    let two = speaking("", "references: {audio: [mara.wav]}").args(["check", "film.yaml"]).ok();
    assert!(!two.stderr.contains("the voice of"), "{}", two.stderr);
    let frames = speaking("", "first_frame: mara.png").args(["check", "film.yaml"]).ok();
    frames.err_has("the voice of `mara` is not sent for a shot with a first frame");
    let none = speaking("provider: cometapi, model: seedance-2.0", "duration: 5").args(["check", "film.yaml"]).ok();
    none.err_has("the voice of `mara` is not sent for a shot").err_has("the provider takes no sounds");
    let missing = SPEAKING.replace("PROVIDER", "").replace("KEYS", "duration: 5");
    let run = Run::new().board("film.yaml", &missing).file("mara.png", crate::support::media::png(640, 360));
    run.args(["check", "film.yaml"]).code(3).err_has("there is no file `mara.wav`");
}
