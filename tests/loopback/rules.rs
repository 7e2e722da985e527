//! How strict Ark is, and with it every relay of it: one bad field is named, nothing is ignored.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::models::{self, Model, RATIOS, nearest_ratio};
use super::pictures;
use super::tasks::{Input, Order};

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) param: Option<String>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), param: None }
    }

    /// A bad value of `param`.
    pub(super) fn bad(param: &str, message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameter", message).at(param)
    }

    pub(super) fn missing(param: &str) -> Self {
        let message = format!("The request failed because it is missing `{param}` parameter.");
        Self::new(400, "MissingParameter", message).at(param)
    }

    pub(super) fn at(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }
}

/// The bytes behind an address: `None` where it is not a link of this service.
pub(super) type Resolve<'a> = &'a dyn Fn(&str) -> Option<Result<Arc<[u8]>, Refusal>>;

/// What a clip begins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Text,
    First,
    FirstLast,
    Reference,
}

/// Fields that every model takes.
const COMMON: &[&str] = &[
    "model",
    "content",
    "resolution",
    "ratio",
    "duration",
    "generate_audio",
    "watermark",
    "return_last_frame",
    "execution_expires_after",
    "callback_url",
    "safety_identifier",
];

const FLAGS: &[&str] = &["generate_audio", "watermark", "return_last_frame", "camera_fixed", "draft"];

/// Seconds of a clip whose length the model decides: more than the 5 of other defaults, which is the trap.
const DECIDED: u32 = 8;

/// Seconds that a reference video is taken for, since nothing here looks into it.
const VIDEO: u32 = 5;

/// Checks an order in Ark's own form.
pub(super) fn order(service: &str, request: &Map<String, Value>, resolve: Resolve<'_>) -> Result<Order, Refusal> {
    let id = request.get("model").ok_or_else(|| Refusal::missing("model"))?;
    let id = id.as_str().ok_or_else(|| Refusal::bad("model", "the parameter `model` must be a string"))?;
    let model = models::find(service, id).ok_or_else(|| {
        let message = format!("The model or endpoint {id} does not exist or you do not have access to it.");
        Refusal::new(404, "InvalidEndpointOrModel.NotFound", message)
    })?;
    let (prompt, mut inputs) = content(request, resolve)?;
    let mode = mode(model, id, &prompt, &inputs)?;
    inputs.iter_mut().filter(|input| input.role.is_empty()).for_each(|input| "first_frame".clone_into(&mut input.role));
    fields(model, id, mode, request)?;
    values(request)?;
    let (seconds, frames) = seconds(model, request)?;
    let (resolution, ratio, size) = shape(model, mode, request, &inputs)?;
    task_type(mode, &inputs, request)?;
    let videos = inputs.iter().filter(|input| input.role == "reference_video").count() as u32;
    let flag = |name: &str, unset: bool| request.get(name).and_then(Value::as_bool).unwrap_or(unset);
    Ok(Order {
        model_id: id.to_owned(),
        model,
        prompt,
        seconds,
        frames,
        size,
        resolution,
        ratio,
        audio: flag("generate_audio", true),
        return_last_frame: flag("return_last_frame", false),
        seed: request.get("seed").and_then(Value::as_i64),
        mark: request.get("safety_identifier").and_then(Value::as_str).map(str::to_owned),
        expires: request.get("execution_expires_after").and_then(Value::as_u64).unwrap_or(172_800),
        video_seconds: (videos > 0).then_some(videos * VIDEO),
        inputs,
    })
}

/// The prompt and the inputs.
fn content(request: &Map<String, Value>, resolve: Resolve<'_>) -> Result<(String, Vec<Input>), Refusal> {
    let items = request.get("content").and_then(Value::as_array).filter(|items| !items.is_empty());
    let (mut prompt, mut inputs) = (Vec::new(), Vec::new());
    for (at, item) in items.ok_or_else(|| Refusal::missing("content"))?.iter().enumerate() {
        let here = format!("content[{at}]");
        let kind = item["type"].as_str().ok_or_else(|| Refusal::missing(&format!("{here}.type")))?;
        match kind {
            "text" => {
                let text = item["text"].as_str().ok_or_else(|| Refusal::missing(&format!("{here}.text")))?;
                prompt.push(text.to_owned());
            }
            "image_url" | "video_url" | "audio_url" => inputs.push(input(&here, kind, item, resolve)?),
            "draft_task" => return Err(Refusal::bad(&here, "the draft task does not exist")),
            _ => return Err(Refusal::bad(&format!("{here}.type"), format!("`{kind}` is not a content type"))),
        }
    }
    Ok((prompt.join("\n"), inputs))
}

