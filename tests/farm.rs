//! Films as jobs of Open Job Description: what is written, and that the reference runner makes the film of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;
use storyreel_core::film::{self, Film, Inventory, Overrides};
use storyreel_core::graph::{self, ShotGraph};
use storyreel_core::storyboard;
use storyreel_exchange::exchange::openjd::{self, FarmFiles, FarmJob, JobShape};

use crate::support::{Run, python};

/// The film and the graph of a storyboard.
fn film(text: String) -> (Film, ShotGraph) {
    let source = storyboard::source("film.yaml", text.into_bytes()).expect("it is text");
    let (board, problems) = storyboard::parse(&source, storyboard::Choices::default());
    let board = board.expect("a storyboard");
    let checked = film::resolve(&board, &Arc::new(source), &Overrides::default(), &Inventory::new(), problems);
    let (made, problems) = graph::build(&board, checked);
    made.unwrap_or_else(|| panic!("{problems:?}"))
}

fn job(film: &Film, graph: &ShotGraph, shape: JobShape) -> FarmFiles {
    let options = ["--profile".to_owned(), "final".to_owned()];
    let inputs = ["/films/film.yaml".to_owned()];
    let job = FarmJob {
        film,
        graph,
        shape,
        storyboard: "/films/film.yaml",
        rows: None,
        store: "s3://team/store",
        options: &options,
        inputs: &inputs,
        output_folder: "/films/out",
    };
    openjd::write(&job).expect("nothing is unfit")
}

fn steps(files: &FarmFiles) -> Vec<Value> {
    let template: Value = serde_json::from_str(&files.template).expect("JSON");
    template["steps"].as_array().expect("steps").clone()
}

