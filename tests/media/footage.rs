//! Footage as clips of films: what is copied from the file, what is encoded, and why.

use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::clip::Colours;
use storyreel_core::timeline::{Codec, Fit, Join, Shape, TransitionKind};
use storyreel_core::units::Rate;
use storyreel_media::media::{AssembledFilm, Cut, Taking};
use storyreel_mp4::TrackKind;

use super::formats::ENCODERS;
use super::joins::{assert_no_complaint, blend, coded, shown};
use super::{Clip, SMALL, Studio, assert_exact_times, decoded, probed, shaped};

/// What makes a file of moving pictures stand in a film as it is: its colours are said, to encoders and in frames.
const COLOURS: &str = "-colorspace bt709 -color_range tv \
    -vf setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709";

fn cut(from: f64, to: Option<f64>) -> Cut {
    let (from, to) = (Duration::from_secs_f64(from), to.map(Duration::from_secs_f64));
    let colours = Colours::default();
    Cut { from, to, size: SMALL, fit: Fit::Letterbox, rate: Rate::FILM, colours, keep_sound: true }
}

/// Four seconds of moving pictures with a tone; `settings` are ffmpeg's.
fn footage(studio: &Studio, name: &str, settings: &str) -> PathBuf {
    let picture = format!("-f lavfi -i testsrc2=s={SMALL}:r=24,hue=h={},trim=end_frame=96", name.len() * 50);
    let sound = "-f lavfi -i sine=f=440:r=48000:d=4";
    studio.make(name, &format!("{picture} {sound} {settings} {COLOURS} -ac 2 -c:a aac"))
}

fn ending(codec: Codec) -> &'static str {
    if codec == Codec::Prores { "mov" } else { "mp4" }
}

#[track_caller]
fn take(studio: &Studio, footage: &Path, cut: Cut, name: &str) -> (Taking, Clip) {
    let out = studio.path(name);
    let taking = studio.wait(studio.ffmpeg.take(footage, cut, &out)).unwrap();
    (taking, studio.clip(out))
}

fn shape(codec: Codec) -> Shape {
    Shape { size: SMALL, rate: Rate::FILM, codec: Some(codec) }
}

/// A film of one clip.
#[track_caller]
fn film_of(studio: &Studio, clip: &Clip, codec: Codec) -> (PathBuf, AssembledFilm) {
    let clips = std::slice::from_ref(clip);
    let laid = shaped(clips, shape(codec), Fit::Letterbox, &[Join::Start]);
    let film = studio.path(&format!("film-{codec}.{}", ending(codec)));
    let made = studio.assemble(&laid, clips, &film).unwrap();
    (film, made)
}

#[test]
fn footage_of_the_films_kind_is_copied_bit_for_bit() {
    let studio = Studio::new();
    for (codec, words) in ENCODERS {
        let file = footage(&studio, &format!("{codec}.{}", ending(codec)), words);
        let (taking, clip) = take(&studio, &file, cut(0.0, None), &format!("whole-{codec}"));
        assert_eq!(taking, Taking::Whole, "{codec}");
        assert!(std::fs::read(&clip.path).unwrap() == std::fs::read(&file).unwrap(), "{codec}");
        let (film, made) = film_of(&studio, &clip, codec);
        assert_eq!((made.copied, made.encoded), (96, 0), "{codec}: {:?}", made.reasons);
        assert!(coded(&film) == coded(&file), "{codec}: a coded picture was changed");
    }
}

#[test]
fn between_in_and_out_points_groups_of_pictures_are_copied() {
    let studio = Studio::new();
    for (codec, words) in ENCODERS {
        let file = footage(&studio, &format!("{codec}.{}", ending(codec)), words);
        // Frames 20 to 82; groups begin at 24, 48 and 72.
        let (taking, clip) = take(&studio, &file, cut(20.0 / 24.0, Some(83.0 / 24.0)), &format!("part-{codec}"));
        let Taking::Part { copied, encoded } = taking else { panic!("{codec}: {taking}") };
        let video = &clip.facts.video;
        assert_eq!((copied + encoded, video.frames), (63, 63), "{codec}");
        assert!(copied >= 48 && !video.is_loose(), "{codec}: {copied} copied, {video:?}");
        let pixels = probed(&file, "-select_streams v -show_entries stream=pix_fmt");
        assert_eq!(video.pixels, pixels[0], "{codec}");
        assert_exact_times(&clip.path, 63, Rate::FILM);
        assert_no_complaint(&clip.path);
        let (own, all) = (shown(&clip.path), shown(&file));
        assert!(own[4..52] == all[24..72], "{codec}: a copy was changed");
        // Its sound is as long as its picture, to the packet.
        let lengths = probed(&clip.path, "-show_entries stream=duration");
        assert_eq!(lengths, ["2.625000"; 2], "{codec}");
        // The film copies what was copied, and what was encoded for the cut, too.
        let (film, made) = film_of(&studio, &clip, codec);
        assert_eq!((made.copied, made.encoded), (63, 0), "{codec}: {:?}", made.reasons);
        assert!(coded(&film) == coded(&clip.path) && shown(&film) == own, "{codec}");
    }
}

