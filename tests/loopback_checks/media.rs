//! The clips are what real ones are, by the word of ffprobe and ffmpeg.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use super::client::{Talk, fetch};
use super::{order, order_on, ordered, over};
use crate::loopback::{Look, Loopback, Settings, sha256};
use crate::support::newest;

fn told(program: &str, args: &[&str], file: &Path) -> Vec<u8> {
    let at = args.iter().position(|arg| *arg == "FILE").expect("a place for the file");
    let mut command = newest::program(program);
    let output = command.args(&args[..at]).arg(file).args(&args[at + 1..]).output().expect("it is installed");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn probe(file: &Path) -> Value {
    let args = ["-v", "error", "-count_frames", "-show_streams", "-of", "json", "FILE"];
    serde_json::from_slice(&told("ffprobe", &args, file)).expect("ffprobe writes JSON")
}

/// The nth decoded frame, as RGB.
fn frame(file: &Path, nth: u32) -> Vec<u8> {
    let select = format!("select=eq(n\\,{nth})");
    let args =
        ["-v", "error", "-i", "FILE", "-vf", &select, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
    told("ffmpeg", &args, file)
}

/// Likeness in decibels.
fn psnr(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len(), "the sizes differ");
    let sum: f64 = one.iter().zip(other).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 * one.len() as f64 / sum.max(1e-9)).log10()
}

/// A picture with soft shapes in all colours, as a photograph has them.
fn painting(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let wave = |n: u32, length: f64| (128.0 + 100.0 * (f64::from(n) / length).sin()) as u8;
        Rgb([wave(x, 60.0), wave(y, 45.0), wave(x + y, 90.0)])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("memory takes every picture");
    bytes.into_inner()
}

#[test]
fn a_clip_of_five_seconds_has_121_frames_and_sound() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let mut order = order("a boat at sea");
    (order["duration"], order["generate_audio"], order["resolution"]) = (json!(5), json!(true), json!("720p"));
    let seen = over(&talk, &ordered(&talk, &order));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let clip = folder.path().join("clip.mp4");
    fs::write(&clip, fetch(&seen["content"]["video_url"]).body).expect("the folder is ours");
    let streams = probe(&clip)["streams"].clone();
    let (video, sound) = (&streams[0], &streams[1]);
    for (name, value) in [
        ("codec_name", json!("h264")),
        ("width", json!(1280)),
        ("height", json!(720)),
        ("pix_fmt", json!("yuv420p")),
        ("r_frame_rate", json!("24/1")),
        ("nb_read_frames", json!("121")),
    ] {
        assert_eq!(video[name], value, "{name}");
    }
    for (name, value) in [("codec_name", json!("aac")), ("sample_rate", json!("32000")), ("channels", json!(2))] {
        assert_eq!(sound[name], value, "{name}");
    }
    assert_eq!(seen["usage"]["total_tokens"], 108_900, "the documented number for 5 s at 720p");
}

#[test]
fn a_chained_clip_begins_on_the_very_frame_that_the_last_one_gave() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let painted = painting(864, 496);
    let one = over(&talk, &ordered(&talk, &order_on("chain one", &super::data(&painted))));
    let clip = folder.path().join("one.mp4");
    fs::write(&clip, fetch(&one["content"]["video_url"]).body).expect("the folder is ours");
    let given = image::load_from_memory(&painted).expect("it was painted above").to_rgb8();
    assert!(psnr(&frame(&clip, 0), given.as_raw()) > 30.0, "{}", psnr(&frame(&clip, 0), given.as_raw()));
    assert!(psnr(&frame(&clip, 96), given.as_raw()) < 25.0, "the picture moves");

    let last = fetch(&one["content"]["last_frame_url"]).body;
    let pixels = image::load_from_memory_with_format(&last, ImageFormat::Png).expect("a PNG").to_rgb8();
    assert_eq!(pixels.dimensions(), (864, 496));
    assert!(frame(&clip, 96) == *pixels.as_raw(), "the last frame is the clip's own, bit for bit");

    let two = over(&talk, &ordered(&talk, &order_on("chain two", &super::data(&last))));
    let next = folder.path().join("two.mp4");
    fs::write(&next, fetch(&two["content"]["video_url"]).body).expect("the folder is ours");
    assert!(psnr(&frame(&next, 0), pixels.as_raw()) > 30.0);
    let three = over(
        &talk,
        &ordered(&talk, &order_on("chain three", two["content"]["last_frame_url"].as_str().expect("a link"))),
    );
    assert_eq!(three["status"], "succeeded");

    let ledger = loopback.ledger();
    assert_eq!(ledger.task("chain two").input("first_frame").sha256, ledger.task("chain one").frame_served);
    assert_eq!(ledger.task("chain two").input("first_frame").sha256, Some(sha256(&last)));
    fetch(&two["content"]["last_frame_url"]);
    let ledger = loopback.ledger();
    assert_eq!(ledger.task("chain three").input("first_frame").sha256, ledger.task("chain two").frame_served);
}

#[test]
fn a_clip_between_two_frames_ends_on_the_second() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let (from, to) = (painting(864, 496), crate::support::media::png(864, 496));
    let mut order = order_on("between", &super::data(&from));
    let last = json!({"type": "image_url", "image_url": {"url": super::data(&to)}, "role": "last_frame"});
    order["content"].as_array_mut().expect("it is a list").push(last);
    let seen = over(&talk, &ordered(&talk, &order));
    let frame = fetch(&seen["content"]["last_frame_url"]).body;
    let (frame, to) = (image::load_from_memory(&frame).expect("a PNG"), image::load_from_memory(&to).expect("a PNG"));
    assert!(psnr(frame.to_rgb8().as_raw(), to.to_rgb8().as_raw()) > 30.0);
}

#[test]
fn looks_differ_by_prompt_or_not_at_all() {
    let clip = |look: Look, prompt: &str| {
        let loopback = Loopback::start(Settings::new().look(look));
        let talk = Talk::to(&loopback, "ark");
        fetch(&over(&talk, &ordered(&talk, &order(prompt)))["content"]["video_url"]).body
    };
    assert_ne!(clip(Look::Tiny, "one"), clip(Look::Tiny, "two"));
    // The same pictures, in files that differ in a mark at their end.
    let (one, two) = (clip(Look::Same, "one"), clip(Look::Same, "two"));
    let pictures = one.len() - 40;
    assert!(one != two && one[..pictures] == two[..pictures]);
    assert!(clip(Look::Full, "one").len() > clip(Look::Tiny, "one").len());
}
