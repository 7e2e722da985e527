//! The orders: what each service is sent for every mode and family, and that ids stay in their place.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;
use storyreel_core::catalog::{InputRole, Mode, ModelFamily, Ratio, RenderSpec, Resolution, family};
use storyreel_core::provider::{FileTransfer, GatewayForm, Provider};
use storyreel_providers::dialect::http::{HttpRequest, Method, PartValue, RequestBody};
use storyreel_providers::dialect::{Attachment, Content, Dialect, Submission, dialect, gateway};

use super::{recorded, snapshot, spoken};

fn file(role: InputRole, mime: &'static str) -> Attachment {
    Attachment { role, content: Content::Bytes { mime, bytes: Arc::from(&b"abc"[..]) } }
}

fn address(role: InputRole, name: &str) -> Attachment {
    Attachment { role, content: Content::Address(format!("https://files.example/{name}")) }
}

/// What a shot of this mode gives the service, as far as it takes that.
fn inputs(service: &Provider, mode: Mode) -> Vec<Attachment> {
    match mode {
        Mode::Text => Vec::new(),
        Mode::FirstFrame => vec![file(InputRole::FirstFrame, "image/png")],
        Mode::FirstLast if service.is_own_server => {
            vec![file(InputRole::FirstFrame, "image/png"), file(InputRole::LastFrame, "image/png")]
        }
        Mode::FirstLast => vec![file(InputRole::FirstFrame, "image/png"), address(InputRole::LastFrame, "b.png")],
        Mode::Reference => {
            let mut inputs =
                vec![file(InputRole::ReferenceImage, "image/jpeg"), file(InputRole::ReferenceImage, "image/webp")];
            if service.video_files != FileTransfer::Unsupported {
                inputs.push(address(InputRole::ReferenceVideo, "c.mp4"));
            }
            match service.audio_files {
                FileTransfer::Unsupported => {}
                FileTransfer::Inline => inputs.push(file(InputRole::ReferenceAudio, "audio/wav")),
                FileTransfer::Never | FileTransfer::Uploaded => {
                    inputs.push(address(InputRole::ReferenceAudio, "d.mp3"));
                }
            }
            inputs
        }
    }
}

/// A model as a service sells it, or as its list or a storyboard would name it.
struct Sold {
    family: &'static ModelFamily,
    model: &'static str,
    modes: &'static [Mode],
    resolution: Resolution,
}

/// Models of services that have no built-in offers.
const UNLISTED: &[(&str, &str, &str)] = &[
    ("openrouter", "seedance-2.0", "bytedance/seedance-2.0"),
    ("openrouter", "kling-3.0", "kwaivgi/kling-v3.0"),
    ("openrouter", "veo-3.1", "google/veo-3.1"),
    ("video-server", "ltx-2.3", "Lightricks/LTX-2.3"),
    ("video-server", "hailuo-3", "MiniMaxAI/MiniMax-H3"),
];

fn sold(service: &Provider) -> Vec<Sold> {
    let offers = service.offers.iter().map(|offer| Sold {
        family: family(offer.family).expect("it is in the catalogue"),
        model: offer.model,
        modes: offer.modes,
        resolution: *offer.resolutions.last().expect("there is one"),
    });
    let others = UNLISTED.iter().filter(|(id, ..)| *id == service.id).map(|(_, name, model)| {
        let family = family(name).expect("it is in the catalogue");
        let resolution = *family.resolutions.last().expect("there is one");
        Sold { family, model, modes: family.modes, resolution }
    });
    offers.chain(others).collect()
}

fn submission(service: &Provider, offer: &Sold, mode: Mode) -> Submission {
    let Sold { family, resolution, .. } = *offer;
    Submission {
        spec: RenderSpec {
            mode,
            prompt: "Rain on the pier — \"fog\".\nA gull.".to_owned(),
            resolution,
            size: family.size(resolution, Ratio::W16H9, None).expect("it is offered"),
            audio: family.audio,
            ..RenderSpec::new(offer.model, family)
        },
        inputs: inputs(service, mode),
        return_last_frame: mode == Mode::FirstFrame,
        marker: "sr0123456789abcdef".to_owned(),
    }
}

