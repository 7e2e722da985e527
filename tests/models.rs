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
    for (from, to) in [
        ("modes: [text, first_frame]", "modes: [txt]"),
        ("seconds: [2, 3, 4, 5]", "seconds: 2-5"),
        ("{480p: {16:9: 832x480, 9:16: 480x832}}", "{480p: 832x480}"),
    ] {
        let seen = wrong(from, to);
        assert!(!seen.stderr.contains("is missing"), "{}", seen.stderr);
    }
    wrong("832x480", "1281x721").err_has("both sides are even");
    wrong("832x480", "16384x16384").err_has("a side has 64 to 8192 pixels");
    wrong("9:16: 480x832", "9:16: 1280x720").err_has("1280x720 has not the shape 9:16");
    for id in ["''", "\"a\\r\\nb\"", "\"a\\u001bb\"", "' a'"] {
        wrong("id: Wan-AI/Wan2.2-TI2V-5B", &format!("id: {id}")).err_has("this is no id of a model");
    }
    // An order to this service looks as the maker of the model wants it, and of one maker alone that is known.
    for id in ["minimax/h3", "wan", "byteplus/a b", "byteplus/../x", "byteplus/.."] {
        let router = DECLARED.replace("openai-video", "comfy-router").replace("Wan-AI/Wan2.2-TI2V-5B", id);
        check(&router).code(3).err_has("write the id as `byteplus/MODEL`");
    }
    wrong("per_second: 0.01}", "per_second: 0.01, read: 2999-13-45}").err_has("`2999-13-45` is not a day");
    let second = "models:\n      sea: {id: Wan-AI/Wan2.2-TI2V-5B, modes: [text], seconds: [4], sizes: {480p: {16:9: \
                  832x480}}, price: {per_second: 0.02}}\n";
    wrong("models:\n", second).err_has("`sea` and `wan` are one model with two prices");
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

/// A list of `openrouter` as a project keeps it.
fn catalogue() -> String {
    let model = |id: &str, frames: &str, prices: &str| {
        format!(
            "{{\"id\": \"{id}\", \"seconds\": [4, 5], \"resolutions\": [\"720p\"], \"ratios\": [\"16:9\"], \"frames\": [{frames}], \
             \"audio\": true, \"seed\": true, \"prices\": {{{prices}}}}}"
        )
    };
    let models = [
        model("aaa/wan-v2.7", "", "\"duration_seconds\": \"0.10\""),
        model("alibaba/wan-2.7", "\"first_frame\"", "\"duration_seconds\": \"0.10\", \"per_request\": \"0.50\""),
        model("kwaivgi/kling-v3.0", "\"first_frame\"", "\"duration_seconds\": \"0.126\""),
        model("maker/odd", "", "\"duration_seconds\": \"$0.10\""),
    ];
    format!(
        "{{\"version\": 1, \"provider\": \"openrouter\", \"read\": \"2026-11-27\", \"models\": [{}]}}",
        models.join(", ")
    )
}

/// One shot on a model that `openrouter` lists, with these keys; and settings of the provider.
fn on_list(model: &str, keys: &str, settings: &str) -> Run {
    let text = format!(
        "storyboard: 1\nproviders: {{openrouter: {{{settings}}}}}\ndefaults: {{provider: openrouter, model: {model}, \
         resolution: 720p, duration: 5}}\nshots:\n  - {{id: a, prompt: A boat.{keys}}}\n"
    );
    let run = Run::new().board("film.yaml", &text).file("catalogue/openrouter.json", catalogue());
    run.file("mara.png", crate::support::media::png(640, 360))
}

