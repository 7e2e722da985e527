//! Screenplays that become storyboards.

use std::fs;
use std::sync::Arc;

use proptest::prelude::*;
use storyreel_core::film::{self, Inventory, Overrides};
use storyreel_core::graph;
use storyreel_core::storyboard;
use storyreel_core::text::{Problem, Severity};
use storyreel_exchange::screenplay::{self, DialoguePart, ElementKind};

use crate::support::Run;

/// Uses nearly all of the format.
const KEEPER: &str = r"Title:
    _**THE KEEPER**_
Credit: Written by
Author: Ann Author
Draft date: 1/2/2026

FADE IN:

# Act One

= Mara finds the lamp.

EXT. HARBOUR - DUSK #1#

Fog over the water. MARA, sixties, in a yellow oilskin, walks along the pier. [[Tracking shot.]]

Gulls *scatter*.

MARA
(to herself)
One more night.

LIN (V.O.)
Mara! They said you had gone.

MARA ^
They say much.

/* A scene that is no more.

INT. SHIP - NIGHT
*/

DISSOLVE TO:

INT. LIGHTHOUSE - NIGHT

LIN
Is it still there?

The lamp. Dust on the glass, a match in Mara's hand; write to keeper@light.example for {{more}}.

MARA
It was dark for twenty years. Twenty years of nights, and every one of them I came down to the pier and looked up at this window. Nobody asked me why. Nobody in the whole village ever asked me why it went out, or who had put it out, and I never told.

SMASH CUT TO:

===

> THE END <
> a story reel <

~And the light goes round

FADE OUT.
";

fn import(run: Run) -> Run {
    run.args(["import", "keeper.fountain"])
}

#[test]
fn a_screenplay_becomes_a_storyboard_that_passes_check() {
    let seen = import(Run::new().file("keeper.fountain", KEEPER)).ok();
    let board = fs::read_to_string(seen.path().join("keeper.yaml")).expect("it is written");
    kept("import-keeper", &board);
    kept("import-keeper-said", &seen.stderr);
    seen.again().args(["check", "keeper.yaml"]).ok().err_has("keeper.yaml: 7 shots, 47.5 s");
    seen.again().args(["plan", "keeper.yaml"]).ok().out_has("s01-01");
}

/// The screenplay under `examples/` became the storyboard beside it, and that is sound.
#[test]
fn the_example_is_what_import_makes_of_it() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/screenplay");
    let script = fs::read(format!("{folder}/harbour.fountain")).expect("it is in the repository");
    let seen = Run::new().file("harbour.fountain", script).args(["import", "harbour.fountain"]).ok();
    let board = fs::read_to_string(seen.path().join("harbour.yaml")).expect("it is written");
    crate::examples::kept("examples/screenplay/harbour.yaml", &board);
    seen.again().args(["check", "harbour.yaml"]).ok().err_has("no problems");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let seen = import(Run::new().file("keeper.fountain", KEEPER).file("keeper.yaml", "mine")).code(2);
    let seen = seen.err_has("`keeper.yaml` already exists").err_has("--force");
    let kept = || fs::read_to_string(seen.path().join("keeper.yaml")).expect("it is there");
    assert_eq!(kept(), "mine");
    import(seen.again()).args(["-o", "deep/er/board.yaml"]).ok().err_has("next:  storyreel check deep/er/board.yaml");
    import(seen.again()).args(["--force"]).ok();
    assert_ne!(kept(), "mine");
    import(seen.again()).args(["--force", "-o", "keeper.fountain"]).code(2).err_has("is the screenplay itself");
    assert_eq!(fs::read_to_string(seen.path().join("keeper.fountain")).expect("it is there"), KEEPER);
}

#[test]
fn what_is_no_screenplay_is_refused() {
    import(Run::new()).code(2).err_has("cannot read `keeper.fountain`");
    import(Run::new().file("keeper.fountain", b"caf\xe9\n")).code(3).err_has("is not UTF-8").err_has("line 1");
    let seen = import(Run::new().file("keeper.fountain", "Title: Nothing\n\n# Act\n")).code(3);
    let seen = seen.err_has("has neither action nor dialogue");
    assert!(!seen.path().join("keeper.yaml").exists());
}

