use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use storyreel_mp4::Sample;

use crate::clip::{ClipFacts, Colours, VideoFacts};
use crate::timeline::picture::{EncodedPart, PictureOrder};
use crate::timeline::sound::{SoundPlan, Stretch};
use crate::timeline::{
    ClipPiece, Codec, Fit, Join, Music, PictureFormat, PlacedSound, Shape, SoundFormat, Timeline, TransitionKind,
    Under, lay,
};
use crate::units::{Digest, Rate, Size};

const HD: Size = Size::new(1280, 720);
const STEREO: SoundFormat = SoundFormat { rate: 48_000, channels: 2 };
const CLIP_END: &str = "-flags:v +bitexact -color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 \
    -video_track_timescale 12288 -movie_timescale 48000 -fflags +bitexact -movflags +faststart -f";
/// What is said of pictures before they are encoded.
const DECLARED: &str = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709";

fn piece(name: &str, frames: u64) -> ClipPiece {
    let video = VideoFacts {
        codec: "h264".into(),
        size: HD,
        pixels: "yuv420p".into(),
        rate: Rate::FILM,
        frames,
        parameters: "1".into(),
    };
    ClipPiece {
        shot: name.parse().expect("a name in a test is a shot id"),
        clip: Digest::of(name.as_bytes()),
        facts: ClipFacts { video, audio: None, bytes: 1 },
        join: Join::Cut,
        fit: Fit::Letterbox,
        trim: (0, 0),
        grade: None,
        burned: false,
    }
}

fn laid(pieces: Vec<ClipPiece>) -> Timeline {
    let shape = Shape { size: HD, rate: Rate::FILM, codec: None };
    lay("The Keeper", shape, pieces).expect("pieces in a test can be laid")
}

fn joined(args: &[OsString]) -> String {
    args.join(OsStr::new(" ")).into_string().expect("arguments in a test are text")
}

/// The order of pictures in groups of a second.
fn groups() -> PictureOrder {
    let sample = |shown| Sample { offset: 0, size: 1, shown, duration: 1, sync: shown % 24 == 0 };
    let samples: Vec<Sample> = (0..48).map(sample).collect();
    PictureOrder::of(&samples, |_| true).expect("no two are shown at once")
}

/// Clips whose frames lie where their numbers say, but for the last.
fn footage<'a>(timeline: &'a Timeline, clips: &'a [PathBuf], order: Option<&'a PictureOrder>) -> Vec<Footage<'a>> {
    let mut footage = Vec::new();
    for (n, segment) in timeline.segments.iter().enumerate() {
        let order = order.filter(|_| n + 1 < clips.len());
        footage.push(Footage { segment, clip: &clips[n], order });
    }
    footage
}

