//! Joins in real films: what is copied is untouched, what is encoded is little, and no player complains.

use std::path::Path;
use std::process::Command;

use storyreel_core::keyword::Keyword as _;
use storyreel_core::timeline::{Join, Timeline, TransitionKind};
use storyreel_core::units::Rate;

use super::{Clip, SMALL, Studio, assert_exact_times, decoded, probed, timeline, timeline_with};

/// A clip of `frames` frames as services deliver them: B-frames, a keyframe every second, and a steady tone.
fn service(studio: &Studio, name: &str, frames: u64, hz: u32) -> Clip {
    let picture = format!("-f lavfi -i testsrc2=s={SMALL}:r=24,hue=h={hz},trim=end_frame={frames}");
    let seconds = frames as f64 / 24.0 + 0.02;
    let sound = format!("-f lavfi -i aevalsrc=0.4*sin(2*PI*{hz}*t)|0.4*sin(2*PI*{hz}*t):s=48000:d={seconds}");
    let coding = "-c:v libx264 -g 24 -bf 3 -pix_fmt yuv420p -c:a aac -b:a 128k";
    studio.clip(studio.make(name, &format!("{picture} {sound} {coding}")))
}

pub(super) fn blend(kind: TransitionKind, frames: u64) -> Join {
    Join::Transition { kind, frames }
}

/// Digests of the coded pictures in decoding order.
pub(super) fn coded(file: &Path) -> Vec<String> {
    let lines = probed(file, "-select_streams v -show_data_hash sha256 -show_entries packet=data_hash");
    lines.into_iter().filter(|line| line.starts_with("SHA256")).collect()
}

/// Digests of the decoded pictures in the order they are shown.
pub(super) fn shown(file: &Path) -> Vec<String> {
    let text = String::from_utf8(decoded(file, "-map 0:v -fps_mode passthrough -f framemd5")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit(',').next().unwrap().trim().to_owned()).collect()
}

/// Left-channel samples at the film's own rate.
fn sound(file: &Path) -> Vec<f32> {
    let pcm = decoded(file, "-map 0:a -af pan=mono|c0=c0 -f f32le");
    pcm.chunks(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

#[track_caller]
pub(super) fn assert_no_complaint(film: &Path) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "warning", "-nostdin", "-i"]).arg(film).args(["-f", "null", "-"]);
    let output = ffmpeg.output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// The steepest step between two samples around the joins, and elsewhere.
fn steepest(samples: &[f32], laid: &Timeline) -> (f32, f32) {
    let (mut near, mut far) = (0.0_f32, 0.0_f32);
    let joins: Vec<usize> = laid.segments.iter().skip(1).map(|segment| segment.at as usize * 2000).collect();
    for (n, pair) in samples.windows(2).enumerate() {
        let step = (pair[1] - pair[0]).abs();
        let side = if joins.iter().any(|join| join.abs_diff(n) < 4096) { &mut near } else { &mut far };
        *side = side.max(step);
    }
    (near, far)
}

#[test]
fn cuts_copy_every_picture_and_join_sound_without_a_click() {
    let studio = Studio::new();
    let kinds = [
        service(&studio, "a.mp4", 61, 330),
        service(&studio, "b.mp4", 50, 441),
        studio.painted("silent.mp4", 40, 3, None),
        service(&studio, "c.mp4", 121, 550),
    ];
    let clips: Vec<Clip> = kinds.iter().cycle().take(9).cloned().collect();
    let laid = timeline(&clips, SMALL, Rate::FILM);
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    assert_eq!((made.encoded, made.reasons, made.decoded), (0, vec![], vec![]));
    assert_exact_times(&film, laid.frames(), Rate::FILM);
    assert_no_complaint(&film);
    let wanted: Vec<String> = clips.iter().flat_map(|clip| coded(&clip.path)).collect();
    assert!(coded(&film) == wanted, "a coded picture was changed");
    let wanted: Vec<String> = clips.iter().flat_map(|clip| shown(&clip.path)).collect();
    assert!(shown(&film) == wanted, "a picture looks different");
    let starts = probed(&film, "-show_entries stream=start_time:format=start_time");
    assert_eq!(starts, ["0.000000"; 3]);
    let samples = sound(&film);
    let (near, far) = steepest(&samples, &laid);
    assert!(near <= far * 1.05, "a join steps by {near}, the clips by {far}");
    // The silent clip is silent and the others are not.
    let level = |frame: usize| samples[frame * 2000..][..2000].iter().fold(0.0_f32, |most, s| most.max(s.abs()));
    assert!(level(61 + 50 + 20) < 1e-4 && level(30) > 0.35 && level(61 + 25) > 0.35);
    assert_copied_sound(&film, &clips, 0.9);
}

