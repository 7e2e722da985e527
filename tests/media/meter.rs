//! Two meters for films of many joins. For drift: each clip flashes and beeps at once, and the film shows how far the
//! two have come apart. For clicks: each clip's sound begins and ends at the crest of a wave, and no join may be steeper
//! than the waves themselves.

use std::path::Path;

use storyreel_core::timeline::{Join, Seam, Shape, TransitionKind, lay};
use storyreel_core::units::Rate;

use super::{Clip, SMALL, Studio, assert_exact_times, decoded, pieces, timeline};

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
    let mut pieces = pieces(&clips, &vec![Join::Cut; clips.len()]);
    // Every fourth clip gives up its last frame, as where the next one repeats it.
    pieces.iter_mut().step_by(4).for_each(|piece| piece.trim.1 = 1);
    let laid = lay("A film", Shape { size: SMALL, rate: Rate::FILM, codec: None }, pieces).unwrap();
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    let frames = 68 * (13 + 17 + 19) - 51;
    assert_eq!(made.copied + made.encoded, frames);
    assert!(made.encoded <= 51 * 3, "{} frames were encoded to leave 51 out", made.encoded);
    studio.wait(studio.ffmpeg.verify_decodes(&film)).unwrap();
    assert_exact_times(&film, frames, Rate::FILM);
    let positions: Vec<u64> = laid.segments.iter().map(|segment| segment.at).collect();
    assert_in_step(&film, &positions, Rate::FILM);
}

/// Samples of the left channel at 48 kHz.
fn samples(file: &Path) -> Vec<f32> {
    let pcm = decoded(file, "-map 0:a -af aresample=48000,pan=mono|c0=c0 -f f32le");
    pcm.chunks(4).map(|s| f32::from_le_bytes([s[0], s[1], s[2], s[3]])).collect()
}

/// The steepest step between two samples.
fn steepest(samples: &[f32]) -> f32 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// The steepest step of a clip's own sound between silences, faded over 5 ms at both ends as it is in a film: what a
/// coder made of its abrupt beginning is the clip's own.
fn alone(clip: &Path) -> f32 {
    let mut sound = samples(clip);
    let count = sound.len();
    for (n, sample) in sound.iter_mut().enumerate() {
        *sample *= n.min(count - 1 - n).min(240) as f32 / 240.0;
    }
    steepest(&sound)
}

#[test]
fn two_hundred_joins_do_not_click() {
    let studio = Studio::new();
    let clip = |name: &str, frames: u32, sound: &str| {
        let picture = format!("-f lavfi -i testsrc2=s={SMALL}:r=24,trim=end_frame={frames}");
        let coding = "-c:v libx264 -bf 3 -pix_fmt yuv420p -c:a aac -b:a 128k";
        studio.clip(studio.make(name, &format!("{picture} {sound} {coding}")))
    };
    let wave = |hz: u32, left: &str| format!("-f lavfi -i aevalsrc=0.3*cos(2*PI*{hz}*t){left}");
    let kinds = [
        // Outlasting its picture by part of a packet, as services deliver it; of another rate, and alone on its side;
        // none at all; ending before its picture; going on after it.
        clip("a.mp4", 21, &wave(441, "|0.3*cos(2*PI*441*t):s=48000:d=0.886")),
        clip("mono.mp4", 17, &wave(330, ":s=44100:d=0.72")),
        clip("mute.mp4", 15, ""),
        clip("short.mp4", 19, &wave(520, "|0.3*cos(2*PI*520*t):s=48000:d=0.77")),
        clip("long.mp4", 17, &wave(250, "|0.3*cos(2*PI*250*t):s=48000:d=0.95")),
    ];
    let clips: Vec<Clip> = kinds.iter().cycle().take(204).cloned().collect();
    let joins: Vec<Join> = (0..clips.len())
        .map(|n| match n % 7 {
            1 | 5 => Join::Chained { seam: Seam::Drop },
            3 => Join::Transition { kind: TransitionKind::Dissolve, frames: 6 },
            _ => Join::Cut,
        })
        .collect();
    let mut pieces = pieces(&clips, &joins);
    (1..clips.len()).filter(|n| n % 7 == 1).for_each(|n| pieces[n - 1].trim.1 = 1);
    (1..clips.len()).filter(|n| n % 7 == 5).for_each(|n| pieces[n].trim.0 = 2);
    let laid = lay("A film", Shape { size: SMALL, rate: Rate::FILM, codec: None }, pieces).unwrap();
    let film = studio.path("film.mp4");
    studio.assemble(&laid, &clips, &film).unwrap();
    let own: Vec<f32> = kinds.iter().map(|clip| clip.facts.audio.as_ref().map_or(0.0, |_| alone(&clip.path))).collect();
    assert!(own[0] > 0.01, "{own:?}");
    let samples = samples(&film);
    for (n, segment) in laid.segments.iter().enumerate().skip(1) {
        let at = segment.at as usize * 2000;
        let steepest = steepest(&samples[at - 2400..at + 12 * 2000]);
        // Two waves may add up, and one that goes on under the next shot is the clip's before.
        let most: f32 = (n - 1..=n).map(|n: usize| own[n % kinds.len()]).sum();
        assert!(steepest <= most + 0.001, "join {n}, {:?}: {steepest} beside {most}", segment.join);
    }
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
            segment.treatment =
                storyreel_core::timeline::Treatment::Encode(storyreel_core::timeline::EncodeReason::Loose);
        }
    }
}
