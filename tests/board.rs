//! The board: drawings, numbers and times in animatics and on pages.

use std::path::Path;

use image::{Rgb, RgbImage};

use crate::support::{Run, Seen, newest};

const RED: Rgb<u8> = Rgb([200, 30, 30]);
const GREEN: Rgb<u8> = Rgb([20, 160, 40]);

/// The bytes of a drawing of one colour, as a PNG file.
fn drawing(colour: Rgb<u8>) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(120, 200, colour).write_to(&mut bytes, image::ImageFormat::Png).expect("memory takes it");
    bytes.into_inner()
}

/// The frame of a film at a time in seconds, or its last one.
fn frame(folder: &Path, at: Option<&str>) -> RgbImage {
    let file = folder.join("frame.png");
    _ = std::fs::remove_file(&file);
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y"]);
    match at {
        Some(at) => ffmpeg.args(["-ss", at, "-i", "out/film.mp4", "-frames:v", "1"]),
        None => ffmpeg.args(["-sseof", "-1", "-i", "out/film.mp4"]),
    };
    ffmpeg.args(["-update", "1", "frame.png"]);
    assert!(ffmpeg.current_dir(folder).status().expect("ffmpeg is installed").success());
    image::open(file).expect("it is a picture").into_rgb8()
}

/// How far two colours are apart at most in a channel.
fn apart(one: Rgb<u8>, other: Rgb<u8>) -> u8 {
    one.0.iter().zip(other.0).map(|(one, other)| one.abs_diff(other)).max().unwrap_or_default()
}

fn board(shots: &str) -> String {
    format!("storyboard: 1\ndefaults: {{resolution: 480p, duration: 4}}\nshots:\n{shots}")
}

const DRAWN: &str = "  - {id: door, prompt: A door., board: door.png}\n  - {id: rain, prompt: Rain., number: 15B}\n";

fn rendered() -> Seen {
    let run = Run::new().file("door.png", drawing(RED)).board("film.yaml", &board(DRAWN));
    run.args(["render", "film.yaml"]).ok()
}

#[test]
fn a_drawing_is_seen_whole_in_the_animatic_and_repaints_it_when_it_changes() {
    let seen = rendered();
    let shown = frame(seen.path(), Some("1"));
    let middle = *shown.get_pixel(shown.width() / 2, shown.height() * 3 / 10);
    assert!(apart(middle, RED) < 16, "{middle:?}");
    // It is an upright drawing in a lying frame: its edges stand in the picture.
    let edge = *shown.get_pixel(shown.width() / 8, shown.height() * 3 / 10);
    assert!(apart(edge, RED) > 60, "{edge:?}");
    let again = seen.again().file("door.png", drawing(GREEN)).args(["plan", "film.yaml"]).ok();
    again.out_has("board changed").out_has("up to date");
}

#[test]
fn a_longer_shot_repaints_what_comes_after_it_with_its_new_time() {
    let seen = rendered();
    let later = DRAWN.replace("prompt: A door.", "prompt: A door., duration: 5");
    let seen = seen.again().board("film.yaml", &board(&later)).args(["plan", "film.yaml"]).ok();
    let seen = seen.out_has("duration changed").out_has("film time changed");
    let numbered = DRAWN.replace("15B", "16");
    let seen = seen.again().board("film.yaml", &board(&numbered)).args(["plan", "film.yaml"]).ok();
    seen.out_has("number changed").out_has("up to date");
}

#[test]
fn the_report_and_the_sheet_show_drawings_and_numbers() {
    let seen = rendered();
    let seen = seen.again().args(["report", "film.yaml", "-o", "page.html", "--sheet", "sheet.png"]).ok();
    let page = std::fs::read_to_string(seen.path().join("page.html")).expect("it is written");
    for part in ["Drawing of door", "<figcaption>Board</figcaption>", ">10</span>", ">15B</span>"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("Drawing of rain"));
    let sheet = image::open(seen.path().join("sheet.png")).expect("it is a picture").into_rgb8();
    let drawn = sheet.pixels().filter(|pixel| apart(**pixel, RED) < 16).count();
    // Once as the drawing, and in both frames of the animatic.
    assert!(drawn > 20_000, "{drawn} pixels");
}

#[test]
fn a_chain_of_animatics_does_not_creep_into_the_picture() {
    let photo = RgbImage::from_fn(640, 360, |x, y| {
        let is_light = (x / 40 + y / 40) % 2 == 0;
        Rgb([if is_light { 220 } else { 40 }, (x / 3) as u8, (y / 2) as u8])
    });
    let run = Run::new();
    photo.save(run.path().join("photo.png")).expect("it can be written");
    let mut shots = String::from("  - {id: s1, prompt: One., first_frame: photo.png, return_last_frame: true}\n");
    for n in 2..=6 {
        shots.push_str(&format!("  - {{id: s{n}, prompt: More., return_last_frame: true}}\n"));
    }
    let seen = run.board("film.yaml", &board(&shots)).args(["render", "film.yaml"]).ok();
    let first = frame(seen.path(), Some("4"));
    let moved = frame(seen.path(), Some("6"));
    let last = frame(seen.path(), None);
    let difference = |other: &RgbImage| {
        // The picture alone: the words stand in the lowest third.
        let rows = first.height() * 6 / 10;
        let pixels = first.enumerate_pixels().filter(|(_, y, _)| *y < rows);
        let sum: u64 = pixels.map(|(x, y, pixel)| u64::from(apart(*pixel, *other.get_pixel(x, y)))).sum();
        sum as f64 / f64::from(rows * first.width())
    };
    // Five times encoded anew, hard edges lose a little each time; a picture that creeps differs as much as one that moves.
    assert!(difference(&last) < 12.0, "the chain moved by {:.1} levels", difference(&last));
    assert!(difference(&moved) > 24.0, "a shot moves by {:.1} levels", difference(&moved));
}
