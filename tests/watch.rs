//! `watch`, run as a user does: saving, mistakes, files that come and go.
#![cfg(unix)]

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{Run, media};

const BOARD: &str = "storyboard: 1\ntitle: Watched\nshots:\n\
    - {id: door, prompt: A red door.}\n\
    - {id: lamp, prompt: A lamp., first_frame: lamp.png}\n";

/// The program at work, and all that it said since it was last asked.
struct Watcher {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Watcher {
    fn start(run: &Run) -> Self {
        let mut command = run.command();
        command.args(["watch", "film.yaml"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program was built");
        let said = Arc::new(Mutex::new(String::new()));
        listen(child.stdout.take().expect("it is piped"), Arc::clone(&said));
        listen(child.stderr.take().expect("it is piped"), Arc::clone(&said));
        Self { child, said }
    }

    /// Waits until all of `parts` were said and it watches again; forgets what was said.
    #[track_caller]
    fn says(&mut self, parts: &[&str]) -> String {
        let begun = Instant::now();
        loop {
            let mut said = self.said.lock().expect("nobody panics with it");
            if parts.iter().all(|part| said.contains(part)) && said.contains("Ctrl-C ends it") {
                return std::mem::take(&mut said);
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{parts:?} are not in:\n{said}");
            drop(said);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut from: impl Read + Send + 'static, said: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            said.lock().expect("nobody panics with it").push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    });
}

#[test]
fn a_mistake_is_told_at_its_save_and_the_plan_when_it_is_mended() {
    let run = Run::new().board("film.yaml", BOARD).file("lamp.png", media::png(640, 360));
    let film = run.path().join("film.yaml");
    let mut watcher = Watcher::start(&run);
    let first = watcher.says(&["2 made here", "2 shots, 10 s, no problems", "watching `film.yaml` (3 files)"]);
    assert!(!first.contains("changed") && !first.contains('\u{1b}'), "{first}");

    fs::write(&film, BOARD.replace("first_frame", "first_fram")).expect("the folder is ours");
    let wrong = watcher.says(&["---- `film.yaml` changed", "did you mean `first_frame`?", "1 error"]);
    assert!(!wrong.contains("made here"), "{wrong}");

    // As editors save: another file takes the name, and for a moment there is none.
    fs::write(run.path().join("film.yaml~"), BOARD.replace("A red door.", "A blue door.")).expect("the folder is ours");
    fs::remove_file(&film).expect("it was there");
    fs::rename(run.path().join("film.yaml~"), &film).expect("the folder is ours");
    watcher.says(&["2 made here", "no problems"]);

    // A file that the storyboard names goes, and comes back other than it was.
    fs::remove_file(run.path().join("lamp.png")).expect("it was there");
    watcher.says(&["`lamp.png` changed", "there is no file `lamp.png`"]);
    fs::write(run.path().join("lamp.png"), media::png(1280, 720)).expect("the folder is ours");
    watcher.says(&["`lamp.png` changed", "no problems"]);

    // Gone for good is a problem, too, and no end.
    fs::remove_file(&film).expect("it was there");
    watcher.says(&["cannot read `film.yaml`"]);
    fs::write(&film, BOARD).expect("the folder is ours");
    watcher.says(&["2 made here"]);

    // Another window renders: the lock changes, and the plan with it.
    let _project = run.args(["render", "film.yaml", "--resolution", "480p", "-q"]).ok();
    watcher.says(&["`film.lock.yaml` changed", "resolution, size changed"]);

    let pid = watcher.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill is installed").success());
    assert_eq!(watcher.child.wait().expect("it ends").code(), Some(130));
}
