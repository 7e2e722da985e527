//! Links, downloads and uploads.

use std::sync::Arc;
use std::time::Duration;

use super::Spoken;
use super::clips::{clip, sha256};
use super::faults::Fault;
use super::hub::{Hub, State, after, call};
use super::ledger::{Fetched, Key, What};
use super::rules::Refusal;
use super::tasks::Stand;
use super::wire::{Answer, Asked, End};

/// Downloads that a link of 2.5 allows, all its addresses together.
const DOWNLOADS: u32 = 100;

/// Where a file of a task can be fetched.
#[derive(Debug)]
pub(super) struct Link {
    task: usize,
    what: What,
    made: Duration,
}

impl Hub {
    /// A fresh address.
    pub(super) fn link(&self, state: &mut State, task: usize, what: What) -> String {
        state.links.push(Link { task, what, made: self.now() });
        let number = state.links.len() - 1;
        let name = match what {
            What::Clip => "clip.mp4",
            What::Frame => "last-frame.png",
        };
        let seconds = self.settings.expires_after.unwrap_or(Duration::from_hours(24)).as_secs();
        let signature = &sha256(format!("{number}").as_bytes())[..16];
        format!("{}/files/{number}/{name}?X-Tos-Expires={seconds}&X-Tos-Signature={signature}", self.origin)
    }

    /// The task and the file of a link, unless it is past its time.
    fn behind(&self, number: usize) -> Option<(usize, What)> {
        let state = self.state();
        let link = state.links.get(number)?;
        let fresh = self.settings.expires_after.is_none_or(|life| self.now() < link.made + life);
        (fresh && number >= state.stale).then_some((link.task, link.what))
    }

    /// The answer to a link.
    pub(super) fn linked(&self, rest: &str, asked: &Asked, key: Key) -> Answer {
        let (number, name) = rest.split_once('/').unwrap_or((rest, ""));
        if let Some(upload) = number.strip_prefix('u') {
            let state = self.state();
            let file = upload.parse().ok().and_then(|at: usize| state.uploads.get(at));
            return file.map_or_else(
                || Answer::page(404, "Not Found"),
                |(bytes, kind)| Answer::new(200, kind, bytes.to_vec()),
            );
        }
        let what = if name.starts_with("clip") { What::Clip } else { What::Frame };
        let faults = self.state().script.on(call(what));
        let found = number.parse().ok().and_then(|number| self.behind(number));
        self.file(found.ok_or(what), asked, &faults, key)
    }

    /// The clip through the service itself.
    pub(super) fn content(
        &self,
        spoken: &'static Spoken,
        id: &str,
        asked: &Asked,
        faults: &[Fault],
        key: Key,
    ) -> Result<Answer, Refusal> {
        let at = {
            let state = self.state();
            let at = state.find(spoken, id)?;
            let stand = state.tasks[at].stand(self.now());
            if stand != Stand::Done {
                return Err(Refusal::new(400, "task_not_completed", format!("task {id} has no video yet")));
            }
            at
        };
        Ok(self.file(Ok((at, What::Clip)), asked, faults, key))
    }

    /// A file, or the refusal of a link that is past its time.
    fn file(&self, found: Result<(usize, What), What>, asked: &Asked, faults: &[Fault], key: Key) -> Answer {
        let refused = || {
            let words = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
            Answer::new(403, "application/xml", words)
        };
        let mut note = Fetched {
            at: self.now(),
            task: String::new(),
            what: found.map_or_else(|what| what, |(_, what)| what),
            status: 403,
            sha256: String::new(),
            bytes: 0,
            key,
        };
        let Ok((at, what)) = found else {
            self.state().fetches.push(note);
            return refused();
        };
        let (shot, over) = {
            let mut state = self.state();
            let task = &mut state.tasks[at];
            task.downloads += 1;
            note.task.clone_from(&task.id);
            let over = task.order.model.follows_its_frame() && task.downloads > DOWNLOADS;
            (task.shot(self.settings.look), over)
        };
        if let Some(fault) = faults.iter().find(|fault| fault.refuses()) {
            let answer = match fault {
                Fault::RateLimited(_) => Answer::page(429, "Too Many Requests"),
                Fault::Server(_) => Answer::page(500, "Internal Server Error"),
                Fault::BadGateway => Answer::page(502, "Bad Gateway"),
                Fault::Page => Answer::page(200, "Welcome"),
                Fault::DropBefore => Answer::nothing(),
                _ => refused(),
            };
            note.status = answer.status;
            self.state().fetches.push(note);
            return answer;
        }
        if over {
            self.state().fetches.push(note);
            return refused();
        }
        let made = match clip(&shot) {
            Ok(made) => made,
            Err(error) => return Answer::new(500, "text/plain", format!("the loopback: {error}")),
        };
        let (bytes, kind) = match what {
            What::Clip => (&made.video, "video/mp4"),
            What::Frame => (&made.frame, "image/png"),
        };
        let answer = after(ranged(bytes, kind, asked), faults);
        let sent = match answer.end {
            End::Whole => &answer.body[..],
            End::After(length) | End::Claimed(length) => &answer.body[..length],
            End::Nothing => &[],
        };
        (note.status, note.sha256, note.bytes) = (answer.status, sha256(sent), sent.len());
        let whole = if answer.status == 206 { sha256(bytes) } else { note.sha256.clone() };
        let mut state = self.state();
        let task = &mut state.tasks[at];
        match what {
            What::Clip => task.clip_served = Some(whole),
            What::Frame => task.frame_served = Some(whole),
        }
        state.fetches.push(note);
        drop(state);
        answer
    }

