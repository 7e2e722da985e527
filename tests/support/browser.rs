//! A browser without a window, steered through its developer tools (Chrome `DevTools` Protocol 1.3).

use std::io::ErrorKind;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// How long the browser may take to start, and to answer; a machine under load is slow.
const PATIENCE: Duration = Duration::from_mins(2);

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    sent: u64,
    /// What the page complained of.
    complaints: Vec<String>,
    /// Events that nobody has waited for yet.
    heard: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Starts Chromium; `None` where there is none: the README's test command installs it.
    pub(crate) fn start() -> Option<Self> {
        let profile = TempDir::with_prefix("storyreel-browser-").expect("a temporary folder can be made");
        let mut chromium = Command::new("chromium");
        chromium.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--mute-audio",
        ]);
        chromium.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        chromium.args(["--autoplay-policy=no-user-gesture-required", "--hide-scrollbars", "--remote-debugging-port=0"]);
        chromium.arg(format!("--user-data-dir={}", profile.path().display())).env("HOME", profile.path());
        let child = chromium.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let address = address(&profile.path().join("DevToolsActivePort"));
        let (socket, _) = tungstenite::connect(address).expect("the browser listens");
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        }
        let (complaints, heard) = (Vec::new(), Vec::new());
        let mut browser = Self { child, socket, session: None, sent: 0, complaints, heard, _profile: profile };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        let session = browser.call("Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Asks for something and waits for the answer.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.sent += 1;
        let mut asked = json!({"id": self.sent, "method": method, "params": params});
        if let Some(session) = &self.session {
            asked["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(asked.to_string())).expect("the browser lives");
        loop {
            let said = self.read();
            if said["id"] == json!(self.sent) {
                assert!(said.get("error").is_none(), "{method}: {}", said["error"]);
                return said["result"].clone();
            }
            self.hear(said);
        }
    }

    fn read(&mut self) -> Value {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).expect("it speaks JSON"),
                Ok(_) => {}
                // A signal, such as that of a child that ended, is no answer.
                Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("the browser answers: {error:?}"),
            }
        }
    }

    fn hear(&mut self, said: Value) {
        let params = &said["params"];
        match said["method"].as_str() {
            Some("Runtime.exceptionThrown") => self.complaints.push(params["exceptionDetails"].to_string()),
            Some("Runtime.consoleAPICalled") => self.complaints.push(params["args"].to_string()),
            Some("Log.entryAdded") => self.complaints.push(params["entry"].to_string()),
            _ => self.heard.push(said),
        }
    }

    /// Opens a file, and waits until it is loaded.
    pub(crate) fn open(&mut self, file: &Path) {
        let file = std::fs::canonicalize(file).expect("the page is there");
        self.visit(&format!("file://{}", file.display()));
    }

    /// Opens a file afresh at the place that a link to it names, and waits until it is loaded.
    pub(crate) fn open_at(&mut self, file: &Path, place: &str) {
        let file = std::fs::canonicalize(file).expect("the page is there");
        // To go to another place of the same page would load nothing.
        self.visit("about:blank");
        self.visit(&format!("file://{}#{place}", file.display()));
    }

    fn visit(&mut self, url: &str) {
        self.heard.clear();
        self.call("Page.navigate", &json!({"url": url}));
        while !self.heard.iter().any(|said| said["method"] == "Page.loadEventFired") {
            let said = self.read();
            self.hear(said);
        }
    }

    /// The value of an expression of the page's script; promises are waited for.
    #[track_caller]
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", &params);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// A window of so many pixels, in the light or in the dark.
    pub(crate) fn look(&mut self, width: u32, height: u32, scheme: &str) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            self.call("Input.dispatchKeyEvent", &json!({"type": kind, "key": key}));
        }
    }

    /// What is to be seen, as an image.
    pub(crate) fn picture(&mut self) -> image::RgbImage {
        let shot = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        let png = STANDARD.decode(shot["data"].as_str().expect("it is text")).expect("it is base64");
        image::load_from_memory(&png).expect("it is a picture").into_rgb8()
    }

    /// The page on paper: how many sheets.
    pub(crate) fn sheets(&mut self) -> usize {
        let pdf = self.call("Page.printToPDF", &json!({"printBackground": false}));
        let pdf = STANDARD.decode(pdf["data"].as_str().expect("it is text")).expect("it is base64");
        let page = b"/Type /Page\n";
        pdf.windows(page.len()).filter(|part| *part == page).count()
    }

    /// Insists that the page complained of nothing so far.
    #[track_caller]
    pub(crate) fn is_content(&mut self) {
        // What was complained of before this answer came before it.
        self.eval("1");
        assert!(self.complaints.is_empty(), "{:#?}", self.complaints);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the browser listens, as it writes it down when it is ready.
fn address(file: &Path) -> String {
    let began = Instant::now();
    loop {
        if let Ok(text) = std::fs::read_to_string(file)
            && let Some((port, path)) = text.trim().split_once('\n')
        {
            return format!("ws://127.0.0.1:{port}{path}");
        }
        assert!(began.elapsed() < PATIENCE, "the browser does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
}
