use std::sync::Arc;
use std::time::Duration;

use storyreel_core::film::Spoken;
use storyreel_core::film_timeline::cues;
use storyreel_core::source_file::SourceFile;
use storyreel_core::storyboard::{Chapters, Subtitles};
use storyreel_core::text::Span;
use storyreel_core::timeline::{Fit, Shape, Treatment};
use storyreel_core::units::Size;

use super::*;

fn shot(id: &str, seconds: u64, lines: &[(&str, Option<u64>)]) -> Shot {
    let mut dialogue = Vec::new();
    for (line, at) in lines {
        let speaker = Some("Mara & <co>".to_owned());
        dialogue.push(Spoken {
            range: None,
            speaker,
            line: (*line).to_owned(),
            at: at.map(Duration::from_millis),
            language: None,
            delivery: None,
            subtitles: Vec::new(),
            span: storyreel_core::text::Span::default(),
        });
    }
    Shot {
        voices: None,
        id: id.parse().expect("a good id"),
        span: Span::default(),
        scene: Some("Pier = #1; \\".into()),
        make: storyreel_core::film::Make::Card(Box::new(storyreel_core::film::CardSpec::titled(
            "Words".to_owned(),
            None,
        ))),
        length: Duration::from_secs(seconds),
        join: storyreel_core::film::JoinSpec {
            kind: TransitionKind::Cut,
            length: Duration::ZERO,
            seam: storyreel_core::storyboard::Seam::Auto,
        },
        take: 1,
        tail_of: None,
        trim: storyreel_core::film::Trim::default(),
        frozen: false,
        skip: false,
        quality: storyreel_core::film::QualityPolicy {
            on_bad: storyreel_core::storyboard::OnBad::Keep,
            min: 60,
            takes: 2,
        },
        return_last_frame: false,
        fit: Fit::Letterbox,
        dialogue,
        sounds: Vec::new(),
        number: "10".to_owned(),
        board: None,
        film_start: None,
        seen_by: storyreel_core::film::Viewers::People,
    }
}

fn film(shots: Vec<Shot>) -> Film {
    Film {
        storyboard: Arc::new(SourceFile::new("film.yaml", "storyboard")),
        title: "Test".to_owned(),
        description: None,
        output: None,
        size: Size::new(1280, 720),
        rate: Rate::FILM,
        given: storyreel_core::film::Given { size: false, rate: false },
        codec: None,
        colours: storyreel_core::clip::Colours::default(),
        chapters: Chapters::None,
        subtitles: Subtitles::None,
        loudness: None,
        languages: Vec::new(),
        music: None,
        narration: Vec::new(),
        providers: std::collections::BTreeMap::new(),
        budget: None,
        shots,
        left_out: Vec::new(),
    }
}

/// Every shot whole; `joins` says what stands before each and how many frames it shares with the one before.
fn film_timeline(film: &Film, joins: &[(Join, u64)]) -> Timeline {
    let mut end = 0;
    let segments = film.shots.iter().zip(joins).map(|(shot, (join, shared))| {
        let taken = planned(film, shot);
        let frames = taken.facts.video.frames;
        let at = end - shared;
        end = at + frames;
        Segment {
            shot: shot.id.clone(),
            clip: taken.clip,
            facts: taken.facts,
            frames: 0..frames,
            at,
            length: frames,
            join: *join,
            fit: Fit::Letterbox,
            treatment: Treatment::Copy,
            grade: None,
        }
    });
    let segments = segments.collect();
    let pieces = film.shots.iter().map(|shot| storyreel_core::timeline::ClipPiece {
        shot: shot.id.clone(),
        clip: planned(film, shot).clip,
        facts: planned(film, shot).facts,
        join: Join::Cut,
        fit: Fit::Letterbox,
        trim: (0, 0),
        grade: None,
        burned: false,
    });
    let shape = Shape { size: film.size, rate: film.rate, codec: None };
    let timeline = storyreel_core::timeline::lay(&film.title, shape, pieces.collect()).expect("it can be laid");
    Timeline { segments, ..timeline }
}

fn blend(kind: TransitionKind, frames: u64) -> (Join, u64) {
    (Join::Transition { kind, frames }, frames)
}

fn clip(film: &Film, at: usize) -> Clip {
    let taken = planned(film, &film.shots[at]);
    let name = format!("{}.mp4", film.shots[at].id);
    Clip { taken, file: MediaFile { url: format!("media/{name}"), name }, others: Vec::new(), footage: None }
}

