//! `storyreel plan`: what `render` would do, why, for how much money and time, and what else could be done.

mod answer;
mod compare;
mod difference;
mod json;
mod known;
mod limit;
mod markdown;
mod revision;
mod table;
mod times;

use std::path::Path;

pub(super) use answer::starts;
pub(super) use json::schema;

use answer::{Answer, PlanQuestions};
use revision::Then;
use storyreel_core::film::Make;
use storyreel_core::lock::Lock;
use storyreel_core::plan::against::Trusted;
use storyreel_core::plan::impact::{Alternative, Edit, Reduction};
use storyreel_core::plan::saved::{SavedBoard, SavedPlan};
use storyreel_core::plan::{self, KnownClips, Plan, words};
use storyreel_core::sanitize;
use storyreel_core::text::Severity;
use storyreel_core::units::Digest;
use times::Learnt;

use super::args::{PlanFormat, PlanOptions};
use super::context::Context;
use super::load::{Loaded, LockTrouble, error_chain};
use super::render::refuse;
use super::{Done, exit, print, print_with, trust};
use crate::store::write_whole;

pub(super) fn plan(context: &Context, wish: &PlanOptions) -> Done {
    let loaded = Loaded::open_all(context, &wish.boards.storyboards)?;
    // All are planned before anything is written: a lock that cannot be read leaves no half an answer.
    let mut plans = Vec::new();
    for one in &loaded {
        one.warn(context, Severity::Warning);
        if !wish.compare {
            plans.push(whole(context, wish, one)?);
        }
    }
    if wish.compare {
        trust::name(context, &loaded);
        let texts: Vec<String> = loaded.iter().map(|one| compare::compare(context, one, wish.format)).collect();
        let code = print(&texts.join("\n"))?;
        return trust::refuse_untrusted(context, &loaded).map(|()| code);
    }
    // A plan that is refused is shown and not saved.
    if let Some(file) = wish.out.as_ref().filter(|_| trust::is_acceptable(context, &loaded)) {
        loaded.iter().try_for_each(|one| trust::refuse_link(context, &one.root(), file))?;
        save(context, &loaded, &plans, file)?;
    }
    let done = print_with(|out| {
        for (at, (one, whole)) in loaded.iter().zip(&plans).enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            let asked = PlanQuestions {
                wall: matches!(wish.format, PlanFormat::Json),
                profiles: wish.profiles,
                against: whole.then.as_ref(),
            };
            let answer = Answer::of(context, (one, &whole.plan, &whole.lock, &*whole.known), &asked);
            match wish.format {
                PlanFormat::Table => out.write_all(table::draw(&answer, context.width).as_bytes())?,
                PlanFormat::Markdown => out.write_all(markdown::draw(&answer).as_bytes())?,
                PlanFormat::Json => {
                    let document = serde_json::to_string_pretty(&json::Document::of(&answer))?;
                    out.write_all(sanitize::json(&document).as_bytes())?;
                    writeln!(out)?;
                }
            }
            std::mem::forget(answer);
        }
        Ok(())
    });
    let done = done.and_then(|code| {
        limit::hold(context, wish, plans.iter().map(|whole| &whole.plan))?;
        trust::refuse_untrusted(context, &loaded)?;
        Ok(code)
    });
    // The process ends here: to take large plans apart piece by piece first is time that nobody gains from.
    std::mem::forget((loaded, plans));
    done
}

/// A plan and what it was made against.
struct Whole {
    plan: Plan,
    lock: Lock,
    known: Box<dyn KnownClips>,
    /// The older version that is asked for, and whether the lock is taken at its word.
    then: Option<(Then, bool)>,
}

fn whole(context: &Context, wish: &PlanOptions, loaded: &Loaded) -> Result<Whole, u8> {
    let lock = lock(context, loaded)?;
    let then = wish.against.as_deref().map(|revision| revision::then(context, loaded, revision)).transpose()?;
    let here = loaded.store.root().is_dir();
    let mut known = known::known(context, loaded)?;
    // A job that checks a pull request has no store. The lock is what was paid for, wherever the clips are.
    let trusted = then.as_ref().filter(|_| !here).and_then(|then| then.made.as_ref());
    let (mut base, trusting) = (lock, trusted.is_some());
    if let Some(made) = trusted {
        known = Box::new(Trusted::of(&made.film, &made.lock, &[&made.lock, &base]));
        if base.shots.is_empty() {
            base = made.lock.clone();
        }
    }
    let plan = timed(loaded, &base, &*known);
    Ok(Whole { plan, lock: base, known, then: then.map(|then| (then, trusting)) })
}

