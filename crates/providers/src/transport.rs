//! The only code that sends. It carries the requests of a dialect and nothing else: what they mean is the dialect's
//! matter, whether to try again is the caller's.
//!
//! Connections and TLS are set up at the first request, so a run that renders nothing does not pay for them.

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Client, Response, Url};
use secrecy::{ExposeSecret as _, SecretString};
use storyreel_core::provider::Provider;
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, Retry};
use storyreel_core::sanitize::chain;
use tokio::time::Instant;

use super::address::{self, is_near};
use super::pause::{date, retry_after};
use crate::dialect::Dialect;
use crate::dialect::http::{FormPart, HttpRequest, HttpResponse, Method, PartValue, RequestBody};

/// The largest reply that is read: a page of 500 tasks has some 500 kB.
const LARGEST_REPLY: usize = 16_000_000;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Until a connection stands, TLS included.
    pub(super) connect: Duration,
    /// For an order or an upload, from beginning to end; longer by a second for each 128 KiB of its body.
    pub(super) order: Duration,
    /// For a query, from beginning to end.
    pub(super) query: Duration,
    /// Without a byte of a download.
    pub(super) stall: Duration,
    /// Before the second try of a download; later pauses are longer.
    pub(super) pause: Duration,
    /// Between two pages of a list: services allow one a second.
    pub(super) page: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            order: Duration::from_mins(2),
            query: Duration::from_secs(30),
            stall: Duration::from_mins(1),
            pause: Duration::from_secs(1),
            page: Duration::from_millis(1100),
        }
    }
}

/// What a request is for: it decides what a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It costs money, so it is sent once.
    Order,
    /// It costs nothing and takes a file along.
    Upload,
    /// It costs nothing.
    Query,
}

/// The error for an address or a key with which no connection can be made.
fn unusable(provider: &Provider, kind: ErrorKind, why: String) -> ProviderError {
    ProviderError::new(provider.id, kind, Retry::Never, Charged::No, why)
}

/// A way to one service with one key.
pub(super) struct Connection {
    pub(super) provider: &'static Provider,
    pub(super) dialect: &'static dyn Dialect,
    pub(super) limits: Limits,
    base: Url,
    key: SecretString,
    /// The key as its header has it; `None` where there is none.
    authorization: Option<HeaderValue>,
    orders: OnceLock<Client>,
    queries: OnceLock<Client>,
    near: OnceLock<Client>,
    far: OnceLock<Client>,
    next_query: Mutex<Option<Instant>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("service", &self.provider.id)
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn new(
        provider: &'static Provider,
        dialect: &'static dyn Dialect,
        base: &str,
        key: &SecretString,
    ) -> Result<Self, ProviderError> {
        let has_key = !key.expose_secret().trim().is_empty();
        // Without a key nothing secret goes to a server of the user's own.
        let base = address::base(base, provider.is_own_server && !has_key)
            .map_err(|why| unusable(provider, ErrorKind::Request, why))?;
        // A key that is read from a file ends in a line break more often than not.
        let key = SecretString::from(key.expose_secret().trim());
        let names = provider.key_env.join("` or `");
        let scheme = if dialect.key_header() == AUTHORIZATION.as_str() { "Bearer " } else { "" };
        let authorization = match HeaderValue::from_str(&format!("{scheme}{}", key.expose_secret())) {
            _ if !has_key && provider.is_own_server => Ok(None),
            _ if !has_key => Err(format!("the key in `{names}` is empty")),
            Ok(value) if value.to_str().is_ok() => Ok(Some(value)),
            _ => Err(format!("the key in `{names}` has characters that no key has; copy it again")),
        };
        let mut authorization = authorization.map_err(|why| unusable(provider, ErrorKind::Auth, why))?;
        authorization.iter_mut().for_each(|value| value.set_sensitive(true));
        Ok(Self {
            provider,
            dialect,
            limits: Limits::default(),
            base,
            key,
            authorization,
            orders: OnceLock::new(),
            queries: OnceLock::new(),
            near: OnceLock::new(),
            far: OnceLock::new(),
            next_query: Mutex::default(),
        })
    }

    /// Sends a request and reads the whole reply, whatever its status, except a redirect: that is an error.
    pub(super) async fn send(&self, purpose: Purpose, request: &HttpRequest) -> Result<HttpResponse, ProviderError> {
        if purpose == Purpose::Query {
            self.turn().await;
        }
        let response = self.request(purpose, request)?.send().await.map_err(|error| self.broken(purpose, error))?;
        if response.status().is_redirection() {
            return Err(self.led_away(purpose, &response));
        }
        self.read(purpose, response).await
    }

