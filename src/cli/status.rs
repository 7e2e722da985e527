//! `storyreel status`: orders that are paid, or may be, and have given no clip yet; and the user's word on the unclear.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use storyreel_core::job::fact::counted;
use storyreel_core::job::{Entry, Intent, JobState, Record, time};
use storyreel_core::plan::KnownClips as _;
use storyreel_core::polling::history::{History, TaskKind};
use storyreel_core::polling::next_run;
use storyreel_core::provider::provider_by_id;
use storyreel_core::retry::has_living_key;
use storyreel_core::sanitize::{chain, clean, shorten};

use super::args::{DataFormat, Status};
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done, internal};
use super::film_recipes::FilmRecipes;
use super::output::{print, print_json};
use super::render::time_and_wait;
use crate::journal::{Job, Journal, Journals};
use crate::progress::{table, words};
use crate::store::Store;

/// Columns of a prompt that are shown: enough to know it again.
const BEGINNING: usize = 60;

pub(super) fn status(context: &Context, args: &Status) -> Done {
    let store = context.store(args.storyboard.as_deref().unwrap_or(Path::new("")));
    let mut journals = Journals::load(&store).map_err(internal)?;
    journals.take_in_open().map_err(internal)?;
    let orphans = journals.orphans().map_err(internal)?;
    let open: Vec<Job> = journals.jobs().into_iter().filter(|job| is_unfinished(&store, job)).chain(orphans).collect();
    if args.assume_lost.is_empty() && args.assume_task.is_empty() {
        let films = FilmRecipes::of(context, args.storyboard.as_deref());
        let is_wanted = |job: &Job| context.rows().is_empty() || !films.films(job).is_empty();
        let open: Vec<Job> = open.into_iter().filter(is_wanted).collect();
        return show_jobs(context, &store, &films, &open, args.format);
    }
    let mut journal = Journal::new(&store);
    for shot in &args.assume_lost {
        assume(context, &mut journal, &open, shot, Record::AssumedLost)?;
    }
    for (shot, task) in &args.assume_task {
        assume(context, &mut journal, &open, shot, Record::AssumedTask { task: task.clone() })?;
    }
    if let Some(fault) = journal.take_unpublished() {
        let message = format!("other machines do not know it yet: {}", chain(&fault));
        return Err(
            CommandFailure::new(exit::INTERNAL, message).help("the next `render` with the same store tells them")
        );
    }
    Ok(exit::DONE)
}

/// Whether a job has given no clip yet. What was given up as forgotten may be in the store after all, from a copy.
fn is_unfinished(store: &Store, job: &Job) -> bool {
    // A task that this machine ordered may have been fetched by another one.
    let may_be_here = matches!(job.state, JobState::Forgotten { .. }) || store.shared().is_some();
    if may_be_here && job.state.is_open() && store.receipt(&job.recipe).is_some_and(|clip| store.has(&clip.clip)) {
        return false;
    }
    job.state.is_open()
}

/// Writes the user's word on an unclear order down.
fn assume(
    context: &Context,
    journal: &mut Journal,
    open: &[Job],
    name: &str,
    record: Record,
) -> Result<(), CommandFailure> {
    let unclear: Vec<&Job> = open.iter().filter(|job| is_unanswered(job) && is_called(job, name)).collect();
    let [job] = unclear[..] else {
        let message = match unclear.len() {
            0 => format!("no order of `{name}` is unclear; `storyreel status` lists what is"),
            n => format!("{n} unclear orders are for a shot `{name}`: name one by the first digits of its recipe"),
        };
        return Err(CommandFailure::new(exit::USAGE, message));
    };
    let mut records = Vec::new();
    // Of an order whose journal is lost nothing is written yet.
    if let Some(intent) = job.state.intent().filter(|_| job.began == 0) {
        records.push(Record::Submitting(Box::new(intent.clone())));
    }
    let what = match (&job.state, record) {
        (JobState::Forgotten { task, .. }, Record::AssumedTask { .. }) => {
            let message = format!("{name}: its task is {}, which the service no longer knows", clean(task));
            return Err(CommandFailure::new(exit::USAGE, message));
        }
        (JobState::Forgotten { task, .. }, _) => {
            records.push(Record::GivenUp);
            format!("its clip is given up (task {}); the next `render` buys it again", clean(task))
        }
        (_, Record::AssumedTask { task }) => {
            let what = format!("its task is {}; the next `render` or `recover` fetches it", clean(&task));
            records.push(Record::AssumedTask { task });
            what
        }
        (_, record) => {
            records.push(record);
            "the order counts as not accepted; the next `render` orders it again".to_owned()
        }
    };
    for record in records {
        journal.append(&Entry { recipe: job.recipe, attempt: job.attempt, record }).map_err(internal)?;
    }
    context.note(&format!("{name}: {what}"));
    Ok(())
}

