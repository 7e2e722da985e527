//! The JSON body of an order, and what of a render most dialects send in the same words.

use serde_json::{Map, Value};
use storyreel_core::catalog::{Mode, Ratio, RenderSpec};

use super::Submission;
use super::http::HttpRequest;

/// The body of an order, field by field.
#[derive(Debug, Default)]
pub(super) struct OrderBody(Map<String, Value>);

impl OrderBody {
    /// Sets a field.
    pub(super) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Sets the fields that have Ark's names in most dialects: shape, sound, mark, seed and the wanted last frame.
    pub(super) fn set_common_fields(&mut self, clip: &Submission) {
        let spec = &clip.spec;
        self.set("resolution", spec.resolution.to_string());
        self.set("ratio", sent_ratio(spec).to_string());
        self.set("generate_audio", spec.audio);
        self.set("watermark", spec.watermark);
        self.set("return_last_frame", clip.return_last_frame);
        if let Some(seed) = spec.seed {
            self.set("seed", seed);
        }
    }

    /// The fields themselves.
    pub(super) fn into_fields(self) -> Map<String, Value> {
        self.0
    }

    /// The order itself.
    pub(super) fn post(self, path: &str) -> HttpRequest {
        HttpRequest::post(path, Value::Object(self.0))
    }
}

/// The ratio that the model takes in this mode.
fn sent_ratio(spec: &RenderSpec) -> Ratio {
    let is_on_a_frame = matches!(spec.mode, Mode::FirstFrame | Mode::FirstLast);
    match spec.ratio {
        _ if is_on_a_frame && spec.family.follows_first_frame => Ratio::Adaptive,
        // The families that decide no length (1.0) decide no shape from words either.
        Ratio::Adaptive if spec.mode == Mode::Text && !spec.family.decides_duration => Ratio::W16H9,
        ratio => ratio,
    }
}

/// Whole seconds, or the -1 that leaves them to the model.
pub(super) fn sent_seconds(spec: &RenderSpec) -> i64 {
    spec.seconds.map_or(-1, i64::from)
}
