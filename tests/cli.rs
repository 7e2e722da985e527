//! The command line as its contract says: fields, formats, options and exit codes that scripts rely on.

use std::collections::BTreeSet;
use std::fs;
use std::io::{PipeWriter, pipe};

use serde_json::Value;

use crate::support::{Run, Seen, media};

const BOARD: &str = r#"storyboard: 1
title: The Keeper
defaults: {resolution: 480p, duration: 5}
profiles: {final: {resolution: 1080p}}
vars: {weather: rain}
shots:
  - {id: opening, card: The Keeper, duration: 3}
  - {id: dawn, prompt: "Harbour in {{weather}}.", return_last_frame: true}
  - {id: climb, prompt: She climbs., model: seedance-1.0-pro}
  - id: lamp
    prompt: She strikes a match.
    first_frame: {last_frame_of: climb}
    last_frame: lamp.png
"#;

const WARNS: &str = "storyboard: 1\nshots:\n  - {id: dawn, prompt: Rain., model: seedance-1.0-lite}\n";

/// Every command, with what it needs besides its name.
const COMMANDS: &[&str] = &[
    "init",
    "check",
    "plan",
    "watch",
    "render",
    "retake",
    "takes",
    "choose",
    "accept",
    "status",
    "recover",
    "store",
    "lock",
    "graph",
    "report",
    "export",
    "import",
    "providers",
    "trust",
    "doctor",
    "schema",
    "completions",
    "man",
];

const SHELLS: &[&str] = &["bash", "elvish", "fish", "powershell", "zsh"];

fn project() -> Run {
    Run::new().board("film.yaml", BOARD).file("lamp.png", media::png(640, 360))
}

fn run(args: &str) -> Run {
    project().args(args.split(' '))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("it is an object").keys().map(String::as_str).collect()
}

#[track_caller]
fn has_keys(value: &Value, wanted: &[&str]) {
    let wanted: BTreeSet<&str> = wanted.iter().copied().collect();
    assert!(wanted.is_subset(&keys(value)), "{:?} are missing in {value:#}", &wanted - &keys(value));
}

#[test]
fn the_plan_is_a_table_for_people() {
    run("plan film.yaml").ok().err("").out(concat!(
        "film.yaml: 4 shots, 18 s\n",
        "\n",
        "SHOT     ACTION  BEGINS  LENGTH  MADE BY                      FROM                WHY\n",
        "opening  local   0:00.0     3 s  here                         card                new\n",
        "dawn     local   0:03.0     5 s  animatic · seedance-2.0      text                new\n",
        "climb    local   0:08.0     5 s  animatic · seedance-1.0-pro  first frame         new\n",
        "lamp     local   0:13.0     5 s  animatic · seedance-2.0      first + last frame  new\n",
        "\n",
        "4 made here; costs nothing\n",
        "longest chain: dawn → climb → lamp\n",
    ));
}

#[test]
fn the_plan_as_json_keeps_its_contract() {
    let plan = run("plan film.yaml --format json --profile final --var weather=fog").ok().err("").json();
    has_keys(&plan, &["version", "storyboard", "title", "profile", "film", "shots", "totals"]);
    assert_eq!(plan["version"], 1);
    assert_eq!(plan["storyboard"], "film.yaml");
    assert_eq!(plan["title"], "The Keeper");
    assert_eq!(plan["profile"], "final");
    assert_eq!(plan["film"], serde_json::json!({"duration_s": 18.0, "shots": 4}));
    let shots = plan["shots"].as_array().expect("it is a list");
    let common = [
        "id",
        "mode",
        "starts_s",
        "duration_s",
        "width",
        "height",
        "depends_on",
        "action",
        "why",
        "recipe",
        "estimate",
    ];
    for shot in shots {
        has_keys(shot, &common);
        has_keys(&shot["estimate"], &["tokens", "cost", "currency", "seconds"]);
    }
    has_keys(&shots[1], &["provider", "model", "resolution", "ratio"]);
    let lamp = &shots[3];
    assert_eq!(
        [&lamp["id"], &lamp["provider"], &lamp["model"], &lamp["mode"], &lamp["resolution"], &lamp["ratio"]],
        ["lamp", "animatic", "seedance-2.0", "first_last", "1080p", "16:9"]
    );
    assert_eq!([&lamp["width"], &lamp["height"]], [1920, 1080]);
    assert_eq!(lamp["duration_s"], 5.0);
    assert_eq!(lamp["depends_on"], serde_json::json!(["climb"]));
    assert_eq!([&shots[1]["action"], &shots[1]["why"]], ["local", "new"]);
    assert!(shots[1]["recipe"].as_str().is_some_and(|recipe| recipe.starts_with("sha256:") && recipe.len() == 71));
    let totals = &plan["totals"];
    has_keys(totals, &["render", "reuse", "collect", "local", "ask", "cost", "tokens", "seconds", "critical_path"]);
    assert_eq!([&totals["local"], &totals["render"], &totals["reuse"]], [4, 0, 0]);
    assert_eq!(totals["critical_path"], serde_json::json!(["dawn", "climb", "lamp"]));
    assert!(totals["cost"].is_array());
}

