//! All journals of a store together: what is known of every attempt, and which runs live.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use storyreel_core::job::fact::FactKind;
use storyreel_core::job::line::{self, JournalLine, Torn};
use storyreel_core::job::{AttemptFailure, AttemptId, Intent, JobState, Record, RunId, settle};
use storyreel_core::plan::KnownClips as _;
use storyreel_core::spend::{self, Evidence, Holder, Life, Right, Token};
use storyreel_core::units::Digest;

use super::{JournalError, is_held};
use crate::store::{Store, folder_entries};

pub(super) const FOLDER: &str = "journal";
pub(super) const ENDING: &str = "log";

/// What all journals of a store say. Journals of runs that are over are read once; of those that live, only what is new.
#[derive(Debug)]
pub struct Journals {
    pub(super) store: Store,
    pub(super) runs: BTreeMap<RunId, JournalRun>,
    pub(super) facts: HashMap<Digest, BTreeMap<u32, Vec<Fact>>>,
    /// Tokens in the shared store, as far as it was asked.
    pub(super) shared_tokens: HashMap<Digest, Vec<Token>>,
    /// Runs of other machines, which hold such tokens.
    pub(super) shared_runs: HashSet<RunId>,
    /// The facts that are in the shared store, as far as it was asked.
    pub(super) published: HashMap<Digest, BTreeSet<(u32, FactKind)>>,
}

#[derive(Debug)]
pub(super) struct JournalRun {
    path: PathBuf,
    living: bool,
    /// Whether its first line is there. Before that it has neither a lock nor a token.
    begun: bool,
    /// Whether it is over and all of it is read.
    settled: bool,
    torn: Option<Torn>,
    read: u64,
    lines: usize,
}

impl JournalRun {
    /// Appends what is new in the file to `bytes`, and returns whether the run lives, which is asked first.
    fn read_more(&self, held: &dyn Fn(&File) -> bool, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let mut file = File::open(&self.path)?;
        let living = held(&file);
        file.seek(SeekFrom::Start(self.read))?;
        file.read_to_end(bytes)?;
        Ok(living)
    }
}

#[derive(Debug)]
pub(super) struct Fact {
    pub(super) at: u64,
    pub(super) run: RunId,
    pub(super) record: Record,
    /// Whether it was read from the shared store.
    pub(super) is_shared: bool,
}

/// One attempt as all journals tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The identity of what is rendered.
    pub recipe: Digest,
    /// The attempt, from 1.
    pub attempt: u32,
    /// How it stands.
    pub state: JobState,
    /// The run that wrote of it last.
    pub run: RunId,
    /// Whether that run lives.
    pub lives: bool,
    /// Whether a run of another machine took the order, of which nobody here knows whether it lives.
    pub is_elsewhere: bool,
    /// When its first record was written, in seconds since 1970.
    pub began: u64,
    /// When its last record was written, in seconds since 1970.
    pub changed: u64,
}

impl Journals {
    /// Reads every journal of a store.
    pub fn load(store: &Store) -> Result<Self, JournalError> {
        let mut journals = Self {
            store: store.clone(),
            runs: BTreeMap::new(),
            facts: HashMap::new(),
            shared_tokens: HashMap::new(),
            shared_runs: HashSet::new(),
            published: HashMap::new(),
        };
        journals.refresh()?;
        Ok(journals)
    }

    /// Reads what was written since.
    pub fn refresh(&mut self) -> Result<(), JournalError> {
        self.refresh_by(&is_held)
    }

    /// Reads what was written since; `held` tells whether the run of a journal lives.
    pub(super) fn refresh_by(&mut self, held: &dyn Fn(&File) -> bool) -> Result<(), JournalError> {
        let folder = self.store.root().join(FOLDER);
        for path in folder_entries(&folder).map_err(JournalError::io("list", &folder))? {
            if let Some(run) = run_of(&path) {
                self.follow(&run, &path, held)?;
            }
        }
        Ok(())
    }

    /// Reads on in one journal. A run locks its journal before it writes the first line, so whether it lives can be asked
    /// only once that line is seen: a journal that is new here is read twice.
    fn follow(&mut self, name: &RunId, path: &Path, held: &dyn Fn(&File) -> bool) -> Result<(), JournalError> {
        let was_begun = self.is_begun(name);
        self.read_on(name, path, held)?;
        if !was_begun && self.is_begun(name) { self.read_on(name, path, held) } else { Ok(()) }
    }

