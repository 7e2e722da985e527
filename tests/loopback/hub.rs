//! Where every request arrives: it is noted, given its bad luck, and carried out.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::ark::listed;
use super::dialect::{View, Wanted, put, refuse};
use super::faults::{Call, Fault, Script, draw};
use super::files::Link;
use super::ledger::{Fetched, Key, Ledger, Received, Seen, What};
use super::rules::Refusal;
use super::tasks::{Stand, Task, When};
use super::wire::{Answer, Asked, End};
use super::{SERVICES, Settings, Spoken, clips};

/// The state behind all services.
#[derive(Debug)]
pub(super) struct Hub {
    /// `http://127.0.0.1:<port>`.
    pub(super) origin: String,
    pub(super) settings: Settings,
    began: Instant,
    state: Mutex<State>,
    /// Connections and requests that are open.
    open: Mutex<usize>,
    closed: Condvar,
}

/// A connection or a request that is open.
#[derive(Debug)]
pub(super) struct Opened(Arc<Hub>);

impl Drop for Opened {
    fn drop(&mut self) {
        *self.0.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner) -= 1;
        self.0.closed.notify_all();
    }
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) script: Script,
    pub(super) tasks: Vec<Task>,
    pub(super) links: Vec<Link>,
    /// Links before this one are past their time.
    pub(super) stale: usize,
    pub(super) uploads: Vec<(Arc<[u8]>, String)>,
    /// Whether tasks are kept from ending by looks.
    pub(super) tasks_are_held: bool,
    requests: Vec<Seen>,
    pub(super) fetches: Vec<Fetched>,
}

impl Hub {
    pub(super) fn new(origin: String, mut settings: Settings) -> Self {
        let script = Script::new(std::mem::take(&mut settings.faults));
        let state = Mutex::new(State { script, ..State::default() });
        Self { origin, settings, began: Instant::now(), state, open: Mutex::new(0), closed: Condvar::new() }
    }

    /// Counts one more that is open, until what is given back is dropped.
    pub(super) fn opened(self: &Arc<Self>) -> Opened {
        *self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
        Opened(Arc::clone(self))
    }

