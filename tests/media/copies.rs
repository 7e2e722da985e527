//! Clips of several encoders in one film: every coded picture as it came, and no decoder that complains.

use storyreel_core::timeline::{Join, Seam, Shape, TransitionKind, lay};
use storyreel_core::units::Rate;

use super::joins::{assert_no_complaint, coded, shown};
use super::{Clip, SMALL, Studio, assert_exact_times, pieces, probed, timeline};

/// Three seconds by an encoder with `settings`; clips of one id that differ cannot stand in one film as they are.
fn coded_with(studio: &Studio, name: &str, hue: u32, settings: &str) -> Clip {
    let picture = format!("-f lavfi -i testsrc2=s={SMALL}:r=24,hue=h={hue},trim=end_frame=72");
    studio.clip(studio.make(name, &format!("{picture} -c:v libx264 -g 24 -pix_fmt yuv420p {settings}")))
}

/// A clip with two parameter sets of each kind: a film of two clips.
fn of_two(studio: &Studio) -> Clip {
    let parts = [
        coded_with(studio, "one.mp4", 10, "-x264-params sps-id=4"),
        coded_with(studio, "two.mp4", 20, "-profile:v main -bf 2 -x264-params sps-id=5"),
    ];
    let film = studio.path("of-two.mp4");
    studio.assemble(&timeline(&parts, SMALL, Rate::FILM), &parts, &film).unwrap();
    studio.clip(film)
}

fn mixed(studio: &Studio) -> [Clip; 5] {
    [
        coded_with(studio, "high.mp4", 30, "-bf 3"),
        coded_with(studio, "main.mp4", 60, "-profile:v main -bf 2 -x264-params sps-id=1"),
        coded_with(studio, "baseline.mp4", 90, "-profile:v baseline -x264-params sps-id=2"),
        coded_with(studio, "open.mp4", 120, "-bf 3 -x264-params open-gop=1:sps-id=3"),
        of_two(studio),
    ]
}

#[test]
fn profiles_open_groups_and_several_parameter_sets_are_copied_bit_for_bit() {
    let studio = Studio::new();
    let clips = mixed(&studio);
    let laid = timeline(&clips, SMALL, Rate::FILM);
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    assert_eq!((made.copied, made.encoded), (4 * 72 + 144, 0), "{:?}", made.reasons);
    assert_eq!(made.ways, [(72, 0), (72, 0), (72, 0), (72, 0), (144, 0)]);
    assert_exact_times(&film, laid.frames(), Rate::FILM);
    assert_no_complaint(&film);
    let all =
        |of: fn(&std::path::Path) -> Vec<String>| clips.iter().flat_map(|clip| of(&clip.path)).collect::<Vec<_>>();
    assert!(coded(&film) == all(coded), "a coded picture was changed");
    assert!(shown(&film) == all(shown), "a picture looks different");
    // One track of pictures in one time scale, which begins at once.
    let track = probed(&film, "-select_streams v -show_entries stream=start_time,time_base,nb_frames");
    assert_eq!(track, ["1/12288|0.000000|432"]);
}

#[test]
fn beside_every_kind_of_join_the_copied_frames_are_those_of_the_clips() {
    let studio = Studio::new();
    let clips = mixed(&studio);
    let film = studio.path("film.mp4");
    let blend = Join::Transition { kind: TransitionKind::Dissolve, frames: 12 };
    let chained = Join::Chained { seam: Seam::Drop };
    let mut pieces = pieces(&clips, &[Join::Start, chained, blend, chained, blend]);
    (pieces[0].trim.1, pieces[3].trim.0) = (1, 3);
    let laid = lay("A film", Shape { size: SMALL, rate: Rate::FILM, codec: None }, pieces).unwrap();
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    assert_exact_times(&film, laid.frames(), Rate::FILM);
    assert_no_complaint(&film);
    let own: std::collections::HashSet<String> = clips.iter().flat_map(|clip| shown(&clip.path)).collect();
    let same = shown(&film).iter().filter(|frame| own.contains(*frame)).count() as u64;
    assert!(same >= made.copied, "only {same} of {} copied frames look as they did", made.copied);
    let own: std::collections::HashSet<String> = clips.iter().flat_map(|clip| coded(&clip.path)).collect();
    let same = coded(&film).iter().filter(|picture| own.contains(*picture)).count() as u64;
    assert_eq!(same, made.copied, "of {:?}", made.ways);
    assert!(made.copied > laid.frames() / 2, "{made:?}");
}

/// Three seconds of HEVC by an encoder with `settings`.
fn hevc_with(studio: &Studio, name: &str, hue: u32, settings: &str) -> Clip {
    let picture = format!("-f lavfi -i testsrc2=s={SMALL}:r=24,hue=h={hue},fade=in:20:30,trim=end_frame=72");
    let coding = format!("-c:v libx265 -pix_fmt yuv420p -tag:v hvc1 -x265-params log-level=error:keyint=24:{settings}");
    studio.clip(studio.make(name, &format!("{picture} {coding}")))
}