/// Checks that the storyboard made of `text` has no error, and that it holds what is said in it.
fn examine(text: &str) -> Result<(), TestCaseError> {
    let play = screenplay::read(text);
    let draft = screenplay::draft(&play);
    let words = |text: &str| text.chars().any(char::is_alphanumeric);
    let acts = play.elements.iter().any(|element| match &element.kind {
        ElementKind::Action(text) => words(text) && !text.to_uppercase().contains(['F', 'C', 'D', 'S']),
        ElementKind::Dialogue { speech, .. } => {
            speech.iter().any(|(_, part)| matches!(part, DialoguePart::Line(line) if words(line)))
        }
        _ => false,
    });
    if draft.shots() == 0 {
        prop_assert!(!acts, "nothing was made of {text:?}");
        return Ok(());
    }
    let board = screenplay::write(&draft, "script.fountain");
    let source = storyboard::source("script.yaml", board.clone().into_bytes());
    prop_assert!(source.is_ok(), "{source:?}");
    let source = source.expect("it was looked at");
    let (parsed, found) = storyboard::parse(&source, storyboard::Choices::default());
    prop_assert!(parsed.is_some() && found.is_empty(), "{found:?} in\n{board}");
    let parsed = parsed.expect("it was looked at");
    let checked = film::resolve(&parsed, &Arc::new(source), &Overrides::default(), &Inventory::new(), found);
    let (made, found) = graph::build(&parsed, checked);
    let wrong = |problem: &&Problem| problem.severity > Severity::Advice;
    let errors: Vec<_> = found.iter().filter(wrong).collect();
    prop_assert!(errors.is_empty(), "{errors:?} in\n{board}");
    let (film, _) = made.expect("it has no errors");
    prop_assert_eq!(film.shots.len(), draft.shots());
    Ok(())
}

fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "INT. HOUSE - DAY",
        "EXT. PIER: NIGHT #1A#",
        ".FORCED",
        "MARA",
        "MARA (V.O.)",
        "@McKay ^",
        "林远",
        "NULL",
        "YES",
        "(beat)",
        "Mara waits for MARA's boat.",
        "He says: \"no\" # yes.",
        "CUT TO:",
        "DISSOLVE TO:",
        "> WIPE TO:",
        "FADE OUT.",
        "> THE END <",
        "> - <",
        "# Act",
        "= Synopsis: x",
        "===",
        "~La la",
        "[[note",
        "note]]",
        "[[SHOT: x]]",
        "/*",
        "*/",
        "  ",
        "!Forced",
        "{{var}} {{{x}}}",
        "me@mara.example @mara @@",
        "*em* **bold** _u_ \\*",
        "- item",
        "| > % & ! ? [ ] { } , `",
        "---",
        "...",
        "12:30",
        "\tindented: yes",
        "\u{feff}\u{202e}\u{0}\u{85}\u{2028}x",
        "👩🏽‍🚀 é e\u{301}",
        "Title: A: B",
        "Author: {{x}}",
        "…",
        "1",
        "null",
        "true",
        "~",
        "'",
        "\"",
        "\\",
    ])
    .prop_map(str::to_owned);
    let words = prop::collection::vec("[a-zA-Z,.?!家']{1,9}", 1..80).prop_map(|words| words.join(" "));
    prop_oneof![6 => known, 3 => Just(String::new()), 2 => words, 1 => "[ -~é–家\t]{0,60}", 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_screenplay_becomes_a_sound_storyboard(lines in prop::collection::vec(line(), 1..40)) {
        examine(&lines.join("\n"))?;
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        examine(&text)?;
    }
}

/// Quadratic work on any of these would take hours.
#[test]
fn ten_megabytes_of_malice_are_read_in_one_pass() {
    let unit = [
        "[[",
        "/*",
        "[[\n",
        "/* [[ ",
        "*",
        "_a",
        "\\",
        "x",
        "x ",
        "@",
        "{",
        "家",
        "!x\n",
        "X\n[[y]]\n",
        "~\n",
        "\n",
        ".a#",
        "(",
        "MARA ",
    ];
    let unit: Vec<String> = unit.iter().map(|unit| unit.repeat((580 << 10) / unit.len())).collect();
    let all = unit.join("\n\n");
    assert!(all.len() > 10 << 20);
    for text in unit.iter().chain([&all]) {
        let draft = screenplay::draft(&screenplay::read(text));
        assert_eq!(screenplay::write(&draft, "x").matches("\n  - id: ").count(), draft.shots());
    }
    let many: String = (0..60_000).fold(String::new(), |all, n| all + &format!("MAN {n}\nNo.\n\nMAN {n} goes.\n\n"));
    assert_eq!(screenplay::draft(&screenplay::read(&many)).cast.len(), 60_000);
}

