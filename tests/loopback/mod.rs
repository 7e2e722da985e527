//! The services on this machine: every dialect as its documents have it, as strict as the real ones, with bad days on
//! demand. It shares no code with storyreel, so that a mistake on either side shows.
//!
//! ```text
//! let service = Loopback::start(Settings::new().fault(Call::Submit, Pick::Nth(1), Fault::DropAfter));
//! let run = service.env().into_iter().fold(Run::new(), |run, (name, value)| run.env(&name, value));
//! run.board("film.yaml", BOARD).args(["render", "--yes"]).code(7);
//! assert_eq!(service.ledger().billed().len(), 1);
//! ```
//!
//! What the documents leave open is decided here so: a length left to the model is 8 s, a video to look at is taken for
//! 5 s, failed and cancelled tasks are free, and all clips are H.264 with 8 bits, also where the real ones are HEVC.

mod ark;
mod atlas;
mod clips;
mod comfy;
mod connections;
mod dialect;
mod faults;
mod files;
mod hub;
mod ledger;
mod models;
mod openai;
mod openrouter;
mod pictures;
mod resale;
mod rules;
mod tasks;
mod video_server;
mod wire;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use tokio::sync::oneshot;

pub(crate) use clips::{Look, sha256};
pub(crate) use faults::{Call, Fault, Pick};
pub(crate) use ledger::{Key, Ledger, Seen, What};
pub(crate) use tasks::{Lengths, Pace};

use dialect::Dialect;
use hub::Hub;

/// How the services behave.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pace: Pace,
    at_once: usize,
    expires_after: Option<Duration>,
    look: Look,
    faults: Vec<(Call, Pick, Fault)>,
}

impl Settings {
    /// Without faults: one look says `queued`, the next `running`, the third has the clip. Links live for ever.
    pub(crate) fn new() -> Self {
        let pace = Pace::Looks { queued: 1, running: 1 };
        Self { pace, at_once: 10, expires_after: None, look: Look::Tiny, faults: Vec::new() }
    }

    /// How long tasks take.
    pub(crate) fn pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// How many tasks of a service run at once before others wait, where the pace is by the clock: 10 for a company's
    /// account at Ark, 3 for a person's.
    pub(crate) fn at_once(self, at_once: usize) -> Self {
        Self { at_once, ..self }
    }

    /// How long a link lives.
    pub(crate) fn expires_after(self, life: Duration) -> Self {
        Self { expires_after: Some(life), ..self }
    }

    /// How much is in the pictures.
    pub(crate) fn look(self, look: Look) -> Self {
        Self { look, ..self }
    }

    /// Something that goes wrong. Calls are counted over all services.
    pub(crate) fn fault(mut self, call: Call, pick: Pick, fault: Fault) -> Self {
        self.faults.push((call, pick, fault));
        self
    }
}

/// A service and how it is found.
struct Spoken {
    id: &'static str,
    /// The path of its base URL.
    base: &'static str,
    key_env: &'static str,
    base_env: &'static str,
    dialect: &'static dyn Dialect,
}

impl Spoken {
    /// The only key that it takes.
    fn key(&self) -> String {
        format!("loopback-key-of-{}", self.id)
    }
}

const fn spoken(
    id: &'static str,
    base: &'static str,
    key_env: &'static str,
    base_env: &'static str,
    dialect: &'static dyn Dialect,
) -> Spoken {
    Spoken { id, base, key_env, base_env, dialect }
}

/// Every service.
const SERVICES: &[Spoken] = &[
    spoken("ark", "/ark/api/v3", "ARK_API_KEY", "STORYREEL_ARK_BASE_URL", &ark::Ark),
    spoken("byteplus", "/byteplus/api/v3", "BYTEPLUS_API_KEY", "STORYREEL_BYTEPLUS_BASE_URL", &ark::Ark),
    spoken("apiyi", "/apiyi/seedance/api/v3", "APIYI_API_KEY", "STORYREEL_APIYI_BASE_URL", &ark::Ark),
    spoken("cometapi", "/cometapi", "COMETAPI_KEY", "STORYREEL_COMETAPI_BASE_URL", &openai::Comet),
    spoken("atlascloud", "/atlascloud/api/v1", "ATLASCLOUD_API_KEY", "STORYREEL_ATLASCLOUD_BASE_URL", &atlas::Atlas),
    spoken(
        "openai-video",
        "/openai-video",
        "OPENAI_VIDEO_API_KEY",
        "STORYREEL_OPENAI_VIDEO_BASE_URL",
        &openai::Gateway,
    ),
    spoken("seedance-v2", "/seedance-v2/v2", "SEEDANCE_API_KEY", "STORYREEL_SEEDANCE_V2_BASE_URL", &resale::Resale),
    spoken(
        "openrouter",
        "/openrouter/api/v1",
        "OPENROUTER_API_KEY",
        "STORYREEL_OPENROUTER_BASE_URL",
        &openrouter::OpenRouter,
    ),
    spoken("comfy-router", "/comfy-router", "COMFY_API_KEY", "STORYREEL_COMFY_ROUTER_BASE_URL", &comfy::Comfy),
    spoken("video-server", "/video-server", "", "STORYREEL_VIDEO_SERVER_BASE_URL", &VLLM),
    // More servers of one's own, which a storyboard or a test names.
    spoken("second-server", "/second-server", "", "", &VLLM),
    spoken("sglang", "/sglang", "", "", &SGLANG),
];