/// Asserts that at least this part of the film's sound packets are those of the clips, byte for byte.
#[track_caller]
fn assert_copied_sound(film: &Path, clips: &[Clip], part: f64) {
    let packets = |file: &Path| -> Vec<String> {
        probed(file, "-select_streams a -show_data_hash sha256 -show_entries packet=data_hash")
    };
    let own: std::collections::HashSet<String> = clips.iter().flat_map(|clip| packets(&clip.path)).collect();
    // Packets of silence are not counted: they have no clip.
    let film: Vec<String> = packets(film);
    let copied = film.iter().filter(|packet| own.contains(*packet)).count();
    let sounding: u64 = clips.iter().filter(|clip| clip.facts.audio.is_some()).map(|c| c.facts.video.frames).sum();
    let all = sounding as f64 * 2000.0 / 1024.0;
    assert!(copied as f64 >= part * all, "only {copied} of {all} packets are copied");
}

#[test]
fn a_dissolve_encodes_only_the_frames_around_it() {
    let studio = Studio::new();
    let clips =
        [service(&studio, "a.mp4", 96, 300), service(&studio, "b.mp4", 96, 400), service(&studio, "c.mp4", 96, 500)];
    let joins = [Join::Start, blend(TransitionKind::Dissolve, 12), blend(TransitionKind::Dissolve, 12)];
    let laid = timeline_with(&clips, SMALL, Rate::FILM, &joins);
    assert_eq!(laid.frames(), 3 * 96 - 24);
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    // Between the last clean cut before a dissolve and the keyframe after it.
    assert!(made.encoded <= 2 * (12 + 12 + 4), "{made:?}");
    assert_eq!(made.copied + made.encoded, laid.frames());
    assert_exact_times(&film, laid.frames(), Rate::FILM);
    assert_no_complaint(&film);
    let (own, film_frames) = (clips.each_ref().map(|clip| shown(&clip.path)), shown(&film));
    assert_eq!(film_frames[..80], own[0][..80]);
    assert_eq!(film_frames[84 + 24..84 + 80], own[1][24..80]);
    assert_eq!(film_frames[168 + 24..], own[2][24..]);
    // Where both clips are half seen, the picture is the mean of both.
    let luma = |file: &Path, frame: u64| {
        let filter = format!("-map 0:v -vf select=eq(n\\,{frame}),extractplanes=y -frames:v 1 -f rawvideo");
        decoded(file, &filter)
    };
    let (film_frame, a, b) = (luma(&film, 84 + 6), luma(&clips[0].path, 90), luma(&clips[1].path, 6));
    let off = |n: usize| (f64::from(film_frame[n]) - f64::midpoint(f64::from(a[n]), f64::from(b[n]))).abs();
    let mean = (0..a.len()).map(off).sum::<f64>() / a.len() as f64;
    assert!(mean < 2.0, "half-way, the picture is {mean} levels from the mean of both");
    // Both tones are there half-way, each at its part of equal power, and neither clicks.
    let samples = sound(&film);
    let tone = |hz: f64, from: usize| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in samples[from..from + 2400].iter().enumerate() {
            let angle = std::f64::consts::TAU * hz * n as f64 / 48_000.0;
            re += f64::from(*sample) * angle.cos();
            im += f64::from(*sample) * angle.sin();
        }
        2.0 * re.hypot(im) / 2400.0
    };
    let middle = (84 + 6) * 2000 - 1200;
    for hz in [300.0, 400.0] {
        let level = tone(hz, middle) / 0.4;
        assert!((0.62..0.80).contains(&level), "{hz} Hz is at {level} half-way");
    }
    let (near, far) = steepest(&samples, &laid);
    assert!(near <= far * 2.0, "{near} {far}");
}

#[test]
fn every_kind_of_transition_is_made_to_its_length() {
    let studio = Studio::new();
    let clips = [service(&studio, "a.mp4", 48, 300), service(&studio, "b.mp4", 48, 400)];
    let kinds = TransitionKind::KEYWORDS.iter().filter_map(|word| TransitionKind::from_keyword(word));
    for kind in kinds.filter(|kind| *kind != TransitionKind::Cut) {
        let laid = timeline_with(&clips, SMALL, Rate::FILM, &[Join::Start, blend(kind, 10)]);
        let film = studio.path("film.mp4");
        studio.assemble(&laid, &clips, &film).unwrap();
        assert_exact_times(&film, 86, Rate::FILM);
        let frames = shown(&film);
        // Ten frames that are neither of the one clip nor of the other, all of them different.
        let between: std::collections::HashSet<&String> = frames[38..48].iter().collect();
        assert_eq!(between.len(), 10, "{kind:?}");
    }
}

