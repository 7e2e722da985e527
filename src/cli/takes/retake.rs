//! `storyreel retake`: further takes of shots, each in a board of its own, kept beside the clips of which the film is made.

use std::sync::Arc;

use storyreel_core::film::{Make, Shot, TakeKeys};
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::Lock;
use storyreel_core::plan::{Action, Plan};
use storyreel_core::text::listed;
use storyreel_core::units::ShotId;

use super::film_takes::{FilmTakes, VariantFilm};
use super::list::take_table;
use super::wanted::{WantedTake, WantedTakes, latest_wanted};
use crate::cli::args::{Common, Retake};
use crate::cli::connect::required_access;
use crate::cli::consent::{require_consent, spending_cap};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::{CommandFailure, Done, internal};
use crate::cli::load::Loaded;
use crate::cli::output::print;
use crate::cli::problems;
use crate::cli::render::{Batch, Spending, carry_out};
use crate::cli::trust::acceptance::{refuse_untrusted, warn_of_requests};
use crate::engine::{Board, BoardTarget};

pub(in crate::cli) fn retake(context: &Context, options: &Retake) -> Done {
    // What the command line says of provider and model is about the new takes alone.
    let asked = context.common.clone();
    let context = &Context::new(Common { provider: None, model: None, ..asked.clone() })?;
    let loaded = Loaded::open(context, &options.storyboard)?;
    refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    warn_of_requests(context, std::slice::from_ref(&loaded));
    let takes = FilmTakes::of(context, &loaded)?;
    for id in &options.shots {
        check_shot(&takes, id, options.keep_tail)?;
    }
    let retake = RetakeRequest { options, asked: &asked, takes: &takes };
    let request = retake.text();
    let mut wanted = WantedTakes::unfinished(&loaded, &request).map_err(internal)?;
    let is_there = |want: &WantedTake| takes.lock.take(&want.shot, want.take).is_some();
    if wanted.takes.iter().all(is_there) {
        wanted.takes = retake.new_takes()?;
    }
    let missing: Vec<&WantedTake> = wanted.takes.iter().filter(|want| !is_there(want)).collect();
    let mut batch = Batch::default();
    for want in missing {
        batch.boards.push(retake.board(context, want)?);
        batch.sources.push(loaded.source.clone());
    }
    let cap = spending_cap(&options.run, &batch.boards)?;
    let accesses = required_access(context, &batch.boards)?;
    require_consent(context, &options.run, &batch.boards, &cap)?;
    loaded.store.prepare().map_err(internal)?;
    wanted.keep(&request).map_err(internal)?;
    let done = carry_out(context, &options.run, &mut batch, &loaded.store, Spending { cap, accesses });
    std::mem::forget(batch);
    let after = FilmTakes::of(context, &loaded)?;
    if wanted.takes.iter().all(|want| after.lock.take(&want.shot, want.take).is_some()) {
        wanted.finish().map_err(internal)?;
    }
    print(&take_table(context, &after, &options.shots)?)?;
    done
}

/// A shot that can be taken again: rendered from a prompt, and made.
fn check_shot(takes: &FilmTakes<'_>, id: &ShotId, keep_tail: bool) -> Result<(), CommandFailure> {
    let (_, shot) = takes.shot(id)?;
    if !matches!(shot.make, Make::Prompt(_)) {
        let message = format!("`{id}` is not rendered from a prompt, so it has one take");
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    if !takes.lock.shots.contains_key(id) {
        let message = format!("`{id}` is not made yet: render the film first, and then take it again");
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    if keep_tail && takes.lock.take(id, shot.take).is_none() {
        let message =
            format!("take {} of `{id}`, whose end is to be kept, is not made yet: render the film first", shot.take);
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    Ok(())
}

/// What a command asks for.
struct RetakeRequest<'a> {
    options: &'a Retake,
    asked: &'a Common,
    takes: &'a FilmTakes<'a>,
}

impl RetakeRequest<'_> {
    /// What makes two commands the same.
    fn text(&self) -> String {
        let Retake { shots, takes, keep_tail, seed, .. } = self.options;
        let Common { provider, model, .. } = self.asked;
        let shots: Vec<&str> = shots.iter().map(ShotId::as_str).collect();
        format!(
            "{} takes={takes} keep_tail={keep_tail} provider={provider:?} model={model:?} seed={seed:?}",
            shots.join(" ")
        )
    }

    /// The next takes of the shots.
    fn new_takes(&self) -> Result<Vec<WantedTake>, CommandFailure> {
        let mut wanted = Vec::new();
        for id in &self.options.shots {
            let (_, shot) = self.takes.shot(id)?;
            let pending = latest_wanted(self.takes.loaded, id).map_err(internal)?;
            let latest = self.takes.lock.latest_take(id).max(shot.take).max(pending);
            for number in 1..=self.options.takes {
                wanted.push(WantedTake { shot: id.clone(), take: latest + number });
            }
        }
        Ok(wanted)
    }

    /// The keys of a take.
    fn keys(&self, shot: &Shot, take: u32) -> TakeKeys {
        let Common { provider, model, .. } = self.asked.clone();
        let first = self.takes.lock.latest_take(&shot.id).max(shot.take) + 1;
        let seed = self.options.seed.map(|seed| match seed {
            -1 => -1,
            seed => seed + i64::from(take.saturating_sub(first)),
        });
        TakeKeys { take, tail_of: self.options.keep_tail.then_some(shot.take), provider, model, seed }
    }

    /// The film that asks for a take, of which only that shot is made.
    fn board(&self, context: &Context, want: &WantedTake) -> Result<Board, CommandFailure> {
        let loaded = self.takes.loaded;
        let (_, shot) = self.takes.shot(&want.shot)?;
        let variant = self.takes.variant(&want.shot, &self.keys(shot, want.take)).map_err(|found| {
            let count = format!("take {} of `{}` cannot be ordered", want.take, want.shot);
            CommandFailure::new(exit::PROBLEMS, count).after([problems::draw(context, &loaded.source, &found)])
        })?;
        let lock: Lock = self.takes.lock.clone();
        let plan = self.takes.plan(&variant, &lock);
        check_parents(&variant, &plan, &want.shot)?;
        let VariantFilm { film, graph } = variant;
        Ok(Board {
            folder: loaded.folder.clone(),
            film: Arc::new(film),
            graph,
            plan,
            lock,
            lock_file: loaded.lock_file(),
            output: loaded.output(),
            only: Some(vec![want.shot.clone()]),
            target: BoardTarget::Take,
        })
    }
}

/// A take starts on clips that are there.
fn check_parents(variant: &VariantFilm, plan: &Plan, id: &ShotId) -> Result<(), CommandFailure> {
    let steps = ShotIndex::all(plan.steps.len()).zip(&plan.steps);
    let mut missing = Vec::new();
    for (_, step) in steps.filter(|(at, _)| variant.film.shots[*at].id == *id) {
        let needs = step.needs.iter().filter(|&&need| !matches!(plan.steps[need].action, Action::Reuse(_)));
        missing.extend(needs.map(|&need| plan.steps[need].shot.as_str()));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("`{id}` starts on {}, which is to be made first: render the film", listed(missing, 12));
    Err(CommandFailure::new(exit::REFUSED, message))
}