fn input(here: &str, kind: &str, item: &Value, resolve: Resolve<'_>) -> Result<Input, Refusal> {
    let place = format!("{here}.{kind}.url");
    let address = item[kind]["url"].as_str().filter(|url| !url.is_empty()).ok_or_else(|| Refusal::missing(&place))?;
    let role = match (item.get("role").map(|role| role.as_str().unwrap_or("?")), kind) {
        (Some(role @ ("first_frame" | "last_frame" | "reference_image")), "image_url")
        | (Some(role @ "reference_video"), "video_url")
        | (Some(role @ "reference_audio"), "audio_url") => role,
        (None, "image_url") => "",
        (None, "video_url") => {
            let message = "reference media mode requires video role to be reference_video";
            return Err(Refusal::bad(&format!("{here}.role"), message));
        }
        (role, _) => {
            let message = format!("role `{}` does not fit a content of type {kind}", role.unwrap_or_default());
            return Err(Refusal::bad(&format!("{here}.role"), message));
        }
    };
    let data = address.starts_with("data:");
    let bytes = match () {
        () if data => Some(pictures::decode(&place, kind, address)?),
        () if address.starts_with("asset://") => None,
        () if address.starts_with("http://") || address.starts_with("https://") => resolve(address).transpose()?,
        () => return Err(Refusal::bad(&place, "the url is neither a web address nor base64 data nor an asset")),
    };
    if let Some(bytes) = bytes.as_ref().filter(|_| kind == "image_url") {
        pictures::check(&place, bytes)?;
    }
    let address = if data { String::new() } else { address.to_owned() };
    Ok(Input { role: role.to_owned(), address, bytes })
}

/// The mode, by the roles. An image without a role is the first frame when it is the only one.
fn mode(model: &Model, id: &str, prompt: &str, inputs: &[Input]) -> Result<Mode, Refusal> {
    let count = |role: &str| inputs.iter().filter(|input| input.role == role).count();
    let (plain, first, last) = (count(""), count("first_frame"), count("last_frame"));
    let (images, videos, sounds) = (count("reference_image"), count("reference_video"), count("reference_audio"));
    let (frames, references) = (plain + first + last, images + videos + sounds);
    let no = |message: String| Err(Refusal::bad("content", message));
    if inputs.is_empty() && prompt.trim().is_empty() {
        return Err(Refusal::missing("content.text"));
    }
    match (frames, references) {
        (0, 0) => Ok(Mode::Text),
        (1.., 1..) if last > 0 && first == 0 => {
            no("last frame image content cannot be mixed with first frame or reference image content".to_owned())
        }
        (1.., 1..) => no("first/last frame content cannot be mixed with reference media content".to_owned()),
        (_, 0) if last == 1 && frames == 1 => {
            no("last frame image content cannot be mixed with first frame or reference image content".to_owned())
        }
        (1, 0) => Ok(Mode::First),
        (2, 0) if first == 1 && last == 1 && model.last_frame_in => Ok(Mode::FirstLast),
        (2, 0) if first == 1 && last == 1 => no(format!("model {id} takes no last frame")),
        (_, 0) => no("two images need the roles first_frame and last_frame, one each".to_owned()),
        _ => {
            let most = model.references;
            match () {
                () if most == (0, 0, 0) => no(format!("the specified task_type r2v does not support model {id}")),
                () if images > most.0 => no(format!("at most {} reference images, not {images}", most.0)),
                () if videos > most.1 => no(format!("at most {} reference videos, not {videos}", most.1)),
                () if sounds > most.2 => no(format!("at most {} reference audios, not {sounds}", most.2)),
                () if images + videos == 0 && !model.takes_sound_alone() => {
                    no("reference audio needs a reference image or video beside it".to_owned())
                }
                () => Ok(Mode::Reference),
            }
        }
    }
}

/// No field that the model does not take in this mode.
fn fields(model: &Model, id: &str, mode: Mode, request: &Map<String, Value>) -> Result<(), Refusal> {
    let mode_word = match mode {
        Mode::Text => "t2v",
        Mode::First | Mode::FirstLast => "i2v",
        Mode::Reference => "r2v",
    };
    for (name, value) in request {
        let taken = COMMON.contains(&name.as_str()) || model.fields.contains(&name.as_str());
        let only = match name.as_str() {
            "service_tier" if model.follows_its_frame() => value == "default",
            "output_format" if !model.follows_its_frame() => value == "mp4",
            "tools" => mode == Mode::Text,
            _ => true,
        };
        if !taken || !only {
            let message = format!(
                "the parameter `{name}` specified in the request is not supported for model {id} in {mode_word}, must \
                 be empty"
            );
            return Err(Refusal::bad(name, message));
        }
    }
    Ok(())
}

