use std::path::Path;

use super::args::{concat_list, conform, metadata, mux, ticks_per_frame, timescale};
use super::*;
use crate::clip::{AudioFacts, VideoFacts};

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

fn piece(name: &str, facts: ClipFacts) -> Piece {
    let shot = name.parse().expect("a name in a test is a shot id");
    Piece { shot, clip: Digest::of(name.as_bytes()), facts, join: Join::Cut }
}

fn laid(rate: Rate, pieces: Vec<Piece>) -> Timeline {
    lay("The Keeper", HD, rate, pieces).expect("pieces in a test can be laid")
}

fn reasons(timeline: &Timeline) -> Vec<String> {
    let words = |segment: &Segment| match &segment.treatment {
        Treatment::Copy => "copy".to_owned(),
        Treatment::Encode(reason) => reason.to_string(),
    };
    timeline.segments.iter().map(words).collect()
}

#[test]
fn alike_clips_are_copied_end_to_end() {
    let timeline = laid(Rate::FILM, vec![piece("a", facts(121)), piece("b", facts(1)), piece("c", facts(96))]);
    assert_eq!(timeline.segments.iter().map(|s| s.at).collect::<Vec<_>>(), [0, 121, 122]);
    assert_eq!(timeline.frames(), 218);
    assert_eq!(reasons(&timeline), ["copy"; 3]);
    assert_eq!(timeline.segments[0].join, Join::Start);
    assert!(!timeline.has_sound());
}

