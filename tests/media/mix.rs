//! Music and loudness: measured in real films, with the pictures copied as ever.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use storyreel_core::timeline::{Music, PlacedSound, SoundFormat, Timeline, Under};
use storyreel_core::units::{Digest, Rate};
use storyreel_media::media::{AssembledFilm, AssemblyPaths};

use super::{Clip, SMALL, Studio, assert_exact_times, decoded, timeline};

/// Two seconds of picture with this sound.
fn clip(studio: &Studio, name: &str, sound: &str) -> Clip {
    let picture = format!("-f lavfi -i testsrc2=s={SMALL}:r=24,trim=end_frame=48");
    let coding = "-c:v libx264 -g 24 -pix_fmt yuv420p -c:a aac -ac 2 -ar 48000";
    studio.clip(studio.make(name, &format!("{picture} -f lavfi -i {sound}:d=2 {coding}")))
}

fn speech(studio: &Studio) -> Clip {
    clip(studio, "speech.mp4", "aevalsrc=0.3*sin(2*PI*300*t):s=48000")
}

fn silence(studio: &Studio) -> Clip {
    clip(studio, "silence.mp4", "anullsrc=r=48000")
}

#[track_caller]
fn film(studio: &Studio, laid: &Timeline, clips: &[Clip], music: &Path) -> std::path::PathBuf {
    let out = studio.path("film.mp4");
    assert_eq!(made_of(studio, laid, clips, (music, music)).softer, None);
    out
}

/// Makes the film with these files of music and narration.
#[track_caller]
fn made_of(studio: &Studio, laid: &Timeline, clips: &[Clip], (music, voice): (&Path, &Path)) -> AssembledFilm {
    let out = studio.path("film.mp4");
    let find = |digest: &Digest| match clips.iter().find(|clip| clip.digest == *digest) {
        Some(clip) => clip.path.clone(),
        None if *digest == Digest::of(b"voice") => voice.to_owned(),
        None => music.to_owned(),
    };
    let places = AssemblyPaths { work: studio.dir.path(), kept: studio.kept.path(), out: &out, plates: &[] };
    let made = studio.wait(studio.ffmpeg.assemble(laid, find, places, |_| {})).unwrap();
    assert_eq!(made.encoded, 0, "a picture was encoded for the sake of the sound");
    assert_exact_times(&out, laid.frames(), Rate::FILM);
    made
}

/// Integrated loudness and true peak, as ffmpeg's own meter sees the finished file.
fn metered(film: &Path) -> (f64, f64) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-nostats", "-i"]).arg(film);
    ffmpeg.args(["-map", "0:a", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]);
    let text = String::from_utf8_lossy(&ffmpeg.output().unwrap().stderr).into_owned();
    let summary = text.rsplit("Summary:").next().unwrap().to_owned();
    let number =
        |name: &str| -> f64 { summary.split(name).nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap() };
    (number("I:"), number("Peak:"))
}

/// The strength of a tone in a stretch of the film, from 0 to 1.
fn tone(film: &Path, hz: f64, from: f64) -> f64 {
    let pcm = decoded(film, "-map 0:a -af pan=mono|c0=c0 -ar 48000 -f f32le");
    let first = (from * 48_000.0) as usize;
    let (mut re, mut im) = (0.0, 0.0);
    for n in 0..9600 {
        let at = (first + n) * 4;
        let value = f64::from(f32::from_le_bytes([pcm[at], pcm[at + 1], pcm[at + 2], pcm[at + 3]]));
        let angle = std::f64::consts::TAU * hz * n as f64 / 48_000.0;
        re += value * angle.cos();
        im += value * angle.sin();
    }
    2.0 * re.hypot(im) / 9600.0
}