#[test]
fn parts_of_footage_join_each_other_and_what_a_film_encodes() {
    let studio = Studio::new();
    for (codec, words) in &ENCODERS[..2] {
        let file = footage(&studio, &format!("{codec}.mp4"), words);
        let points = [(0.25, 2.5), (0.5, 3.25), (1.25, 3.75)];
        let clips = points.map(|(from, to)| take(&studio, &file, cut(from, Some(to)), &format!("{codec}-{from}")).1);
        let joins = [Join::Start, Join::Cut, blend(TransitionKind::Dissolve, 10)];
        let laid = shaped(&clips, shape(*codec), Fit::Letterbox, &joins);
        let film = studio.path(&format!("film-{codec}.mp4"));
        let made = studio.assemble(&laid, &clips, &film).unwrap();
        assert!(made.reasons.is_empty() && made.ways[0] == (54, 0), "{codec}: {made:?}");
        assert!(made.encoded < 50, "{codec}: {made:?}");
        assert_exact_times(&film, 54 + 66 + 60 - 10, Rate::FILM);
        assert_no_complaint(&film);
        assert!(shown(&film)[..54] == shown(&clips[0].path), "{codec}: a copy was changed");
    }
}

#[test]
fn what_is_not_as_a_film_needs_it_is_encoded_once_and_the_reason_is_said() {
    let studio = Studio::new();
    let h264 = "-c:v libx264 -pix_fmt yuv420p -g 24";
    let plain = footage(&studio, "plain.mp4", h264);
    let turned = studio.make("turned.mp4", "-i plain.mp4 -c copy -metadata:s:v rotate=90");
    let uneven = studio.make("uneven.mp4", "-i plain.mp4 -vf select='not(eq(n,9))' -fps_mode vfr -c:v libx264");
    let loose = "the clip's frames are not evenly spaced in an MP4 file";
    let other = |name: &str, settings: &str| footage(&studio, name, settings);
    let cases = [
        (turned, "its picture is rotated"),
        (uneven, "the clip has 95/4 frames a second, the film 24"),
        (studio.make("film.mkv", "-i plain.mp4 -c copy"), loose),
        (other("small.mp4", &format!("{h264} -s 48x32")), "the clip is 48x32, the film 96x64"),
        (other("fast.mp4", &format!("{h264} -r 30")), "the clip has 30 frames a second, the film 24"),
        (other("fields.mp4", &format!("{h264} -flags +ilme+ildct -top 1")), "it is interlaced"),
        (other("wide.mp4", &format!("{h264} -aspect 3")), "its pixels are not square"),
        (other("older.mp4", "-c:v mpeg4"), "no film is coded as mpeg4"),
        (studio.make("sd.mp4", "-i plain.mp4 -c:v libx264 -colorspace smpte170m"), "its colours are not BT.709"),
    ];
    let card = studio.painted("card.mp4", 24, 5, None);
    for (n, (file, wanted)) in cases.iter().enumerate() {
        let (taking, clip) = take(&studio, file, cut(1.0, Some(3.0)), &format!("{n}.clip"));
        assert_eq!(taking, Taking::Encoded((*wanted).to_owned()), "{}", file.display());
        // The film copies it: it is encoded once.
        assert!(clip.facts.video.joins_by_copy(&card.facts.video), "{}", file.display());
        assert_eq!(clip.facts.video.frames, 48, "{}", file.display());
    }
    let (taking, clip) = take(&studio, &plain, cut(0.0, None), "other-codec");
    assert_eq!(taking, Taking::Whole);
    let (_, made) = film_of(&studio, &clip, Codec::Hevc);
    assert_eq!((made.copied, made.encoded), (0, 96));
    assert_eq!(made.reasons, [(0, "the clip is coded as h264, the film as hevc".to_owned())]);
}

