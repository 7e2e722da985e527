//! The options of each command as types; nothing here acts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use storyreel_core::language::LanguageTag;
use storyreel_core::money::{self, Currency};
use storyreel_core::units::ShotId;

#[derive(Debug, Clone, Args)]
pub(super) struct Boards {
    /// The storyboards; several are one batch
    #[arg(required = true, value_name = "STORYBOARD")]
    pub(super) storyboards: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Template {
    /// Four shots that show how a storyboard works
    Basic,
    /// A trailer: short shots, cards between them, dips to black
    Trailer,
    /// An explainer: a presenter in every scene, text on cards, subtitles
    Explainer,
    /// A vertical advertisement of twelve seconds with the product as a variable, for batches
    VerticalAd,
}

#[derive(Debug, Clone, Args)]
pub(super) struct PlanOptions {
    #[command(flatten)]
    pub(super) boards: Boards,
    /// The output format
    #[arg(long, value_enum, default_value_t = PlanFormat::Table)]
    pub(super) format: PlanFormat,
    /// Price the whole film on every provider and model instead, cheapest first
    #[arg(long, conflicts_with_all = ["against", "profiles", "out"])]
    pub(super) compare: bool,
    /// Show which value of a setting counts for a shot, and what it wins over: `lamp.resolution`
    #[arg(long, value_name = "SHOT.KEY", conflicts_with_all = ["compare", "against", "profiles", "out", "max_cost"])]
    pub(super) explain: Option<String>,
    /// Show every film of a storyboard with rows in full, before the line that each has
    #[arg(long)]
    pub(super) details: bool,
    /// Show what differs from this commit, branch or tag, and what that costs
    #[arg(long, value_name = "REV")]
    pub(super) against: Option<String>,
    /// Show the whole film's price by profile even if this plan costs nothing
    #[arg(long)]
    pub(super) profiles: bool,
    /// Exit with code 4 if the plan can cost more than this, such as `25` or `25USD`; once for each currency
    #[arg(long, value_name = "AMOUNT", value_parser = parse_amount, conflicts_with = "compare")]
    pub(super) max_cost: Vec<(u64, Option<Currency>)>,
    /// Also write the plan to this file, for `render --plan`
    #[arg(short, long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct RenderOptions {
    #[command(flatten)]
    pub(super) boards: Boards,
    /// Write the film to this file instead of `out/film.mp4` or what the storyboard names; for one storyboard only
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Make nothing: every clip must be in the store already
    #[arg(long, conflicts_with = "rebuy")]
    pub(super) locked: bool,
    /// Make only these shots, separated by commas, and no film; the shots they start from must be made already
    #[arg(long, value_name = "SHOT", value_delimiter = ',')]
    pub(super) only: Vec<ShotId>,
    /// Do exactly what this plan from `plan --out FILE` says, or nothing
    #[arg(long, value_name = "FILE")]
    pub(super) plan: Option<PathBuf>,
    #[command(flatten)]
    pub(super) run: RunOptions,
}

/// How a run goes, and what it may spend.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Clone, Args)]
pub(super) struct RunOptions {
    /// Spend without asking
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Spend at most this much, such as `25` or `25USD`; once for each currency. Implies `--yes`
    #[arg(long, value_name = "AMOUNT", value_parser = parse_amount)]
    pub(super) max_cost: Vec<(u64, Option<Currency>)>,
    /// Buy clips again that were bought before and are lost, both here and at the service
    #[arg(long)]
    pub(super) rebuy: bool,
    /// Wait for no service: order what can be ordered, fetch what is done, and exit with code 8 while anything is under
    /// way. The same command goes on
    #[arg(long)]
    pub(super) no_wait: bool,
    /// How long to wait for a shot that another run is making; then the exit code is 75
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(0..=604_800), conflicts_with = "no_wait")]
    pub(super) wait: u64,
    /// After a failure, continue with the shots that do not need the failed one (the default)
    #[arg(long, conflicts_with = "fail_fast")]
    pub(super) keep_going: bool,
    /// After a failure, start no more shots
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// How many shots to make at once on this machine; the number of processors by default
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
    /// How to show progress
    #[arg(long, value_enum, default_value_t = ProgressArg::Auto)]
    pub(super) progress: ProgressArg,
}

