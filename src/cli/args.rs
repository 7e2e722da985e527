//! The command line as types; nothing here acts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::catalog::Resolution;
use crate::units::ShotId;

/// Turns a YAML storyboard into a finished film.
#[derive(Debug, Parser)]
#[command(
    name = "storyreel",
    version,
    about,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Begin with:\n  storyreel init demo\n  storyreel render demo/storyboard.yaml\n\n\
                  Exit codes:\n  0 done\n  1 a fault of storyreel or of the machine\n  2 wrong command line\n  \
                  3 a storyboard has problems\n  4 refused before anything was made\n  5 some shots failed\n  \
                  6 the film could not be put together\n  130 stopped by the user"
)]
pub(super) struct App {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub(super) struct Common {
    /// Use the settings of this profile of the storyboard
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Set a variable of the storyboard; may be given several times
    #[arg(long = "var", global = true, value_name = "NAME=TEXT", value_parser = parse_var)]
    pub(super) vars: Vec<(String, String)>,
    /// Render every shot on this provider
    #[arg(long, global = true, value_name = "ID")]
    pub(super) provider: Option<String>,
    /// Render every shot with this model
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) model: Option<String>,
    /// Render every shot at this resolution: 480p, 720p, 1080p or 4k
    #[arg(long, global = true, value_name = "SIZE")]
    pub(super) resolution: Option<Resolution>,
    /// Keep clips in this folder instead of `.storyreel` at the root of the project
    #[arg(long, global = true, value_name = "DIR", env = "STORYREEL_STORE", hide_env_values = true)]
    pub(super) store: Option<PathBuf>,
    /// The ffmpeg to use instead of the one on the PATH; ffprobe is looked for beside it
    #[arg(long, global = true, value_name = "FILE", env = "STORYREEL_FFMPEG", hide_env_values = true)]
    pub(super) ffmpeg: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub(super) color: Colour,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more: list the shots that are there already, too
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a small storyboard that renders at once
    #[command(after_help = "Example:\n  storyreel init demo && storyreel render demo/storyboard.yaml")]
    Init {
        /// The folder to write into; made if it is not there
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Find every problem of a storyboard in one pass
    #[command(after_help = "Example:\n  storyreel check film.yaml --profile final")]
    Check(Boards),
    /// Show what `render` would do, why, and in what order
    #[command(
        after_help = "Examples:\n  storyreel plan film.yaml\n  storyreel plan film.yaml --format json | jq .totals"
    )]
    Plan {
        #[command(flatten)]
        boards: Boards,
        /// How to show it
        #[arg(long, value_enum, default_value_t = PlanFormat::Table)]
        format: PlanFormat,
    },
    /// Make the film
    #[command(
        after_help = "Examples:\n  storyreel render film.yaml\n  storyreel render one.yaml two.yaml   # one batch: equal shots are made once\n  \
                            storyreel render film.yaml --locked  # make nothing: every clip must be in the store"
    )]
    Render(Render),
    /// Draw which shot needs which
    #[command(
        after_help = "Examples:\n  storyreel graph film.yaml\n  storyreel graph film.yaml --format svg > graph.svg"
    )]
    Graph {
        /// The storyboard
        #[arg(value_name = "STORYBOARD")]
        storyboard: PathBuf,
        /// How to draw it
        #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
        format: GraphFormat,
    },
    /// List providers and models and what they can do
    #[command(after_help = "Example:\n  storyreel providers")]
    Providers,
    /// Look for what is missing on this machine, and say how to get it
    #[command(after_help = "Example:\n  storyreel doctor --ffmpeg /opt/ffmpeg/bin/ffmpeg")]
    Doctor,
    /// Print the JSON Schema of the storyboard
    #[command(after_help = "Example:\n  storyreel schema > storyboard.schema.json")]
    Schema,
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  storyreel completions bash > ~/.local/share/bash-completion/completions/storyreel"
    )]
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Clone, Args)]
pub(super) struct Boards {
    /// The storyboards; several are one batch
    #[arg(required = true, value_name = "STORYBOARD")]
    pub(super) storyboards: Vec<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Render {
    #[command(flatten)]
    pub(super) boards: Boards,
    /// The film to write; only with one storyboard
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Make nothing: every clip must be in the store already
    #[arg(long)]
    pub(super) locked: bool,
    /// Make these shots alone, and no film; separated by commas. What they start from must be made already
    #[arg(long, value_name = "SHOT", value_delimiter = ',')]
    pub(super) only: Vec<ShotId>,
    /// After a failure go on with what does not need the failed shot (the default)
    #[arg(long, conflicts_with = "fail_fast")]
    pub(super) keep_going: bool,
    /// After a failure start nothing more
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// How many shots are made at once on this machine; as many as it has processors by default
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
    /// How to show progress
    #[arg(long, value_enum, default_value_t = ProgressArg::Auto)]
    pub(super) progress: ProgressArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    /// For people
    Table,
    /// For programs
    Json,
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
    /// A line for each thing that happens
    Plain,
    /// A JSON object a line, on standard output
    Json,
    /// Nothing
    None,
}

fn parse_var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=TEXT".to_owned()),
    }
}
