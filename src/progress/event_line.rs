//! The lines of `--progress json` as types. `storyreel schema events` and `docs/events.md` are made from them and from
//! their doc comments.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use storyreel_core::event::{FrameFrom, Stage};
use storyreel_core::provider::reply::ErrorKind;

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// The JSON Schema (draft 2020-12) of one line of `--progress json`.
#[must_use]
pub fn event_schema() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<EventLine<'static>>().to_value();
    schema["$id"] = json!("events.schema.json");
    schema["title"] = json!("storyreel events, version 1");
    for event in schema["oneOf"].as_array_mut().into_iter().flatten() {
        event["properties"]["version"] = json!({"type": "integer", "const": VERSION, "description": "Version of the format; on the first line alone."});
    }
    schema
}

/// An event of a run: one line of `storyreel render --progress json`. More fields and events may be added within a
/// version.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum EventLine<'a> {
    /// The run begins.
    Started {
        /// Titles of the storyboards, in the order of the command line.
        titles: &'a [String],
        /// Shots in all storyboards.
        shots: usize,
        /// Shots that must be made; the others are in the store.
        to_make: usize,
        /// Expected length of the run in seconds.
        #[schemars(range(min = 0))]
        expected_s: f64,
    },
    /// Work on a shot begins.
    ShotStarted {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// The id of the shot.
        shot: &'a str,
        /// The id of the provider that makes it, or `local`.
        maker: &'a str,
        /// Expected time in seconds.
        #[schemars(range(min = 0))]
        expected_s: f64,
    },
    /// A shot has reached another stage, or more of it is done.
    ShotMoved {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// The id of the shot.
        shot: &'a str,
        /// What happens to it.
        stage: Stage,
        /// Part done, from 0 to 1; null if unknown.
        #[schemars(range(min = 0, max = 1))]
        fraction: Option<f64>,
    },
    /// A shot waits for more than 5 seconds.
    ShotWaits {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// The id of the shot.
        shot: &'a str,
        /// The longest time it waits, in seconds.
        #[schemars(range(min = 0))]
        pause_s: f64,
        /// When the pause ends at the latest, in seconds since 1970.
        until: u64,
        /// Why it waits.
        reason: &'a str,
    },
    /// A shot is left to its service, with `--no-wait`: a later run goes on with it.
    ShotUnderWay {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// The id of the shot.
        shot: &'a str,
        /// How it stands.
        reason: &'a str,
        /// When another run is useful, as ISO 8601 in UTC.
        next: String,
    },
    /// The clip of a shot is in the store.
    ShotStored {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// The id of the shot.
        shot: &'a str,
        /// The digest of the clip.
        #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
        clip: String,
        /// Frames in the clip.
        frames: u64,
        /// Time it took in seconds; null if the clip was already there.
        #[schemars(range(min = 0))]
        took_s: Option<f64>,
        /// Where the last frame comes from that other shots start on; null if there is none.
        last_frame: Option<FrameFrom>,
        /// The amount paid in this run; null if nothing was paid or the service does not say.
        #[schemars(regex(pattern = "^[0-9]+\\.[0-9]{2,6}$"))]
        paid: Option<String>,
        /// The currency of `paid`.
        #[schemars(regex(pattern = "^[A-Z]{3}$"))]
        currency: Option<String>,
        /// The most that it was expected to cost; null if it was not bought in this run.
        #[schemars(regex(pattern = "^[0-9]+\\.[0-9]{2,6}$"))]
        estimated: Option<String>,
        /// The currency of `estimated`.
        #[schemars(regex(pattern = "^[A-Z]{3}$"))]
        estimated_currency: Option<String>,
        /// How the clip differs from what was asked for and billed; null if it does not.
        differs: Option<&'a str>,
    },
    /// A shot failed. The run continues with the shots that do not need it.
    ShotFailed {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// The id of the shot.
        shot: &'a str,
        /// What went wrong, and what to do.
        message: &'a str,
        #[serde(flatten)]
        error: Option<ReportedError<'a>>,
    },
    /// A shot was not tried, because another one failed.
    ShotBlocked {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// The id of the shot.
        shot: &'a str,
        /// The shot that failed, in the same storyboard.
        by: &'a str,
    },
    /// The clips of a storyboard are being joined.
    FilmStarted {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
    },
    /// More of a film is done.
    FilmMoved {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// Part done, from 0 to 1.
        #[schemars(range(min = 0, max = 1))]
        fraction: f64,
    },
    /// A decision that was taken while joining a film, or while making a clip of footage.
    FilmNoted {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// What was decided, and why.
        message: &'a str,
    },
    /// A film is on disk and verified.
    FilmDone {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// The path of the film.
        output: String,
        /// Its length in seconds.
        #[schemars(range(min = 0))]
        length_s: f64,
        /// Its size in bytes.
        bytes: u64,
        /// How it was made.
        way: FilmWay,
        /// Why pictures were encoded; null unless `way` is `encoded`.
        why: Option<&'a str>,
    },
    /// A film could not be made.
    FilmFailed {
        /// Index of the storyboard on the command line, from 0.
        board: usize,
        /// What went wrong, and what to do.
        message: &'a str,
    },
    /// The user interrupted the run: running shots finish, and no others begin.
    Draining {
        /// Shots that are still running.
        running: usize,
    },
    /// Something you should know that stops nothing.
    Warned {
        /// The warning.
        message: &'a str,
    },
    /// The run is over. This is the last line.
    Finished {
        /// Shots made in this run.
        made: usize,
        /// Shots that were already in the store.
        reused: usize,
        /// Shots that failed.
        failed: usize,
        /// Shots that were not tried, because another one failed or the run was stopped.
        blocked: usize,
        /// Shots that are under way at their services, with `--no-wait`.
        under_way: usize,
        /// Shots whose turn comes in a later run, with `--no-wait`.
        to_come: usize,
        /// When the next run is useful, as ISO 8601 in UTC; null if none is needed.
        next: Option<String>,
        /// Shots made in this run that differ from what was asked for.
        differ: Vec<EventShot<'a>>,
        /// Length of the run in seconds.
        #[schemars(range(min = 0))]
        took_s: f64,
        /// What the run cost, one item for each currency.
        paid: Vec<CurrencyBill>,
        /// Clips that were bought at an unknown price.
        unknown_price: usize,
    },
}

