//! What is handed on to other tools, read back by other programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use storyreel_core::film::{self, Film, Overrides};
use storyreel_core::lock::ClipRecord;
use storyreel_core::storyboard;
use storyreel_core::timeline::{Join, TransitionKind};
use storyreel_exchange::exchange::{self, Clip, CutList, MediaFile};

use crate::loopback::{Loopback, Settings};
use crate::support::{Run, Seen, media, newest, python};

/// The reference library and its readers of edit decision lists and of XML, as published for Python.
const LIBRARY: [&str; 3] = ["opentimelineio==0.18.1", "otio-cmx3600-adapter==1.0.0", "otio-fcp-adapter==1.0.0"];

/// Reads a file and says in JSON what the library sees in it.
const READER: &str = r#"
import json, os, sys, urllib.parse
import opentimelineio as otio

path = sys.argv[1]
rate = {"rate": 24} if path.endswith(".edl") else {}
timeline = otio.adapters.read_from_file(path, **rate)
if path.endswith(".otio"):
    again = otio.adapters.read_from_string(timeline.to_json_string(), "otio_json")
    assert again.is_equivalent_to(timeline)

def media(reference):
    seen = {"kind": type(reference).__name__}
    if reference.available_range is not None:
        seen["frames"] = reference.available_range.duration.to_frames()
    url = getattr(reference, "target_url", None)
    if url:
        parts = urllib.parse.urlparse(url)
        seen["url"] = url
        seen["file"] = os.path.normpath(os.path.join(os.path.dirname(path), urllib.parse.unquote(parts.path)))
    return seen

def item(child):
    seen = {"kind": type(child).__name__, "name": child.name}
    if isinstance(child, otio.schema.Transition):
        seen["offsets"] = [child.in_offset.to_frames(), child.out_offset.to_frames()]
        seen["type"] = child.transition_type
        return seen
    seen["start"] = child.source_range.start_time.to_frames()
    seen["frames"] = child.duration().to_frames()
    seen["markers"] = [[marker.name, getattr(marker, "comment", "")] for marker in child.markers]
    seen["notes"] = otio.core.serialize_json_to_string(child.metadata)
    if isinstance(child, otio.schema.Clip):
        seen["media"] = {key: media(one) for key, one in child.media_references().items()}
        if path.endswith(".otio") and child.media_reference.available_range is not None:
            have, used = child.available_range(), child.trimmed_range()
            seen["within"] = used.start_time >= have.start_time and used.end_time_exclusive() <= have.end_time_exclusive()
    return seen

tracks = [{
    "name": track.name, "kind": track.kind, "enabled": track.enabled, "frames": track.trimmed_range().duration.to_frames(),
    "children": [item(child) for child in track],
} for track in timeline.tracks]
markers = [[marker.name, marker.comment, marker.marked_range.start_time.to_frames()] for marker in timeline.tracks.markers]
print(json.dumps({"name": timeline.name, "tracks": tracks, "markers": markers}))
"#;

/// The folder of the library, fetched from the registry once. Without it these tests fail: nothing else shows that the
/// files are what other programs read.
pub(crate) fn library() -> PathBuf {
    python::packages(&LIBRARY, &["--no-deps", "--only-binary", ":all:"]).unwrap_or_else(|why| panic!("{why}"))
}