#[test]
fn a_list_is_read_without_guessing() {
    let check = |model: &str, keys: &str| on_list(model, keys, "").args(["check", "film.yaml"]);
    // One name, two models.
    let both = check("wan-2.7", "").code(3).err_has("listed several models that are called `wan-2.7`");
    both.err_has("`aaa/wan-v2.7`").err_has("write the whole id");
    check("aaa/wan-v2.7", "").ok();
    check("kling-v3.0", "").ok();
    // What comes to the bill and is not known makes the price unknown.
    check("alibaba/wan-2.7", "").ok().err_has("is not known: it counts `per_request`");
    check("maker/odd", "").ok().err_has("`duration_seconds` is `$0.10`, which is not an");
    let plan = on_list("alibaba/wan-2.7", "", "").args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!(plan["totals"]["unknown_price"], 1);
    // What is known of a family.
    check("alibaba/wan-2.7", ", audio: false").ok().err_has("`wan-2.7` cannot switch the sound off");
    check("kling-3.0", ", references: {images: [mara.png]}").code(3).err_has("kling-3.0 cannot start from references");
}

#[test]
fn a_price_below_the_list_or_in_another_currency_is_named() {
    let declared = "models: {mine: {id: kwaivgi/kling-v3.0, modes: [text], seconds: [5], sizes: {720p: {16:9: 1280x720}}, \
                    price: {per_second: 0.00001}}}";
    for (model, settings, words) in [
        (
            "kling-3.0",
            "prices: [{model: kling-3.0, per_second: 0.00001}]",
            "0.00001 USD/second, below 0.126 USD/second",
        ),
        ("kling-3.0", "prices: [{model: kling-v3.0, per_second: 20, currency: JPY}]", "in place of 0.126 USD/second"),
        ("mine", declared, "prices `mine` at `openrouter` with 0.00001 USD/second, below 0.126 USD/second"),
    ] {
        on_list(model, "", settings).args(["plan", "film.yaml"]).ok().out_has(words);
    }
    let fair = on_list("kling-3.0", "", "prices: [{model: kling-3.0, per_second: 0.126}]").args(["plan", "film.yaml"]);
    assert!(!fair.ok().stdout.contains('!'), "a price that is not below is not named");
}

#[test]
fn a_film_of_several_services_is_compared_with_itself() {
    let text = "storyboard: 1\ndefaults: {duration: 5, resolution: 720p}\nshots:\n  - {id: a, prompt: A boat., provider: \
                openrouter, model: kling-3.0}\n  - {id: b, prompt: A pier., provider: ark}\n";
    let short = catalogue().replace("\"maker/odd\", \"seconds\": [4, 5]", "\"maker/odd\", \"seconds\": [4]");
    let run = Run::new().board("film.yaml", text).file("catalogue/openrouter.json", short);
    let seen = run.args(["plan", "film.yaml", "--compare"]).ok();
    seen.clone().out_has("as written").out_has("0.63 USD").out_has("by default: ");
    assert!(!seen.stdout.contains("--update"), "{}", seen.stdout);
    let json = seen.again().args(["plan", "film.yaml", "--compare", "--format", "json"]).ok().json();
    assert_eq!(json["as_written"]["ordered"], 2);
    std::fs::remove_file(seen.path().join("catalogue/openrouter.json")).expect("it is there");
    std::fs::write(seen.path().join("film.yaml"), text.replace("openrouter, model: kling-3.0", "byteplus"))
        .expect("written");
    seen.again().args(["plan", "film.yaml", "--compare"]).ok().out_has("storyreel providers --update openrouter");
}

#[test]
#[cfg(unix)]
fn a_list_is_a_file_of_the_project() {
    let seen = on_list("kling-3.0", "", "").args(["check", "film.yaml"]).ok();
    let list = seen.path().join("catalogue/openrouter.json");
    std::fs::remove_file(&list).expect("it is there");
    let made = std::process::Command::new("mkfifo").arg(&list).status().expect("it is installed");
    assert!(made.success());
    seen.again().args(["plan", "film.yaml"]).code(3).err_has("catalogue/openrouter.json`: it is not a regular file");
    let update = ["providers", "--update", "openrouter"];
    seen.again().args(update).code(2).err_has("it is not a regular file");
    // A stranger's project writes nowhere else.
    std::fs::remove_dir_all(seen.path().join("catalogue")).expect("it is there");
    let outside = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(outside.path(), seen.path().join("catalogue")).expect("linked");
    seen.again().args(update).args(["--untrusted"]).code(4).err_has("through the link");
    assert_eq!(std::fs::read_dir(outside.path()).expect("it is there").count(), 0);
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