/// Compares with the snapshot of that name.
fn kept(name: &str, shown: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/exchange");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

const EDL: &str = "TITLE: x\nFCM: NON-DROP FRAME\n\n\
                   001  AX V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00";

#[test]
fn what_is_no_screenplay_is_refused_by_what_it_is() {
    for (file, text, kind) in [
        ("README.md", "# Tool\n\nA tool.\n\n- one\n- two\n\nLICENSE\nMIT\n", "a text in Markdown"),
        ("script.pdf", "%PDF-1.7\n%\u{e2}\n", "a PDF"),
        ("film.yaml", "storyboard: 1\nshots: []\n", "a storyboard already"),
        ("page.fdx", "<html></html>", "a web page"),
        ("j.fountain", "{\"a\":1}", "JSON"),
        ("take.otio", "{\n  \"OTIO_SCHEMA\": \"Timeline.1\"\n}\n", "an edit in OpenTimelineIO"),
        ("take.edl", EDL, "an edit decision list (EDL)"),
        ("take.fountain", EDL, "an edit decision list (EDL)"),
        ("film.srt", "1\n00:00:01,000 --> 00:00:02,000\nNo.\n", "a file of subtitles"),
    ] {
        let seen = Run::new().file(file, text).args(["import", file, "-o", "board.yaml"]).code(3);
        let seen = seen.err_has(&format!("`{file}` is {kind}, not a screenplay"));
        assert!(!seen.path().join("board.yaml").exists(), "{file}");
    }
}

#[test]
fn a_note_stays_with_its_line_and_gives_a_shot_its_length() {
    let action = "The small bedroom is painted sky blue and has toys scattered all around the floor, under the bed, on \
                  the shelves, on the windowsill and even on the ceiling lamp, where a plastic dinosaur hangs by its \
                  tail and turns slowly in the warm air.";
    let script = format!(
        "INT. ROOM - DAY\n\n{action}\n\nJOE\nHe's down for his nap.\n\nKATE\nHe didn't argue?\n\nJOE\n(smiles)\n\
         What do you think?\n\nINT. HALL - DAY\n\nShe waits. [[SHOT: close on her hands, 4s]]\n\n\
         He comes.\n\n[[SHOT: wide – 7 seconds]]\n"
    );
    let seen = Run::new().file("split.fountain", &script).args(["import", "split.fountain"]).ok();
    let board = fs::read_to_string(seen.path().join("split.yaml")).expect("it was written");
    let shots: Vec<&str> = board.split("  - id: ").skip(1).collect();
    let smiling: Vec<&&str> = shots.iter().filter(|shot| shot.contains("(smiles)")).collect();
    assert_eq!(smiling.len(), 1, "{board}");
    assert!(smiling[0].contains("What do you think?"), "{board}");
    let hands = shots.iter().find(|shot| shot.contains("She waits.")).expect("it is a shot");
    assert!(hands.contains("duration: 4\n") && hands.contains("close on her hands"), "{board}");
    let wide = shots.iter().find(|shot| shot.contains("He comes.")).expect("it is a shot");
    assert!(wide.contains("duration: 7\n") && wide.contains("wide"), "{board}");
}

#[test]
fn the_number_of_a_scene_is_noted_at_its_first_shot() {
    let fountain = "EXT. FIELD - DAY #12A#\n\nShe runs.\n\nShe falls.\n\nINT. BARN - DAY #13#\n\n\
                    INT. LOFT - DAY #14#\n\nANN\nNo.\n\nEXT. ROAD - DAY #15#\n";
    let final_draft = "<FinalDraft><Content>\
                       <Paragraph Type=\"Scene Heading\" Number=\"12A\"><Text>EXT. FIELD</Text></Paragraph>\
                       <Paragraph Type=\"Action\"><Text>She runs.</Text></Paragraph></Content></FinalDraft>";
    let seen = Run::new().file("field.fountain", fountain).args(["import", "field.fountain"]).ok();
    let seen = seen.err_has("lines 7, 14: a scene in which nobody acts or speaks becomes no shot");
    let board = fs::read_to_string(seen.path().join("field.yaml")).expect("it was written");
    let notes: Vec<&str> = board.lines().filter(|line| line.contains("Scene ")).map(str::trim).collect();
    assert_eq!(notes, ["Scene 12A", "Scene 14"], "{board}");
    seen.again().args(["check", "field.yaml"]).ok();
    let seen = Run::new().file("field.fdx", final_draft).args(["import", "field.fdx"]).ok();
    let board = fs::read_to_string(seen.path().join("field.yaml")).expect("it was written");
    assert!(board.contains("Scene 12A"), "{board}");
}
