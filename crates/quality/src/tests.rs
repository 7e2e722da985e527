//! What is found in painted pictures and sounds.

use super::sampled::{CELLS, ROWS};
use super::{ClipLook, ClipMeasures, ClipScore, FaultKind, PictureLook, SampledPicture, SoundLevels, judge};

const WIDTH: usize = 256;

/// The time between two pictures.
const STEP: f32 = 0.125;

/// The bytes of a picture whose light above black is `light` of column and row.
fn painted(light: impl Fn(f32, f32) -> f32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SampledPicture::bytes(WIDTH));
    for y in 0..ROWS {
        for x in 0..WIDTH {
            bytes.push((16.0 + light(x as f32, y as f32)).clamp(16.0, 235.0) as u8);
        }
    }
    bytes.resize(SampledPicture::bytes(WIDTH), 128);
    bytes
}

/// The measures of four seconds; `light` is of number, column and row.
fn measured(light: impl Fn(f32, f32, f32) -> f32) -> ClipMeasures {
    let mut look = ClipLook::default();
    for n in 0..32 {
        let bytes = painted(|x, y| light(n as f32, x, y));
        look.add(n as f32 * STEP, SampledPicture::new(WIDTH, &bytes).expect("it has the right size"));
    }
    ClipMeasures { look, seconds: 4.0, ..ClipMeasures::default() }
}

fn score(light: impl Fn(f32, f32, f32) -> f32) -> ClipScore {
    judge(&measured(light))
}

fn kinds(score: &ClipScore) -> Vec<FaultKind> {
    score.faults.iter().map(|fault| fault.kind).collect()
}

/// A scene with edges.
fn scene(x: f32, y: f32) -> f32 {
    let column = (x / 23.0).floor();
    let row = (y / 11.0).floor();
    70.0 + 60.0 * (column * 2.1 + row * 1.7).sin() + 20.0 * (x / 40.0).sin()
}

/// Another.
fn other(x: f32, y: f32) -> f32 {
    let column = ((x + y) / 31.0).floor();
    110.0 + 80.0 * (column * 3.7).cos()
}

/// The scene as a camera sees it that moves slowly.
fn moving(n: f32, x: f32, y: f32) -> f32 {
    scene(x + n, y)
}

#[test]
fn the_constants_fit_each_other() {
    assert!(ROWS.is_multiple_of(CELLS.1) && WIDTH >= CELLS.0);
    assert!(SampledPicture::new(WIDTH, &[0; 3]).is_none());
    assert!(SampledPicture::new(62, &vec![0; SampledPicture::bytes(62)]).is_none());
}

#[test]
fn a_scene_that_moves_is_fine() {
    assert_eq!(score(moving), ClipScore::default());
}

#[test]
fn black_is_found_and_a_fade_and_a_night_are_not() {
    let gap = score(|n, x, y| if (12.0..20.0).contains(&n) { 0.0 } else { moving(n, x, y) });
    assert_eq!(kinds(&gap), [FaultKind::Black]);
    assert_eq!(gap.faults[0].seconds, 1.5..2.5);
    let faded = score(|n, x, y| moving(n, x, y) * (1.0 - (n - 16.0) / 10.0).clamp(0.0, 1.0));
    assert_eq!(kinds(&faded), []);
    let night = score(|n, x, y| 3.0 + 60.0 * f32::from((x - 20.0 - 6.0 * n).hypot(y - 30.0) < 6.0));
    assert_eq!(kinds(&night), []);
}

#[test]
fn what_stands_still_is_found_and_grain_is_not() {
    let tail = score(|n, x, y| moving(n.min(20.0), x, y));
    assert_eq!(kinds(&tail), [FaultKind::Frozen]);
    assert!((tail.faults[0].seconds.start - 2.5).abs() < 0.13 && tail.faults[0].seconds.end > 3.99, "{tail}");
    let grain = score(|n, x, y| scene(x, y) + 4.0 * ((x * 12.9 + y * 78.2 + n * 37.7).sin() * 43_758.5).fract());
    assert_eq!(kinds(&grain), []);
}

#[test]
fn exposure_that_flickers_is_found_and_a_strobe_is_not() {
    let uneven = |n: f32| ((n * 12.9).sin() * 43_758.5).fract();
    let flicker = score(|n, x, y| moving(n, x, y) * (1.0 + 0.06 * uneven(n)));
    assert_eq!(kinds(&flicker), [FaultKind::Flicker]);
    let strobe = score(|n, x, y| moving(n, x, y) * if n % 2.0 < 1.0 { 1.0 } else { 0.3 });
    assert_eq!(kinds(&strobe), []);
    let lamp = score(|n, x, y| moving(n, x, y) + 30.0 * uneven(n) * f32::from(x < 80.0));
    assert_eq!(kinds(&lamp), []);
}

