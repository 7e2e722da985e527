//! What is spoken, how, and what is read, in several languages.

use std::path::Path;

use serde_json::Value;

use crate::support::{Run, Seen, newest};

const FILM: &str = "storyboard: 1\nfilm: {size: 320x180, subtitles: embed}\nshots:\n  - id: night\n    card: {text: Night}\n    \
    duration: 5\n    dialogue:\n      - speaker: Mara\n        line: もう一晩。\n        language: ja\n        \
    delivery: whispering\n        at: 1\n        subtitle: {en: One more night., de: Noch eine Nacht.}\n";

/// The subtitles of a film: the language of each track, whether it is shown at first, and its words.
fn tracks(folder: &Path) -> Vec<(String, bool, String)> {
    let args = ["-v", "error", "-select_streams", "s", "-show_entries", "stream=index:stream_tags=language"];
    let args = [&args[..], &["-show_entries", "stream_disposition=default", "-of", "json", "out/film.mp4"]].concat();
    let seen = newest::program("ffprobe").args(args).current_dir(folder).output().expect("ffprobe is installed");
    let seen: Value = serde_json::from_slice(&seen.stdout).expect("JSON");
    let mut tracks = Vec::new();
    for (n, stream) in seen["streams"].as_array().expect("streams").iter().enumerate() {
        let mut ffmpeg = newest::program("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin", "-i", "out/film.mp4", "-map", &format!("0:s:{n}"), "-f", "srt", "-"]);
        let text = ffmpeg.current_dir(folder).output().expect("ffmpeg is installed").stdout;
        let language = stream["tags"]["language"].as_str().unwrap_or_default().to_owned();
        // ffmpeg writes the font of the track as a tag around the words.
        let text = String::from_utf8_lossy(&text).into_owned();
        let words = text.lines().nth(2).unwrap_or_default().split(['<', '>']);
        let words = words.filter(|part| !part.is_empty() && !part.contains("font")).collect::<String>();
        tracks.push((language, stream["disposition"]["default"] == 1, words));
    }
    tracks
}

fn rendered(text: &str) -> Seen {
    Run::new().board("film.yaml", text).args(["render", "film.yaml"]).ok()
}

#[test]
fn a_film_has_a_track_for_each_language() {
    let seen = rendered(FILM);
    let track = |language: &str, shown: bool, words: &str| (language.to_owned(), shown, words.to_owned());
    let expected = [
        track("eng", true, "One more night."),
        track("deu", false, "Noch eine Nacht."),
        track("jpn", false, "もう一晩。"),
    ];
    assert_eq!(tracks(seen.path()), expected);
    let chosen =
        seen.again().board("film.yaml", &FILM.replace("subtitles: embed", "subtitles: embed, languages: [de]"));
    assert_eq!(tracks(chosen.args(["render", "film.yaml"]).ok().path()), [track("deu", true, "Noch eine Nacht.")]);
    for (language, words) in [("en", "One more night."), ("ja", "もう一晩。")] {
        let run = seen.again().board("film.yaml", FILM);
        run.args(["export", "film.yaml", "--to", "srt", "--language", language]).ok().out_has(words);
    }
    seen.again()
        .args(["export", "film.yaml", "--to", "srt", "--language", "fr"])
        .code(2)
        .err_has("no subtitles in `fr`");
    // What is spoken goes into the prompt, with how it is said.
    let prompt = FILM.replace("card: {text: Night}", "prompt: A room.");
    let plan = seen.again().board("film.yaml", &prompt).args(["export", "film.yaml", "--to", "otio"]).ok();
    plan.out_has("Mara says in Japanese, whispering:");
}

#[test]
fn files_beside_the_film_are_one_a_language_and_go_with_it() {
    let sidecar = FILM.replace("subtitles: embed", "subtitles: sidecar");
    let seen = rendered(&sidecar);
    let beside = |seen: &Seen| -> Vec<String> {
        let files = std::fs::read_dir(seen.path().join("out")).expect("there").flatten();
        let mut names: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| Path::new(name).extension().is_some_and(|ending| ending == "srt" || ending == "vtt"));
        names.sort();
        names
    };
    let all = ["film.de.srt", "film.de.vtt", "film.en.srt", "film.en.vtt", "film.ja.srt", "film.ja.vtt"];
    assert_eq!(beside(&seen), all);
    let german = std::fs::read_to_string(seen.path().join("out/film.de.srt")).expect("it is there");
    assert!(german.contains("00:00:01,000 --> 00:00:02,000\nNoch eine Nacht.\n"), "{german}");
    let fewer = sidecar.replace(", de: Noch eine Nacht.", "");
    assert_eq!(beside(&seen.again().board("film.yaml", &fewer).args(["render", "film.yaml"]).ok()), all[2..]);
}

#[test]
fn one_language_is_burned_in_and_another_makes_other_pictures() {
    let burned = FILM.replace("subtitles: embed", "subtitles: burn");
    let seen = rendered(&burned);
    let frame = || {
        let args = ["-v", "error", "-nostdin", "-ss", "1.5", "-i", "out/film.mp4", "-frames:v", "1", "-f", "md5", "-"];
        newest::program("ffmpeg").args(args).current_dir(seen.path()).output().expect("ffmpeg is installed").stdout
    };
    let english = frame();
    let german = burned.replace("subtitles: burn", "subtitles: burn, languages: [de, en]");
    seen.again().board("film.yaml", &german).args(["render", "film.yaml"]).ok();
    assert_ne!(frame(), english);
    assert!(tracks(seen.path()).is_empty());
}
