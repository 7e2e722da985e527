//! A meter for drift: each clip flashes and beeps at once, and the film shows how far the two have come apart.

use std::path::Path;

use storyreel::media::Depth;
use storyreel::units::Rate;

use super::{Clip, SMALL, Studio, assert_exact_times, decoded, timeline};

/// The film frames in which the picture is white.
fn flashes(film: &Path) -> Vec<u64> {
    let pixels = decoded(film, "-map 0:v -vf extractplanes=y -f rawvideo");
    let frames = pixels.chunks((SMALL.width * SMALL.height) as usize);
    (0..).zip(frames).filter(|(_, frame)| frame[frame.len() / 2] > 128).map(|(n, _)| n).collect()
}

/// The samples, at 48 kHz, where sound begins after at least 100 ms without.
fn onsets(film: &Path) -> Vec<u64> {
    let pcm = decoded(film, "-map 0:a -f f32le -ac 1 -ar 48000");
    let loud = |s: &[u8]| f32::from_le_bytes([s[0], s[1], s[2], s[3]]).abs() > 0.1;
    let mut last = None;
    let mut found = Vec::new();
    for (n, _) in (0_u64..).zip(pcm.chunks(4)).filter(|(_, sample)| loud(sample)) {
        if last.is_none_or(|last| n - last > 4800) {
            found.push(n);
        }
        last = Some(n);
    }
    found
}

/// A clip of `frames` frames that flashes and beeps at its sixth.
fn flash(studio: &Studio, name: &str, (frames, rate): (u64, &str), sound: &str) -> Clip {
    let picture = format!(
        "-f lavfi -i color=black:s={SMALL}:r={rate},drawbox=c=white:t=fill:enable=eq(n\\,5),trim=end_frame={frames}"
    );
    let beep = format!("-f lavfi -i aevalsrc=0.5*sin(2*PI*1000*t)*between(t\\,5/({rate})\\,7/({rate})):{sound}");
    let coding = "-c:v libx264 -bf 3 -pix_fmt yuv420p -c:a aac -b:a 128k";
    studio.clip(studio.make(name, &format!("{picture} {beep} {coding}")))
}

fn assert_in_step(film: &Path, positions: &[u64], rate: Rate) {
    let (flashes, onsets) = (flashes(film), onsets(film));
    assert_eq!(flashes, positions.iter().map(|at| at + 5).collect::<Vec<_>>());
    assert_eq!(onsets.len(), flashes.len());
    let offset = |(flash, onset): (&u64, &u64)| onset.cast_signed() - rate.ticks(*flash, 48_000).cast_signed();
    let offsets: Vec<i64> = flashes.iter().zip(&onsets).map(offset).collect();
    // Copied sound lies in whole packets of 1,024 samples: half a packet either way, 10.7 ms, which is a quarter of a
    // film frame. The beep passes the threshold within its first quarter wave of 12 samples; AAC, twice, may move that
    // a little.
    let (least, most) = (offsets.iter().min().unwrap(), offsets.iter().max().unwrap());
    assert!(most.abs().max(least.abs()) <= 512 + 24, "{least} to {most}: {offsets:?}");
}

#[test]
fn two_hundred_joins_do_not_drift() {
    let studio = Studio::new();
    let kinds = [
        flash(&studio, "a.mp4", (13, "24"), "s=44100:d=0.542"),
        flash(&studio, "b.mp4", (17, "24"), "s=48000:c=stereo:d=0.6"),
        flash(&studio, "long.mp4", (19, "24"), "s=32000:c=5.1:d=2"),
    ];
    let clips: Vec<Clip> = kinds.iter().cycle().take(204).cloned().collect();
    let laid = timeline(&clips, SMALL, Rate::FILM);
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    assert_eq!((made.copied, made.encoded), (68 * (13 + 17 + 19), 0));
    studio.wait(studio.ffmpeg.verify_decodes(&film, Depth::Everything)).unwrap();
    assert_exact_times(&film, 68 * (13 + 17 + 19), Rate::FILM);
    let positions: Vec<u64> = laid.segments.iter().map(|segment| segment.at).collect();
    assert_in_step(&film, &positions, Rate::FILM);
}

#[test]
fn clips_of_other_rates_are_encoded_and_keep_step() {
    let studio = Studio::new();
    let ntsc = Rate { num: 24_000, den: 1001 };
    let kinds = [
        flash(&studio, "a.mp4", (23, "24000/1001"), "s=44100:d=0.97"),
        flash(&studio, "b.mp4", (29, "24000/1001"), "s=48000:c=stereo:d=1.3"),
    ];
    let clips: Vec<Clip> = kinds.iter().cycle().take(20).cloned().collect();
    let mut laid = timeline(&clips, SMALL, ntsc);
    let film = studio.path("film.mp4");
    for _ in 0..2 {
        studio.assemble(&laid, &clips, &film).unwrap();
        assert_exact_times(&film, 10 * (23 + 29), ntsc);
        let positions: Vec<u64> = laid.segments.iter().map(|segment| segment.at).collect();
        assert_in_step(&film, &positions, ntsc);
        for segment in &mut laid.segments {
            segment.treatment = storyreel::timeline::Treatment::Encode(storyreel::timeline::Reason::Loose);
        }
    }
}
