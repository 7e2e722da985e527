//! Sounds that belong to shots: measured in the film, before and after it is cut.

use std::path::Path;

use crate::support::{Run, Seen, newest};

const FILM: &str = "storyboard: 1\nfilm:\n  size: 320x180\n  narration: [{file: tick.wav, shot: two, offset: 0.25, gain_db: -12}]\n\
    shots:\n  - {id: one, card: One, duration: 2}\n  - {id: two, card: Two, duration: 3, sounds: [{file: tick.wav, at: 1}]}\n  \
    - {id: three, card: Three, duration: 2, sounds: [tick.wav]}\n";

/// A sound that begins with a tone of 1 kHz and is over after a twentieth of a second: WAVE, 16 bits, 48 kHz, one channel.
fn tick() -> Vec<u8> {
    let samples: Vec<i16> = (0..2_400)
        .map(|n| {
            if n > 960 {
                0
            } else if n / 24 % 2 == 0 {
                24_000
            } else {
                -24_000
            }
        })
        .collect();
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(48_000_u32.to_le_bytes());
    wav.extend(96_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    wav
}

/// When something is heard in the film, in seconds.
fn ticks(folder: &Path) -> Vec<f64> {
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-i", "out/film.mp4", "-ac", "1", "-ar", "48000", "-f", "s16le", "-"]);
    let decoded = ffmpeg.current_dir(folder).output().expect("ffmpeg is installed").stdout;
    let mut heard: Vec<f64> = Vec::new();
    for (n, sample) in decoded.chunks_exact(2).enumerate() {
        let level = i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs();
        let at = n as f64 / 48_000.0;
        if level > 1_000 && heard.last().is_none_or(|last| at - last > 0.1) {
            heard.push(at);
        }
    }
    heard
}

fn assert_heard(seen: &Seen, expected: &[f64]) {
    let heard = ticks(seen.path());
    let is_there = |(heard, expected): (&f64, &f64)| (heard - expected).abs() < 1.0 / 24.0;
    let is_all = heard.len() == expected.len() && heard.iter().zip(expected).all(is_there);
    assert!(is_all, "heard at {heard:?}, expected at {expected:?}");
}

#[test]
fn sounds_move_with_every_trim_and_cut() {
    let seen = Run::new().board("film.yaml", FILM).file("tick.wav", tick()).args(["render", "film.yaml"]).ok();
    assert_heard(&seen, &[2.25, 3.0, 5.0]);
    // Half a second less of the shot, a longer one before it, and a transition.
    let edited = [
        (FILM.replace("Two, duration: 3,", "Two, duration: 3, in: 0.5,"), &[2.25, 2.5, 4.5][..]),
        (FILM.replace("One, duration: 2", "One, duration: 3"), &[3.25, 4.0, 6.0]),
        (FILM.replace("id: two,", "id: two, transition: {type: dissolve, duration: 1},"), &[1.25, 2.0, 4.0]),
        // What is cut off of the shot takes the sound with it, and a narration goes with its shot.
        (FILM.replace("Two, duration: 3,", "Two, duration: 3, out: 0.9,"), &[2.25, 2.9]),
        (FILM.replace("id: two,", "id: two, skip: true,"), &[2.0]),
    ];
    for (text, expected) in edited {
        assert_heard(&seen.again().board("film.yaml", &text).args(["render", "film.yaml"]).ok(), expected);
    }
    let cut = format!("{FILM}cuts: {{short: {{shots: [three, two]}}}}\n");
    seen.again()
        .board("film.yaml", &cut)
        .args(["render", "film.yaml", "--cut", "short", "--output", "out/film.mp4"])
        .ok();
    assert_heard(&seen, &[0.0, 2.25, 3.0]);
}

#[test]
fn sounds_are_on_tracks_of_their_own_in_an_edit() {
    let seen =
        Run::new().board("film.yaml", FILM).file("tick.wav", tick()).args(["export", "film.yaml", "--to", "otio"]);
    let edit = seen.ok().json();
    let tracks = edit["tracks"]["children"].as_array().expect("tracks");
    let track = |name: &str| tracks.iter().find(|track| track["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    let sounds = track("Sounds")["children"].as_array().expect("clips");
    let lengths: Vec<f64> =
        sounds.iter().map(|item| item["source_range"]["duration"]["value"].as_f64().expect("frames")).collect();
    // Silence to the third second, a tick of a frame, silence to the fifth second, a tick, silence.
    assert_eq!(lengths, [72.0, 1.0, 47.0, 1.0, 47.0]);
    assert_eq!(sounds[1]["metadata"]["storyreel"]["of_shot"], "two");
    assert_eq!(track("Narration")["children"][0]["source_range"]["duration"]["value"], 54.0);
}