/// Whether nobody knows what became of it.
fn is_unanswered(job: &Job) -> bool {
    let asks = matches!(job.state, JobState::Unclear { .. } | JobState::Submitting { .. } | JobState::Forgotten { .. });
    asks && !job.lives
}

/// Whether a render sends an order again of which nobody knows what became: with its key it stays one order, or a server of
/// the user's own makes it for nothing.
fn is_sent_again(job: &Job, now: u64) -> bool {
    let Some(intent) = job.state.intent().filter(|_| is_unanswered(job)) else { return false };
    let is_own_server = provider_by_id(&intent.provider).is_some_and(|provider| provider.is_own_server);
    let is_free = is_own_server && intent.estimate.is_some_and(|cost| cost.micros == 0);
    let is_lost = matches!(job.state, JobState::Forgotten { .. });
    is_free || !is_lost && has_living_key(intent, job.began, now)
}

/// Whether only the user, or the service's list, can say what is to become of it.
fn is_unclear(job: &Job, now: u64) -> bool {
    is_unanswered(job) && !is_sent_again(job, now)
}

/// Whether a job is meant by the id of its shot, or by the beginning of its recipe.
fn is_called(job: &Job, name: &str) -> bool {
    let shot = job.state.intent().is_some_and(|intent| intent.shot.as_str() == name);
    let digits = name.trim_start_matches("sha256:");
    shot || digits.len() >= 8 && job.recipe.hex().starts_with(digits)
}

fn show_jobs(context: &Context, store: &Store, films: &FilmRecipes, open: &[Job], format: DataFormat) -> Done {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let unclear: Vec<&Job> = open.iter().filter(|job| is_unclear(job, now)).collect();
    let code = if unclear.is_empty() { exit::DONE } else { exit::DECIDE };
    if format == DataFormat::Json {
        let jobs: Vec<Value> = open.iter().map(|job| job_document(store, films, job, now)).collect();
        let next = next_look(store, open, now).map(time::utc);
        print_json(&json!({"version": 1, "next": next, "unfinished": jobs}))?;
        return Ok(code);
    }
    if open.is_empty() {
        context.note("nothing is unfinished: every order has been delivered or has ended");
        return Ok(exit::DONE);
    }
    let mut rows: Vec<Vec<String>> = open.iter().map(|job| job_row(job, now)).collect();
    let mut header = vec!["shot", "provider", "task", "state", "ordered", "time left", "may cost"];
    if films.is_of_many {
        header.insert(0, "film");
        rows.iter_mut().zip(open).for_each(|(row, job)| row.insert(0, films.cell(job)));
    }
    let mut text = format!("{}\n", table::render(&header, &rows, &[header.len() - 1], context.width));
    if open.iter().any(|job| is_sent_again(job, now)) {
        text.push_str(
            "\n`render` sends an order again whose answer was lost: with its key it stays one order, and on a server of your own \
             it costs nothing\n",
        );
    }
    if open.iter().any(|job| !is_unanswered(job) && !job.lives) {
        text.push_str("\n`storyreel recover` fetches paid clips and never orders; `render` fetches them, too\n");
    }
    if let Some(next) = next_look(store, open, now) {
        text.push_str(&format!("the next useful run: {}\n", time_and_wait(next)));
    }
    for job in &unclear {
        text.push_str(&unclear_advice(store, job));
    }
    print(&text)?;
    Ok(code)
}

