use super::*;
use crate::clip::VideoFacts;

const HD: Size = Size::new(1280, 720);

fn facts(frames: u64) -> ClipFacts {
    let video = VideoFacts {
        codec: "h264".into(),
        size: HD,
        pixels: "yuv420p".into(),
        rate: Rate::FILM,
        frames,
        parameters: "1".into(),
    };
    ClipFacts { video, audio: None, bytes: 1 }
}

fn piece(name: &str, facts: ClipFacts) -> ClipPiece {
    let shot = name.parse().expect("a name in a test is a shot id");
    ClipPiece {
        shot,
        clip: Digest::of(name.as_bytes()),
        facts,
        join: Join::Cut,
        fit: Fit::Letterbox,
        trim: (0, 0),
        grade: None,
        burned: false,
    }
}

fn shape(size: Size) -> Shape {
    Shape { size, rate: Rate::FILM, codec: None }
}

fn laid_timeline(rate: Rate, pieces: Vec<ClipPiece>) -> Timeline {
    lay("The Keeper", Shape { rate, ..shape(HD) }, pieces).expect("pieces in a test can be laid")
}

fn reasons(timeline: &Timeline) -> Vec<String> {
    let mut reasons = Vec::new();
    for segment in &timeline.segments {
        reasons.push(match &segment.treatment {
            Treatment::Copy => "copy".to_owned(),
            Treatment::Encode(reason) => reason.to_string(),
        });
    }
    reasons
}

#[test]
fn alike_clips_are_copied_end_to_end() {
    let timeline = laid_timeline(Rate::FILM, vec![piece("a", facts(121)), piece("b", facts(1)), piece("c", facts(96))]);
    assert_eq!(timeline.segments.iter().map(|s| s.at).collect::<Vec<_>>(), [0, 121, 122]);
    assert_eq!(timeline.frames(), 218);
    assert_eq!(reasons(&timeline), ["copy"; 3]);
    assert_eq!(timeline.segments[0].join, Join::Start);
    assert_eq!(timeline.sound, None);
}

/// A clip whose pictures differ from those of others in one thing.
fn odd(change: fn(&mut VideoFacts)) -> ClipFacts {
    let mut facts = facts(24);
    change(&mut facts.video);
    facts
}

