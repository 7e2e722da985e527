//! What the README shows is what happens.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::examples::{copy, kept, project};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).expect("the README is there")
}

/// A fenced block: its language, the line of its fence, its lines.
struct Block {
    language: String,
    line: usize,
    lines: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), line: at + 1, lines: Vec::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block is not closed");
    blocks
}

/// A command after `$`, and the lines that it is to print.
fn commands(block: &Block) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in &block.lines {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((command.to_owned(), Vec::new()));
        } else {
            commands.last_mut().expect("a console block begins with a command").1.push(line.clone());
        }
    }
    commands
}

/// Runs a line of the shell in `folder`, as a reader with 100 columns does. Returns whether it succeeded and what it
/// wrote, to whichever of the two outputs.
#[cfg(unix)]
fn shell(folder: &Path, line: &str) -> (bool, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_storyreel"));
    let bin = program.parent().expect("a program is in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path)));
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {line}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path.expect("no folder of PATH has a colon in its name"))
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        // 2026-11-20: prices are as old as on that day.
        .env("SOURCE_DATE_EPOCH", "1795132800")
        .env_remove("STORYREEL_STORE")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("there is a shell");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Times and sizes of files differ from machine to machine, and clips are finished in any order.
fn steady(command: &str, lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut steady: Vec<String> = lines
        .map(|line| {
            let parts = line.split(", ").map(|part| match part {
                part if part.starts_with("took ") => "took …",
                part if part.starts_with("about ") => "about …",
                part if part.ends_with(" kB") || part.ends_with(" MB") => "… MB",
                part => part,
            });
            parts.collect::<Vec<_>>().join(", ").trim_end().to_owned()
        })
        .collect();
    if command.starts_with("storyreel render") {
        steady.sort();
    }
    steady
}

/// With `UPDATE_DOCS` in the environment the README is written anew with what the commands print.
#[test]
#[cfg(unix)]
fn the_tour_runs_as_shown() {
    let folder = project();
    copy(&Path::new(ROOT).join("examples"), &folder.path().join("examples"));
    let mut text = readme();
    let mut wrong = String::new();
    let mut ran = 0;
    for block in blocks(&readme()).iter().filter(|block| block.language == "console") {
        let mut anew = String::new();
        for (command, shown) in commands(block) {
            let (success, printed) = shell(folder.path(), &command);
            let same = steady(&command, printed.lines().map(str::to_owned)) == steady(&command, shown.iter().cloned());
            if !success || !same {
                wrong.push_str(&format!("README.md:{}: $ {command}\n(success: {success})\n{printed}\n", block.line));
            }
            // Times that differ are no reason to write it anew.
            let lines: Vec<&str> =
                if same { shown.iter().map(String::as_str).collect() } else { printed.lines().collect() };
            anew.push_str(&format!("$ {command}\n"));
            anew.extend(lines.iter().map(|line| format!("{}\n", line.trim_end())));
            ran += 1;
        }
        text = text.replacen(&format!("{}\n", block.lines.join("\n")), &anew, 1);
    }
    assert!(ran > 10, "the tour was found");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        kept("README.md", &text);
    } else {
        assert!(wrong.is_empty(), "the README shows something else than what these commands print:\n\n{wrong}");
    }
}

/// The blocks in `sh` build, install and test: they are not run here. What they say to `storyreel` is.
#[test]
#[cfg(unix)]
fn single_commands_succeed() {
    let folder = project();
    for block in blocks(&readme()).iter().filter(|block| block.language == "sh") {
        let script = block.lines.join("\n");
        let parsed = Command::new("bash").args(["-n", "-c", &script]).status().expect("there is a bash");
        assert!(parsed.success(), "README.md:{}: bash cannot read this", block.line);
        for line in block.lines.iter().filter(|line| line.starts_with("storyreel ")) {
            let (success, printed) = shell(folder.path(), line);
            assert!(success, "README.md:{}: {line}\n{printed}", block.line);
        }
    }
}

/// The line of code under a mark is what CI runs.
#[test]
fn marked_commands_are_one_line() {
    let text = readme();
    let blocks = blocks(&text);
    for mark in ["film", "tests"] {
        let mark = format!("<!-- command: {mark} -->");
        let at = text.lines().position(|line| line == mark).unwrap_or_else(|| panic!("no `{mark}`"));
        let block = blocks.iter().find(|block| block.line == at + 2).expect("a block follows the mark");
        assert_eq!((block.language.as_str(), block.lines.len()), ("sh", 1), "{mark}");
    }
}

#[test]
#[cfg(unix)]
fn yaml_blocks_are_storyboards() {
    let folder = project();
    for block in blocks(&readme()).iter().filter(|block| block.language == "yaml") {
        fs::write(folder.path().join("film.yaml"), block.lines.join("\n")).expect("it can be written");
        let (success, printed) = shell(folder.path(), "storyreel check film.yaml");
        assert!(success && printed.ends_with("no problems\n"), "README.md:{}:\n{printed}", block.line);
    }
}

#[test]
fn the_exit_codes_are_told() {
    use storyreel::cli::exit;
    let text = readme();
    for code in [
        exit::DONE,
        exit::INTERNAL,
        exit::USAGE,
        exit::PROBLEMS,
        exit::REFUSED,
        exit::SHOTS_FAILED,
        exit::FILM_FAILED,
        exit::INTERRUPTED,
    ] {
        assert!(text.contains(&format!("\n| {code} | ")), "exit code {code}");
    }
}

/// Links to files of the repository lead somewhere.
#[test]
fn links_lead_somewhere() {
    let text = readme();
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|target| !target.contains("://")) {
        let there = match target.strip_prefix('#') {
            Some(anchor) => text.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor),
            None => PathBuf::from(ROOT).join(target).exists(),
        };
        assert!(there, "the README links to `{target}`");
    }
}

fn slug(heading: &str) -> String {
    heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-")
}
