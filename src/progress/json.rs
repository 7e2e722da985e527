//! One JSON object for each event on a line of its own, written at once: for programs that watch a run.
//!
//! The first line begins with `"version": 1`. Fields may be added within a version; programs skip names that they do
//! not know. Every object has `event`, one of:
//!
//! | `event` | fields |
//! | --- | --- |
//! | `started` | `titles` (texts), `shots`, `to_make`, `expected_s` |
//! | `shot_started` | `board`, `shot`, `maker`, `expected_s` |
//! | `shot_moved` | `board`, `shot`, `stage`, `fraction` (0 to 1, or null) |
//! | `shot_stored` | `board`, `shot`, `clip` (`sha256:…`), `frames`, `took_s` (null when it was there already), `last_frame` (`service`, `clip` or null), `paid` (text), `currency`, `estimated` (text: the most that was expected), `estimated_currency`, `differs` (text or null) |
//! | `shot_waits` | `board`, `shot`, `pause_s` (at most), `until` (seconds since 1970), `reason` |
//! | `shot_failed` | `board`, `shot`, `message`; of a service also `provider`, `kind`, `charged` (null: unknown), `code`, `request_id` |
//! | `shot_blocked` | `board`, `shot`, `by` (a shot of the same board) |
//! | `film_started` | `board` |
//! | `film_moved` | `board`, `fraction` |
//! | `film_done` | `board`, `output`, `length_s`, `bytes`, `way`, `why` (null unless `way` is `encoded`) |
//! | `film_failed` | `board`, `message` |
//! | `draining` | `running` |
//! | `warned` | `message` |
//! | `finished` | `made`, `reused`, `failed`, `blocked`, `differ` (a list of `board`, `shot`), `took_s`, `paid` (a list of `currency`, `billed`, `estimated`, `perhaps`: the most that may be charged beside `billed`), `unknown_price` (clips) |
//!
//! `board` counts from 0 in the order of the command line. `stage` is `submitting`, `queued`, `rendering`, `fetching`
//! or `verifying`; `way` is `up_to_date`, `copied` or `encoded`. Names that end in `_s` are seconds with fractions.
//! Characters that could steer a terminal are written as `\u` escapes; a path that is not Unicode has `�` in places.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use serde::Serialize;
use storyreel_core::event::{AssemblyKind, Bill, ShotKey};
use storyreel_core::money::{Currency, Money};
use storyreel_core::provider::reply::{Charged, ProviderError};
use storyreel_core::sanitize;

use super::pipe::Pipe;
use super::{Event, ProgressOutput};

/// The version of the format.
const VERSION: u32 = 1;

/// Writes JSON lines.
pub(super) struct Json {
    pipe: Pipe,
    begun: bool,
}

impl Json {
    pub(super) fn new(pipe: Pipe) -> Self {
        Self { pipe, begun: false }
    }
}

impl ProgressOutput for Json {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let mut line = sanitize::json(&serde_json::to_string(&EventLine::of(event))?).into_owned();
        if !std::mem::replace(&mut self.begun, true) {
            line.insert_str(1, &format!("\"version\":{VERSION},"));
        }
        self.pipe.line(&line)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.pipe.flush()
    }
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum EventLine<'a> {
    Started {
        titles: &'a [String],
        shots: usize,
        to_make: usize,
        expected_s: f64,
    },
    ShotStarted {
        board: usize,
        shot: &'a str,
        maker: &'a str,
        expected_s: f64,
    },
    ShotMoved {
        board: usize,
        shot: &'a str,
        stage: &'a str,
        fraction: Option<f64>,
    },
    ShotWaits {
        board: usize,
        shot: &'a str,
        pause_s: f64,
        until: u64,
        reason: &'a str,
    },
    ShotStored {
        board: usize,
        shot: &'a str,
        clip: String,
        frames: u64,
        took_s: Option<f64>,
        last_frame: Option<&'a str>,
        paid: Option<String>,
        currency: Option<String>,
        estimated: Option<String>,
        estimated_currency: Option<String>,
        differs: Option<&'a str>,
    },
    ShotFailed {
        board: usize,
        shot: &'a str,
        message: &'a str,
        #[serde(flatten)]
        error: Option<ErrorLine<'a>>,
    },
    ShotBlocked {
        board: usize,
        shot: &'a str,
        by: &'a str,
    },
    FilmStarted {
        board: usize,
    },
    FilmMoved {
        board: usize,
        fraction: f64,
    },
    FilmNoted {
        board: usize,
        message: &'a str,
    },
    FilmDone {
        board: usize,
        output: String,
        length_s: f64,
        bytes: u64,
        way: &'a str,
        why: Option<&'a str>,
    },
    FilmFailed {
        board: usize,
        message: &'a str,
    },
    Draining {
        running: usize,
    },
    Warned {
        message: &'a str,
    },
    Finished {
        made: usize,
        reused: usize,
        failed: usize,
        blocked: usize,
        differ: Vec<NamedShot<'a>>,
        took_s: f64,
        paid: Vec<Amount>,
        unknown_price: usize,
    },
}