    /// A request with everything that belongs to it.
    pub(super) fn request(
        &self,
        purpose: Purpose,
        request: &HttpRequest,
    ) -> Result<reqwest::RequestBuilder, ProviderError> {
        let address = address::below(&self.base, &request.path);
        // A path that led out of the base would take the key along.
        let url = Url::parse(&address).ok().filter(|url| url.origin() == self.base.origin());
        let url = url.ok_or_else(|| self.here(format!("`{}` is not a path below the base URL", request.path)))?;
        let client = if purpose == Purpose::Order {
            self.client(&self.orders, &url, |builder| {
                // A connection that idled may be dead, and then nobody can say whether the request was read: orders go
                // out on a fresh one each, and nothing below may send them again.
                builder.pool_max_idle_per_host(0).http1_only().retry(reqwest::retry::never())
            })?
        } else {
            self.client(&self.queries, &url, |builder| builder)?
        };
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut headers = HeaderMap::new();
        // What is not asked for compressed cannot come falsely labelled.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for (name, value) in self.dialect.headers() {
            // A dialect's headers are constants, and its tests send them.
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a dialect's header has a valid name");
            headers.insert(name, HeaderValue::from_static(value));
        }
        for (name, value) in &request.headers {
            let name = HeaderName::from_static(name);
            let value = HeaderValue::from_str(value);
            headers
                .insert(name, value.map_err(|_| self.here("a header of the request has odd characters".to_owned()))?);
        }
        if let Some(authorization) = &self.authorization {
            headers.insert(HeaderName::from_static(self.dialect.key_header()), authorization.clone());
        }
        let builder = client.request(method, url).headers(headers);
        let limit = if purpose == Purpose::Query { self.limits.query } else { self.limits.order };
        let (builder, size) = match &request.body {
            RequestBody::Empty => (builder, 0),
            RequestBody::Json(value) => {
                let body = value.to_string();
                let size = body.len();
                (builder.header(CONTENT_TYPE, "application/json").body(body), size)
            }
            RequestBody::Form(parts) => (builder.multipart(self.form(parts)?), weight(parts)),
        };
        Ok(builder.timeout(limit + Duration::from_secs(size as u64 / 131_072)))
    }

    fn form(&self, parts: &[FormPart]) -> Result<reqwest::multipart::Form, ProviderError> {
        let mut form = reqwest::multipart::Form::new();
        for part in parts {
            form = match &part.value {
                PartValue::Text(text) => form.text(part.name.clone(), text.clone()),
                PartValue::File { name, mime, bytes } => {
                    let file = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.clone()).mime_str(mime);
                    form.part(part.name.clone(), file.map_err(|error| self.here(chain(&error.without_url())))?)
                }
            };
        }
        Ok(form)
    }

    async fn read(&self, purpose: Purpose, mut response: Response) -> Result<HttpResponse, ProviderError> {
        let status = response.status();
        let mut headers = Vec::new();
        for (name, value) in response.headers() {
            let value = self.scrubbed(&String::from_utf8_lossy(value.as_bytes()));
            headers.push((name.as_str().to_owned(), value));
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_REPLY => body.extend_from_slice(&chunk),
                Ok(Some(_)) => {
                    let reply = HttpResponse { status: status.as_u16(), headers, body };
                    let error = reply.unreadable(self.provider.id, "it is longer than any reply should be");
                    return Err(self.judged(purpose, &reply, error));
                }
                Ok(None) => break,
                // A refusal stays one, however much of its words got through.
                Err(_) if !status.is_success() => break,
                Err(error) => return Err(self.broken(purpose, error)),
            }
        }
        // Before anybody cuts it into excerpts, which could leave half of a key that is echoed.
        Ok(HttpResponse { status: status.as_u16(), headers, body: self.scrubbed_bytes(body) })
    }

    fn client_builder(&self) -> reqwest::ClientBuilder {
        Client::builder()
            .user_agent(concat!("storyreel/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.limits.connect)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
    }

    /// The client for a way of sending, set up at its first use.
    fn client<'a>(
        &self,
        cell: &'a OnceLock<Client>,
        url: &Url,
        with: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<&'a Client, ProviderError> {
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        install_cryptography();
        let built = if url.scheme() == "http" && is_near(url) {
            // On this machine there is no proxy between, and nothing to certify.
            with(self.client_builder()).no_proxy().tls_certs_only([]).build()
        } else {
            // A slim container has no certificates, and then no client can be built: Mozilla's list stands in.
            with(self.client_builder()).build().or_else(|_| {
                let list = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
                with(self.client_builder())
                    .tls_certs_only(list.filter_map(|der| Certificate::from_der(der).ok()))
                    .build()
            })
        };
        let client = built.map_err(|error| self.here(format!("cannot set up connections: {}", chain(&error))))?;
        Ok(cell.get_or_init(|| client))
    }

    /// A client for links, which never sees the key.
    pub(super) fn links(&self, url: &Url) -> Result<&Client, ProviderError> {
        let near = url.scheme() == "http" && is_near(url);
        self.client(if near { &self.near } else { &self.far }, url, |builder| builder)
    }

    /// Waits until it is this query's turn: all queries together stay within what the service allows.
    pub(super) async fn turn(&self) {
        let apart = Duration::from_secs(1) / self.provider.poll.per_second.max(1);
        let at = {
            let mut next = self.next_query.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let at = next.map_or(now, |next| next.max(now));
            *next = Some(at + apart);
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// What a connection that failed means.
    pub(super) fn broken(&self, purpose: Purpose, error: reqwest::Error) -> ProviderError {
        // Addresses may be signed, and the message says more without them.
        let error = error.without_url();
        if error.is_builder() {
            return self.here(format!("the request cannot be made: {}", chain(&error)));
        }
        let host = self.base.host_str().unwrap_or_default();
        let why = chain(&error);
        let (retry, charged, message) = match purpose {
            _ if error.is_connect() => (Retry::Backoff, Charged::No, format!("`{host}` cannot be reached: {why}")),
            Purpose::Order => {
                let what = if error.is_timeout() { "did not answer in time" } else { "broke the connection" };
                let message = format!("`{host}` {what}, and the order may have arrived: {why}");
                (Retry::Never, Charged::Unknown, message)
            }
            _ => (Retry::Backoff, Charged::No, format!("the connection to `{host}` broke: {why}")),
        };
        self.error(ErrorKind::Network, retry, charged, message)
    }

    /// The error for a redirect.
    fn led_away(&self, purpose: Purpose, response: &Response) -> ProviderError {
        let status = response.status().as_u16();
        let target = address::target(&self.base, response.headers());
        let target = target.map_or("nowhere".to_owned(), |url| format!("`{}`", address::shown(&url)));
        // 307 and 308 say that nothing was done yet; the others may stand behind an order that was taken.
        let unclear = purpose == Purpose::Order && !matches!(status, 307 | 308);
        let charged = if unclear { Charged::Unknown } else { Charged::No };
        let message = format!("status {status} leads to {target} instead of answering; correct the base URL");
        self.error(ErrorKind::Unreadable, Retry::Never, charged, message)
    }

    /// What a dialect says of a reply, with what only the transport knows.
    pub(super) fn judged(&self, purpose: Purpose, reply: &HttpResponse, mut error: ProviderError) -> ProviderError {
        let status = reply.status;
        match purpose {
            Purpose::Order => {
                // Something between here and the service answers like this when it does not know what became of the
                // order; a service that refuses says why.
                let unclear = matches!(status, 408 | 499 | 502 | 504 | 520..=527) && error.code.is_none();
                let unread = (200..300).contains(&status) && error.kind == ErrorKind::Unreadable;
                if unclear || unread {
                    error.charged = Charged::Unknown;
                }
                if error.charged != Charged::No {
                    error.retry = Retry::Never;
                }
            }
            Purpose::Upload | Purpose::Query => {
                error.charged = Charged::No;
                let passing = matches!(status, 408 | 425 | 429 | 500..=599) && !error.kind.stops_the_provider();
                // A page of HTML or half a reply with status 200 is weather; JSON that says something new is not.
                let torn = error.kind == ErrorKind::Unreadable
                    && serde_json::from_slice::<serde::de::IgnoredAny>(&reply.body).is_err();
                if error.retry == Retry::Never && (passing || torn) {
                    error.retry = Retry::Backoff;
                }
            }
        }
        if error.retry == Retry::Backoff {
            let now = reply.header("date").and_then(date).unwrap_or_else(seconds_now);
            if let Some(pause) = reply.header(RETRY_AFTER.as_str()).and_then(|value| retry_after(value, now)) {
                error.retry = Retry::After(pause);
            }
        }
        self.clean(error)
    }

    /// An error of this service.
    pub(super) fn error(&self, kind: ErrorKind, retry: Retry, charged: Charged, message: String) -> ProviderError {
        self.clean(ProviderError::new(self.provider.id, kind, retry, charged, message))
    }

    /// Something on this machine failed.
    pub(super) fn here(&self, message: String) -> ProviderError {
        self.error(ErrorKind::Here, Retry::Never, Charged::No, message)
    }

    /// An error without the key, should the service have echoed it.
    pub(super) fn clean(&self, mut error: ProviderError) -> ProviderError {
        error.message = self.scrubbed(&error.message);
        error.code = error.code.map(|code| self.scrubbed(&code));
        error.request_id = error.request_id.map(|id| self.scrubbed(&id));
        error
    }

    fn scrubbed(&self, text: &str) -> String {
        match self.key.expose_secret() {
            "" => text.to_owned(),
            key => text.replace(key, "***"),
        }
    }

    fn scrubbed_bytes(&self, body: Vec<u8>) -> Vec<u8> {
        let key = self.key.expose_secret().as_bytes();
        if key.is_empty() || !body.windows(key.len()).any(|part| part == key) {
            return body;
        }
        let mut clean = Vec::with_capacity(body.len());
        let mut rest = &body[..];
        while let Some(at) = rest.windows(key.len()).position(|part| part == key) {
            clean.extend_from_slice(&rest[..at]);
            clean.extend_from_slice(b"***");
            rest = &rest[at + key.len()..];
        }
        clean.extend_from_slice(rest);
        clean
    }
}

/// Bytes that a form carries, without its few bytes of frame.
pub(super) fn weight(parts: &[FormPart]) -> usize {
    let weights = parts.iter().map(|part| match &part.value {
        PartValue::Text(text) => text.len(),
        PartValue::File { bytes, .. } => bytes.len(),
    });
    weights.sum()
}

/// Seconds since 1970.
pub(super) fn seconds_now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Chooses the cryptography of all encrypted connections of this process. Only the first call counts.
pub fn install_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
