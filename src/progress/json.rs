//! One JSON object for each event on a line of its own, written at once: for programs that watch a run.
//!
//! [`EventLine`] is the format. Fields may be added within a version; programs skip names that they do not know.
//! Characters that could steer a terminal are written as `\u` escapes; a path that is not Unicode has `�` in places.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use storyreel_core::event::{AssemblyKind, Bill, ShotKey};
use storyreel_core::job::time;
use storyreel_core::money::{Currency, Money};
use storyreel_core::provider::reply::{Charged, ProviderError};
use storyreel_core::sanitize;

use super::event_line::{CurrencyBill, EventLine, EventShot, FilmWay, ReportedError, VERSION};
use super::pipe::Pipe;
use super::{Event, ProgressOutput};

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

impl CurrencyBill {
    fn all(bill: &Bill) -> Vec<Self> {
        let billed = bill.billed();
        let (_, estimated) = bill.estimated();
        let (perhaps, _) = bill.perhaps();
        let (on_order, _) = bill.on_order();
        let sums = billed.iter().chain(estimated.iter()).chain(perhaps.iter()).chain(on_order.iter());
        let currencies: BTreeSet<Currency> = sums.map(|sum| sum.currency).collect();
        let mut bills = Vec::new();
        for currency in currencies {
            bills.push(Self {
                currency: currency.to_string(),
                billed: billed.of(currency).exact(),
                estimated: estimated.of(currency).exact(),
                perhaps: perhaps.of(currency).exact(),
                on_order: on_order.of(currency).exact(),
            });
        }
        bills
    }
}

impl<'a> EventShot<'a> {
    fn of(key: &'a ShotKey) -> Self {
        Self { board: key.board.0, shot: key.shot.as_str() }
    }
}

impl<'a> ReportedError<'a> {
    fn of(error: &'a ProviderError) -> Self {
        let charged = match error.charged {
            Charged::No => Some(false),
            Charged::Yes(_) => Some(true),
            Charged::Unknown => None,
        };
        let code = error.code.as_deref();
        let request_id = error.request_id.as_deref();
        Self { provider: error.service, kind: error.kind, charged, code, request_id }
    }
}

impl<'a> EventLine<'a> {
    fn of(event: &'a Event) -> Self {
        match event {
            Event::Started { titles, shots, to_make, expected } => {
                Self::Started { titles, shots: *shots, to_make: *to_make, expected_s: seconds(*expected) }
            }
            Event::ShotStarted { key: ShotKey { board, shot }, maker, expected } => {
                Self::ShotStarted { board: board.0, shot: shot.as_str(), maker, expected_s: seconds(*expected) }
            }
            Event::ShotMoved { key: ShotKey { board, shot }, stage, fraction } => {
                let fraction = fraction.map(part);
                Self::ShotMoved { board: board.0, shot: shot.as_str(), stage: *stage, fraction }
            }
            Event::ShotWaits { key: ShotKey { board, shot }, pause, until, reason } => {
                let pause_s = seconds(*pause);
                Self::ShotWaits { board: board.0, shot: shot.as_str(), pause_s, until: *until, reason }
            }
            Event::ShotUnderWay { key: ShotKey { board, shot }, reason, next } => {
                Self::ShotUnderWay { board: board.0, shot: shot.as_str(), reason, next: time::utc(*next) }
            }
            Event::ShotStored {
                key: ShotKey { board, shot },
                clip,
                frames,
                rate: _,
                took,
                last_frame,
                paid,
                estimated,
                differs,
            } => {
                let (paid, currency) = amount(*paid);
                let (estimated, estimated_currency) = amount(*estimated);
                Self::ShotStored {
                    board: board.0,
                    shot: shot.as_str(),
                    clip: clip.to_string(),
                    frames: *frames,
                    took_s: took.map(seconds),
                    last_frame: *last_frame,
                    paid,
                    currency,
                    estimated,
                    estimated_currency,
                    differs: differs.as_deref(),
                }
            }
            Event::ShotFailed { key: ShotKey { board, shot }, message, error } => {
                let error = error.as_deref().map(ReportedError::of);
                Self::ShotFailed { board: board.0, shot: shot.as_str(), message, error }
            }
            Event::ShotBlocked { key: ShotKey { board, shot }, by } => {
                Self::ShotBlocked { board: board.0, shot: shot.as_str(), by: by.as_str() }
            }
            Event::FilmStarted { board } => Self::FilmStarted { board: board.0 },
            Event::FilmMoved { board, fraction } => Self::FilmMoved { board: board.0, fraction: part(*fraction) },
            Event::FilmNoted { board, message } => Self::FilmNoted { board: board.0, message },
            Event::FilmDone { board, output, length, bytes, way } => {
                let output = output.to_string_lossy().into_owned();
                let (way, why) = named(way);
                Self::FilmDone { board: board.0, output, length_s: seconds(*length), bytes: *bytes, way, why }
            }
            Event::FilmFailed { board, message } => Self::FilmFailed { board: board.0, message },
            Event::Draining { running } => Self::Draining { running: *running },
            Event::Warned { message } => Self::Warned { message },
            Event::Finished { made, reused, failed, blocked, under_way, to_come, next, differ, took, bill } => {
                Self::Finished {
                    made: *made,
                    reused: *reused,
                    failed: *failed,
                    blocked: *blocked,
                    under_way: *under_way,
                    to_come: *to_come,
                    next: next.map(time::utc),
                    differ: differ.iter().map(EventShot::of).collect(),
                    took_s: seconds(*took),
                    paid: CurrencyBill::all(bill),
                    unknown_price: bill.unknown(),
                }
            }
        }
    }
}