fn read_back(file: &Path) -> Value {
    let mut python = Command::new("python3");
    python.args(["-c", READER]).arg(file).env("PYTHONPATH", library()).env("PYTHONDONTWRITEBYTECODE", "1");
    let done = python.output().expect("python3 is installed");
    assert!(done.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("the reader writes JSON")
}

/// The line of the storyboard that names sounds.
const SOUNDS: &str = "film: {music: {file: score.wav, gain_db: -12}, narration: {file: score.wav, at: 2}}\n";

const BOARD: &str = "storyboard: 1\ntitle: 'The \"Keeper\" & <co>'\n\
    defaults: {provider: animatic, resolution: 480p, duration: 4}\n\
    film: {music: {file: score.wav, gain_db: -12}, narration: {file: score.wav, at: 2}}\n\
    shots:\n\
    - {id: dawn, scene: Pier, prompt: Dawn over the harbour, return_last_frame: true,\n   \
       dialogue: [{speaker: Mara, line: One more night., at: 1.5}]}\n\
    - {id: climb, scene: Pier, prompt: She climbs, take: 1}\n\
    - {id: lamp, scene: Lamp room, prompt: A lamp, transition: dissolve, dialogue: [{line: 'Light & <i>dark</i>'}]}\n\
    - {id: end, card: The End, duration: 1}\n";

fn board() -> Run {
    Run::new().board("film.yaml", BOARD).file("score.wav", media::wav())
}

fn export(run: Run, to: &str) -> Run {
    run.args(["export", "film.yaml", "--to", to])
}

fn frames_of(film: &Path) -> u64 {
    let args = ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"];
    let output =
        newest::program("ffprobe").args(args).args(["-of", "csv=p=0"]).arg(film).output().expect("ffprobe is there");
    let count = String::from_utf8_lossy(&output.stdout);
    count.trim().trim_end_matches(',').parse().unwrap_or_else(|_| panic!("ffprobe counts: {output:?}"))
}

/// Renders the film, and `climb` again as its third take.
fn rendered() -> Seen {
    let seen = board().args(["render", "film.yaml"]).ok();
    let second = BOARD.replace("take: 1", "take: 3");
    seen.again().board("film.yaml", &second).args(["render", "film.yaml"]).ok()
}

#[test]
fn the_reference_library_reads_what_the_film_shows() {
    let seen = rendered();
    export(seen.again(), "otio").args(["-o", "edit/film.otio"]).ok();
    export(seen.again(), "edl").args(["-o", "edit/film.edl", "--copy-media", "edit/media"]).ok();
    let frames = frames_of(&seen.path().join("out/film.mp4"));
    let otio = read_back(&seen.path().join("edit/film.otio"));
    assert_eq!(otio["name"], "The \"Keeper\" & <co>");
    let tracks = otio["tracks"].as_array().expect("tracks");
    let kinds: Vec<_> = tracks.iter().map(|track| (track["name"].as_str(), track["kind"].as_str())).collect();
    assert_eq!(kinds[0], (Some("Pictures"), Some("Video")));
    assert!(kinds.contains(&(Some("Music"), Some("Audio"))) && kinds.contains(&(Some("Dialogue"), Some("Audio"))));
    let narration = tracks.iter().find(|track| track["name"] == "Narration").expect("a track of narration");
    let parts = narration["children"].as_array().expect("parts").iter();
    let parts: Vec<_> = parts.map(|part| (part["kind"].as_str(), &part["start"], &part["frames"])).collect();
    assert_eq!(parts[0], (Some("Gap"), &0.into(), &48.into()), "two seconds");
    assert_eq!(parts[1], (Some("Clip"), &0.into(), &2.into()), "a tenth of a second");
    for track in tracks.iter().filter(|track| track["name"] != "Dialogue") {
        assert_eq!(track["frames"], frames, "{}", track["name"]);
    }
    let clips: Vec<&Value> =
        tracks[0]["children"].as_array().expect("clips").iter().filter(|child| child["kind"] == "Clip").collect();
    assert_eq!(clips.len(), 4);
    for clip in &clips {
        assert_eq!(clip["within"], true, "{clip}");
        let media = &clip["media"]["DEFAULT_MEDIA"];
        assert!(media["url"].as_str().expect("a URL").starts_with("../"), "{media}");
        assert_eq!(
            frames_of(Path::new(media["file"].as_str().expect("a file"))),
            media["frames"].as_u64().expect("frames")
        );
    }
    assert_eq!(clips[0]["markers"][0], serde_json::json!(["prompt", "Dawn over the harbour"]));
    let notes: Value = serde_json::from_str(clips[1]["notes"].as_str().expect("notes")).expect("JSON");
    assert_eq!(notes["storyreel"]["shot"], "climb");
    assert_eq!(notes["storyreel"]["take"], 3);
    let takes: Vec<_> = clips[1]["media"].as_object().expect("media").keys().collect();
    assert_eq!(takes, ["DEFAULT_MEDIA", "take 1"]);
    assert_ne!(clips[1]["media"]["take 1"]["file"], clips[1]["media"]["DEFAULT_MEDIA"]["file"]);
    let marks: Vec<_> = otio["markers"].as_array().expect("markers").iter().map(|mark| &mark[0]).collect();
    assert_eq!(marks, ["Pier", "Lamp room", "Mara", "dialogue"]);

    let edl = read_back(&seen.path().join("edit/film.edl"));
    assert_eq!(edl["tracks"][0]["frames"], frames);
    let names: Vec<_> =
        edl["tracks"][0]["children"].as_array().expect("clips").iter().map(|clip| &clip["name"]).collect();
    let copies: Vec<_> = fs::read_dir(seen.path().join("edit/media")).expect("copies").flatten().collect();
    assert_eq!(copies.len(), 5, "one for every shot, and the sound of music and narration");
    let mut names_of_copies: Vec<String> =
        copies.iter().map(|copy| copy.file_name().to_string_lossy().into_owned()).collect();
    names_of_copies.sort();
    let beginnings = ["0010-dawn-", "0020-climb-", "0030-lamp-", "0040-end-", "score-"];
    assert!(names_of_copies.iter().zip(beginnings).all(|(name, begin)| name.starts_with(begin)), "{names_of_copies:?}");
    for name in names.iter().filter_map(|name| name.as_str()).filter(|name| !name.starts_with("SMPTE")) {
        assert!(seen.path().join("edit/media").join(name).is_file(), "{name}");
    }
    xml_is_read_back(&seen, frames);
    overlaps_are_read_back(seen.path());
}

/// The sequence for Premiere, as the adapter of the library sees it.
fn xml_is_read_back(seen: &Seen, frames: u64) {
    export(seen.again(), "xmeml").args(["-o", "edit/film.xml"]).ok();
    let xml = read_back(&seen.path().join("edit/film.xml"));
    assert_eq!(xml["name"], "The \"Keeper\" & <co>");
    let tracks = xml["tracks"].as_array().expect("tracks");
    // Pictures, their sound, music, and narration that begins after two seconds.
    let kinds: Vec<_> = tracks.iter().map(|track| track["kind"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["Video", "Audio", "Audio", "Audio"]);
    assert_eq!(tracks[0]["frames"], frames);
    let children = tracks[0]["children"].as_array().expect("clips");
    let kinds: Vec<_> = children.iter().map(|child| child["kind"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["Clip", "Clip", "Transition", "Clip", "Clip"]);
    assert_eq!(children[2]["offsets"], serde_json::json!([6, 6]));
    for child in children.iter().filter(|child| child["kind"] == "Clip") {
        let media = &child["media"]["DEFAULT_MEDIA"];
        let file = Path::new(media["file"].as_str().expect("a file"));
        assert_eq!(frames_of(file), media["frames"].as_u64().expect("frames"), "{child}");
    }
    // The cut lies in the middle of the dissolve: half of it is before the clip's first frame of its own.
    assert_eq!([&children[3]["start"], &children[3]["frames"]], [6, 90]);
    assert_eq!(children[0]["markers"][0][0], "prompt");
    assert_eq!(tracks[3]["children"][0]["frames"], 48);
    let marks: Vec<_> = xml["markers"].as_array().expect("markers").iter().map(|mark| &mark[0]).collect();
    assert_eq!(marks, ["Pier", "Lamp room", "Mara", "dialogue"]);
}

#[test]
fn the_shot_list_is_read_by_a_reader_of_tables() {
    let formula = "storyboard: 1\nshots:\n- {id: one, scene: Pier, number: 5, duration: 4, prompt: '=1+1, \"now\"'}\n\
        - {id: two, duration: 5, prompt: Rain, dialogue: [{speaker: Mara, line: One., delivery: whispering}, {line: Two.}],\n   \
        transition: {type: dissolve, duration: 0.5}}\n";
    let seen = export(Run::new().board("film.yaml", formula), "csv").args(["-o", "shots.csv"]).ok();
    let reader = "import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='')))))";
    let done = Command::new("python3").args(["-c", reader]).arg(seen.path().join("shots.csv")).output();
    let done = done.expect("python3 is installed");
    let rows: Value = serde_json::from_slice(&done.stdout).expect("the reader writes JSON");
    let cells = |row: usize, names: &[&str]| -> Vec<String> {
        names.iter().map(|name| rows[row][*name].as_str().expect("a cell").to_owned()).collect()
    };
    let names = ["number", "id", "scene", "in", "out", "duration", "prompt", "dialogue", "seconds", "made"];
    let first = ["5", "one", "Pier", "00:00:00:00", "00:00:03:18", "00:00:03:18", "'=1+1, \"now\"", "", "3.750", "no"];
    assert_eq!(cells(0, &names), first);
    let said = "Mara (whispering): One.\nTwo.";
    let second = ["10", "two", "", "00:00:03:18", "00:00:08:12", "00:00:04:18", "Rain", said, "4.750", "no"];
    assert_eq!(cells(1, &names), second);
}

/// What poppler reads of a PDF: the number of its pages, and the words of each.
fn pages_of(file: &Path) -> Vec<String> {
    let done = Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(file).arg("-").output();
    let done = done.expect("pdftotext of poppler is installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    text.split('\u{c}').filter(|page| !page.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_storyboard_on_paper_has_every_word_and_is_read_by_poppler() {
    let long = "A long way down the pier she walks. ".repeat(110);
    let board = format!(
        "storyboard: 1\ntitle: Paper\nshots:\n- {{id: one, scene: حارس, prompt: A door., board: refs/door.png, notes: too dark}}\n\
         - {{id: two, number: 15B, prompt: 灯台の光, dialogue: [{{speaker: Mara, line: One more night.}}]}}\n\
         - {{id: three, prompt: '{long} the end'}}\n- {{id: four, card: {{text: The End}}}}\n"
    );
    let run = Run::new().board("film.yaml", &board).file("refs/note", "");
    image::RgbImage::from_pixel(200, 300, image::Rgb([200, 40, 40]))
        .save(run.path().join("refs/door.png"))
        .expect("saved");
    let mut first = Vec::new();
    let project = run.args(["check", "film.yaml"]).ok();
    for (per_page, pages) in [("1", 5), ("2", 3), ("3", 3), ("6", 2)] {
        let seen = export(project.again(), "pdf").args(["--per-page", per_page, "-o", "board.pdf"]).ok();
        let file = seen.path().join("board.pdf");
        let found = pages_of(&file);
        assert_eq!(found.len(), pages, "{per_page} a page: {found:?}");
        let all = found.join("\n");
        for words in ["Paper", "10", "one", "حارس", "A door.", "too dark", "15B", "灯台の光", "Mara", "One more night."]
        {
            assert!(all.contains(words), "{per_page} a page: no {words} in\n{all}");
        }
        assert!(found[pages - 1].contains("the end") && all.contains("whole on the last pages"), "{all}");
        let bytes = fs::read(&file).expect("it is there");
        first.push(bytes);
    }
    let again = export(project.again(), "pdf").args(["--per-page", "6", "-o", "again.pdf"]).ok();
    assert!(fs::read(again.path().join("again.pdf")).expect("there") == first[3], "equal boards are equal files");
}

#[test]
fn subtitles_stand_in_the_list_and_on_paper_in_each_language() {
    let text = "storyboard: 1\nshots:\n- {id: one, prompt: Rain, dialogue: [{speaker: Mara, line: もう一晩だけ。, language: ja, \
        subtitle: {en: One more night., de: Noch eine Nacht.}}]}\n";
    let list = export(Run::new().board("film.yaml", text), "csv").ok().stdout;
    let header = list.lines().next().expect("a header");
    let line = list.lines().nth(1).expect("a shot");
    assert!(
        header.contains(",subtitle_ja") && header.contains(",subtitle_en") && header.contains(",subtitle_de"),
        "{header}"
    );
    assert!(line.contains("One more night.") && line.contains("Noch eine Nacht."), "{line}");
    let board = Run::new().board("film.yaml", text);
    let seen = export(board, "pdf").args(["--paper", "letter", "--per-page", "1", "-o", "board.pdf"]).ok();
    let file = seen.path().join("board.pdf");
    let words = pages_of(&file).join("\n");
    for wanted in ["もう一晩だけ。", "en  One more night.", "de  Noch eine Nacht."] {
        assert!(words.split_whitespace().collect::<Vec<_>>().join(" ").contains(&wanted.replace("  ", " ")), "{words}");
    }
    assert_eq!(words.matches("もう一晩だけ").count(), 1, "the spoken language is not repeated: {words}");
    let facts = Command::new("pdfinfo").arg(&file).output().expect("pdfinfo of poppler is installed");
    assert!(String::from_utf8_lossy(&facts.stdout).contains("792 x 612 pts (letter)"), "{facts:?}");
    export(seen.again(), "csv").args(["--paper", "a4"]).code(2).err_has("`--paper` is for `pdf`");
}

/// A chain of clips from a service, whose doubled frames leave the film, and transitions behind it.
const CHAIN: &str = "storyboard: 1\ntitle: Chain\ndefaults: {provider: ark, resolution: 480p, duration: 4}\n\
    providers: {ark: {poll: {initial: 1, max: 1}, deadline: 120}}\n\
    film: {music: score.wav, chapters: shots}\n\
    shots:\n\
    - {id: one, prompt: A boat at sea, return_last_frame: true, dialogue: [{line: Ahoy, at: 3}]}\n\
    - {id: two, prompt: It comes nearer, return_last_frame: true, dialogue: [{line: Land, at: 1}]}\n\
    - {id: three, prompt: It lands, dialogue: [{line: Home, at: 1}]}\n\
    - {id: four, prompt: The village, transition: {type: dissolve, duration: 0.5}}\n\
    - {id: end, card: The End, duration: 2, transition: {type: fade-black, duration: 1}}\n";

#[test]
fn frames_that_leave_the_film_leave_the_edit() {
    let service = Loopback::start(Settings::new());
    let run = Run::new().board("film.yaml", CHAIN).file("score.wav", media::wav());
    let run = service.env().into_iter().fold(run, |run, (name, value)| run.env(&name, value));
    let seen = run.args(["render", "film.yaml", "--yes"]).ok();
    for (to, file) in [("otio", "film.otio"), ("edl", "film.edl"), ("srt", "film.srt"), ("chapters", "chapters.txt")] {
        export(seen.again(), to).args(["-o", file]).ok();
    }
    let film = seen.path().join("out/film.mp4");
    let frames = frames_of(&film);
    let whole = 4 * 97 + 48 - 12 - 24;
    assert!(frames < whole, "the film keeps all {whole} frames: nothing was dropped at the seams");

    let otio = read_back(&seen.path().join("film.otio"));
    for track in ["Pictures", "Sound of the clips", "Music"] {
        let all = otio["tracks"].as_array().expect("tracks");
        let found = all.iter().find(|one| one["name"] == track).unwrap_or_else(|| panic!("no track {track}"));
        assert_eq!(found["frames"], frames, "{track}");
    }
    let shots: Vec<&Value> = otio["tracks"][0]["children"].as_array().expect("clips").iter().collect();
    let clips: Vec<&&Value> = shots.iter().filter(|child| child["kind"] == "Clip").collect();
    assert!(clips.iter().all(|clip| clip["within"] == true), "{clips:?}");
    assert_eq!(clips[0]["media"]["DEFAULT_MEDIA"]["frames"], 97, "the whole clip is the handle");
    assert_eq!(read_back(&seen.path().join("film.edl"))["tracks"][0]["frames"], frames);

    // A chapter a shot: where one begins in the film, the edit has its cut, which lies in the middle of a transition.
    let starts = |file: &Path, args: &[&str]| -> Vec<u64> {
        let args = [&["-v", "error"], args, &["-show_chapters", "-of", "json"]].concat();
        let found = newest::program("ffprobe").args(args).arg(file).output().expect("ffprobe is there");
        let found: Value = serde_json::from_slice(&found.stdout).expect("JSON");
        let chapters = found["chapters"].as_array().expect("chapters").iter();
        let seconds = chapters.map(|chapter| chapter["start_time"].as_str().expect("a time").parse::<f64>());
        seconds.map(|seconds| (seconds.expect("seconds") * 24.0).round() as u64).collect()
    };
    let in_film = starts(&film, &[]);
    assert_eq!(starts(&seen.path().join("chapters.txt"), &["-f", "ffmetadata"]), in_film);
    let mut end = 0;
    let ends = clips.iter().map(|clip| {
        end += clip["frames"].as_u64().expect("frames");
        end
    });
    let cuts: Vec<u64> = std::iter::once(0).chain(ends).take(5).collect();
    assert_eq!(cuts, [in_film[0], in_film[1], in_film[2], in_film[3] + 6, in_film[4] + 12]);
    let spoken = cues(&seen.path().join("film.srt"));
    let frame = |ms: u64| (ms as f64 * 24.0 / 1000.0).round() as u64;
    // A line at a second of its clip is heard there, whatever the seam took off before it.
    let second = |at: usize| in_film[at] + 24 - clips[at]["start"].as_u64().expect("frames");
    assert_eq!([frame(spoken[1].0), frame(spoken[2].0)], [second(1), second(2)]);
}

/// The same for transitions that share frames, laid by hand: 96 + 96 + 96 + 24 frames less 13 and 8.
fn overlaps_are_read_back(folder: &Path) {
    let film = film_of(BOARD.replace(SOUNDS, ""));
    let planned: Vec<ClipRecord> = film.shots.iter().map(|shot| exchange::planned(&film, shot)).collect();
    let mut timeline =
        storyreel_core::film_timeline::timeline(&film, &planned.iter().collect::<Vec<_>>()).expect("it can be laid");
    let mut end = 0;
    for (at, segment) in timeline.segments.iter_mut().enumerate() {
        let shared = [0, 13, 8, 0][at];
        let kind = if at == 1 { TransitionKind::Dissolve } else { TransitionKind::WipeRight };
        segment.join = if shared > 0 { Join::Transition { kind, frames: shared } } else { Join::Cut };
        segment.at = end - shared;
        end = segment.at + segment.length;
    }
    let file =
        |taken: &ClipRecord| MediaFile { name: "clip.mp4".to_owned(), url: format!("{}.mp4", taken.clip.short()) };
    let clips: Vec<_> = planned
        .iter()
        .map(|taken| Some(Clip { taken: taken.clone(), file: file(taken), others: Vec::new(), footage: None }))
        .collect();
    let reel = CutList { film: &film, timeline: &timeline, clips: &clips, sounds: &[] };
    fs::write(folder.join("blend.otio"), exchange::otio::write(&reel)).expect("written");
    fs::write(folder.join("blend.edl"), exchange::edl::write(&reel).text).expect("written");
    let otio = read_back(&folder.join("blend.otio"));
    let children = otio["tracks"][0]["children"].as_array().expect("clips");
    assert_eq!(otio["tracks"][0]["frames"], 312 - 21);
    assert!(children.iter().all(|child| child["kind"] == "Transition" || child["within"] == true), "{children:?}");
    assert_eq!(children[1]["offsets"], serde_json::json!([6, 7]));
    assert_eq!(children[1]["type"], "SMPTE_Dissolve");
    let edl = read_back(&folder.join("blend.edl"));
    let children = edl["tracks"][0]["children"].as_array().expect("clips");
    assert_eq!(edl["tracks"][0]["frames"], 312 - 21);
    let kinds: Vec<_> = children.iter().map(|child| child["type"].as_str().unwrap_or("clip")).collect();
    assert_eq!(kinds, ["clip", "SMPTE_Dissolve", "clip", "SMPTE_Wipe", "clip", "clip"]);
    assert_eq!(children[1]["offsets"], serde_json::json!([0, 13]));
}

#[test]
fn the_time_code_of_footage_is_the_source_of_the_edit() {
    let board = "storyboard: 1\ntitle: Footage\nshots:\n- {id: pier, clip: 'cards/a b.mov', in: 0.5, out: 1.5}\n\
                 - {id: quay, clip: cards/c.mkv}\n";
    let run = Run::new().board("film.yaml", board).file("cards/note", "");
    let source =
        ["-f", "lavfi", "-i", "testsrc=size=160x90:rate=25:duration=2", "-c:v", "libx264", "-pix_fmt", "yuv420p"];
    media::ffmpeg(&[&source[..], &["-timecode", "10:00:02:05"]].concat(), &run.path().join("cards/a b.mov"));
    media::ffmpeg(&[&source[..], &["-timecode", "11:00:00:00"]].concat(), &run.path().join("cards/c.mkv"));
    let seen = run.args(["render", "film.yaml"]).ok();
    export(seen.again(), "otio").args(["-o", "edit/film.otio"]).ok();
    let otio = read_back(&seen.path().join("edit/film.otio"));
    let clips = otio["tracks"][0]["children"].as_array().expect("clips");
    let number = |hours: u64, seconds: u64, frames: u64| (hours * 3_600 + seconds) * 25 + frames;
    // 12.5 frames round to 13.
    assert_eq!([&clips[0]["start"], &clips[0]["frames"]], [&number(10, 2, 5 + 13).into(), &Value::from(25)]);
    assert_eq!(clips[1]["start"], number(11, 0, 0));
    for (clip, file) in clips.iter().zip(["a b.mov", "c.mkv"]) {
        assert_eq!(clip["within"], true, "{clip}");
        assert_eq!(clip["media"]["DEFAULT_MEDIA"]["frames"], 50, "the whole file is the handle");
        let found = Path::new(clip["media"]["DEFAULT_MEDIA"]["file"].as_str().expect("a file"));
        assert!(found.is_file() && found.ends_with(file), "{}", found.display());
    }
    let edl = export(seen.again(), "edl").ok().stdout;
    for line in ["10:00:02:18 10:00:03:18 01:00:00:00", "* FROM CLIP NAME: pier a b.mov", "11:00:00:00 11:00:02:00"] {
        assert!(edl.contains(line), "no {line} in\n{edl}");
    }
    export(seen.again(), "edl").args(["-o", "edit/film.edl", "--copy-media", "edit/media"]).ok();
    let copied: Vec<_> = fs::read_dir(seen.path().join("edit/media")).expect("copies").flatten().collect();
    assert!(copied.iter().all(|copy| copy.metadata().is_ok_and(|facts| facts.len() > 1_000)) && copied.len() == 2);
}

pub(crate) fn film_of(text: String) -> Film {
    let source = storyboard::source("film.yaml", text.into_bytes()).expect("it is text");
    let (board, problems) = storyboard::parse(&source, storyboard::Choices::default());
    let checked = film::resolve(
        &board.expect("a storyboard"),
        &Arc::new(source),
        &Overrides::default(),
        &film::Inventory::new(),
        problems,
    );
    checked.film.unwrap_or_else(|| panic!("{:?}", checked.problems))
}

#[test]
fn shots_that_are_not_made_stand_as_long_as_planned() {
    let seen = export(board(), "otio")
        .ok()
        .err_has("warning: 4 shots are not made yet; planned lengths are used")
        .err_has("`dawn`, `climb`, `lamp` and `end`");
    let clips = &seen.json()["tracks"]["children"][0]["children"];
    assert_eq!(clips[0]["media_references"]["DEFAULT_MEDIA"]["OTIO_SCHEMA"], "MissingReference.1");
    assert_eq!(clips[0]["source_range"]["duration"]["value"], 96.0);
    kept("export-edl-not-made", &export(board(), "edl").ok().stdout);
    kept("export-otio-not-made", &seen.stdout.lines().take(120).collect::<Vec<_>>().join("\n"));
    assert!(export(board().args(["-q"]), "otio").ok().stderr.is_empty());
}

/// The cues of a subtitle file as ffmpeg reads them: begin and end in milliseconds, and the words.
fn cues(file: &Path) -> Vec<(u64, u64, String)> {
    let args = ["-v", "error", "-show_packets", "-show_data", "-of", "json"];
    let output = newest::program("ffprobe").args(args).arg(file).output().expect("ffprobe is there");
    let seen: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let ms = |value: &Value| (value.as_str().expect("a time").parse::<f64>().expect("seconds") * 1000.0).round() as u64;
    let packets = seen["packets"].as_array().cloned().unwrap_or_default();
    let text = fs::read_to_string(file).expect("it is there");
    let blocks: Vec<&str> = text.split("\n\n").filter(|block| block.contains(" --> ")).collect();
    assert_eq!(blocks.len(), packets.len(), "ffmpeg reads other cues:\n{text}");
    let words = blocks
        .iter()
        .map(|block| block.lines().skip_while(|line| !line.contains(" --> ")).skip(1).collect::<Vec<_>>().join("\n"));
    let packets = packets.iter().map(|packet| {
        let from = ms(&packet["pts_time"]);
        (from, from + ms(&packet["duration_time"]))
    });
    packets.zip(words).map(|((from, to), words)| (from, to, words)).collect()
}

#[test]
fn subtitles_are_read_by_ffmpeg_at_their_times() {
    for (to, words) in [("srt", "Light & ‹i>dark‹/i>"), ("vtt", "Light &amp; &lt;i&gt;dark&lt;/i&gt;")] {
        let seen = export(board(), to).args(["-o", "film.sub"]).ok();
        let file = seen.path().join(format!("film.{to}"));
        fs::rename(seen.path().join("film.sub"), &file).expect("renamed");
        let cues = cues(&file);
        let voice = if to == "vtt" { "<v Mara>" } else { "" };
        assert_eq!(cues[0], (1_500, 2_500, format!("{voice}One more night.")));
        assert_eq!((cues.len(), cues[1].2.as_str()), (2, words));
        assert!(cues[1].0 >= 8_000 && cues[1].1 <= 12_000, "{cues:?}");
        assert!(!fs::read_to_string(&file).expect("there").contains('\r'));
    }
    export(Run::new().board("film.yaml", "storyboard: 1\nshots: [{id: a, card: A}]\n"), "srt").ok().out("");
}

#[test]
fn chapters_are_read_by_ffmpeg() {
    let text = BOARD.replace("Lamp room", "'a=b; #1 \\ c'");
    let seen = export(board().board("film.yaml", &text), "chapters").args(["-o", "chapters.txt"]).ok();
    let args = ["-v", "error", "-f", "ffmetadata", "-show_chapters", "-of", "json"];
    let output =
        newest::program("ffprobe").args(args).arg(seen.path().join("chapters.txt")).output().expect("ffprobe is there");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let chapters: Vec<_> = found["chapters"].as_array().expect("chapters").iter().collect();
    let titles: Vec<_> = chapters.iter().map(|chapter| chapter["tags"]["title"].as_str().unwrap_or_default()).collect();
    assert_eq!(titles, ["Pier", "a=b; #1 \\ c"]);
    assert_eq!(chapters[1]["start_time"], "7.500000");
    assert_eq!(chapters[1]["end_time"], "12.500000");
}

#[test]
fn an_export_never_replaces_the_storyboard() {
    let seen =
        export(board(), "otio").args(["-o", "film.yaml"]).code(2).err_has("is a file that the film is made from");
    assert_eq!(fs::read_to_string(seen.path().join("film.yaml")).expect("it is there"), BOARD);
    export(board(), "avi").code(2);
    export(board(), "srt").args(["--copy-media", "media"]).code(2).err_has("is for `otio`, `edl`, `xmeml` and `csv`");
}

/// Compares with the snapshot of that name.
fn kept(name: &str, shown: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/exchange");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown));
}