    fn is_begun(&self, name: &RunId) -> bool {
        self.runs.get(name).is_some_and(|run| run.begun)
    }

    /// Reads what is new in one journal. Whether its run lives is asked first: what is read after it ended is all that it
    /// wrote.
    fn read_on(&mut self, name: &RunId, path: &Path, held: &dyn Fn(&File) -> bool) -> Result<(), JournalError> {
        let fresh = JournalRun {
            path: path.to_owned(),
            living: true,
            begun: false,
            settled: false,
            torn: None,
            read: 0,
            lines: 0,
        };
        let run = self.runs.entry(name.clone()).or_insert(fresh);
        if run.settled {
            return Ok(());
        }
        let mut bytes = Vec::new();
        run.living = run.read_more(held, &mut bytes).map_err(JournalError::io("read", &run.path))?;
        run.settled = run.begun && !run.living;
        let new = line::read_all(&bytes).map_err(|(line, bad)| JournalError::Line {
            path: run.path.clone(),
            line: run.lines + line,
            bad,
        })?;
        run.read += new.used as u64;
        run.lines += new.lines.len();
        run.torn = new.torn;
        for (at, line) in new.lines {
            match line {
                JournalLine::Begun { .. } => run.begun = true,
                JournalLine::Entry(entry) => {
                    let fact = Fact { at, run: name.clone(), record: entry.record, is_shared: false };
                    self.facts.entry(entry.recipe).or_default().entry(entry.attempt).or_default().push(fact);
                }
            }
        }
        Ok(())
    }

    /// What is known of a run.
    #[must_use]
    pub fn life(&self, run: &RunId) -> Life {
        match self.runs.get(run) {
            Some(run) if run.living => Life::Living,
            Some(run) if run.begun && run.torn != Some(Torn::Wrong) => Life::Ended,
            None if self.shared_runs.contains(run) => Life::Elsewhere,
            _ => Life::Doubtful,
        }
    }

    /// The latest attempt at a recipe of which anything is written.
    #[must_use]
    pub fn job(&self, recipe: &Digest) -> Option<Job> {
        let (attempt, facts) = self.facts.get(recipe)?.last_key_value()?;
        self.newest_job(*recipe, *attempt, facts)
    }

    /// What is written of an attempt.
    #[must_use]
    pub fn attempt(&self, id: AttemptId) -> Option<Job> {
        let facts = self.facts.get(&id.recipe)?.get(&id.attempt)?;
        self.newest_job(id.recipe, id.attempt, facts)
    }

    /// Why attempts at a recipe ended without a clip although their services took the orders, in their order.
    #[must_use]
    pub fn failures(&self, recipe: &Digest) -> Vec<AttemptFailure> {
        let attempts = self.facts.get(recipe).into_iter().flat_map(BTreeMap::values);
        let failed = attempts.filter_map(|facts| match state(facts) {
            JobState::Failed { failure, .. } => Some(failure),
            _ => None,
        });
        failed.collect()
    }

    /// Whether anything is written of this task for a recipe, be it that the user gave it up.
    #[must_use]
    pub fn knows_task(&self, recipe: &Digest, task: &str) -> bool {
        let facts = self.facts.get(recipe).into_iter().flat_map(BTreeMap::values).flatten();
        facts.into_iter().any(|fact| match &fact.record {
            Record::Bought { task: known, .. }
            | Record::Submitted { task: known, .. }
            | Record::AssumedTask { task: known } => known == task,
            _ => false,
        })
    }