/// The shots that a step makes.
fn shots_of(step: &Value) -> Vec<&str> {
    let range = step["parameterSpace"]["taskParameterDefinitions"][0]["range"].as_array();
    range.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn needs_of(step: &Value) -> Vec<&str> {
    let needs = step["dependencies"].as_array();
    needs.into_iter().flatten().filter_map(|need| need["dependsOn"].as_str()).collect()
}

/// Shots on a service, each of which starts on the last frame of the one that is named, and a card.
fn linked(parents: &[Option<usize>]) -> String {
    let mut text = "storyboard: 1\ntitle: The }} way\ndefaults: {provider: ark, resolution: 480p, duration: 4}\n\
                    shots:\n- {id: opening, card: The way, duration: 1}\n"
        .to_owned();
    for (at, parent) in parents.iter().enumerate() {
        let from = parent.map_or_else(String::new, |parent| format!(", first_frame: {{last_frame_of: s{parent}}}"));
        writeln!(text, "- {{id: s{at}, prompt: Boat {at}{from}}}").expect("a text takes everything");
    }
    text
}

/// Insists on what holds of every job.
fn insist_on_order(files: &FarmFiles, shots: &BTreeSet<String>) {
    let steps = steps(files);
    let mut names = BTreeSet::new();
    let mut made = BTreeSet::new();
    for step in &steps {
        let name = step["name"].as_str().expect("a name");
        assert!(name.len() <= 64 && needs_of(step).iter().all(|need| names.contains(*need)), "{step}");
        assert!(names.insert(name.to_owned()), "{name} is there twice");
        let here = shots_of(step);
        assert!(here.len() <= 1024);
        for shot in here {
            assert!(made.insert(shot.to_owned()), "{shot} is made twice");
        }
    }
    assert_eq!(&made, shots);
    let last = steps.last().expect("a step");
    assert_eq!((&last["name"], needs_of(last).len()), (&"Film".into(), steps.len() - 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_shot_is_made_once_and_after_all_that_it_needs(parents in prop::collection::vec(prop::option::of(0..100_usize), 1..30)) {
        let parents: Vec<Option<usize>> =
            parents.iter().enumerate().map(|(at, parent)| parent.filter(|_| at > 0).map(|parent| parent % at)).collect();
        let (film, graph) = film(linked(&parents));
        let shots: BTreeSet<String> = film.shots.iter().map(|shot| shot.id.to_string()).collect();
        for shape in [JobShape::Waves, JobShape::Steps] {
            let files = job(&film, &graph, shape);
            insist_on_order(&files, &shots);
            let steps = steps(&files);
            for (at, parent) in parents.iter().enumerate() {
                let Some(parent) = parent else { continue };
                let of = |shot: String| steps.iter().find(|step| shots_of(step).contains(&&*shot)).expect("it is made");
                let name = of(format!("s{parent}"))["name"].as_str().expect("a name");
                let needs = needs_of(of(format!("s{at}")));
                prop_assert!(needs.contains(&name));
            }
        }
    }
}

#[test]
fn a_job_of_a_chain_in_waves_and_in_steps() {
    let (film, graph) = film(linked(&[None, Some(0), None]));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/exchange");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let files = job(&film, &graph, JobShape::Waves);
    settings.bind(|| insta::assert_snapshot!("openjd-template", files.template));
    settings.bind(|| insta::assert_snapshot!("openjd-values", files.parameter_values + "\n" + &files.asset_references));
    let steps = steps(&job(&film, &graph, JobShape::Steps));
    let names: Vec<&str> = steps.iter().filter_map(|step| step["name"].as_str()).collect();
    assert_eq!(names, ["opening", "s0", "s1", "s2", "Film"]);
    assert_eq!(needs_of(&steps[2]), ["s0"]);
    let slots = |step: &Value| step["hostRequirements"]["amounts"][0]["name"] == "amount.provider_slots";
    assert_eq!(steps.iter().map(slots).collect::<Vec<_>>(), [false, true, true, true, false]);
}

#[test]
fn a_wave_of_1200_shots_is_split_where_the_format_has_its_limit() {
    let (film, graph) = film(linked(&vec![None; 1_199]));
    let shots = film.shots.iter().map(|shot| shot.id.to_string()).collect();
    let files = job(&film, &graph, JobShape::Waves);
    insist_on_order(&files, &shots);
    let made: Vec<usize> = steps(&files).iter().map(|step| shots_of(step).len()).collect();
    assert_eq!(made, [1_024, 175, 1, 0]);
    insist_on_order(&job(&film, &graph, JobShape::Steps), &shots);
}

const BOARD: &str = "storyboard: 1\ntitle: A film\ndefaults: {resolution: 480p, duration: 4}\n\
    vars: {boat: red}\n\
    shots:\n- {id: one, prompt: 'A {{boat}} boat', return_last_frame: true}\n- {id: two, prompt: It sails}\n\
    - {id: three, prompt: The harbour}\n- {id: end, card: The End, duration: 1}\n";

fn export(run: Run) -> Run {
    run.args(["export", "film.yaml", "--to", "openjd"])
}

#[test]
fn a_job_names_its_files_and_carries_the_choices_of_the_command_line() {
    let board = BOARD.to_owned() + "- {id: still, image: refs/a.png, duration: 1}\n";
    let run = Run::new().board("film.yaml", &board).file("refs/a.png", crate::support::media::png(64, 64));
    let seen = export(run).args(["--var", "boat=blue", "-o", "job", "--store", "/srv/store"]).ok();
    seen.clone().err_has("wrote job/template.json, 6 tasks");
    let read = |name: &str| fs::read_to_string(seen.path().join("job").join(name)).expect("it is written");
    let template: Value = serde_json::from_str(&read("template.json")).expect("JSON");
    let args = template["steps"][0]["script"]["actions"]["onRun"]["args"].to_string();
    assert!(args.contains(r#""--store","{{Param.Store}}","--var","boat=blue","--progress","openjd""#), "{args}");
    assert!(read("parameter_values.yaml").contains("name: Store\n  value: \"/srv/store\""));
    let assets = read("asset_references.yaml");
    assert!(
        assets.contains("/film.yaml\"\n") && assets.contains("/refs/a.png\"\n") && assets.contains("/out\"\n"),
        "{assets}"
    );
    // A variable of two films would be another film.
    export(seen.again()).args(["--var", "boat=}} red", "-o", "job"]).code(2).err_has("cannot stand in a job");
    export(seen.again()).code(2).err_has("name it with `-o job/`");
    seen.again().args(["export", "film.yaml", "--to", "srt", "--shape", "steps"]).code(2).err_has("`--shape` is for");
}

/// The reference runner, as published for Python.
const RUNNER: &str = "openjd-cli==0.8.0";

/// The folder of a package for Python.
fn fetched(package: &str) -> PathBuf {
    python::packages(&[package], &[]).unwrap_or_else(|why| panic!("{why}"))
}

fn openjd(args: &[&str]) -> Output {
    let mut python = Command::new("python3");
    python.args(["-m", "openjd"]).args(args).env("PYTHONPATH", fetched(RUNNER)).env("PYTHONDONTWRITEBYTECODE", "1");
    python.env("HOME", env!("CARGO_TARGET_TMPDIR")).output().expect("python3 is installed")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs a job with the reference runner, all steps of it, and gives what it printed.
fn run_job(job: &Path, store: &Path, storyboard: &Path, step: &str, more: &[&str]) -> Output {
    let template = job.join("template.json");
    let params = [
        format!("Storyboard={}", storyboard.display()),
        format!("Store={}", store.display()),
        format!("Storyreel={}", env!("CARGO_BIN_EXE_storyreel")),
    ];
    let mut args = vec!["run", template.to_str().expect("Unicode"), "--step", step];
    params.iter().for_each(|param| args.extend(["-p", param]));
    args.extend(more);
    openjd(&args)
}

#[test]
#[ignore = "it fetches the reference runner of Open Job Description from the registry: 57 MB"]
fn the_reference_runner_makes_the_film_of_both_shapes_and_the_second_run_makes_nothing() {
    let run = Run::new().board("film.yaml", BOARD);
    let board = run.path().join("film.yaml");
    let seen = export(run).args(["-o", "waves"]).ok();
    export(seen.again()).args(["-o", "steps", "--shape", "steps"]).ok();
    let in_project = |name: &str| seen.path().join(name);
    for shape in ["waves", "steps"] {
        let checked = openjd(&["check", in_project(shape).join("template.json").to_str().expect("Unicode")]);
        assert!(checked.status.success(), "{}", text(&checked));
    }
    let waves = run_job(&in_project("waves"), &in_project("store"), &board, "Film", &["--run-dependencies"]);
    let said = text(&waves);
    assert!(waves.status.success(), "{said}");
    assert!(said.contains("openjd_progress: 100.0") && said.contains("two: stored"), "{said}");
    let film = in_project("out/film.mp4");
    let first = fs::read(&film).expect("the film is made");
    fs::remove_file(&film).expect("it is ours");
    let again = run_job(&in_project("steps"), &in_project("store"), &board, "Film", &["--run-dependencies"]);
    let said = text(&again);
    assert!(again.status.success() && said.contains("nothing to make") && !said.contains(": stored"), "{said}");
    assert_eq!(fs::read(&film).expect("the film is made"), first);
    // One task by itself, whose shot needs another that is nowhere.
    let alone = run_job(&in_project("steps"), &in_project("empty"), &board, "two", &["--no-run-dependencies"]);
    assert!(!alone.status.success() && text(&alone).contains("it needs the shot `one`"), "{}", text(&alone));
}

/// Films of 1,200 shots: as long as a job gets.
#[test]
#[ignore = "it fetches the reference runner of Open Job Description from the registry: 57 MB"]
fn the_reference_runner_accepts_1200_shots() {
    let (film, graph) = film(linked(&vec![None; 1_199]));
    let folder = tempfile::tempdir().expect("a folder");
    for shape in [JobShape::Waves, JobShape::Steps] {
        let file = folder.path().join("template.json");
        fs::write(&file, job(&film, &graph, shape).template).expect("written");
        let checked = openjd(&["check", file.to_str().expect("Unicode")]);
        assert!(checked.status.success(), "{}", text(&checked));
    }
}

/// Another implementation of the format, in Rust, by other hands.
#[test]
#[ignore = "it needs the second implementation of Open Job Description: OPENJD names its program"]
fn a_second_implementation_accepts_both_shapes_and_1200_shots() {
    let program = std::env::var("OPENJD").expect("OPENJD names the program `openjd` of the crate openjd-cli");
    let accepts = |folder: &Path| {
        let checked = Command::new(&program).arg("check").arg(folder.join("template.json")).output();
        let checked = checked.expect("the program can be started");
        assert!(checked.status.success(), "{}", text(&checked));
    };
    let seen = export(Run::new().board("film.yaml", BOARD)).args(["-o", "waves"]).ok();
    export(seen.again()).args(["-o", "steps", "--shape", "steps"]).ok();
    accepts(&seen.path().join("waves"));
    accepts(&seen.path().join("steps"));
    let (film, graph) = film(linked(&vec![None; 1_199]));
    for shape in [JobShape::Waves, JobShape::Steps] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("template.json"), job(&film, &graph, shape).template).expect("written");
        accepts(folder.path());
    }
}

/// The file of a page that stands under this mark.
fn shown(page: &str, name: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("the page is there");
    let (_, rest) = text.split_once(&format!("<!-- file: {name} -->\n")).expect("the page shows it");
    let (_, rest) = rest.split_once('\n').expect("a fence");
    rest.split_once("```").expect("the block is closed").0.to_owned()
}

const SNAKEMAKE: &str = "snakemake==9.27.0";

#[test]
#[ignore = "it fetches Snakemake from the registry"]
fn the_snakefile_of_the_page_makes_the_film_and_the_second_run_makes_nothing() {
    let seen = export(Run::new().board("film.yaml", BOARD).file("Snakefile", shown("docs/teams.md", "Snakefile")));
    let seen = seen.args(["-o", "job"]).ok();
    let library = fetched(SNAKEMAKE);
    let program = Path::new(env!("CARGO_BIN_EXE_storyreel")).parent().expect("a folder").display().to_string();
    let path = format!("{program}:{}", std::env::var("PATH").expect("a path"));
    let snakemake = || {
        let mut python = Command::new("python3");
        python.args(["-m", "snakemake", "--cores", "2", "--resources", "provider=2"]).current_dir(seen.path());
        python.env("PATH", &path).env("PYTHONPATH", &library).env("PYTHONDONTWRITEBYTECODE", "1");
        python.env("HOME", seen.path()).output().expect("python3 is installed")
    };
    let first = snakemake();
    assert!(first.status.success() && seen.path().join("out/film.mp4").exists(), "{}", text(&first));
    let second = snakemake();
    assert!(second.status.success() && text(&second).contains("Nothing to be done"), "{}", text(&second));
    // On another machine the marks are not there, and the store is.
    fs::remove_dir_all(seen.path().join("made")).expect("ours");
    let third = snakemake();
    assert!(third.status.success() && !text(&third).contains(": stored"), "{}", text(&third));
}
