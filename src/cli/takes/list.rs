//! `storyreel takes`: every take of a shot, and what choosing it would cost.

use serde_json::{Value, json};
use storyreel_core::film::{Make, Shot};
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::clean;
use storyreel_core::units::ShotId;

use super::film_takes::{Choice, FilmTakes};
use crate::cli::args::{DataFormat, Takes};
use crate::cli::context::Context;
use crate::cli::failure::{CommandFailure, Done};
use crate::cli::load::Loaded;
use crate::cli::output::{print, print_json};
use crate::progress::table;

/// A take with what choosing it would make.
struct TakeLine<'a> {
    shot: &'a Shot,
    record: &'a ClipRecord,
    is_in_film: bool,
    is_here: bool,
    choice: Choice,
}

pub(in crate::cli) fn takes(context: &Context, options: &Takes) -> Done {
    let loaded = Loaded::open(context, &options.storyboard)?;
    let takes = FilmTakes::of(context, &loaded)?;
    let lines = take_lines(&takes, &options.shots)?;
    if options.format == DataFormat::Json {
        return print_json(&json!({"version": 1, "storyboard": loaded.name, "shots": documents(&lines)}));
    }
    if lines.is_empty() {
        context.note("no shot has been rendered yet: `storyreel render` makes the first takes");
        return print("");
    }
    print(&drawn(context, &lines))
}

/// The table of the takes of some shots.
pub(super) fn take_table(context: &Context, takes: &FilmTakes<'_>, shots: &[ShotId]) -> Result<String, CommandFailure> {
    Ok(drawn(context, &take_lines(takes, shots)?))
}

/// The takes of these shots, or of all that are rendered.
fn take_lines<'a>(takes: &'a FilmTakes<'_>, shots: &[ShotId]) -> Result<Vec<TakeLine<'a>>, CommandFailure> {
    let mut wanted: Vec<(ShotIndex, &Shot)> = Vec::new();
    if shots.is_empty() {
        let all = &takes.loaded.film.shots;
        let rendered = |shot: &Shot| matches!(shot.make, Make::Prompt(_)) || takes.lock.takes.contains_key(&shot.id);
        wanted.extend(ShotIndex::all(all.len()).zip(all).filter(|(_, shot)| rendered(shot)));
    }
    for id in shots {
        wanted.push(takes.shot(id)?);
    }
    let mut lines = Vec::new();
    for (at, shot) in wanted {
        let mut records: Vec<&ClipRecord> = takes.lock.of_shot(&shot.id).collect();
        records.sort_by_key(|record| record.take);
        for record in records {
            lines.push(TakeLine {
                shot,
                record,
                is_in_film: takes.is_in_film(at, record),
                is_here: takes.is_here(record),
                choice: takes.choice(shot, record),
            });
        }
    }
    Ok(lines)
}

fn drawn(context: &Context, lines: &[TakeLine<'_>]) -> String {
    let header = ["shot", "take", "made by", "seed", "paid", "day", "quality", "choosing it makes"];
    let rows: Vec<Vec<String>> = lines.iter().map(TakeLine::row).collect();
    let mut text = format!("{}\n", table::render(&header, &rows, &[4], context.width));
    for line in lines {
        for note in line.notes() {
            text.push_str(&format!("{} take {}: {note}\n", line.shot.id, line.record.take));
        }
    }
    text
}

fn documents(lines: &[TakeLine<'_>]) -> Vec<Value> {
    let mut shots: Vec<(&ShotId, Vec<Value>)> = Vec::new();
    for line in lines {
        match shots.last_mut() {
            Some((id, takes)) if **id == line.shot.id => takes.push(line.document()),
            _ => shots.push((&line.shot.id, vec![line.document()])),
        }
    }
    shots.into_iter().map(|(id, takes)| json!({"id": id.as_str(), "takes": takes})).collect()
}

impl TakeLine<'_> {
    fn row(&self) -> Vec<String> {
        let record = self.record;
        let take = if self.is_in_film { format!("{} *", record.take) } else { record.take.to_string() };
        let model = record.model.as_deref().map_or_else(String::new, |model| format!(" · {}", clean(model)));
        vec![
            self.shot.id.to_string(),
            take,
            format!("{}{model}", clean(&record.provider)),
            record.seed.map_or_else(|| "–".to_owned(), |seed| seed.to_string()),
            record.paid.map_or_else(|| "–".to_owned(), |paid| paid.to_string()),
            record.bought.map_or_else(|| "–".to_owned(), |day| day.to_string()),
            self.record.score().map_or_else(|| "–".to_owned(), |score| score.to_string()),
            self.price(),
        ]
    }

    /// What choosing it makes, in a cell.
    fn price(&self) -> String {
        if self.is_in_film { "in the film".to_owned() } else { self.choice.described() }
    }

    /// What else is to be known of it.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(differs) = &self.record.differs {
            notes.push(clean(differs));
        }
        if !self.choice.keys.is_exact {
            notes.push("made of other words or settings than the storyboard has now".to_owned());
        }
        if !self.is_here {
            notes.push(match self.record.task {
                Some(_) => "not in this store; a render fetches it if it is chosen".to_owned(),
                None => "not in this store".to_owned(),
            });
        }
        notes
    }

    fn document(&self) -> Value {
        let record = self.record;
        let Choice { keys, remade, totals, time } = &self.choice;
        let costs = totals.high.iter().map(|high| {
            json!({"currency": high.currency.to_string(), "low": totals.low.of(high.currency).exact(), "high": high.exact()})
        });
        json!({
            "take": record.take,
            "in_film": self.is_in_film,
            "in_store": self.is_here,
            "provider": record.provider,
            "model": record.model,
            "seed": record.seed,
            "tail_of": keys.keys.tail_of,
            "paid": record.paid.map(|paid| paid.exact()),
            "currency": record.paid.map(|paid| paid.currency.to_string()),
            "bought": record.bought.map(|day| day.to_string()),
            "quality": record.score(),
            "differs": record.differs,
            "clip": record.clip.to_string(),
            "recipe": record.recipe.to_string(),
            "as_written": keys.is_exact,
            "choose": {
                "shots": remade.iter().map(ShotId::as_str).collect::<Vec<_>>(),
                "cost": costs.collect::<Vec<_>>(),
                "unknown": totals.unknown,
                "seconds": time.as_secs(),
            },
        })
    }
}
