//! Facts about attempts in the shared store: tokens, tasks and ends, each created once. Attempts are numbered from 1 there.

use std::collections::{BTreeMap, BTreeSet};

use storyreel_core::job::Entry;
use storyreel_core::job::fact::{self, FactKind, SharedFact};
use storyreel_core::units::Digest;

use super::{AT_ONCE, Creation, SharedObject, SharedStore, SharedStoreError};

/// A recipe that was ordered and has no receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenRecipe(pub Digest);

impl SharedStore {
    /// All facts about these recipes, of those that have any.
    pub fn facts(&self, recipes: &[Digest]) -> Result<BTreeMap<Digest, Vec<SharedFact>>, SharedStoreError> {
        let recipes = recipes.to_vec();
        self.bucket.wait(|bucket| async move {
            let found = bucket.each(AT_ONCE, recipes, |bucket, recipe: Digest| async move {
                let mut facts = Vec::new();
                for SharedObject { name, .. } in bucket.list(&facts_folder(&recipe)).await? {
                    let own = name.rsplit('/').next().unwrap_or_default();
                    let Some((attempt, kind)) = FactKind::read_name(own) else { continue };
                    let text = bucket.read(&name).await?.unwrap_or_default();
                    facts.push(SharedFact { attempt, kind, written: fact::read(&text, &recipe, attempt, kind) });
                }
                facts.sort_by_key(|fact| (fact.attempt, fact.kind));
                Ok((recipe, facts))
            });
            Ok(found.await?.into_iter().filter(|(_, facts)| !facts.is_empty()).collect())
        })
    }

    /// Writes a fact unless it is there. The `nonce` is unlike that of any other try. What stays on its machine counts as
    /// written.
    pub(crate) fn create_fact(&self, nonce: &str, at: u64, entry: &Entry) -> Result<Creation, SharedStoreError> {
        let Some((kind, text)) = FactKind::of(&entry.record).zip(fact::write(nonce, at, entry)) else {
            return Ok(Creation::Existed);
        };
        let name = format!("{}/{}", facts_folder(&entry.recipe), kind.name(entry.attempt));
        self.bucket.wait(|bucket| async move { bucket.create(&name, text.into_bytes()).await })
    }

    /// The recipes with an attempt that is not known to be over, and no receipt.
    pub fn open_recipes(&self) -> Result<Vec<OpenRecipe>, SharedStoreError> {
        let mut open: BTreeMap<Digest, BTreeMap<u32, bool>> = BTreeMap::new();
        for object in self.list("spend")? {
            let mut parts = object.name.rsplit('/');
            let Some((attempt, kind)) = parts.next().and_then(FactKind::read_name) else { continue };
            let Some(recipe) = parts.next().and_then(|hex| hex.parse().ok()) else { continue };
            let is_over = open.entry(recipe).or_default().entry(attempt).or_default();
            *is_over |= matches!(kind, FactKind::Failed | FactKind::Void);
        }
        let mut done: BTreeSet<Digest> = BTreeSet::new();
        for object in self.list("recipes")? {
            let name = object.name.rsplit('/').next().and_then(|name| name.strip_suffix(".done"));
            done.extend(name.and_then(|hex| hex.parse::<Digest>().ok()));
        }
        open.retain(|recipe, attempts| !done.contains(recipe) && attempts.values().any(|is_over| !is_over));
        Ok(open.into_keys().map(OpenRecipe).collect())
    }
}

fn facts_folder(recipe: &Digest) -> String {
    let hex = recipe.hex();
    format!("spend/{}/{hex}", &hex[..2])
}
