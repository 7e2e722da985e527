//! The page and the sheet, looked at in a browser.

mod page;
mod plan;
mod sheet;

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::support::Run;
use crate::support::browser::Browser;

/// Text that tries to get out of wherever it is put.
const NASTY: &str = "</style></script><script>window.pwned=1</script>\\\"'><img src=x onerror='window.pwned=2'> \
                     javascript:window.pwned=3 & <!-- ]]> ${pwned} 守灯人";

/// The same as it is to be read.
const READ: &str = "</style></script><script>window.pwned=1</script>\"'><img src=x onerror='window.pwned=2'> \
                    javascript:window.pwned=3 & <!-- ]]> ${pwned} 守灯人";

/// A film of a chain, a card and a still, whose every text is nasty.
fn board() -> String {
    format!(
        "storyboard: 1\ntitle: \"{NASTY}\"\ndefaults: {{resolution: 480p, duration: 4, style: \"{NASTY}\"}}\ndescription: \"{NASTY}\"\nfilm: {{chapters: scenes, music: {{file: \"refs/sco re.wav\", gain_db: -12, fade_out: 1}}, \
         narration: [{{file: \"refs/sco re.wav\", at: 2}}]}}\nshots:\n  \
         - {{id: dawn, scene: \"{NASTY}\", prompt: \"Dawn. {NASTY}\", notes: \"Notes. {NASTY}\", return_last_frame: true}}\n  \
         - {{id: climb, prompt: She climbs, dialogue: [{{speaker: \"{NASTY}\", line: \"{NASTY}\", at: 1}}]}}\n  \
         - {{id: morning, scene: Morning, image: \"refs/vil lage #1.png\", duration: 1}}\n  \
         - {{id: end, card: {{text: \"{NASTY}\", subtitle: \"{NASTY}\"}}, duration: 1, transition: {{type: dissolve, duration: 0.25}}}}\n"
    )
}

/// The film, rendered: once, and copied for every test.
fn rendered() -> Run {
    static PROJECT: LazyLock<TempDir> = LazyLock::new(|| {
        let picture = crate::support::media::png(320, 180);
        let run = Run::new().board("film.yaml", &board()).file("refs/vil lage #1.png", picture);
        let run = run.file("refs/sco re.wav", crate::support::media::wav());
        let seen = run.args(["render", "film.yaml"]).ok();
        let kept = TempDir::with_prefix("storyreel-test-").expect("a temporary folder can be made");
        copy(seen.path(), kept.path());
        kept
    });
    let run = Run::new();
    copy(PROJECT.path(), run.path());
    run
}

/// Copies a project with the times of its files, by which a film is known.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().expect("there is a cp");
    assert!(copied.success());
}

/// What every page of ours keeps to, whatever it shows.
#[track_caller]
fn keeps_the_rules(browser: &mut Browser) {
    let unnamed = browser.eval(
        "[...document.querySelectorAll('img:not([alt]), svg[role=img]:not([aria-label]), video:not([aria-label]), \
         nav:not([aria-label]), [role=region]:not([aria-label]), th:not([scope])')].map(e => e.outerHTML.slice(0, 200))",
    );
    assert_eq!(unnamed, serde_json::json!([]), "something has no name");
    let mute = "[...document.querySelectorAll('a, button, summary')].filter(e => !e.textContent.trim() && !e.ariaLabel).length";
    assert_eq!(browser.eval(mute), 0, "a button or link has no words");
    let levels = browser.eval("[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))");
    let levels: Vec<u64> = levels.as_array().expect("a list").iter().filter_map(serde_json::Value::as_u64).collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "a level of headings is left out: {levels:?}");
    let landmarks =
        "['header', 'nav', 'main', 'footer'].map(l => document.querySelectorAll(`body > ${l}`).length).join()";
    assert_eq!(browser.eval(landmarks), "1,1,1,1");
    let dangling = "[...document.querySelectorAll('a[href^=\"#\"], use')].map(a => a.getAttribute('href')) \
                    .filter(to => !document.getElementById(to.slice(1)))";
    assert_eq!(browser.eval(dangling), serde_json::json!([]), "links lead nowhere");
    let twice = "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id); \
                 return ids.length - new Set(ids).size; })()";
    assert_eq!(browser.eval(twice), 0, "two elements have one id");
    assert_eq!(
        browser.eval("document.querySelectorAll('script').length + ',' + document.querySelectorAll('img').length"),
        "1,0"
    );
    assert_eq!(browser.eval("typeof window.pwned"), "undefined");
    // Wide enough for every window: only what is made to scroll does.
    browser.look(390, 844, "light");
    assert_eq!(browser.eval("document.documentElement.scrollWidth"), 390, "the page is too wide for a telephone");
    browser.look(1280, 900, "light");
    browser.is_content();
}

fn html(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