#[test]
fn odd_clips_are_encoded_and_say_why_and_the_rest_is_copied() {
    let timeline = laid_timeline(
        Rate::FILM,
        vec![
            piece("minor", odd(|v| v.parameters = "2".into())),
            piece("main", facts(121)),
            piece("small", odd(|v| v.size = Size::new(640, 360))),
            piece("pal", odd(|v| v.rate = Rate { num: 25, den: 1 })),
            piece("loose", odd(|v| v.parameters = "loose:1".into())),
            piece("vp9", odd(|v| v.codec = "vp9".into())),
            piece("deep", odd(|v| v.pixels = "yuv420p10le".into())),
        ],
    );
    insta::assert_snapshot!(reasons(&timeline).join("\n"), @"
    the clip's codec parameters differ from those of `main`
    copy
    the clip is 640x360, the film 1280x720
    the clip has 25 frames a second, the film 24
    the clip's frames are not evenly spaced in an MP4 file
    the clip is coded as vp9, the film as h264
    the clip's pixels are yuv420p10le, the film's yuv420p
    ");
    assert_eq!(timeline.segments[3].length, 23);
}

#[test]
fn frames_begin_on_whole_ticks() {
    let ntsc = Rate { num: 24_000, den: 1001 };
    assert_eq!((timescale(ntsc), ticks_per_frame(ntsc)), (24_000, 1001));
    assert_eq!((timescale(Rate::FILM), ticks_per_frame(Rate::FILM)), (12_288, 512));
}

fn dissolve(frames: u64) -> Join {
    Join::Transition { kind: TransitionKind::Dissolve, frames }
}

#[test]
fn a_transition_shortens_the_film_and_never_asks_for_more_than_there_is() {
    let mut pieces = vec![piece("a", facts(48)), piece("b", facts(20)), piece("c", facts(48)), piece("d", facts(1))];
    for (piece, frames) in pieces.iter_mut().zip([9, 12, 12, 30]) {
        piece.join = dissolve(frames);
    }
    let timeline = laid_timeline(Rate::FILM, pieces);
    assert_eq!(timeline.segments.iter().map(|s| s.at).collect::<Vec<_>>(), [0, 36, 48, 95]);
    let joins: Vec<Join> = timeline.segments.iter().map(|s| s.join).collect();
    assert_eq!(joins, [Join::Start, dissolve(12), dissolve(8), dissolve(1)]);
    assert_eq!(timeline.frames(), 96);
}

fn coded(name: &str, codec: &str, pixels: &str) -> ClipPiece {
    let mut facts = facts(24);
    facts.video.codec = codec.into();
    facts.video.pixels = pixels.into();
    piece(name, facts)
}

#[test]
fn what_is_encoded_is_encoded_as_most_of_the_film_is_coded() {
    let mut pieces = vec![coded("a", "hevc", "yuv420p10le"), coded("b", "hevc", "yuv420p10le")];
    pieces[1].join = Join::Transition { kind: TransitionKind::Dissolve, frames: 4 };
    pieces.push(coded("c", "h264", "yuv420p"));
    let timeline = laid_timeline(Rate::FILM, pieces.clone());
    assert_eq!((timeline.format.codec, timeline.format.pixels), (Codec::Hevc, "yuv420p10le"));
    assert_eq!(reasons(&timeline), ["copy", "copy", "the clip is coded as h264, the film as hevc"]);
    // What nobody encodes here cannot have anything encoded beside it.
    let mut pieces = vec![coded("a", "h264", "yuv444p"), coded("b", "h264", "yuv444p")];
    assert_eq!(reasons(&laid_timeline(Rate::FILM, pieces.clone())), ["copy"; 2]);
    pieces.push(coded("c", "vp9", "yuv420p"));
    let timeline = laid_timeline(Rate::FILM, pieces);
    let said = "the clip's pixels are yuv444p, the film's yuv420p";
    assert_eq!(reasons(&timeline), [said, said, "the clip is coded as vp9, the film as h264"]);
    assert_eq!((timeline.format.codec, timeline.format.pixels), (Codec::H264, "yuv420p"));
}

fn laid_in(codec: Codec) -> Timeline {
    let pieces = vec![piece("a", facts(24)), piece("b", facts(24))];
    lay("", Shape { codec: Some(codec), ..shape(HD) }, pieces).expect("it can be laid")
}

#[test]
fn the_codec_that_is_asked_for_counts() {
    assert_eq!(reasons(&laid_in(Codec::H264)), ["copy"; 2]);
    for codec in [Codec::Hevc, Codec::Av1, Codec::Prores] {
        let timeline = laid_in(codec);
        assert_eq!(timeline.format.codec, codec);
        assert_eq!(reasons(&timeline), vec![format!("the clip is coded as h264, the film as {codec}"); 2]);
    }
}

#[test]
fn the_most_frames_count_and_of_equals_the_first() {
    assert_eq!(most([(24, 50), (30, 90), (24, 60)].into_iter(), i32::eq), Some(24));
    assert_eq!(most([(24, 50), (30, 90), (25, 90)].into_iter(), i32::eq), Some(30));
    assert_eq!(most([].into_iter(), u8::eq), None);
}

#[test]
fn nothing_or_an_odd_size_is_not_a_film() {
    assert_eq!(lay("", shape(HD), vec![]), Err(LayProblem::Empty));
    let size = Size::new(853, 480);
    assert_eq!(lay("", shape(size), vec![piece("a", facts(1))]), Err(LayProblem::OddSize(size)));
}

fn music(under: Under) -> Music {
    let file = Digest::of(b"");
    let from = Duration::ZERO;
    Music { file, gain_db: 0.0, under, fade_in: 0, fade_out: 0, from, to: None, repeat: false }
}

fn cue() -> Cue {
    Cue { from: 0, to: 500, speaker: None, lines: vec!["Go.".to_owned()] }
}

fn said() -> PlacedSound {
    let file = Digest::of(b"");
    let none = Duration::ZERO;
    PlacedSound { file, gain_db: 0.0, at: none, from: none, to: None, fade_in: none, fade_out: none }
}

/// Fields that decide bytes, each with a change to it.
#[test]
fn the_digest_covers_what_reaches_the_file_and_nothing_else() {
    let base = laid_timeline(Rate::FILM, vec![piece("a", facts(24)), piece("b", facts(24))]);
    let changed: [fn(&mut Timeline); 24] = [
        |t| t.format.codec = Codec::Hevc,
        |t| (t.segments[1].treatment, t.segments[1].fit) = (Treatment::Encode(EncodeReason::Loose), Fit::Crop),
        |t| t.segments[1].grade = Some([1.0, 0.0, 0.0]),
        |t| t.sound = Some(SoundFormat { rate: 44_100, channels: 1 }),
        |t| t.size = Size::new(2, 2),
        |t| t.rate = Rate { num: 25, den: 1 },
        |t| t.tags.title = "x\nloudness None".into(),
        |t| t.tags.comment = Some(String::new()),
        |t| t.tags.xmp = Some(String::new()),
        |t| t.subtitles = Some(Subtitles::Tracks(vec![SubtitleTrack { language: None, cues: vec![cue()] }])),
        |t| t.subtitles = Some(Subtitles::Burned(vec![cue()])),
        |t| t.sounds.push(said()),
        |t| t.loudness = Some(-14.0),
        |t| t.chapters.push(Chapter { at: 0, title: String::new() }),
        |t| t.music = Some(music(Under::Duck)),
        |t| t.music = Some(music(Under::Stay)),
        |t| t.segments.truncate(1),
        |t| t.segments[1].clip = Digest::of(b"other"),
        |t| t.segments[1].frames = 1..24,
        |t| t.segments[1].at = 25,
        |t| t.segments[1].length = 23,
        |t| t.segments[1].join = Join::Chained { seam: Seam::Drop },
        |t| t.segments[1].join = Join::Transition { kind: TransitionKind::Dissolve, frames: 12 },
        |t| t.segments[1].treatment = Treatment::Encode(EncodeReason::Loose),
    ];
    let mut seen = vec![base.digest()];
    for (row, change) in changed.iter().enumerate() {
        let mut other = base.clone();
        change(&mut other);
        assert!(!seen.contains(&other.digest()), "row {row}");
        seen.push(other.digest());
    }
    let mut renamed = base.clone();
    renamed.segments[0].shot = "z".parse().expect("z is a shot id");
    assert_eq!(renamed.digest(), base.digest());
}
