//! `storyreel export`: the film for other tools.

mod farm;
mod links;
mod paper;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal as _};

use storyreel_core::film::Film;
use storyreel_core::index::ShotIndex;
use storyreel_core::language::LanguageTag;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::plan::{Action, KnownClips as _, Plan};
use storyreel_core::recipe::Recipe;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::text::{Severity, listed};
use storyreel_core::units::Digest;
use storyreel_exchange::exchange::{self, Clip, CutList};
use storyreel_media::picture::PaperSheet;

use self::links::{ClipLinks, linked_clips, linked_sounds};
use self::paper::PaperSources;
use super::args::{self, ExportFormat, PaperSize};
use super::context::{Context, folder_of};
use super::exit;
use super::failure::{CommandFailure, Done};
use super::film_timeline::film_timeline;
use super::load::Loaded;
use super::output::{cannot_write, check_output_file, print_with};
use super::plan::planned;
use super::sharing::bring_clips;
use super::trust;
use super::trust::acceptance::refuse_untrusted;
use crate::store::write_whole;

/// The latest take that is looked for in the store.
const MOST_TAKES: u32 = 9_999;

pub(super) fn export(context: &Context, args: &args::Export) -> Done {
    let loaded = Loaded::open(context, &args.storyboard)?;
    refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    loaded.warn(context, Severity::Warning);
    if args.to == ExportFormat::Openjd {
        return farm::export_job(context, args, &loaded);
    }
    if args.shape.is_some() {
        return Err(CommandFailure::new(exit::USAGE, "`--shape` is for `openjd`: the other formats have no steps"));
    }
    check_outputs(context, &loaded, args)?;
    let (plan, lock) = planned(context, &loaded)?;
    let media = ClipLinks::new(args, &loaded)
        .map_err(|error| CommandFailure::new(exit::INTERNAL, format!("cannot use the folder: {error}")))?;
    // An edit decision list has one clip for a shot.
    let takes = if args.to == ExportFormat::Otio { other_takes(&loaded, &plan, &lock) } else { Takes::new() };
    let clips = clips_with_files(context, &plan, takes, &media)?;
    warn_of_gaps(context, &loaded, &clips);
    let records: Vec<Option<ClipRecord>> =
        clips.iter().map(|clip| clip.as_ref().map(|clip| clip.taken.clone())).collect();
    let timeline = film_timeline(context, &loaded, records.iter().cloned())?.timeline;
    let bytes = if args.to == ExportFormat::Pdf {
        let sources = PaperSources { context, loaded: &loaded, timeline: &timeline, clips: &records };
        sources.pdf(panels_per_page(args), sheet_of(args))?
    } else {
        let sounds = linked_sounds(&loaded.film, &timeline, &media).map_err(|error| cannot_copy(&error))?;
        let cuts = CutList { film: &loaded.film, timeline: &timeline, clips: &clips, sounds: &sounds };
        written_text(context, &cuts, args).into_bytes()
    };
    let Some(output) = &args.output else { return print_with(|out| out.write_all(&bytes)) };
    fs::create_dir_all(folder_of(output))
        .and_then(|()| write_whole(output, &bytes, true))
        .map_err(|error| cannot_write(exit::INTERNAL, output, &error))?;
    context.note(&format!("wrote {}", clean(&output.display().to_string())));
    Ok(exit::DONE)
}

/// The clip of every shot that is made, where it lies.
pub(super) fn clips_in_place(
    context: &Context,
    loaded: &Loaded,
    plan: &Plan,
) -> Result<Vec<Option<Clip>>, CommandFailure> {
    clips_with_files(context, plan, Takes::new(), &ClipLinks::in_place(loaded))
}

fn clips_with_files(
    context: &Context,
    plan: &Plan,
    takes: Takes,
    media: &ClipLinks<'_>,
) -> Result<Vec<Option<Clip>>, CommandFailure> {
    bring_clips(media.store(), plan, takes.values().flatten())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let clips = runtime.and_then(|runtime| runtime.block_on(linked_clips(context, plan, takes, media)));
    clips.map_err(|error| cannot_copy(&error))
}

