//! Goal: a second `storyreel render` of a 500-shot film costs at most 3 times what ninja takes to find nothing to do in
//! the same graph.
//!
//! Our side is the program as a user runs it: the store holds 500 clips that differ, the lock and the receipts are
//! those that the program writes, and the film was put together by the program itself in a first run. Only the clips
//! are not painted one by one: they are one clip with 500 different trailers, which would take minutes otherwise.
//!
//! Ninja's side is the same graph as real files: an edge for every shot with its whole prompt in the command (a changed
//! prompt makes the shot again there, too), the clips it needs and its reference pictures as inputs, a dependency file
//! naming the pictures again, and an edge for the film over all clips. It was built once, so the logs are warm.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use storyreel::inventory::{self, InspectionFiles};
use storyreel::store::Store;
use storyreel_core::clip::ClipFacts;
use storyreel_core::film::{self, Film, InputSource, Make, Overrides};
use storyreel_core::graph;
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::recipe::{EarlierTakes, Recipe};
use storyreel_core::storyboard;
use storyreel_media::media::Ffmpeg;

use crate::board;
use crate::process::{Pairs, ms};
use crate::table::{Row, print};

const SHOTS: usize = 500;

/// Measures and prints. Returns whether the goal is met.
#[expect(clippy::print_stdout, reason = "a bench reports on standard output")]
pub(crate) fn run(short: bool) -> bool {
    if Command::new("ninja").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("\nno-op render: not measured, there is no ninja here (Debian: ninja-build)");
        return false;
    }
    let rounds = if short { 15 } else { 60 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let folder = folder.path();
    let bytes = board::write(folder, SHOTS);
    let mut first = None;
    let film = fill_store(folder, |film, index| {
        let clip = first.get_or_insert_with(|| shoot(folder, film));
        (trailed(clip, index.0), clip.clone())
    });
    let ninja = folder.join("ninja");
    write_ninja(&ninja, folder, &film);
    build(Command::new("ninja").current_dir(&ninja));
    let render = [env!("CARGO_BIN_EXE_storyreel"), "render", "film.yaml"];
    // The first run finds every clip and puts the film together.
    build(Command::new(render[0]).args(&render[1..]).current_dir(folder));
    let written = fs::metadata(folder.join("film.mp4")).and_then(|facts| facts.modified()).expect("there is a film");

    let pairs = Pairs::of(folder, rounds, &render, &["ninja", "-C", "ninja"]);
    let after = fs::metadata(folder.join("film.mp4")).and_then(|facts| facts.modified()).expect("there is a film");
    assert_eq!(written, after, "the film was made again");
    let mut rows = Vec::new();
    let (ours, theirs, ratio) = pairs.medians(|cost| cost.wall.as_secs_f64());
    rows.push(Row { what: "wall time".to_owned(), ours: ms(ours), theirs: ms(theirs), ratio, goal: Some(3.0) });
    let (ours, theirs, ratio) = pairs.medians(|cost| cost.cpu.as_secs_f64());
    rows.push(Row { what: "processor time".to_owned(), ours: ms(ours), theirs: ms(theirs), ratio, goal: Some(3.0) });
    let heading = format!("no-op render: {SHOTS} shots, {bytes} bytes of YAML, {rounds} rounds by turns");
    print(&heading, ["storyreel render", "ninja"], &rows)
}

