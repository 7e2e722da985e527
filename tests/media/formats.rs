//! Films in every codec, rate, size and fit: what is copied into them, what is encoded, and what comes out.

use std::path::Path;

use storyreel_core::timeline::{Codec, Fit, Join, Shape, TransitionKind, Treatment};
use storyreel_core::units::{Rate, Size};

#[cfg(unix)]
use super::clips::counted_ffmpeg;
use super::joins::{assert_no_complaint, blend, coded, shown};
use super::{Clip, SMALL, Studio, assert_exact_times, decoded, probed, shaped};

pub(super) const ENCODERS: [(Codec, &str); 4] = [
    (Codec::H264, "-c:v libx264 -g 24 -bf 3 -pix_fmt yuv420p"),
    (
        Codec::Hevc,
        "-c:v libx265 -tag:v hvc1 -pix_fmt yuv420p10le -x265-params log-level=none:keyint=24:bframes=3:open-gop=0",
    ),
    (Codec::Av1, "-c:v libsvtav1 -preset 10 -g 24 -pix_fmt yuv420p10le -svtav1-params lp=1"),
    (Codec::Prores, "-c:v prores_ks -profile:v hq -pix_fmt yuv422p10le"),
];

/// A moving picture of `frames` frames in a codec, with a tone.
fn clip(studio: &Studio, name: &str, frames: u64, codec: &str) -> Clip {
    let hue = name.len() * 40 + usize::from(name.as_bytes()[0]);
    let picture = format!("-f lavfi -i testsrc2=s={SMALL}:r=24,hue=h={hue},trim=end_frame={frames}");
    let sound = format!("-f lavfi -i sine=f=440:r=48000:d={}", frames as f64 / 24.0);
    studio.clip(studio.make(name, &format!("{picture} {sound} {codec} -ac 2 -c:a aac")))
}

fn shape(codec: Option<Codec>) -> Shape {
    Shape { size: SMALL, rate: Rate::FILM, codec }
}

