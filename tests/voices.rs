//! Animatics that speak their lines, and what is heard of it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::{Run, Seen, newest};

/// The rate at which films are listened to.
const RATE: f64 = 48_000.0;

/// The line that Bo speaks begins like an option, and ends with what `espeak-ng` would take for phonemes.
const BOARD: &str = "storyboard: 1\ndefaults: {resolution: 480p, duration: 6}\nproviders: {animatic: {voices: true}}\n\
    cast:\n  mara: {name: Mara, look: a woman in her sixties}\n  bo: {name: Bo, look: an old man}\n\
    shots:\n- id: talk\n  prompt: They talk.\n  dialogue:\n  - {speaker: mara, line: One more night., at: 1}\n  \
    - {speaker: bo, line: '--version is what I said [[x]]', at: 3}\n";

fn board(text: &str) -> Run {
    Run::new().board("film.yaml", text)
}

/// The samples of a film, one channel.
fn heard(film: &Path) -> Vec<f32> {
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(film).args(["-ac", "1", "-ar", "48000", "-f", "f32le", "-"]);
    let done = ffmpeg.output().expect("ffmpeg is there");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four bytes"))).collect()
}

fn film_of(seen: &Seen) -> Vec<f32> {
    heard(&seen.path().join("out/film.mp4"))
}

fn part(samples: &[f32], from: f64, to: f64) -> &[f32] {
    let at = |seconds: f64| ((seconds * RATE) as usize).min(samples.len());
    &samples[at(from)..at(to)]
}

fn loudest(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |loudest, sample| loudest.max(sample.abs()))
}

/// When something louder than the guide tone is heard first, in seconds from `from`.
fn onset(samples: &[f32], from: f64, to: f64) -> f64 {
    let heard = part(samples, from, to).iter().position(|sample| sample.abs() > 0.05);
    from + heard.expect("somebody speaks") as f64 / RATE
}

/// How often in a second the samples pass through zero: the higher the voice, the more often.
fn crossings(samples: &[f32]) -> f64 {
    let count = samples.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
    count as f64 * RATE / samples.len() as f64
}

#[test]
fn lines_are_spoken_at_their_time_in_voices_of_their_own() {
    let seen = board(BOARD).args(["render", "film.yaml"]).ok();
    let samples = film_of(&seen);
    assert!(loudest(part(&samples, 0.1, 0.9)) < 0.05, "only the guide tone is heard before");
    for at in [1.0, 3.0] {
        let begin = onset(&samples, at - 0.2, at + 1.0);
        assert!((begin - at).abs() < 2.0 / 24.0, "the line at {at} is heard at {begin}");
    }
    assert!(loudest(part(&samples, 5.85, 6.0)) < 0.05, "everything is said");
    // The same film is not painted again, one with a line at another time is.
    seen.again().args(["plan", "film.yaml", "--format", "json"]).ok().out_has("\"action\": \"reuse\"");
    let later = BOARD.replace("at: 1}", "at: 1.5}");
    seen.again().board("film.yaml", &later).args(["plan", "film.yaml"]).ok().out_has("spoken lines changed");
    // The same words of two people.
    let both = BOARD.replace("'--version is what I said [[x]]'", "One more night.");
    let seen = board(&both).args(["render", "film.yaml"]).ok();
    let samples = film_of(&seen);
    let woman = crossings(part(&samples, 1.0, 2.0));
    let man = crossings(part(&samples, 3.0, 4.0));
    assert!((woman - man).abs() > 0.05 * woman.max(man), "one voice for both: {woman} and {man}");
}

#[test]
fn a_line_without_time_ends_with_its_time_and_says_so() {
    let long = "I have told you a hundred times that the lamp must never go out while there is a ship in the bay.";
    let text = BOARD.replace("One more night.", long).replace("at: 3", "at: 2");
    let seen = board(&text).args(["render", "film.yaml"]).ok();
    let seen = seen.err_has("talk: the voice is cut off in `I have told you");
    assert!(seen.stderr.contains("and has 1.0 s until the next line"), "{}", seen.stderr);
}

#[test]
fn without_a_program_that_speaks_the_animatic_is_silent_and_says_so() {
    let run = board(BOARD);
    let programs = run.path().join("programs");
    fs::create_dir(&programs).expect("made");
    for name in ["ffmpeg", "ffprobe"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().expect("sh");
        symlink(String::from_utf8_lossy(&found.stdout).trim(), programs.join(name)).expect("linked");
    }
    let seen = run.env("PATH", &programs).args(["render", "film.yaml"]).ok();
    let seen = seen.err_has("`espeak-ng` is not installed");
    assert!(loudest(&film_of(&seen)) < 0.05, "nobody speaks");
}

#[test]
fn a_program_of_the_users_speaks_and_no_storyboard_names_one() {
    let run = board(BOARD);
    // It notes what it is told, and gives half a second of a tone.
    let script = "#!/bin/sh\nset -e\ncat >> said\necho \"$STORYREEL_VOICE_SPEAKER|$#\" >> said\n\
                  ffmpeg -v error -f lavfi -i sine=330:duration=0.5 -y \"$1\"\n";
    let program = run.path().join("speak now");
    fs::write(&program, script).expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("allowed");
    let seen = run.env("STORYREEL_VOICE_COMMAND", &program).args(["render", "film.yaml"]).ok();
    let samples = film_of(&seen);
    let begin = onset(&samples, 2.8, 4.0);
    assert!((begin - 3.0).abs() < 2.0 / 24.0 && loudest(part(&samples, 3.7, 6.0)) < 0.05, "{begin}");
    let said = fs::read_to_string(seen.path().join("said")).expect("noted");
    assert_eq!(said, "One more night.\nMara|1\n--version is what I said [[x]]\nBo|1\n");
    let named = BOARD.replace("voices: true", "voices: ./speak");
    seen.again().board("film.yaml", &named).args(["check", "film.yaml"]).code(3);
    let other = BOARD.replace("animatic: {voices", "ark: {voices");
    seen.again().board("film.yaml", &other).args(["check", "film.yaml"]).code(3).err_has("`ark` takes no `voices`");
}
