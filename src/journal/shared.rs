//! Facts about attempts as the machines of a shared store tell each other: tokens are taken there, and what becomes of an
//! attempt is put there once it stands in a journal here.

use storyreel_core::job::fact::{FactKind, SharedFact};
use storyreel_core::job::{Entry, Intent, Record, RunId};
use storyreel_core::spend::{Holder, Life, Token};
use storyreel_core::units::Digest;

use super::read::{Fact, Journals};
use super::{Journal, JournalError, nonce, now};
use crate::shared_store::{Creation, SharedStoreError};
use crate::store::StoreError;

/// What stands for the run of a fact whose token cannot be read.
const UNKNOWN: &str = "unknown";

impl Journal {
    /// Creates the token of an attempt in the shared store.
    pub(super) fn create_shared_token(
        &self,
        recipe: &Digest,
        attempt: u32,
        intent: &Intent,
    ) -> Result<bool, JournalError> {
        let shared = self.store.shared().zip(self.store.attempts().shared_number(attempt));
        // An attempt that no other machine can see is nobody's to take.
        let Some((shared, number)) = shared else { return Ok(false) };
        let entry = Entry { recipe: *recipe, attempt: number, record: Record::Submitting(Box::new(intent.clone())) };
        let created = shared.create_fact(&nonce(), now(), &entry).map_err(StoreError::from)?;
        Ok(created == Creation::Created)
    }

    /// Puts a fact into the shared store, where it is one for all. A token is there before its attempt is written.
    pub fn publish(&mut self, entry: &Entry) {
        let is_for_all = FactKind::of(&entry.record).is_some_and(|kind| kind != FactKind::Token);
        let shared = self.store.shared().zip(self.store.attempts().shared_number(entry.attempt));
        let Some((shared, number)) = shared.filter(|_| is_for_all) else { return };
        let entry = Entry { attempt: number, ..entry.clone() };
        if let Err(fault) = shared.create_fact(&nonce(), now(), &entry) {
            self.unpublished.get_or_insert(fault);
        }
    }

    /// Why a fact is not in the shared store, asked once.
    pub fn take_unpublished(&mut self) -> Option<SharedStoreError> {
        self.unpublished.take()
    }
}

impl Journals {
    /// Reads what the shared store says of these recipes.
    pub fn take_in_shared(&mut self, recipes: &[Digest]) -> Result<(), JournalError> {
        let Some(shared) = self.store.shared().filter(|_| !recipes.is_empty()) else { return Ok(()) };
        let found = shared.facts(recipes).map_err(StoreError::from)?;
        // Tokens first: whether a run is one of this machine is asked after.
        self.refresh()?;
        for recipe in recipes {
            self.forget_shared(recipe);
        }
        for (recipe, facts) in found {
            self.take_in(recipe, facts);
        }
        Ok(())
    }

    fn forget_shared(&mut self, recipe: &Digest) {
        self.shared_tokens.remove(recipe);
        self.published.remove(recipe);
        if let Some(attempts) = self.facts.get_mut(recipe) {
            attempts.values_mut().for_each(|facts| facts.retain(|fact| !fact.is_shared));
            attempts.retain(|_, facts| !facts.is_empty());
        }
    }

    /// Takes in the facts about one recipe, the token of each attempt first. What a run of this machine was about to do
    /// stands in its journal, or it did not do it.
    fn take_in(&mut self, recipe: Digest, facts: Vec<SharedFact>) {
        let range = self.store.attempts();
        let mut run: RunId = UNKNOWN.parse().expect("it is letters");
        for SharedFact { attempt, kind, written } in facts {
            let attempt = range.own_number(attempt);
            self.published.entry(recipe).or_default().insert((attempt, kind));
            if kind == FactKind::Token {
                let intent = written.as_ref().and_then(|(_, record)| match record {
                    Record::Submitting(intent) => Some(intent),
                    _ => None,
                });
                run = intent.map_or_else(|| UNKNOWN.parse().expect("it is letters"), |intent| intent.run.clone());
                let holder = intent.map(|intent| holder(intent));
                self.shared_tokens.entry(recipe).or_default().push(Token { attempt, holder });
                if intent.is_none() || self.runs.contains_key(&run) {
                    continue;
                }
                self.shared_runs.insert(run.clone());
            }
            if let Some((at, record)) = written {
                let fact = Fact { at, run: run.clone(), record, is_shared: true };
                self.facts.entry(recipe).or_default().entry(attempt).or_default().push(fact);
            }
        }
    }

    /// Reads what the shared store says of all attempts that are not known to be over.
    pub fn take_in_open(&mut self) -> Result<(), JournalError> {
        let Some(shared) = self.store.shared() else { return Ok(()) };
        let open = shared.open_recipes().map_err(StoreError::from)?;
        let recipes: Vec<Digest> = open.into_iter().map(|open| open.0).collect();
        self.take_in_shared(&recipes)
    }

    /// What the journals of this machine know of a recipe and the shared store does not: facts whose publication failed
    /// or was cut off, and attempts whose runs ended before they sent anything.
    #[must_use]
    pub fn unpublished(&self, recipe: &Digest) -> Vec<Entry> {
        let tokens = self.shared_tokens.get(recipe).map_or(&[][..], Vec::as_slice);
        let published = self.published.get(recipe);
        let is_published =
            |attempt: u32, kind: FactKind| published.is_some_and(|published| published.contains(&(attempt, kind)));
        let mut entries = Vec::new();
        for Token { attempt, holder } in tokens {
            let facts = self.facts.get(recipe).and_then(|attempts| attempts.get(attempt));
            let facts = facts.map_or(&[][..], Vec::as_slice);
            let has_ended = holder.as_ref().is_some_and(|holder| self.life(&holder.run) == Life::Ended);
            if has_ended && facts.is_empty() {
                let why = "the run ended before it was sent".to_owned();
                entries.push(Entry { recipe: *recipe, attempt: *attempt, record: Record::Unsent { why } });
            }
            for fact in facts.iter().filter(|fact| !fact.is_shared) {
                let kind = FactKind::of(&fact.record);
                if kind.is_some_and(|kind| kind != FactKind::Token && !is_published(*attempt, kind)) {
                    entries.push(Entry { recipe: *recipe, attempt: *attempt, record: fact.record.clone() });
                }
            }
        }
        entries
    }
}

fn holder(intent: &Intent) -> Holder {
    let Intent { run, provider, model, estimate, .. } = intent.clone();
    Holder { run, provider, model, estimate }
}
