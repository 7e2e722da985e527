//! A film without `film:` has the size, the rate and the shape of its clips.

use std::path::Path;

use crate::support::{Run, Seen, media, newest};

/// What ffprobe says of the picture of a film: width, height and rate.
fn picture(film: &Path) -> String {
    let mut ffprobe = newest::program("ffprobe");
    ffprobe.args(["-v", "error", "-select_streams", "v", "-of", "csv=p=0"]);
    let done = ffprobe.args(["-show_entries", "stream=width,height,r_frame_rate"]).arg(film).output();
    let done = done.expect("ffprobe is installed");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// The hashes of the coded pictures of a film.
fn coded(film: &Path) -> Vec<String> {
    let mut ffmpeg = newest::program("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-i"]).arg(film);
    let done = ffmpeg.args(["-map", "0:v", "-c", "copy", "-f", "framehash", "-hash", "md5", "-"]).output();
    let done = done.expect("ffmpeg is installed");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.rsplit(',').next()).map(|hash| hash.trim().to_owned()).collect()
}

/// Renders a storyboard beside clips of these pictures: `a.mp4`, `b.mp4` and so on.
fn rendered(clips: &[&str], text: &str) -> Seen {
    let run = Run::new();
    for (name, picture) in ["a.mp4", "b.mp4", "c.mp4"].iter().zip(clips) {
        media::film(&run.path().join(name), picture);
    }
    run.board("film.yaml", text).args(["render", "film.yaml"]).ok()
}

#[test]
fn a_film_of_clips_is_as_they_are_and_copies_them() {
    // Untagged pictures are taken for BT.709 where they are large.
    let clips = ["size=1280x720:rate=30:duration=0.5", "size=1280x720:rate=30:duration=1"];
    let text = "storyboard: 1\nshots:\n  - {id: a, clip: a.mp4}\n  - {id: b, clip: b.mp4}\n";
    let seen = rendered(&clips, text);
    let film = seen.path().join("out/film.mp4");
    assert_eq!(picture(&film), "1280,720,30/1");
    let parts = [coded(&seen.path().join("a.mp4")), coded(&seen.path().join("b.mp4"))].concat();
    assert_eq!(coded(&film), parts, "the pictures are those of the clips");
}

#[test]
fn the_clips_that_run_longest_decide() {
    let clips =
        ["size=640x360:rate=30:duration=1", "size=360x640:rate=25:duration=3", "size=640x360:rate=30:duration=1"];
    let shots = "shots:\n  - {id: a, clip: a.mp4}\n  - {id: b, clip: b.mp4}\n  - {id: c, clip: c.mp4}\n";
    let seen = rendered(&clips, &format!("storyboard: 1\n{shots}"));
    assert_eq!(picture(&seen.path().join("out/film.mp4")), "360,640,25/1");
    let stated = format!("storyboard: 1\nfilm: {{size: 320x180, fps: 24}}\n{shots}");
    let seen = rendered(&clips, &stated);
    assert_eq!(picture(&seen.path().join("out/film.mp4")), "320,180,24/1", "what is written counts");
}

#[test]
fn cards_and_stills_follow_and_do_not_decide() {
    let clips = ["size=360x640:rate=25:duration=1"];
    let shots = "shots:\n  - {id: title, card: {text: Title}, duration: 3}\n  - {id: a, clip: a.mp4}\n";
    let seen = rendered(&clips, &format!("storyboard: 1\n{shots}"));
    assert_eq!(picture(&seen.path().join("out/film.mp4")), "360,640,25/1");
    let stated = format!("storyboard: 1\ndefaults: {{ratio: \"9:16\", resolution: 480p}}\n{shots}");
    let seen = rendered(&clips, &stated);
    assert_eq!(picture(&seen.path().join("out/film.mp4")), "480,854,25/1");
    let cards = "storyboard: 1\ndefaults: {ratio: \"9:16\", resolution: 480p}\nshots:\n  - {id: title, card: {text: \
                 Title}, duration: 1}\n";
    let seen = rendered(&[], cards);
    assert_eq!(picture(&seen.path().join("out/film.mp4")), "480,854,24/1");
}

#[test]
fn rendered_shots_and_footage_count_alike() {
    let clips = ["size=640x360:rate=25:duration=3"];
    let shots = |seconds: u32| {
        format!(
            "storyboard: 1\nshots:\n  - {{id: a, prompt: A lamp., resolution: 480p, duration: {seconds}}}\n  - {{id: b, \
             clip: a.mp4}}\n"
        )
    };
    let longer = picture(&rendered(&clips, &shots(5)).path().join("out/film.mp4"));
    assert_eq!(longer, "864,496,24/1");
}
