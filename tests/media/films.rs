//! Assembled films: what is copied, what is encoded, what is written, and what is left when it fails.

use std::time::Duration;

use storyreel_core::clip::Colours;
use storyreel_core::timeline::{Chapter, EncodeReason, Fit, Treatment};
use storyreel_core::units::{Rate, Size};
use storyreel_media::media::{AssemblyPaths, Cut, MediaError, PaintedSound};

use super::{Clip, SMALL, Studio, assert_exact_times, decoded, probed, timeline};

#[test]
fn silent_and_sounding_clips_join_without_clicks() {
    let studio = Studio::new();
    let loud = |name, hz| studio.painted(name, 13, 5, Some(PaintedSound::Guide { hz, dbfs: -6.0, voices: None }));
    let clips = [
        studio.painted("mute.mp4", 13, 2, None),
        loud("low.mp4", 200.0),
        studio.painted("quiet.mp4", 13, 3, Some(PaintedSound::Silence)),
        loud("high.mp4", 333.0),
        loud("again.mp4", 200.0),
    ];
    // Sound that is cut off in the middle of a wave, at its loudest.
    let hum = studio.make(
        "hum.mp4",
        "-f lavfi -i testsrc2=s=96x64:r=24:d=2 -f lavfi -i aevalsrc=0.5*cos(2*PI*50*t):d=2 -c:v libx264 -c:a aac",
    );
    let mut clips = clips.to_vec();
    clips.insert(2, studio.clip(hum));
    let film = studio.path("film.mp4");
    let laid = timeline(&clips, SMALL, Rate::FILM);
    studio.assemble(&laid, &clips, &film).unwrap();
    let pcm = decoded(&film, "-map 0:a -f f32le -ac 1");
    let samples: Vec<f32> = pcm.chunks(4).map(|s| f32::from_le_bytes([s[0], s[1], s[2], s[3]])).collect();
    // The steepest sine here climbs by 0.5 * 2 pi * 333 / 48000 a sample; a click would be a step of up to 0.5.
    let steepest = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    assert!(steepest < 0.04, "{steepest}");
    let level = |at: usize| samples[at..at + 2000].iter().fold(0.0_f32, |most, s| most.max(s.abs()));
    assert!(level(10_000) < 0.01 && level(35_000) > 0.4);
}

#[test]
fn a_film_without_sound_has_no_sound_track() {
    let studio = Studio::new();
    let clips = [studio.painted("a.mp4", 24, 2, None), studio.painted("b.mp4", 1, 3, None)];
    let film = studio.path("film.mp4");
    let made = studio.assemble(&timeline(&clips, SMALL, Rate::FILM), &clips, &film).unwrap();
    assert_eq!((made.frames, made.copied), (25, 25));
    assert_eq!(probed(&film, "-show_entries stream=codec_type"), ["video"]);
}