#[test]
fn a_film_has_the_loudness_that_is_asked_for_and_no_higher_peaks() {
    let studio = Studio::new();
    // Mostly soft, with short bursts that a plain gain would drive far beyond full scale.
    let bursts = "aevalsrc=0.05*sin(2*PI*700*t)+0.8*sin(2*PI*500*t)*lt(mod(t\\,1)\\,0.01):s=48000";
    let clips = [speech(&studio), clip(&studio, "bursts.mp4", bursts)];
    for (used, target) in [(&clips[..1], -23.0), (&clips[..], -14.0), (&clips[1..], -18.0)] {
        let mut laid = timeline(used, SMALL, Rate::FILM);
        laid.loudness = Some(target);
        let out = film(&studio, &laid, used, Path::new("none"));
        let (loudness, peak) = metered(&out);
        assert!((loudness - f64::from(target)).abs() <= 0.5, "{loudness} LUFS instead of {target}");
        assert!(peak <= -1.5, "a true peak of {peak} dB");
    }
    let quiet = [silence(&studio)];
    let mut laid = timeline(&quiet, SMALL, Rate::FILM);
    laid.loudness = Some(-14.0);
    film(&studio, &laid, &quiet, Path::new("none"));
}

#[test]
fn music_is_cut_repeated_faded_and_goes_down_under_sound() {
    let studio = Studio::new();
    // A second of nothing, a second of 1 kHz, a second of 2 kHz, a second of nothing.
    let sound = "aevalsrc=0.4*sin(2*PI*1000*t)*between(t\\,1\\,2)+0.4*sin(2*PI*2000*t)*between(t\\,2\\,3):s=44100:d=4";
    let music = studio.make("score.flac", &format!("-f lavfi -i {sound}"));
    let clips = [silence(&studio), speech(&studio), silence(&studio), silence(&studio)];
    let mut laid = timeline(&clips, SMALL, Rate::FILM);
    laid.music = Some(Music {
        file: Digest::of(b"music"),
        gain_db: -6.0,
        under: Under::Duck,
        fade_in: 24,
        fade_out: 24,
        from: Duration::from_secs(1),
        to: Some(Duration::from_secs(3)),
        repeat: true,
    });
    let out = film(&studio, &laid, &clips, &music);
    // 0.4 at one channel, half of it by the gain; what is mono stays as strong on both sides to within 3 dB.
    let full = tone(&out, 2000.0, 1.4);
    assert!((0.13..0.22).contains(&full), "{full}");
    let fading = tone(&out, 1000.0, 0.4) / full;
    assert!((0.4..0.6).contains(&fading), "half-way into the fade it is at {fading}");
    let under = (tone(&out, 1000.0, 2.5) / full, tone(&out, 2000.0, 3.5) / full);
    assert!((0.22..0.28).contains(&under.0) && (0.22..0.28).contains(&under.1), "{under:?} under speech");
    assert!((tone(&out, 300.0, 2.5) / 0.3 - 1.0).abs() < 0.35, "the speech itself changed");
    assert!((tone(&out, 2000.0, 5.5) / full - 1.0).abs() < 0.1, "it did not come back, or did not repeat");
    assert!(tone(&out, 2000.0, 7.75) / full < 0.3, "it does not fade out");
}

#[test]
fn music_alone_gives_a_silent_film_its_sound() {
    let studio = Studio::new();
    let music = studio.make("score.wav", "-f lavfi -i sine=f=800:d=1");
    let clips = [studio.painted("mute.mp4", 48, 3, None)];
    let mut laid = timeline(&clips, SMALL, Rate::FILM);
    assert_eq!(laid.sound, None);
    laid.sound = Some(SoundFormat { rate: 48_000, channels: 2 });
    let none = Duration::ZERO;
    let file = Digest::of(b"music");
    let music_only =
        Music { file, gain_db: 0.0, under: Under::Stay, fade_in: 0, fade_out: 0, from: none, to: None, repeat: false };
    laid.music = Some(music_only);
    let out = film(&studio, &laid, &clips, &music);
    assert!(tone(&out, 800.0, 0.4) > 0.05 && tone(&out, 800.0, 1.5) < 0.001);
}

