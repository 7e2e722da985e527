//! A server of a few lines, on a thread: one scripted answer for each connection, and every request kept.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is done with a connection.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Reads the request, writes these bytes, closes.
    Say(Vec<u8>),
    /// Reads the request and closes without a word.
    Leave,
    /// Reads the request and says nothing for as long as the test runs.
    Hang,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) base: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that goes through the script; later connections find nobody.
    pub(super) fn start(script: impl FnOnce(&str) -> Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script = script(&base);
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            let mut hanging = Vec::new();
            for act in script {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let request = request(&mut stream);
                seen.lock().unwrap().push(request);
                match act {
                    Act::Say(bytes) => {
                        // The client may have heard enough.
                        let _ = stream.write_all(&bytes);
                        let _ = stream.shutdown(Shutdown::Write);
                        let _ = stream.read(&mut [0; 64]);
                    }
                    Act::Leave => drop(stream),
                    Act::Hang => hanging.push(stream),
                }
            }
            for mut stream in hanging {
                // Until the client gives up.
                let _ = stream.read(&mut [0; 64]);
            }
        });
        Self { base, requests }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A whole request, its body included, as text.
fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return text,
            Ok(n) => bytes.extend_from_slice(&piece[..n]),
        }
    }
}

/// A reply of a status, further header lines, and a body with its true length.
pub(super) fn say(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Act {
    let length = body.as_ref().len();
    cut(status, &format!("{headers}content-length: {length}\r\n"), body)
}

/// A reply with just these headers: the length is the test's matter.
pub(super) fn cut(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Act {
    let mut bytes = format!("HTTP/1.1 {status} Word\r\nconnection: close\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(body.as_ref());
    Act::Say(bytes)
}