/// Insists that a film of these clips copies all of them, and that each picture looks as it did.
#[track_caller]
fn assert_copied(studio: &Studio, clips: &[Clip]) {
    let laid = timeline(clips, SMALL, Rate::FILM);
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, clips, &film).unwrap();
    assert_eq!(made.ways, vec![(72, 0); clips.len()], "{:?}", made.reasons);
    assert_exact_times(&film, laid.frames(), Rate::FILM);
    assert_no_complaint(&film);
    let all: Vec<String> = clips.iter().flat_map(|clip| shown(&clip.path)).collect();
    let own = shown(&film);
    for (n, (own, of_clip)) in own.iter().zip(&all).enumerate() {
        assert_eq!(own, of_clip, "frame {} of clip {} looks different", n % 72, n / 72);
    }
}

#[test]
fn clips_that_share_an_id_for_unlike_parameters_are_copied_with_new_ids() {
    let studio = Studio::new();
    let h264 = [
        coded_with(&studio, "high.mp4", 30, "-bf 3 -vf fade=in:20:30 -x264-params weightp=2:weightb=1"),
        coded_with(&studio, "main.mp4", 60, "-profile:v main -x264-params ref=5:b-pyramid=normal:slices=3"),
        coded_with(&studio, "baseline.mp4", 90, "-profile:v baseline"),
        coded_with(
            &studio,
            "quantized.mp4",
            120,
            "-x264-params cqm=jvt:repeat-headers=1:nal-hrd=vbr:vbv-maxrate=900:\
                   vbv-bufsize=900 -maxrate 900k -bufsize 900k",
        ),
    ];
    assert_copied(&studio, &h264);
    let hevc = [
        hevc_with(&studio, "usual.mp4", 30, "bframes=4"),
        hevc_with(&studio, "rows.mp4", 60, "ctu=16:wpp=1:weightb=1:ref=5"),
        hevc_with(&studio, "slices.mp4", 90, "ctu=16:slices=2:wpp=1:bframes=0:open-gop=0"),
        hevc_with(&studio, "repeated.mp4", 120, "repeat-headers=1:hrd=1:vbv-maxrate=900:vbv-bufsize=900:aud=1"),
    ];
    assert_copied(&studio, &hevc);
}

#[test]
fn a_clip_with_new_ids_can_be_joined_in_any_way() {
    let studio = Studio::new();
    let clips = [coded_with(&studio, "high.mp4", 30, "-bf 3"), coded_with(&studio, "main.mp4", 60, "-profile:v main")];
    let blend = Join::Transition { kind: TransitionKind::Dissolve, frames: 12 };
    let clips = [clips[0].clone(), clips[1].clone(), clips[1].clone()];
    let mut pieces = pieces(&clips, &[Join::Start, blend, Join::Cut]);
    pieces[2].trim = (5, 5);
    let laid = lay("A film", Shape { size: SMALL, rate: Rate::FILM, codec: None }, pieces).unwrap();
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    assert!(made.reasons.is_empty() && made.ways[1].0 >= 48 && made.ways[2].0 >= 24, "{made:?}");
    assert_exact_times(&film, laid.frames(), Rate::FILM);
    assert_no_complaint(&film);
    let own: std::collections::HashSet<String> = clips.iter().flat_map(|clip| shown(&clip.path)).collect();
    let same = shown(&film).iter().filter(|frame| own.contains(*frame)).count() as u64;
    assert!(same >= made.copied, "only {same} of {} copied frames look as they did", made.copied);
}

#[test]
fn what_is_encoded_for_want_of_a_keyframe_is_said() {
    let studio = Studio::new();
    // Keyframes that are no place to begin with, as in a piece that was cut out of a longer video without encoding it.
    let long = "-bf 2 -x264-params open-gop=1 -forced-idr 1 -force_key_frames 2";
    coded_with(&studio, "long.mp4", 30, long);
    coded_with(&studio, "open.mp4", 30, "-bf 2 -x264-params open-gop=1");
    let cut = |name: &str, from: &str| studio.clip(studio.make(name, &format!("-ss 1 -i {from} -c copy")));
    let whole = |clip: Clip, trim: u64| {
        let clips = [clip];
        let mut pieces = pieces(&clips, &[Join::Start]);
        pieces[0].trim.0 = trim;
        let laid = lay("A film", Shape { size: SMALL, rate: Rate::FILM, codec: None }, pieces).unwrap();
        let film = studio.path("film.mp4");
        let made = studio.assemble(&laid, &clips, &film).unwrap();
        assert_exact_times(&film, laid.frames(), Rate::FILM);
        assert_no_complaint(&film);
        (made.ways[0], made.reasons.into_iter().map(|(_, why)| why).collect::<Vec<_>>())
    };
    let late = "the clip's first keyframe that a copy can begin with is frame 25".to_owned();
    assert_eq!(whole(cut("late.mp4", "long.mp4"), 0), ((24, 24), vec![late]));
    let none = "no frame of the clip is a keyframe that a copy can begin with".to_owned();
    assert_eq!(whole(cut("none.mp4", "open.mp4"), 0), ((0, 48), vec![none]));
    let after = "the clip has no keyframe after frame 1 at which a copy could begin".to_owned();
    let one = || coded_with(&studio, "one.mp4", 30, "-g 250");
    assert_eq!(whole(one(), 1), ((0, 71), vec![after]));
    assert_eq!(whole(one(), 0), ((72, 0), vec![]));
}