#[test]
fn deep_footage_keeps_its_depth_where_it_must_be_encoded() {
    let studio = Studio::new();
    let (hevc, deep) = (ENCODERS[1].1, "-c:v libx264 -pix_fmt yuv420p10le -g 24");
    footage(&studio, "a.mp4", hevc);
    let turned = studio.make("turned.mp4", "-i a.mp4 -c copy -metadata:s:v rotate=180");
    let other = footage(&studio, "bb.mp4", deep);
    let why = "h264 of yuv420p10le cannot be parted at any frame";
    for (file, wanted) in [(&turned, "its picture is rotated"), (&other, why)] {
        let (taking, clip) = take(&studio, file, cut(1.1, Some(3.0)), "deep.clip");
        assert_eq!(taking, Taking::Encoded(wanted.to_owned()));
        let video = &clip.facts.video;
        assert_eq!((video.codec.as_str(), video.pixels.as_str()), ("prores", "yuv422p10le"));
        let (_, made) = film_of(&studio, &clip, Codec::Prores);
        assert_eq!(made.encoded, 0, "{:?}", made.reasons);
        // No film takes to ProRes by chance.
        let chance = Shape { codec: None, ..shape(Codec::H264) };
        assert_eq!(shaped(&[clip], chance, Fit::Letterbox, &[Join::Start]).format.codec, Codec::H264);
    }
    // Less than a group of pictures is not copied.
    let (taking, _) = take(&studio, &studio.path("a.mp4"), cut(1.1, Some(1.5)), "short.clip");
    let why = "the clip has no keyframe after frame 26 at which a copy could begin";
    assert_eq!(taking, Taking::Encoded(why.to_owned()));
    let (taking, _) = take(&studio, &studio.path("a.mp4"), cut(1.1, Some(2.2)), "shorter.clip");
    assert_eq!(taking, Taking::Part { copied: 0, encoded: 26 });
    assert!(taking.to_string().ends_with("no group of pictures lies between its in and out points"), "{taking}");
    // Where all of it is used, nothing need be encoded.
    assert_eq!(take(&studio, &other, cut(0.0, None), "whole.clip").0, Taking::Whole);
}

#[test]
fn the_sound_of_a_part_stays_with_its_picture() {
    let studio = Studio::new();
    // A flash and a tone from frame 36 on, in a film of two groups.
    let picture = format!("-f lavfi -i color=black:s={SMALL}:r=24,drawbox=color=white:t=fill:enable='gte(n,36)'");
    let sound = "-f lavfi -i aevalsrc='0.5*sin(2000*t)*gte(t,1.5)':s=48000";
    for (name, codec) in [("a.mp4", "-c:a aac"), ("b.mov", "-c:a pcm_s16le")] {
        let picture_codec = format!("-t 4 -c:v libx264 -pix_fmt yuv420p -g 24 {COLOURS}");
        let file = studio.make(name, &format!("{picture} {sound} {picture_codec} {codec}"));
        let (taking, clip) = take(&studio, &file, cut(0.75, Some(3.0)), &format!("{name}.clip"));
        assert!(matches!(taking, Taking::Part { copied: 24.., .. }), "{taking:?}");
        let luma = decoded(&clip.path, "-vf extractplanes=y -f rawvideo");
        let flash = luma.chunks(96 * 64).position(|frame| frame[0] > 128);
        assert_eq!(flash, Some(18));
        let pcm = decoded(&clip.path, "-map 0:a -f s16le -ac 1 -ar 48000");
        let loud = |s: &[u8]| i16::from_le_bytes([s[0], s[1]]).unsigned_abs() > 4000;
        let onset = pcm.chunks(2).position(loud).unwrap();
        assert!(onset.abs_diff(36_000) < 480, "the sound begins at sample {onset}");
        let mute = Cut { keep_sound: false, ..cut(0.0, None) };
        let (taking, clip) = take(&studio, &file, mute, &format!("{name}.mute"));
        assert_eq!((taking, clip.facts.audio), (Taking::Part { copied: 96, encoded: 0 }, None));
    }
}

#[test]
fn an_index_of_unpacked_sound_is_not_spelled_out() {
    let studio = Studio::new();
    let file = studio.make("a.mov", "-f lavfi -i testsrc2=d=1 -f lavfi -i sine=d=1 -c:v prores_ks -c:a pcm_s24le");
    let bytes = std::fs::read(file).unwrap();
    let name = bytes.windows(4).rposition(|name| name == b"moov").unwrap();
    let length = u32::from_be_bytes(bytes[name - 4..name].try_into().unwrap()) as usize;
    let tracks = storyreel_mp4::read(&bytes[name + 4..name - 4 + length], bytes.len() as u64).unwrap();
    let counts: Vec<_> = tracks.iter().map(|track| (track.kind, track.samples.len())).collect();
    assert_eq!(counts[..2], [(TrackKind::Picture, 25), (TrackKind::Sound, 0)]);
}
