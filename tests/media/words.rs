//! Burned subtitles: what they cost, and what they leave alone.

use storyreel_core::timeline::cue::{Cue, Subtitles};
use storyreel_core::units::{Digest, Rate, Size};
use storyreel_media::media::{AssembledFilm, AssemblyPaths};
use storyreel_media::studio::Studio as Painters;

use super::{Clip, Studio, assert_exact_times, decoded, timeline};

const SIZE: Size = Size::new(320, 180);

fn cue(from: u64, to: u64, line: &str) -> Cue {
    Cue { from, to, speaker: None, lines: vec![line.to_owned()] }
}

/// The film of `clips` with `cues` burned in, its luma frame by frame, and how it was made.
fn burned(studio: &Studio, clips: &[Clip], cues: &[Cue]) -> (Vec<Vec<u8>>, AssembledFilm) {
    let mut laid = timeline(clips, SIZE, Rate::FILM);
    laid.subtitles = Some(Subtitles::Burned(cues.to_vec()));
    let painters = Painters::new(studio.ffmpeg.clone());
    let work = tempfile::tempdir().unwrap();
    let plates = studio.wait(painters.subtitles(cues, vec![None; cues.len()], SIZE, Rate::FILM, work.path())).unwrap();
    let out = studio.path("film.mp4");
    let places = AssemblyPaths { work: work.path(), kept: studio.kept.path(), out: &out, plates: &plates };
    let find = |digest: &Digest| clips.iter().find(|clip| clip.digest == *digest).unwrap().path.clone();
    let made = studio.wait(studio.ffmpeg.assemble(&laid, find, places, |_| {})).unwrap();
    assert_exact_times(&out, laid.frames(), Rate::FILM);
    let pixels = decoded(&out, "-map 0:v -vf extractplanes=y -f rawvideo");
    (pixels.chunks_exact((SIZE.width * SIZE.height) as usize).map(<[u8]>::to_vec).collect(), made)
}

#[test]
fn only_the_frames_under_a_cue_are_encoded_and_an_edit_encodes_only_its_own() {
    let studio = Studio::new();
    // A keyframe a second.
    let args = format!("-f lavfi -i testsrc2=s={SIZE}:r=24 -frames:v 192 -c:v libx264 -g 24 -pix_fmt yuv420p");
    let clips = [studio.clip(studio.make("clip.mp4", &args))];
    let (plain, made) = burned(&studio, &clips, &[]);
    assert_eq!((made.copied, made.encoded), (192, 0));
    let cues = [cue(1_000, 2_000, "First."), cue(5_500, 6_250, "Second.")];
    let (frames, made) = burned(&studio, &clips, &cues);
    // From 1 s to 2 s, where keyframes stand; from 5.5 s to 7 s, the first keyframe after 6.25 s; and what a copy must
    // leave before a cue, because later frames are coded first.
    assert!((60..=66).contains(&made.encoded), "{made:?}");
    let apart = |n: usize| frames[n].iter().zip(&plain[n]).filter(|(a, b)| a.abs_diff(**b) > 60).count();
    for n in (0..20).chain(48..128).chain(168..192) {
        assert!(frames[n] == plain[n], "frame {n} is not the clip's");
    }
    for n in 0..192 {
        let words = (24..48).contains(&n) || (132..150).contains(&n);
        assert_eq!(apart(n) > 40, words, "frame {n}: {} pixels differ", apart(n));
    }
    let runs = |studio: &Studio| {
        let entries = std::fs::read_dir(studio.kept.path()).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.extension().is_some_and(|end| end == "mp4"))
            .collect::<std::collections::BTreeSet<_>>()
    };
    let before = runs(&studio);
    burned(&studio, &clips, &[cues[0].clone(), cue(5_500, 6_250, "Another.")]);
    let kept = before.intersection(&runs(&studio)).count();
    assert_eq!((before.len(), kept), (2, 1), "the untouched cue was encoded again");
}