/// Orders further takes of shots.
#[derive(Debug, Clone, Args)]
pub(super) struct Retake {
    /// The storyboard
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboard: PathBuf,
    /// The shots
    #[arg(value_name = "SHOT", required = true)]
    pub(super) shots: Vec<ShotId>,
    /// How many takes of each shot
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub(super) takes: u32,
    /// End on the last frame of the take that is in the film: what starts on it need not be made again
    #[arg(long)]
    pub(super) keep_tail: bool,
    /// The seed of the first take; each further one has the next
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(-1..=4_294_967_295))]
    pub(super) seed: Option<i64>,
    #[command(flatten)]
    pub(super) run: RunOptions,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Takes {
    /// The storyboard
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboard: PathBuf,
    /// The shots; all that have takes if omitted
    #[arg(value_name = "SHOT")]
    pub(super) shots: Vec<ShotId>,
    /// The output format
    #[arg(long, value_enum, default_value_t = DataFormat::Table)]
    pub(super) format: DataFormat,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Choose {
    /// The storyboard
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboard: PathBuf,
    /// The shots, each with the number of the take
    #[arg(value_name = "SHOT=TAKE", required = true, value_parser = parse_choice)]
    pub(super) choices: Vec<(ShotId, u32)>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Accept {
    /// The storyboard
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboard: PathBuf,
    /// The shots
    #[arg(value_name = "SHOT", required = true)]
    pub(super) shots: Vec<ShotId>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Status {
    /// A storyboard of the project; the project of the current folder if omitted
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboard: Option<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = DataFormat::Table)]
    pub(super) format: DataFormat,
    /// The service never accepted the unclear order of this shot: it may be ordered again
    #[arg(long, value_name = "SHOT")]
    pub(super) assume_lost: Vec<String>,
    /// The unclear order of this shot became this task: fetch its clip
    #[arg(long, value_name = "SHOT=TASK", value_parser = parse_task)]
    pub(super) assume_task: Vec<(String, String)>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Recover {
    /// A storyboard of the project; the project of the current folder if omitted
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboard: Option<PathBuf>,
    /// Fetch only what is already finished
    #[arg(long)]
    pub(super) no_wait: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DataFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Providers {
    /// Show this provider in full
    #[arg(value_name = "ID", conflicts_with = "update")]
    pub(super) id: Option<String>,
    /// Show the models that these storyboards declare for it; else those in this folder
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboards: Vec<PathBuf>,
    /// Ask this provider for its models and prices, and keep them in `catalogue/ID.json` of the project
    #[arg(long, value_name = "ID")]
    pub(super) update: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = DataFormat::Table)]
    pub(super) format: DataFormat,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Report {
    /// The storyboard
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboard: PathBuf,
    /// Write the page to this file instead of beside the film
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Put the film and the clips into the page: one file that plays anywhere
    #[arg(long)]
    pub(super) embed: bool,
    /// Write a contact sheet to this `.png` or `.jpg` file; the page only if `-o` names one
    #[arg(long, value_name = "FILE")]
    pub(super) sheet: Option<PathBuf>,
    /// Show all takes of each shot on the contact sheet, those outside the film too
    #[arg(long, requires = "sheet")]
    pub(super) takes: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Export {
    /// The storyboard
    #[arg(value_name = "STORYBOARD")]
    pub(super) storyboard: PathBuf,
    /// The format to export
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) to: ExportFormat,
    /// Write to this file instead of standard output; the paths of clips are relative to it. For openjd, the folder of the job
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// What becomes a step of the job; for openjd
    #[arg(long, value_enum, value_name = "SHAPE")]
    pub(super) shape: Option<StepsArg>,
    /// Copy clips and sounds to this folder under readable names, and link the copies; for otio, edl, xmeml and csv
    #[arg(long, value_name = "DIR")]
    pub(super) copy_media: Option<PathBuf>,
    /// For srt and vtt: the language, by its tag [default: the first of the film]
    #[arg(long, value_name = "TAG")]
    pub(super) language: Option<LanguageTag>,
    /// For pdf: how many shots a page has [default: 3]
    #[arg(long, value_name = "N", value_parser = ["1", "2", "3", "6"])]
    pub(super) per_page: Option<String>,
    /// For pdf: the size of the pages [default: a4]
    #[arg(long, value_enum, hide_default_value = true)]
    pub(super) paper: Option<PaperSize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PaperSize {
    /// 210 by 297 mm
    A4,
    /// 8.5 by 11 inches
    Letter,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Import {
    /// The screenplay, in the Fountain format or of Final Draft (`.fdx`); with `--into` an edit (`.otio`)
    #[arg(value_name = "FILE")]
    pub(super) screenplay: PathBuf,
    /// Bring the order, the trims and the removed shots of an edit into the storyboard that the edit was made from
    #[arg(long, value_name = "STORYBOARD", conflicts_with_all = ["output", "force"])]
    pub(super) into: Option<PathBuf>,
    /// Say what an edit would change, and write nothing
    #[arg(long, requires = "into")]
    pub(super) dry_run: bool,
    /// The storyboard to write; by default `script.yaml` beside `script.fountain`
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Overwrite an existing storyboard
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// OpenTimelineIO, for editors: whole clips, joins, prompts, takes
    Otio,
    /// CMX 3600 edit decision list: cuts and dissolves, for every editor
    Edl,
    /// Subtitles as SubRip
    Srt,
    /// Subtitles as WebVTT
    Vtt,
    /// Chapters as ffmpeg metadata
    Chapters,
    /// The storyboard on paper: drawings or frames, with their words
    Pdf,
    /// The shot list, for spreadsheets
    Csv,
    /// Final Cut Pro 7 XML, for Premiere Pro
    Xmeml,
    /// Open Job Description: a job for a render farm, with a task for every shot and the film as the last step
    Openjd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum StepsArg {
    /// All shots whose inputs are made by then: few steps, which wait for the slowest shot of the one before (the default)
    #[default]
    Waves,
    /// Every shot by itself, which waits only for those that it needs
    Steps,
}

impl ExportFormat {
    /// Whether files of this format name the clips.
    pub(super) const fn names_media(self) -> bool {
        matches!(self, Self::Otio | Self::Edl | Self::Xmeml | Self::Csv)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    /// For people
    Table,
    /// For programs
    Json,
    /// For a comment on a pull request
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Described {
    /// The storyboard
    Storyboard,
    /// What `plan --format json` prints
    Plan,
    /// A line of `render --progress json`
    Events,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// For a terminal
    Text,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// A picture
    Svg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressArg {
    /// Live on a terminal, plain lines elsewhere
    Auto,
    /// A line for each event
    Plain,
    /// A JSON object a line, on standard output; `storyreel schema events` describes it
    Json,
    /// Lines for a render farm of Open Job Description, on standard output
    Openjd,
    /// Nothing
    None,
}

/// `25`, `25USD` or `25 USD`.
fn parse_amount(text: &str) -> Result<(u64, Option<Currency>), String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let currency = &text[digits.len()..];
    let amount = money::micros(digits.trim()).map_err(|error| error.to_string())?;
    let currency = (!currency.is_empty()).then(|| currency.to_uppercase().parse()).transpose();
    Ok((amount, currency.map_err(|error: money::BadMoney| error.to_string())?))
}

/// `lamp=2`.
fn parse_choice(text: &str) -> Result<(ShotId, u32), String> {
    let (shot, take) = text.split_once('=').ok_or("expected SHOT=TAKE, such as `lamp=2`")?;
    let shot = shot.parse().map_err(|error| format!("`{shot}` is no shot: {error}"))?;
    match take.parse() {
        Ok(take @ 1..=9999) => Ok((shot, take)),
        _ => Err(format!("`{take}` is no take: they are numbered from 1 to 9999")),
    }
}

fn parse_task(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((shot, task)) if !shot.is_empty() && !task.trim().is_empty() => {
            Ok((shot.to_owned(), task.trim().to_owned()))
        }
        _ => Err("expected SHOT=TASK".to_owned()),
    }
}
