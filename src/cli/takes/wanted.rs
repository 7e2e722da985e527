//! Takes that are asked for and not all there: written down before the first is ordered, so that the same command goes on
//! with the same takes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use storyreel_core::units::{Digest, ShotId};

use crate::cli::load::Loaded;
use crate::store::write_whole;

/// A take that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedTake {
    pub(super) shot: ShotId,
    pub(super) take: u32,
}

/// The takes that one command asks for.
#[derive(Debug)]
pub(super) struct WantedTakes {
    file: PathBuf,
    pub(super) takes: Vec<WantedTake>,
}

/// The folder of the store in which they are kept.
const FOLDER: &str = "retakes";

impl WantedTakes {
    /// What the same command asked for before and did not finish; no takes where there is nothing.
    pub(super) fn unfinished(loaded: &Loaded, request: &str) -> io::Result<Self> {
        let folder = loaded.store.root().join(FOLDER);
        let file = folder.join(format!("{}-{}", film_key(loaded), short(request)));
        let takes = match fs::read_to_string(&file) {
            Ok(text) => read(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { file, takes })
    }

    /// Writes them down.
    pub(super) fn keep(&self, request: &str) -> io::Result<()> {
        let mut text = format!("# {}\n", request.replace('\n', " "));
        for WantedTake { shot, take } in &self.takes {
            text.push_str(&format!("{shot} {take}\n"));
        }
        fs::create_dir_all(self.file.parent().unwrap_or(Path::new(".")))?;
        write_whole(&self.file, text.as_bytes(), true)
    }

    /// Forgets them: all are there.
    pub(super) fn finish(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The highest number of a take of this shot that any command asks for and that is not there yet; 0 for none.
pub(super) fn latest_wanted(loaded: &Loaded, shot: &ShotId) -> io::Result<u32> {
    let folder = loaded.store.root().join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let key = film_key(loaded);
    let mut latest = 0;
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&key) {
            let takes = read(&fs::read_to_string(entry.path())?);
            latest =
                takes.iter().filter(|wanted| wanted.shot == *shot).map(|wanted| wanted.take).fold(latest, u32::max);
        }
    }
    Ok(latest)
}

fn read(text: &str) -> Vec<WantedTake> {
    let mut takes = Vec::new();
    for (shot, take) in text.lines().filter_map(|line| line.split_once(' ')) {
        if let (Ok(shot), Ok(take)) = (shot.parse(), take.parse()) {
            takes.push(WantedTake { shot, take });
        }
    }
    takes
}

/// Stands for the film in names of files: several films may share one store.
fn film_key(loaded: &Loaded) -> String {
    let lock = loaded.lock_file();
    let lock = std::path::absolute(&lock).unwrap_or(lock);
    short(&lock.to_string_lossy())
}

fn short(text: &str) -> String {
    Digest::of(text.as_bytes()).hex()[..16].to_owned()
}