    /// Waits until nothing is open.
    pub(super) fn wait_until_closed(&self) {
        let open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let closed = self.closed.wait_while(open, |open| *open > 0);
        drop(closed.unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn ledger(&self) -> Ledger {
        let state = self.state();
        let uploads = state.uploads.iter().map(|(bytes, _)| Received {
            role: "upload".to_owned(),
            address: String::new(),
            sha256: Some(clips::sha256(bytes)),
            bytes: bytes.len(),
        });
        let tasks = state.tasks.iter().map(Task::row).collect();
        Ledger::new(state.requests.clone(), tasks, state.fetches.clone(), uploads.collect())
    }

    /// Notes the request and answers it.
    pub(super) fn answer(&self, asked: &Asked) -> Answer {
        let found = SERVICES.iter().find_map(|spoken| Some((spoken, asked.path.strip_prefix(spoken.base)?)));
        let found = found.filter(|(_, rest)| rest.is_empty() || rest.starts_with('/'));
        let (service, below) = found.map_or(("files", asked.path.as_str()), |(spoken, rest)| (spoken.id, rest));
        let key = found.map_or_else(|| Self::any_key(asked), |(spoken, _)| key(asked, spoken));
        let query = if asked.query.is_empty() { String::new() } else { format!("?{}", asked.query) };
        let seen = Seen {
            at: self.now(),
            service,
            method: asked.method.clone(),
            path: format!("{below}{query}"),
            key,
            user_agent: asked.header("user-agent").map(str::to_owned),
            body: asked.shown(),
            status: None,
        };
        let number = {
            let mut state = self.state();
            state.requests.push(seen);
            state.requests.len()
        };
        let request = format!("0217{number:012x}");
        let answer = match found {
            Some((spoken, rest)) => self.spoken(spoken, rest, asked, key, &request),
            None => self.outside(asked, key),
        };
        let status = (answer.end != End::Nothing).then_some(answer.status);
        self.state().requests[number - 1].status = status;
        answer.header("x-request-id", request)
    }

    fn any_key(asked: &Asked) -> Key {
        let keys = SERVICES.iter().map(|spoken| key(asked, spoken));
        keys.reduce(|one, other| if other == Key::Right { other } else { one }).unwrap_or(Key::Missing)
    }

    fn outside(&self, asked: &Asked, key: Key) -> Answer {
        match asked.path.strip_prefix("/files/") {
            Some(rest) if asked.method == "GET" => self.linked(rest, asked, key),
            // The relay's site answers every path that is not of its interface.
            _ if asked.path.starts_with("/apiyi") => Answer::page(200, "APIYI"),
            _ => Answer::page(404, "404 page not found"),
        }
    }

    fn spoken(&self, spoken: &'static Spoken, path: &str, asked: &Asked, key: Key, request: &str) -> Answer {
        let dialect = spoken.dialect;
        let Some(wanted) = dialect.wanted(&asked.method, path) else {
            if spoken.id == "apiyi" {
                return Answer::page(200, "APIYI");
            }
            return refuse(dialect, &Refusal::new(404, "NotFound", format!("there is no {path}")), request);
        };
        let faults = self.state().script.on(wanted.call());
        if spoken.id == "atlascloud" && !browses(asked) {
            return Answer::page(403, "Attention Required!");
        }
        if let Some(fault) = faults.iter().find(|fault| fault.refuses()) {
            return refusing(spoken, fault, request);
        }
        if key != Key::Right && !dialect.is_open() {
            let message = "The API key in the request is missing or invalid.";
            return refuse(dialect, &Refusal::new(401, "AuthenticationError", message), request);
        }
        let answer = match &wanted {
            Wanted::Submit => self.submit(spoken, asked, &faults),
            Wanted::Poll(id) => self.poll(spoken, id, &faults),
            Wanted::Content(id) => self.content(spoken, id, asked, &faults, key),
            Wanted::Upload => self.upload(spoken, asked),
            Wanted::List | Wanted::Cancel(_) if spoken.id == "apiyi" => Ok(Answer::page(200, "APIYI")),
            Wanted::List => self.list(spoken, asked, &faults),
            Wanted::Cancel(id) => self.cancel(spoken, id),
            Wanted::Result(id) => self.result(spoken, id),
            Wanted::Models => Ok(Answer::json(200, &dialect.models())),
        };
        let mut answer = answer.unwrap_or_else(|refusal| refuse(dialect, &refusal, request));
        // This relay tells everybody who can unpack that the body is packed, which it is not.
        let packs = spoken.id == "apiyi" && asked.header("accept-encoding").is_some_and(|how| how.contains("gzip"));
        if packs || faults.contains(&Fault::FalseGzip) {
            answer = answer.header("content-encoding", "gzip");
        }
        after(answer, &faults)
    }

    fn submit(&self, spoken: &'static Spoken, asked: &Asked, faults: &[Fault]) -> Result<Answer, Refusal> {
        let order_key = spoken.dialect.order_key(asked).transpose()?;
        if let Some(key) = &order_key
            && let Some(again) = self.sent_again(spoken, key, asked)
        {
            return again;
        }
        let order = spoken.dialect.order(spoken.id, asked, &|address| self.own(address))?;
        let mut state = self.state();
        let now = self.now();
        let others: Vec<When> = {
            let running = state.tasks.iter().filter(|task| task.service == spoken.id && !task.cancelled);
            running.map(|task| task.when).collect()
        };
        let nth = state.tasks.len();
        let task = Task {
            id: spoken.dialect.id(nth),
            service: spoken.id,
            order,
            body: asked.shown(),
            accepted: now,
            created: unix(),
            when: When::new(&self.settings.pace, now, nth, &others, self.settings.at_once),
            polls: Vec::new(),
            faults: faults.iter().filter(|fault| !fault.is_of_the_answer()).cloned().collect(),
            cancelled: false,
            gone: false,
            clip_served: None,
            frame_served: None,
            downloads: 0,
            key: order_key.map(|key| (key, asked.body.to_vec(), 0)),
        };
        if task.billed() {
            clips::begin(task.shot(self.settings.look));
        }
        let faults = task.faults.iter().filter(|fault| fault.is_of_the_shape()).cloned().collect();
        let view = View { task: &task, stand: Stand::Queued, video: None, frame: None, now: unix(), faults };
        let answer = Answer::json(spoken.dialect.accepted_status(), &spoken.dialect.accepted(&view));
        state.tasks.push(task);
        Ok(answer)
    }

    /// The answer to an order whose key is known: first that it goes on, then the answer of the first time.
    fn sent_again(&self, spoken: &'static Spoken, key: &str, asked: &Asked) -> Option<Result<Answer, Refusal>> {
        let mut state = self.state();
        let of_service = state.tasks.iter_mut().filter(|task| task.service == spoken.id);
        let mut with_key = of_service.filter_map(|task| {
            let own = task.key.as_ref().is_some_and(|(own, ..)| own == key);
            own.then_some(task)
        });
        let task = with_key.next()?;
        let (_, body, times) = task.key.as_mut().expect("it has one");
        if *body != asked.body {
            let message = "the key was used for another body";
            return Some(Err(Refusal::new(409, "invalid_input", message)));
        }
        *times += 1;
        if *times == 1 {
            let message = "a request with this key is running";
            return Some(Err(Refusal::new(409, "concurrency_limit_exceeded", message)));
        }
        let view = View { task, stand: Stand::Queued, video: None, frame: None, now: unix(), faults: Vec::new() };
        let answer = Answer::json(200, &spoken.dialect.accepted(&view));
        Some(Ok(answer.header("idempotent-replayed", "true")))
    }

    /// What a finished task made.
    fn result(&self, spoken: &'static Spoken, id: &str) -> Result<Answer, Refusal> {
        let mut state = self.state();
        let at = state.find(spoken, id)?;
        let stand = state.tasks[at].stand(self.now());
        if stand != Stand::Done {
            return Err(Refusal::new(400, "invalid_input", format!("request {id} has no result")));
        }
        let video = Some(self.link(&mut state, at, What::Clip));
        let frame = state.tasks[at].gives_frame().then(|| self.link(&mut state, at, What::Frame));
        let view = View { task: &state.tasks[at], stand, video, frame, now: unix(), faults: Vec::new() };
        Ok(Answer::json(200, &spoken.dialect.result(&view)))
    }

    fn poll(&self, spoken: &'static Spoken, id: &str, faults: &[Fault]) -> Result<Answer, Refusal> {
        let mut state = self.state();
        let now = self.now();
        let at = state.find(spoken, id)?;
        let is_held = state.tasks_are_held;
        let task = &mut state.tasks[at];
        if !is_held || task.polls.is_empty() {
            task.polls.push(now);
        }
        // What befalls the task stays with it; what is about an answer or its shape does not.
        task.faults.extend(faults.iter().filter(|f| !f.is_of_the_answer() && !f.is_of_the_shape()).cloned());
        let hidden = task.faults.iter().map(|fault| if let Fault::NotFoundFirst(n) = fault { *n } else { 0 }).max();
        if task.polls.len() <= hidden.unwrap_or_default() as usize {
            return Err(spoken.dialect.no_task(id));
        }
        let status = spoken.dialect.shown_status(&state.tasks[at].stand(now));
        Ok(Answer::json(status, &self.shown(&mut state, spoken, at, now, faults)))
    }

    /// How a task stands, with fresh addresses.
    fn shown(&self, state: &mut State, spoken: &Spoken, at: usize, now: Duration, faults: &[Fault]) -> Value {
        let stand = state.tasks[at].stand(now);
        let done = stand == Stand::Done;
        let framed = done && state.tasks[at].gives_frame();
        let video = done.then(|| self.link(state, at, What::Clip));
        let frame = framed.then(|| self.link(state, at, What::Frame));
        let task = &state.tasks[at];
        let faults = task.faults.iter().chain(faults).filter(|fault| fault.is_of_the_shape()).cloned().collect();
        let view = View { task, stand, video, frame, now: unix(), faults };
        let mut shown = spoken.dialect.shown(&view);
        for fault in &view.faults {
            if let Fault::Says(place, value) = fault {
                put(&mut shown, place, value.clone());
            }
        }
        shown
    }

    fn list(&self, spoken: &'static Spoken, asked: &Asked, faults: &[Fault]) -> Result<Answer, Refusal> {
        if faults.contains(&Fault::EmptyList) {
            return listed(asked, Vec::new());
        }
        let mut state = self.state();
        let now = self.now();
        let own = |task: &Task| task.service == spoken.id && !task.gone;
        let found: Vec<usize> = (0..state.tasks.len()).rev().filter(|at| own(&state.tasks[*at])).collect();
        let shown = found.into_iter().map(|at| self.shown(&mut state, spoken, at, now, &[])).collect();
        listed(asked, shown)
    }

    fn cancel(&self, spoken: &'static Spoken, id: &str) -> Result<Answer, Refusal> {
        let mut state = self.state();
        let at = state.find(spoken, id)?;
        let now = self.now();
        let task = &mut state.tasks[at];
        match task.stand(now) {
            Stand::Queued => task.cancelled = true,
            Stand::Running => {
                let message = "The task is running and cannot be cancelled.";
                return Err(Refusal::new(409, "TaskRunningCannotCancel", message));
            }
            Stand::Cancelled => {
                return Err(Refusal::new(409, "InvalidAction", "The task is cancelled already."));
            }
            Stand::Done | Stand::Failed(..) | Stand::Expired => task.gone = true,
        }
        Ok(Answer::new(200, "application/json; charset=utf-8", ""))
    }
}

impl State {
    /// A task of this service.
    pub(super) fn find(&self, spoken: &Spoken, id: &str) -> Result<usize, Refusal> {
        let found = self.tasks.iter().position(|task| task.id == id && task.service == spoken.id && !task.gone);
        found.ok_or_else(|| spoken.dialect.no_task(id))
    }
}

/// Seconds since 1970.
fn unix() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn key(asked: &Asked, spoken: &Spoken) -> Key {
    match spoken.dialect.key(asked) {
        None => Key::Missing,
        Some(key) if key == spoken.key() => Key::Right,
        Some(_) => Key::Wrong,
    }
}

/// Whether the firewall lets it pass: libraries that do not say who they are stay out.
fn browses(asked: &Asked) -> bool {
    let libraries = ["python", "curl", "reqwest", "ureq", "hyper", "go-http", "okhttp", "node"];
    let agent = asked.header("user-agent").unwrap_or_default().to_lowercase();
    !agent.is_empty() && !libraries.iter().any(|library| agent.starts_with(library))
}

/// The answer of a fault that keeps a request from being carried out.
fn refusing(spoken: &Spoken, fault: &Fault, request: &str) -> Answer {
    let refused =
        |status, code: &str, message: &str| refuse(spoken.dialect, &Refusal::new(status, code, message), request);
    match fault {
        Fault::RateLimited(after) => {
            let answer = refused(429, "RateLimitExceeded.EndpointRPMExceeded", "Too many requests.");
            let after = after.map(|seconds| ("retry-after", seconds.to_string()));
            after.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value))
        }
        Fault::Server(code) => refused(500, code, "The service met an internal error."),
        Fault::BadGateway => Answer::page(502, "502 Bad Gateway"),
        Fault::Page => Answer::page(200, "Welcome"),
        Fault::ErrorText(status) => {
            Answer::json(*status, &serde_json::json!({"error": "upstream is saturated, please try again later"}))
        }
        Fault::Refused(status, code) => refused(*status, code, "The request is refused."),
        Fault::InputModeration(param) => {
            // The relay has a status of its own for this.
            let status = if spoken.id == "apiyi" { 403 } else { 400 };
            let (code, message) = match param {
                Some(_) => (
                    "InputImageSensitiveContentDetected.PrivacyInformation",
                    "The request failed because the input image may contain real person.",
                ),
                None => (
                    "InputTextSensitiveContentDetected",
                    "The request failed because the input text may contain sensitive information.",
                ),
            };
            let refusal = Refusal::new(status, code, message);
            let refusal = param.iter().fold(refusal, |refusal, param| refusal.at(param));
            refuse(spoken.dialect, &refusal, request)
        }
        _ => Answer::nothing(),
    }
}

