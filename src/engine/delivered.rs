//! What a service delivered, compared with what it was asked for and what it billed.
//!
//! A clip that differs is kept all the same: it is paid. The differences go into the lock and the report, for whoever
//! wants to look, to ask the service, or to make a new take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use image::imageops::{crop_imm, thumbnail};
use image::{GenericImageView, Pixel as _, Rgb, RgbImage};

use super::frames;
use super::purchase::Arrival;
use super::worker::{Bench, Order, unchanged};
use crate::catalog::tokens_of;
use crate::clip::ClipFacts;
use crate::clip::likeness::{GRID, SAME, likeness};
use crate::film::{Inputs, Render, Source};
use crate::recipe::Recipe;
use crate::service::Service;
use crate::studio::picture;
use crate::units::{Size, spoken};

/// Frames that a clip may have more or fewer than asked and still be as asked: services deliver one more than 24 a
/// second.
const GRACE: f64 = 2.0;

/// Tokens of a bill may be this part, in percent, away from what the clip that came counts: less than half a second of
/// the shortest clip, more than the frame and the pixels that services add.
const TOKENS: u64 = 5;

/// What was asked for, as far as a clip can be held against it.
pub(super) struct Asked {
    size: Size,
    /// `None`: the length was left to the model.
    seconds: Option<u32>,
    audio: bool,
    /// Whether the service can leave sound out.
    sound_switch: bool,
    /// Whether it is billed for clips to look at, too.
    looks_at_video: bool,
}

impl Asked {
    fn of(render: &Render) -> Self {
        Self {
            size: render.size,
            seconds: render.seconds,
            audio: render.audio,
            sound_switch: render.provider.sound_switch,
            looks_at_video: render.video.is_some(),
        }
    }

    /// What a recipe asked `service` for; `None` where it does not say.
    pub(super) fn read(recipe: &Recipe, service: &Service) -> Option<Self> {
        Some(Self {
            size: recipe.get("size")?.parse().ok()?,
            seconds: recipe.get("duration")?.parse().ok(),
            audio: recipe.get("audio")? == "true",
            sound_switch: service.sound_switch,
            looks_at_video: recipe.get("reference_video.1").is_some(),
        })
    }

