//! Requests and replies as plain values: services build and read them, and one transport carries them.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::reply::{Charged, ErrorKind, Retry, ServiceError};

/// A request to a service, below its base URL.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// What is asked of the path.
    pub method: Method,
    /// The path below the base URL, beginning with `/`; its parts and its query are escaped already.
    pub path: String,
    /// What goes with it.
    pub body: Body,
}

/// `part` as one segment of a path or one value of a query: everything but `A-Z a-z 0-9 - _ ~` and dots is escaped. What
/// would still mean another place, nothing at all or dots alone, becomes a name that no task has.
#[must_use]
pub fn escaped(part: &str) -> String {
    match part {
        "" => return "%20".to_owned(),
        // `%2E` counts as a dot in a path (WHATWG URL, 4.5), so the dots are escaped twice.
        "." => return "%252E".to_owned(),
        ".." => return "%252E%252E".to_owned(),
        _ => {}
    }
    let mut escaped = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// What is asked of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Look.
    Get,
    /// Order or upload.
    Post,
    /// Cancel.
    Delete,
}

/// What goes with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// A JSON value.
    Json(serde_json::Value),
    /// `multipart/form-data`.
    Form(Vec<Part>),
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The field's name.
    pub name: &'static str,
    /// Its value.
    pub value: PartValue,
}

/// The value of a part of a form.
#[derive(Debug, Clone, PartialEq)]
pub enum PartValue {
    /// Plain text.
    Text(String),
    /// A file with the name and media type that the service is told.
    File {
        /// A name made by storyreel, never the user's.
        name: String,
        /// Media type, for example `image/png`.
        mime: &'static str,
        /// The file's bytes.
        bytes: Arc<[u8]>,
    },
}

/// What came back: the whole body, since replies are small.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// A look at `path`.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: Body::Empty }
    }

    /// An order with a JSON body.
    #[must_use]
    pub fn post(path: impl Into<String>, body: serde_json::Value) -> Self {
        Self { method: Method::Post, path: path.into(), body: Body::Json(body) }
    }
}

impl HttpResponse {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as the type that the service documents.
    ///
    /// # Errors
    /// It is something else: a page of HTML, a torn reply, a false encoding. Whether the request was accepted is not
    /// known then.
    pub fn json<T: DeserializeOwned>(&self, service: &'static str) -> Result<T, ServiceError> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(service, &error.to_string()))
    }

    /// The error for a body that is not what the service documents.
    #[must_use]
    pub fn unreadable(&self, service: &'static str, why: &str) -> ServiceError {
        let begins = self.excerpt();
        let page =
            begins.starts_with('<') || self.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        let what = match page {
            // Gateways tell of their own troubles in pages, too.
            true if self.status >= 500 => "a web page instead of JSON",
            true => "a web page instead of JSON (is the base URL right?)",
            _ if self.body.is_empty() => "an empty reply",
            _ if self.body.starts_with(&[0x1F, 0x8B]) => "a compressed reply that does not say so",
            _ => "a reply that cannot be read",
        };
        let message = format!("status {} with {what}: {why}; it begins `{begins}`", self.status);
        ServiceError::new(service, ErrorKind::Unreadable, Retry::Never, Charged::Unknown, message).from_reply(self)
    }

    /// The first characters of the body on one line, for messages.
    #[must_use]
    pub fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(400)]);
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").chars().take(120).collect()
    }
}
