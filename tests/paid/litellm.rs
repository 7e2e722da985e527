//! The real proxy of `LiteLLM` between storyreel and a server of one's own: `SGLang`, since the proxy sends orders without a
//! picture as JSON, which vLLM-Omni does not read (1.99, tried 2026-11-27). It runs where the program `litellm` is found, or
//! where `STORYREEL_TEST_LITELLM` names it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::crash::{project, settings};
use super::{KEYS, served, with_settings};
use crate::loopback::Loopback;

/// The proxy; dropped, it is gone.
struct Proxy {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Proxy {
    /// Starts it in front of an upstream; `None` where there is no such program.
    fn start(upstream: &str) -> Option<Self> {
        let program = std::env::var("STORYREEL_TEST_LITELLM").unwrap_or_else(|_| "litellm".to_owned());
        let folder = tempfile::tempdir().expect("a folder can be made");
        let config = folder.path().join("litellm.yaml");
        let text = format!(
            "model_list:\n  - model_name: wan\n    litellm_params:\n      model: openai/Wan-AI/Wan2.2-TI2V-5B\n      \
             api_base: {upstream}/v1\n      api_key: none\nrouter_settings: {{num_retries: 0}}\n"
        );
        fs::write(&config, text).expect("written");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = free.local_addr().expect("it is bound").to_string();
        drop(free);
        let port = address.rsplit(':').next().expect("it has a port");
        let mut command = Command::new(program);
        command.arg("--config").arg(&config).args(["--host", "127.0.0.1", "--port", port]).current_dir(folder.path());
        // The newest proxies refuse to start without one, and take nobody who has another.
        command.env("LITELLM_MASTER_KEY", format!("{KEYS}openai-video"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let mut proxy = Self { child, address, _folder: folder };
        while !proxy.is_up() {
            let ended = proxy.child.try_wait().expect("it is ours");
            assert!(ended.is_none(), "the proxy ended: {ended:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
        Some(proxy)
    }

    fn is_up(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(&self.address) else { return false };
        let asked = stream.write_all(b"GET /health/liveliness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        asked.and_then(|()| stream.read_to_string(&mut answer)).is_ok() && answer.contains(" 200 ")
    }
}

#[test]
fn the_real_proxy_of_litellm_passes_a_chain_on() {
    let service = Loopback::start(settings());
    let Some(proxy) = Proxy::start(&service.base("sglang")) else { return };
    let wan = "models: {wan: {id: wan, modes: [text, first_frame], seconds: [4], sizes: {480p: {'16:9': 832x480}}, \
               price: {per_second: 0.05}}}";
    let gateway = format!(
        "openai-video: {{poll: {{initial: 1, max: 1}}, deadline: 120, body: form, options: none, frames: input_reference, \
         {wan}}}"
    );
    let keys = "provider: openai-video, model: wan";
    let shots = format!(
        "  - {{id: one, prompt: Boat one, {keys}, return_last_frame: true}}\n  - {{id: two, prompt: Boat two, {keys}}}\n"
    );
    let run = served(project(&with_settings(&gateway, &shots)).again(), &service);
    let run = run.env("STORYREEL_OPENAI_VIDEO_BASE_URL", format!("http://{}", proxy.address));
    let seen = run.args(["render", "film.yaml", "--yes"]).ok();
    let ledger = service.ledger();
    assert_eq!(ledger.tasks().len(), 2);
    assert!(ledger.task("Boat two").input("first_frame").sha256.is_some(), "the proxy passes the frame on");
    assert_eq!(ledger.task("Boat two").size, (832, 480));
    assert!(seen.path().join("out/film.mp4").exists());
}