/// Refuses what the command line names for output where that cannot be, before anything is made.
fn check_outputs(context: &Context, loaded: &Loaded, args: &args::Export) -> Result<(), CommandFailure> {
    if let Some(output) = &args.output {
        loaded.spare_inputs(output)?;
    }
    for file in args.output.iter().chain(&args.copy_media) {
        trust::refuse_link(context, &loaded.root(), file)?;
    }
    if let Some(output) = &args.output {
        check_output_file(output).map_err(|failure| failure.help("without `-o` it goes to standard output"))?;
    }
    if args.copy_media.is_some() && !args.to.names_media() {
        let message = "`--copy-media` is for `otio`, `edl`, `xmeml` and `csv`: the other formats name no files";
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    if let Some(language) = &args.language {
        check_language(&loaded.film, args.to, language)?;
    }
    let is_pdf = args.to == ExportFormat::Pdf;
    if args.per_page.is_some() && !is_pdf {
        return Err(CommandFailure::new(exit::USAGE, "`--per-page` is for `pdf`: the other formats have no pages"));
    }
    if args.paper.is_some() && !is_pdf {
        return Err(CommandFailure::new(exit::USAGE, "`--paper` is for `pdf`: the other formats have no pages"));
    }
    if is_pdf && args.output.is_none() && io::stdout().is_terminal() {
        let failure = CommandFailure::new(exit::USAGE, "a PDF is nothing for a terminal");
        return Err(failure.help("write it to a file with `-o board.pdf`"));
    }
    Ok(())
}

/// Refuses a language in which nothing is read.
fn check_language(film: &Film, to: ExportFormat, language: &LanguageTag) -> Result<(), CommandFailure> {
    if !matches!(to, ExportFormat::Srt | ExportFormat::Vtt) {
        return Err(CommandFailure::new(exit::USAGE, "`--language` is for `srt` and `vtt`"));
    }
    if film.languages.contains(language) {
        return Ok(());
    }
    let languages: Vec<String> = film.languages.iter().map(ToString::to_string).collect();
    let failure = CommandFailure::new(exit::USAGE, format!("the film has no subtitles in `{language}`"));
    Err(match languages.as_slice() {
        [] => failure.help("no line of it names a language"),
        _ => failure.help(format!("it has {}", listed(languages.iter().map(String::as_str), 12))),
    })
}

fn cannot_copy(error: &io::Error) -> CommandFailure {
    CommandFailure::new(exit::INTERNAL, format!("cannot copy a file: {error}"))
}

/// How many shots a page has: three, with the picture beside its words, is what storyboards on paper mostly have.
fn panels_per_page(args: &args::Export) -> u8 {
    args.per_page.as_deref().and_then(|count| count.parse().ok()).unwrap_or(3)
}

const fn sheet_of(args: &args::Export) -> PaperSheet {
    match args.paper {
        Some(PaperSize::Letter) => PaperSheet::Letter,
        Some(PaperSize::A4) | None => PaperSheet::A4,
    }
}

fn written_text(context: &Context, cuts: &CutList<'_>, args: &args::Export) -> String {
    let language = args.language.as_ref().or(cuts.film.languages.first());
    match args.to {
        ExportFormat::Otio => exchange::otio::write(cuts),
        ExportFormat::Srt => exchange::srt::write(cuts, language),
        ExportFormat::Vtt => exchange::vtt::write(cuts, language),
        ExportFormat::Chapters => exchange::ffmetadata::write(cuts),
        ExportFormat::Csv => exchange::shot_list::write(cuts),
        ExportFormat::Openjd => unreachable!("a job is written as a folder"),
        ExportFormat::Edl => {
            let edl = exchange::edl::write(cuts);
            warn_of_losses(context, &edl.warnings);
            edl.text
        }
        ExportFormat::Xmeml => {
            let sequence = exchange::xmeml::write(cuts);
            warn_of_losses(context, &sequence.warnings);
            sequence.text
        }
        // It is made of pictures rather than of cuts.
        ExportFormat::Pdf => String::new(),
    }
}

/// Says what a format cannot say.
fn warn_of_losses(context: &Context, warnings: &[String]) {
    warnings.iter().for_each(|warning| context.note(&format!("warning: {}", clean(warning))));
}

fn warn_of_gaps(context: &Context, loaded: &Loaded, clips: &[Option<Clip>]) {
    let shots = loaded.film.shots.iter().zip(clips);
    let gaps: Vec<&str> = shots.filter(|(_, clip)| clip.is_none()).map(|(shot, _)| shot.id.as_str()).collect();
    let verb = match gaps.len() {
        0 => return,
        1 => "is",
        _ => "are",
    };
    context.note(&format!(
        "warning: {} {verb} not made yet; planned lengths are used: {}",
        count(gaps.len(), "shot"),
        listed(gaps.iter().copied(), 12)
    ));
}

/// Other takes of shots, by the place of the shot in the film.
type Takes = BTreeMap<ShotIndex, Vec<ClipRecord>>;

/// Other takes in the store, by shot: the same recipe with another number.
fn other_takes(loaded: &Loaded, plan: &Plan, lock: &Lock) -> Takes {
    let mut film = loaded.film.clone();
    let mut found = Takes::new();
    for at in ShotIndex::all(plan.steps.len()) {
        let own = film.shots[at].take;
        let others = takes_of_shot(loaded, plan, lock, &mut film, at);
        film.shots[at].take = own;
        if !others.is_empty() {
            found.insert(at, others);
        }
    }
    found
}

/// The other takes of one shot. Leaves the shot of `film` at the last take that was looked for.
fn takes_of_shot(loaded: &Loaded, plan: &Plan, lock: &Lock, film: &mut Film, at: ShotIndex) -> Vec<ClipRecord> {
    let own = film.shots[at].take;
    let mut others = Vec::new();
    for take in (1..=MOST_TAKES).filter(|take| *take != own) {
        film.shots[at].take = take;
        let Some(recipe) =
            Recipe::of(film, at, lock, &|other| known_clip(plan, lock, other)).map(|recipe| recipe.digest())
        else {
            break;
        };
        // The take does not count in what is painted here.
        if Some(recipe) == plan.steps[at].recipe {
            break;
        }
        let receipt = loaded.store.receipt(&recipe).filter(|record| loaded.store.has(&record.clip));
        // Takes below the current one may have been cleaned away; beyond it the first gap is the end.
        if receipt.is_none() && take > own {
            break;
        }
        others.extend(receipt);
    }
    others
}

/// The clip of a shot as the plan keeps it, else as the lock names it.
fn known_clip(plan: &Plan, lock: &Lock, at: ShotIndex) -> Option<Digest> {
    let step = &plan.steps[at];
    match &step.action {
        Action::Reuse(record) => Some(record.clip),
        _ => lock.shots.get(&step.shot).map(|record| record.clip),
    }
}