/// A shot.
#[derive(Serialize)]
struct NamedShot<'a> {
    board: usize,
    shot: &'a str,
}

/// What was paid in one currency, beside what was expected.
#[derive(Serialize)]
struct Amount {
    currency: String,
    billed: String,
    estimated: String,
    perhaps: String,
}

impl Amount {
    fn all(bill: &Bill) -> Vec<Self> {
        let billed = bill.billed();
        let (_, estimated) = bill.estimated();
        let (perhaps, _) = bill.perhaps();
        let sums = billed.iter().chain(estimated.iter()).chain(perhaps.iter());
        let currencies: BTreeSet<Currency> = sums.map(|sum| sum.currency).collect();
        let one = |currency: Currency| Self {
            currency: currency.to_string(),
            billed: billed.of(currency).exact(),
            estimated: estimated.of(currency).exact(),
            perhaps: perhaps.of(currency).exact(),
        };
        currencies.into_iter().map(one).collect()
    }
}

/// What a service said.
#[derive(Serialize)]
struct ErrorLine<'a> {
    provider: &'a str,
    kind: &'a str,
    charged: Option<bool>,
    code: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl<'a> ErrorLine<'a> {
    fn of(error: &'a ProviderError) -> Self {
        let charged = match error.charged {
            Charged::No => Some(false),
            Charged::Yes => Some(true),
            Charged::Unknown => None,
        };
        let (code, request_id) = (error.code.as_deref(), error.request_id.as_deref());
        Self { provider: error.service, kind: error.kind.word(), charged, code, request_id }
    }
}

impl<'a> EventLine<'a> {
    fn of(event: &'a Event) -> Self {
        match event {
            Event::Started { titles, shots, to_make, expected } => {
                Self::Started { titles, shots: *shots, to_make: *to_make, expected_s: seconds(*expected) }
            }
            Event::ShotStarted { key: ShotKey { board, shot }, maker, expected } => {
                Self::ShotStarted { board: *board, shot: shot.as_str(), maker, expected_s: seconds(*expected) }
            }
            Event::ShotMoved { key: ShotKey { board, shot }, stage, fraction } => {
                let fraction = fraction.map(part);
                Self::ShotMoved { board: *board, shot: shot.as_str(), stage: stage.word(), fraction }
            }
            Event::ShotWaits { key: ShotKey { board, shot }, pause, until, reason } => {
                let pause_s = seconds(*pause);
                Self::ShotWaits { board: *board, shot: shot.as_str(), pause_s, until: *until, reason }
            }
            Event::ShotStored {
                key: ShotKey { board, shot },
                clip,
                frames,
                took,
                last_frame,
                paid,
                estimated,
                differs,
            } => {
                let (clip, took_s) = (clip.to_string(), took.map(seconds));
                let last_frame = last_frame.map(storyreel_core::event::FrameFrom::word);
                let (paid, currency) = amount(*paid);
                let (estimated, estimated_currency) = amount(*estimated);
                let (board, shot, frames) = (*board, shot.as_str(), *frames);
                Self::ShotStored {
                    board,
                    shot,
                    clip,
                    frames,
                    took_s,
                    last_frame,
                    paid,
                    currency,
                    estimated,
                    estimated_currency,
                    differs: differs.as_deref(),
                }
            }
            Event::ShotFailed { key: ShotKey { board, shot }, message, error } => {
                let error = error.as_deref().map(ErrorLine::of);
                Self::ShotFailed { board: *board, shot: shot.as_str(), message, error }
            }
            Event::ShotBlocked { key: ShotKey { board, shot }, by } => {
                Self::ShotBlocked { board: *board, shot: shot.as_str(), by: by.as_str() }
            }
            Event::FilmStarted { board } => Self::FilmStarted { board: *board },
            Event::FilmMoved { board, fraction } => Self::FilmMoved { board: *board, fraction: part(*fraction) },
            Event::FilmNoted { board, message } => Self::FilmNoted { board: *board, message },
            Event::FilmDone { board, output, length, bytes, way } => {
                let output = output.to_string_lossy().into_owned();
                let (way, why) = named(way);
                Self::FilmDone { board: *board, output, length_s: seconds(*length), bytes: *bytes, way, why }
            }
            Event::FilmFailed { board, message } => Self::FilmFailed { board: *board, message },
            Event::Draining { running } => Self::Draining { running: *running },
            Event::Warned { message } => Self::Warned { message },
            Event::Finished { made, reused, failed, blocked, differ, took, bill } => {
                let (made, reused, failed, blocked) = (*made, *reused, *failed, *blocked);
                let (took_s, paid) = (seconds(*took), Amount::all(bill));
                let differ = differ.iter().map(|key| NamedShot { board: key.board, shot: key.shot.as_str() }).collect();
                let unknown_price = bill.unknown();
                Self::Finished { made, reused, failed, blocked, differ, took_s, paid, unknown_price }
            }
        }
    }
}

