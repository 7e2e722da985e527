//! The draft as the text of a storyboard.

use storyreel_core::sanitize::{clean, width};

use super::Draft;
use super::draft::{DraftShot, DraftSource, Said};

/// Columns of a line of a block of text.
const COLUMNS: usize = 96;

/// The text of a storyboard, with remarks for the one who goes on with it. `script` is the name of the screenplay.
#[must_use]
pub fn write(draft: &Draft, script: &str) -> String {
    let mut text = format!(
        "# A draft made from {}. Each shot lasts as long as its words; read it, give the cast their looks, and see\n\
         # it for nothing: without a `provider` every shot is drawn by the built-in animatic.\n",
        clean(script)
    );
    for remark in &draft.remarks {
        text.push_str(&format!("# {}\n", clean(remark)));
    }
    text.push_str("\nstoryboard: 1\n");
    for (key, value) in [("title", &draft.title), ("description", &draft.description)] {
        if let Some(value) = value {
            text.push_str(&format!("{key}: {}\n", scalar(value)));
        }
    }
    text.push_str("\ndefaults:\n  ratio: 16:9\n  resolution: 720p\n  # style: 35mm film, soft morning light     # added to every prompt\n");
    cast(draft, &mut text);
    film(draft, &mut text);
    text.push_str("\nshots:\n");
    let mut scene = (usize::MAX, 0);
    for (at, shot) in draft.shots.iter().enumerate() {
        if scene.0 != shot.scene_number {
            scene = (shot.scene_number, 0);
        }
        scene.1 += 1;
        if at > 0 {
            text.push('\n');
        }
        write_shot(shot, scene.1, &mut text);
    }
    text
}

fn cast(draft: &Draft, text: &mut String) {
    if draft.cast.is_empty() {
        return;
    }
    text.push_str("\ncast:                # `look` is added to the prompt at the first @name\n");
    for member in &draft.cast {
        text.push_str(&format!(
            "  {}:\n    name: {}\n    # look: what the camera sees\n",
            scalar(&member.id),
            scalar(&member.name)
        ));
    }
}

fn film(draft: &Draft, text: &mut String) {
    let speaks = draft.shots.iter().any(|shot| !shot.dialogue.is_empty());
    let scenes = draft.shots.iter().any(|shot| shot.scene.is_some());
    if speaks || scenes {
        text.push_str("\nfilm:\n");
    }
    if speaks {
        text.push_str("  subtitles: sidecar\n");
    }
    if scenes {
        text.push_str("  chapters: scenes\n");
    }
}

fn write_shot(shot: &DraftShot, number: usize, text: &mut String) {
    for section in &shot.sections {
        text.push_str(&format!("  # {}\n", clean(section)));
    }
    text.push_str(&format!("  - id: s{:02}-{number:02}          # line {}\n", shot.scene_number, shot.line));
    if let Some(scene) = &shot.scene {
        text.push_str(&format!("    scene: {}\n", scalar(scene)));
    }
    match &shot.make {
        DraftSource::Prompt(prompt) => block("    ", "prompt", prompt, text),
        DraftSource::Card { text: words, subtitle: None } => text.push_str(&format!("    card: {}\n", scalar(words))),
        DraftSource::Card { text: words, subtitle: Some(subtitle) } => {
            text.push_str(&format!("    card:\n      text: {}\n      subtitle: {}\n", scalar(words), scalar(subtitle)));
        }
    }
    text.push_str(&format!("    duration: {}\n", shot.seconds));
    if !shot.dialogue.is_empty() {
        text.push_str("    dialogue:\n");
    }
    for Said { speaker, text: line, .. } in &shot.dialogue {
        text.push_str("      - ");
        if let Some(speaker) = speaker {
            text.push_str(&format!("speaker: {}\n        ", scalar(speaker)));
        }
        let short = scalar(line);
        if width(&short) <= COLUMNS {
            text.push_str(&format!("line: {short}\n"));
        } else {
            // The key stands behind the dash or below the speaker already.
            let mut long = String::new();
            block("        ", "line", line, &mut long);
            text.push_str(long.trim_start());
        }
    }
    if let Some(join) = shot.join {
        text.push_str(&format!("    transition: {join}\n"));
    }
    if !shot.notes.is_empty() {
        block("    ", "notes", &shot.notes.join(" / "), text);
    }
}

/// A text as a folded block: lines are broken at spaces and read as one.
fn block(indent: &str, key: &str, words: &str, text: &mut String) {
    text.push_str(&format!("{indent}{key}: >\n"));
    let mut used = 0;
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let wide = width(word);
        if used > 0 && used + 1 + wide <= COLUMNS {
            text.push(' ');
            used += 1;
        } else {
            text.push_str(if used > 0 { "\n" } else { "" });
            text.push_str(indent);
            text.push_str("  ");
            used = 0;
        }
        text.push_str(word);
        used += wide.max(1);
    }
    text.push('\n');
}

/// Words that YAML takes for something else than text.
const RESERVED: [&str; 13] =
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity", "none"];

/// Whether a character inside a text means nothing in YAML.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | '(' | ')' | '/' | '\'' | '!' | '?' | '’' | '…')
}

/// A text as a scalar: as it is where YAML cannot mistake it, else in double quotes.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(char::is_alphabetic)
        && text.chars().all(is_plain)
        && !text.ends_with(' ')
        && !RESERVED.contains(&text.to_lowercase().as_str());
    // JSON's strings are strings of YAML, too.
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