/// How a film was made.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FilmWay {
    /// The film on disk was already this one.
    UpToDate,
    /// All pictures were copied from the clips.
    Copied,
    /// Some pictures were encoded.
    Encoded,
}

/// A shot of a storyboard.
#[derive(Serialize, JsonSchema)]
pub(super) struct EventShot<'a> {
    /// Index of the storyboard on the command line, from 0.
    pub(super) board: usize,
    /// The id of the shot.
    pub(super) shot: &'a str,
}

/// What a run cost in one currency. All amounts are decimal numbers as text.
#[derive(Serialize, JsonSchema)]
pub(super) struct CurrencyBill {
    /// The currency.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub(super) currency: String,
    /// What was billed.
    #[schemars(regex(pattern = "^[0-9]+\\.[0-9]{2,6}$"))]
    pub(super) billed: String,
    /// The most that was expected for what was billed.
    #[schemars(regex(pattern = "^[0-9]+\\.[0-9]{2,6}$"))]
    pub(super) estimated: String,
    /// The most that may have been charged on top of `billed`.
    #[schemars(regex(pattern = "^[0-9]+\\.[0-9]{2,6}$"))]
    pub(super) perhaps: String,
    /// The most that clips cost which were ordered and are still to come.
    #[schemars(regex(pattern = "^[0-9]+\\.[0-9]{2,6}$"))]
    pub(super) on_order: String,
}

/// What a service said.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReportedError<'a> {
    /// The id of the provider, if a service reported the failure.
    pub(super) provider: &'a str,
    /// What kind of failure the service reported.
    pub(super) kind: ErrorKind,
    /// Whether the failed task costs money; null if unknown.
    pub(super) charged: Option<bool>,
    /// The service's own error code, if it gave one.
    pub(super) code: Option<&'a str>,
    /// The service's id for the request, if it gave one.
    pub(super) request_id: Option<&'a str>,
}