    /// Every attempt of which anything is written, oldest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        let all =
            self.facts.iter().flat_map(|(recipe, attempts)| attempts.iter().map(move |(n, facts)| (recipe, n, facts)));
        let mut jobs: Vec<Job> = all.filter_map(|(recipe, n, facts)| self.newest_job(*recipe, *n, facts)).collect();
        jobs.sort_by_key(|job| (job.began, job.recipe, job.attempt));
        jobs
    }

    /// Attempts of which only the token is left: their journals are missing or damaged, so each is unclear. They bear the
    /// beginning of their recipe as the name of their shot, and no time.
    pub fn orphans(&mut self) -> Result<Vec<Job>, JournalError> {
        // Tokens first, as for a right.
        let mut tokens = Vec::new();
        for recipe in self.store.ordered()? {
            tokens.extend(self.store.tokens(&recipe)?.into_iter().map(|token| (recipe, token)));
        }
        self.refresh()?;
        let mut orphans = Vec::new();
        for (recipe, token) in tokens {
            let is_doubtful = token.holder.as_ref().is_none_or(|holder| self.life(&holder.run) == Life::Doubtful);
            if is_doubtful && !self.knows(&recipe, token.attempt) {
                orphans.push(orphan(recipe, token));
            }
        }
        Ok(orphans)
    }

    fn knows(&self, recipe: &Digest, attempt: u32) -> bool {
        self.facts.get(recipe).is_some_and(|attempts| attempts.contains_key(&attempt))
    }

    /// Whether a run that pays lives at this moment, as far as was read.
    #[must_use]
    pub fn any_lives(&self) -> bool {
        self.runs.values().any(|run| run.living)
    }

    /// Journals whose last line was not written to its end.
    pub fn torn(&self) -> impl Iterator<Item = &Path> {
        self.runs.values().filter(|run| !run.living && run.torn.is_some()).map(|run| run.path.as_path())
    }

    fn newest_job(&self, recipe: Digest, attempt: u32, facts: &[Fact]) -> Option<Job> {
        let last = facts.iter().max_by_key(|fact| (fact.at, fact.record.rank()))?;
        let began = facts.iter().map(|fact| fact.at).min()?;
        // Clocks may differ, so that the latest by time need not be the one that is at it.
        let lives = facts.iter().any(|fact| self.life(&fact.run) == Life::Living);
        let is_elsewhere = facts.iter().any(|fact| self.life(&fact.run) == Life::Elsewhere);
        let run = last.run.clone();
        Some(Job { recipe, attempt, state: state(facts), run, lives, is_elsewhere, began, changed: last.at })
    }

    /// What the run `own` may do for a recipe, by the tokens in the store and in the shared one, and all that is written at
    /// this moment.
    pub fn right(&mut self, recipe: &Digest, own: &RunId) -> Result<Right, JournalError> {
        self.take_in_shared(&[*recipe])?;
        self.known_right(recipe, own)
    }

    /// The same by what was read of the shared store before.
    pub fn known_right(&mut self, recipe: &Digest, own: &RunId) -> Result<Right, JournalError> {
        // Tokens first: a token that is seen here has a journal that is seen after.
        let mut tokens = self.store.tokens(recipe)?;
        tokens.extend(self.shared_tokens.get(recipe).into_iter().flatten().cloned());
        if !tokens.is_empty() {
            self.refresh()?;
        }
        let states: BTreeMap<u32, JobState> = match self.facts.get(recipe) {
            Some(attempts) => attempts.iter().map(|(attempt, facts)| (*attempt, state(facts))).collect(),
            None => BTreeMap::new(),
        };
        Ok(spend::right(&Evidence {
            tokens: &tokens,
            states: &states,
            life: &|run| self.life(run),
            has: &|object| self.store.has(object),
            own,
            range: self.store.attempts(),
        }))
    }
}

fn state(facts: &[Fact]) -> JobState {
    settle(&facts.iter().map(|fact| &fact.record).collect::<Vec<_>>())
}

/// What stands for the run, service and model of an order of which nothing is known.
const UNKNOWN: &str = "unknown";

fn orphan(recipe: Digest, token: Token) -> Job {
    let why = spend::doubt(token.holder.as_ref());
    let holder = token.holder.unwrap_or_else(|| Holder {
        run: UNKNOWN.parse().expect("it is letters"),
        provider: UNKNOWN.to_owned(),
        model: UNKNOWN.to_owned(),
        estimate: None,
    });
    let Holder { run, provider, model, estimate } = holder;
    let shot = recipe.short().parse().expect("hexadecimal digits are letters and digits");
    let intent = Intent {
        shot,
        provider,
        model,
        marker: String::new(),
        estimate,
        tokens: None,
        price: None,
        first_frame: None,
        last_frame: None,
        hands_on: false,
        speaks: false,
        head: None,
        from_lock: false,
        run: run.clone(),
    };
    let state = JobState::Unclear { intent: Arc::new(intent), why };
    Job { recipe, attempt: token.attempt, state, run, lives: false, is_elsewhere: false, began: 0, changed: 0 }
}

/// The run that a file of the folder is the journal of.
fn run_of(path: &Path) -> Option<RunId> {
    let is_journal = path.extension().is_some_and(|ending| ending == ENDING);
    path.file_stem().filter(|_| is_journal)?.to_str()?.parse().ok()
}
