//! A storyboard of any length as people write them: scenes, chains of shots, dialogue, a cast with pictures, cards,
//! seeds, and prompts of 150 to 400 characters.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use crate::random::Random;

/// What stands before the shots.
pub(crate) const HEAD: &str = r#"storyboard: 1
title: The Long Voyage
description: A film long enough to be slow, if anything is.
defaults:
  provider: animatic
  model: seedance-2.0
  resolution: 480p
  ratio: "16:9"
  duration: 5
  seed: 7
  style: 35mm film, soft morning light, muted colours, slow camera
vars:
  ship: the grey steamer Halcyon
  harbour: the harbour of Saint Maude
cast:
  mara: {name: Mara, look: "a woman of sixty in a yellow oilskin coat, short white hair", images: [cast/mara.png]}
  tom: {name: Tom, look: "a boy of ten with freckles and a red woollen cap", images: [cast/tom.png]}
  captain: {name: the captain, look: "a broad man with a black beard and a brass telescope", images: [cast/captain.png]}
  gull: {look: "a one-legged gull"}
film:
  output: film.mp4
  chapters: scenes
shots:
"#;

const PICTURES: [&str; 4] = ["cast/mara.png", "cast/tom.png", "cast/captain.png", "pictures/lighthouse.png"];

const CLAUSES: [&str; 12] = [
    "@mara climbs the spiral stair with a lantern in her left hand while the wind presses against the panes",
    "the camera drifts along the quay past coils of rope, crab pots and a sleeping dog",
    "@tom runs ahead, stops, and looks back over his shoulder with a grin",
    "waves break over the mole, and the spray hangs in the light for a moment before it falls",
    "@captain lowers the telescope and says nothing for a long while",
    "{{ship}} lies at anchor, her lamps doubled in the black water",
    "fog comes in from the west until only the tops of the masts of {{harbour}} are left",
    "@gull lands on the railing, tilts its head, and flies off again",
    "a slow push in on the brass clockwork of the lamp, every gear in focus",
    "seen from above, the boat is a small dark stroke on a silver sheet",
    "the first sun reaches the roofs one after the other, from the church down to the sheds",
    "rain begins, first as single rings in the puddles, then everywhere at once",
];

const LINES: [&str; 4] = [
    "The light stays on tonight.",
    "Did you hear that, too?",
    "Nobody sails in this weather.",
    "One more winter, then.",
];

/// The text of a storyboard of `shots` shots.
pub(crate) fn text(shots: usize) -> String {
    let mut random = Random::new(1);
    let mut text = HEAD.to_owned();
    // How many more shots follow in the chain, and whether this one starts on the frame of the one before.
    let (mut chain, mut chained) = (0, false);
    for at in 0..shots {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  - id: s{at:05}\n    scene: Scene {}", at / 12 + 1);
        if !chained && random.percent(4) {
            let _ =
                writeln!(text, "    card: {{text: Part {}, subtitle: What the sea keeps}}\n    duration: 3", at / 12);
            continue;
        }
        prompt(&mut text, &mut random);
        let _ = writeln!(text, "    duration: {}", 4 + random.below(6));
        if random.percent(30) {
            let _ = writeln!(text, "    seed: {}", random.below(1_000_000));
        }
        if !chained && at > 20 && random.percent(8) {
            // The chain before has ended, so its last shot may well be one that was rendered.
            let _ = writeln!(text, "    references: {{images: [pictures/lighthouse.png]}}");
        }
        if random.percent(35) {
            let speaker = ["\"@mara\"", "\"@tom\"", "A voice"][random.below(3)];
            let line = LINES[random.below(LINES.len())];
            let _ = writeln!(text, "    dialogue:\n      - speaker: {speaker}\n        line: {line}\n        at: 1.5");
        }
        if chain == 0 && random.percent(40) {
            chain = 1 + random.below(5);
        }
        chained = chain > 0 && at + 1 < shots;
        if chained {
            chain -= 1;
            text.push_str("    return_last_frame: true\n");
        }
    }
    text
}

fn prompt(text: &mut String, random: &mut Random) {
    let (mut words, wanted) = (String::new(), 150 + random.below(200));
    while words.len() < wanted {
        let clause = CLAUSES[random.below(CLAUSES.len())];
        if !words.contains(clause) {
            words.push_str(if words.is_empty() { "" } else { "; " });
            words.push_str(clause);
        }
    }
    words.truncate(400);
    let _ = writeln!(text, "    prompt: >-");
    let mut line = String::new();
    for word in words.split(' ') {
        if line.len() + word.len() > 90 {
            let _ = writeln!(text, "      {}", line.trim_end());
            line.clear();
        }
        line.push_str(word);
        line.push(' ');
    }
    let _ = writeln!(text, "      {}", line.trim_end());
}

/// Writes the storyboard and its pictures into `folder`. Returns its size in bytes.
pub(crate) fn write(folder: &Path, shots: usize) -> usize {
    for (n, picture) in PICTURES.iter().enumerate() {
        let file = folder.join(picture);
        std::fs::create_dir_all(file.parent().expect("it lies in a folder")).expect("a folder can be made");
        let shade = |x: u32, y: u32| image::Rgb([(x / 3) as u8, (y / 2) as u8, n as u8 * 60]);
        image::RgbImage::from_fn(640, 480, shade).save(&file).expect("a picture can be written");
    }
    let text = text(shots);
    std::fs::write(folder.join("film.yaml"), &text).expect("a storyboard can be written");
    text.len()
}

/// The plain typed form of such a storyboard: what any program has to do to get at it.
#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be read")]
pub(crate) struct Plain {
    storyboard: i64,
    title: String,
    description: String,
    defaults: Defaults,
    vars: BTreeMap<String, String>,
    cast: BTreeMap<String, Member>,
    film: Film,
    shots: Vec<Shot>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be read")]
struct Defaults {
    provider: String,
    model: String,
    resolution: String,
    ratio: String,
    duration: f64,
    seed: i64,
    style: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be read")]
struct Member {
    name: Option<String>,
    look: Option<String>,
    images: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be read")]
struct Film {
    output: String,
    chapters: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be read")]
struct Shot {
    id: String,
    scene: Option<String>,
    prompt: Option<String>,
    card: Option<Card>,
    duration: Option<f64>,
    seed: Option<i64>,
    references: Option<References>,
    dialogue: Option<Vec<Spoken>>,
    return_last_frame: Option<bool>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be read")]
struct Card {
    text: String,
    subtitle: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be read")]
struct References {
    images: Vec<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be read")]
struct Spoken {
    speaker: Option<String>,
    line: String,
    at: Option<f64>,
}