    /// The bytes behind a link of this service, as a service fetches what it is pointed at.
    pub(super) fn own(&self, address: &str) -> Option<Result<Arc<[u8]>, Refusal>> {
        let rest = address.strip_prefix(&self.origin)?.strip_prefix("/files/")?;
        let number = rest.split('/').next().unwrap_or_default();
        let expired = || Refusal::new(400, "InvalidImageURL.EmptyOrUnreachable", "the address cannot be fetched");
        if let Some(upload) = number.strip_prefix('u') {
            let state = self.state();
            let file = upload.parse().ok().and_then(|at: usize| state.uploads.get(at));
            return Some(file.map(|(bytes, _)| Arc::clone(bytes)).ok_or_else(expired));
        }
        let Some((at, what)) = number.parse().ok().and_then(|number| self.behind(number)) else {
            return Some(Err(expired()));
        };
        let shot = self.state().tasks[at].shot(self.settings.look);
        let made = clip(&shot).map_err(|error| Refusal::new(500, "InternalServiceError", error));
        Some(made.map(|made| match what {
            What::Clip => Arc::clone(&made.video),
            What::Frame => Arc::clone(&made.frame),
        }))
    }

    /// An upload: one part called `file`.
    pub(super) fn upload(&self, spoken: &'static Spoken, asked: &Asked) -> Result<Answer, Refusal> {
        let file = asked.form.as_ref().and_then(|form| form.iter().find(|field| field.name == "file"));
        let file = file.filter(|field| field.file.is_some() && !field.bytes.is_empty());
        let file = file.ok_or_else(|| Refusal::missing("file"))?;
        let kind = file.kind.clone().unwrap_or_else(|| "application/octet-stream".to_owned());
        let mut state = self.state();
        state.uploads.push((file.bytes.to_vec().into(), kind));
        let name = file.file.as_deref().unwrap_or_default();
        let number = state.uploads.len() - 1;
        let address = format!("{}/files/u{number}/upload", self.origin);
        Ok(Answer::json(200, &spoken.dialect.uploaded(&address, name, file.bytes.len())))
    }
}

/// The whole file, or the part that is asked for.
fn ranged(bytes: &[u8], kind: &str, asked: &Asked) -> Answer {
    let etag = format!("\"{}\"", &sha256(bytes)[..32]);
    let length = bytes.len();
    // A part of another file than the one that was begun is of no use.
    let same = asked.header("if-range").is_none_or(|mark| mark == etag);
    let range = asked.header("range").filter(|_| same).and_then(|range| range.strip_prefix("bytes="));
    let (status, body, range) = match range.and_then(|range| range.split_once('-')) {
        None => (200, bytes, None),
        Some((from, to)) => {
            let from = from.parse().unwrap_or(length);
            let to = to.parse().map_or(length, |to: usize| length.min(to.saturating_add(1)));
            if from >= to {
                return Answer::new(416, kind, "").header("content-range", format!("bytes */{length}"));
            }
            (206, &bytes[from..to], Some(format!("bytes {from}-{}/{length}", to - 1)))
        }
    };
    let answer = Answer::new(status, kind, body.to_vec()).header("etag", etag).header("accept-ranges", "bytes");
    range.into_iter().fold(answer, |answer, range| answer.header("content-range", range))
}