/// An exact amount and its currency.
fn amount(money: Option<Money>) -> (Option<String>, Option<String>) {
    money.map(|money| (money.exact(), money.currency.to_string())).unzip()
}

/// The way and the reason for it.
fn named(way: &AssemblyKind) -> (&str, Option<&str>) {
    match way {
        AssemblyKind::UpToDate => ("up_to_date", None),
        AssemblyKind::Copied => ("copied", None),
        AssemblyKind::Encoded(why) => ("encoded", Some(why)),
    }
}

/// Seconds to the millisecond.
fn seconds(length: Duration) -> f64 {
    length.as_millis() as f64 / 1000.0
}

/// A part of the whole to a thousandth; a fraction of 32 bits would be written with digits that mean nothing.
fn part(fraction: f32) -> f64 {
    (f64::from(fraction) * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NASTY, run, told};
    use super::super::{ProgressFormat, Screen};
    use super::*;

    #[test]
    fn a_run_in_json_lines() {
        let (out, _) = told(ProgressFormat::Json, Screen::default(), &run());
        let digest = "07".repeat(32);
        let expected = r#"{"version":1,"event":"started","titles":["The Keeper"],"shots":5,"to_make":4,"expected_s":230.0}
{"event":"shot_stored","board":0,"shot":"credits","clip":"sha256:DIGEST","frames":72,"took_s":null,"last_frame":null,"paid":null,"currency":null,"estimated":null,"estimated_currency":null,"differs":null}
{"event":"shot_started","board":0,"shot":"dawn","maker":"ark","expected_s":110.0}
{"event":"shot_moved","board":0,"shot":"dawn","stage":"queued","fraction":null}
{"event":"shot_moved","board":0,"shot":"dawn","stage":"rendering","fraction":0.5}
{"event":"shot_stored","board":0,"shot":"dawn","clip":"sha256:DIGEST","frames":145,"took_s":108.0,"last_frame":"service","paid":"0.7623","currency":"USD","estimated":"0.7623","estimated_currency":"USD","differs":"it has no sound"}
{"event":"shot_failed","board":0,"shot":"climb","message":"refused: no lighthouses\nchange the prompt","provider":"ark","kind":"refused","charged":false,"code":"InputTextSensitiveContentDetected","request_id":"r-1"}
{"event":"shot_blocked","board":0,"shot":"lamp","by":"climb"}
{"event":"warned","message":"odd \u001b[2J\u001b]0;owned\u0007\u009b31mred\r\nline\u202e"}
{"event":"draining","running":1}
{"event":"film_started","board":0}
{"event":"film_moved","board":0,"fraction":0.25}
{"event":"film_done","board":0,"output":"out/keeper.mp4","length_s":31.0,"bytes":18234567,"way":"encoded","why":"the clips differ in size"}
{"event":"film_failed","board":0,"message":"disk full"}
{"event":"finished","made":1,"reused":1,"failed":1,"blocked":1,"differ":[{"board":0,"shot":"dawn"}],"took_s":221.0,"paid":[{"currency":"USD","billed":"0.7623","estimated":"0.7623","perhaps":"0.00"}],"unknown_price":0}
"#;
        assert_eq!(out, expected.replace("DIGEST", &digest));
    }

    #[test]
    fn text_reads_back_as_it_was() {
        let (out, _) = told(ProgressFormat::Json, Screen::default(), &[Event::Warned { message: NASTY.to_owned() }]);
        let value: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((&value["version"], &value["message"]), (&1.into(), &NASTY.into()));
    }
}
