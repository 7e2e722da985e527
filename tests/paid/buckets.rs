//! Shared stores in buckets: stand-ins that must be refused, and the services' own stand-ins where they are asked for.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

use super::crash::{Made, killed, project, settings};
use super::shared::{pay_in_rounds, rounds};
use super::{board, render};
use crate::loopback::Loopback;
use crate::support::{Run, Seen};

/// How a stand-in treats a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// As it should.
    Honoured,
    /// It looks whether the object is there, takes its time, and writes.
    OneAfterTheOther,
    /// Not at all.
    Ignored,
}

/// What goes wrong at a stand-in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Nothing,
    /// Every request is refused, in words that repeat all that came with it.
    Denied,
    /// After so many clips and frames, others are taken and never answered.
    Stuck(usize),
    /// Clips and frames are said to be far larger than they are.
    Huge,
}

/// A server that speaks as much of the language of S3, and of that which Google's service shares with it, as a shared
/// store needs.
#[derive(Clone)]
struct StandIn {
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    /// The names of clips and frames, as often as their bytes were taken.
    taken: Arc<Mutex<Vec<String>>>,
    trouble: Arc<Mutex<Trouble>>,
    condition: Condition,
    endpoint: String,
}

impl StandIn {
    fn start(condition: Condition) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("sockets can");
        let stand_in = Self {
            objects: Arc::default(),
            taken: Arc::default(),
            trouble: Arc::new(Mutex::new(Trouble::Nothing)),
            condition,
            endpoint: format!("http://{}", listener.local_addr().expect("an address")),
        };
        let state = stand_in.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                axum::serve(listener, axum::Router::new().fallback(answer).with_state(state)).await.expect("served");
            });
        });
        stand_in
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn trouble(&self) -> Trouble {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Puts other bytes in the place of every object whose name has this in it.
    fn spoil(&self, part: &str, bytes: &'static str) {
        let mut objects = self.objects();
        let spoilt = objects.iter_mut().filter(|(name, _)| name.contains(part));
        assert!(spoilt.map(|(_, held)| *held = Bytes::from_static(bytes.as_bytes())).count() > 0, "{part}");
    }

    async fn put(&self, name: String, is_conditional: bool, body: Bytes) -> Response {
        if name.contains("/objects/") {
            let has_room = {
                let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
                let has_room = !matches!(self.trouble(), Trouble::Stuck(most) if taken.len() >= most);
                taken.extend(has_room.then(|| name.clone()));
                has_room
            };
            if !has_room {
                std::future::pending::<()>().await;
            }
        }
        let is_there = self.objects().contains_key(&name);
        if is_conditional && is_there && self.condition != Condition::Ignored {
            return StatusCode::PRECONDITION_FAILED.into_response();
        }
        if self.condition == Condition::OneAfterTheOther {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut objects = self.objects();
        if is_conditional && self.condition == Condition::Honoured && objects.contains_key(&name) {
            return StatusCode::PRECONDITION_FAILED.into_response();
        }
        objects.insert(name, body);
        TAG.into_response()
    }

    fn get(&self, name: &str) -> Response {
        let Some(bytes) = self.objects().get(name).cloned() else { return StatusCode::NOT_FOUND.into_response() };
        if self.trouble() == Trouble::Huge && name.contains("/objects/") {
            let body = axum::body::Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
            return (TAG, [("content-length", "3221225472")], body).into_response();
        }
        (TAG, bytes).into_response()
    }

    /// Removes all that a request names.
    fn delete(&self, body: &[u8]) -> Response {
        let text = String::from_utf8_lossy(body);
        let mut xml = "<DeleteResult>".to_owned();
        for name in text.split("<Key>").skip(1).filter_map(|rest| rest.split('<').next()) {
            self.objects().remove(name);
            xml.push_str(&format!("<Deleted><Key>{name}</Key></Deleted>"));
        }
        ([("content-type", "application/xml")], xml + "</DeleteResult>").into_response()
    }

    /// The objects whose names begin so, all on one page.
    fn list(&self, query: &str) -> Response {
        let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).map(decoded).unwrap_or_default();
        let mut xml = "<ListBucketResult><Name>team</Name><IsTruncated>false</IsTruncated>".to_owned();
        for (name, bytes) in self.objects().iter().filter(|(name, _)| name.starts_with(&prefix)) {
            xml.push_str(&format!(
                "<Contents><Key>{name}</Key><LastModified>2026-01-02T12:00:00.000Z</LastModified><ETag>\"x\"</ETag>\
                 <Size>{}</Size></Contents>",
                bytes.len()
            ));
        }
        ([("content-type", "application/xml")], xml + "</ListBucketResult>").into_response()
    }
}

