//! First and last frames, compared with a full decode.

use std::path::Path;

use storyreel_core::units::{Digest, Rate};
use storyreel_media::media::{Ffmpeg, FrameSource};

use super::{SMALL, Studio, decoded};
use crate::support::newest;

/// All frames of a file as RGB, converted as the product does.
fn all_frames(path: &Path, size: usize) -> Vec<Digest> {
    let convert = "-map 0:V:0 -vf scale=in_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24";
    let pixels = decoded(path, &format!("{convert} -fps_mode passthrough -f rawvideo"));
    pixels.chunks(size).map(Digest::of).collect()
}

#[test]
fn first_and_last_frame_are_those_of_a_full_decode() {
    let studio = Studio::new();
    let moving = "-f lavfi -i testsrc2=s=96x64:r=24";
    studio.make("base.mp4", &format!("{moving} -frames:v 60 -c:v libx264 -bf 3 -g 24"));
    let cases = [
        ("b-frames.mp4", format!("{moving} -frames:v 121 -c:v libx264 -preset slow -bf 4 -g 250")),
        ("long-gop.mp4", format!("{moving} -frames:v 400 -c:v libx264 -g 1000 -sc_threshold 0")),
        ("open-gop.mp4", format!("{moving} -frames:v 77 -c:v libx264 -g 12 -x264-params open-gop=1:bframes=3")),
        ("one.mp4", format!("{moving} -frames:v 1 -c:v libx264")),
        ("two.mp4", format!("{moving} -frames:v 2 -c:v libx264")),
        ("long-sound.mp4", format!("{moving}:d=2 -f lavfi -i sine=d=9 -c:v libx264 -c:a aac")),
        ("late-sound.mp4", format!("{moving}:d=2 -itsoffset 0.7 -f lavfi -i sine=d=1 -c:v libx264 -c:a aac")),
        ("edited.mp4", "-ss 0.7 -i base.mp4 -t 1 -c copy".to_owned()),
        ("ntsc.mp4", "-f lavfi -i testsrc2=s=96x64:r=24000/1001 -frames:v 121 -c:v libx264".to_owned()),
        ("matroska.mkv", format!("{moving} -frames:v 50 -c:v libx264")),
        ("held.mp4", format!("{moving} -frames:v 30 -vf setpts=PTS+gte(N\\,29)*2/TB -fps_mode vfr -c:v libx264")),
        ("jitter.mp4", format!("{moving} -frames:v 40 -vf setpts=PTS+mod(N\\,3)*0.01/TB -fps_mode vfr -c:v libx264")),
        ("ends-early.mp4", format!("{moving} -frames:v 40 -vf setpts=N*N/(900*TB) -fps_mode vfr -c:v libx264")),
    ];
    for (name, args) in cases {
        let clip = studio.clip(studio.make(name, &args));
        let (first, last) = (studio.path("first.png"), studio.path("last.png"));
        studio.wait(studio.ffmpeg.first_frame(&clip.path, &first)).unwrap();
        studio.wait(studio.ffmpeg.last_frame(&clip.path, &clip.facts, &last)).unwrap();
        let full = all_frames(&clip.path, 96 * 64 * 3);
        assert_eq!(full.len() as u64, clip.facts.video.frames, "{name}");
        let of = |png: &Path| Digest::of(&decoded(png, "-f rawvideo -pix_fmt rgb24"));
        assert_eq!(of(&first), full[0], "first of {name}");
        assert_eq!(of(&last), full[full.len() - 1], "last of {name}");
    }
}

/// BT.709: pure red is Y 63, Cb 102, Cr 240 in the video range (ITU-R BT.709-6, table 4).
#[test]
fn colours_are_converted_by_bt709() {
    let studio = Studio::new();
    let red = "-f lavfi -i nullsrc=s=64x64:r=24,geq=lum=63:cb=102:cr=240,format=yuv420p -frames:v 3 -c:v libx264 -qp 1";
    let clip = studio.clip(studio.make("red.mp4", red));
    let png = studio.path("red.png");
    studio.wait(studio.ffmpeg.last_frame(&clip.path, &clip.facts, &png)).unwrap();
    let pixel = &decoded(&png, "-f rawvideo -pix_fmt rgb24")[..3];
    assert!(pixel[0] > 250 && pixel[1] < 4 && pixel[2] < 4, "{pixel:?}");
}

/// Where no other ffmpeg is there beside the installed one, it is compared with itself.
#[test]
fn old_and_new_versions_paint_and_hand_on_the_same_colours() {
    let studio = Studio::new();
    let program = newest::program("ffmpeg");
    let newest = Ffmpeg::find(Some(Path::new(program.get_program()))).unwrap();
    let pixels = (SMALL.width * SMALL.height) as usize;
    for (name, ffmpeg) in [("old", &studio.ffmpeg), ("new", &newest)] {
        let paint = move |_, bytes: &mut [u8]| {
            let (luma, chroma) = bytes.split_at_mut(pixels);
            luma.fill(100);
            chroma[..pixels / 4].fill(90);
            chroma[pixels / 4..].fill(160);
        };
        let painted = FrameSource { size: SMALL, rate: Rate::FILM, frames: 9, paint: Box::new(paint) };
        let clip = studio.path(&format!("{name}.mp4"));
        studio.wait(ffmpeg.encode(painted, None, &clip)).unwrap();
        let seen = decoded(&clip, "-frames:v 1 -pix_fmt yuv420p -f rawvideo");
        assert_eq!([seen[0], seen[pixels], seen[pixels * 5 / 4]], [100, 90, 160], "painted by the {name} one");
        let clip = studio.clip(clip);
        let frames = [&studio.ffmpeg, &newest].map(|ffmpeg| {
            let png = studio.path("last.png");
            studio.wait(ffmpeg.last_frame(&clip.path, &clip.facts, &png)).unwrap();
            Digest::of(&std::fs::read(&png).unwrap())
        });
        assert_eq!(frames[0], frames[1], "of the clip of the {name} one");
    }
}
