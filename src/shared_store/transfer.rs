//! Clips to and from the shared store: many at once, each held against its digest, and never twice.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use storyreel_core::lock::ClipRecord;
use storyreel_core::recipe::Recipe;
use storyreel_core::units::Digest;

use super::bucket::Bucket;
use super::{SharedStore, SharedStoreError, object_name, recipe_name};

/// Files at once: enough to fill a line whose answers take a tenth of a second.
const FILES_AT_ONCE: usize = 12;

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Objects that are where they belong.
    pub done: usize,
    /// All objects.
    pub all: usize,
    /// Bytes that were sent or came.
    pub bytes: u64,
}

/// What a transfer has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transferred {
    /// Objects that were sent or came.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Hears how far a transfer is.
pub type HearTransfer = Arc<dyn Fn(Transfer) + Send + Sync>;

/// Counts what is done.
struct Counter {
    done: AtomicUsize,
    all: usize,
    bytes: AtomicU64,
    hear: HearTransfer,
}

impl Counter {
    fn new(all: usize, hear: &HearTransfer) -> Arc<Self> {
        Arc::new(Self { done: AtomicUsize::new(0), all, bytes: AtomicU64::new(0), hear: Arc::clone(hear) })
    }

    fn count(&self, bytes: u64) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.hear)(Transfer { done, all: self.all, bytes });
    }
}

fn sum(moved: Vec<u64>) -> Transferred {
    let moved = moved.into_iter().filter(|bytes| *bytes > 0);
    moved.fold(Transferred::default(), |sum, bytes| Transferred { objects: sum.objects + 1, bytes: sum.bytes + bytes })
}

impl SharedStore {
    /// Puts files there that are not there yet, each under the digest of its bytes.
    pub(crate) fn upload(
        &self,
        files: Vec<(Digest, PathBuf)>,
        hear: &HearTransfer,
    ) -> Result<Transferred, SharedStoreError> {
        self.each_file(
            files,
            hear,
            |bucket, digest, file| async move { bucket.upload(&object_name(&digest), &file).await },
        )
    }

    /// Fetches objects into files, which may hold their beginnings already.
    pub(crate) fn download(
        &self,
        files: Vec<(Digest, PathBuf)>,
        hear: &HearTransfer,
    ) -> Result<Transferred, SharedStoreError> {
        self.each_file(files, hear, |bucket, digest, file| async move {
            bucket.download(&object_name(&digest), &digest, &file).await
        })
    }

    /// Moves files, many at once; `work` gives the bytes that it moved.
    fn each_file<W>(
        &self,
        files: Vec<(Digest, PathBuf)>,
        hear: &HearTransfer,
        work: impl Fn(Bucket, Digest, PathBuf) -> W + Send + Sync + 'static,
    ) -> Result<Transferred, SharedStoreError>
    where
        W: Future<Output = Result<u64, SharedStoreError>> + Send + 'static,
    {
        let counter = Counter::new(files.len(), hear);
        let moved = self.bucket.wait(|bucket| async move {
            let moved = bucket.each(FILES_AT_ONCE, files, |bucket, (digest, file): (Digest, PathBuf)| {
                let moving = work(bucket, digest, file);
                let counter = Arc::clone(&counter);
                async move {
                    let bytes = moving.await?;
                    counter.count(bytes);
                    Ok(bytes)
                }
            });
            moved.await
        });
        Ok(sum(moved?))
    }

    /// The objects of these that are there.
    pub fn present(&self, objects: Vec<Digest>) -> Result<Vec<Digest>, SharedStoreError> {
        self.bucket.wait(|bucket| async move {
            let found = bucket.each(super::AT_ONCE, objects, |bucket, digest: Digest| async move {
                Ok(bucket.size(&object_name(&digest)).await?.map(|_| digest))
            });
            Ok(found.await?.into_iter().flatten().collect())
        })
    }

    /// Writes what was made of recipes, once their clips are there: who finds a receipt finds the clip.
    pub(crate) fn record(&self, made: &[(Recipe, ClipRecord)]) -> Result<(), SharedStoreError> {
        let texts: Vec<MadeTexts> = made.iter().map(|(recipe, taken)| MadeTexts::of(recipe, taken)).collect();
        self.bucket.wait(|bucket| async move {
            let written = bucket.each(super::AT_ONCE, texts, |bucket, texts: MadeTexts| async move {
                bucket.create(&recipe_name(&texts.recipe, "json"), texts.text.into_bytes()).await?;
                bucket.create(&recipe_name(&texts.recipe, "done"), texts.receipt.into_bytes()).await
            });
            written.await.map(drop)
        })
    }

    /// The canonical texts of these recipes, as far as they are there.
    pub fn recipes(&self, recipes: &[Digest]) -> Result<Vec<Recipe>, SharedStoreError> {
        let recipes = recipes.to_vec();
        self.bucket.wait(|bucket| async move {
            let found = bucket.each(super::AT_ONCE, recipes, |bucket, recipe: Digest| async move {
                let text = bucket.read(&recipe_name(&recipe, "json")).await?;
                Ok(text.and_then(|text| Recipe::read(&text)).filter(|found| found.digest() == recipe))
            });
            Ok(found.await?.into_iter().flatten().collect())
        })
    }
}

/// What is written of a clip beside it.
struct MadeTexts {
    recipe: Digest,
    text: String,
    receipt: String,
}

impl MadeTexts {
    fn of(recipe: &Recipe, taken: &ClipRecord) -> Self {
        Self { recipe: recipe.digest(), text: recipe.text(), receipt: taken.text() }
    }
}