/// The plan as a table, for a person who is looking on.
pub(super) fn drawn(context: &Context, loaded: &Loaded) -> Result<String, u8> {
    let lock = lock(context, loaded)?;
    let known = known::known(context, loaded)?;
    let plan = timed(loaded, &lock, &*known);
    let asked = PlanQuestions { wall: false, profiles: false, against: None };
    Ok(table::draw(&Answer::of(context, (loaded, &plan, &lock, &*known), &asked), context.width))
}

/// The plan of a storyboard against its lock and store, and that lock.
pub(super) fn planned(context: &Context, loaded: &Loaded) -> Result<(Plan, Lock), u8> {
    let lock = lock(context, loaded)?;
    let known = known::known(context, loaded)?;
    Ok((timed(loaded, &lock, &*known), lock))
}

/// The plan, with the times that renders took before where any is rendered at a service.
fn timed(loaded: &Loaded, lock: &Lock, known: &dyn KnownClips) -> Plan {
    let (film, graph) = (&loaded.film, &loaded.graph);
    if film.shots.iter().any(|shot| matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid)) {
        plan::make_timed(film, graph, lock, known, &Learnt::of(&loaded.store))
    } else {
        plan::make(film, graph, lock, known)
    }
}

fn lock(context: &Context, loaded: &Loaded) -> Result<Lock, u8> {
    loaded.lock(context).map_err(|trouble| {
        context.complain(&error_chain(&trouble));
        context.complain(&format!("help: {}", trouble.help()));
        match trouble {
            LockTrouble::Unreadable { .. } => exit::INTERNAL,
            LockTrouble::OfAnother { .. } => exit::REFUSED,
        }
    })
}

/// The plan of a storyboard as it is saved, for `plan --out` and to hold a saved plan against.
pub(super) fn saved(context: &Context, loaded: &Loaded, plan: &Plan) -> Result<SavedBoard, u8> {
    let lock = loaded.lock_text().map_err(|trouble| refuse(context, exit::INTERNAL, &trouble.to_string()))?;
    let lock = lock.map(|text| Digest::of(text.as_bytes()));
    Ok(SavedBoard::of(&loaded.name, &loaded.source.text, lock, &context.overrides(), &loaded.film, plan))
}

/// Writes the plans to a file, whole or not at all.
fn save(context: &Context, loaded: &[Loaded], plans: &[Whole], file: &Path) -> Result<(), u8> {
    let mut boards = Vec::new();
    for (one, whole) in loaded.iter().zip(plans) {
        boards.push(saved(context, one, &whole.plan)?);
    }
    let text = SavedPlan::new(boards).text();
    write_whole(file, sanitize::json(&text).as_bytes(), true)
        .map_err(|error| refuse(context, exit::INTERNAL, &format!("cannot write `{}`: {error}", file.display())))
}

/// How an alternative is done: which file is copied, and what is written.
fn how(answer: &Answer<'_>, edit: &Edit, alternative: &Alternative) -> [String; 2] {
    let id = |at: usize| answer.loaded.film.shots[at].id.as_str();
    let here = std::path::absolute(".").unwrap_or_default();
    let copied = |frame: &Digest, from: usize| {
        let object = answer.loaded.store.object(frame);
        let object = object.strip_prefix(&here).unwrap_or(&object);
        format!("copy {} to {}-last.png beside the storyboard", object.display(), id(from))
    };
    match &alternative.way {
        Reduction::Cut { shot, from, frame } => {
            [copied(frame, *from), format!("write `first_frame: {}-last.png` in {}", id(*from), id(*shot))]
        }
        Reduction::KeepTail { frame, starts } => {
            let (own, starts) = (id(edit.shot), starts.iter().map(|&at| id(at)).collect::<Vec<_>>().join(", "));
            let written =
                format!("write `last_frame: {own}-last.png` in {own}, `first_frame: {own}-last.png` in {starts}");
            [copied(frame, edit.shot), written]
        }
    }
}
