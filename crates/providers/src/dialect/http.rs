//! Requests and replies as plain values: services build and read them, and one transport carries them.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, Retry};

/// A request to a service, below its base URL.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// What is asked of the path.
    pub method: Method,
    /// The path below the base URL, beginning with `/`; its parts and its query are escaped already.
    pub path: String,
    /// Headers of this request alone, by their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// What goes with it.
    pub body: RequestBody,
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
}

/// What goes with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestBody {
    /// Nothing.
    Empty,
    /// A JSON value.
    Json(serde_json::Value),
    /// `multipart/form-data`.
    Form(Vec<FormPart>),
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct FormPart {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: PartValue,
}

/// The value of a part of a form.
#[derive(Debug, Clone, PartialEq)]
pub enum PartValue {
    /// Plain text.
    Text(String),
    /// A file with the name and media type that the service gets.
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
    /// A request with nothing in it.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: RequestBody::Empty }
    }

    /// A look at `path`.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    /// An order with a JSON body.
    #[must_use]
    pub fn post(path: impl Into<String>, body: serde_json::Value) -> Self {
        Self { body: RequestBody::Json(body), ..Self::new(Method::Post, path) }
    }
}

impl HttpResponse {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The service's name for the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        let names = ["x-request-id", "x-tt-logid", "request-id"];
        let id = names.iter().find_map(|name| self.header(name))?;
        Some(id.chars().take(120).collect())
    }

    /// The body as the type that the service documents. Numbers that JSON does not have (`NaN`, `1e999`) are read as
    /// text: one of them in a bill must not cost the clip that stands beside it.
    ///
    /// # Errors
    /// It is something else: a page of HTML, a torn reply, a false encoding. Whether the request was accepted is not
    /// known then.
    pub fn json<T: DeserializeOwned>(&self, provider: &'static str) -> Result<T, ProviderError> {
        let strict = serde_json::from_slice(&self.body);
        let read = strict.or_else(|error| match numbers_as_text(&self.body) {
            Some(quoted) => serde_json::from_slice(&quoted).map_err(|_| error),
            None => Err(error),
        });
        read.map_err(|error| self.unreadable(provider, &error.to_string()))
    }

    /// The error for a body that is not what the service documents.
    #[must_use]
    pub fn unreadable(&self, provider: &'static str, why: &str) -> ProviderError {
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
        ProviderError::new(provider, ErrorKind::Unreadable, Retry::Never, Charged::Unknown, message)
            .request_id(self.request_id())
    }

    /// The first characters of the body on one line, for messages.
    #[must_use]
    pub fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(400)]);
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").chars().take(120).collect()
    }
}

/// The body with quotes around every bare word that looks like a number and is none in JSON; `None` where it has none.
fn numbers_as_text(body: &[u8]) -> Option<Vec<u8>> {
    let mut quoted = Vec::with_capacity(body.len() + 16);
    let mut changed = false;
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        let end = match byte {
            b'"' => end_of_text(body, at),
            _ if is_bare(byte) => body[at..].iter().position(|byte| !is_bare(*byte)).map_or(body.len(), |n| at + n),
            _ => at + 1,
        };
        let piece = &body[at..end];
        if is_bare(byte) && is_odd_number(piece) {
            quoted.push(b'"');
            quoted.extend_from_slice(piece);
            quoted.push(b'"');
            changed = true;
        } else {
            quoted.extend_from_slice(piece);
        }
        at = end;
    }
    changed.then_some(quoted)
}

/// The place behind the text that begins at `start` with its quote.
fn end_of_text(body: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = body.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    body.len()
}

/// Whether a byte can stand in a number or a bare word.
const fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

/// Whether a bare word is neither a word nor a number of JSON.
fn is_odd_number(piece: &[u8]) -> bool {
    !matches!(piece, b"true" | b"false" | b"null") && serde_json::from_slice::<serde_json::Number>(piece).is_err()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &str) -> Option<Value> {
        HttpResponse { body: body.into(), ..HttpResponse::default() }.json("ark").ok()
    }

    #[test]
    fn numbers_that_json_does_not_have_are_text() {
        let odd = r#"{"a": NaN, "b": [-Infinity, 1e999, +5], "c": "say \"NaN\" \\", "d": true, "e": 108900}"#;
        let expected =
            json!({"a": "NaN", "b": ["-Infinity", "1e999", "+5"], "c": "say \"NaN\" \\", "d": true, "e": 108_900});
        assert_eq!(read(odd), Some(expected));
        assert_eq!(read(r#"{"a": 1, "a": NaN"#), None, "a torn reply stays torn");
        assert_eq!(read("<html>NaN</html>"), None);
        assert_eq!(read(r#"{"a": "\"#), None);
    }
}