#[test]
fn a_run_is_cut_out_of_its_clips_and_blended() {
    let mut pieces = vec![piece("a", 48), piece("b", 48), piece("c", 50)];
    pieces[2].facts.video.rate = Rate { num: 25, den: 1 };
    pieces[1].join = Join::Transition { kind: TransitionKind::WipeLeft, frames: 12 };
    let timeline = laid(pieces);
    let clips = ["-a:b.mp4", "b.mp4", "c.mp4"].map(PathBuf::from);
    let parts = [
        EncodedPart::Plain { segment: 0, frames: 30..36 },
        EncodedPart::Blend { kind: TransitionKind::WipeLeft, segment: 1, from: 36, frames: 12 },
        EncodedPart::Plain { segment: 2, frames: 0..48 },
    ];
    let order = groups();
    let run =
        FilmRun { timeline: &timeline, parts: &parts, footage: &footage(&timeline, &clips, Some(&order)), plates: &[] };
    // Each option on a line of its own.
    let args = joined(&encode_run(&run, OsStr::new("file:/out.mp4"))).replace(" -", "\n-");
    insta::assert_snapshot!(args.replace(';', ";\n"), @"
    -threads 1
    -copyts
    -start_at_zero
    -noaccurate_seek
    -ss 1.010417
    -i file:-a:b.mp4
    -threads 1
    -copyts
    -start_at_zero
    -i file:b.mp4
    -threads 1
    -i file:c.mp4
    -filter_complex [0:V:0]trim=start=1.229167:end=1.979167,settb=1/24,setpts=N,fps=24/1:start_time=0,setsar=1,format=yuv420p,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709,split=2[s0_0][s0_1];
    [s0_0]trim=start_frame=0:end_frame=6,settb=1/24,setpts=N,fps=24/1:start_time=0[v0_0];
    [s0_1]trim=start_frame=6:end_frame=18,settb=1/24,setpts=N,fps=24/1:start_time=0[v0_1];
    [1:V:0]trim=start=-0.020833:end=0.479167,settb=1/24,setpts=N,fps=24/1:start_time=0,setsar=1,format=yuv420p,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709[v1_0];
    [2:V:0]setpts=PTS-0.020000000/TB,fps=24/1:start_time=0:round=up,scale=w='max(2,2*round(min(1280,720*dar)/2))':h='max(2,2*round(min(720,1280/dar)/2))':flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv,pad=1280:720:(ow-iw)/2:(oh-ih)/2:black,setsar=1,format=yuv420p,tpad=stop=-1:stop_mode=clone,trim=end_frame=48,trim=start_frame=0,settb=1/24,setpts=N,fps=24/1:start_time=0,setsar=1,format=yuv420p,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709[v2_0];
    [v0_1][v1_0]xfade=transition=wipeleft:duration=0.500000000:offset=0,format=yuv420p[x1];
    [v0_0][x1][v2_0]concat=n=3,settb=1/24,setpts=N,fps=24/1:start_time=0[v]
    -map [v]
    -an
    -sn
    -dn
    -map_metadata
    -1
    -map_chapters
    -1
    -fps_mode passthrough
    -c:v libx264
    -preset veryfast
    -crf 16
    -threads 1
    -x264-params stitchable=1:sps-id=31
    -g 48
    -color_range tv
    -colorspace bt709
    -color_primaries bt709
    -color_trc bt709
    -video_track_timescale 12288
    -fflags +bitexact
    -flags:v +bitexact
    -f mp4 file:/out.mp4
    ");
}

#[test]
fn plates_are_laid_over_the_frames_of_the_run_that_show_them() {
    let timeline = laid(vec![piece("a", 48), piece("b", 48)]);
    let clips = ["a.mp4", "b.mp4"].map(PathBuf::from);
    let digest = Digest::of(b"plate");
    let seen = OverlayPlate { file: "1.yuva".into(), digest, top: 600, height: 80, frames: 40..52 };
    let past = OverlayPlate { frames: 60..70, ..seen.clone() };
    let parts = [EncodedPart::Plain { segment: 0, frames: 44..48 }, EncodedPart::Plain { segment: 1, frames: 0..10 }];
    let order = groups();
    let footage = footage(&timeline, &clips, Some(&order));
    let run = FilmRun { timeline: &timeline, parts: &parts, footage: &footage, plates: &[seen, past] };
    let args = encode_run(&run, OsStr::new("file:/out.mp4"));
    assert!(joined(&args).contains(
        "-i file:b.mp4 -f rawvideo -pixel_format yuva420p -video_size 1280x80 -framerate 24/1 -i file:1.yuva \
         -filter_complex"
    ));
    let laid = format!(
        "[v0_0][v1_0]concat=n=2,settb=1/24,setpts=N,fps=24/1:start_time=0[u2];[2:v]{DECLARED}[p2];[u2][p2]overlay=x=0:y=600:\
         format=yuv420:enable='between(n,0,7)',settb=1/24,setpts=N,fps=24/1:start_time=0[v] -map [v]"
    );
    assert!(joined(&args).contains(&laid), "{args:?}");
}

#[test]
fn painted_frames_come_by_a_pipe_and_their_sound_from_a_file() {
    let silent = joined(&encode_painted(HD, Rate::FILM, None, Path::new("/out.mp4")));
    let picture = "-probesize 32 -analyzeduration 0 -threads 1 -f rawvideo -pixel_format yuv420p -video_size 1280x720 \
                   -framerate 24 -i pipe:0";
    let coded = format!(
        "-filter_threads 1 -vf setsar=1,{DECLARED} -c:v libx264 -pix_fmt yuv420p -threads 1 -preset ultrafast -qp 20 \
         -x264-params stitchable=1:sps-id=30:cabac=0:8x8dct=0:bframes=0:ref=1:weightp=0 -g 48"
    );
    assert_eq!(silent, format!("{picture} -map 0:v {coded} {CLIP_END} mp4 file:/out.mp4"));
    let sounding = joined(&encode_painted(HD, Rate::FILM, Some(Path::new("s.pcm")), Path::new("/out.mp4")));
    let sound = "-probesize 32 -analyzeduration 0 -f s16le -ar 48000 -ac 2 -i file:s.pcm -map 0:v -map 1:a -c:a aac \
                 -aac_coder fast -b:a 24k -flags:a +bitexact";
    assert_eq!(sounding, format!("{picture} {sound} {coded} {CLIP_END} mp4 file:/out.mp4"));
}

#[test]
fn footage_is_cut_to_exactly_its_frames() {
    let picture = SourcePicture {
        rate: Rate { num: 25, den: 1 },
        is_even: true,
        is_interlaced: false,
        matrix: "bt601",
        table: None,
    };
    let usual = FootageCut {
        footage: Path::new("in.mov"),
        picture,
        start: None,
        frames: 24,
        size: HD,
        fit: Fit::Crop,
        rate: Rate::FILM,
        colours: Colours::default(),
        sound: None,
        quality: ClipQuality::Usual,
    };
    let args = joined(&cut_clip(&usual, Path::new("/out.mp4")));
    let filter = "setpts=PTS-0.020000000/TB,fps=24/1:start_time=0:round=up,\
                  scale=w='max(2,2*round(max(1280,720*dar)/2))':h='max(2,2*round(max(720,1280/dar)/2))':flags=bicubic:\
                  in_color_matrix=bt601:out_color_matrix=bt709:out_range=tv,crop=1280:720,setsar=1,format=yuv420p,\
                  tpad=stop=-1:stop_mode=clone,trim=end_frame=24";
    let coded = "-c:v libx264 -pix_fmt yuv420p -threads 1 -preset veryfast -crf 18 -x264-params \
                 stitchable=1:sps-id=30:cabac=0:8x8dct=0:bframes=0:ref=1:weightp=0 -g 48";
    let begin = "-i file:in.mov -map_metadata -1 -map_chapters -1 -map 0:V:0 -vf";
    assert_eq!(args, format!("{begin} {filter},{DECLARED} {coded} {CLIP_END} mp4 file:/out.mp4"));
    let start = FootageStart { time: 1.5, seek: Some(0.25), lead: 6 };
    let fine = FootageCut { start: Some(start), sound: Some(1), quality: ClipQuality::Fine, ..usual };
    let args = joined(&cut_clip(&fine, Path::new("/out.mov")));
    assert!(args.starts_with("-copyts -start_at_zero -noaccurate_seek -ss 0.250000 -i file:in.mov "), "{args}");
    // The first picture comes six frames later than the sound.
    assert!(args.contains("-vf setpts=PTS-1.770000000/TB,fps=24/1:start_time=0:round=up,"), "{args}");
    assert!(args.contains(",trim=end_frame=18,tpad=start=6:color=black,setparams="), "{args}");
    let coded = "-c:v prores_ks -profile:v hq -vendor apl0 -pix_fmt yuv422p10le -threads 1 -map 0:a:1 -af \
                 atrim=start=1.500000,asetpts=PTS-1.500000/TB,aresample=48000:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=flt|fltp:channel_layouts=stereo,\
                 asetpts=N/SR/TB,apad=whole_len=48000,atrim=end_sample=48000 -c:a aac -b:a 192k -flags:a +bitexact";
    assert!(args.ends_with(&format!("{coded} {CLIP_END} mov file:/out.mov")), "{args}");
}

#[test]
fn fields_and_foreign_colours_are_brought_to_the_film() {
    let picture = SourcePicture {
        rate: Rate { num: 25, den: 1 },
        is_even: true,
        is_interlaced: true,
        matrix: "bt2020",
        table: Some(Path::new("C:\\a,b's.cube")),
    };
    let cut = FootageCut {
        footage: Path::new("in.mov"),
        picture,
        start: Some(FootageStart { time: 2.0, seek: None, lead: 0 }),
        frames: 24,
        size: HD,
        fit: Fit::Crop,
        rate: Rate { num: 25, den: 1 },
        colours: Colours::default(),
        sound: None,
        quality: ClipQuality::Usual,
    };
    let args = joined(&cut_clip(&cut, Path::new("/out.mp4")));
    let begin = "-vf trim=start=1.000000,bwdif=mode=send_frame,setpts=PTS-2.000000000/TB,fps=25/1:start_time=0,";
    assert!(args.contains(begin), "{args}");
    let table = "format=gbrp16le,crop=1280:720,setsar=1,lut3d=file=C\\\\:\\\\\\\\a\\,b\\\\\\'s.cube:interp=tetrahedral,\
                 scale=flags=bicubic:out_color_matrix=bt709:out_range=tv,format=yuv420p";
    assert!(args.contains(table), "{args}");
    let twice = FootageCut { rate: Rate { num: 50, den: 1 }, ..cut };
    let args = joined(&cut_clip(&twice, Path::new("/out.mp4")));
    assert!(args.contains("bwdif=mode=send_field,setpts=PTS-2.000000000/TB,fps=50/1:start_time=0,"), "{args}");
}

#[test]
fn every_codec_of_a_film_has_its_encoder() {
    let mut timeline = laid(vec![piece("a", 48)]);
    let clips = [PathBuf::from("a.mp4")];
    let order = groups();
    for (codec, encoder) in [
        (Codec::Hevc, "-c:v libx265 -pix_fmt yuv420p -preset faster"),
        (Codec::Av1, "-c:v libsvtav1 -pix_fmt yuv420p -preset 8 -crf 22"),
        (Codec::Prores, "-c:v prores_ks -profile:v hq -vendor apl0 -pix_fmt yuv422p10le"),
    ] {
        timeline.format = PictureFormat::beside(codec, None);
        let parts = [EncodedPart::Plain { segment: 0, frames: 0..48 }];
        let run = FilmRun {
            timeline: &timeline,
            parts: &parts,
            footage: &footage(&timeline, &clips, Some(&order)),
            plates: &[],
        };
        let args = joined(&encode_run(&run, OsStr::new("out")));
        assert!(args.contains(encoder), "{args}");
    }
}

#[test]
fn one_frame_is_taken_from_where_it_is_near() {
    let end = "scale=in_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24 -frames:v 1 \
               -fps_mode passthrough -c:v ppm -f image2pipe pipe:1";
    for (wanted, begin) in [
        (WantedFrame::First, "-i file:a.mp4 -map 0:V:0 -vf null"),
        (WantedFrame::LastAfter(1.25), "-ss 1.250000 -i file:a.mp4 -map 0:V:0 -vf reverse"),
        (WantedFrame::LastAfter(-0.5), "-i file:a.mp4 -map 0:V:0 -vf reverse"),
        (WantedFrame::Numbered(7), "-i file:a.mp4 -map 0:V:0 -vf select=eq(n\\,7)"),
    ] {
        assert_eq!(joined(&one_frame(Path::new("a.mp4"), wanted)), format!("{begin},{end}"));
    }
}

#[test]
fn a_view_has_pictures_and_as_many_samples() {
    let clip = Path::new("a.mp4");
    let view = FrameView { clip, rate: Rate::FILM, frames: 12..24, sound: Some(Path::new("s.raw")) };
    assert_eq!(
        joined(&view_frames(&view)),
        "-threads 1 -ss 0.479167 -t 0.541667 -i file:a.mp4 -map 0:V:0 -vf trim=end_frame=12,scale=160:90:flags=area \
         -pix_fmt yuv420p -fps_mode passthrough -f rawvideo pipe:1 -map 0:a:0 -af \
         aresample=48000:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=flt|fltp:channel_layouts=mono,asetpts=N/SR/TB,\
         atrim=start_sample=1000:end_sample=25000 -c:a pcm_f32le -f f32le file:s.raw"
    );
    let begin = joined(&view_frames(&FrameView { clip, rate: Rate::FILM, frames: 0..1, sound: None }));
    assert!(begin.starts_with("-threads 1 -t 0.083333 -i file:a.mp4 "), "{begin}");
}

#[test]
fn a_clip_is_looked_through_behind_what_it_is_compared_with() {
    let mut pass = ClipPass {
        clip: Path::new("a.mp4"),
        width: 1280,
        height: 720,
        references: &[],
        times: Path::new("times"),
        has_sound: false,
        sound: None,
    };
    let rows = "scale=1280:72:flags=neighbor:out_range=tv,format=yuv420p,setsar=1";
    let select = format!("select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.11),{rows}");
    let out = "-map [pictures] -c:v rawvideo -fps_mode passthrough -f rawvideo pipe:1 \
               -map [timed] -c:v rawvideo -fps_mode passthrough -f mkvtimestamp_v2 file:times";
    let before = "-xerror -filter_complex_threads 1 -threads 1 -skip_loop_filter all -err_detect explode -i file:a.mp4";
    assert_eq!(
        joined(&look_through(&pass)),
        format!("{before} -filter_complex [0:V:0]{select},split[pictures][whole];[whole]crop=2:2:0:0[timed] {out}")
    );
    let heads = [Path::new("head.png")];
    pass.references = &heads;
    pass.has_sound = true;
    pass.sound = Some(Path::new("sound"));
    let later = "setpts=PTS-STARTPTS+1/TB";
    let fitted = "scale=1280:720:flags=area:in_color_matrix=bt709:out_color_matrix=bt709";
    assert_eq!(
        joined(&look_through(&pass)),
        format!(
            "{before} -threads 1 -i file:head.png -filter_complex \
             [1:V:0]trim=end_frame=1,{fitted},{rows},{later}[r1];[0:V:0]{select},{later}[r0];[r1][r0]concat=n=2,\
             split[pictures][whole];[whole]crop=2:2:0:0[timed] {out} -map 0:a -f null - -map 0:a:0 -ac 1 -c:a pcm_s16le -f s16le file:sound"
        )
    );
}

#[test]
fn sound_is_decoded_to_numbers_and_measured() {
    let to_stereo = "aresample=48000:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=flt|fltp:channel_layouts=stereo,\
                     asetpts=N/SR/TB";
    let narration = PlacedSound {
        file: Digest::of(b"words"),
        gain_db: 0.0,
        at: Duration::ZERO,
        from: Duration::from_millis(500),
        to: Some(Duration::from_secs(2)),
        fade_in: Duration::ZERO,
        fade_out: Duration::ZERO,
    };
    let args = joined(&decode_laid_sound(&narration, Path::new("w.mp3"), STEREO));
    let cut = "-i file:w.mp3 -map 0:a:0 -vn -sn -dn -af atrim=start=0.500000:end=2.000000,asetpts=PTS-STARTPTS";
    assert_eq!(args, format!("{cut},{to_stereo} -c:a pcm_f32le -f f32le pipe:1"));
    let args = joined(&measure_loudness(STEREO, Some("volume=1.00dB")));
    assert_eq!(
        args,
        "-loglevel info -nostats -probesize 32 -analyzeduration 0 -f f32le -ar 48000 -ac 2 -i pipe:0 -af \
         volume=1.00dB,ebur128=peak=true:framelog=verbose -f null -"
    );
}

#[test]
fn clips_are_decoded_from_end_to_end_or_at_both_ends() {
    let clip = Path::new("a.mp4");
    let all = "-xerror -err_detect explode -i file:a.mp4 -map 0:V:0 -map 0:a? -fps_mode passthrough -f null -";
    assert_eq!(joined(&decode_all(clip)), all);
    let ends = "-i file:a.mp4 -ss 1.500000 -i file:a.mp4 -map 0:V:0 -map 1:V:0 -frames:v:0 1 -fps_mode passthrough \
                -f framecrc -";
    assert_eq!(joined(&decode_ends(clip, 1.5)), ends);
    let frames = "-i file:a.mp4 -map 0:V:0 -fps_mode passthrough -f framecrc -";
    assert_eq!(joined(&list_frames(clip)), frames);
    assert_eq!(joined(&decode_sound(clip)), "-i file:a.mp4 -map 0:a:0 -af asetnsamples=n=16384:p=0 -f framecrc -");
    let packets = "-xerror -err_detect explode -probesize 32 -analyzeduration 0 -f aac -i file:a.aac -c:a pcm_f32le -ac 2 \
                   -f f32le pipe:1";
    assert_eq!(joined(&decode_packets(Path::new("a.aac"), 2)), packets);
    let sound = "-i file:a.mp4 -map 0:a:0 -vn -sn -dn -af aresample=48000:async=1:min_hard_comp=0.02:first_pts=0,\
                 aformat=sample_fmts=flt|fltp:channel_layouts=stereo,asetpts=N/SR/TB -c:a pcm_f32le -f f32le pipe:1";
    assert_eq!(joined(&decode_clip(clip, STEREO)), sound);
}

#[test]
fn music_is_repeated_in_the_format_of_the_film() {
    let music = Music {
        file: Digest::of(b"music"),
        gain_db: 0.0,
        under: Under::Stay,
        fade_in: 0,
        fade_out: 0,
        from: Duration::from_secs(1),
        to: None,
        repeat: true,
    };
    assert_eq!(
        joined(&decode_music(&music, Path::new("m.mp3"), STEREO)),
        "-i file:m.mp3 -map 0:a:0 -vn -sn -dn -af atrim=start=1.000000,asetpts=PTS-STARTPTS,\
         aresample=48000:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=flt|fltp:channel_layouts=stereo,asetpts=N/SR/TB,\
         aloop=loop=-1:size=172800000 -c:a pcm_f32le -f f32le pipe:1"
    );
}

#[test]
fn sound_between_copied_packets_is_encoded_with_more_bits() {
    let copied = Stretch::Copy { segment: 0, packets: 0..10 };
    let mut plan = SoundPlan { format: STEREO, length: 48_000, parts: Vec::new(), stretches: vec![copied] };
    let input = "-probesize 32 -analyzeduration 0 -f f32le -ar 48000 -ac 2 -i pipe:0";
    let args = joined(&encode_sound(&plan, None, Path::new("s.aac")));
    let coded = "-c:a aac -aac_coder fast -b:a 256k -flags:a +bitexact -f adts file:s.aac";
    assert_eq!(args, format!("{input} {coded}"));
    plan.stretches.clear();
    let args = joined(&encode_sound(&plan, Some("volume=1.00dB"), Path::new("s.aac")));
    let coded = "-af volume=1.00dB -c:a aac -b:a 192k -flags:a +bitexact -f adts file:s.aac";
    assert_eq!(args, format!("{input} {coded}"));
}

#[test]
fn a_silent_copy_gets_the_sound_of_its_footage() {
    let mut piece = piece("a", 48);
    piece.trim = (12, 12);
    let timeline = laid(vec![piece]);
    let sound = FootageSound { footage: Path::new("in.mp4"), track: 0 };
    let args = joined(&add_sound(Path::new("s.mp4"), sound, &timeline, Path::new("/out.mp4")));
    let inputs = "-i file:s.mp4 -copyts -start_at_zero -noaccurate_seek -ss 0.400000 -i file:in.mp4 -map_metadata -1 -map_chapters -1 -map 0:V:0 -c:v copy \
                  -map 1:a:0 -af atrim=start=0.500000,asetpts=PTS-0.500000/TB,";
    assert!(args.starts_with(inputs), "{args}");
    assert!(
        args.ends_with(&format!(
            "atrim=end_sample=48000 -c:a aac -b:a 192k -flags:a +bitexact {CLIP_END} mp4 \
                                     file:/out.mp4"
        )),
        "{args}"
    );
}

#[test]
fn ffprobe_is_asked_for_what_is_needed() {
    let file = Path::new("a.mp4");
    let length = "-v warning -select_streams a -show_entries format=format_name,duration \
                  -of default=nokey=1:noprint_wrappers=1 file:a.mp4";
    assert_eq!(joined(&probe_length(file)), length);
    let film = "-v error -probesize 32 -analyzeduration 0 -of compact=p=0:nk=1 -show_entries \
                stream=codec_type,width,height,nb_frames,duration,start_pts file:a.mp4";
    assert_eq!(joined(&probe_film(file)), film);
    let entries = "-show_entries packet=stream_index,pts,dts,duration,flags:format=format_name,start_time,duration\
                   :stream=index,codec_type,codec_name,width,height,pix_fmt,color_space,color_range,color_primaries,\
                   color_transfer,field_order,\
                   sample_aspect_ratio,r_frame_rate,avg_frame_rate,time_base,duration,duration_ts,nb_frames,\
                   sample_rate,channels,extradata_hash:stream_side_data=rotation\
                   :stream_disposition=attached_pic,default file:a.mp4";
    assert_eq!(joined(&probe_clip(file, false)), format!("-v error -of compact {entries}"));
    assert_eq!(joined(&probe_clip(file, true)), format!("-v error -of compact -show_data_hash sha256 {entries}"));
}

fn told(line: &str) -> Result<String, String> {
    let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    with_formats(&args, format_of).map(|args| joined(&args))
}

/// Knows MP4 by the ending of its name alone.
fn format_of(file: &Path) -> Result<&'static str, String> {
    let is_mp4 = file.extension().is_some_and(|ending| ending == "mp4");
    if is_mp4 { Ok("mov") } else { Err(format!("{} is unknown", file.display())) }
}

#[test]
fn every_file_has_its_format_before_it_and_pipes_have_none() {
    assert_eq!(
        told("-ss 1 -i file:a.mp4 -f s16le -i file:b.raw -i pipe:0 -f mp4 file:out").expect("all are known"),
        "-ss 1 -protocol_whitelist file,pipe -f mov -i file:a.mp4 -f s16le -protocol_whitelist file,pipe \
         -i file:b.raw -i pipe:0 -f mp4 file:out"
    );
    assert_eq!(told("-i file:c.mp3 out"), Err("c.mp3 is unknown".to_owned()));
    let probed = with_format(&probe_length(Path::new("a.mp4")), format_of).expect("it is known");
    assert!(joined(&probed).ends_with("-protocol_whitelist file,pipe -f mov file:a.mp4"), "{probed:?}");
    assert_eq!(with_format(&[VERSION.into()], format_of), Ok(vec![VERSION.into()]));
}