/// How alike two films are, frame by frame in the order they are shown: 1 for the same.
fn ssim(film: &Path, reference: &Path) -> f64 {
    let mut other = std::ffi::OsString::from("file:");
    other.push(reference);
    let output = std::process::Command::new("ffmpeg")
        .args(["-v", "info", "-nostdin", "-i"])
        .arg(film)
        .arg("-i")
        .arg(other)
        .args([
            "-lavfi",
            "[0:v]settb=1/24,setpts=N,format=yuv420p[a];[1:v]settb=1/24,setpts=N,format=yuv420p[b];[a][b]ssim",
        ])
        .args(["-f", "null", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let all = text.rsplit("All:").next().unwrap();
    all.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{text}"))
}

/// The same joins, made by ffmpeg from the same clips in one filter graph.
fn reference(studio: &Studio, clips: &[Clip], blend: u64) -> std::path::PathBuf {
    let inputs: Vec<String> = clips.iter().map(|clip| format!("-i {}", clip.path.display())).collect();
    let even = "settb=1/24,setpts=N,fps=24,setsar=1,format=yuv420p";
    let offset = (clips[1].facts.video.frames - blend) as f64 / 24.0;
    let graph = format!(
        "[0:v]{even}[a];[1:v]{even}[b];[2:v]{even}[c];[b][c]xfade=duration={}:offset={offset},{even}[d];\
         [a][d]concat,{even}[v]",
        blend as f64 / 24.0
    );
    studio.make("reference.mkv", &format!("{} -filter_complex {graph} -map [v] -an -c:v ffv1", inputs.join(" ")))
}

#[test]
fn a_film_is_in_the_codec_of_its_clips_and_encodes_only_around_joins() {
    let studio = Studio::new();
    for (codec, words) in ENCODERS {
        let ending = if codec == Codec::Prores { "mov" } else { "mp4" };
        let clips = ["a", "bb", "ccc"].map(|name| clip(&studio, &format!("{name}.{ending}"), 60, words));
        let joins = [Join::Start, Join::Cut, blend(TransitionKind::Dissolve, 10)];
        // The codec of most clips needs no naming but for ProRes, which is never a film's by chance.
        let laid = shaped(&clips, shape((codec == Codec::Prores).then_some(codec)), Fit::Letterbox, &joins);
        assert_eq!(laid.format.codec, codec);
        let film = studio.path(&format!("film.{ending}"));
        let made = studio.assemble(&laid, &clips, &film).unwrap();
        // QuickTime files describe sound in a way of their own.
        assert!(codec == Codec::Prores || made.reasons.is_empty(), "{codec}: {:?}", made.reasons);
        assert!(made.encoded < 45 && made.copied + made.encoded == 170, "{codec}: {made:?}");
        assert_exact_times(&film, 170, Rate::FILM);
        assert_no_complaint(&film);
        assert_eq!(probed(&film, "-select_streams v -show_entries stream=codec_name")[0], codec.to_string());
        let (own, frames) = (clips.each_ref().map(|clip| shown(&clip.path)), shown(&film));
        assert!(frames[..60] == own[0] && frames[60 + 1..60 + 24] == own[1][1..24], "{codec}: a copy was changed");
        assert!(frames[170 - 24..] == own[2][60 - 24..], "{codec}: a copy after an encoded run was changed");
        let alike = ssim(&film, &reference(&studio, &clips, 10));
        assert!(alike > 0.98, "{codec}: {alike}");
        std::fs::remove_file(film).unwrap();
    }
}

#[test]
fn clips_in_other_codecs_are_encoded_for_the_film_and_the_reason_is_said() {
    let studio = Studio::new();
    let clips: Vec<Clip> = (ENCODERS[..3].iter().enumerate())
        .map(|(n, (_, words))| clip(&studio, &format!("{}.mp4", "abc".repeat(n + 1)), 30, words))
        .collect();
    for (codec, _) in ENCODERS {
        let laid = shaped(&clips, shape(Some(codec)), Fit::Letterbox, &[Join::Cut; 3]);
        let film = studio.path("film.mov");
        let made = studio.assemble(&laid, &clips, &film).unwrap();
        let copied: Vec<bool> = laid.segments.iter().map(|segment| segment.treatment == Treatment::Copy).collect();
        assert_eq!(copied, clips.iter().map(|clip| clip.facts.video.codec == codec.to_string()).collect::<Vec<_>>());
        assert_eq!(made.copied, 30 * copied.iter().filter(|copied| **copied).count() as u64);
        let wanted = format!("the film as {codec}");
        assert!(made.reasons.iter().all(|(_, reason)| reason.ends_with(&wanted)), "{:?}", made.reasons);
        assert_exact_times(&film, 90, Rate::FILM);
        assert_no_complaint(&film);
        let found = probed(&film, "-select_streams v -show_entries stream=codec_name,pix_fmt,codec_tag_string");
        let own = |codec: Codec| match codec {
            Codec::H264 => "h264|avc1|yuv420p",
            Codec::Hevc => "hevc|hvc1|yuv420p10le",
            Codec::Av1 => "av1|av01|yuv420p10le",
            Codec::Prores => "prores|apch|yuv422p10le",
        };
        assert_eq!(found[0], own(codec));
        let brand = probed(&film, "-show_entries format_tags=major_brand");
        assert_eq!(brand[0], if codec == Codec::Prores { "qt  " } else { "isom" });
        let whole: Vec<String> = clips.iter().flat_map(|clip| shown(&clip.path)).collect();
        assert_eq!(whole.len(), shown(&film).len());
    }
}

#[test]
fn deep_hevc_clips_alone_are_copied_and_among_others_encoded() {
    let studio = Studio::new();
    let (h264, hevc) = (ENCODERS[0].1, ENCODERS[1].1);
    let deep = [clip(&studio, "a.mp4", 40, hevc), clip(&studio, "bb.mp4", 50, hevc)];
    let film = studio.path("film.mp4");
    let made = studio.assemble(&shaped(&deep, shape(None), Fit::Letterbox, &[Join::Cut; 2]), &deep, &film).unwrap();
    assert_eq!((made.copied, made.encoded, made.reasons), (90, 0, vec![]));
    let wanted: Vec<String> = deep.iter().flat_map(|clip| coded(&clip.path)).collect();
    assert!(coded(&film) == wanted, "a coded picture was changed");
    let mixed = [clip(&studio, "ccc.mp4", 60, h264), deep[0].clone(), clip(&studio, "dddd.mp4", 60, h264)];
    let laid = shaped(&mixed, shape(None), Fit::Letterbox, &[Join::Cut; 3]);
    let made = studio.assemble(&laid, &mixed, &film).unwrap();
    assert_eq!((made.copied, made.encoded), (120, 40));
    assert_eq!(made.reasons, [(1, "the clip is coded as hevc, the film as h264".to_owned())]);
    assert_no_complaint(&film);
}

#[cfg(unix)]
#[test]
fn an_encoder_of_8_bits_alone_makes_no_film_of_10() {
    let studio = Studio::new();
    let clips = ["a.mp4", "bb.mp4"].map(|name| clip(&studio, name, 40, ENCODERS[1].1));
    let joins = [Join::Start, blend(TransitionKind::Dissolve, 10)];
    let laid = shaped(&clips, shape(None), Fit::Letterbox, &joins);
    let film = studio.path("film.mp4");
    let folder = tempfile::tempdir().unwrap();
    // As such builds of x265 do: what it is given is taken, and 8 bits of it are written.
    let narrowed = "for arg do shift; set -- \"$@\" \"$(printf %s \"$arg\" | sed s/yuv420p10le/yuv420p/g)\"; done";
    let narrow = Studio { ffmpeg: counted_ffmpeg(folder.path(), narrowed), ..Studio::new() };
    let refused = narrow.assemble(&laid, &clips, &film).unwrap_err().to_string();
    assert!(refused.contains("8 bits and should have 10; libx265 of this ffmpeg"), "{refused}");
    assert!(!film.exists());
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    assert!(made.encoded > 0);
    assert_eq!(probed(&film, "-select_streams v -show_entries stream=pix_fmt"), ["yuv420p10le"]);
}

/// The number that each frame of a film shows, as its luma says: frame n of the source is n levels bright.
fn numbers(film: &Path) -> Vec<u64> {
    let pixels = decoded(film, "-map 0:v -vf extractplanes=y,crop=1:1 -f rawvideo");
    pixels.iter().map(|&luma| ((f64::from(luma) - 20.0) / 3.0).round() as u64).collect()
}

#[test]
fn a_film_of_another_rate_shows_the_nearest_frame_of_its_clips() {
    let studio = Studio::new();
    for (own, film) in [("24", "30"), ("24", "25"), ("30", "24"), ("24", "60"), ("24", "24000/1001"), ("25", "24")] {
        let source =
            format!("-f lavfi -i color=black:s={SMALL}:r={own},geq=lum=20+3*N:cb=128:cr=128,trim=end_frame=60");
        let clips = [studio.clip(studio.make("count.mp4", &format!("{source} -c:v libx264 -qp 1 -pix_fmt yuv420p")))];
        let (own, rate): (Rate, Rate) = (own.parse().unwrap(), film.parse().unwrap());
        let laid = shaped(&clips, Shape { rate, ..shape(None) }, Fit::Letterbox, &[Join::Start]);
        let film = studio.path("film.mp4");
        studio.assemble(&laid, &clips, &film).unwrap();
        assert_exact_times(&film, laid.frames(), rate);
        for (n, shown) in (0..).zip(numbers(&film)) {
            let apart = (own.seconds(shown) - rate.seconds(n)).abs();
            // The last frame is held where the film's frames reach beyond it.
            assert!(apart <= own.seconds(1) / 2.0 + 1e-6 || shown == 59, "{own} to {rate}: frame {n} shows {shown}");
        }
    }
}

#[test]
fn a_picture_of_another_shape_gets_bars_or_is_cut() {
    let studio = Studio::new();
    // White, with a grey edge on all sides.
    let box_of = |size: &str| format!("-f lavfi -i color=gray:s={size}:r=24:d=0.5,drawbox=8:8:iw-16:ih-16:white:fill");
    let encoding = "-c:v libx264 -qp 4 -pix_fmt yuv420p";
    for (size, fit, corners, edges) in [
        ("64x96", Fit::Letterbox, "black", "gray"),
        ("64x96", Fit::Crop, "gray", "white"),
        ("192x64", Fit::Letterbox, "black", "black"),
        ("192x64", Fit::Crop, "gray", "gray"),
        ("384x256", Fit::Crop, "gray", "gray"),
    ] {
        let clips = [studio.clip(studio.make("box.mp4", &format!("{} {encoding}", box_of(size))))];
        let film = studio.path("film.mp4");
        studio.assemble(&shaped(&clips, shape(None), fit, &[Join::Start]), &clips, &film).unwrap();
        let luma = decoded(&film, "-map 0:v -vf extractplanes=y -frames:v 1 -f rawvideo");
        let (width, height) = (SMALL.width as usize, SMALL.height as usize);
        let shade = |x: usize, y: usize| match luma[y * width + x] {
            ..40 => "black",
            40..180 => "gray",
            180.. => "white",
        };
        let found = [shade(1, 1), shade(width - 2, height - 2), shade(width / 2, 1), shade(width / 2, height / 2)];
        assert_eq!(found, [corners, corners, edges, "white"], "{size} {fit}");
        assert_eq!(probed(&film, "-select_streams v -show_entries stream=width,height")[0], "96|64");
    }
    let large = Shape { size: Size::new(192, 128), ..shape(None) };
    let clips = [studio.clip(studio.make("box.mp4", &format!("{} {encoding}", box_of("96x64"))))];
    let film = studio.path("film.mp4");
    studio.assemble(&shaped(&clips, large, Fit::Letterbox, &[Join::Start]), &clips, &film).unwrap();
    assert_eq!(probed(&film, "-select_streams v -show_entries stream=width,height")[0], "192|128");
}