/// An exact amount and its currency.
fn amount(money: Option<Money>) -> (Option<String>, Option<String>) {
    money.map(|money| (money.exact(), money.currency.to_string())).unzip()
}

/// The way and the reason for it.
fn named(way: &AssemblyKind) -> (FilmWay, Option<&str>) {
    match way {
        AssemblyKind::UpToDate => (FilmWay::UpToDate, None),
        AssemblyKind::Copied => (FilmWay::Copied, None),
        AssemblyKind::Encoded(why) => (FilmWay::Encoded, Some(why)),
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
    use serde_json::{Value, json};
    use storyreel_core::event::Stage;
    use storyreel_core::index::BoardIndex;
    use storyreel_core::provider::reply::ErrorKind;

    use super::super::samples::{NASTY, run, written};
    use super::super::{ProgressFormat, Screen, event_schema};
    use super::*;

    #[test]
    fn a_run_in_json_lines() {
        let (out, _) = written(ProgressFormat::Json, Screen::default(), &run());
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
{"event":"finished","made":1,"reused":1,"failed":1,"blocked":1,"under_way":0,"to_come":0,"next":null,"differ":[{"board":0,"shot":"dawn"}],"took_s":221.0,"paid":[{"currency":"USD","billed":"0.7623","estimated":"0.7623","perhaps":"0.00","on_order":"0.00"}],"unknown_price":0}
"#;
        assert_eq!(out, expected.replace("DIGEST", &digest));
    }

    #[test]
    fn closed_sets_are_spelled_alike_everywhere() {
        for stage in [Stage::Submitting, Stage::Queued, Stage::Rendering, Stage::Fetching, Stage::Verifying] {
            assert_eq!(json!(stage), stage.word());
        }
        for kind in [ErrorKind::OutputRefused, ErrorKind::NotAvailable, ErrorKind::RateLimited, ErrorKind::NoTask] {
            assert_eq!(json!(kind), kind.word());
        }
    }

    /// Every kind of event, those too that no run of the tests comes by.
    #[test]
    fn every_event_keeps_to_its_schema() {
        let validator = jsonschema::draft202012::new(&event_schema()).expect("it is a JSON Schema");
        let mut events = run();
        let key = super::super::samples::key(0, "dawn");
        let pause = Duration::from_secs(9);
        events.push(Event::ShotWaits { key, pause, until: 1_795_132_800, reason: "busy".to_owned() });
        events.push(Event::FilmNoted { board: BoardIndex(0), message: "encoded".to_owned() });
        let key = super::super::samples::key(0, "dawn");
        events.push(Event::ShotUnderWay { key, reason: "ordered".to_owned(), next: 1_795_132_800 });
        let (out, _) = written(ProgressFormat::Json, Screen::default(), &events);
        let mut kinds = BTreeSet::new();
        for line in out.lines() {
            let value: Value = serde_json::from_str(line).expect("JSON");
            let faults: Vec<String> = validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{line}: {faults:#?}");
            kinds.insert(value["event"].as_str().map(str::to_owned));
        }
        let described = event_schema()["oneOf"].as_array().map_or(0, Vec::len);
        assert_eq!(kinds.len(), described, "{kinds:?}");
    }

    #[test]
    fn text_reads_back_as_it_was() {
        let (out, _) = written(ProgressFormat::Json, Screen::default(), &[Event::Warned { message: NASTY.to_owned() }]);
        let value: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((&value["version"], &value["message"]), (&1.into(), &NASTY.into()));
    }
}
