//! Shared stores in buckets: stand-ins that must be refused, and the services' own stand-ins where they are asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

use super::crash::{Made, project, settings};
use super::shared::pay_in_rounds;
use super::{board, render};
use crate::loopback::Loopback;
use crate::support::Run;

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

#[derive(Clone)]
struct StandIn {
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    condition: Condition,
}

impl StandIn {
    /// Starts a server that speaks as much of the language of S3 as a shared store needs.
    fn start(condition: Condition) -> SocketAddr {
        let stand_in = Self { objects: Arc::default(), condition };
        let (said, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                said.send(listener.local_addr().expect("an address")).expect("it is waited for");
                axum::serve(listener, axum::Router::new().fallback(answer).with_state(stand_in)).await.expect("served");
            });
        });
        heard.recv().expect("it starts")
    }

    fn has(&self, name: &str) -> bool {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }
}

async fn answer(
    State(stand_in): State<StandIn>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let name = uri.path().trim_start_matches("/team/").to_owned();
    let tag = [("etag", "\"x\""), ("last-modified", "Fri, 27 Nov 2026 12:00:00 GMT")];
    let all = || stand_in.objects.lock().unwrap_or_else(PoisonError::into_inner);
    match method {
        Method::PUT => {
            let is_conditional = headers.contains_key("if-none-match");
            match stand_in.condition {
                Condition::Honoured => {
                    let mut all = all();
                    if is_conditional && all.contains_key(&name) {
                        return StatusCode::PRECONDITION_FAILED.into_response();
                    }
                    all.insert(name, body);
                }
                Condition::OneAfterTheOther => {
                    if is_conditional && stand_in.has(&name) {
                        return StatusCode::PRECONDITION_FAILED.into_response();
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    all().insert(name, body);
                }
                Condition::Ignored => _ = all().insert(name, body),
            }
            tag.into_response()
        }
        Method::GET if uri.query().is_some_and(|query| query.contains("list-type")) => {
            let xml = "<ListBucketResult><Name>team</Name><IsTruncated>false</IsTruncated></ListBucketResult>";
            ([("content-type", "application/xml")], xml).into_response()
        }
        Method::GET | Method::HEAD => match all().get(&name) {
            Some(bytes) => (tag, bytes.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Method::DELETE => {
            all().remove(&name);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// A command with the variables that the services' own tools read.
fn with_keys(run: Run, endpoint: &str) -> Run {
    run.env("AWS_ACCESS_KEY_ID", "key-of-the-tests")
        .env("AWS_SECRET_ACCESS_KEY", "secret-of-the-tests")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ALLOW_HTTP", "true")
}

fn lamp() -> String {
    board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n")
}

#[test]
fn a_service_that_lets_two_win_is_refused_for_buying_and_can_be_read() {
    for condition in [Condition::Ignored, Condition::OneAfterTheOther] {
        let endpoint = format!("http://{}", StandIn::start(condition));
        let service = Loopback::start(settings());
        let on = |run: Run| with_keys(run, &endpoint).args(["--store", "s3://team/films"]);
        let machine = project(&lamp());
        let refused = on(machine.again()).args(["store", "check"]).code(4);
        refused.err_has("lets two machines buy the same shot").says_nothing_of("secret-of-the-tests");
        let refused = on(render(machine.again(), &service)).code(4);
        refused.err_has("nothing was ordered").says_nothing_of("secret-of-the-tests");
        assert!(service.ledger().requests().is_empty());
        on(machine.again()).args(["store", "pull", "film.yaml"]).ok();
    }
}

#[test]
fn a_service_that_honours_conditions_is_bought_with() {
    let endpoint = format!("http://{}", StandIn::start(Condition::Honoured));
    let service = Loopback::start(settings());
    let on = |run: Run| with_keys(run, &endpoint).args(["--store", "s3://team/films"]);
    let first = on(render(project(&lamp()).again(), &service)).ok();
    let second = on(render(project(&lamp()).again(), &service)).ok();
    assert_eq!((service.ledger().billed().len(), Made::of(first.path())), (1, Made::of(second.path())));
    // The race is run once by each machine, and asked for again by the user alone.
    let again = on(render(first.again(), &service)).ok();
    assert!(!again.stderr.contains("checking that"), "{}", again.stderr);
    on(first.again()).args(["store", "check"]).ok().out_has("exactly one won");
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
    pay_in_rounds("moto", 5, &|run| with_keys(run, &endpoint).args(["--store", "s3://team/films"]));
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
    pay_in_rounds("Azurite", 5, &|run| keys(run).args(["--store", "az://team/films"]));
}
