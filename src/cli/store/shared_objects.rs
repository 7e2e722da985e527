//! All that a shared store holds, in the form in which the store of a project is listed and swept.

use std::path::PathBuf;

use storyreel_core::gc::{self, Needed, Object, Receipt};
use storyreel_core::units::Digest;

use crate::shared_store::{SharedStore, SharedStoreError};
use crate::store::{StoreError, StoreObjects};

/// The names of all objects of a shared store, and every receipt.
pub(super) fn stored_objects(shared: &SharedStore) -> Result<StoreObjects, StoreError> {
    shared.insist_on_layout()?;
    let mut held = StoreObjects::default();
    for object in shared.list("objects")? {
        let digest = object.name.rsplit('/').next().and_then(|hex| hex.parse::<Digest>().ok());
        match digest {
            Some(digest) => {
                held.objects.push(Object { digest, bytes: object.bytes, age: object.age, is_picture: false });
            }
            None => held.strays.push(PathBuf::from(object.name)),
        }
    }
    let all = shared.all_receipts()?;
    held.receipts = all.receipts.into_iter().map(|(taken, age)| Receipt { taken, age }).collect();
    held.unreadable = all.unreadable.into_iter().map(|(name, _)| PathBuf::from(name)).collect();
    held.objects.sort_by_key(|object| object.digest);
    Ok(held)
}

/// Adds what unfinished orders need, and what receipts name that cannot be read.
pub(super) fn add_needed(shared: &SharedStore, needed: &mut Needed) -> Result<(), SharedStoreError> {
    let open: Vec<Digest> = shared.open_recipes()?.into_iter().map(|open| open.0).collect();
    for recipe in shared.recipes(&open)? {
        needed.unfinished.extend(gc::mentioned(&recipe.text()));
    }
    for (_, text) in shared.all_receipts()?.unreadable {
        needed.paid.extend(gc::mentioned(&text));
    }
    Ok(())
}