/// When a run is next worth its start, in seconds since 1970: at the first time at which a task that nobody waits for is
/// done by all likelihood.
fn next_look(store: &Store, open: &[Job], now: u64) -> Option<u64> {
    let history = History::read(&store.history());
    let pauses = open.iter().filter_map(|job| {
        if job.lives || job.state.task().is_none() || is_unanswered(job) {
            return None;
        }
        if job.state.delivery().is_some() {
            return Some(Duration::ZERO);
        }
        let kind = store.recipe(&job.recipe).as_ref().and_then(TaskKind::of_recipe);
        let expected = kind.map_or(Duration::ZERO, |kind| history.expected(&kind));
        Some(next_run(Duration::from_secs(now.saturating_sub(job.began)), expected))
    });
    Some(now + pauses.min()?.as_secs())
}

/// What to do about an unclear order.
fn unclear_advice(store: &Store, job: &Job) -> String {
    let Some(intent) = job.state.intent() else { return String::new() };
    if let JobState::Forgotten { task, why, .. } = &job.state {
        return lost_clip_advice(intent, task, why);
    }
    let shot = &intent.shot;
    let name = clean(&intent.provider);
    let signs = order_signs(store, job, intent);
    format!(
        "\n{shot}: {}\n  look at your tasks at {name} for {signs}, then say one of\n  storyreel status --assume-task {shot}=TASK    \
         it is there under this id: it is fetched, for nothing\n  storyreel status --assume-lost {shot}          it is \
         not there: the next render orders it again\n",
        clean(&unclear_reason(job)),
    )
}

/// By what an order is known at its service: its mark, where the service keeps one, else when it was sent, its model and
/// how its prompt begins.
fn order_signs(store: &Store, job: &Job, intent: &Intent) -> String {
    if let Some(mark) = order_mark(intent) {
        return format!("the mark {} (`safety_identifier`)", clean(mark));
    }
    let model = clean(&intent.model);
    let sent = match job.began {
        0 => String::new(),
        began => format!(" sent at {}", time::utc(began)),
    };
    let words = match order_prompt(store, job) {
        Some(words) => format!(" whose prompt begins \"{}\"", shorten(&clean(&words), BEGINNING)),
        None => String::new(),
    };
    format!("one on {model}{sent}{words}")
}

/// The mark of an order, where it was sent: services without a list of tasks are not given one.
fn order_mark(intent: &Intent) -> Option<&str> {
    let sends = provider_by_id(&intent.provider).is_some_and(|provider| provider.lists || provider.has_order_keys);
    Some(intent.marker.as_str()).filter(|mark| sends && !mark.is_empty())
}

/// The prompt of an order on one line, as its recipe has it.
fn order_prompt(store: &Store, job: &Job) -> Option<String> {
    let recipe = store.recipe(&job.recipe)?;
    let words: Vec<&str> = recipe.get("prompt")?.split_whitespace().collect();
    Some(words.join(" ")).filter(|words| !words.is_empty())
}

/// What to do about a clip that is paid, and neither here nor at its service.
fn lost_clip_advice(intent: &Intent, task: &str, why: &str) -> String {
    let shot = &intent.shot;
    let name = clean(&intent.provider);
    let task = clean(task);
    let why = clean(why);
    format!(
        "\n{shot}: paid, and its clip is neither in the store nor at {name} ({why})\n  look for task {task} at {name}: a key of \
         another account does not see it, and with the right one `render` fetches it\n  put the clip back from a copy of \
         the store, if there is one; else say\n  storyreel status --assume-lost {shot}          it cannot be had any more: \
         the next render buys it again\n",
    )
}

fn unclear_reason(job: &Job) -> String {
    match &job.state {
        _ if job.is_elsewhere => format!(
            "the run `{}` of another machine took the order and has not said what came of it; is that machine at work?",
            job.run
        ),
        JobState::Unclear { why, .. } => why.clone(),
        _ => "the run ended before the answer came".to_owned(),
    }
}

