//! The names of films: every choice makes a film of its own, with a lock, a file and a report that no other one touches.

use std::fs;
use std::path::Path;

use storyreel_core::lock::Lock;

use crate::support::{Run, Seen};

/// A shot that says a variable, and a card; in a profile the shot has another shape.
const BOARD: &str = "storyboard: 1\ntitle: Test\nvars: {words: Hello, mood: calm}\n\
                     defaults: {provider: animatic, resolution: 480p, ratio: 16:9}\nprofiles:\n  fog: {ratio: 1:1}\n\
                     shots:\n  - {id: one, prompt: \"She says: {{words}}\", duration: 4}\n  \
                     - {id: two, card: Two, duration: 1}\n";

fn project() -> Seen {
    Run::new().board("film.yaml", BOARD).args(["check", "film.yaml"]).ok()
}

fn render(seen: &Seen, args: &[&str]) -> Seen {
    seen.again().args(["render", "film.yaml", "-q"]).args(args).ok()
}

fn bytes(folder: &Path, file: &str) -> Vec<u8> {
    fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn lock(folder: &Path, file: &str) -> Lock {
    Lock::read(&String::from_utf8(bytes(folder, file)).expect("it is text")).expect("it is a lock")
}

#[test]
fn every_choice_makes_a_film_of_its_own() {
    let seen = project();
    let folder = seen.path();
    let all: [(&str, &[&str]); 4] = [
        ("film", &[]),
        ("film.fog", &["--profile", "fog"]),
        ("film.moss-mug", &["--var", "words=moss-mug"]),
        ("film.fog.wild.moss-mug", &["--profile", "fog", "--var", "words=moss-mug", "--var", "mood=wild"]),
    ];
    for (_, args) in all {
        render(&seen, args);
    }
    let files = |name: &str| [format!("{name}.lock.yaml"), format!("out/{name}.mp4")];
    let before: Vec<Vec<u8>> = all.iter().flat_map(|(name, _)| files(name)).map(|file| bytes(folder, &file)).collect();
    assert!(
        String::from_utf8_lossy(&before[6])
            .contains("\nfilm: \"--profile fog --var mood=wild --var words=moss-mug\"\n")
    );
    // Whatever was made last, each finds its own, and nothing of another is written.
    for (name, args) in all {
        render(&seen, &[&["--locked"], args].concat());
        seen.again().args(["report", "film.yaml", "-q"]).args(args).ok();
        assert!(folder.join(format!("out/{name}.html")).is_file(), "{name}");
        let at = lock(folder, &format!("{name}.lock.yaml")).shots[&"one".parse().expect("a good id")].clip;
        let listed = seen.again().env("COLUMNS", "200").args(["store", "ls"]).ok();
        listed.out_has(&at.short()).out_has(&format!("{name}.lock.yaml: one"));
        let rebuilt = seen.again().args(["lock", "rebuild", "film.yaml"]).args(args).ok();
        rebuilt.err(&format!("{name}.lock.yaml: 2 of 2 shots\n"));
        seen.again().args(["check", "film.yaml", "--seams", "1"]).args(args).ok();
    }
    let after: Vec<Vec<u8>> = all.iter().flat_map(|(name, _)| files(name)).map(|file| bytes(folder, &file)).collect();
    assert!(before == after, "a film was written over by another");
    // The size of every shot is a wish about the same film.
    render(&seen, &["--resolution", "720p"]);
    assert!(bytes(folder, "film.lock.yaml") != before[0]);
    assert_eq!(fs::read_dir(folder.join("out")).expect("listed").count(), 8);
}

#[test]
fn values_that_are_no_slugs_differ_all_the_same() {
    let seen = project();
    for words in ["red-shoes", "red shoes", "Red Shoes", "赤い靴", "", "../../evil"] {
        render(&seen, &["--var", &format!("words={words}")]);
    }
    let names = |folder: &str| {
        let listed = fs::read_dir(seen.path().join(folder)).expect("listed").flatten();
        listed.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<String>>()
    };
    assert_eq!(names(".").iter().filter(|name| name.ends_with(".lock.yaml")).count(), 6);
    let films = names("out");
    assert!(films.len() == 6 && films.contains(&"film.red-shoes.mp4".to_owned()), "{films:?}");
    assert!(films.iter().all(|name| name.is_ascii() && name.starts_with("film.")), "{films:?}");
}

#[test]
fn the_file_that_the_storyboard_names_is_that_of_the_plain_film() {
    let board = BOARD.replace("shots:", "film: {output: cuts/final.v2.mp4}\nshots:");
    let seen = Run::new().board("film.yaml", &board).args(["check", "film.yaml"]).ok();
    render(&seen, &[]);
    render(&seen, &["--profile", "fog"]);
    render(&seen, &["--profile", "fog", "--var", "words=x", "-o", "mine.mp4"]);
    for file in ["cuts/final.v2.mp4", "cuts/final.v2.fog.mp4", "mine.mp4", "film.fog.x.lock.yaml"] {
        assert!(seen.path().join(file).is_file(), "{file}");
    }
    assert!(!seen.path().join("cuts/final.v2.fog.x.mp4").exists() && !seen.path().join("out").exists());
}

#[test]
fn two_films_of_one_call_share_nothing() {
    let same = BOARD.replace("shots:", "film: {output: out/film.mp4}\nshots:");
    let run = Run::new().board("film.yaml", BOARD).board("other.yaml", &same).board("deep/film.yaml", BOARD);
    let seen = run.args(["check", "film.yaml", "deep/film.yaml"]).ok();
    for command in ["check", "plan", "render"] {
        for (first, second, words) in [
            ("film.yaml", "./film.yaml", "the film `film` is given twice"),
            ("film.yaml", "deep/../film.yaml", "the film `film` is given twice"),
            ("film.yaml", "other.yaml", "two storyboards would write `out/film.mp4`"),
        ] {
            seen.again().args([command, first, second]).code(2).out("").err_has(words);
        }
        let fog = seen.again().args([command, "film.yaml", "other.yaml", "--profile", "fog"]);
        fog.code(2).err_has("would write `out/film.fog.mp4`");
    }
    assert!(!seen.path().join(".storyreel").exists(), "nothing was made");
    seen.again().args(["plan", "film.yaml", "deep/film.yaml"]).ok();
    let output = seen.again().args(["render", "film.yaml", "deep/film.yaml", "-o", "out.mp4"]);
    output.code(2).err_has("`--output` is for one storyboard");
}

#[test]
fn another_film_of_the_same_name_is_not_written_over() {
    let seen = project();
    render(&seen, &["--profile", "fog"]);
    let before = (bytes(seen.path(), "film.fog.lock.yaml"), bytes(seen.path(), "out/film.fog.mp4"));
    fs::write(seen.path().join("film.fog.yaml"), BOARD).expect("written");
    for (args, ours) in [
        (["film.yaml", "--var", "words=fog"].as_slice(), "with `--var words=fog`"),
        (&["film.yaml", "--var", "mood=fog"], "with `--var mood=fog`"),
        (&["film.fog.yaml"], "without a profile or variables"),
    ] {
        for command in [["render", "-q"].as_slice(), &["plan"], &["report"], &["lock", "rebuild"]] {
            let refused = seen.again().args(command).args(args).code(4);
            let words = format!("that one is rendered with `--profile fog`, this one {ours}");
            refused.err_has("`film.fog.lock.yaml` belongs to another film").err_has(&words).err_has("help: rename");
        }
    }
    assert!(before == (bytes(seen.path(), "film.fog.lock.yaml"), bytes(seen.path(), "out/film.fog.mp4")));
}

/// Two shots of which the second starts on the first, another in a profile.
const CHAIN: &str = "storyboard: 1\ntitle: Test\nvars: {colour: red}\n\
                     defaults: {provider: animatic, resolution: 480p, ratio: 16:9, duration: 4}\n\
                     profiles:\n  square: {ratio: 1:1}\nshots:\n  - {id: dawn, prompt: Dawn, return_last_frame: true}\n  \
                     - {id: climb, prompt: She climbs}\n  - {id: boat, prompt: \"A {{colour}} boat\"}\n";

/// A project as earlier versions left it: one lock, with the clips of the profile; the store has them and no receipts.
fn with_one_lock() -> Seen {
    let seen = Run::new().board("film.yaml", CHAIN).args(["check", "film.yaml"]).ok();
    render(&seen, &["--profile", "square"]);
    let own = seen.path().join("film.square.lock.yaml");
    let lock = Lock { options: String::new(), ..lock(seen.path(), "film.square.lock.yaml") };
    fs::write(seen.path().join("film.lock.yaml"), lock.text()).expect("written");
    fs::remove_file(own).expect("removed");
    fs::remove_dir_all(seen.path().join(".storyreel/recipes")).expect("removed");
    fs::remove_dir_all(seen.path().join("out")).expect("removed");
    seen
}

#[test]
fn what_one_lock_says_of_a_film_with_choices_is_carried_over() {
    let seen = with_one_lock();
    let older = bytes(seen.path(), "film.lock.yaml");
    let said = "`film.square` has no lock yet: it uses 3 clips from `film.lock.yaml`";
    let square = |command: &[&str]| seen.again().args(command).args(["film.yaml", "--profile", "square"]).ok();
    square(&["plan"]).err_has(said).out_has("3 reused");
    square(&["render", "--locked"]).err_has(said);
    assert!(bytes(seen.path(), "film.lock.yaml") == older, "the other film's lock is left alone");
    let own = lock(seen.path(), "film.square.lock.yaml");
    assert_eq!(own.shots, lock(seen.path(), "film.lock.yaml").shots);
    assert_eq!(own.options, "--profile square");
    square(&["render", "--locked"]).says_nothing_of("has no lock yet");
}

#[test]
fn only_what_is_made_of_the_same_recipe_is_carried_over() {
    let seen = with_one_lock();
    let blue = || seen.again().args(["--profile", "square", "--var", "colour=blue"]);
    let planned = blue().args(["plan", "film.yaml", "--format", "json"]).ok();
    let planned = planned.err_has("`film.square.blue` has no lock yet: it uses 2 clips").json();
    let actions: Vec<&str> = (0..3).filter_map(|at| planned["shots"][at]["action"].as_str()).collect();
    assert_eq!(actions, ["reuse", "reuse", "local"]);
    assert_eq!(planned["shots"][2]["why"], "new", "the boat of the other film is no older version of this one");
    blue().args(["render", "film.yaml", "-q"]).ok();
    let own = lock(seen.path(), "film.square.blue.lock.yaml");
    assert!(own.shots.len() == 3 && own.takes.is_empty());
    // The plain film goes on with its lock, and makes what is not its own.
    render(&seen, &[]);
    seen.again().args(["render", "film.yaml", "--profile", "square", "--locked"]).code(4);
    blue().args(["render", "film.yaml", "--locked"]).ok();
}

#[test]
fn a_lock_that_cannot_be_read_is_no_reason_to_make_another_film_anew() {
    let seen = with_one_lock();
    fs::write(seen.path().join("film.lock.yaml"), "nonsense").expect("written");
    let refused = seen.again().args(["render", "film.yaml", "--profile", "square"]).code(1);
    refused.err_has("cannot read `film.lock.yaml`").err_has("restore the lock file");
}

/// Commits everything, with nobody's settings.
fn commit(folder: &Path) {
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        assert!(command.output().expect("git is installed").status.success(), "{args:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "x"]);
}

#[test]
fn a_branch_is_compared_with_the_lock_of_the_same_film() {
    for older in [true, false] {
        let seen = with_one_lock();
        let folder = seen.path();
        if !older {
            render(&seen, &["--profile", "square", "--locked"]);
            fs::write(folder.join("film.lock.yaml"), "nonsense, and of another film\n").expect("written");
        }
        // A job that checks a pull request has the files and no store.
        fs::remove_dir_all(folder.join(".storyreel")).expect("removed");
        fs::remove_dir(folder.join(".git")).expect("it is empty");
        commit(folder);
        fs::write(folder.join("film.yaml"), CHAIN.replace("She climbs", "She runs")).expect("written");
        let plan = ["plan", "film.yaml", "--profile", "square", "--against", "HEAD", "--format", "json"];
        let plan = seen.again().args(plan).ok().json();
        let told = |at: usize| [&plan["shots"][at]["action"], &plan["shots"][at]["why"]].map(ToString::to_string);
        let [dawn, climb, boat] = [0, 1, 2].map(told);
        assert_eq!([&dawn[0], &boat[0]], ["\"reuse\""; 2], "{older}: {plan:#}");
        assert_eq!(climb[0], "\"local\"", "{older}: {plan:#}");
    }
}
