//! Seams of real clips: found by measurement, mended in the film, and nothing else touched.

use storyreel_core::timeline::seam::{Mend, REACH, SeamFinding, Side, hear, judge};
use storyreel_core::timeline::{ClipPiece, Fit, Join, Seam, Shape, lay};
use storyreel_core::units::{Rate, Size};

use super::{Clip, Studio, assert_exact_times, decoded, timeline_with};

const SIZE: Size = Size::new(160, 96);

/// A pattern that moves three pixels a frame from frame `first` on, brighter by `light` levels. `pace` is how far it
/// is at frame N, in frames.
fn moving(studio: &Studio, name: &str, (frames, light): (u32, u32), pace: &str) -> Clip {
    let luma = format!("{}+50*sin((X+3*({pace}))/9)+30*sin(Y/7)", 110 + light);
    let picture = format!("-f lavfi -i nullsrc=s={SIZE}:r=24,geq=lum={}:cb=128:cr=128", luma.replace(',', "\\,"));
    let sound = format!("-f lavfi -i sine=f=440:d={}", f64::from(frames) / 24.0);
    let coding = "-c:v libx264 -crf 14 -g 24 -pix_fmt yuv420p -c:a aac -ac 2 -ar 48000";
    studio.clip(studio.make(name, &format!("{picture} {sound} -frames:v {frames} {coding}")))
}

fn found(studio: &Studio, clips: &[Clip; 2], seam: Seam) -> SeamFinding {
    let frames = clips[0].facts.video.frames;
    let view = |clip: &Clip, range| studio.wait(studio.ffmpeg.view(&clip.path, &clip.facts, range)).unwrap().pictures;
    let (tail, head) = (view(&clips[0], frames - REACH..frames), view(&clips[1], 0..REACH));
    judge(Side(&tail), Side(&head), seam, Rate::FILM).unwrap()
}

/// The film of two clips with the seam between them mended, its luma frame by frame, and how many frames were encoded.
fn mended(studio: &Studio, clips: &[Clip; 2], finding: &SeamFinding) -> (Vec<Vec<u8>>, u64) {
    let mend = finding.mend;
    let piece = |n: usize, trim, grade| ClipPiece {
        shot: format!("s{n}").parse().unwrap(),
        clip: clips[n].digest,
        facts: clips[n].facts.clone(),
        join: Join::Chained { seam: Seam::Auto },
        fit: Fit::Letterbox,
        trim,
        grade,
        burned: false,
    };
    let pieces = vec![piece(0, (0, mend.drop_before), None), piece(1, (mend.drop_after, 0), mend.grade)];
    let laid = lay("A chain", Shape { size: SIZE, rate: Rate::FILM, codec: None }, pieces).unwrap();
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, clips, &film).unwrap();
    assert_exact_times(&film, laid.frames(), Rate::FILM);
    let pixels = decoded(&film, "-map 0:v -vf extractplanes=y -f rawvideo");
    let frame = (SIZE.width * SIZE.height) as usize;
    (pixels.chunks(frame).map(<[u8]>::to_vec).collect(), made.encoded)
}

fn mean(frame: &[u8]) -> f64 {
    frame.iter().map(|byte| f64::from(*byte)).sum::<f64>() / frame.len() as f64
}

/// How much each frame differs from the one before, overall brightness aside.
fn speeds(frames: &[Vec<u8>]) -> Vec<f64> {
    let speed = |pair: &[Vec<u8>]| {
        let shift = mean(&pair[1]) - mean(&pair[0]);
        let apart = pair[0].iter().zip(&pair[1]).map(|(a, b)| (f64::from(*b) - f64::from(*a) - shift).abs());
        apart.sum::<f64>() / pair[0].len() as f64
    };
    frames.windows(2).map(speed).collect()
}

#[test]
fn the_doubled_frame_of_a_chain_is_found_and_gone_without_encoding() {
    let studio = Studio::new();
    let clips = [moving(&studio, "a.mp4", (72, 0), "N"), moving(&studio, "b.mp4", (72, 0), "N+71")];
    let finding = found(&studio, &clips, Seam::Auto);
    assert_eq!((finding.duplicates, finding.mend.drop_before, finding.mend.drop_after), (1, 1, 0), "{finding:?}");
    assert_eq!(finding.mend.grade, None);
    assert!(finding.after.total > finding.before.total + 10.0, "{finding:?}");
    let (frames, encoded) = mended(&studio, &clips, &finding);
    assert_eq!(frames.len(), 143);
    assert!(encoded <= 4, "{encoded} frames were encoded to leave one out");
    let speeds = speeds(&frames);
    let usual = speeds[20];
    assert!(speeds.iter().all(|speed| (usual * 0.7..usual * 1.4).contains(speed)), "{speeds:?}");
}

#[test]
fn a_stop_and_a_start_leave_the_film() {
    let studio = Studio::new();
    // The last three frames of the one and the first three of the other creep.
    let clips = [
        moving(&studio, "a.mp4", (72, 0), "min(N,68)+0.2*max(0,N-68)"),
        moving(&studio, "b.mp4", (72, 0), "68.6+0.2*min(N,3)+max(0,N-3)"),
    ];
    let finding = found(&studio, &clips, Seam::Auto);
    let (kept, _) = mended(&studio, &clips, &SeamFinding { mend: Mend::default(), ..finding.clone() });
    let (frames, _) = mended(&studio, &clips, &finding);
    let slow = |frames: &[Vec<u8>]| {
        let speeds = speeds(frames);
        speeds.iter().filter(|speed| **speed < speeds[20] / 2.0).count()
    };
    assert!(slow(&kept) >= 6 && slow(&frames) <= 1, "{} of {}: {finding:?}", slow(&frames), slow(&kept));
    assert!(kept.len() - frames.len() <= 8, "more was trimmed than the limit allows");
    let speeds = speeds(&frames);
    assert!(speeds.iter().all(|speed| *speed < 2.0 * speeds[20]), "the film jumps");
}

