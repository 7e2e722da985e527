//! The command line as types; nothing here acts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use super::options::{
    Boards, DataFormat, Described, Export, ExportFormat, GraphFormat, Import, PlanFormat, PlanOptions, ProgressArg,
    Recover, RenderOptions, Report, Status, Template,
};
use storyreel_core::catalog::Resolution;
use storyreel_core::gc::KEEP_DAYS;

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
                  6 the film could not be put together\n  7 a decision is needed: an order whose outcome is unknown\n  130 stopped by the user\n  \
                  141 whoever read standard output went away"
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
    /// Use the settings of this profile of the storyboard: a film of its own, with its own lock
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Set a variable of the storyboard: a film of its own, too; may be given several times
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
    /// Take the storyboard for a stranger's: refuse foreign hosts and variables, lowered prices, files outside the project
    /// and links that lead out
    #[arg(long, global = true, env = "STORYREEL_UNTRUSTED", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) untrusted: bool,
    /// Let keys go to this host for this time, such as `gateway.example`; may be given several times
    #[arg(long, global = true, value_name = "HOST", value_parser = storyreel_providers::named_host)]
    pub(super) allow_host: Vec<String>,
    /// Let the storyboard name this environment variable as a key for this time; may be given several times
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) allow_env: Vec<String>,
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
    #[command(after_help = "Examples:\n  storyreel init demo && storyreel render demo/storyboard.yaml\n  \
                      storyreel init teaser --template trailer")]
    Init {
        /// The folder to write into; made if it is not there
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// What to begin with
        #[arg(short, long, value_enum, default_value_t = Template::Basic)]
        template: Template,
    },
    /// Find every problem of a storyboard in one pass
    #[command(
        after_help = "Examples:\n  storyreel check film.yaml --profile final\n  storyreel check film.yaml --seams 80   # after a render: is every seam good enough?"
    )]
    Check {
        #[command(flatten)]
        boards: Boards,
        /// The least score of every seam of the film, 0 to 100: where one is below, the exit code is 5
        #[arg(long, value_name = "MIN", value_parser = score)]
        seams: Option<f32>,
    },
    /// Show what `render` would do, why, and in what order
    #[command(
        after_help = "Examples:\n  storyreel plan film.yaml\n  storyreel plan film.yaml --format json | jq .totals\n  \
                      storyreel plan film.yaml --compare              # every provider side by side\n  \
                      storyreel plan film.yaml --against main         # what the branch costs\n  \
                      storyreel plan film.yaml --out film.plan        # the plan as a file"
    )]
    Plan(PlanOptions),
    /// Check and plan again whenever the storyboard, or a file that it names, is saved
    #[command(after_help = "Example:\n  storyreel watch film.yaml   # beside the editor; Ctrl-C ends it")]
    Watch {
        #[command(flatten)]
        boards: Boards,
    },
    /// Make the film
    #[command(
        after_help = "Examples:\n  storyreel render film.yaml\n  storyreel render one.yaml two.yaml   # one batch: equal shots are made once\n  \
                            storyreel render film.yaml --locked  # make nothing: every clip must be in the store\n  storyreel render film.yaml --max-cost 25USD  # spend that much at most, and do not ask"
    )]
    Render(RenderOptions),
    /// List orders that are paid, or may be, and have given no clip yet
    #[command(
        after_help = "Examples:\n  storyreel status\n  storyreel status --assume-lost lamp            # it was never accepted\n  \
                            storyreel status --assume-task lamp=cgt-2026…   # it became this task"
    )]
    Status(Status),
    /// Fetch what was paid for and is not here yet; never orders
    #[command(after_help = "Example:\n  storyreel recover && storyreel render film.yaml")]
    Recover(Recover),
    /// Look after the clips that are kept
    #[command(
        after_help = "Examples:\n  storyreel store ls\n  storyreel store verify\n  storyreel store gc            # shows what would go\n  \
                            storyreel store gc --delete"
    )]
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Look after the lock file beside a storyboard
    #[command(after_help = "Example:\n  storyreel lock rebuild film.yaml")]
    Lock {
        #[command(subcommand)]
        command: LockCommand,
    },
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
    /// Write one page to look at the film, or at the plan of one that is not made yet
    #[command(
        after_help = "Examples:\n  storyreel report film.yaml                         # writes out/film.html\n  \
                      storyreel report film.yaml -o review.html --embed  # one file to send: the clips are in it\n  \
                      storyreel report film.yaml --sheet sheet.png       # the frames of all shots on one picture\n\n\
                      The page opens from disk and fetches nothing from any network."
    )]
    Report(Report),
    /// Hand the film on to other tools: an edit, subtitles, chapters
    #[command(after_help = "Examples:\n  storyreel export film.yaml --to otio -o film.otio\n  \
                      storyreel export film.yaml --to otio -o edit/film.otio --copy-media edit/media\n  \
                      storyreel export film.yaml --to srt > film.srt\n\n\
                      Shots that are not made yet stand as gaps of their planned length.")]
    Export(Export),
    /// Make the draft of a storyboard from a screenplay
    #[command(after_help = "Examples:\n  storyreel import script.fountain\n  \
                      storyreel import script.fountain -o film/storyboard.yaml && storyreel check film/storyboard.yaml\n\n\
                      Every paragraph of action becomes a shot, and what is said after it is its dialogue. A shot\n\
                      lasts as long as its words: 2.5 spoken and 3 read words a second, in whole seconds from 4 to\n\
                      15; what takes longer is divided. What has no place in a storyboard is listed with its lines.")]
    Import(Import),
    /// List providers and models, what they can do and what they cost
    #[command(
        after_help = "Examples:\n  storyreel providers\n  storyreel providers ark\n  storyreel providers --format json"
    )]
    Providers {
        /// Show this one in full
        #[arg(value_name = "ID")]
        id: Option<String>,
        /// How to show it
        #[arg(long, value_enum, default_value_t = DataFormat::Table)]
        format: DataFormat,
    },
    /// Say what storyboards may use on this user's machine
    #[command(
        after_help = "Examples:\n  storyreel trust host gateway.example   # keys may go there, whoever wrote the storyboard\n  \
                      storyreel trust env MY_KEY             # a storyboard may name this variable as a key\n  \
                      storyreel trust list\n  storyreel trust forget gateway.example"
    )]
    Trust {
        #[command(subcommand)]
        command: TrustCommand,
    },
    /// Look for what is missing on this machine, and say how to get it
    #[command(
        after_help = "Examples:\n  storyreel doctor --ffmpeg /opt/ffmpeg/bin/ffmpeg\n  storyreel doctor out/film.mp4"
    )]
    Doctor {
        /// A film: whether it can be read, and whether it still says how it was made
        #[arg(value_name = "FILM")]
        film: Option<PathBuf>,
    },
    /// Print the JSON Schema of the storyboard, or of what `plan` prints
    #[command(
        after_help = "Examples:\n  storyreel schema > storyboard.schema.json\n  storyreel schema plan > plan.schema.json"
    )]
    Schema {
        /// What to describe
        #[arg(value_enum, default_value_t = Described::Storyboard)]
        of: Described,
    },
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  storyreel completions bash > ~/.local/share/bash-completion/completions/storyreel\n  \
                      storyreel completions zsh > ~/.zfunc/_storyreel\n  \
                      storyreel completions fish > ~/.config/fish/completions/storyreel.fish"
    )]
    Completions {
        /// The shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all commands into a folder
    #[command(
        after_help = "Examples:\n  storyreel man --dir ~/.local/share/man/man1   # then: man storyreel-render\n  storyreel man > storyreel.1"
    )]
    Man {
        /// Write a page for every command into this folder; made if it is not there
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TrustCommand {
    /// Let keys go to a host that a storyboard names
    #[command(after_help = "Example:\n  storyreel trust host gateway.example")]
    Host {
        /// The host, with its port where that is not the usual one
        #[arg(value_name = "HOST")]
        host: String,
    },
    /// Let storyboards name an environment variable as a key
    #[command(after_help = "Example:\n  storyreel trust env MY_KEY")]
    Env {
        /// The variable
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// List what is allowed
    #[command(after_help = "Example:\n  storyreel trust list")]
    List,
    /// Take a permission back, or all
    #[command(after_help = "Examples:\n  storyreel trust forget gateway.example\n  storyreel trust forget   # all")]
    Forget {
        /// The host or the variable; all when absent
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// List clips and frames: what they are, how large, how old, which shots use them
    #[command(after_help = "Example:\n  storyreel store ls")]
    Ls,
    /// Read every clip and frame again, and name those that are damaged
    #[command(after_help = "Example:\n  storyreel store verify && echo all is well")]
    Verify,
    /// Remove what no lock file and no unfinished work needs; paid clips only with `--paid`
    #[command(
        after_help = "Examples:\n  storyreel store gc\n  storyreel store gc --delete\n  storyreel store gc --paid --keep-days 90 --delete\n  \
                            storyreel store gc --store /srv/clips --locks ~/one --locks ~/two"
    )]
    Gc(Gc),
}

#[derive(Debug, Clone, Args)]
pub(super) struct Gc {
    /// Remove them; without this they are only listed
    #[arg(long)]
    pub(super) delete: bool,
    /// Remove paid clips that no lock file names, too
    #[arg(long)]
    pub(super) paid: bool,
    /// Keep what was paid for in the last so many days even with `--paid`, whoever needs it
    #[arg(long, value_name = "N", default_value_t = KEEP_DAYS)]
    pub(super) keep_days: u32,
    /// Keep what lock files below this folder name, too; may be given several times
    #[arg(long, value_name = "DIR")]
    pub(super) locks: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum LockCommand {
    /// Write the lock file again from what the store knows; costs nothing
    #[command(after_help = "Example:\n  storyreel lock rebuild film.yaml")]
    Rebuild {
        /// The storyboard
        #[arg(value_name = "STORYBOARD")]
        storyboard: PathBuf,
    },
}

fn parse_var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=TEXT".to_owned()),
    }
}

/// A score from 0 to 100.
fn score(text: &str) -> Result<f32, String> {
    let score = text.parse().ok().filter(|score| (0.0..=100.0).contains(score));
    score.ok_or_else(|| "a score is a number from 0 to 100".to_owned())
}
