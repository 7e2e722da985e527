//! Transitions take their length off the film to the frame, whatever the clips have to give.

use storyreel_core::timeline::{Fit, Join, Shape, TransitionKind};
use storyreel_core::units::Rate;

use super::joins::{assert_no_complaint, blend};
use super::{Clip, SMALL, Studio, assert_exact_times, decoded, probed, shaped};

/// A clip of one brightness with a steady tone.
fn clip(studio: &Studio, name: &str, (frames, rate): (u64, u64), luma: u8) -> Clip {
    let seconds = frames as f64 / rate as f64;
    let picture =
        format!("-f lavfi -i color=black:s={SMALL}:r={rate},geq=lum={luma}:cb=128:cr=128,trim=end_frame={frames}");
    let sound = format!("-f lavfi -i aevalsrc=0.4*sin(2*PI*{}*t):s=48000:c=stereo:d={seconds}", 200 + u32::from(luma));
    studio.clip(studio.make(name, &format!("{picture} {sound} -c:v libx264 -g {rate} -pix_fmt yuv420p -c:a aac")))
}

/// The brightness of every frame.
fn lumas(film: &std::path::Path) -> Vec<u8> {
    decoded(film, "-map 0:v -vf extractplanes=y,crop=1:1 -f rawvideo")
}

fn length(film: &std::path::Path, stream: &str) -> f64 {
    probed(film, &format!("-select_streams {stream} -show_entries stream=duration"))[0].parse().unwrap()
}

#[test]
fn two_seconds_and_two_seconds_less_a_fifth_are_three_point_eight() {
    let studio = Studio::new();
    let clips = [clip(&studio, "a.mp4", (50, 25), 40), clip(&studio, "b.mp4", (50, 25), 200)];
    let shape = Shape { size: SMALL, rate: Rate { num: 25, den: 1 }, codec: None };
    let laid = shaped(&clips, shape, Fit::Letterbox, &[Join::Start, blend(TransitionKind::Dissolve, 5)]);
    let film = studio.path("film.mp4");
    studio.assemble(&laid, &clips, &film).unwrap();
    assert_exact_times(&film, 95, shape.rate);
    assert_no_complaint(&film);
    assert_eq!(format!("{:.3}", length(&film, "v")), "3.800");
    // A packet of sound lasts 21 ms.
    assert!((length(&film, "a") - 3.8).abs() < 0.022, "{}", length(&film, "a"));
    let lumas = lumas(&film);
    let near = |frame: usize, level: u8| lumas[frame].abs_diff(level) < 4;
    assert!(near(44, 40) && near(50, 200), "{:?}", &lumas[40..55]);
    assert!(lumas[44..51].is_sorted() && lumas[45] < 90 && lumas[49] > 150, "{:?}", &lumas[44..51]);
}

#[test]
fn a_clip_that_is_all_transition_gives_its_frames_to_both_and_no_more() {
    let studio = Studio::new();
    let clips = [
        clip(&studio, "a.mp4", (48, 24), 40),
        clip(&studio, "b.mp4", (20, 24), 120),
        clip(&studio, "c.mp4", (48, 24), 200),
    ];
    let shape = Shape { size: SMALL, rate: Rate::FILM, codec: None };
    for (asked, frames) in [([10, 10], [10, 10]), ([12, 12], [12, 8]), ([60, 5], [20, 0])] {
        let joins = [Join::Start, blend(TransitionKind::Dissolve, asked[0]), blend(TransitionKind::WipeLeft, asked[1])];
        let laid = shaped(&clips, shape, Fit::Letterbox, &joins);
        let given: Vec<u64> = laid.segments[1..].iter().map(storyreel_core::timeline::Segment::overlap).collect();
        assert_eq!(given, frames, "of {asked:?}");
        let film = studio.path("film.mp4");
        studio.assemble(&laid, &clips, &film).unwrap();
        assert_exact_times(&film, 48 + 20 + 48 - frames[0] - frames[1], Rate::FILM);
        assert_no_complaint(&film);
        let lumas = lumas(&film);
        let (first, last) = ((48 - frames[0]) as usize, lumas.len() - (48 - frames[1]) as usize);
        assert!(lumas[..first].iter().all(|luma| luma.abs_diff(40) < 4), "{asked:?}: {lumas:?}");
        assert!(lumas[last..].iter().all(|luma| luma.abs_diff(200) < 4), "{asked:?}: {lumas:?}");
    }
}

#[test]
fn a_film_of_one_clip_has_no_transition() {
    let studio = Studio::new();
    let clips = [clip(&studio, "a.mp4", (30, 24), 90)];
    let shape = Shape { size: SMALL, rate: Rate::FILM, codec: None };
    let laid = shaped(&clips, shape, Fit::Letterbox, &[blend(TransitionKind::FadeBlack, 12)]);
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    assert_eq!((made.frames, made.copied, made.encoded), (30, 30, 0));
    assert_exact_times(&film, 30, Rate::FILM);
}
