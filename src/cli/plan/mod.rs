//! `storyreel plan`: what `render` would do, why, for how much money and time, and what else could be done.

mod amounts;
mod answer;
mod batch;
mod compare;
mod difference;
mod explain;
pub(super) mod film_plan;
mod json;
pub(super) mod known;
mod limit;
mod markdown;
mod reduction;
mod revision;
pub(super) mod run_time;
mod table;
mod times;

use std::io;
use std::path::Path;

use storyreel_core::lock::Lock;
use storyreel_core::plan::against::Trusted;
use storyreel_core::plan::saved::{SavedBoard, SavedPlan};
use storyreel_core::plan::words::sum;
use storyreel_core::plan::{KnownClips, Plan, Totals, share};
use storyreel_core::sanitize::{self, clean};
use storyreel_core::text::Severity;
use storyreel_core::units::Digest;

use super::args::{PlanFormat, PlanOptions};
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done};
use super::load::Loaded;
use super::output::{cannot_write, print_json, print_with, write_json};
use super::takes::film_takes::FilmTakes;
use super::trust;
use super::trust::acceptance::{is_acceptable, refuse_untrusted, warn_of_requests};
use crate::store::write_whole;
use answer::{Answer, PlanBasis, PlanQuestions};
use batch::BatchPlan;
use film_plan::{film_lock, plan_of};
use known::known_clips;
use revision::Revision;

pub(super) use json::schema;

pub(super) fn plan(context: &Context, options: &PlanOptions) -> Done {
    let loaded = Loaded::open_all(context, &options.boards.storyboards)?;
    if let Some(place) = &options.explain {
        return explain::explain(context, place, &loaded);
    }
    // All are planned before anything is written: a lock that cannot be read leaves no half an answer.
    let mut plans = Vec::new();
    Loaded::warn_all(context, &loaded, Severity::Warning);
    for one in &loaded {
        if !options.compare {
            plans.push(BoardPlan::of(context, options, one)?);
        }
    }
    if options.compare {
        return compare_offers(context, options, &loaded);
    }
    // A plan that is refused is shown and not saved.
    if let Some(file) = options.out.as_ref().filter(|_| is_acceptable(context, &loaded)) {
        for one in &loaded {
            trust::refuse_link(context, &one.root(), file)?;
            one.spare_inputs(file)?;
        }
        save_plans(&loaded, &plans, file)?;
    }
    let names: Vec<String> = loaded.iter().map(|one| one.film_name.to_string()).collect();
    share(&names, &mut plans.iter_mut().map(|one| &mut one.plan).collect::<Vec<_>>());
    let done = print_plans(context, options, &loaded, &plans).and_then(|code| {
        limit::check_max_cost(options, plans.iter().map(|one| &one.plan))?;
        refuse_untrusted(context, &loaded)?;
        Ok(code)
    });
    // The process ends here: to take large plans apart piece by piece first is time that nobody gains from.
    std::mem::forget((loaded, plans));
    done
}

/// `plan --compare`.
fn compare_offers(context: &Context, options: &PlanOptions, loaded: &[Loaded]) -> Done {
    warn_of_requests(context, loaded);
    let code = print_with(|out| {
        for (at, films) in Loaded::by_storyboard(loaded).enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            compare::write_comparison(context, films, options.format, out)?;
        }
        Ok(())
    })?;
    refuse_untrusted(context, loaded)?;
    Ok(code)
}

fn print_plans(context: &Context, options: &PlanOptions, loaded: &[Loaded], plans: &[BoardPlan]) -> Done {
    let films: Vec<(&Loaded, &Plan)> = loaded.iter().zip(plans).map(|(one, plan)| (one, &plan.plan)).collect();
    let batch = (films.len() > 1).then(|| BatchPlan::of(&films));
    if let (Some(batch), PlanFormat::Json) = (&batch, options.format) {
        return print_films(context, options, loaded, plans, batch);
    }
    // Films of rows are many, and alike: a line each says more than a table each.
    let has_rows = loaded.iter().any(|one| one.overrides.row.is_some());
    print_with(|out| {
        if batch.is_none() || !has_rows || options.details {
            for (at, (one, plan)) in loaded.iter().zip(plans).enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                write_plan(context, options, one, plan, out)?;
            }
        }
        let Some(batch) = &batch else { return Ok(()) };
        if !has_rows || options.details {
            writeln!(out)?;
        }
        out.write_all(
            match options.format {
                PlanFormat::Markdown => batch.markdown(),
                _ => batch.table(context.width),
            }
            .as_bytes(),
        )
    })
}

/// The plans of several films for programs.
fn print_films(
    context: &Context,
    options: &PlanOptions,
    loaded: &[Loaded],
    plans: &[BoardPlan],
    batch: &BatchPlan<'_>,
) -> Done {
    let answers: Vec<Answer<'_>> =
        loaded.iter().zip(plans).map(|(one, plan)| plan.answer(context, options, one)).collect();
    let document = json::BatchDocument::of(&answers, batch.totals());
    print_json(&document)
}

fn write_plan(
    context: &Context,
    options: &PlanOptions,
    loaded: &Loaded,
    plan: &BoardPlan,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let answer = plan.answer(context, options, loaded);
    match options.format {
        PlanFormat::Table => {
            out.write_all(table::draw(&answer, context.width).as_bytes())?;
            if let Some(way) = cheapest_way(context, loaded, &plan.plan) {
                writeln!(out, "\n{way}")?;
            }
        }
        PlanFormat::Markdown => out.write_all(markdown::draw(&answer).as_bytes())?,
        PlanFormat::Json => write_json(&json::Document::of(&answer), out)?,
    }
    std::mem::forget(answer);
    Ok(())
}