#[test]
fn a_step_in_brightness_is_faded_out_over_a_second() {
    let studio = Studio::new();
    let clips = [moving(&studio, "a.mp4", (72, 0), "N"), moving(&studio, "b.mp4", (72, 8), "N+71")];
    let finding = found(&studio, &clips, Seam::Auto);
    let (kept, _) = mended(&studio, &clips, &SeamFinding { mend: Mend::default(), ..finding.clone() });
    let (frames, encoded) = mended(&studio, &clips, &finding);
    let largest = |frames: &[Vec<u8>]| {
        let means: Vec<f64> = frames.iter().map(|frame| mean(frame)).collect();
        means.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max)
    };
    // The pattern itself makes the mean waver from frame to frame.
    assert!(largest(&kept) > 6.5 && largest(&frames) < 2.5, "{} and {}", largest(&kept), largest(&frames));
    assert!(encoded <= 28, "{encoded} frames were encoded for a second of correction");
    // A second later the clip is as it came.
    let far = |frames: &[Vec<u8>]| mean(&frames[frames.len() - 20]);
    assert!((far(&kept) - far(&frames)).abs() < 0.01);
}

#[test]
fn the_score_of_a_mended_seam_is_the_one_that_its_film_has() {
    let studio = Studio::new();
    let cases = [
        (("N", 0), ("N+71", 0)),
        (("min(N,68)+0.2*max(0,N-68)", 0), ("68.6+0.2*min(N,3)+max(0,N-3)", 0)),
        (("N", 0), ("N+71", 8)),
    ];
    for ((pace, light), (next, lighter)) in cases {
        let clips = [moving(&studio, "a.mp4", (72, light), pace), moving(&studio, "b.mp4", (72, lighter), next)];
        let finding = found(&studio, &clips, Seam::Auto);
        mended(&studio, &clips, &finding);
        let film = studio.clip(studio.path("film.mp4"));
        let join = 72 - finding.mend.drop_before;
        let view = |range| studio.wait(studio.ffmpeg.view(&film.path, &film.facts, range)).unwrap().pictures;
        let (tail, head) = (view(join - REACH..join), view(join..join + REACH));
        let film = judge(Side(&tail), Side(&head), Seam::Keep, Rate::FILM).unwrap().before;
        for ((name, said), (_, seen)) in finding.after.parts().into_iter().zip(film.parts()) {
            assert!((said - seen).abs() < 0.15, "{name}: said {said}, the film has {seen}");
        }
        assert!((finding.after.total - film.total).abs() < 4.0, "{:?} and {film:?}", finding.after);
        assert!(film.total > finding.before.total + 10.0, "{film:?} after {:?}", finding.before);
    }
}

#[test]
fn two_scenes_are_left_as_they_are() {
    let studio = Studio::new();
    let clips = [moving(&studio, "a.mp4", (48, 0), "N"), moving(&studio, "b.mp4", (48, 30), "N+200")];
    for seam in [Seam::Auto, Seam::Trim] {
        let mend = found(&studio, &clips, seam).mend;
        assert_eq!((mend.drop_before, mend.drop_after, mend.grade), (0, 0, None));
    }
}

#[test]
fn what_is_heard_at_a_seam_is_measured_before_and_after() {
    let studio = Studio::new();
    // The wave of the one is cut at its crest, and the other begins at its own, twice as loud and outlasted by its
    // sound by a third of a packet.
    let clip = |name: &str, gain: f64| {
        let picture = format!("-f lavfi -i testsrc2=s={SIZE}:r=24,trim=end_frame=48");
        let wave = format!("{gain}*cos(2*PI*441*t)");
        let sound = format!("-f lavfi -i aevalsrc={wave}|{wave}:s=48000:d=2.007");
        studio.clip(studio.make(name, &format!("{picture} {sound} -c:v libx264 -g 24 -pix_fmt yuv420p -c:a aac")))
    };
    let clips = [clip("a.mp4", 0.15), clip("b.mp4", 0.3)];
    let view = |clip: &Clip, range| studio.wait(studio.ffmpeg.view(&clip.path, &clip.facts, range)).unwrap().sound;
    let (tail, head) = (view(&clips[0], 48 - REACH..48), view(&clips[1], 0..REACH));
    assert_eq!((tail.len(), head.len()), (32_000, 32_000));
    let late = studio.ffmpeg.overhang(&clips[0].path).unwrap();
    assert!((6.9..7.1).contains(&late), "{late} ms");
    let before = hear(&[tail.as_slice(), &head].concat(), tail.len(), 48_000, late);
    assert!((before.step_db - 6.0).abs() < 0.3 && before.click_db > 10.0, "{before:?}");
    let mut laid = timeline_with(&clips, SIZE, Rate::FILM, &[Join::Start, Join::Chained { seam: Seam::Keep }]);
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    let [(1, after)] = made.heard[..] else { panic!("{made:?}") };
    assert!((after.step_db - 6.0).abs() < 0.5 && after.click_db < 3.0 && after.late_ms.abs() < 10.7, "{after:?}");
    // A cut is no seam, and a seam of silent clips is not heard.
    laid.segments[1].join = Join::Cut;
    assert_eq!(studio.assemble(&laid, &clips, &film).unwrap().heard, []);
}