/// What befalls an answer whose request was carried out.
pub(super) fn after(mut answer: Answer, faults: &[Fault]) -> Answer {
    let half = answer.body.len() / 2;
    for fault in faults {
        match fault {
            Fault::DropAfter => answer = Answer::nothing(),
            Fault::Slow(pause) => answer.pause = *pause,
            Fault::Garbage => answer.body = "{\"id\": \"cgt-\u{fffd}\u{0}, status".into(),
            Fault::Mutated(seed) => answer.body = mutated(&answer.body, *seed).into(),
            Fault::Truncated => answer.end = End::After(half),
            Fault::WrongLength => answer.end = End::Claimed(half),
            Fault::Empty => answer.body = "".into(),
            Fault::GatewayTimeout => {
                answer = Answer::page(504, "504 Gateway Time-out").header("retry-after", "1");
            }
            Fault::DamagedIndex => answer.body = with_damaged_index(&answer.body),
            Fault::Corrupt => {
                let broken = answer.body.iter().enumerate().map(|(at, byte)| if at % 7 == 3 { !byte } else { *byte });
                answer.body = broken.collect();
            }
            _ => {}
        }
    }
    answer
}

/// An answer changed by chance.
fn mutated(body: &[u8], seed: u64) -> Vec<u8> {
    let mut state = body.iter().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    let at = draw(&mut state) as usize % body.len().max(1);
    let mut value: Value = serde_json::from_slice(body).unwrap_or_default();
    match draw(&mut state) % 8 {
        0 => body[..at].to_vec(),
        1 => [&body[..at], b"\xff\0", &body[at..]].concat(),
        2 => b"<html>".to_vec(),
        3 => b"[".repeat(10_000),
        4 => b"null".to_vec(),
        kind => {
            retyped(&mut value, kind, &mut state);
            value.to_string().into_bytes()
        }
    }
}

