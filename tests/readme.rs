//! What the README and the pages of `docs/` show is what happens.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::examples::{copy, kept, project};
use crate::loopback::{Loopback, Settings};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).expect("the README is there")
}

/// A page for people: its path in the repository and its text.
struct Page {
    path: String,
    text: String,
}

/// The README and every page below `docs/`.
fn pages() -> Vec<Page> {
    let mut paths = vec!["README.md".to_owned()];
    let mut folders = vec!["docs".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).expect("the folder is there") {
            let entry = entry.expect("it can be listed");
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(path);
            } else if entry.path().extension().is_some_and(|ending| ending == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let text = |path: &String| fs::read_to_string(Path::new(ROOT).join(path)).expect("the page is there");
    paths.iter().map(|path| Page { path: path.clone(), text: text(path) }).collect()
}

/// A project as a reader of `page` has it: the examples, and the files that the page shows under `<!-- file: NAME -->`.
fn reader(page: &Page) -> TempDir {
    let folder = project();
    copy(&Path::new(ROOT).join("examples"), &folder.path().join("examples"));
    for block in blocks(&page.text) {
        if let Some(name) = file_name(page, &block) {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("it has a folder")).expect("the folder is ours");
            fs::write(file, format!("{}\n", block.lines.join("\n"))).expect("the folder is ours");
        }
    }
    folder
}

/// The name of the file that a block shows.
fn file_name<'a>(page: &'a Page, block: &Block) -> Option<&'a str> {
    let mark = page.text.lines().nth(block.line.checked_sub(2)?)?;
    mark.strip_prefix("<!-- file: ")?.strip_suffix(" -->")
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
fn shell(folder: &Path, env: &[(String, String)], line: &str) -> (bool, String) {
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
        // What is committed on a page has one name wherever and whenever it is.
        .env("GIT_AUTHOR_DATE", "1795132800 +0000")
        .env("GIT_COMMITTER_DATE", "1795132800 +0000")
        .env_remove("STORYREEL_STORE")
        .envs(env.iter().map(|(name, value)| (name, value)))
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

/// With `UPDATE_DOCS` in the environment the pages are written anew with what the commands print. The cookbook spends:
/// it is read beside services on this machine.
#[test]
#[cfg(unix)]
fn the_pages_run_as_shown() {
    let mut wrong = String::new();
    for page in pages() {
        let service = page.path.ends_with("cookbook.md").then(|| Loopback::start(Settings::new()));
        let env = service.as_ref().map(Loopback::env).unwrap_or_default();
        let text = as_run(&page, &env, &mut wrong);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            kept(&page.path, &text);
        }
    }
    let kept = std::env::var_os("UPDATE_DOCS").is_some();
    assert!(kept || wrong.is_empty(), "pages show something else than what these commands print:\n\n{wrong}");
}

/// The page with what its commands print; what differs from what it shows is added to `wrong`.
#[cfg(unix)]
fn as_run(page: &Page, env: &[(String, String)], wrong: &mut String) -> String {
    let folder = reader(page);
    let mut text = page.text.clone();
    for block in blocks(&page.text).iter().filter(|block| block.language == "console") {
        let mut anew = String::new();
        for (command, shown) in commands(block) {
            let (success, printed) = shell(folder.path(), env, &command);
            let same = steady(&command, printed.lines().map(str::to_owned)) == steady(&command, shown.iter().cloned());
            if !success || !same {
                let place = format!("{}:{}", page.path, block.line);
                wrong.push_str(&format!("{place}: $ {command}\n(success: {success})\n{printed}\n"));
            }
            // Times that differ are no reason to write it anew.
            let lines: Vec<&str> =
                if same { shown.iter().map(String::as_str).collect() } else { printed.lines().collect() };
            anew.push_str(&format!("$ {command}\n"));
            anew.extend(lines.iter().map(|line| format!("{}\n", line.trim_end())));
        }
        text = text.replacen(&format!("{}\n", block.lines.join("\n")), &anew, 1);
    }
    text
}

/// The blocks in `sh` build, install and test: they are not run here. What they say to `storyreel` is.
#[test]
#[cfg(unix)]
fn single_commands_succeed() {
    for page in pages() {
        let folder = reader(&page);
        for block in blocks(&page.text).iter().filter(|block| block.language == "sh") {
            let (script, place) = (block.lines.join("\n"), format!("{}:{}", page.path, block.line));
            let parsed = Command::new("bash").args(["-n", "-c", &script]).status().expect("there is a bash");
            assert!(parsed.success(), "{place}: bash cannot read this");
            for line in block.lines.iter().filter(|line| line.starts_with("storyreel ")) {
                let (success, printed) = shell(folder.path(), &[], line);
                assert!(success, "{place}: {line}\n{printed}");
            }
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

/// Those that are files of a page are used by its commands; the others are checked.
#[test]
#[cfg(unix)]
fn yaml_blocks_are_storyboards() {
    for page in pages() {
        let folder = reader(&page);
        let yaml = |block: &Block| block.language == "yaml" && file_name(&page, block).is_none();
        let storyboards = blocks(&page.text).into_iter().filter(yaml);
        for block in storyboards.filter(|block| block.lines.iter().any(|line| line.starts_with("storyboard:"))) {
            fs::write(folder.path().join("film.yaml"), block.lines.join("\n")).expect("it can be written");
            let (success, printed) = shell(folder.path(), &[], "storyreel check film.yaml");
            let place = format!("{}:{}", page.path, block.line);
            assert!(success && printed.ends_with("no problems\n"), "{place}:\n{printed}");
        }
    }
}

#[test]
fn the_exit_codes_are_told() {
    use storyreel::cli::exit;
    let text = fs::read_to_string(Path::new(ROOT).join("docs/files.md")).expect("the page is there");
    for code in [
        exit::DONE,
        exit::INTERNAL,
        exit::USAGE,
        exit::PROBLEMS,
        exit::REFUSED,
        exit::SHOTS_FAILED,
        exit::FILM_FAILED,
        exit::DECIDE,
        exit::INTERRUPTED,
    ] {
        assert!(text.contains(&format!("\n| {code} | ")), "exit code {code}");
    }
}

/// Links to files of the repository, and to headings in them, lead somewhere.
#[test]
fn links_lead_somewhere() {
    for page in pages() {
        let folder = Path::new(ROOT).join(&page.path).parent().expect("a page is in a folder").to_owned();
        let targets = page.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { Path::new(ROOT).join(&page.path) } else { folder.join(file) };
            assert!(file.exists(), "{} links to `{target}`", page.path);
            if !anchor.is_empty() {
                let text = fs::read_to_string(&file).expect("it is a page");
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                assert!(headings.any(|line| slug(line) == anchor), "{} links to `{target}`", page.path);
            }
        }
    }
}

/// What a heading is called in an address: letters, digits and dashes.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>().replace(' ', "-")
}

/// Every provider has a page, and it shows what the program knows of it.
#[test]
fn every_provider_has_its_page() {
    for service in storyreel_core::provider::PROVIDERS {
        let page = fs::read_to_string(Path::new(ROOT).join(format!("docs/providers/{}.md", service.id)));
        let page = page.unwrap_or_else(|_| panic!("docs/providers/{}.md is missing", service.id));
        assert!(page.contains(&format!("$ storyreel providers {}\n", service.id)), "{}", service.id);
    }
}