fn job_row(job: &Job, now: u64) -> Vec<String> {
    let intent = job.state.intent();
    let cost = intent.map(|intent| intent.estimate.map_or_else(|| "unknown".to_owned(), |cost| cost.to_string()));
    vec![
        intent.map(|intent| intent.shot.to_string()).unwrap_or_default(),
        intent.map(|intent| clean(&intent.provider)).unwrap_or_default(),
        job.state.task().map_or_else(|| "–".to_owned(), clean),
        standing(job).to_owned(),
        match job.began {
            0 => "–".to_owned(),
            began => format!("{} ago", rough_time(now.saturating_sub(began))),
        },
        time_left(job, now),
        cost.unwrap_or_default(),
    ]
}

/// Seconds in words: days and hours where there are many.
fn rough_time(seconds: u64) -> String {
    match seconds / 3600 {
        0..2 => words::roughly(Duration::from_secs(seconds)),
        hours @ 2..48 => format!("{hours} h"),
        hours => format!("{} d {} h", hours / 24, hours % 24),
    }
}

const fn standing(job: &Job) -> &'static str {
    match job.state {
        _ if job.lives => "in progress",
        JobState::Submitted { .. } => "ordered, not fetched",
        JobState::Delivered { .. } => "finished, not fetched",
        JobState::Forgotten { .. } => "lost",
        _ => "unclear",
    }
}

/// How long a clip can still be had: a task is known for days, and a look at it renews the address of its clip, which
/// lives for hours.
#[derive(Clone, Copy, Default)]
struct SecondsLeft {
    /// Until the clip can no longer be had.
    clip: Option<u64>,
    /// Until the address that is known of it ends.
    link: Option<u64>,
}

fn seconds_left(job: &Job, now: u64) -> SecondsLeft {
    let known = job.state.task().is_some() && !matches!(job.state, JobState::Forgotten { .. });
    let provider = job.state.intent().filter(|_| known).and_then(|intent| provider_by_id(&intent.provider));
    let Some(provider) = provider else { return SecondsLeft::default() };
    let task = job.began + u64::from(provider.task_days) * 86_400;
    let link = job
        .state
        .delivery()
        .map(|delivery| delivery.updated_at.unwrap_or(job.changed) + u64::from(provider.link_hours) * 3_600);
    let end = link.map_or(task, |link| link.max(task));
    SecondsLeft { clip: Some(end.saturating_sub(now)), link: link.map(|link| link.saturating_sub(now)) }
}

/// The same in words.
fn time_left(job: &Job, now: u64) -> String {
    match seconds_left(job, now) {
        SecondsLeft { clip: Some(clip), link: Some(link) } if link < clip => {
            format!("{}, its link {}", time_or_over(clip), time_or_over(link))
        }
        SecondsLeft { clip: Some(clip), .. } => time_or_over(clip),
        SecondsLeft { clip: None, .. } => "–".to_owned(),
    }
}

fn time_or_over(seconds: u64) -> String {
    if seconds == 0 { "over".to_owned() } else { rough_time(seconds) }
}

fn job_document(store: &Store, films: &FilmRecipes, job: &Job, now: u64) -> Value {
    let intent = job.state.intent();
    let left = seconds_left(job, now);
    let words = order_prompt(store, job).map(|words| shorten(&clean(&words), BEGINNING));
    json!({
        "films": films.films(job), "shot": intent.map(|intent| intent.shot.as_str()), "provider": intent.map(|intent| &intent.provider),
        "model": intent.map(|intent| &intent.model), "task": job.state.task(), "attempt": counted(job.attempt),
        "mark": intent.and_then(order_mark), "prompt": words, "state": job.state.word(), "running": job.lives, "recipe": job.recipe.to_string(), "ordered_at": job.began,
        "seconds_left": left.clip, "link_seconds_left": left.link, "unclear": is_unclear(job, now),
        "cost": intent.and_then(|intent| intent.estimate).map(|cost| cost.exact()),
        "currency": intent.and_then(|intent| intent.estimate).map(|cost| cost.currency.to_string()),
    })
}