const VLLM: video_server::VideoServer = video_server::VideoServer { owner: "vllm" };
const SGLANG: video_server::VideoServer = video_server::VideoServer { owner: "sglang" };

/// The running services; dropped, they are gone.
pub(crate) struct Loopback {
    hub: Arc<Hub>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// Starts all services behind one port of this machine, in a thread of their own.
    pub(crate) fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
        listener.set_nonblocking(true).expect("sockets can");
        let hub = Arc::new(Hub::new(origin, settings));
        let (stop, stopped) = oneshot::channel();
        let state = Arc::clone(&hub);
        let thread = std::thread::spawn(move || serve(listener, state, stopped));
        Self { hub, stop: Some(stop), thread: Some(thread) }
    }

    /// The base URL of a service: everything before the paths that its reference names.
    pub(crate) fn base(&self, service: &str) -> String {
        format!("{}{}", self.hub.origin, found(service).base)
    }

    /// The only key that a service takes.
    pub(crate) fn key(service: &str) -> String {
        found(service).key()
    }

    /// The environment in which storyreel finds all services here, and has their keys.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        let both = |spoken: &Spoken| {
            [(spoken.base_env.to_owned(), self.base(spoken.id)), (spoken.key_env.to_owned(), spoken.key())]
        };
        SERVICES.iter().flat_map(both).filter(|(name, _)| !name.is_empty()).collect()
    }

    /// What was seen so far.
    pub(crate) fn ledger(&self) -> Ledger {
        self.hub.ledger()
    }

    /// How many faults there were so far.
    pub(crate) fn struck(&self) -> usize {
        self.hub.state().script.struck
    }

    /// One more thing that goes wrong, counted from now.
    pub(crate) fn fault(&self, call: Call, pick: Pick, fault: Fault) {
        self.hub.state().script.add(call, pick, fault);
    }

    /// Waits until every request has arrived that a program sent which is gone by now, and is answered.
    pub(crate) fn settle(&self) {
        // Connections are taken in the order in which they come, so those before this one are counted once it is answered.
        let address = self.hub.origin.strip_prefix("http://").expect("it is one");
        let mut probe = std::net::TcpStream::connect(address).expect("it listens");
        probe.write_all(b"GET /settled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("it listens");
        probe.read_to_end(&mut Vec::new()).expect("it answers");
        drop(probe);
        self.hub.wait_until_closed();
    }

    /// Keeps tasks from going on after their first look, or lets them.
    pub(crate) fn hold_tasks(&self, held: bool) {
        self.hub.state().tasks_are_held = held;
    }

    /// Loses a task, as services do after some days: it is paid, and nobody finds it any more.
    #[track_caller]
    pub(crate) fn forget(&self, task: &str) {
        let mut state = self.hub.state();
        state.tasks.iter_mut().find(|one| one.id == task).expect("it is a task of this service").gone = true;
    }

    /// Puts all links of this moment past their time. A look at a task gives fresh ones.
    pub(crate) fn expire_links(&self) {
        let mut state = self.hub.state();
        state.stale = state.links.len();
    }
}

#[track_caller]
fn found(service: &str) -> &'static Spoken {
    SERVICES.iter().find(|spoken| spoken.id == service).expect("a service of the reference")
}

fn serve(listener: TcpListener, hub: Arc<Hub>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("it is a socket");
        let listener = connections::Counted { listener, hub: Arc::clone(&hub) };
        let app = Router::new().fallback(wire::front).with_state(hub);
        tokio::select! {
            served = axum::serve(listener, app) => served.expect("a local socket can be listened to"),
            _ = stopped => {}
        }
    });
    // Downloads that wait for a clip are not waited for.
    runtime.shutdown_background();
}

impl Drop for Loopback {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the service has been reported by its thread.
            let _ = thread.join();
        }
    }
}