#[test]
fn equal_inputs_give_equal_films_with_title_and_chapters() {
    let studio = Studio::new();
    let clips = [
        studio.painted("a.mp4", 30, 2, Some(PaintedSound::Silence)),
        studio.clip(studio.make("b.mp4", "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -c:v libx264")),
    ];
    let mut laid = timeline(&clips, SMALL, Rate::FILM);
    laid.tags.title = "It's = the; #Keeper\\ \"é\"".into();
    laid.chapters = vec![Chapter { at: 0, title: "One; two".into() }, Chapter { at: 30, title: "Zwölf = 12".into() }];
    let (one, two) = (studio.path("one.mp4"), studio.path("two.mp4"));
    studio.assemble(&laid, &clips, &one).unwrap();
    let made = studio.assemble(&laid, &clips, &two).unwrap();
    assert_eq!((made.copied, made.encoded), (30, 48));
    assert!(std::fs::read(&one).unwrap() == std::fs::read(&two).unwrap(), "two runs differ");
    assert_eq!(probed(&one, "-show_entries format_tags=title"), [laid.tags.title.replace('\\', "\\\\")]);
    let chapters = probed(&one, "-show_chapters -show_entries chapter=start_time,end_time:chapter_tags=title");
    assert_eq!(chapters, ["0.000000|1.250000|One; two", "1.250000|3.250000|Zwölf = 12"]);
    let head = std::fs::read(&one).unwrap();
    let place = |name: &[u8]| head.windows(4).position(|four| four == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"), "the index comes first");
}

#[test]
fn unlike_clips_are_encoded_to_exact_length() {
    let studio = Studio::new();
    let clip = |name: &str, args: &str| studio.clip(studio.make(name, args));
    let clips = [
        studio.painted("house.mp4", 48, 2, Some(PaintedSound::Silence)),
        clip("wide.mp4", "-f lavfi -i testsrc2=s=320x90:r=24:d=1 -c:v libx264"),
        clip("pal.mp4", "-f lavfi -i testsrc2=s=96x64:r=25:d=1.04 -c:v libx264"),
        clip("vfr.mp4", "-f lavfi -i testsrc2=s=96x64:r=24 -frames:v 24 -vf setpts=PTS+gte(N\\,9)/TB -fps_mode vfr"),
        clip("web.webm", "-f lavfi -i testsrc2=s=96x64:r=24:d=1 -c:v libvpx -pix_fmt yuv420p"),
        clip("ten.mp4", "-f lavfi -i testsrc2=s=96x64:r=24:d=1 -c:v libx264 -pix_fmt yuv420p10le"),
        clip("bframes.mp4", "-f lavfi -i testsrc2=s=96x64:r=24:d=1 -c:v libx264"),
    ];
    let laid = timeline(&clips, SMALL, Rate::FILM);
    let reason = |n: usize| match &laid.segments[n].treatment {
        Treatment::Encode(reason) => reason.clone(),
        Treatment::Copy => panic!("segment {n} is copied"),
    };
    assert_eq!(laid.segments[0].treatment, Treatment::Copy);
    assert!(matches!(reason(1), EncodeReason::Size(..)));
    assert!(matches!(reason(2), EncodeReason::Rate(..)));
    assert!(matches!(reason(6), EncodeReason::Parameters(_)), "{}", reason(6));
    let film = studio.path("film.mp4");
    let made = studio.assemble(&laid, &clips, &film).unwrap();
    // The parameter sets of the last clip are unlike the house's, but have another id.
    assert_eq!((made.copied, made.encoded), (48 + 24, laid.frames() - 48 - 24));
    assert_eq!(made.reasons.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_exact_times(&film, laid.frames(), Rate::FILM);
}

#[cfg(unix)]
#[test]
fn any_path_will_do() {
    let studio = Studio::new();
    let names = ["-i it's 100%03d", "a:b \"c\" #1?", "line\nfeed", "日本 é", "file:x|y;z\\", "[0:v]", "%"];
    for name in names {
        let folder = studio.path(name);
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join(format!("{name}.mp4"));
        studio.wait(studio.ffmpeg.encode(super::reel(5, 3), Some(PaintedSound::Silence), &file)).unwrap();
        let clip = studio.clip(file);
        let (png, part, whole) = (folder.join(name), folder.join("part"), folder.join(format!("{name} film")));
        studio.wait(studio.ffmpeg.last_frame(&clip.path, &clip.facts, &png)).unwrap();
        let cut = Cut {
            from: Duration::ZERO,
            to: None,
            size: SMALL,
            fit: Fit::Letterbox,
            rate: Rate::FILM,
            colours: Colours::default(),
            keep_sound: true,
        };
        studio.wait(studio.ffmpeg.cut(&clip.path, cut, &part)).unwrap();
        let clips = [clip.clone(), studio.clip(part)];
        let laid = timeline(&clips, SMALL, Rate::FILM);
        let find = |digest: &_| clips.iter().find(|clip| clip.digest == *digest).unwrap().path.clone();
        let places = AssemblyPaths { work: &folder, kept: studio.kept.path(), out: &whole, plates: &[] };
        studio.wait(studio.ffmpeg.assemble(&laid, find, places, |_| {})).unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 4, "{name}");
    }
}

/// Clips enough to keep the encoder busy.
fn busy(studio: &Studio) -> Vec<Clip> {
    let clip = studio.clip(studio.make("busy.mp4", "-f lavfi -i testsrc2=s=640x360:r=24:d=4 -c:v libx264 -qp 0"));
    vec![clip; 6]
}

#[test]
fn a_failed_or_dropped_assembly_leaves_the_earlier_film_and_nothing_else() {
    let studio = Studio::new();
    let film = studio.path("film.mp4");
    std::fs::write(&film, "the earlier film").unwrap();
    let good = studio.painted("good.mp4", 24, 3, Some(PaintedSound::Silence));
    let mut bad = studio.painted("bad.mp4", 24, 4, None);
    std::fs::write(&bad.path, "no clip any more").unwrap();
    let before = studio.names();
    for (clips, size) in
        [(vec![good.clone(), bad.clone()], SMALL), (vec![bad.clone(), good.clone()], Size::new(64, 64))]
    {
        let error = studio.assemble(&timeline(&clips, size, Rate::FILM), &clips, &film).unwrap_err();
        assert!(matches!(error, MediaError::Failed { .. } | MediaError::Damaged { .. }), "{error}");
        assert_eq!(studio.names(), before);
    }
    // A clip that is shorter than its facts say.
    bad = Clip { facts: bad.facts, ..good.clone() };
    bad.facts.video.frames = 30;
    let clips = [bad, good];
    let error = studio.assemble(&timeline(&clips, SMALL, Rate::FILM), &clips, &film).unwrap_err();
    assert!(error.to_string().ends_with("is damaged: it has 24 frames and should have 30"), "{error}");
    assert_eq!(studio.names(), before);

    let clips = busy(&studio);
    let before = studio.names();
    let laid = timeline(&clips, SMALL, Rate::FILM);
    let find = |_: &_| clips[0].path.clone();
    studio.wait(async {
        let assembling = studio.ffmpeg.assemble(&laid, find, studio.places(&film), |_| {});
        let _ = tokio::time::timeout(Duration::from_millis(150), assembling).await;
    });
    assert_eq!(std::fs::read(&film).unwrap(), b"the earlier film");
    assert_eq!(studio.names(), before);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let studio = Studio::new();
    let clips = [studio.painted("a.mp4", 5, 3, None)];
    let film = studio.path("none/film.mp4");
    let error = studio.assemble(&timeline(&clips, SMALL, Rate::FILM), &clips, &film).unwrap_err();
    assert_eq!(error.to_string(), format!("could not write `{}`", film.display()));
}

#[test]
fn progress_grows_to_one() {
    let studio = Studio::new();
    let clips = [studio.painted("a.mp4", 24, 3, Some(PaintedSound::Silence)), studio.painted("b.mp4", 24, 4, None)];
    let mut heard = Vec::new();
    let laid = timeline(&clips, Size::new(64, 64), Rate::FILM);
    let find = |digest: &_| clips.iter().find(|clip| clip.digest == *digest).unwrap().path.clone();
    let film = studio.path("film.mp4");
    studio.wait(studio.ffmpeg.assemble(&laid, find, studio.places(&film), |done| heard.push(done))).unwrap();
    assert!(heard.is_sorted() && heard.first() > Some(&0.0) && heard.last() == Some(&1.0), "{heard:?}");
}
