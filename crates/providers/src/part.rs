//! A download on its way: a file beside the one that it becomes, and what is known of the bytes in it.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use storyreel_core::content::FileContent;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::boxes::boxes_end;
use super::resume::Marks;

/// What is wrong with all the bytes together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    /// They are something else.
    Other(String),
    /// They end too early.
    Torn(String),
}

/// The `.part` file. It is taken away again unless it becomes the whole.
#[derive(Debug)]
pub(super) struct PartFile {
    path: PathBuf,
    file: File,
    /// Bytes that are here.
    pub(super) have: u64,
    /// The most bytes that ever were.
    pub(super) furthest: u64,
    /// What identifies the bytes.
    pub(super) marks: Marks,
    kept: bool,
}

impl PartFile {
    /// An empty part of `into`. What an earlier process left is not trusted: nobody knows what it belongs to.
    pub(super) async fn of(into: &Path) -> io::Result<Self> {
        let mut name = into.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let path = into.with_file_name(name);
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path).await?;
        Ok(Self { path, file, have: 0, furthest: 0, marks: Marks::default(), kept: false })
    }

    /// Drops all bytes.
    pub(super) async fn restart(&mut self, marks: Marks) -> io::Result<()> {
        self.file.set_len(0).await?;
        self.file.seek(SeekFrom::Start(0)).await?;
        self.have = 0;
        self.marks = marks;
        Ok(())
    }

    /// Takes what came.
    pub(super) async fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.have += bytes.len() as u64;
        self.furthest = self.furthest.max(self.have);
        Ok(())
    }

    /// What is wrong with the bytes, now that all are here: they must be of a type that begins with `kind`, and a film
    /// must end where its last box ends.
    pub(super) async fn flaw(&mut self, kind: &'static str) -> io::Result<Option<Flaw>> {
        self.file.flush().await?;
        let path = self.path.clone();
        let length = self.have;
        tokio::task::spawn_blocking(move || flaw_of_file(&path, length, kind)).await.map_err(io::Error::other)?
    }

    /// Makes it the file `into`, for good.
    pub(super) async fn keep(mut self, into: &Path) -> io::Result<()> {
        self.file.sync_all().await?;
        tokio::fs::rename(&self.path, into).await?;
        self.kept = true;
        Ok(())
    }
}

fn flaw_of_file(path: &Path, length: u64, kind: &str) -> io::Result<Option<Flaw>> {
    let file = std::fs::File::open(path)?;
    let found = FileContent::read(&file)?;
    if !found.media_type().is_some_and(|found| found.starts_with(kind)) {
        let wanted = kind.trim_end_matches('/');
        return Ok(Some(Flaw::Other(format!("received {} instead of {wanted}", found.described()))));
    }
    if kind == "video/" && !boxes_end(&file, length)? {
        return Ok(Some(Flaw::Torn(format!("the file ends too early, after {length} bytes"))));
    }
    Ok(None)
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.kept {
            // A part that stays behind takes room and does no other harm.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