fn shown(request: &HttpRequest) -> String {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let body = match &request.body {
        RequestBody::Empty => String::new(),
        RequestBody::Json(body) => serde_json::to_string_pretty(body).expect("it is JSON"),
        RequestBody::Form(parts) => {
            let lines = parts.iter().map(|part| match &part.value {
                PartValue::Text(text) => format!("{} = {text:?}", part.name),
                PartValue::File { name, mime, bytes } => {
                    format!("{} = file {name} ({mime}, {} bytes)", part.name, bytes.len())
                }
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    };
    let headers: Vec<String> = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let headers = headers.concat();
    format!("{method} {}\n{headers}{body}\n", request.path)
}

#[test]
fn orders_are_as_recorded_for_every_mode_and_family() {
    for (service, dialect) in spoken() {
        let mut seen = String::new();
        let offers = sold(service);
        for offer in &offers {
            for &mode in offer.modes {
                let clip = submission(service, offer, mode);
                seen.push_str(&format!("--- {} {}\n{}", offer.family.name, mode, shown(&dialect.submit(&clip))));
            }
        }
        let usual = offers.iter().find(|offer| offer.family.name == "seedance-2.0").unwrap_or(&offers[0]);
        let plain = submission(service, usual, Mode::Text);
        let spec = RenderSpec {
            seed: Some(42),
            seconds: if service.decides_duration { None } else { Some(4) },
            audio: false,
            watermark: true,
            ratio: Ratio::Adaptive,
            resolution: Resolution::P720,
            ..plain.spec
        };
        let clip = Submission { spec, return_last_frame: true, ..plain };
        seen.push_str(&format!("--- seed, own length where taken, silent\n{}", shown(&dialect.submit(&clip))));
        snapshot(&format!("orders-{}", service.id), &seen);
    }
}

/// Every form that a gateway's orders can have, for every mode that it has a place for.
#[test]
fn orders_of_gateways_are_as_recorded_for_every_form() {
    let service = storyreel_core::provider::provider_by_id("openai-video").expect("it is known");
    let offers = sold(service);
    let offer = offers.iter().find(|offer| offer.family.name == "seedance-2.0").expect("it is offered");
    let mut seen = String::new();
    for form in GatewayForm::all().into_iter().filter(|form| form.is_possible()) {
        for &mode in offer.modes.iter().filter(|mode| form.has_place_for(**mode)) {
            let clip = submission(service, offer, mode);
            let GatewayForm { body, options, frames } = form;
            seen.push_str(&format!("--- {body}, options {options}, frames {frames}: {mode}\n"));
            seen.push_str(&shown(&gateway(form).submit(&clip)));
        }
    }
    snapshot("orders-openai-video-forms", &seen);
}

/// Fields that models of the 2 series refuse, or that would leave a choice to the service.
#[test]
fn no_order_holds_what_models_refuse_or_leaves_a_choice_open() {
    for (service, dialect) in spoken() {
        let offers = sold(service);
        for (offer, mode) in offers.iter().flat_map(|offer| offer.modes.iter().map(move |mode| (offer, *mode))) {
            let mut clip = submission(service, offer, mode);
            clip.spec.ratio = Ratio::Adaptive;
            let RequestBody::Json(body) = dialect.submit(&clip).body else { continue };
            let text = body.to_string();
            for field in ["camera_fixed", "\"frames\"", "service_tier", "\"draft\"", "null"] {
                assert!(!text.contains(field), "{} {}: {field} in {text}", service.id, offer.model);
            }
            for field in ["resolution", "model"] {
                assert!(body[field].is_string(), "{} {}: no {field} in {text}", service.id, offer.model);
            }
            assert!(body["duration"].is_i64() || body["seconds"].is_string(), "{text}");
            assert!(!service.sound_switch || body["generate_audio"].is_boolean(), "{text}");
            let named = body.get("omni_reference_task_type").and_then(Value::as_str);
            assert!(named.is_none() || (clip.spec.family.names_task && mode == Mode::Reference), "{text}");
        }
    }
}

/// The pages of the `/generations` shape name these fields, and a gateway may refuse any other.
#[test]
fn the_generations_shape_has_the_fields_of_its_pages_alone() {
    let service = storyreel_core::provider::provider_by_id("seedance-v2").expect("it is known");
    let dialect = dialect(service.id).expect("it is spoken to");
    assert_eq!(service.offers[0].seconds, (1, 10));
    let offer = &sold(service)[0];
    for (mode, word, image) in [(Mode::Text, "t2v", false), (Mode::FirstFrame, "i2v", true)] {
        let plain = submission(service, offer, mode);
        let spec = RenderSpec { seed: Some(42), seconds: Some(1), ..plain.spec };
        let clip = Submission { spec, ..plain };
        let RequestBody::Json(Value::Object(mut body)) = dialect.submit(&clip).body else { panic!("it is an object") };
        assert_eq!(body.remove("mode"), Some(Value::from(word)));
        assert_eq!(body.remove("image_url").is_some(), image);
        let fields: Vec<&str> = body.keys().map(String::as_str).collect();
        assert_eq!(fields, ["duration", "fps", "model", "prompt", "resolution"]);
    }
}

#[test]
fn a_clip_on_a_frame_has_the_ratio_that_its_model_insists_on() {
    for (service, dialect) in spoken() {
        for offer in &sold(service) {
            let frames = [Mode::FirstFrame, Mode::FirstLast].into_iter().filter(|mode| offer.modes.contains(mode));
            for mode in frames {
                let clip = submission(service, offer, mode);
                let RequestBody::Json(body) = dialect.submit(&clip).body else { continue };
                // Where there is no word for it, the maker follows the picture.
                if !service.takes_ratio || service.lists_models {
                    continue;
                }
                let ratio = body.get("ratio").or(body.get("aspect_ratio")).and_then(Value::as_str);
                let expected = if clip.spec.family.follows_first_frame { "adaptive" } else { "16:9" };
                assert_eq!(ratio, Some(expected), "{} {}", service.id, offer.model);
            }
        }
    }
}

#[test]
fn uploads_and_lists_are_as_recorded() {
    let mut seen = String::new();
    for (service, dialect) in spoken() {
        assert_eq!(dialect.list("x", 1).is_some(), service.lists, "{}", service.id);
        let uploads = service.video_files == FileTransfer::Uploaded || service.audio_files == FileTransfer::Uploaded;
        let video = file(InputRole::ReferenceVideo, "video/quicktime");
        assert_eq!(dialect.upload(&video).is_some(), uploads, "{}", service.id);
        assert_eq!(dialect.upload(&address(InputRole::ReferenceVideo, "c.mp4")), None, "{}", service.id);
        let sound = file(InputRole::ReferenceAudio, "audio/mpeg");
        let requests = [
            dialect.list("ep-1 &page_size=500/?#", 2),
            dialect.upload(&video),
            dialect.upload(&sound),
            Some(dialect.poll("cgt-20261120120000-abcde")),
            dialect.content("video_abc123"),
        ];
        let headers = dialect.headers();
        seen.push_str(&format!("--- {} {headers:?}\n", service.id));
        seen.extend(requests.iter().flatten().map(shown));
    }
    let seen = seen.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    snapshot("other-requests", &seen);
}

/// The parts of a path as a server sees them: escapes undone once.
fn undone(part: &str) -> Vec<u8> {
    let mut bytes = part.bytes();
    let mut seen = Vec::new();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| char::from(byte.expect("an escape is whole")).to_digit(16).expect("it is hex");
        seen.push(match byte {
            b'%' => (digit(bytes.next()) * 16 + digit(bytes.next())) as u8,
            byte => byte,
        });
    }
    seen
}

/// What stands before and behind the id in the path of a look.
struct AroundId {
    head: String,
    tail: String,
}

impl AroundId {
    fn of(service: &Provider, dialect: &dyn Dialect) -> Self {
        let path = dialect.poll(&ticket(service, dialect, "x")).path;
        let (head, tail) = path.rsplit_once("/x").expect("the id is in it");
        Self { head: format!("{head}/"), tail: tail.to_owned() }
    }
}

/// The name of a task of which the service said the id.
fn ticket(service: &Provider, dialect: &dyn Dialect, id: &str) -> String {
    let order = dialect.submit(&submission(service, &sold(service)[0], Mode::Text));
    dialect.ticket(&order, id)
}

fn stays_in_its_place(id: &str) {
    for (service, dialect) in spoken() {
        let AroundId { head, tail } = AroundId::of(service, dialect);
        let task = ticket(service, dialect, id);
        assert_eq!(dialect.task_id(&task), id, "{}", service.id);
        let path = dialect.poll(&task).path;
        let own = path.strip_prefix(&head).and_then(|rest| rest.strip_suffix(&tail));
        let own = own.unwrap_or_else(|| panic!("{} {id:?}: {path}", service.id));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_~.%".contains(c);
        assert!(!own.is_empty() && own.chars().all(plain), "{} {id:?}: {path}", service.id);
        let seen = undone(own);
        assert!(!matches!(seen.as_slice(), b"." | b".."), "{} {id:?}: {path}", service.id);
        if !matches!(id, "" | "." | "..") {
            assert_eq!(seen, id.as_bytes(), "{} {id:?}", service.id);
        }
        if let Some(content) = dialect.content(&task) {
            assert!(content.path.starts_with(&format!("{path}/content")), "{} {id:?}", service.id);
        }
    }
}

#[test]
fn ids_cannot_leave_their_place() {
    for id in
        ["", ".", "..", "../../models", "a/b", "a?b=c", "a#b", "a b", "%2e%2e", ".%2E", "a\\b", "é\n\0", "http://x"]
    {
        stays_in_its_place(id);
    }
    for (service, dialect) in spoken() {
        let id = dialect.submitted(&recorded(service.id)["submitted"]).expect("it was accepted");
        let AroundId { head, tail } = AroundId::of(service, dialect);
        let path = dialect.poll(&ticket(service, dialect, &id)).path;
        assert_eq!(path, format!("{head}{id}{tail}"), "{}", service.id);
    }
}

proptest! {
    #[test]
    fn no_id_whatever_leaves_its_place(id in any::<String>()) {
        stays_in_its_place(&id);
    }
}
