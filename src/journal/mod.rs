//! The journals of a store: one file a run, to which facts about paid attempts are appended, each on the disk before
//! the next thing happens.
//!
//! The order of acts for one paid attempt, by which what is on the disk shows at which point a run crashed:
//!
//! 1. [`Journals::right`] says what may be done.
//! 2. [`Journal::take`] begins the journal, holds it with a lock for as long as the run lives, and creates the token.
//! 3. [`Journal::submitting`] writes the intent. Only then may the request go out.
//! 4. [`Journal::append`] writes what came of it, before anything else is done with the answer.

mod read;
mod shared;

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use storyreel_core::job::line::{self, BadLine, JournalLine};
use storyreel_core::job::{Entry, Intent, Record, RunId, time};
use storyreel_core::spend::Holder;
use storyreel_core::units::Digest;

use crate::shared_store::SharedStoreError;
use crate::store::{Store, StoreError, make_folder};
pub use read::{Job, Journals};

/// A journal that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk refuses.
    #[error("cannot {what} the journal `{}`", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// Which journal.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A line before the last cannot be read, so that nobody can tell what was paid.
    #[error(
        "line {line} of the journal `{}`: {bad}; restore the file from a copy, or move it out of the folder: what only \
         it knows of is then asked about, and never paid again by itself",
        path.display()
    )]
    Line {
        /// Which journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        bad: BadLine,
    },
    /// An earlier write to this run's journal left it in a state that nobody can tell, so nothing more may be paid.
    #[error("cannot write the journal `{}`; fix the disk and run the command again", .0.display())]
    Broken(PathBuf),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl JournalError {
    fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}

/// The right to submit one attempt, once. There is one for each token, and it is used up by
/// [`Journal::submitting`].
#[derive(Debug)]
#[must_use = "a token was spent for this"]
pub struct Claim {
    recipe: Digest,
    attempt: u32,
    intent: Intent,
}

impl Claim {
    /// The attempt.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// What is to be submitted.
    #[must_use]
    pub const fn intent(&self) -> &Intent {
        &self.intent
    }
}

/// The journal of this run. Its file is created when there is something to write.
#[derive(Debug)]
pub struct Journal {
    store: Store,
    run: RunId,
    open: Option<Open>,
    /// Why a fact is not in the shared store. The journal has it, and the next run puts it there.
    unpublished: Option<SharedStoreError>,
}

#[derive(Debug)]
struct Open {
    /// Locked until it is closed, which the end of the process does, whatever ends it.
    file: File,
    path: PathBuf,
    /// Bytes that are whole and on the disk.
    whole: u64,
    broken: bool,
}

