//! `storyreel store`: list, verify, share and sweep the clips that are kept, here or in a shared store.

mod shared_objects;
mod transfer;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use storyreel_core::gc::{self, Keep, Needed, Receipt, Retention, Verdict};
use storyreel_core::job::{JobState, Stored};
use storyreel_core::lock::Lock;
use storyreel_core::money::{Money, Sums};
use storyreel_core::plan::KnownClips as _;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::units::Digest;

use super::args::{Gc, StoreCommand};
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done, internal};
use super::output::print;
use crate::journal::Journals;
use crate::progress::{table, words};
use crate::store::{Rot, Store, StoreError, StoreObjects, lock_files};

pub(super) fn run(context: &Context, command: &StoreCommand) -> Done {
    match command {
        StoreCommand::Ls => ProjectStore::open(context).map_err(internal)?.list(),
        StoreCommand::Verify => ProjectStore::open(context).map_err(internal)?.verify(),
        StoreCommand::Gc(args) => ProjectStore::open(context).map_err(internal)?.collect_garbage(args),
        StoreCommand::Check => transfer::check(context),
        StoreCommand::Push(boards) => transfer::push(context, &boards.storyboards),
        StoreCommand::Pull(boards) => transfer::pull(context, &boards.storyboards),
    }
}

/// A store and the lock files of the project that it belongs to.
struct ProjectStore<'a> {
    context: &'a Context,
    store: Store,
    root: PathBuf,
    held: StoreObjects,
    /// Texts of the lock files.
    locks: Vec<(PathBuf, String)>,
}

impl<'a> ProjectStore<'a> {
    fn open(context: &'a Context) -> Result<Self, StoreError> {
        let root = context.current_project();
        let store = context.store(Path::new(""));
        let store = Store::at(std::path::absolute(store.root()).unwrap_or_else(|_| store.root().to_owned()));
        let held = match context.shared_store() {
            Some(shared) => shared_objects::stored_objects(shared)?,
            None => store.stored_objects(SystemTime::now())?,
        };
        let locks = lock_texts(&root, &store)?;
        Ok(Self { context, store, root, held, locks })
    }

    /// Who uses an object: `film.lock.yaml: dawn`.
    fn users_by_object(&self) -> BTreeMap<Digest, Vec<String>> {
        let mut users: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
        for (path, text) in &self.locks {
            let name = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy();
            let lock = Lock::read(text).unwrap_or_default();
            for (shot, taken) in lock.facts() {
                for digest in std::iter::once(taken.clip).chain(taken.last_frame) {
                    users.entry(digest).or_default().push(format!("{name}: {shot}"));
                }
            }
        }
        users
    }

    fn verdicts(&self, needed: &Needed, retention: Retention) -> Vec<Verdict> {
        gc::judge(&self.held.objects, &self.held.receipts, needed, retention)
    }

    fn list(&self) -> Done {
        let mut users = self.users_by_object();
        let mut paid = BTreeMap::new();
        let mut sums = Sums::default();
        for receipt in &self.held.receipts {
            if let Some(amount) = receipt.taken.paid {
                paid.insert(receipt.taken.clip, amount.exact() + " " + amount.currency.code());
                sums.add(amount);
            }
        }
        let mut rows = Vec::new();
        for verdict in
            self.verdicts(&Needed::default(), Retention { paid_may_go: true, keep_days: 0, is_shared: false })
        {
            let object = verdict.object;
            let used = users.remove(&object.digest).unwrap_or_default();
            rows.push(vec![
                object.digest.short(),
                verdict.kind.word().to_owned(),
                words::bytes(object.bytes),
                paid.remove(&object.digest).unwrap_or_default(),
                age_text(object.age),
                first_names(&used),
            ]);
        }
        let header = ["object", "what", "size", "paid", "age", "used by"];
        let table = table::render(&header, &rows, &[2, 3, 4], self.context.width);
        let bytes: u64 = self.held.objects.iter().map(|object| object.bytes).sum();
        let spent = if sums.is_empty() { String::new() } else { format!(", {sums} paid") };
        print(&format!("{table}\n\n{}, {}{spent}\n", count(rows.len(), "object"), words::bytes(bytes)))
    }

