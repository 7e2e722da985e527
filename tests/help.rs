//! The help and the manual: every command has examples, and they are real.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::Run;

/// Every command with those below it: `store gc`.
fn commands(prefix: &[&str]) -> Vec<Vec<String>> {
    let help = help(prefix);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let mut all = Vec::new();
    for line in listed {
        // What goes on from the line before begins further right.
        let Some(name) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) else { continue };
        let name = name.split(' ').next().expect("a line has a word");
        let path = [prefix, &[name]].concat();
        all.push(path.iter().map(|name| (*name).to_owned()).collect());
        all.extend(commands(&path));
    }
    all
}

fn help(command: &[&str]) -> String {
    Run::new().args(command).args(["--help"]).ok().err("").stdout
}

/// The lines of the help that are commands.
fn examples(help: &str) -> Vec<String> {
    let after = help.lines().skip_while(|line| !matches!(*line, "Example:" | "Examples:")).skip(1);
    after
        .filter_map(|line| line.strip_prefix("  ").filter(|line| line.starts_with("storyreel ")))
        .map(str::to_owned)
        .collect()
}

const BOARD: &str =
    "storyboard: 1\nshots:\n- {id: door, card: A door, duration: 1}\n- {id: lamp, card: A lamp, duration: 1}\n";

/// A project with all that the examples name.
fn project() -> Run {
    let script = "INT. HUT - NIGHT\n\nA lamp burns. MARA waits.\n\nMARA\nStill nothing.\n";
    let run = Run::new().board("film.yaml", BOARD).board("one.yaml", BOARD).board("two.yaml", BOARD);
    let run = run.file("script.fountain", script).file("demo/empty", "").file("edit/empty", "");
    for folder in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions", "one", "two"] {
        fs::create_dir_all(run.path().join(folder)).expect("the folder is ours");
    }
    for args in ["init -q -b main", "add film.yaml", "-c user.name=A -c user.email=a@b commit -qm film"] {
        let done =
            Command::new("git").args(args.split(' ')).current_dir(run.path()).status().expect("git is installed");
        assert!(done.success(), "git {args}");
    }
    run
}

/// None of them has a wrong option or a wrong word. What they need may be absent: an order, another provider's key.
#[test]
fn every_command_has_examples_that_it_understands() {
    let project = project();
    let program = Path::new(env!("CARGO_BIN_EXE_storyreel")).parent().expect("a program is in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut ran = BTreeSet::new();
    for command in commands(&[]) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let lines = examples(&help(&words));
        assert!(!lines.is_empty(), "`storyreel {}` has no example in its help", words.join(" "));
        assert!(lines.iter().any(|line| line.contains(words[0])), "{lines:?}");
        // `watch` has no end.
        for line in lines.into_iter().filter(|_| words != ["watch"]) {
            if !ran.insert(line.clone()) {
                continue;
            }
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).current_dir(project.path()).env("PATH", &path).env("HOME", project.path());
            let done = shell.stdin(Stdio::null()).output().expect("there is a shell");
            let said = String::from_utf8_lossy(&done.stderr);
            assert!(!said.contains("try '--help'") && !said.contains("panicked at"), "{line}\n{said}");
        }
    }
    assert!(ran.len() > 25, "{ran:?}");
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let seen = Run::new().args(["man", "--dir", "man1"]).ok().out("");
    let folder = seen.path().join("man1");
    let mut names: BTreeSet<String> =
        commands(&[]).into_iter().map(|command| format!("storyreel-{}.1", command.join("-"))).collect();
    names.insert("storyreel.1".to_owned());
    let written = fs::read_dir(&folder).expect("it is there").map(|file| file.expect("it is there").file_name());
    let written: BTreeSet<String> = written.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(written, names);
    for name in &names {
        let page = fs::read_to_string(folder.join(name)).expect("it is there");
        assert!(page.contains(".TH storyreel") && page.contains("storyreel 0."), "{name}");
        assert!(name == "storyreel.1" || page.contains(".SH EXAMPLE"), "{name} has no examples");
    }
    let main = seen.again().args(["man"]).ok().err("").stdout;
    assert_eq!(fs::read_to_string(folder.join("storyreel.1")).ok(), Some(main.clone()));
    assert!(main.contains(".SH \"EXIT CODES\"") && main.contains("storyreel\\-render(1)"), "{main}");
}