#[test]
fn cuts_and_dissolves_are_found_and_a_whip_pan_is_not() {
    let cut = score(|n, x, y| if n < 17.0 { moving(n, x, y) } else { other(x + n, y) });
    assert_eq!(kinds(&cut), [FaultKind::Cut]);
    assert_eq!(cut.faults[0].seconds, 2.0..2.13);
    let dissolve = score(|n, x, y| {
        let part = ((n - 10.0) / 8.0).clamp(0.0, 1.0);
        (1.0 - part) * moving(n, x, y) + part * other(x + n, y)
    });
    assert_eq!(kinds(&dissolve), [FaultKind::Cut]);
    let whip = score(|n, x, y| scene(x + n + 70.0 * (n - 14.0).clamp(0.0, 3.0), y));
    assert_eq!(kinds(&whip), []);
}

#[test]
fn pictures_that_get_softer_are_found() {
    let soft = |n: f32, x: f32, y: f32| {
        let reach = (n - 8.0).clamp(0.0, 6.0);
        let near = (-3..=3).map(|by| scene(x + 3.0 * (n * 1.3).sin() + by as f32 * reach / 6.0, y));
        near.sum::<f32>() / 7.0
    };
    assert_eq!(kinds(&score(soft)), [FaultKind::Blur]);
}

#[test]
fn bars_that_appear_are_found_and_bars_that_stay_are_not() {
    let barred = |n: f32, x: f32, y: f32| if (20.0..236.0).contains(&x) { moving(n, x, y) } else { 0.0 };
    let later = score(|n, x, y| if n < 16.0 { moving(n, x, y) } else { barred(n, x, y) });
    assert!(kinds(&later).contains(&FaultKind::Bars), "{later}");
    assert_eq!(kinds(&score(barred)), []);
    let mut given = measured(barred);
    given.first_frame = Some(look(scene));
    assert!(kinds(&judge(&given)).contains(&FaultKind::Bars));
}

fn look(light: impl Fn(f32, f32) -> f32) -> PictureLook {
    let bytes = painted(light);
    PictureLook::of(SampledPicture::new(WIDTH, &bytes).expect("it has the right size"))
}

#[test]
fn drift_is_measured_against_the_head() {
    let mut measures = measured(moving);
    measures.head = Some(look(scene));
    assert_eq!(kinds(&judge(&measures)), []);
    measures.head = Some(look(|x, y| scene(x, y) + 30.0));
    assert_eq!(kinds(&judge(&measures)), [FaultKind::ColourDrift]);
    measures.head = Some(look(|x, y| 75.0 + 0.55 * (scene(x, y) - 75.0)));
    assert_eq!(kinds(&judge(&measures)), [FaultKind::StructureDrift]);
}

/// Samples of four seconds; a thousand a second.
fn sound(level: impl Fn(f32) -> f32) -> SoundLevels {
    let samples: Vec<f32> = (0..4000).map(|n| level(n as f32 / 1000.0) * (n as f32 * 1.3).sin()).collect();
    SoundLevels::of(&samples, 1000)
}

/// Syllables that end after `end` seconds.
fn speech(at: f32, end: f32) -> f32 {
    if at < end && (end - at) % 1.4 < 1.1 { 0.3 * ((end - at) % 0.25 * 12.0).min(1.0) } else { 0.001 }
}

#[test]
fn silence_and_speech_that_is_cut_off_are_heard() {
    let mut measures = ClipMeasures { asked_sound: true, ..measured(moving) };
    assert_eq!(kinds(&judge(&measures)), [FaultKind::Silent], "it has no sound at all");
    measures.sound = Some(sound(|_| 0.0001));
    assert_eq!(kinds(&judge(&measures)), [FaultKind::Silent]);
    measures.sound = Some(sound(|_| 0.003));
    assert_eq!(kinds(&judge(&measures)), [], "a quiet room");
    measures.asked_speech = true;
    measures.sound = Some(sound(|at| speech(at, 3.7)));
    assert_eq!(kinds(&judge(&measures)), []);
    measures.sound = Some(sound(|at| speech(at, 4.12)));
    assert_eq!(kinds(&judge(&measures)), [FaultKind::SpeechCut]);
    measures.sound = Some(sound(|_| 0.2));
    assert_eq!(kinds(&judge(&measures)), [], "music has no pauses to compare with");
}
