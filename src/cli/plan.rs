//! `storyreel plan`: what `render` would do.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::args::PlanFormat;
use super::context::Context;
use super::load::Loaded;
use super::{Done, exit, print_with};
use crate::film::{Film, Make, Shot};
use crate::legible::{clean, count};
use crate::lock::Lock;
use crate::plan::{self, Action, Known, Nothing, Plan, Step};
use crate::report::table;
use crate::text::Severity;
use crate::units::{ShotId, spoken};

pub(super) fn plan(context: &Context, storyboards: &[PathBuf], format: PlanFormat) -> Done {
    let loaded = Loaded::open_all(context, storyboards)?;
    // All are planned before anything is written: a lock that cannot be read leaves no half an answer.
    let mut plans = Vec::new();
    for one in &loaded {
        one.warn(context, Severity::Warning);
        plans.push(planned(context, one)?.0);
    }
    let done = print_with(|out| {
        for (at, (one, plan)) in loaded.iter().zip(&plans).enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            match format {
                PlanFormat::Table => out.write_all(table_of(context, one, plan).as_bytes())?,
                PlanFormat::Json => {
                    serde_json::to_writer_pretty(&mut *out, &Document::of(context, one, plan))?;
                    writeln!(out)?;
                }
            }
        }
        Ok(())
    });
    // The process ends here: to take large plans apart piece by piece first is time that nobody gains from.
    std::mem::forget((loaded, plans));
    done
}

/// The plan of a storyboard against its lock and store, and that lock.
pub(super) fn planned(context: &Context, loaded: &Loaded) -> Result<(Plan, Lock), u8> {
    let lock = loaded.lock().map_err(|message| {
        context.complain(&format!("error: {}", clean(&message)));
        context.complain("help: restore the lock file from version control, or delete it: clips in the store stay");
        exit::INTERNAL
    })?;
    // Asking a store that is not there about every shot costs a tenth of the whole plan.
    let known: &dyn Known = if loaded.store.root().is_dir() { &loaded.store } else { &Nothing };
    Ok((plan::make(&loaded.film, &loaded.graph, &lock, known), lock))
}

fn maker(shot: &Shot) -> (String, String) {
    match &shot.make {
        Make::Prompt(render) => {
            (format!("{} · {}", render.provider.id, render.model), render.inputs.mode().label().to_owned())
        }
        Make::Card { .. } => ("here".to_owned(), "card".to_owned()),
        Make::Still(_) => ("here".to_owned(), "image".to_owned()),
        Make::Footage { .. } => ("here".to_owned(), "footage".to_owned()),
    }
}

fn table_of(context: &Context, loaded: &Loaded, plan: &Plan) -> String {
    let shots = loaded.film.shots.iter().zip(&plan.steps);
    let rows: Vec<Vec<String>> = shots
        .map(|(shot, step)| {
            let (maker, from) = maker(shot);
            let why = step.why.to_string();
            vec![shot.id.to_string(), step.action.word().to_owned(), spoken(shot.length), maker, from, why]
        })
        .collect();
    let table = table::render(&["shot", "action", "length", "made by", "from", "why"], &rows, &[2], context.width);
    let count_of = |wanted: fn(&Action) -> bool| plan.steps.iter().filter(|step| wanted(&step.action)).count();
    let mut words = Vec::new();
    for (n, what) in [
        (count_of(|action| matches!(action, Action::Render)), "rendered"),
        (count_of(|action| matches!(action, Action::Local)), "made here"),
        (count_of(|action| matches!(action, Action::Reuse(_))), "reused"),
    ] {
        if n > 0 {
            words.push(format!("{n} {what}"));
        }
    }
    let mut text = format!("{}\n\n{table}\n\n{}; costs nothing\n", clean(&loaded.summary()), words.join(", "));
    if plan.critical_path.len() > 1 {
        let path: Vec<&str> = plan.critical_path.iter().map(ShotId::as_str).collect();
        let shown = if path.len() > 8 {
            format!("{} → … → {} ({})", path[..3].join(" → "), path[path.len() - 1], count(path.len(), "shot"))
        } else {
            path.join(" → ")
        };
        text.push_str(&format!("longest chain: {shown}\n"));
    }
    text
}

/// The plan for programs. Shots are written one after the other: ten thousand of them make a large tree.
#[derive(Serialize)]
struct Document<'a> {
    film: Value,
    profile: Option<&'a str>,
    #[serde(serialize_with = "shots")]
    shots: (&'a Film, &'a Plan),
    storyboard: &'a str,
    title: &'a str,
    totals: Value,
    version: u32,
}

impl<'a> Document<'a> {
    fn of(context: &'a Context, loaded: &'a Loaded, plan: &'a Plan) -> Self {
        let film = &loaded.film;
        let length: Duration = film.shots.iter().map(|shot| shot.length).sum();
        let number = |word: &str| plan.steps.iter().filter(|step| step.action.word() == word).count();
        let seconds: f64 = plan.steps.iter().map(|step| step.expected.as_secs_f64()).sum();
        Self {
            film: json!({"duration_s": length.as_secs_f64(), "shots": film.shots.len()}),
            profile: context.common.profile.as_deref(),
            shots: (film, plan),
            storyboard: &loaded.name,
            title: &film.title,
            totals: json!({
                "render": number("render"), "reuse": number("reuse"), "collect": 0, "local": number("local"),
                "ask": 0, "cost": [], "tokens": 0, "seconds": seconds.ceil(),
                "critical_path": plan.critical_path.iter().map(ShotId::as_str).collect::<Vec<_>>(),
            }),
            version: 1,
        }
    }
}

fn shots<S: Serializer>((film, plan): &(&Film, &Plan), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(film.shots.iter().zip(&plan.steps).map(|(shot, step)| ShotLine::of(film, shot, step)))
}

#[derive(Serialize)]
struct ShotLine<'a> {
    action: &'static str,
    depends_on: Vec<&'a str>,
    duration_s: f64,
    estimate: Estimate,
    height: u32,
    id: &'a str,
    mode: &'static str,
    model: Option<&'a str>,
    provider: Option<&'static str>,
    ratio: Option<String>,
    recipe: Option<String>,
    resolution: Option<String>,
    why: String,
    width: u32,
}

#[derive(Serialize)]
struct Estimate {
    cost: &'static str,
    currency: &'static str,
    seconds: f64,
    tokens: u32,
}

impl<'a> ShotLine<'a> {
    fn of(film: &'a Film, shot: &'a Shot, step: &'a Step) -> Self {
        let (render, mode) = match &shot.make {
            Make::Prompt(render) => (Some(render), render.inputs.mode().word()),
            Make::Card { .. } => (None, "card"),
            Make::Still(_) => (None, "image"),
            Make::Footage { .. } => (None, "clip"),
        };
        let size = render.map_or(film.size, |render| render.size);
        let seconds = step.expected.as_secs_f64().ceil();
        Self {
            action: step.action.word(),
            depends_on: step.needs.iter().map(|&need| film.shots[need].id.as_str()).collect(),
            duration_s: shot.length.as_secs_f64(),
            estimate: Estimate { cost: "0.00", currency: "USD", seconds, tokens: 0 },
            height: size.height,
            id: shot.id.as_str(),
            mode,
            model: render.map(|render| render.model.as_str()),
            provider: render.map(|render| render.provider.id),
            ratio: render.map(|render| render.ratio.to_string()),
            recipe: step.recipe.map(|recipe| recipe.to_string()),
            resolution: render.map(|render| render.resolution.to_string()),
            why: step.why.to_string(),
            width: size.width,
        }
    }
}
