//! The command line as types; nothing here acts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use super::options::{
    Accept, Boards, Choose, DataFormat, Described, Export, ExportFormat, GraphFormat, Import, PaperSize, PlanFormat,
    PlanOptions, ProgressArg, Providers, Recover, RenderOptions, Report, Retake, RunOptions, Status, StepsArg, Takes,
    Template,
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
                  Exit codes:\n  0 done\n  1 a fault in storyreel or the machine\n  2 the command line is wrong\n  \
                  3 a storyboard has problems\n  4 refused before anything was made or paid for\n  5 some shots failed\n  \
                  6 the film could not be assembled\n  7 you must decide: the outcome of an order is unknown\n  8 under way: run it again later (`--no-wait`)\n  \
                  75 another run is making it: try again later\n  \
                  130 stopped by the user\n  \
                  141 the reader of standard output closed it"
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
    /// Use the settings of this profile of the storyboard; makes a separate film, with its own lock
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Set a variable of the storyboard; makes a separate film, too; can be repeated
    #[arg(long = "var", global = true, value_name = "NAME=TEXT", value_parser = parse_var)]
    pub(super) vars: Vec<(String, String)>,
    /// Make this cut of the storyboard: another film of its shots
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) cut: Option<String>,
    /// Make a film of every row of this table: a `.csv`, `.jsonl` or `.yaml` file. It replaces the storyboard's `rows`
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) rows: Option<PathBuf>,
    /// Make only the film of this row; can be repeated
    #[arg(long = "row", global = true, value_name = "ID")]
    pub(super) row_ids: Vec<String>,
    /// Render every shot on this provider
    #[arg(long, global = true, value_name = "ID")]
    pub(super) provider: Option<String>,
    /// Render every shot with this model
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) model: Option<String>,
    /// Render every shot at this resolution: 480p, 720p, 768p, 1080p, 2k or 4k
    #[arg(long, global = true, value_name = "SIZE")]
    pub(super) resolution: Option<Resolution>,
    /// Store clips in this folder instead of `.storyreel` in the project's root; or share them with other machines in a
    /// bucket or folder: `s3://bucket/prefix`, `gs://…`, `az://…`, `file:///folder`
    #[arg(long, global = true, value_name = "DIR|URL", env = "STORYREEL_STORE", hide_env_values = true)]
    pub(super) store: Option<PathBuf>,
    /// The ffmpeg to use instead of the one on the PATH; ffprobe must be in the same folder
    #[arg(long, global = true, value_name = "FILE", env = "STORYREEL_FFMPEG", hide_env_values = true)]
    pub(super) ffmpeg: Option<PathBuf>,
    /// Treat the storyboard as a stranger's: refuse foreign hosts and variables, lowered prices, files outside the project
    /// and links that lead out of it
    #[arg(long, global = true, env = "STORYREEL_UNTRUSTED", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) untrusted: bool,
    /// Allow keys to be sent to this host, such as `gateway.example`, for this command; can be repeated
    #[arg(long, global = true, value_name = "HOST", value_parser = storyreel_providers::named_host)]
    pub(super) allow_host: Vec<String>,
    /// Allow the storyboard to use this environment variable as a key, for this command; can be repeated
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) allow_env: Vec<String>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub(super) color: Colour,
    /// Print only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Print more, such as the shots that are already made
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
        /// The folder to write into; created if it does not exist
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// The template to start from
        #[arg(short, long, value_enum, default_value_t = Template::Basic)]
        template: Template,
    },
    /// Find every problem of a storyboard in one pass
    #[command(
        after_help = "Examples:\n  storyreel check film.yaml --profile final\n  storyreel check film.yaml --seams 80   # after a render: are all seams good?\n  storyreel check film.yaml --clips 60   # and all clips?"
    )]
    Check {
        #[command(flatten)]
        boards: Boards,
        /// The lowest score that a seam of the film may have, 0 to 100; if one is lower, the exit code is 5
        #[arg(long, value_name = "MIN", value_parser = score)]
        seams: Option<f32>,
        /// The lowest score that a clip of the film may have, 0 to 100, 60 if omitted; if one is lower, the exit code is 3
        #[arg(long, value_name = "MIN", num_args = 0..=1, default_missing_value = "60", value_parser = score)]
        clips: Option<f32>,
    },
    /// Show what `render` would do, why, and in what order
    #[command(
        after_help = "Examples:\n  storyreel plan film.yaml\n  storyreel plan film.yaml --format json | jq .totals\n  \
                      storyreel plan film.yaml --compare              # every provider side by side\n  \
                      storyreel plan film.yaml --against main         # what this branch costs\n  \
                      storyreel plan film.yaml --out film.plan        # the plan as a file"
    )]
    Plan(PlanOptions),
    /// Check and plan again each time the storyboard or a file it names is saved
    #[command(after_help = "Example:\n  storyreel watch film.yaml   # runs until Ctrl-C")]
    Watch {
        #[command(flatten)]
        boards: Boards,
    },
    /// Make the film
    #[command(
        after_help = "Examples:\n  storyreel render film.yaml\n  storyreel render one.yaml two.yaml   # one batch: a shot in both is made once\n  \
                            storyreel render film.yaml --locked  # make nothing: every clip must be in the store\n  storyreel render film.yaml --max-cost 25USD  # spend at most this much, without asking"
    )]
    Render(RenderOptions),
    /// Have further takes of shots made; the film does not change
    #[command(after_help = "Examples:\n  storyreel retake film.yaml lamp                       # one more take\n  \
                      storyreel retake film.yaml lamp --takes 3 --max-cost 3USD\n  \
                      storyreel retake film.yaml lamp --keep-tail            # nothing after it is made again\n  \
                      storyreel retake film.yaml lamp --model seedance-2.0-mini\n\n\
                      `--provider` and `--model` hold for these takes alone. If it is stopped, the same command\n\
                      continues with the same takes.")]
    Retake(Retake),
    /// List the takes of shots, and what choosing each would cost
    #[command(after_help = "Examples:\n  storyreel takes film.yaml\n  storyreel takes film.yaml lamp --format json")]
    Takes(Takes),
    /// Write into the storyboard which takes the film is made of
    #[command(after_help = "Example:\n  storyreel choose film.yaml lamp=2 && storyreel render film.yaml")]
    Choose(Choose),
    /// Let the clips in the lock count for shots as they are written now; nothing is made
    #[command(after_help = "Example:\n  storyreel accept film.yaml lamp   # after a change that does not show")]
    Accept(Accept),
    /// List orders that are paid for, or may be, and whose clips are not here yet
    #[command(
        after_help = "Examples:\n  storyreel status\n  storyreel status --assume-lost lamp            # it was never accepted\n  \
                            storyreel status --assume-task lamp=cgt-2026…   # it became this task"
    )]
    Status(Status),
    /// Fetch clips that were paid for and are not here yet; never orders
    #[command(after_help = "Example:\n  storyreel recover && storyreel render film.yaml")]
    Recover(Recover),
    /// List, verify, share and clean up stored clips
    #[command(
        after_help = "Examples:\n  storyreel store ls\n  storyreel store verify\n  storyreel store gc            # shows what would be removed\n  \
                            storyreel store gc --delete"
    )]
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Repair the lock file of a storyboard
    #[command(after_help = "Example:\n  storyreel lock rebuild film.yaml")]
    Lock {
        #[command(subcommand)]
        command: LockCommand,
    },
    /// Draw the graph of which shot needs which
    #[command(
        after_help = "Examples:\n  storyreel graph film.yaml\n  storyreel graph film.yaml --format svg > graph.svg"
    )]
    Graph {
        /// The storyboard
        #[arg(value_name = "STORYBOARD")]
        storyboard: PathBuf,
        /// The output format
        #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
        format: GraphFormat,
    },
    /// Write a page to review the film, or its plan if it is not made yet
    #[command(
        after_help = "Examples:\n  storyreel report film.yaml                         # writes out/film.html\n  \
                      storyreel report film.yaml -o review.html --embed  # one file to send, with the clips in it\n  \
                      storyreel report film.yaml --sheet sheet.png       # the frames of all shots in one picture\n  \
                      storyreel report film.yaml --sheet t.png --takes   # the same with the other takes of each\n\n\
                      The page opens from disk and uses no network."
    )]
    Report(Report),
    /// Export the film: an edit, subtitles, a shot list, a storyboard on paper, a farm's job
    #[command(after_help = "Examples:\n  storyreel export film.yaml --to otio -o film.otio\n  \
                      storyreel export film.yaml --to otio -o edit/film.otio --copy-media edit/media\n  \
                      storyreel export film.yaml --to pdf --per-page 6 -o board.pdf\n  \
                      storyreel export film.yaml --to csv > shots.csv\n  \
                      storyreel export film.yaml --to openjd -o job/     # for a render farm\n  \
                      storyreel export film.yaml --to srt > film.srt\n\n\
                      Shots that are not made yet become gaps of their planned length.")]
    Export(Export),
    /// Draft a storyboard from a screenplay, or bring an edit back into its storyboard
    #[command(after_help = "Examples:\n  storyreel import script.fountain\n  \
                      storyreel import script.fountain -o film/storyboard.yaml && storyreel check film/storyboard.yaml\n  \
                      storyreel import edit.otio --into film.yaml\n\n\
                      Every paragraph of action becomes a shot, with the lines spoken after it as its dialogue. The\n\
                      length of a shot follows from its words: 2.5 spoken or 3 read words a second, in whole seconds\n\
                      from 4 to 15; longer shots are split. What a storyboard cannot express is listed with its line.\n\n\
                      An edit is an OpenTimelineIO file that `export --to otio` wrote and an editor changed. Its order\n\
                      becomes that of the shots, trims become `in` and `out`, shots that are gone get `skip: true`;\n\
                      nothing else in the text changes. What a storyboard cannot say of it is listed.")]
    Import(Import),
    /// List providers and models: what they can do and what they cost
    #[command(
        after_help = "Examples:\n  storyreel providers\n  storyreel providers ark\n  storyreel providers video-server film.yaml\n  \
                      storyreel providers --update openrouter\n  storyreel providers --format json"
    )]
    Providers(Providers),
    /// Choose which hosts and variables storyboards may use
    #[command(
        after_help = "Examples:\n  storyreel trust host gateway.example   # any storyboard may send keys there\n  \
                      storyreel trust env MY_KEY             # any storyboard may use this variable as a key\n  \
                      storyreel trust list\n  storyreel trust forget gateway.example"
    )]
    Trust {
        #[command(subcommand)]
        command: TrustCommand,
    },
    /// Find what is missing on this machine, and say how to get it
    #[command(
        after_help = "Examples:\n  storyreel doctor --ffmpeg /opt/ffmpeg/bin/ffmpeg\n  storyreel doctor out/film.mp4"
    )]
    Doctor {
        /// Check this film instead: whether it plays, and whether its metadata still says how it was made
        #[arg(value_name = "FILM")]
        film: Option<PathBuf>,
    },
    /// Print the JSON Schema of storyboards, plans or events
    #[command(
        after_help = "Examples:\n  storyreel schema > storyboard.schema.json\n  storyreel schema plan > plan.schema.json\n  \
                      storyreel schema events > events.schema.json"
    )]
    Schema {
        /// What to describe
        #[arg(value_enum, default_value_t = Described::Storyboard)]
        of: Described,
    },
    /// Print shell completions
    #[command(
        after_help = "Examples:\n  storyreel completions bash > ~/.local/share/bash-completion/completions/storyreel\n  \
                      storyreel completions zsh > ~/.zfunc/_storyreel\n  \
                      storyreel completions fish > ~/.config/fish/completions/storyreel.fish"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all commands to a folder
    #[command(
        after_help = "Examples:\n  storyreel man --dir ~/.local/share/man/man1   # then: man storyreel-render\n  storyreel man > storyreel.1"
    )]
    Man {
        /// Write a page for every command to this folder; created if it does not exist
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TrustCommand {
    /// Allow keys to be sent to a host that a storyboard names
    #[command(after_help = "Example:\n  storyreel trust host gateway.example")]
    Host {
        /// The host, with its port unless it is the default one
        #[arg(value_name = "HOST")]
        host: String,
    },
    /// Allow storyboards to use an environment variable as a key
    #[command(after_help = "Example:\n  storyreel trust env MY_KEY")]
    Env {
        /// The variable
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// List what is allowed
    #[command(after_help = "Example:\n  storyreel trust list")]
    List,
    /// Remove one permission, or all
    #[command(after_help = "Examples:\n  storyreel trust forget gateway.example\n  storyreel trust forget   # all")]
    Forget {
        /// The host or the variable; all if omitted
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// List clips and frames with their kind, size, age and the shots that use them
    #[command(after_help = "Example:\n  storyreel store ls")]
    Ls,
    /// Read every clip and frame, and name those that are damaged
    #[command(after_help = "Example:\n  storyreel store verify && echo ok")]
    Verify,
    /// See whether a shared store can be used, and whether it lets one machine alone buy a shot
    #[command(after_help = "Example:\n  storyreel store check --store s3://team/films")]
    Check,
    /// Put the clips of films into a shared store
    #[command(after_help = "Example:\n  storyreel store push film.yaml --store s3://team/films")]
    Push(Boards),
    /// Bring the clips of films from a shared store
    #[command(after_help = "Example:\n  storyreel store pull film.yaml --store s3://team/films")]
    Pull(Boards),
    /// Remove what neither a lock file nor unfinished work needs; paid clips only with `--paid`
    #[command(
        after_help = "Examples:\n  storyreel store gc\n  storyreel store gc --delete\n  storyreel store gc --paid --keep-days 90 --delete\n  \
                            storyreel store gc --store /srv/clips --locks ~/one --locks ~/two"
    )]
    Gc(Gc),
}

#[derive(Debug, Clone, Args)]
pub(super) struct Gc {
    /// Remove files; without this they are only listed
    #[arg(long)]
    pub(super) delete: bool,
    /// Also remove paid clips that no lock file names
    #[arg(long)]
    pub(super) paid: bool,
    /// With `--paid`, keep clips that were paid for in the last N days
    #[arg(long, value_name = "N", default_value_t = KEEP_DAYS)]
    pub(super) keep_days: u32,
    /// Also keep what lock files below this folder name; can be repeated
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
