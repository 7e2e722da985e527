//! The film itself: its frames, its joins, and what a chain hands on.

use std::fs;
use std::path::{Path, PathBuf};

use super::{board, chain, events, made, render};
use crate::support::{Run, Seen, newest};

pub(super) fn lock_of(seen: &Seen) -> storyreel_core::lock::Lock {
    let text = fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there");
    storyreel_core::lock::Lock::read(&text).expect("it is a lock")
}

pub(super) fn object(seen: &Seen, digest: storyreel_core::units::Digest) -> PathBuf {
    storyreel::store::Store::at(seen.path().join(".storyreel")).object(&digest)
}

pub(super) fn ffmpeg(args: &[&str], program: &str) -> Vec<u8> {
    let output = newest::program(program).args(args).output().expect("ffmpeg is installed");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

pub(super) fn frames_of(film: &Path) -> u64 {
    let film = film.to_str().expect("test paths are text");
    let args = ["-v", "error", "-count_packets", "-select_streams", "v", "-show_entries", "stream=nb_read_packets"];
    let text = ffmpeg(&[&args[..], &["-of", "csv=p=0", film]].concat(), "ffprobe");
    String::from_utf8_lossy(&text).trim().trim_end_matches(',').parse().expect("a number of frames")
}

/// Every frame of a clip as RGB, decoded by ffmpeg from the first to the last.
fn decoded(clip: &Path) -> (usize, Vec<u8>) {
    let clip = clip.to_str().expect("test paths are text");
    let filter =
        "scale=in_color_matrix=bt709:in_range=tv:out_range=pc:flags=accurate_rnd+full_chroma_int+full_chroma_inp";
    let args = ["-v", "error", "-i", clip, "-vf", filter, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"];
    (864 * 496 * 3, ffmpeg(&args, "ffmpeg"))
}

#[test]
fn the_film_has_every_frame_and_copies_the_pictures() {
    let seen = render(Run::new().board("film.yaml", &chain())).ok();
    let done = events(&seen).into_iter().find(|event| event["event"] == "film_done").expect("it is told");
    assert_eq!(done["way"], "copied");
    assert_eq!(frames_of(&seen.path().join("out/film.mp4")), 24 * (4 + 4 + 4 + 1));
}

#[test]
fn a_chain_hands_on_the_exact_last_frame() {
    let seen = render(Run::new().board("film.yaml", &chain())).ok();
    let lock = lock_of(&seen);
    let dawn = &lock.shots[&"dawn".parse().expect("a shot id")];
    let climb = &lock.shots[&"climb".parse().expect("a shot id")];
    let png = object(&seen, dawn.last_frame.expect("it is handed on"));
    let handed = image::ImageReader::open(png).expect("the frame is there").with_guessed_format().expect("it is read");
    let handed = handed.decode().expect("it is a picture").into_rgb8().into_raw();
    let (size, frames) = decoded(&object(&seen, dawn.clip));
    assert_eq!(frames.len(), 96 * size);
    assert!(frames[95 * size..] == handed[..], "the frame handed on is not the last one that decodes");

    // The next shot begins on that picture, above its own caption panel; encoding moves a value a little.
    let (_, next) = decoded(&object(&seen, climb.clip));
    let above = 864 * 3 * (496 / 2);
    let apart = |at: usize| i32::from(next[at]).abs_diff(i32::from(handed[at]));
    let mean = (0..above).map(apart).sum::<u32>() as f64 / above as f64;
    assert!(mean < 2.0, "the next shot begins {mean:.2} levels away");
    // That would hold for any flat picture: the pictures of two unrelated shots are far apart.
    let (_, other) = decoded(&object(&seen, lock.shots[&"gull".parse().expect("a shot id")].clip));
    let far = (0..above).map(|at| i32::from(other[at]).abs_diff(i32::from(handed[at]))).sum::<u32>();
    assert!(f64::from(far) / above as f64 > 4.0, "unrelated shots look alike, so this test shows nothing");
}

#[test]
fn cards_stills_and_footage_stand_beside_renders() {
    let run = Run::new();
    let footage = run.path().join("storm.mp4");
    let source = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=3", "-f", "lavfi", "-i", "sine=d=3"];
    let out = ["-pix_fmt", "yuv420p", "-shortest", footage.to_str().expect("test paths are text")];
    ffmpeg(&[&source[..], &out].concat(), "ffmpeg");
    image::RgbImage::from_fn(400, 300, |x, y| image::Rgb([x as u8, y as u8, 90]))
        .save(run.path().join("pic.png"))
        .expect("written");
    let shots = "  - {id: words, prompt: A harbour}\n  - {id: still, image: pic.png, duration: 1.5}\n  \
                 - {id: storm, clip: storm.mp4, in: 0.5, out: 2.5}\n  - {id: end, card: {text: End, subtitle: fin}, duration: 1}\n";
    let seen = render(run.board("film.yaml", &board(shots))).ok();
    assert_eq!(frames_of(&seen.path().join("out/film.mp4")), 96 + 36 + 48 + 24);
    let facts: Vec<_> = lock_of(&seen).shots.into_values().map(|taken| taken.facts.video).collect();
    assert!(facts.windows(2).all(|pair| pair[0].joins_by_copy(&pair[1])), "{facts:#?}");
}

#[test]
fn the_same_storyboard_gives_the_same_bytes() {
    let films: Vec<Vec<u8>> = (0..2)
        .map(|_| {
            let seen = render(Run::new().board("film.yaml", &chain())).ok();
            fs::read(seen.path().join("out/film.mp4")).expect("the film is there")
        })
        .collect();
    assert!(films[0] == films[1], "two films of one storyboard differ");
}

#[test]
fn any_text_becomes_a_picture() {
    let prompt = format!(
        "'quotes' \"double\" 50% {{a}} \\: , ; [x] $(touch pwned) `id` 你好 🎬 مرحبا \\n {}",
        "long ".repeat(400)
    );
    let text = serde_json::Value::from(prompt).to_string();
    let shots = format!(
        "  - {{id: any, scene: \"a:b'c%d\", prompt: {text}, dialogue: [{{speaker: \"x'y\", line: \"再见\"}}]}}\n  \
         - {{id: card, card: {text}, duration: 1}}\n"
    );
    let seen = render(Run::new().board("film.yaml", &board(&shots))).ok();
    assert_eq!(frames_of(&seen.path().join("out/film.mp4")), 96 + 24);
    assert!(!seen.path().join("pwned").exists());
}

/// The chapters of a film: when each begins and ends, and its title.
fn chapters(film: &Path) -> Vec<(String, String, String)> {
    let args = ["-v", "error", "-show_chapters", "-of", "json", film.to_str().expect("test paths are text")];
    let found: serde_json::Value = serde_json::from_slice(&ffmpeg(&args, "ffprobe")).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().trim_end().to_owned();
    let chapters = found["chapters"].as_array().expect("there are chapters").iter();
    chapters.map(|one| (text(&one["start_time"]), text(&one["end_time"]), text(&one["tags"]["title"]))).collect()
}

#[test]
fn chapters_are_scenes() {
    let shots = "  - {id: a, scene: 'One = #1; \\\\', card: A, duration: 1}\n  - {id: b, card: B, duration: 1}\n  \
                 - {id: c, scene: 二, card: C, duration: 1}\n";
    let text = board(shots).replace("shots:\n", "film: {chapters: scenes, output: deep/er/the film.mp4}\nshots:\n");
    let seen = render(Run::new().board("film.yaml", &text)).ok();
    let found = chapters(&seen.path().join("deep/er/the film.mp4"));
    let found: Vec<_> = found.iter().map(|(start, _, title)| (start.as_str(), title.as_str())).collect();
    assert_eq!(found, [("0.000000", "One = #1; \\\\"), ("2.000000", "二")]);
}

#[test]
fn chapters_are_shots_from_the_frame_that_shows_them_first() {
    let shots = "  - {id: dawn, scene: One, card: A, duration: 1.5}\n  \
                 - {id: dusk, scene: One, card: B, duration: 2, transition: {type: dissolve, duration: 0.5}}\n  \
                 - {id: night-2, card: C, duration: 0.75}\n";
    for (film, expected) in [
        // 36 frames less the 12 that the dissolve shares, 48 more, and 18 at last.
        ("{chapters: shots}", ["0.000000 1.000000 dawn", "1.000000 3.000000 dusk", "3.000000 3.750000 night-2"]),
        // At 30000/1001 frames a second: 45, 60 and 22 frames, of which 15 are shared.
        (
            "{chapters: shots, fps: 29.97}",
            ["0.000000 1.001000 dawn", "1.001000 3.003000 dusk", "3.003000 3.737067 night-2"],
        ),
    ] {
        let text = board(shots).replace("shots:\n", &format!("film: {film}\nshots:\n"));
        let seen = render(Run::new().board("film.yaml", &text)).ok();
        let found = chapters(&seen.path().join("out/film.mp4"));
        let found: Vec<_> = found.into_iter().map(|(start, end, title)| format!("{start} {end} {title}")).collect();
        assert_eq!(found, expected, "{film}");
    }
}

#[test]
fn only_makes_that_shot_and_no_film() {
    let run = Run::new().board("film.yaml", &chain());
    let seen = render(run).args(["--only", "climb"]).code(5);
    assert!(seen.stdout.contains("it needs the shot `dawn`"), "{}", seen.stdout);
    let seen = render(seen.again()).args(["--only", "dawn"]).ok();
    assert_eq!(made(&seen), ["dawn"]);
    assert!(!seen.path().join("out").exists());
    let seen = render(seen.again()).args(["--only", "climb,gull"]).ok();
    assert_eq!(made(&seen).len(), 2);
    seen.again().args(["render", "film.yaml", "--only", "nobody"]).code(2).err_has("no such shot");
}

#[test]
fn the_longest_chain_starts_first_and_the_limit_holds() {
    let shots = "  - {id: alone, prompt: Alone}\n  - {id: one, prompt: One, return_last_frame: true}\n  \
                 - {id: two, prompt: Two, return_last_frame: true}\n  - {id: three, prompt: Three}\n";
    let seen = render(Run::new().board("film.yaml", &board(shots))).args(["-j", "1"]).ok();
    let mut running = 0;
    let mut order = Vec::new();
    for event in events(&seen) {
        if event["event"] == "shot_started" {
            running += 1;
            assert_eq!(running, 1, "one shot at a time was asked for");
            order.push(event["shot"].as_str().expect("a shot").to_owned());
        } else if event["event"] == "shot_stored" {
            running -= 1;
        }
    }
    assert_eq!(order, ["one", "two", "alone", "three"], "chains of 12, 8, 4 and 4 s");
}

#[test]
fn seams_are_kept_as_data_and_checked_against_a_score() {
    let run = Run::new().board("film.yaml", &chain());
    let seen = run.args(["check", "film.yaml", "--seams", "50"]).code(5);
    let seen = seen.err_has("film.yaml: the seams of `out/film.mp4` are not measured yet: render it first");
    let seen = render(seen.again()).ok();
    seen.again().args(["check", "film.yaml", "--seams", "0"]).ok().err_has("1 seam, 0 below 0");
    seen.again().args(["check", "film.yaml", "--seams", "101"]).code(2).err_has("a score is a number from 0 to 100");
    let store = storyreel::store::Store::at(seen.path().join(".storyreel"));
    let file = store.film_folder(Path::new("out/film.mp4")).join("seams.json");
    let mut seams: serde_json::Value =
        serde_json::from_slice(&fs::read(&file).expect("it is kept")).expect("it is JSON");
    seams[0]["finding"]["after"]["total"] = 40.into();
    seams[0]["finding"]["after"]["motion"] = 0.9.into();
    fs::write(&file, seams.to_string()).expect("the store is ours");
    let seen = seen.again().args(["check", "film.yaml", "--seams", "41"]).code(5);
    seen.err_has("scores 40 of 100: the motion stops or jumps (0.90)").err_has("1 seam, 1 below 41");
}
