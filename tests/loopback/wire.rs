//! Requests as they came and answers as they go, on the way through HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures::stream;
use serde_json::{Value, json};

use super::clips::sha256;
use super::hub::Hub;

/// The most that is read of a body. Services refuse bodies earlier, and say so.
const READ: usize = 256 << 20;

/// A request.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    /// The whole path.
    pub(super) path: String,
    pub(super) query: String,
    headers: HeaderMap,
    pub(super) body: Bytes,
    /// The parts, where it is a form.
    pub(super) form: Option<Vec<Field>>,
}

/// A part of a form.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// The file's name, where it is one.
    pub(super) file: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) bytes: Bytes,
}

impl Asked {
    async fn read(request: Request) -> Option<Self> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, READ).await.ok()?;
        let mut asked = Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body: body.clone(),
            form: None,
        };
        if asked.header("content-type").is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            asked.form = fields(Request::from_parts(parts, Body::from(body))).await;
        }
        Some(asked)
    }

    /// A header by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The values of a parameter of the query, unescaped as far as services need it.
    pub(super) fn queried<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(move |(key, _)| unescaped(key) == name).map(|(_, value)| unescaped(value))
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body for the ledger.
    pub(super) fn shown(&self) -> Value {
        match &self.form {
            Some(fields) => Value::Array(fields.iter().map(Field::shown).collect()),
            None => self.json().map(shortened).unwrap_or_default(),
        }
    }
}

impl Field {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn shown(&self) -> Value {
        match &self.file {
            None => json!({"name": self.name, "text": self.text()}),
            Some(file) => json!({
                "name": self.name, "file": file, "type": self.kind, "bytes": self.bytes.len(),
                "sha256": sha256(&self.bytes),
            }),
        }
    }
}

async fn fields(request: Request) -> Option<Vec<Field>> {
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let mut fields = Vec::new();
    while let Some(part) = form.next_field().await.ok()? {
        let (name, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        let kind = part.content_type().map(str::to_owned);
        fields.push(Field { name, file, kind, bytes: part.bytes().await.ok()? });
    }
    Some(fields)
}

/// The value with `data:` addresses as their type and length.
fn shortened(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("data:") => {
            let (head, data) = text.split_once(',').unwrap_or((&text, ""));
            Value::String(format!("{head},… of {} characters", data.len()))
        }
        Value::Array(items) => items.into_iter().map(shortened).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, shortened(value))).collect(),
        other => other,
    }
}

/// Percent signs of a query undone.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(code.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    pub(super) end: End,
    /// How late it comes.
    pub(super) pause: Duration,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    Whole,
    /// The connection ends before the first byte of it.
    Nothing,
    /// The connection ends after so many bytes, though `Content-Length` tells of all.
    After(usize),
    /// `Content-Length` tells of so many bytes only.
    Claimed(usize),
}

impl Answer {
    pub(super) fn new(status: u16, kind: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", kind.to_owned())];
        Self { status, headers, body: body.into(), end: End::Whole, pause: Duration::ZERO }
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", value.to_string())
    }

    /// A web page, as gateways give it.
    pub(super) fn page(status: u16, title: &str) -> Self {
        let page = format!("<!doctype html>\n<html><head><title>{title}</title></head><body>{title}</body></html>\n");
        Self::new(status, "text/html; charset=utf-8", page)
    }

    /// The end of the connection.
    pub(super) fn nothing() -> Self {
        Self { end: End::Nothing, ..Self::new(200, "", "") }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn into_response(self) -> Response {
        let whole = self.body.len();
        match self.end {
            End::Whole => self.with(None, Body::from),
            // A body that fails before its first byte takes the head of the answer with it.
            End::Nothing => self.with(None, |_| Body::from_stream(stream::once(async { Err::<Bytes, _>(aborted()) }))),
            End::After(sent) => self.with(Some(whole), |body| Body::from_stream(pieces(body.slice(..sent), true))),
            End::Claimed(sent) => self.with(Some(sent), |body| Body::from_stream(pieces(body.slice(..sent), false))),
        }
    }

    fn with(self, length: Option<usize>, body: impl FnOnce(Bytes) -> Body) -> Response {
        let mut response = Response::new(body(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status of the documents");
        let length = length.map(|length| ("content-length", length.to_string()));
        for (name, value) in self.headers.into_iter().chain(length) {
            let value = HeaderValue::from_str(&value).expect("headers are plain text");
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }
}

/// The bytes, and then the end of the connection where it is `cut`.
fn pieces(bytes: Bytes, cut: bool) -> impl futures::Stream<Item = std::io::Result<Bytes>> + Send {
    stream::unfold((Some(bytes), cut), |(bytes, cut)| async move {
        match bytes {
            Some(bytes) if !bytes.is_empty() => Some((Ok(bytes), (None, cut))),
            _ if cut => {
                // What was written so far leaves before the connection ends.
                tokio::task::yield_now().await;
                Some((Err(aborted()), (None, false)))
            }
            _ => None,
        }
    })
}

fn aborted() -> std::io::Error {
    std::io::ErrorKind::ConnectionAborted.into()
}

/// The way in for every request.
pub(super) async fn front(State(hub): State<Arc<Hub>>, request: Request) -> Response {
    let Some(asked) = Asked::read(request).await else { return Answer::nothing().into_response() };
    let opened = hub.opened();
    let carried_out = move || {
        let answer = hub.answer(&asked);
        drop(opened);
        answer
    };
    let answer = tokio::task::spawn_blocking(carried_out).await;
    let answer = answer.unwrap_or_else(|error| Answer::new(500, "text/plain", format!("the loopback: {error}")));
    tokio::time::sleep(answer.pause).await;
    answer.into_response()
}