    /// How a clip of these facts differs, in words; `tokens` are those that were billed.
    pub(super) fn differences(&self, facts: &ClipFacts, tokens: Option<u64>) -> Vec<String> {
        let sound = other_sound(facts, self.audio).filter(|_| self.audio || self.sound_switch);
        [other_size(facts, self.size), self.other_length(facts), sound, self.other_tokens(facts, tokens)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn other_length(&self, facts: &ClipFacts) -> Option<String> {
        let (asked, rate) = (f64::from(self.seconds?), facts.video.rate);
        let came = rate.seconds(facts.video.frames);
        let length = |seconds: f64| spoken(Duration::from_millis((seconds * 1000.0) as u64));
        ((came - asked).abs() > GRACE * rate.seconds(1) + 1e-9)
            .then(|| format!("{} instead of {}", length(came), length(asked)))
    }

    fn other_tokens(&self, facts: &ClipFacts, billed: Option<u64>) -> Option<String> {
        // With clips to look at the formula is a fit, and what they counted cannot be seen from here.
        let billed = billed.filter(|_| !self.looks_at_video)?;
        let came = tokens_of(facts.video.size, frames_of_bills(facts));
        (billed.abs_diff(came) * 100 > came * TOKENS)
            .then(|| format!("{billed} tokens billed, where a clip like this one counts {came}"))
    }
}

/// The frames of a clip as bills count them, 24 a second.
fn frames_of_bills(facts: &ClipFacts) -> u64 {
    (facts.video.rate.seconds(facts.video.frames) * 24.0).round() as u64
}

pub(super) fn other_size(facts: &ClipFacts, asked: Size) -> Option<String> {
    (facts.video.size != asked).then(|| format!("{} pixels instead of {asked}", facts.video.size))
}

pub(super) fn other_sound(facts: &ClipFacts, asked: bool) -> Option<String> {
    let words = if asked { "it has no sound" } else { "it has sound" };
    (facts.audio.is_some() != asked).then(|| words.to_owned())
}

/// How the paid clip in `file` differs from what was asked for and billed, in words.
pub(super) async fn differences(
    bench: &Bench,
    order: &Order,
    render: &Render,
    arrival: &Arrival,
    (facts, file): (&ClipFacts, &Path),
) -> Vec<String> {
    let mut found = Asked::of(render).differences(facts, arrival.delivery.tokens);
    let Inputs::Frames { first, last } = &render.inputs else { return found };
    for (name, source) in [("first", Some(first)), ("last", last.as_ref())] {
        let Some(source) = source else { continue };
        if let Some(alike) = end_alike(bench, order, (name, source), facts, file).await
            && alike < SAME
        {
            let percent = (alike.max(0.0) * 100.0).round();
            found.push(format!("its {name} frame is another picture than the one given (alike by {percent} %)"));
        }
    }
    found
}

/// How alike the end of a clip and the picture given for it are; `None` where either cannot be seen here: an address, or
/// a format that is not read.
async fn end_alike(
    bench: &Bench,
    order: &Order,
    (name, source): (&str, &Source),
    facts: &ClipFacts,
    file: &Path,
) -> Option<f64> {
    let given = given(bench, order, source).await?;
    let ffmpeg = bench.studio.ffmpeg();
    let png = file.with_extension(format!("{name}.png"));
    match name {
        "first" => ffmpeg.first_frame(file, &png).await.ok()?,
        _ => ffmpeg.last_frame(file, facts, &png).await.ok()?,
    }
    let compared = tokio::task::spawn_blocking(move || {
        let came = picture(&png);
        // The workspace goes with the run; until then hundreds of shots would fill it.
        let _ = std::fs::remove_file(&png);
        alike(&picture(&given).ok()?, &came.ok()?)
    });
    compared.await.ok().flatten()
}

/// The picture that a shot was to begin or end on.
async fn given(bench: &Bench, order: &Order, source: &Source) -> Option<PathBuf> {
    let (ffmpeg, store, work) = (bench.studio.ffmpeg(), &bench.store, &bench.work);
    match source {
        Source::File(file) => unchanged(&order.folder, file).ok(),
        Source::LastFrame(shot) => {
            let digest = frames::last_frame(ffmpeg, store, work, order.parent(*shot)).await.ok()?;
            Some(store.object(&digest))
        }
        Source::FirstFrame(shot) => frames::first_frame(ffmpeg, store, work, order.parent(*shot)).await.ok(),
        Source::Remote(_) | Source::Clip(_) => None,
    }
}

/// How alike a given picture and a frame of a clip are, whichever way the service fitted the one to the other: cropped
/// to its shape, or squeezed into it.
fn alike(given: &RgbImage, came: &RgbImage) -> Option<f64> {
    let frame = grid(came)?;
    let ((width, height), (across, down)) = (given.dimensions(), came.dimensions());
    let narrow = (u64::from(height) * u64::from(across) / u64::from(down.max(1))).min(u64::from(width)) as u32;
    let flat = (u64::from(width) * u64::from(down) / u64::from(across.max(1))).min(u64::from(height)) as u32;
    let cropped = crop_imm(given, (width - narrow) / 2, (height - flat) / 2, narrow, flat);
    let fitted = [grid(&*cropped), grid(given)];
    fitted.into_iter().flatten().map(|given| likeness(&given, &frame)).reduce(f64::max)
}

/// A picture as it is compared: small and grey (BT.709).
fn grid<I: GenericImageView<Pixel = Rgb<u8>>>(picture: &I) -> Option<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let (across, down) = (GRID.0 as u32, GRID.1 as u32);
    if width < across || height < down {
        return None;
    }
    let grey = |pixel: &Rgb<u8>| {
        let [red, green, blue] = [0, 1, 2].map(|at| f32::from(pixel.channels()[at]));
        (0.2126 * red + 0.7152 * green + 0.0722 * blue).round() as u8
    };
    Some(thumbnail(picture, across, down).pixels().map(grey).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::{AudioFacts, VideoFacts};
    use crate::units::Rate;

    fn facts(size: (u32, u32), frames: u64, rate: Rate, sound: bool) -> ClipFacts {
        let video = VideoFacts {
            codec: "h264".to_owned(),
            size: Size::new(size.0, size.1),
            pixels: "yuv420p".to_owned(),
            rate,
            frames,
            parameters: String::new(),
        };
        let audio = sound.then(|| AudioFacts { codec: "aac".to_owned(), sample_rate: 48_000, channels: 2 });
        ClipFacts { video, audio, bytes: 1 }
    }

    #[test]
    fn what_came_is_held_against_what_was_asked_and_billed() {
        let asked = |audio| Asked {
            size: Size::new(1280, 720),
            seconds: Some(5),
            audio,
            sound_switch: true,
            looks_at_video: false,
        };
        let rate = Rate::FILM;
        let five = facts((1280, 720), 121, rate, true);
        assert_eq!(asked(true).differences(&five, Some(108_900)), Vec::<String>::new());
        assert_eq!(asked(true).differences(&five, None), Vec::<String>::new());
        let thirty = Rate { num: 30, den: 1 };
        assert_eq!(
            asked(true).differences(&facts((1280, 720), 150, thirty, true), Some(108_900)),
            Vec::<String>::new()
        );
        let short = facts((1280, 720), 97, rate, false);
        let found = asked(true).differences(&short, Some(108_900));
        assert_eq!(
            found,
            [
                "4.041 s instead of 5 s",
                "it has no sound",
                "108900 tokens billed, where a clip like this one counts 87300"
            ]
        );
        assert_eq!(asked(false).differences(&five, None), ["it has sound"]);
        let other = asked(true).differences(&facts((864, 496), 121, rate, true), Some(50_638));
        assert_eq!(other, ["864x496 pixels instead of 1280x720"]);
        let fitted = Asked { looks_at_video: true, ..asked(true) };
        assert_eq!(fitted.differences(&five, Some(216_000)), Vec::<String>::new());
    }

    #[test]
    fn a_picture_is_found_again_cropped_and_squeezed() {
        let wave = |x: u32, y: u32, w: u32, h: u32| {
            let (x, y) = (x as f32 / w as f32, y as f32 / h as f32);
            let level = 128.0 + 60.0 * (x * 14.0).sin() + 50.0 * (y * 9.0 + x * 4.0).cos();
            Rgb([level as u8, (level * 0.8) as u8, 90])
        };
        let given = RgbImage::from_fn(640, 640, |x, y| wave(x, y, 640, 640));
        let squeezed = RgbImage::from_fn(864, 496, |x, y| wave(x, y, 864, 496));
        let cropped = RgbImage::from_fn(640, 368, |x, y| wave(x, y + 136, 640, 640));
        let other = RgbImage::from_fn(864, 496, |x, y| wave(y, x, 496, 864));
        let found = [&squeezed, &cropped, &other].map(|came| alike(&given, came).expect("it can be seen"));
        assert!(found[0] > 0.95 && found[1] > 0.95 && found[2] < SAME, "{found:?}");
        assert_eq!(alike(&given, &RgbImage::new(8, 8)), None);
    }
}