#[test]
fn peaks_that_leave_no_room_are_told() {
    let studio = Studio::new();
    // Clicks of a hundredth of a second in what is next to silence: no limiter makes that loud and keeps it whole.
    let clicks = "aevalsrc=0.003*sin(2*PI*700*t)+0.9*sin(2*PI*900*t)*lt(mod(t\\,0.5)\\,0.004):s=48000";
    let clips = [clip(&studio, "clicks.mp4", clicks)];
    let mut laid = timeline(&clips, SMALL, Rate::FILM);
    laid.loudness = Some(-9.0);
    let made = made_of(&studio, &laid, &clips, (Path::new("none"), Path::new("none")));
    let (loudness, peak) = metered(&studio.path("film.mp4"));
    let told = made.softer.unwrap();
    assert!(told < -9.5 && (loudness - told).abs() < 0.7, "{told} LUFS are told, {loudness} are measured");
    assert!(peak <= -1.5, "a true peak of {peak} dB");
}

fn said(at: f64, (from, to): (f64, f64)) -> PlacedSound {
    let time = Duration::from_secs_f64;
    let (file, none) = (Digest::of(b"voice"), Duration::ZERO);
    PlacedSound {
        file,
        gain_db: -6.0,
        at: time(at),
        from: time(from),
        to: Some(time(to)),
        fade_in: none,
        fade_out: none,
    }
}

#[test]
fn narration_is_heard_at_its_times_and_music_goes_down_under_it() {
    let studio = Studio::new();
    let music = studio.make("score.wav", "-f lavfi -i aevalsrc=0.4*sin(2*PI*1000*t):s=48000:d=8");
    // A second of 300 Hz, then a second of 500 Hz, at another rate and on one channel.
    let words = "aevalsrc=0.5*sin(2*PI*300*t)*lt(t\\,1)+0.5*sin(2*PI*500*t)*gte(t\\,1):s=22050:d=2";
    let voice = studio.make("voice.wav", &format!("-f lavfi -i {words}"));
    let clips = [silence(&studio), studio.painted("mute.mp4", 48, 3, None), silence(&studio)];
    let mut laid = timeline(&clips, SMALL, Rate::FILM);
    let none = Duration::ZERO;
    let file = Digest::of(b"music");
    let under = Under::Duck;
    laid.music =
        Some(Music { file, gain_db: 0.0, under, fade_in: 0, fade_out: 0, from: none, to: None, repeat: false });
    // The first second at 1 s, the second one at 4.5 s with slow ends.
    let slow = PlacedSound {
        fade_in: Duration::from_millis(400),
        fade_out: Duration::from_millis(400),
        ..said(4.5, (1.0, 2.0))
    };
    laid.sounds = vec![said(1.0, (0.0, 1.0)), slow];
    laid.sound = Some(SoundFormat { rate: 48_000, channels: 2 });
    made_of(&studio, &laid, &clips, (&music, &voice));
    let out = studio.path("film.mp4");
    let heard = |hz, from| tone(&out, hz, from);
    let full = heard(300.0, 1.4);
    // 0.5, half of it by the gain; what is mono stays as strong on both sides to within 3 dB.
    assert!((0.16..0.28).contains(&full), "{full}");
    for (hz, from) in [(300.0, 0.7), (300.0, 2.1), (500.0, 1.4), (500.0, 4.2), (500.0, 5.6), (300.0, 4.9)] {
        assert!(heard(hz, from) < 0.004, "{hz} Hz at {from} s: {}", heard(hz, from));
    }
    assert!((heard(500.0, 4.95) / full - 1.0).abs() < 0.1, "{}", heard(500.0, 4.95));
    assert!((0.1..0.6).contains(&(heard(500.0, 4.5) / full)), "it does not fade in");
    assert!((0.1..0.6).contains(&(heard(500.0, 5.3) / full)), "it does not fade out");
    let score = heard(1000.0, 0.5);
    for (from, share) in [(1.4, 0.251), (3.4, 1.0), (4.95, 0.251)] {
        let found = heard(1000.0, from) / score;
        assert!((found - share).abs() < 0.04, "the music is at {found} at {from} s, not at {share}");
    }
    // Words that outlast the film end with it.
    laid.music = None;
    laid.sounds = vec![said(5.5, (0.0, 2.0))];
    made_of(&studio, &laid, &clips, (&music, &voice));
    assert!(heard(300.0, 5.7) > 0.1 && heard(300.0, 5.2) < 0.004);
}