#[test]
fn transitions_are_cut_in_their_middle_and_the_sum_is_the_film() {
    let film = film(vec![shot("a", 4, &[]), shot("b", 4, &[]), shot("c", 4, &[])]);
    let joins = [(Join::Start, 0), blend(TransitionKind::Dissolve, 13), blend(TransitionKind::WipeLeft, 8)];
    let timeline = film_timeline(&film, &joins);
    let clips = [Some(clip(&film, 0)), None, Some(clip(&film, 2))];
    let reel = CutList { film: &film, timeline: &timeline, clips: &clips, sounds: &[] };
    let spans: Vec<_> = reel.parts().into_iter().map(|part| (part.span, part.from)).collect();
    assert_eq!(timeline.frames(), 3 * 96 - 13 - 8);
    assert_eq!(spans, [(0..89, 0), (89..175, 6), (175..267, 4)]);
    let document: serde_json::Value = serde_json::from_str(&otio::write(&reel)).expect("JSON");
    let children = document["tracks"]["children"][0]["children"].as_array().expect("children");
    let schemas: Vec<_> = children.iter().map(|child| child["OTIO_SCHEMA"].as_str().unwrap_or_default()).collect();
    assert_eq!(schemas, ["Clip.2", "Transition.1", "Clip.2", "Transition.1", "Clip.2"]);
    assert_eq!(children[1]["in_offset"]["value"], 6.0);
    assert_eq!(children[1]["out_offset"]["value"], 7.0);
    assert_eq!(children[2]["media_references"]["DEFAULT_MEDIA"]["OTIO_SCHEMA"], "MissingReference.1");
    let edl = edl::write(&reel);
    assert_eq!(edl.warnings, ["c: an EDL has no `wipe-left`; the closest transition is used"]);
    assert_eq!(
        edl.text,
        "TITLE: Test\nFCM: NON-DROP FRAME\n\n\
         001  A        V     C        00:00:00:00 00:00:03:11 01:00:00:00 01:00:03:11\n\
         * FROM CLIP NAME: a.mp4\n* SHOT: a\n* SOURCE FILE: media/a.mp4\n* SCENE: Pier = #1; \\\n\n\
         002  A        V     C        00:00:03:11 00:00:03:11 01:00:03:11 01:00:03:11\n\
         002  BL       V     D 013    00:00:00:00 00:00:03:16 01:00:03:11 01:00:07:03\n\
         * FROM CLIP NAME: a.mp4\n* TO CLIP NAME: b Words\n* SHOT: b\n* NOT MADE YET: b\n* SCENE: Pier = #1; \\\n\n\
         003  BL       V     C        00:00:03:16 00:00:03:16 01:00:07:03 01:00:07:03\n\
         003  C        V     W001 008 00:00:00:00 00:00:04:00 01:00:07:03 01:00:11:03\n\
         * FROM CLIP NAME: b Words\n* TO CLIP NAME: c.mp4\n* SHOT: c\n* SOURCE FILE: media/c.mp4\n* SCENE: Pier = #1; \\\n\
         * TRANSITION: wipe-left\n"
    );
}

#[test]
fn a_trimmed_seam_is_a_later_start_and_the_handle_stays() {
    let film = film(vec![shot("a", 4, &[]), shot("b", 4, &[("Late.", Some(1_000))])]);
    let mut timeline = film_timeline(&film, &[(Join::Start, 0), (Join::Cut, 0)]);
    timeline.segments[1].frames = 12..96;
    timeline.segments[1].length = 84;
    let clips = [Some(clip(&film, 0)), Some(clip(&film, 1))];
    let reel = CutList { film: &film, timeline: &timeline, clips: &clips, sounds: &[] };
    let document: serde_json::Value = serde_json::from_str(&otio::write(&reel)).expect("JSON");
    let second = &document["tracks"]["children"][0]["children"][1];
    assert_eq!(second["source_range"]["start_time"]["value"], 12.0);
    assert_eq!(second["source_range"]["duration"]["value"], 84.0);
    assert_eq!(second["media_references"]["DEFAULT_MEDIA"]["available_range"]["duration"]["value"], 96.0);
    // One second after the clip's beginning, of which half a second is gone.
    assert_eq!(cues(&film, &timeline)[0].from, 4_500);
}