/// What belongs to every object.
const TAG: [(&str, &str); 2] = [("etag", "\"x\""), ("last-modified", "Fri, 02 Jan 2026 12:00:00 GMT")];

/// A part of an address without its percent signs.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(2);
        plain.push(char::from(u8::from_str_radix(code, 16).expect("two digits")));
        plain.push_str(rest);
    }
    plain
}

async fn answer(
    State(stand_in): State<StandIn>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if stand_in.trouble() == Trouble::Denied {
        let said = format!(
            "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match.\
             </Message><CanonicalRequest>{uri} {headers:?}</CanonicalRequest></Error>"
        );
        return (StatusCode::FORBIDDEN, said).into_response();
    }
    let name = decoded(uri.path().trim_start_matches("/team/"));
    let is_conditional = headers.contains_key("if-none-match")
        || headers.get("x-goog-if-generation-match").is_some_and(|generation| generation == "0");
    match method {
        Method::PUT => stand_in.put(name, is_conditional, body).await,
        Method::GET if uri.query().is_some_and(|query| query.contains("list-type")) => {
            stand_in.list(uri.query().unwrap_or_default())
        }
        Method::GET | Method::HEAD => stand_in.get(&name),
        Method::DELETE => {
            stand_in.objects().remove(&name);
            StatusCode::NO_CONTENT.into_response()
        }
        Method::POST if uri.query().is_some_and(|query| query.starts_with("delete")) => stand_in.delete(&body),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// What the keys of the tests end with.
const SECRET: &str = "-of-the-tests";

/// A command with the variables that the services' own tools read.
fn with_keys(run: Run, endpoint: &str) -> Run {
    run.env("AWS_ACCESS_KEY_ID", format!("key{SECRET}"))
        .env("AWS_SECRET_ACCESS_KEY", format!("secret{SECRET}"))
        .env("AWS_SESSION_TOKEN", format!("token{SECRET}"))
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ALLOW_HTTP", "true")
}

/// A command that finds Google's service at a stand-in.
fn at_google(run: Run, endpoint: &str) -> Run {
    let account = format!(
        "{{\"gcs_base_url\":\"{endpoint}\",\"disable_oauth\":true,\"client_email\":\"\",\"private_key\":\"\",\
         \"private_key_id\":\"\"}}"
    );
    run.file("account.json", account).env("GOOGLE_SERVICE_ACCOUNT", "account.json")
}

fn lamp() -> String {
    board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n")
}

#[test]
fn a_service_that_lets_two_win_is_refused_for_buying_and_can_be_read() {
    for condition in [Condition::Ignored, Condition::OneAfterTheOther] {
        let endpoint = StandIn::start(condition).endpoint;
        let service = Loopback::start(settings());
        let on = |run: Run| with_keys(run, &endpoint).args(["--store", "s3://team/films"]);
        let machine = project(&lamp());
        let refused = on(machine.again()).args(["store", "check"]).code(4);
        refused.err_has("lets two machines buy the same shot").says_nothing_of(SECRET);
        let refused = on(render(machine.again(), &service)).code(4);
        refused.err_has("nothing was ordered").says_nothing_of(SECRET);
        assert!(service.ledger().requests().is_empty());
        on(machine.again()).args(["store", "pull", "film.yaml"]).ok();
    }
}

#[test]
fn a_service_that_honours_conditions_is_bought_with() {
    for scheme in ["s3", "gs"] {
        let endpoint = StandIn::start(Condition::Honoured).endpoint;
        let service = Loopback::start(settings());
        let on = |run: Run| {
            let run = if scheme == "gs" { at_google(run, &endpoint) } else { with_keys(run, &endpoint) };
            run.args(["--store", &format!("{scheme}://team/films")])
        };
        let first = on(render(project(&lamp()).again(), &service)).ok();
        let second = on(render(project(&lamp()).again(), &service)).ok();
        assert_eq!((service.ledger().billed().len(), Made::of(first.path())), (1, Made::of(second.path())));
        // The race is run once by each machine, and asked for again by the user alone.
        let again = on(render(first.again(), &service)).ok();
        assert!(!again.stderr.contains("checking that"), "{}", again.stderr);
        on(first.again()).args(["store", "check"]).ok().out_has("exactly one won");
    }
}

/// Three cards, made on a machine without a shared store.
fn made() -> Seen {
    let cards = (0..3).map(|n| format!("  - {{id: c{n}, card: Card {n}, duration: 1}}\n"));
    let text = board("ark", &cards.collect::<String>());
    Run::new().board("film.yaml", &text).args(["render", "film.yaml", "-q"]).ok()
}

/// A machine with the storyboard and the lock of another, and no clips.
fn fresh(other: &Seen) -> Run {
    let read = |name: &str| std::fs::read_to_string(other.path().join(name)).expect("it is there");
    Run::new().board("film.yaml", &read("film.yaml")).file("film.lock.yaml", read("film.lock.yaml"))
}

#[test]
fn a_push_that_was_killed_goes_on_and_films_are_listed_pulled_and_swept() {
    let stand_in = StandIn::start(Condition::Honoured);
    let on = |run: Run| with_keys(run, &stand_in.endpoint).args(["--store", "s3://team/films", "store"]);
    let first = made();
    stand_in.set(Trouble::Stuck(1));
    let push = || on(first.again()).args(["push", "film.yaml"]);
    assert!(killed(&push(), || stand_in.objects().keys().any(|name| name.contains("/objects/"))));
    stand_in.set(Trouble::Nothing);
    push().ok().out_has("pushed 3 clips").out_has("2 objects");
    let mut taken = stand_in.taken();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!((stand_in.taken().len(), taken.len()), (3, 3), "nothing is sent twice");
    on(first.again()).args(["ls"]).ok().out_has("film.lock.yaml: c2").out_has("3 objects");
    let second = on(fresh(&first)).args(["pull", "film.yaml"]).ok().out_has("3 objects");
    second.again().args(["render", "film.yaml", "--locked", "-q"]).ok();
    assert_eq!(Made::of(second.path()), Made::of(first.path()));
    let elsewhere = project(&lamp());
    let locks = elsewhere.path().display().to_string();
    on(elsewhere.again()).args(["gc"]).ok().out_has("would be removed: 3 objects");
    on(elsewhere.again()).args(["gc", "--delete", "--locks", &locks]).ok().out_has("removed: 3 objects");
    assert!(!stand_in.objects().keys().any(|name| name.contains("/objects/")));
}

#[test]
fn what_a_bucket_holds_is_trusted_as_little_as_a_download() {
    let stand_in = StandIn::start(Condition::Honoured);
    let on = |run: Run| with_keys(run, &stand_in.endpoint).args(["--store", "s3://team/films"]);
    let first = made();
    on(first.again()).args(["store", "push", "film.yaml"]).ok();
    stand_in.set(Trouble::Huge);
    let refused = on(fresh(&first)).args(["store", "pull", "film.yaml"]).code(1);
    refused.err_has("it has at least 3221225472 bytes, far more than a clip");
    stand_in.set(Trouble::Nothing);
    stand_in.spoil("/objects/", "<html>not a clip</html>");
    let refused = on(fresh(&first)).args(["store", "pull", "film.yaml"]).code(1).err_has("is damaged");
    assert!(!refused.path().join("out/film.mp4").exists());
    stand_in.spoil(".done", "<html>not a receipt</html>");
    // It is no receipt, so the clips are made here.
    on(first.again()).args(["store", "ls"]).ok().out_has("3 objects");
    stand_in.spoil("store.json", "<html>not a store</html>");
    on(fresh(&first)).args(["store", "check"]).code(4).err_has("laid out by another version");
}

#[test]
fn a_service_that_repeats_what_was_signed_is_not_quoted() {
    let stand_in = StandIn::start(Condition::Honoured);
    stand_in.set(Trouble::Denied);
    let machine = project(&lamp());
    for args in [["store", "check"], ["store", "ls"], ["plan", "film.yaml"]] {
        let run = with_keys(machine.again(), &stand_in.endpoint).args(["--store", "s3://team/films"]).args(args).run();
        assert!(matches!(run.code, Some(1 | 4)), "{args:?}: {:?}", run.code);
        run.err_has("The signature does not match.").says_nothing_of(SECRET);
    }
}

/// A server that was started for a test, and ends with it.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

/// Starts a server whose command a variable of the environment names, and waits until it answers.
fn server(variable: &str, args: impl Fn(u16) -> Vec<String>) -> Server {
    let command = std::env::var(variable).unwrap_or_else(|_| panic!("{variable} names the command of the server"));
    let port = free_port();
    let mut parts = command.split_whitespace();
    let mut child = Command::new(parts.next().expect("a command"));
    child.args(parts).args(args(port)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = Server { child: child.spawn().expect("it starts"), port };
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_mins(2), "{command} does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    server
}

#[test]
#[ignore = "it needs moto: MOTO_SERVER names the command of its server"]
fn four_machines_on_moto_pay_once() {
    let server = server("MOTO_SERVER", |port| vec!["-p".to_owned(), port.to_string()]);
    let endpoint = format!("http://127.0.0.1:{}", server.port);
    let made = Command::new("python3")
        .args([
            "-c",
            "import sys, urllib.request as r; r.urlopen(r.Request(sys.argv[1] + '/team', method='PUT'))",
            &endpoint,
        ])
        .status();
    assert!(made.expect("python3 is installed").success(), "the bucket is made");
    pay_in_rounds("moto", rounds(5), &|run| with_keys(run, &endpoint).args(["--store", "s3://team/films"]));
}

/// Makes a container, signed as the service wants it.
const MAKE_CONTAINER: &str = r#"
import base64, datetime, hashlib, hmac, sys, urllib.request

endpoint, key = sys.argv[1:]
date = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
signed = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:2021-12-02\n"
signed += "/devstoreaccount1/devstoreaccount1/team\nrestype:container"
digest = hmac.new(base64.b64decode(key), signed.encode(), hashlib.sha256).digest()
headers = {
    "x-ms-date": date, "x-ms-version": "2021-12-02", "Content-Length": "0",
    "Authorization": "SharedKey devstoreaccount1:" + base64.b64encode(digest).decode(),
}
urllib.request.urlopen(urllib.request.Request(endpoint + "/team?restype=container", method="PUT", headers=headers))
"#;

#[test]
#[ignore = "it needs Azurite: AZURITE names the command of its blob server"]
fn four_machines_on_azurite_pay_once() {
    let server = server("AZURITE", |port| {
        let args = ["--blobPort", &port.to_string(), "--inMemoryPersistence", "--skipApiVersionCheck", "--loose"];
        args.map(str::to_owned).to_vec()
    });
    // The account and key that Azurite documents for everybody.
    let key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    let endpoint = format!("http://127.0.0.1:{}/devstoreaccount1", server.port);
    let keys = |run: Run| {
        run.env("AZURE_STORAGE_ACCOUNT_NAME", "devstoreaccount1")
            .env("AZURE_STORAGE_ACCOUNT_KEY", key)
            .env("AZURE_STORAGE_ENDPOINT", &endpoint)
            .env("AZURE_ALLOW_HTTP", "true")
    };
    let made = Command::new("python3").args(["-c", MAKE_CONTAINER, &endpoint, key]).status();
    assert!(made.expect("python3 is installed").success(), "the container is made");
    pay_in_rounds("Azurite", rounds(5), &|run| keys(run).args(["--store", "az://team/films"]));
}