    fn verify(&self) -> Done {
        if self.context.shared_store().is_some() {
            let message = "`verify` reads the clips of this machine: leave `--store` out";
            let help =
                "what comes from a shared store is held against its digest while it comes: `storyreel store pull`";
            return Err(CommandFailure::new(exit::USAGE, message).help(help));
        }
        let rotten = self.store.verify(self.held.objects.iter().map(|object| object.digest), |_| {});
        let users = self.users_by_object();
        for path in self.held.unreadable.iter().chain(&self.held.strays) {
            self.context.note(&format!("warning: `{}` is not a clip, frame or receipt", path.display()));
        }
        if rotten.is_empty() {
            return print(&format!("{}, all intact\n", count(self.held.objects.len(), "object")));
        }
        let rows: Vec<Vec<String>> = rotten.iter().map(|rot| self.damage_row(rot, &users)).collect();
        print(&(table::render(&["damaged", "now", "needed by"], &rows, &[], self.context.width) + "\n"))?;
        let message = format!(
            "{} of {} damaged; restore them from a copy of `{}`, or delete them and run `render` again",
            rotten.len(),
            count(self.held.objects.len(), "object"),
            clean(&self.store.root().join("objects").to_string_lossy())
        );
        Err(CommandFailure::new(exit::INTERNAL, message))
    }

    /// A damaged object, with who needs it: shots of lock files, else recipes.
    fn damage_row(&self, rot: &Rot, users: &BTreeMap<Digest, Vec<String>>) -> Vec<String> {
        let state = rot.found.map_or_else(|| "cannot be read".to_owned(), |found| format!("is {}", found.short()));
        let needed = users.get(&rot.digest).cloned().unwrap_or_else(|| self.recipes_of(&rot.digest));
        vec![rot.digest.short(), state, first_names(&needed)]
    }

    /// The recipes that gave an object.
    fn recipes_of(&self, object: &Digest) -> Vec<String> {
        let clips = self.held.receipts.iter().map(|receipt| &receipt.taken);
        let named = clips.filter(|clip| clip.clip == *object || clip.last_frame == Some(*object));
        named.map(|clip| format!("recipe {}", clip.recipe.short())).collect()
    }

    fn collect_garbage(&self, args: &Gc) -> Done {
        let shared = self.context.shared_store();
        if args.paid && shared.is_some() {
            let message = "`--paid` is for a store of this machine: what is paid stays in a shared store";
            return Err(CommandFailure::new(exit::USAGE, message));
        }
        let is_own = self.store.root().parent() == Some(&self.root) && shared.is_none();
        if args.delete && !is_own && args.locks.is_empty() {
            let message = "this store lies outside the project, and others may use it: name the folders of all its \
                           projects with `--locks DIR`";
            return Err(CommandFailure::new(exit::REFUSED, message));
        }
        let journals = Journals::load(&self.store).map_err(internal)?;
        if args.delete && shared.is_none() && (journals.any_lives() || self.store.in_use()) {
            let message = "a run is using this store; try again when it ends";
            return Err(CommandFailure::new(exit::REFUSED, message));
        }
        let mut needed = self.needed_objects(&journals, &args.locks).map_err(internal)?;
        if let Some(shared) = shared {
            shared_objects::add_needed(shared, &mut needed).map_err(|fault| internal(StoreError::from(fault)))?;
        }
        let retention = Retention { paid_may_go: args.paid, keep_days: args.keep_days, is_shared: shared.is_some() };
        self.remove(&self.verdicts(&needed, retention), args)
    }