#[test]
fn footage_is_handed_on_with_its_own_time_code() {
    let mut film = film(vec![shot("a", 4, &[]), shot("b", 4, &[])]);
    for (at, path) in [(0, "cards/A001C003.dv.mov"), (1, "cards/海.mov")] {
        let file = storyreel_core::film::File { path: path.to_owned(), digest: Digest::of(path.as_bytes()) };
        let from = Duration::from_secs(2);
        film.shots[at].make = Make::Footage { file, from, to: None, audio: true };
    }
    let mut timeline = film_timeline(&film, &[(Join::Start, 0), (Join::Cut, 0)]);
    timeline.segments[0].frames = 12..96;
    timeline.segments[0].length = 84;
    timeline.segments[1].at = 84;
    let pal = Rate { num: 25, den: 1 };
    let footage = |rate, from, time_code: &str| {
        let time_code = TimeCode::read(time_code, rate);
        Some(FootageFile { rate, frames: 500, from, time_code })
    };
    let clips = [
        Some(Clip { footage: footage(Rate::FILM, 48, "10:00:00:12"), ..clip(&film, 0) }),
        Some(Clip { footage: footage(pal, 50, ""), ..clip(&film, 1) }),
    ];
    let reel = CutList { film: &film, timeline: &timeline, clips: &clips, sounds: &[] };
    let edl = edl::write(&reel).text;
    // Two seconds into the file, and half a second of the clip is left out.
    assert!(edl.contains("001  A001C003 V     C        10:00:03:00 10:00:06:12 01:00:00:00 01:00:03:12\n"), "{edl}");
    assert!(edl.contains("002  B        V     C        00:00:02:00 00:00:06:00 01:00:03:12 01:00:07:12\n"), "{edl}");
    let document: serde_json::Value = serde_json::from_str(&otio::write(&reel)).expect("JSON");
    let children = &document["tracks"]["children"][0]["children"];
    let start = |at: usize| children[at]["source_range"]["start_time"]["value"].clone();
    let available = |at: usize| children[at]["media_references"]["DEFAULT_MEDIA"]["available_range"].clone();
    let first = 10 * 3_600 * 24 + 12;
    assert_eq!(start(0), f64::from(first + 48 + 12));
    assert_eq!(available(0)["start_time"]["value"], f64::from(first));
    assert_eq!(available(0)["duration"]["value"], 500.0);
    assert_eq!(children[0]["metadata"]["storyreel"]["time_code"], "10:00:00:12");
    assert_eq!([start(1), available(1)["start_time"]["value"].clone()], [48.0, 0.0]);
    assert_eq!(clip_name(&film.shots[0]), "a A001C003.dv.mov");
}

/// When the lines of a shot of four seconds begin and end.
fn timed(lines: &[(&str, Option<u64>)]) -> Vec<(u64, u64)> {
    let film = film(vec![shot("a", 4, lines)]);
    let timeline = film_timeline(&film, &[(Join::Start, 0)]);
    cues(&film, &timeline).into_iter().map(|cue| (cue.from, cue.to)).collect()
}

#[test]
fn lines_share_the_time_that_is_free() {
    assert_eq!(timed(&[("Go.", None)]), [(1_500, 2_500)]);
    assert_eq!(timed(&[("Go.", None), ("No.", None)]), [(666, 1_666), (2_332, 3_332)]);
    assert_eq!(timed(&[("Go.", None), ("No.", Some(2_000))]), [(500, 1_500), (2_000, 3_000)]);
    assert_eq!(timed(&[("Go.", Some(0)), ("No.", Some(500))]), [(0, 500), (500, 1_500)]);
    assert_eq!(timed(&[("After the end.", Some(9_000))]), [(3_000, 4_000)]);
    assert_eq!(timed(&[("\u{200b}", None)]), []);
    let long = "The lamp has been dark for twenty years, and nobody in the village has asked why it went out.";
    let cues = timed(&[(long, None), (long, None)]);
    assert_eq!(cues.len(), 4);
    assert!(cues.windows(2).all(|pair| pair[0].1 <= pair[1].0) && cues[3].1 <= 4_000, "{cues:?}");
}

#[test]
fn subtitles_and_chapters_escape_what_their_readers_take_for_marks() {
    let film = film(vec![shot("a", 4, &[("<i>a</i> < b --> {\\an8} & c", None)])]);
    let timeline = film_timeline(&film, &[(Join::Start, 0)]);
    let reel = CutList { film: &film, timeline: &timeline, clips: &[None], sounds: &[] };
    assert_eq!(srt::write(&reel, None), "1\n00:00:01,100 --> 00:00:02,900\n‹i>a‹/i> < b → (\\an8) & c\n");
    assert_eq!(
        vtt::write(&reel, None),
        "WEBVTT\n\n00:00:01.100 --> 00:00:02.900\n<v Mara &amp; &lt;co&gt;>&lt;i&gt;a&lt;/i&gt; &lt; b --&gt; {\\an8} &amp; c\n"
    );
    assert_eq!(
        ffmetadata::write(&reel),
        ";FFMETADATA1\ntitle=Test\n\n[CHAPTER]\nTIMEBASE=1/24\nSTART=0\nEND=96\ntitle=Pier \\= \\#1\\; \\\\\n"
    );
}

#[test]
fn other_rates_are_counted_exactly() {
    let ntsc = Rate { num: 24_000, den: 1_001 };
    assert_eq!(nominal(ntsc), 24);
    assert_eq!(rescaled(60, Rate { num: 30, den: 1 }, Rate::FILM), 48);
    assert_eq!(rescaled(24_000, ntsc, Rate { num: 1_000, den: 1 }), 1_001_000);
}
