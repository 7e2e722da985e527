//! A small client of its own: HTTP/1.1 over a plain socket, which sees every byte.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::loopback::Loopback;

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What `Content-Length` says.
    pub(super) fn length(&self) -> usize {
        self.header("content-length").expect("every answer has a length").parse().expect("it is a number")
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}

/// Sends, and reads until the connection ends; `None` where not a byte came.
pub(super) fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Reply> {
    let rest = url.strip_prefix("http://").expect("an address of the loopback");
    let (host, path) = rest.split_once('/').expect("it has a path");
    let mut stream = TcpStream::connect(host).expect("it listens");
    let mut head = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("it reads");
    let mut bytes = Vec::new();
    // A connection that breaks gives what came before.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status is a number");
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.to_lowercase(), v.to_owned()));
    Some(Reply { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() })
}

/// A part of a form: name, file name and type where it is a file, bytes.
pub(super) type Part<'a> = (&'a str, Option<(&'a str, &'a str)>, &'a [u8]);

/// One service, with its key.
pub(super) struct Talk<'a> {
    loopback: &'a Loopback,
    service: &'static str,
}

impl<'a> Talk<'a> {
    pub(super) fn to(loopback: &'a Loopback, service: &'static str) -> Self {
        Self { loopback, service }
    }

    fn call(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Option<Reply> {
        let key = format!("Bearer {}", Loopback::key(self.service));
        let headers = [("Authorization", key.as_str()), ("User-Agent", "storyreel/1"), ("Content-Type", kind)];
        send(method, &format!("{}{path}", self.loopback.base(self.service)), &headers, body)
    }

    /// An order that may be lost.
    pub(super) fn try_post(&self, path: &str, body: &Value) -> Option<Reply> {
        self.call("POST", path, "application/json", body.to_string().as_bytes())
    }

    #[track_caller]
    pub(super) fn post(&self, path: &str, body: &Value) -> Reply {
        self.try_post(path, body).expect("an answer comes")
    }

    #[track_caller]
    pub(super) fn get(&self, path: &str) -> Reply {
        self.call("GET", path, "text/plain", b"").expect("an answer comes")
    }

    #[track_caller]
    pub(super) fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path, "text/plain", b"").expect("an answer comes")
    }

    #[track_caller]
    pub(super) fn form(&self, path: &str, parts: &[Part<'_>]) -> Reply {
        let mut body = Vec::new();
        for (name, file, bytes) in parts {
            let (named, kind) = file.map_or_else(Default::default, |(name, kind)| {
                (format!("; filename=\"{name}\""), format!("\r\nContent-Type: {kind}"))
            });
            let head = format!("--seam\r\nContent-Disposition: form-data; name=\"{name}\"{named}{kind}\r\n\r\n");
            body.extend(head.as_bytes().iter().chain(*bytes).chain(b"\r\n"));
        }
        body.extend(b"--seam--\r\n");
        self.call("POST", path, "multipart/form-data; boundary=seam", &body).expect("an answer comes")
    }
}

/// Fetches a link, without a key.
#[track_caller]
pub(super) fn fetch(link: &Value) -> Reply {
    send("GET", link.as_str().expect("an address"), &[], b"").expect("an answer comes")
}
