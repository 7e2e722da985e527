//! The judge of clips, on a few of the made clips: the bench has them all.

use std::path::Path;

use storyreel_media::media::{Ffmpeg, JudgedAgainst};
use storyreel_quality::{ClipScore, FaultKind};

use storyreel_made_clips::{Half, Head, MadeClip, Pictures, clips, make};

/// Makes and judges the clip of that name and number among those of its name.
fn judged(name: &str, number: usize) -> (MadeClip, ClipScore) {
    let dir = tempfile::tempdir().unwrap();
    let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"));
    let all = clips();
    let (place, clip) = all.iter().enumerate().filter(|(_, clip)| clip.name == name).nth(number).unwrap();
    let file = make(clip, place, &mut Pictures::default(), examples, dir.path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ffmpeg = Ffmpeg::find(None).unwrap();
    let head = file.head.as_deref();
    let against = JudgedAgainst {
        sound: clip.asks_sound,
        speech: clip.asks_speech,
        first_frame: head.filter(|_| clip.head == Head::Own),
        head,
    };
    let score = runtime.block_on(async {
        let facts = ffmpeg.probe(&file.clip).await.unwrap();
        ffmpeg.judge(&file.clip, &facts, &against).await.unwrap()
    });
    (clip.clone(), score)
}

#[test]
fn what_is_meant_is_no_fault() {
    for name in ["night, a light moves", "slow pan over plain areas", "whip pan", "strobing lights"] {
        let (_, score) = judged(name, 0);
        assert_eq!(score, ClipScore::default(), "{name}");
    }
}

#[test]
fn faults_are_found_where_they_are() {
    for (name, from, to) in [
        ("black in the middle, 0.5 s", 1.67, 2.17),
        ("frozen tail, 2 s", 2.0, 4.0),
        ("cut to another scene", 2.08, 2.08),
        ("bars at the sides from the middle on", 2.0, 4.0),
    ] {
        let (clip, score) = judged(name, 0);
        let [fault] = &score.faults[..] else { panic!("{name}: {score}") };
        assert_eq!(Some(fault.kind), clip.fault, "{name}");
        // Pictures are looked at some sixth of a second from each other.
        let is_near = |at: f32, expected: f32| (at - expected).abs() < 0.25;
        assert!(is_near(fault.seconds.start, from) && is_near(fault.seconds.end, to), "{name}: {score}");
        assert!(score.total <= 60, "{name}: {score}");
    }
}

#[test]
fn a_clip_is_measured_against_what_was_asked_and_the_head_of_its_chain() {
    for name in ["no sound stream", "cut off in a syllable", "warmer by 12 levels", "softer than the given frame"] {
        let (clip, score) = judged(name, 0);
        let kinds: Vec<FaultKind> = score.faults.iter().map(|fault| fault.kind).collect();
        assert!(kinds.contains(&clip.fault.unwrap()), "{name}: {score}");
    }
}

#[test]
fn both_halves_have_every_kind_of_fault_and_as_many_clips_without() {
    let clips = clips();
    for half in [Half::Set, Half::Told] {
        let of_half: Vec<&MadeClip> = clips.iter().filter(|clip| clip.half == half).collect();
        for kind in FaultKind::ALL {
            assert!(of_half.iter().filter(|clip| clip.fault == Some(kind)).count() >= 2, "{half:?} {kind:?}");
        }
        assert!(of_half.iter().filter(|clip| clip.fault.is_none()).count() >= 20, "{half:?}");
    }
}