/// Takes keys away (5), makes texts of numbers and numbers of texts (6), or makes numbers impossible (7).
fn retyped(value: &mut Value, kind: u64, state: &mut u64) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, _| kind != 5 || !draw(state).is_multiple_of(3));
            fields.values_mut().for_each(|field| retyped(field, kind, state));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| retyped(item, kind, state)),
        Value::Number(number) if kind == 6 => *value = Value::String(number.to_string()),
        Value::String(_) if kind == 6 && draw(state).is_multiple_of(3) => *value = Value::from(-7),
        Value::Number(_) if kind == 7 => {
            let odd = [Value::from(-1), Value::from(u64::MAX), Value::from(1e300), Value::from("NaN"), Value::Null];
            *value = odd[draw(state) as usize % odd.len()].clone();
        }
        _ => {}
    }
}

/// The clip with the last entry of its first table of places (`stco`) far behind its end.
fn with_damaged_index(clip: &[u8]) -> axum::body::Bytes {
    let mut clip = clip.to_vec();
    let table = clip.windows(4).position(|name| name == b"stco").expect("a clip has an index");
    // After the name: version and flags, then the number of entries, then 32 bits for each.
    let count = u32::from_be_bytes(clip[table + 8..table + 12].try_into().expect("four bytes"));
    let last = table + 12 + 4 * (count as usize - 1);
    clip[last..last + 4].copy_from_slice(&0x7fff_fff0_u32.to_be_bytes());
    clip.into()
}

/// How a download counts.
pub(super) const fn call(what: What) -> Call {
    match what {
        What::Clip => Call::Clip,
        What::Frame => Call::Frame,
    }
}