#[test]
fn a_variable_of_the_command_line_changes_the_recipe() {
    let recipe = |args: &str| run(args).ok().json()["shots"][1]["recipe"].clone();
    let usual = recipe("plan film.yaml --format json");
    assert_eq!(usual, recipe("plan film.yaml --format json --var weather=rain"));
    assert_ne!(usual, recipe("plan film.yaml --format json --var weather=fog"));
}

#[test]
fn the_graph_is_drawn_in_four_formats() {
    for (format, beginning) in [
        ("text", "The Keeper\n4 shots, 2 links\n"),
        ("dot", "digraph \"The Keeper\" {\n"),
        ("mermaid", "---\ntitle: \"The Keeper\"\n---\nflowchart LR\n"),
        ("svg", "<svg xmlns=\"http://www.w3.org/2000/svg\""),
    ] {
        let seen = run(&format!("graph film.yaml --format {format}")).ok().err("");
        assert!(seen.stdout.starts_with(beginning), "{format}:\n{}", seen.stdout);
        assert!(seen.stdout.contains("climb") && seen.stdout.ends_with('\n'), "{format}:\n{}", seen.stdout);
    }
}

#[test]
fn providers_are_listed_with_what_they_can_do() {
    let seen = Run::new().args(["providers"]).ok().err("");
    let seen = seen.out_has("seedance-2.0 ").out_has("shut down").out_has("0.76 USD").out_has("2026-10-02");
    for service in storyreel_core::provider::PROVIDERS.iter().map(|provider| provider.id) {
        assert!(seen.stdout.lines().any(|line| line.starts_with(service)), "{service}");
        seen.again().args(["providers", service]).ok().out_has(service);
    }
    let known = seen.again().args(["providers", "--format", "json"]).ok().json();
    assert_eq!(known["providers"][1]["models"][1]["resolutions"][1]["price"]["fresh"], "46.00");
    seen.again().args(["providers", "arc"]).code(2).err_has("there is no provider `arc`");
}

#[test]
fn completions_exist_for_every_shell_and_know_every_command() {
    for shell in SHELLS {
        let seen = Run::new().args(["completions", shell]).ok().err("");
        for command in COMMANDS {
            assert!(seen.stdout.contains(command), "{shell} does not know {command}");
        }
    }
    Run::new().args(["completions", "cmd"]).code(2).out("").err_has("possible values: bash");
}

#[test]
fn doctor_finds_what_is_there_and_says_how_to_get_what_is_not() {
    Run::new().args(["doctor"]).ok().err("").out_has("ok       ffmpeg:").out_has("ok       ffprobe:");
    let seen = Run::new().args(["doctor"]).env("PATH", "").code(6);
    seen.out_has("missing  ffmpeg:").out_has("fix: ");
    Run::new().args(["doctor", "--ffmpeg", "nowhere/ffmpeg"]).code(6).out_has("`nowhere/ffmpeg`");
}

#[test]
fn init_writes_a_storyboard_that_renders_and_overwrites_nothing() {
    let made = Run::new().args(["init", "demo"]).ok().out("");
    assert_eq!(
        made.stderr,
        "wrote demo/storyboard.yaml\nwrote demo/storyboard.schema.json\nwrote demo/.gitignore\n\
         wrote demo/.gitattributes\nnext:  storyreel render demo/storyboard.yaml\n"
    );
    for file in [".gitignore", ".gitattributes", "storyboard.schema.json"] {
        assert!(made.path().join("demo").join(file).is_file(), "{file}");
    }
    made.again().args(["check", "demo/storyboard.yaml"]).ok().err_has("4 shots, 16 s, no problems");
    let own = made.again().file("demo/storyboard.yaml", "mine").file("other/.gitignore", "mine");
    own.args(["init", "demo"]).code(2).out("").err_has("already exists");
    assert_eq!(fs::read_to_string(made.path().join("demo/storyboard.yaml")).ok().as_deref(), Some("mine"));
    made.again().args(["init", "other"]).ok();
    assert_eq!(fs::read_to_string(made.path().join("other/.gitignore")).ok().as_deref(), Some("mine"));
    made.again().args(["render", "other/storyboard.yaml", "--resolution", "480p", "-q"]).ok().out("").err("");
    assert!(made.path().join("other/out/storyboard.mp4").metadata().is_ok_and(|file| file.len() > 10_000));
    let again = made.again().args(["render", "other/storyboard.yaml", "--resolution", "480p", "--locked"]).ok();
    assert!(!again.stderr.contains("stored"), "{}", again.stderr);
    made.again().args(["render", "other/storyboard.yaml", "--locked"]).code(4).err_has("would have to be made");
}