    /// What lock files, of the folders `more`, too, and journals say must stay.
    fn needed_objects(&self, journals: &Journals, more: &[PathBuf]) -> Result<Needed, StoreError> {
        let mut needed = Needed::default();
        needed.locked.extend(self.locks.iter().flat_map(|(_, text)| gc::mentioned(text)));
        for folder in more {
            let locks = lock_texts(folder, &self.store)?;
            needed.locked.extend(locks.iter().flat_map(|(_, text)| gc::mentioned(text)));
        }
        for job in journals.jobs() {
            if let Some(recipe) = self.store.recipe(&job.recipe).filter(|_| job.state.is_open()) {
                needed.unfinished.extend(gc::mentioned(&recipe.text()));
            }
            if let Some(stored) = stored_clip(&job.state) {
                needed.paid.extend(std::iter::once(stored.clip).chain(stored.last_frame));
            }
        }
        // A receipt that cannot be read may be of a clip that was paid.
        let unreadable = self.held.unreadable.iter().filter_map(|path| std::fs::read(path).ok());
        needed.paid.extend(unreadable.flat_map(|bytes| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            gc::mentioned(&text).collect::<Vec<Digest>>()
        }));
        Ok(needed)
    }

    fn remove(&self, verdicts: &[Verdict], args: &Gc) -> Done {
        let going: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.keep.is_none()).collect();
        let mut freed = 0;
        for Verdict { object, .. } in &going {
            if args.delete {
                self.remove_object(&object.digest).map_err(internal)?;
            }
            freed += object.bytes;
        }
        let rows: Vec<Vec<String>> = going.iter().map(|verdict| verdict_row(verdict)).collect();
        if !rows.is_empty() {
            let header = ["object", "what", "size", "age"];
            print(&(table::render(&header, &rows, &[2, 3], self.context.width) + "\n\n"))?;
        }
        let kept = kept_counts(verdicts);
        let done = if args.delete { "removed" } else { "would be removed" };
        let paid = self.paid_and_kept(verdicts, args);
        print(&format!("{done}: {}, {}\nkept: {kept}\n{paid}", count(going.len(), "object"), words::bytes(freed)))?;
        if !args.delete && !going.is_empty() {
            self.context.note("nothing was removed; add `--delete` to remove it");
        }
        Ok(exit::DONE)
    }

    /// Removes an object, in a shared store with the receipts that name it: who finds a receipt finds its clip.
    fn remove_object(&self, digest: &Digest) -> Result<(), StoreError> {
        let Some(shared) = self.context.shared_store() else { return self.store.remove(digest) };
        let receipts = self.held.receipts.iter().map(|receipt| &receipt.taken);
        let recipes: Vec<Digest> = receipts.filter(|taken| taken.clip == *digest).map(|taken| taken.recipe).collect();
        Ok(shared.remove(digest, &recipes)?)
    }

    /// How much stays only because it was paid, and how it can be removed; empty where there is none.
    fn paid_and_kept(&self, verdicts: &[Verdict], args: &Gc) -> String {
        let kept: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.keep == Some(Keep::Paid)).collect();
        if kept.is_empty() {
            return String::new();
        }
        let bytes = kept.iter().map(|verdict| verdict.object.bytes).sum();
        let digests: BTreeSet<Digest> = kept.iter().map(|verdict| verdict.object.digest).collect();
        let mut prices: BTreeMap<Digest, Option<Money>> = BTreeMap::new();
        for Receipt { taken, .. } in self.held.receipts.iter().filter(|one| gc::is_paid(&one.taken)) {
            if digests.contains(&taken.clip) {
                let price = prices.entry(taken.clip).or_default();
                *price = price.or(taken.paid);
            }
        }
        let mut sums = Sums::default();
        prices.values().flatten().for_each(|paid| sums.add(*paid));
        let unknown = prices.values().filter(|paid| paid.is_none()).count();
        let known = if sums.is_empty() { String::new() } else { format!(", {sums}") };
        let unknown =
            if unknown == 0 { String::new() } else { format!(", {} of unknown price", count(unknown, "clip")) };
        if self.context.shared_store().is_some() {
            let digests = count(digests.len(), "object");
            return format!("paid, and in no lock file here: {digests}, {}{known}{unknown}\n", words::bytes(bytes));
        }
        let age = match args.keep_days {
            0 => String::new(),
            days => format!(" once it is older than {}", count(days as usize, "day")),
        };
        format!(
            "paid, and in no lock file: {}, {}{known}{unknown}; `--paid` removes it{age}\n",
            count(digests.len(), "object"),
            words::bytes(bytes)
        )
    }
}

fn verdict_row(verdict: &Verdict) -> Vec<String> {
    let object = &verdict.object;
    vec![object.digest.short(), verdict.kind.word().to_owned(), words::bytes(object.bytes), age_text(object.age)]
}

/// How many objects are kept for each reason: `3 in a lock file, 1 too young`.
fn kept_counts(verdicts: &[Verdict]) -> String {
    let mut counts: BTreeMap<Keep, usize> = BTreeMap::new();
    for keep in verdicts.iter().filter_map(|verdict| verdict.keep) {
        *counts.entry(keep).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(keep, n)| format!("{n} {}", keep.words())).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

/// The texts of all lock files below a folder, whatever state they are in.
fn lock_texts(root: &Path, store: &Store) -> Result<Vec<(PathBuf, String)>, StoreError> {
    let mut texts = Vec::new();
    for path in lock_files(root, store)? {
        match std::fs::read(&path) {
            Ok(bytes) => texts.push((path, String::from_utf8_lossy(&bytes).into_owned())),
            Err(source) => return Err(StoreError::Io { what: "read", path, source }),
        }
    }
    Ok(texts)
}

/// The clip that an order put into the store, whatever became of it later.
const fn stored_clip(state: &JobState) -> Option<&Stored> {
    match state {
        JobState::Stored { stored, .. } | JobState::Forgotten { stored: Some(stored), .. } => Some(stored),
        _ => None,
    }
}

/// The first few of many names.
fn first_names(names: &[String]) -> String {
    let shown = names[..names.len().min(4)].join(", ");
    if names.len() > 4 { format!("{shown} and {} more", names.len() - 4) } else { shown }
}

/// An age in its largest unit: `3 d`.
fn age_text(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}
