//! The takes of a film, and what a render would make if another one were chosen.

use std::collections::BTreeSet;
use std::time::Duration;

use storyreel_core::film::{self, Film, Overrides, Shot, TakeKeys};
use storyreel_core::graph::{self, ShotGraph};
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::plan::words::{sum, time};
use storyreel_core::plan::{Action, KnownClips, Plan, RunTime as _, Totals};
use storyreel_core::recipe::Recipe;
use storyreel_core::sanitize::count;
use storyreel_core::storyboard;
use storyreel_core::text::{Problem, listed};
use storyreel_core::units::ShotId;

use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::CommandFailure;
use crate::cli::load::Loaded;
use crate::cli::plan::film_plan::{film_lock, plan_of};
use crate::cli::plan::known::known_clips;
use crate::cli::plan::run_time::SimulatedTime;

/// A film with what is known of its takes.
pub(in crate::cli) struct FilmTakes<'a> {
    pub(in crate::cli) loaded: &'a Loaded,
    pub(in crate::cli) lock: Lock,
    known: Box<dyn KnownClips>,
    pub(in crate::cli) plan: Plan,
}

/// How the storyboard would ask for a take.
pub(in crate::cli) struct KnownKeys {
    pub(super) keys: TakeKeys,
    /// Whether the shot then asks for the very clip; else it was made of other words or settings.
    pub(super) is_exact: bool,
}

/// What choosing a take would make.
pub(in crate::cli) struct Choice {
    pub(super) keys: KnownKeys,
    /// The shots that a render would make because of it, in film order.
    pub(super) remade: Vec<ShotId>,
    pub(super) totals: Totals,
    pub(super) time: Duration,
}

impl Choice {
    /// What it makes, in a few words: `2 shots, 1.38 USD, 4 min`.
    pub(in crate::cli) fn described(&self) -> String {
        if self.remade.is_empty() {
            return "nothing".to_owned();
        }
        let shots = count(self.remade.len(), "shot");
        if self.totals.is_nothing() {
            return format!("{shots}, {}", time(self.time));
        }
        format!("{shots}, {}, {}", sum(&self.totals), time(self.time))
    }
}

/// What a render would make of another form of the film that it would not make of this one.
pub(in crate::cli) struct RemadeShots {
    /// In the order of that film.
    pub(in crate::cli) shots: Vec<ShotId>,
    pub(in crate::cli) totals: Totals,
    pub(in crate::cli) time: Duration,
}

/// A take with which the whole film costs less.
pub(in crate::cli) struct CheaperTake {
    pub(in crate::cli) shot: ShotId,
    pub(in crate::cli) take: u32,
    /// What the whole film then costs.
    pub(in crate::cli) totals: Totals,
}

/// A film that asks for other takes.
pub(super) struct VariantFilm {
    pub(super) film: Film,
    pub(super) graph: ShotGraph,
}

impl<'a> FilmTakes<'a> {
    pub(in crate::cli) fn of(context: &Context, loaded: &'a Loaded) -> Result<Self, CommandFailure> {
        let lock = film_lock(context, loaded)?;
        let known = known_clips(loaded, &lock)?;
        let plan = plan_of(&loaded.film, &loaded.graph, &loaded.store, &lock, &*known);
        Ok(Self { loaded, lock, known, plan })
    }

    /// The shot of this name, and its place.
    pub(super) fn shot(&self, id: &ShotId) -> Result<(ShotIndex, &Shot), CommandFailure> {
        let shots = &self.loaded.film.shots;
        let found = ShotIndex::all(shots.len()).zip(shots).find(|(_, shot)| shot.id == *id);
        found.ok_or_else(|| {
            let ids = listed(shots.iter().map(|shot| shot.id.as_str()), 12);
            let message = format!("{} has no shot `{id}` that is made; it has {ids}", self.loaded.name);
            CommandFailure::new(exit::USAGE, message)
        })
    }

    /// The film that asks for a take of one shot.
    ///
    /// # Errors
    /// What is wrong with a film that asks for it.
    pub(super) fn variant(&self, shot: &ShotId, keys: &TakeKeys) -> Result<VariantFilm, Vec<Problem>> {
        let takes = [(shot.clone(), keys.clone())].into();
        let overrides = Overrides { takes, ..self.loaded.overrides.clone() };
        let (board, found) = storyboard::parse(&self.loaded.source, overrides.choices());
        let board = board.expect("the same text was a storyboard before");
        let checked = film::resolve(&board, &self.loaded.source, &overrides, &self.loaded.media, found);
        let (made, problems) = graph::build(&board, checked);
        let (film, graph) = made.ok_or(problems)?;
        Ok(VariantFilm { film, graph })
    }

    /// The plan of a film that asks for other takes, with what the lock then has.
    pub(super) fn plan(&self, variant: &VariantFilm, lock: &Lock) -> Plan {
        plan_of(&variant.film, &variant.graph, &self.loaded.store, lock, &*self.known)
    }

    /// The keys with which the storyboard asks for a take. They are found by trying: the fewest that give its recipe.
    pub(super) fn keys(&self, shot: &Shot, record: &ClipRecord) -> KnownKeys {
        let tail_of = record.tail.and_then(|tail| self.tail_take(&shot.id, record.take, tail));
        let plain = TakeKeys { take: record.take, tail_of, ..TakeKeys::default() };
        let provider = Some(record.provider.clone()).filter(|provider| provider != "local");
        let recipe = self.known.recipe(&record.recipe);
        let seed = recipe.and_then(|recipe| recipe.get("seed")?.parse().ok()).or(record.seed);
        let mut first = None;
        for with_model in [false, true] {
            for with_provider in [false, true] {
                for with_seed in [false, true] {
                    let keys = TakeKeys {
                        provider: provider.clone().filter(|_| with_provider),
                        model: record.model.clone().filter(|_| with_model),
                        seed: seed.filter(|_| with_seed),
                        ..plain.clone()
                    };
                    if self.asks_for(shot, &keys, record) {
                        return KnownKeys { keys, is_exact: true };
                    }
                    first.get_or_insert(keys);
                }
            }
        }
        KnownKeys { keys: first.unwrap_or(plain), is_exact: false }
    }

