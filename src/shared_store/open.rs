//! What a shared store says of itself.

use super::{SharedStore, SharedStoreError};

/// The name of the object that says it.
const NAME: &str = "store.json";

/// The layout of this version.
const LAYOUT: &str = "{\"layout\":1,\"digest\":\"sha256\"}\n";

impl SharedStore {
    /// Insists that the store has the layout of this version or is empty. Writes nothing.
    pub fn insist_on_layout(&self) -> Result<(), SharedStoreError> {
        self.layout().map(drop)
    }

    /// The same, and gives the layout to an empty one.
    pub fn open(&self) -> Result<(), SharedStoreError> {
        if self.layout()? {
            return Ok(());
        }
        self.bucket.wait(|bucket| async move { bucket.create(NAME, LAYOUT.into()).await })?;
        // Another machine may have been quicker, and be of another version.
        self.insist_on_layout()
    }

    /// Whether the store has its layout already.
    fn layout(&self) -> Result<bool, SharedStoreError> {
        let found = self.bucket.wait(|bucket| async move { bucket.read(NAME).await })?;
        match found {
            None => Ok(false),
            Some(found) if found == LAYOUT => Ok(true),
            Some(found) => {
                let found = found.lines().next().unwrap_or_default().chars().take(80).collect::<String>();
                let found = storyreel_core::sanitize::clean(&found);
                Err(SharedStoreError::Layout { address: self.address().to_owned(), found })
            }
        }
    }
}