pub(crate) fn build(command: &mut Command) {
    let output = command.output().expect("the program can be started");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Resolves the storyboard, puts a clip for every shot into the store, and writes the lock. `clip` gives the bytes for
/// each shot, and the clip that these measure like.
pub(crate) fn fill_store(folder: &Path, mut clip: impl FnMut(&Film, ShotIndex) -> (Vec<u8>, Vec<u8>)) -> Film {
    let bytes = fs::read(folder.join("film.yaml")).expect("the storyboard is there");
    let source = storyboard::source("film.yaml", bytes).expect("the storyboard is text");
    let (board, problems) = storyboard::parse(&source, storyboard::Choices::default());
    let board = board.expect("the storyboard has a good shape");
    let store = Store::at(folder.join(storyreel::store::FOLDER));
    let work = store.workspace().expect("a store can be made");
    let files = InspectionFiles { store: store.root().join("looks"), elsewhere: None };
    let (media, looks) = inventory::take(folder, &film::paths(&mut board.clone()), files, &|_, _| Ok(None));
    looks.save();
    let checked = film::resolve(&board, &Arc::new(source), &Overrides::default(), &media, problems);
    let (film, graph) = graph::build(&board, checked).0.expect("the storyboard can be made");
    let mut known: Vec<(Vec<u8>, ClipFacts)> = Vec::new();
    let mut lock = Lock::default();
    for index in graph.order() {
        let shot = &film.shots[index];
        let adopt = |bytes: &[u8]| {
            let object = work.path().join("object");
            fs::write(&object, bytes).expect("a file can be written");
            store.adopt(&object).expect("the store takes it")
        };
        let (bytes, like) = clip(&film, index);
        let facts = match known.iter().find(|(known, _)| *known == like) {
            Some((_, facts)) => facts.clone(),
            None => {
                let facts = measure(work.path(), &like);
                known.push((like, facts.clone()));
                facts
            }
        };
        let made = |other: ShotIndex| lock.shots.get(&film.shots[other].id).map(|taken| taken.clip);
        let recipe = Recipe::of(&film, index, EarlierTakes::Numbered, &made).expect("the parents are made");
        let (provider, model) = match &shot.make {
            Make::Prompt(render) => (render.provider.id, Some(render.spec.model.clone())),
            _ => ("local", None),
        };
        let taken = ClipRecord {
            last_frame: graph.hands_on(index).then(|| adopt(format!("frame {index}").as_bytes())),
            model,
            ..ClipRecord::new(recipe.digest(), adopt(&bytes), shot.take, provider, facts)
        };
        store.record(&recipe, &taken).expect("the store takes it");
        lock.shots.insert(shot.id.clone(), taken);
    }
    fs::write(folder.join("film.lock.yaml"), lock.text()).expect("a lock can be written");
    film
}

/// A clip of a second in the film's size.
fn shoot(folder: &Path, film: &Film) -> Vec<u8> {
    let ffmpeg = Ffmpeg::find(None).expect("ffmpeg is installed");
    let made = folder.join("clip.mp4");
    let picture = format!("testsrc=size={}:rate={}", film.size, film.rate);
    let mut command = Command::new(ffmpeg.ffmpeg_path());
    command.args(["-v", "error", "-f", "lavfi", "-i", &picture, "-frames:v", "24", "-c:v", "libx264"]);
    build(command.args(["-preset", "ultrafast", "-pix_fmt", "yuv420p"]).arg(&made));
    fs::read(&made).expect("the clip is there")
}

fn measure(folder: &Path, clip: &[u8]) -> ClipFacts {
    let ffmpeg = Ffmpeg::find(None).expect("ffmpeg is installed");
    let made = folder.join("measured.mp4");
    fs::write(&made, clip).expect("a file can be written");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(ffmpeg.probe(&made)).expect("a clip can be measured")
}

/// The clip with a `free` box of its own at the end, which players skip.
pub(crate) fn trailed(clip: &[u8], number: usize) -> Vec<u8> {
    let mut bytes = clip.to_vec();
    bytes.extend(16_u32.to_be_bytes());
    bytes.extend(b"free");
    bytes.extend((number as u64).to_be_bytes());
    bytes
}

/// The same graph for ninja.
fn write_ninja(ninja: &Path, folder: &Path, film: &Film) {
    fs::create_dir_all(ninja.join("clips")).expect("a folder can be made");
    let mut text = String::from(
        "rule shot\n  command = echo $out: $needs > $out.d && : $prompt && echo $out > $out\n  depfile = $out.d\n  \
         deps = gcc\nrule film\n  command = cat $in > $out\n",
    );
    let mut film_edge = String::from("build film.mp4: film");
    for shot in &film.shots {
        let (mut clips, mut pictures, mut prompt) = (String::new(), String::new(), String::new());
        if let Make::Prompt(render) = &shot.make {
            prompt = render.spec.prompt.replace(['\'', '\n'], " ").replace('$', "$$");
            for (_, source) in render.inputs.roles() {
                // Writing to a String cannot fail.
                let _ = match source {
                    InputSource::File(picture) => write!(pictures, " {}", absolute(folder, &picture.path).display()),
                    other => match other.shot() {
                        Some(other) => write!(clips, " clips/{}.mp4", film.shots[other].id),
                        None => Ok(()),
                    },
                };
            }
        }
        let id = &shot.id;
        let _ =
            write!(text, "build clips/{id}.mp4: shot{clips}{pictures}\n  needs ={pictures}\n  prompt = '{prompt}'\n");
        let _ = write!(film_edge, " clips/{id}.mp4");
    }
    let _ = writeln!(text, "{film_edge}");
    fs::write(ninja.join("build.ninja"), text).expect("a file can be written");
}

fn absolute(folder: &Path, path: &str) -> PathBuf {
    std::path::absolute(folder.join(path)).expect("a path can be made absolute")
}