/// Values of the fields that stand alone.
fn values(request: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in request {
        let whole = |least: i64, most: i64| value.as_i64().is_some_and(|number| (least..=most).contains(&number));
        let one_of = |words: &[&str]| value.as_str().is_some_and(|word| words.contains(&word));
        let good = match name.as_str() {
            name if FLAGS.contains(&name) => value.is_boolean(),
            "seed" => whole(-1, (1 << 32) - 1),
            "priority" => whole(0, 9),
            "execution_expires_after" => whole(3600, 259_200),
            "safety_identifier" => value.as_str().is_some_and(|mark| !mark.is_empty() && mark.chars().count() <= 64),
            "callback_url" => value.is_string(),
            "output_format" => one_of(&["mp4", "mov"]),
            "service_tier" => one_of(&["default", "flex"]),
            "omni_reference_task_type" => one_of(&["auto", "reference", "edit", "extend"]),
            _ => true,
        };
        if !good {
            let message = format!("the parameter `{name}` specified in the request is not valid: {value}");
            return Err(Refusal::bad(name, message));
        }
    }
    Ok(())
}

/// Whole seconds and frames.
fn seconds(model: &Model, request: &Map<String, Value>) -> Result<(u32, u32), Refusal> {
    if let Some(frames) = request.get("frames") {
        let frames = frames.as_u64().filter(|frames| (29..=289).contains(frames) && frames % 4 == 1);
        let frames = frames.ok_or_else(|| Refusal::bad("frames", "`frames` must be 25 + 4n from 29 to 289"))? as u32;
        return Ok((frames / 24, frames));
    }
    let asked = request.get("duration").map_or(Some(model.default_seconds), Value::as_i64);
    let (least, most) = model.seconds;
    let seconds = match asked {
        Some(-1) if model.auto_seconds => Some(DECIDED),
        Some(seconds) => u32::try_from(seconds).ok().filter(|seconds| {
            (least..=most).contains(seconds) && (model.lengths.is_empty() || model.lengths.contains(seconds))
        }),
        None => None,
    };
    let seconds = seconds.ok_or_else(|| {
        Refusal::bad("duration", format!("`duration` must be a whole number of seconds from {least} to {most}"))
    })?;
    Ok((seconds, models::frames(seconds)))
}

type Shape = (&'static str, &'static str, (u32, u32));

/// Height class, ratio as it turns out, and pixels.
fn shape(model: &Model, mode: Mode, request: &Map<String, Value>, inputs: &[Input]) -> Result<Shape, Refusal> {
    let tier = request
        .get("resolution")
        .map_or(Some(model.default_tier.to_owned()), |tier| tier.as_str().map(str::to_ascii_lowercase));
    let tier = tier.and_then(|tier| model.tiers.iter().copied().find(|known| *known == tier));
    let tier =
        tier.ok_or_else(|| Refusal::bad("resolution", format!("`resolution` must be one of {:?}", model.tiers)))?;
    let on_frame = matches!(mode, Mode::First | Mode::FirstLast);
    let old_text = !model.auto_seconds && mode == Mode::Text;
    let unset = if old_text { "16:9" } else { "adaptive" };
    let asked = request.get("ratio").map_or(Some(unset), Value::as_str);
    let ratio = match asked {
        Some("adaptive") if old_text => None,
        Some("adaptive") => {
            let picture = inputs.iter().find_map(|input| pictures::size(input.bytes.as_ref()?));
            Some(picture.map_or("16:9", |(width, height)| nearest_ratio(width, height)))
        }
        Some(_) if on_frame && model.follows_its_frame() => {
            let message = "the ratio must be adaptive for tasks that begin on a frame";
            return Err(Refusal::new(400, "InvalidParameter.TaskTypeConstraint", message).at("ratio"));
        }
        Some(word) => RATIOS.iter().copied().find(|known| *known == word),
        None => None,
    };
    let ratio = ratio.ok_or_else(|| Refusal::bad("ratio", "`ratio` is not one that the model takes"))?;
    let pixels = model.pixels(tier, ratio);
    let pixels = pixels.ok_or_else(|| Refusal::bad("ratio", format!("{tier} is not made in {ratio}")))?;
    if request.get("draft") == Some(&Value::Bool(true)) && tier != "480p" {
        return Err(Refusal::bad("resolution", "a draft is made at 480p only"));
    }
    Ok((tier, ratio, pixels))
}

/// Editing and extending have rules of their own.
fn task_type(mode: Mode, inputs: &[Input], request: &Map<String, Value>) -> Result<(), Refusal> {
    let word = request.get("omni_reference_task_type").and_then(Value::as_str).unwrap_or("auto");
    let no = |code: &str, message: &str| {
        Err(Refusal::new(400, &format!("InvalidParameter.{code}"), message).at("omni_reference_task_type"))
    };
    if word != "auto" && mode != Mode::Reference {
        return no("TaskTypeMismatch", "the task type does not fit content without references");
    }
    let adaptive = request.get("ratio").is_none_or(|ratio| ratio == "adaptive");
    let video = inputs.iter().any(|input| input.role == "reference_video");
    let decided = request.get("duration").is_none_or(|duration| duration == -1);
    match word {
        "edit" if !(adaptive && video && decided) => {
            no("TaskTypeConstraint", "edit needs a reference video, ratio adaptive and duration -1")
        }
        "extend" if !(adaptive && video) => no("TaskTypeConstraint", "extend needs a reference video, ratio adaptive"),
        _ => Ok(()),
    }
}
