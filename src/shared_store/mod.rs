//! The store that machines share: a bucket at a service, or a folder on a drive of all. The project's own store is its
//! cache. Nothing in it is ever overwritten, so that a key which may read and write new objects is enough.
//!
//! ```text
//! store.json               {"layout":1,"digest":"sha256"}
//! objects/ab/abcdef…       clips and frames by the digest of their bytes
//! recipes/12/1234….json    what a clip was made of
//! recipes/12/1234….done    the receipt: what it gave
//! spend/12/1234…/1         facts about attempts: tokens, tasks, failures
//! check/…                  what the check of the store has written
//! ```
//!
//! What comes from it is as little trusted as a download: texts are read by the readers of journals and receipts, and
//! bytes are held against the digest of their name.

mod address;
mod bucket;
#[cfg(feature = "buckets")]
mod connect;
mod facts;
mod folder;
#[cfg(feature = "buckets")]
mod object_bucket;
mod open;
mod partial_file;
mod place_error;
mod race;
mod transfer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::lock::ClipRecord;
use storyreel_core::recipe::Recipe;
use storyreel_core::units::Digest;

use bucket::Bucket;
pub use facts::OpenRecipe;
pub use race::Race;
pub use transfer::{HearTransfer, Transfer, Transferred};

/// The largest text that is read: receipts, recipes and facts are far smaller.
const LARGEST_TEXT: u64 = 1 << 20;

/// Requests at once for small texts.
const AT_ONCE: usize = 32;

/// A shared store that cannot be used, or something in it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SharedStoreError {
    /// The address is none that can be used.
    #[error("`{address}` is no shared store: {why}")]
    Address {
        /// The address without anything that could be a key.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// The service or the drive refuses.
    #[error("cannot {what} `{name}` in the shared store {address}: {why}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which object.
        name: String,
        /// In which store.
        address: String,
        /// Why it failed.
        why: String,
    },
    /// It has another layout.
    #[error("the shared store {address} was laid out by another version of storyreel: {found}")]
    Layout {
        /// Which store.
        address: String,
        /// What it says of itself.
        found: String,
    },
    /// An object is not what its name says.
    #[error(
        "`{name}` in the shared store {address} is damaged; remove it there, and a machine that has it puts it back"
    )]
    Damaged {
        /// Which object.
        name: String,
        /// In which store.
        address: String,
    },
    /// A file of this machine cannot be read or written.
    #[error("cannot {what} `{}`: {why}", path.display())]
    Local {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        why: String,
    },
}

impl SharedStoreError {
    fn local(what: &'static str, path: &Path, error: &std::io::Error) -> Self {
        Self::Local { what, path: path.to_owned(), why: error.to_string() }
    }
}

/// An object of a shared store, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedObject {
    /// Its name below the root of the store.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// How long ago it was written, by the clock of the store.
    pub age: Duration,
}

/// What became of a creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It is ours.
    Created,
    /// Something was there before.
    Existed,
}

/// A shared store. Its calls block; within a run with several threads they make room for its other work.
#[derive(Debug, Clone)]
pub struct SharedStore {
    bucket: Bucket,
}

impl SharedStore {
    /// The store at an address. Nothing is read or written yet.
    pub fn at(address: &str) -> Result<Self, SharedStoreError> {
        Ok(Self { bucket: Bucket::at(address)? })
    }

    /// Whether a text names a shared store rather than a folder of this machine.
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        text.contains("://")
    }

    /// The address, without anything that could be a key.
    #[must_use]
    pub fn address(&self) -> &str {
        self.bucket.address()
    }

    /// The receipts of these recipes whose clips are there, as far as there are any.
    pub fn receipts(&self, recipes: &[Digest]) -> Result<Vec<ClipRecord>, SharedStoreError> {
        let recipes = recipes.to_vec();
        self.bucket.wait(|bucket| async move {
            let found = bucket.each(AT_ONCE, recipes, |bucket, recipe| async move { receipt(&bucket, &recipe).await });
            Ok(found.await?.into_iter().flatten().collect())
        })
    }

    /// The canonical text of a recipe.
    pub fn recipe(&self, recipe: &Digest) -> Result<Option<Recipe>, SharedStoreError> {
        let name = recipe_name(recipe, "json");
        let text = self.bucket.wait(|bucket| async move { bucket.read(&name).await })?;
        Ok(text.and_then(|text| Recipe::read(&text)).filter(|found| found.digest() == *recipe))
    }

    /// All objects whose names begin with a folder's.
    pub fn list(&self, folder: &'static str) -> Result<Vec<SharedObject>, SharedStoreError> {
        self.bucket.wait(|bucket| async move { bucket.list(folder).await })
    }

    /// Every receipt, with how long ago it was written, and the names of those that cannot be read.
    pub fn all_receipts(&self) -> Result<AllReceipts, SharedStoreError> {
        self.bucket.wait(|bucket| async move {
            let listed = bucket.list("recipes").await?;
            let done = listed.into_iter().filter(|object| object.name.strip_suffix(".done").is_some()).collect();
            let read = bucket.each(AT_ONCE, done, |bucket, object: SharedObject| async move {
                Ok((bucket.read(&object.name).await?, object))
            });
            let mut all = AllReceipts::default();
            for (text, object) in read.await? {
                let text = text.unwrap_or_default();
                match ClipRecord::read(&text) {
                    Ok(taken) => all.receipts.push((taken, object.age)),
                    Err(_) => all.unreadable.push((object.name, text)),
                }
            }
            Ok(all)
        })
    }

    /// Writes what is to be rendered, before it is paid for.
    pub(crate) fn keep_recipe(&self, recipe: &Recipe) -> Result<(), SharedStoreError> {
        let name = recipe_name(&recipe.digest(), "json");
        let text = recipe.text();
        self.bucket.wait(|bucket| async move { bucket.create(&name, text.into_bytes()).await }).map(drop)
    }

    /// Removes an object for good, and before it the receipts that name it. Only `store gc` may, on a verdict.
    pub(crate) fn remove(&self, object: &Digest, recipes: &[Digest]) -> Result<(), SharedStoreError> {
        let mut names: Vec<String> = recipes.iter().map(|recipe| recipe_name(recipe, "done")).collect();
        names.push(object_name(object));
        self.bucket.wait(|bucket| async move {
            for name in names {
                bucket.delete(&name).await?;
            }
            Ok(())
        })
    }
}

/// All receipts of a store.
#[derive(Debug, Clone, Default)]
pub struct AllReceipts {
    /// Each with how long ago it was written.
    pub receipts: Vec<(ClipRecord, Duration)>,
    /// The names and texts of those that cannot be read.
    pub unreadable: Vec<(String, String)>,
}

/// The receipt of a recipe, where its clip is there, too.
async fn receipt(bucket: &Bucket, recipe: &Digest) -> Result<Option<ClipRecord>, SharedStoreError> {
    let Some(text) = bucket.read(&recipe_name(recipe, "done")).await? else { return Ok(None) };
    let Some(taken) = ClipRecord::read(&text).ok().filter(|taken| taken.recipe == *recipe) else { return Ok(None) };
    let is_there = bucket.size(&object_name(&taken.clip)).await?.is_some();
    Ok(is_there.then_some(taken))
}

fn object_name(digest: &Digest) -> String {
    let hex = digest.hex();
    format!("objects/{}/{hex}", &hex[..2])
}

fn recipe_name(recipe: &Digest, ending: &str) -> String {
    let hex = recipe.hex();
    format!("recipes/{}/{hex}.{ending}", &hex[..2])
}