/// The choice of another take with which the whole film costs least, where that is less than now.
fn cheapest_way(context: &Context, loaded: &Loaded, plan: &Plan) -> Option<String> {
    let now = Totals::of(&plan.steps);
    if now.is_nothing() {
        return None;
    }
    let takes = FilmTakes::of(context, loaded).ok()?;
    let way = takes.cheapest_way(&now)?;
    let totals = sum(&way.totals);
    let file = clean(&loaded.name);
    Some(format!("cheaper: `storyreel choose {file} {}={}`: the whole film then costs {totals}", way.shot, way.take))
}

/// The plan of a storyboard, and what it was made against.
struct BoardPlan {
    plan: Plan,
    lock: Lock,
    known: Box<dyn KnownClips>,
    /// The older version that is asked for.
    against: Option<Revision>,
    /// Whether the lock is taken at its word.
    trusting: bool,
}

impl BoardPlan {
    fn of(context: &Context, options: &PlanOptions, loaded: &Loaded) -> Result<Self, CommandFailure> {
        let mut lock = film_lock(context, loaded)?;
        let revision = options.against.as_deref();
        let against = revision.map(|name| Revision::read(context, loaded, name)).transpose()?;
        let has_store = loaded.store.root().is_dir() || loaded.store.shared().is_some();
        let mut known = known_clips(loaded, &lock)?;
        // A job that checks a pull request has no store. The lock is what was paid for, wherever the clips are.
        let trusted = against.as_ref().filter(|_| !has_store).and_then(|then| then.made.as_ref());
        let trusting = trusted.is_some();
        if let Some(made) = trusted {
            known = Box::new(Trusted::of(&made.film, &made.lock, &[&made.lock, &lock]));
            if lock.shots.is_empty() {
                lock = made.lock.clone();
            }
        }
        let plan = timed_plan(loaded, &lock, &*known);
        Ok(Self { plan, lock, known, against, trusting })
    }

    fn answer<'a>(&'a self, context: &Context, options: &PlanOptions, loaded: &'a Loaded) -> Answer<'a> {
        let questions = PlanQuestions {
            wall: matches!(options.format, PlanFormat::Json),
            profiles: options.profiles,
            against: self.against.as_ref(),
            trusting: self.trusting,
        };
        Answer::of(context, self.basis(loaded), questions)
    }

    fn basis<'a>(&'a self, loaded: &'a Loaded) -> PlanBasis<'a> {
        PlanBasis { loaded, plan: &self.plan, lock: &self.lock, known: &*self.known }
    }
}

/// The plan of the films of a storyboard as a table, for a person who is looking on.
pub(super) fn plan_table(context: &Context, films: &[Loaded]) -> Result<String, CommandFailure> {
    let [loaded] = films else {
        let mut plans = Vec::with_capacity(films.len());
        for one in films {
            plans.push(planned(context, one)?.0);
        }
        let names: Vec<String> = films.iter().map(|one| one.film_name.to_string()).collect();
        share(&names, &mut plans.iter_mut().collect::<Vec<_>>());
        let together: Vec<(&Loaded, &Plan)> = films.iter().zip(&plans).collect();
        return Ok(BatchPlan::of(&together).table(context.width));
    };
    let lock = film_lock(context, loaded)?;
    let known = known_clips(loaded, &lock)?;
    let plan = timed_plan(loaded, &lock, &*known);
    let basis = PlanBasis { loaded, plan: &plan, lock: &lock, known: &*known };
    Ok(table::draw(&Answer::of(context, basis, PlanQuestions::default()), context.width))
}

/// The plan of a storyboard against its lock and store, and that lock.
pub(super) fn planned(context: &Context, loaded: &Loaded) -> Result<(Plan, Lock), CommandFailure> {
    let lock = film_lock(context, loaded)?;
    let known = known_clips(loaded, &lock)?;
    Ok((timed_plan(loaded, &lock, &*known), lock))
}

/// The plan, with the times that renders took before where any is rendered at a service.
fn timed_plan(loaded: &Loaded, lock: &Lock, known: &dyn KnownClips) -> Plan {
    plan_of(&loaded.film, &loaded.graph, &loaded.store, lock, known)
}

/// The plan of a storyboard as it is saved, for `plan --out` and to hold a saved plan against.
pub(super) fn saved_board(loaded: &Loaded, plan: &Plan) -> Result<SavedBoard, CommandFailure> {
    let lock = loaded.lock_text().map_err(|trouble| CommandFailure::new(exit::INTERNAL, trouble.to_string()))?;
    let lock = lock.map(|text| Digest::of(text.as_bytes()));
    Ok(SavedBoard::of(&loaded.name, &loaded.source.text, lock, &loaded.overrides, &loaded.film, plan))
}

/// Writes the plans to a file, whole or not at all.
fn save_plans(loaded: &[Loaded], plans: &[BoardPlan], file: &Path) -> Result<(), CommandFailure> {
    let mut boards = Vec::new();
    for (one, plan) in loaded.iter().zip(plans) {
        boards.push(saved_board(one, &plan.plan)?);
    }
    let text = SavedPlan::new(boards).text();
    write_whole(file, sanitize::json(&text).as_bytes(), true)
        .map_err(|error| cannot_write(exit::INTERNAL, file, &error))
}