impl Journal {
    /// The journal of a run that begins now. Nothing is written yet.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        let at: String = time::utc(now()).chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let run = format!("{at}-{}-{}", std::process::id(), nonce());
        Self {
            store: store.clone(),
            run: run.parse().expect("it is letters, digits and `-`"),
            open: None,
            unpublished: None,
        }
    }

    /// The name of this run.
    #[must_use]
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// The file of this run, once something is written.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| open.path.as_path())
    }

    /// Takes the right to submit an attempt; `None` where another run has it. The journal is begun first, so that
    /// whoever finds the token finds out whether its holder lives. The run of the `intent` is this one.
    pub fn take(&mut self, recipe: Digest, attempt: u32, intent: Intent) -> Result<Option<Claim>, JournalError> {
        // Where nothing can be written any more, nothing may be taken.
        self.begin()?.usable()?;
        let intent = Intent { run: self.run.clone(), ..intent };
        let created = self.create_token(&recipe, attempt, &intent)?;
        Ok(created.then_some(Claim { recipe, attempt, intent }))
    }

    /// Creates the token where all see it who could take the same.
    fn create_token(&self, recipe: &Digest, attempt: u32, intent: &Intent) -> Result<bool, JournalError> {
        if self.store.shared().is_some() {
            return self.create_shared_token(recipe, attempt, intent);
        }
        let Intent { run, provider, model, estimate, .. } = intent.clone();
        Ok(self.store.create_token(recipe, attempt, &Holder { run, provider, model, estimate }, &nonce())?)
    }

    /// Writes that the request goes out now. If this fails the request must not be sent, and the attempt is void when
    /// the run is over.
    pub fn submitting(&mut self, claim: Claim) -> Result<(), JournalError> {
        let Claim { recipe, attempt, intent } = claim;
        self.append(&Entry { recipe, attempt, record: Record::Submitting(Box::new(intent)) })
    }

    /// Writes that another store bought the clip as `task`, as a lock says. Nothing is sent for it.
    pub fn bought(&mut self, claim: Claim, task: &str) -> Result<(), JournalError> {
        let Claim { recipe, attempt, intent } = claim;
        let record = Record::Bought { intent: Box::new(intent), task: task.to_owned() };
        self.append(&Entry { recipe, attempt, record })
    }

    /// This moment as it is written beside every record, in seconds since 1970. Nothing is decided by it.
    #[must_use]
    pub fn now() -> u64 {
        now()
    }

    /// Writes a fact; when this returns, it is on the disk. A write that fails is taken back, so that the journal stays
    /// readable; where even that fails, nothing more can be written.
    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let text = line::write(now(), &JournalLine::Entry(entry.clone()));
        self.begin()?.write(text.as_bytes())?;
        self.publish(entry);
        Ok(())
    }

    fn begin(&mut self) -> Result<&mut Open, JournalError> {
        let open = match self.open.take() {
            Some(open) => open,
            None => self.create()?,
        };
        Ok(self.open.insert(open))
    }

    fn create_locked(&self, folder: &Path, path: &Path) -> io::Result<File> {
        self.store.prepare()?;
        make_folder(folder)?;
        let file = OpenOptions::new().create_new(true).read(true).append(true).open(path)?;
        file.lock()?;
        Ok(file)
    }

    fn create(&self) -> Result<Open, JournalError> {
        let folder = self.store.root().join(read::FOLDER);
        let path = folder.join(format!("{}.{}", self.run, read::ENDING));
        let file = self.create_locked(&folder, &path).map_err(JournalError::io("create", &path))?;
        let mut open = Open { file, path, whole: 0, broken: false };
        let storyreel = env!("CARGO_PKG_VERSION").to_owned();
        open.write(line::write(now(), &JournalLine::Begun { run: self.run.clone(), storyreel }).as_bytes())?;
        File::open(&folder)
            .and_then(|folder| if cfg!(unix) { folder.sync_all() } else { Ok(()) })
            .map_err(JournalError::io("sync", &open.path))?;
        Ok(open)
    }
}

impl Open {
    fn usable(&self) -> Result<(), JournalError> {
        if self.broken { Err(JournalError::Broken(self.path.clone())) } else { Ok(()) }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        self.usable()?;
        if let Err(source) = self.file.write_all(bytes) {
            self.broken = self.file.set_len(self.whole).and_then(|()| self.file.sync_all()).is_err();
            return Err(JournalError::io("write", &self.path)(source));
        }
        if let Err(source) = self.file.sync_all() {
            // After a failed sync the system may have dropped what it held: what is on the disk cannot be known.
            self.broken = true;
            return Err(JournalError::io("sync", &self.path)(source));
        }
        self.whole += bytes.len() as u64;
        Ok(())
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Eight hexadecimal digits that no other run and no other call of this one has, by all likelihood.
fn nonce() -> String {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    Digest::of(format!("{random} {moment} {}", std::process::id()).as_bytes()).short()
}

/// Whether a run holds the journal `file` at this moment. Two that ask at once do not disturb each other.
fn is_held(file: &File) -> bool {
    match file.try_lock_shared() {
        // The lock goes when the file is closed.
        Ok(()) => file.unlock().is_err(),
        // Somebody holds it; or nobody can tell, and then it is safe to wait.
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests;