#[test]
fn one_odd_clip_has_all_encoded_and_each_says_why() {
    let odd = |change: fn(&mut VideoFacts)| {
        let mut facts = facts(24);
        change(&mut facts.video);
        facts
    };
    let timeline = laid(
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
    `minor` cannot be copied, and one film has one format
    the clip is 640x360, the film 1280x720
    the clip has 25 frames a second, the film 24
    the clip's frames are not evenly spaced in an MP4 file
    the clip is coded as vp9, most of the film as h264
    the clip's pixels are yuv420p10le, most of the film's yuv420p
    ");
    assert_eq!(timeline.segments[3].length, 23);
}

#[test]
fn positions_in_microseconds_and_samples_never_drift() {
    let ntsc = Rate { num: 24_000, den: 1001 };
    let mut clip = facts(121);
    clip.video.rate = ntsc;
    let timeline = laid(ntsc, (0..250).map(|n| piece(&format!("s{n}"), clip.clone())).collect());
    let list = concat_list(&timeline);
    let micros: u64 = list
        .lines()
        .filter_map(|line| line.strip_prefix("duration "))
        .map(|seconds| seconds.replace('.', "").parse::<u64>().expect("a length is digits and a point"))
        .sum();
    assert_eq!(micros, ntsc.ticks(250 * 121, 1_000_000));
    assert_eq!(timeline.sample(24_000), 1001 * 48_000);
    assert_eq!((timescale(ntsc), ticks_per_frame(ntsc)), (24_000, 1001));
    assert_eq!((timescale(Rate::FILM), ticks_per_frame(Rate::FILM)), (12_288, 512));
}

#[test]
fn nothing_or_an_odd_size_is_not_a_film() {
    assert_eq!(lay("", HD, Rate::FILM, vec![]), Err(LayProblem::Empty));
    let size = Size::new(853, 480);
    assert_eq!(lay("", size, Rate::FILM, vec![piece("a", facts(1))]), Err(LayProblem::OddSize(size)));
}

/// Fields that decide bytes, each with a change to it.
#[test]
fn the_digest_covers_what_reaches_the_file_and_nothing_else() {
    let base = laid(Rate::FILM, vec![piece("a", facts(24)), piece("b", facts(24))]);
    let changed: [fn(&mut Timeline); 15] = [
        |t| t.size = Size::new(2, 2),
        |t| t.rate = Rate { num: 25, den: 1 },
        |t| t.title = "x\nloudness None".into(),
        |t| t.loudness = Some(-14.0),
        |t| t.chapters.push(Chapter { at: 0, title: String::new() }),
        |t| t.music = Some(Music { file: Digest::of(b""), gain_db: 0.0, under: Under::Duck, fade_out: 0 }),
        |t| t.music = Some(Music { file: Digest::of(b""), gain_db: 0.0, under: Under::Stay, fade_out: 0 }),
        |t| t.segments.truncate(1),
        |t| t.segments[1].clip = Digest::of(b"other"),
        |t| t.segments[1].frames = 1..24,
        |t| t.segments[1].at = 25,
        |t| t.segments[1].length = 23,
        |t| t.segments[1].join = Join::Chained { seam: Seam::Drop },
        |t| t.segments[1].join = Join::Transition { kind: TransitionKind::Dissolve, frames: 12 },
        |t| t.segments[1].treatment = Treatment::Encode(Reason::Loose),
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

/// Arguments with each option on a line of its own.
fn line(args: &[std::ffi::OsString]) -> String {
    args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ").replace(" -", "\n-")
}

#[test]
fn arguments_and_texts_for_ffmpeg() {
    let mut sounding = facts(48);
    sounding.audio = Some(AudioFacts { codec: "aac".into(), sample_rate: 44_100, channels: 1 });
    let mut timeline = laid(Rate::FILM, vec![piece("a", facts(25)), piece("b", sounding)]);
    timeline.title = "a=b;c#d\\e\nf".into();
    timeline.chapters = vec![Chapter { at: 0, title: "One".into() }, Chapter { at: 25, title: "é".into() }];
    insta::assert_snapshot!(line(&mux(&timeline, std::ffi::OsStr::new("file:/out.mp4"))), @r"
    -copyts
    -f concat
    -safe 0
    -auto_convert 0
    -i file:list.txt
    -i file:metadata.txt
    -f f32le
    -ar 48000
    -ac 2
    -i pipe:0
    -map 0:v:0
    -map 2:a:0
    -c:a aac
    -b:a 192k
    -flags:a +bitexact
    -map_metadata 1
    -map_chapters 1
    -c:v copy
    -bsf:v setts=pts=round(PTS*TB*24/1)*512:dts=round(DTS*TB*24/1)*512:duration=512:time_base=1/12288
    -video_track_timescale 12288
    -movie_timescale 48000
    -fflags +bitexact
    -movflags +faststart
    -f mp4 file:/out.mp4
    ");
    insta::assert_snapshot!(line(&conform(&timeline, &timeline.segments[0], Path::new("-a:b.mp4"), Path::new("s.mp4"))), @r"
    -i file:-a:b.mp4
    -map 0:V:0
    -an
    -sn
    -dn
    -map_metadata
    -1
    -map_chapters
    -1
    -vf fps=24/1:start_time=0,scale=w='max(2,2*round(min(1280,720*dar)/2))':h='max(2,2*round(min(720,1280/dar)/2))':flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv,pad=1280:720:(ow-iw)/2:(oh-ih)/2:black,setsar=1,format=yuv420p,tpad=stop=-1:stop_mode=clone,trim=end_frame=25
    -c:v libx264
    -preset veryfast
    -crf 16
    -threads 1
    -x264-params stitchable=1
    -g 48
    -color_range tv
    -colorspace bt709
    -color_primaries bt709
    -color_trc bt709
    -video_track_timescale 12288
    -fflags +bitexact
    -flags:v +bitexact
    -f mp4 file:s.mp4
    ");
    insta::assert_snapshot!(concat_list(&timeline), @r"
    ffconcat version 1.0
    file segment-00000.mp4
    duration 1.041667
    file segment-00001.mp4
    duration 2.000000
    ");
    insta::assert_snapshot!(metadata(&timeline), @r"
    ;FFMETADATA1
    title=a\=b\;c\#d\\e\
    f
    [CHAPTER]
    TIMEBASE=1/24
    START=0
    END=25
    title=One
    [CHAPTER]
    TIMEBASE=1/24
    START=25
    END=73
    title=é
    ");
}