/// A pipe whose reader is gone.
fn unread() -> PipeWriter {
    let (reader, writer) = pipe().expect("a pipe can be made");
    drop(reader);
    writer
}

#[test]
fn a_reader_that_goes_away_is_told_by_the_exit_code_alone() {
    for args in ["schema", "providers", "completions bash", "plan film.yaml", "graph film.yaml", "--help"] {
        let run = run(args);
        let output = run.command().stdout(unread()).output().expect("it was built");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.as_ref()), (Some(141), ""), "{args}");
    }
    let run = run("check missing.yaml");
    assert_eq!(run.command().stderr(unread()).status().expect("it was built").code(), Some(3));
}

#[test]
fn colours_come_when_they_are_asked_for() {
    let colourful = |seen: Seen| seen.stderr.contains('\u{1b}') || seen.stdout.contains('\u{1b}');
    let check = || Run::new().board("film.yaml", WARNS).args(["check", "film.yaml"]);
    assert!(!colourful(check().ok()), "a pipe is no terminal");
    assert!(!colourful(check().env("NO_COLOR", "1").ok()));
    assert!(!colourful(check().args(["--color", "never"]).ok()));
    assert!(colourful(check().args(["--color", "always"]).ok()));
    assert!(colourful(check().args(["--color", "always"]).env("NO_COLOR", "1").ok()), "the option is the nearer wish");
}

#[test]
fn quiet_leaves_only_what_went_wrong() {
    let check = |board: &str| Run::new().board("film.yaml", board).args(["check", "film.yaml", "-q"]);
    check(WARNS).ok().out("").err("");
    check("storyboard: 1\n").code(3).out("").err_has("the storyboard has no shots");
    let init = Run::new().args(["init", "-q"]).ok().out("").err("");
    assert!(init.path().join("storyboard.yaml").is_file());
}

#[test]
fn a_wrong_command_line_ends_with_its_own_code() {
    for (args, words) in [
        ("", "Usage: storyreel"),
        ("grap film.yaml", "a similar subcommand exists: 'graph'"),
        ("check", "<STORYBOARD>..."),
        ("check film.yaml --wat", "unexpected argument '--wat'"),
        ("check film.yaml --var weather", "expected NAME=TEXT"),
        ("check film.yaml --var =fog", "expected NAME=TEXT"),
        ("check film.yaml -q -v", "cannot be used with"),
        ("check film.yaml --resolution 1080", "is not a resolution"),
        ("plan film.yaml --format yaml", "possible values: table, json"),
        ("graph", "<STORYBOARD>"),
        ("render film.yaml --only Dawn", "a shot id is"),
        ("render film.yaml --jobs 0", "is not in 1..=256"),
        ("render film.yaml film.yaml", "the film `film` is given twice"),
    ] {
        project().args(args.split(' ').filter(|arg| !arg.is_empty())).code(2).out("").err_has(words);
    }
}

#[test]
fn wishes_of_the_command_line_are_checked_like_the_storyboard() {
    run("plan film.yaml --provider arc").code(3).out("").err_has("there is no provider `arc`");
    run("plan film.yaml --profile finale").code(3).err_has("did you mean `--profile final`?");
    run("plan film.yaml --model seedance-2.0-mini --resolution 4k").code(3).err_has("does not render at 4k");
}

#[test]
fn a_lock_that_cannot_be_read_is_a_fault_with_a_way_out() {
    let seen = run("plan film.yaml").file("film.lock.yaml", "<<<<<<< ours\n").code(1);
    seen.out("").err_has("cannot read `film.lock.yaml`").err_has("restore the lock file from version control");
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let help = Run::new().args(["--help"]).ok().err("").stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let listed: Vec<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, COMMANDS, "the tests know every command");
    assert!(help.contains("Exit codes:"));
    for command in COMMANDS {
        let seen = Run::new().args([command, "--help"]).ok().err("").out_has("Usage: storyreel");
        assert!(seen.stdout.contains(&format!("  storyreel {command}")), "no example:\n{}", seen.stdout);
        let wide = seen.stdout.lines().map(|line| line.chars().count()).max();
        assert!(wide.is_some_and(|wide| wide <= 100), "{command}: {wide:?} columns\n{}", seen.stdout);
    }
    Run::new().args(["--version"]).ok().out(concat!("storyreel ", env!("CARGO_PKG_VERSION"), "\n"));
}
