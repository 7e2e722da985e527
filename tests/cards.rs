//! Cards with lines, grounds, colours, fonts and words that roll, as they are seen in a film.

use std::path::Path;

use image::{Rgb, RgbImage};

use crate::support::{Run, Seen, newest};

/// A font file: the one that is built in, slanted.
const FONT: &[u8] = include_bytes!("../crates/media/src/picture/fonts/StoryreelSans-Italic.otf");

const CARDS: &str = "storyboard: 1\nfilm: {size: 640x360}\nshots:\n\
    - {id: open, duration: 2, card: {text: Storm, background: sky.png, align: left}}\n\
    - id: credits\n  duration: 4\n  card: {lines: [Mara · Ada Lin, \"\", 音楽 · 伊藤], roll: true, background: \"#204060\"}\n\
    - {id: end, duration: 2, card: {text: End, font: slanted.otf}}\n";

fn rendered() -> Seen {
    let run = Run::new().board("film.yaml", CARDS).file("slanted.otf", FONT);
    let sky = RgbImage::from_pixel(64, 64, Rgb([230, 220, 120]));
    sky.save(run.path().join("sky.png")).expect("it can be written");
    run.args(["render", "film.yaml"]).ok()
}

/// The frame of the film at a time in seconds.
fn frame(folder: &Path, at: &str) -> RgbImage {
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y", "-ss", at, "-i", "out/film.mp4", "-frames:v", "1", "frame.png"]);
    assert!(ffmpeg.current_dir(folder).status().expect("ffmpeg is installed").success());
    image::open(folder.join("frame.png")).expect("it is a picture").into_rgb8()
}

/// The rows of a picture in which something is brighter than a level, or else darker.
fn rows(image: &RgbImage, is_word: impl Fn(u8) -> bool) -> Vec<u32> {
    (0..image.height()).filter(|y| (0..image.width()).any(|x| is_word(image.get_pixel(x, *y).0[1]))).collect()
}

#[test]
fn cards_show_their_words_on_their_grounds() {
    let seen = rendered();
    let open = frame(seen.path(), "1.5");
    let corner = open.get_pixel(630, 10).0;
    assert!(corner[0].abs_diff(230) < 8 && corner[2].abs_diff(120) < 12, "{corner:?}");
    let dark: Vec<u32> = (0..640).filter(|x| (0..360).any(|y| open.get_pixel(*x, y).0[0] < 60)).collect();
    assert!(dark[0].abs_diff(51) < 6 && dark[dark.len() - 1] < 330, "dark words at the left: {:?}", dark.first());
    // The words come from below, move evenly and rest in the middle.
    let tops: Vec<u32> = ["2.5", "2.9", "3.3"].map(|at| rows(&frame(seen.path(), at), |level| level > 150)[0]).to_vec();
    assert!(tops[0] > tops[1] && tops[1] > tops[2], "{tops:?}");
    assert!((tops[0] - tops[1]).abs_diff(tops[1] - tops[2]) < 4, "{tops:?}");
    let rest = rows(&frame(seen.path(), "5.9"), |level| level > 150);
    let middle = u32::midpoint(rest[0], rest[rest.len() - 1]);
    assert!(middle.abs_diff(180) < 8 && rows(&frame(seen.path(), "5.2"), |level| level > 150) == rest, "{rest:?}");
    // A card of another font is another picture.
    let plan = seen.again().board("film.yaml", &CARDS.replace(", font: slanted.otf", ""));
    plan.args(["plan", "film.yaml"]).ok().out_has("font changed").out_has("up to date");
    let coloured = seen.again().board("film.yaml", &CARDS.replace("#204060", "#603020"));
    coloured.args(["plan", "film.yaml"]).ok().out_has("background changed");
    let sky = RgbImage::from_pixel(64, 64, Rgb([20, 30, 40]));
    sky.save(seen.path().join("sky.png")).expect("it can be written");
    seen.again().args(["plan", "film.yaml"]).ok().out_has("background changed");
}