#[test]
fn a_last_syllable_is_heard_under_the_next_shot_and_at_the_end() {
    let studio = Studio::new();
    // The sound outlasts the picture by 0.3 s, and the last 0.2 s of it hold a beep.
    let long = |name: &str, shade: u8, seconds: f64| {
        let picture = format!("-f lavfi -i color=0x{shade:02x}{shade:02x}{shade:02x}:s={SMALL}:r=24,trim=end_frame=48");
        let sound = "-f lavfi -i aevalsrc=0.4*sin(2*PI*1000*t)*gte(t\\,2.1):s=48000:c=stereo";
        studio.clip(studio.make(name, &format!("{picture} {sound}:d={seconds} -c:v libx264 -pix_fmt yuv420p -c:a aac")))
    };
    let clips = [long("a.mp4", 64, 2.3), studio.painted("b.mp4", 48, 3, None), long("c.mp4", 128, 4.0)];
    let laid = timeline(&clips, SMALL, Rate::FILM);
    let film = studio.path("film.mp4");
    studio.assemble(&laid, &clips, &film).unwrap();
    assert_no_complaint(&film);
    let samples = sound(&film);
    let level = |seconds: f64| {
        let at = (seconds * 48_000.0) as usize;
        samples[at..at + 480].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()))
    };
    assert!(level(2.15) > 0.3 && level(2.25) > 0.3, "the end of the first clip's sound is lost");
    assert!(level(2.05) < 0.02 && level(2.4) < 0.02);
    assert!(level(6.15) > 0.3 && level(6.9) > 0.3, "the end of the film's sound is lost");
    // A second and no more: that is no last syllable any longer.
    let (over, most) = (samples.len() - 6 * 48_000, 48_000 + 1024);
    assert!(over <= most, "{over} samples come after the last frame");
}

#[test]
fn sound_that_cannot_be_copied_is_decoded_and_the_reason_is_said() {
    let studio = Studio::new();
    let other = |name: &str, sound: &str| {
        let picture = format!("-f lavfi -i testsrc2=s={SMALL}:r=24,trim=end_frame=48");
        let args = format!("{picture} -f lavfi -i sine=f=600:d=2 {sound} -c:v libx264 -g 24 -pix_fmt yuv420p");
        studio.clip(studio.make(name, &args))
    };
    let clips = [
        service(&studio, "a.mp4", 96, 300),
        other("mono.mp4", "-c:a aac -ac 1 -ar 48000"),
        other("slow.mp4", "-c:a aac -ac 2 -ar 32000"),
        other("mp3.mp4", "-c:a libmp3lame -ac 2 -ar 48000"),
        service(&studio, "b.mp4", 96, 400),
    ];
    let laid = timeline(&clips, SMALL, Rate::FILM);
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    let reasons: Vec<String> = made.decoded.iter().map(|(n, reason)| format!("{n}: {reason}")).collect();
    insta::assert_snapshot!(reasons.join("\n"), @"
    1: its sound is 48000 Hz mono, the film's 48000 Hz stereo
    2: its sound is 32000 Hz stereo, the film's 48000 Hz stereo
    3: its sound is not plain AAC of one or two channels
    ");
    assert_eq!((made.encoded, made.reasons), (0, vec![]));
    assert_no_complaint(&film);
    assert_copied_sound(&film, &[clips[0].clone(), clips[4].clone()], 0.9);
    let samples = sound(&film);
    for (segment, clip) in laid.segments.iter().zip(&clips) {
        let at = (segment.at + clip.facts.video.frames / 2) as usize * 2000;
        let level = samples[at..at + 2000].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(level > 0.08, "{} is at {level}", clip.path.display());
    }
    let (near, far) = steepest(&samples, &laid);
    assert!(near <= far * 1.3, "{near} {far}");
}

#[test]
fn what_was_encoded_for_one_join_is_not_encoded_again_for_another() {
    let studio = Studio::new();
    let clips =
        [service(&studio, "a.mp4", 72, 300), service(&studio, "b.mp4", 72, 400), service(&studio, "c.mp4", 72, 500)];
    let kept = || {
        let mut names: Vec<_> =
            std::fs::read_dir(studio.kept.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let film = studio.path("film.mp4");
    let make = |kinds: [TransitionKind; 2]| {
        let joins = [Join::Start, blend(kinds[0], 12), blend(kinds[1], 12)];
        studio.assemble(&timeline_with(&clips, SMALL, Rate::FILM, &joins), &clips, &film).unwrap();
        (kept(), std::fs::read(&film).unwrap())
    };
    let (first, bytes) = make([TransitionKind::Dissolve, TransitionKind::Dissolve]);
    assert_eq!(first.len(), 2);
    let marks: Vec<_> =
        first.iter().map(|name| studio.kept.path().join(name).metadata().unwrap().modified().unwrap()).collect();
    let (second, other) = make([TransitionKind::Dissolve, TransitionKind::WipeUp]);
    assert_ne!(bytes, other);
    let same: Vec<usize> = (0..2).filter(|n| second.contains(&first[*n])).collect();
    assert_eq!((second.len(), same.len()), (2, 1), "one run is kept, one is new, and the unused one is gone");
    let file = studio.kept.path().join(&first[same[0]]);
    assert_eq!(file.metadata().unwrap().modified().unwrap(), marks[same[0]], "it was written again");
    // A kept run that was damaged meanwhile is said to be, and made anew the next time.
    std::fs::write(&file, b"").unwrap();
    let joins = [Join::Start, blend(TransitionKind::Dissolve, 12), blend(TransitionKind::WipeUp, 12)];
    let laid = timeline_with(&clips, SMALL, Rate::FILM, &joins);
    assert!(studio.assemble(&laid, &clips, &film).is_err());
    studio.assemble(&laid, &clips, &film).unwrap();
    assert_eq!(std::fs::read(&film).unwrap(), other);
}