    /// The number of the take whose last frame is that of the clip `tail`.
    fn tail_take(&self, shot: &ShotId, take: u32, tail: storyreel_core::units::Digest) -> Option<u32> {
        let mut takes: Vec<&ClipRecord> = self.lock.of_shot(shot).filter(|other| other.take != take).collect();
        takes.sort_by_key(|other| other.take);
        takes.into_iter().find(|other| other.hands_on() == tail).map(|other| other.take)
    }

    /// Whether the film with these keys asks for the recipe of a take.
    fn asks_for(&self, shot: &Shot, keys: &TakeKeys, record: &ClipRecord) -> bool {
        let Ok(VariantFilm { film, .. }) = self.variant(&shot.id, keys) else { return false };
        let Some(at) = ShotIndex::all(film.shots.len()).find(|&at| film.shots[at].id == shot.id) else { return false };
        let recipe = Recipe::of(&film, at, &self.lock, &|other| {
            self.lock.shots.get(&film.shots[other].id).map(|record| record.clip)
        });
        recipe.is_some_and(|recipe| record.is_for(&recipe.digest()))
    }

    /// What a render would make if the film were made of this take.
    pub(in crate::cli) fn choice(&self, shot: &Shot, record: &ClipRecord) -> Choice {
        let keys = self.keys(shot, record);
        let nothing = Choice { keys, remade: Vec::new(), totals: Totals::default(), time: Duration::ZERO };
        let Ok(variant) = self.variant(&shot.id, &nothing.keys.keys) else { return nothing };
        let mut lock = self.lock.clone();
        lock.prefer(&shot.id, &record.recipe);
        let RemadeShots { shots, totals, time } = self.remade(&variant.film, &variant.graph, &lock);
        Choice { remade: shots, totals, time, ..nothing }
    }

    /// What a render would make of another form of the film that it would not make of this one.
    pub(in crate::cli) fn remade(&self, film: &Film, graph: &ShotGraph, lock: &Lock) -> RemadeShots {
        let plan = plan_of(film, graph, &self.loaded.store, lock, &*self.known);
        let already: BTreeSet<&ShotId> =
            self.plan.steps.iter().filter(|step| is_made(&step.action)).map(|step| &step.shot).collect();
        let steps = ShotIndex::all(plan.steps.len()).zip(&plan.steps);
        let remade = steps.filter(|(_, step)| is_made(&step.action) && !already.contains(&step.shot));
        let remade: Vec<ShotIndex> = remade.map(|(at, _)| at).collect();
        RemadeShots {
            totals: Totals::of(remade.iter().map(|&at| &plan.steps[at])),
            time: SimulatedTime.of_shots(film, &plan, &|at| remade.contains(&at)),
            shots: remade.iter().map(|&at| plan.steps[at].shot.clone()).collect(),
        }
    }

    /// The take, other than those in the film, with which the whole film costs least; `None` where that is not less than
    /// `now`, the most of it in one currency.
    pub(in crate::cli) fn cheapest_way(&self, now: &Totals) -> Option<CheaperTake> {
        let mut least = most_of(now)?;
        let mut best = None;
        for (shot, records) in &self.lock.takes {
            let Some(of) = self.loaded.film.shots.iter().find(|of| of.id == *shot) else { continue };
            for record in records {
                let known = self.keys(of, record);
                let Ok(variant) = self.variant(shot, &known.keys) else { continue };
                let mut lock = self.lock.clone();
                lock.prefer(shot, &record.recipe);
                let totals = Totals::of(&self.plan(&variant, &lock).steps);
                let Some(cost) = most_of(&totals).filter(|cost| known.is_exact && *cost < least) else { continue };
                least = cost;
                best = Some(CheaperTake { shot: shot.clone(), take: record.take, totals });
            }
        }
        best
    }

    /// Whether the film is made of this clip.
    pub(in crate::cli) fn is_in_film(&self, shot: ShotIndex, record: &ClipRecord) -> bool {
        matches!(&self.plan.steps[shot].action, Action::Reuse(own) if (own.recipe, own.clip) == (record.recipe, record.clip))
    }

    /// The takes of a shot whose clips are in the store, in the order of their numbers.
    pub(in crate::cli) fn here(&self, shot: &ShotId) -> Vec<&ClipRecord> {
        let mut records: Vec<&ClipRecord> = self.lock.of_shot(shot).filter(|record| self.is_here(record)).collect();
        records.sort_by_key(|record| record.take);
        records
    }

    /// All takes outside the film whose clips are in the store.
    pub(in crate::cli) fn all_here(&self) -> impl Iterator<Item = &ClipRecord> {
        self.lock.takes.values().flatten().filter(|record| self.is_here(record))
    }

    /// Whether a clip is in the store.
    pub(super) fn is_here(&self, record: &ClipRecord) -> bool {
        self.known.has(&record.clip)
    }
}

/// The most that something costs, in millionths, where it is known and in one currency.
fn most_of(totals: &Totals) -> Option<u64> {
    let mut sums = totals.high.iter();
    let first = sums.next().map_or(0, |sum| sum.micros);
    (totals.unknown == 0 && sums.next().is_none()).then_some(first)
}

const fn is_made(action: &Action) -> bool {
    !matches!(action, Action::Reuse(_))
}
