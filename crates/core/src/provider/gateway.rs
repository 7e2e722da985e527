//! How a gateway with an OpenAI-style `/v1/videos` wants its orders: gateways of one family disagree about it.

use crate::catalog::Mode;
use crate::keyword::keywords;

keywords! {
    /// How the body of an order is written.
    pub enum BodyForm ("a body") {
        /// As a JSON object.
        Json = "json",
        /// As a form with files, `multipart/form-data`.
        Form = "form",
    }
}

keywords! {
    /// Where options stand that are not in the plain form: resolution, ratio, sound, watermark, seed, last frame.
    pub enum OptionsPlace ("a place for options") {
        /// Beside the model and the prompt.
        Top = "top",
        /// Inside `metadata`.
        Metadata = "metadata",
        /// Nowhere: an exact `size` is sent instead, and the rest is left to the gateway.
        None = "none",
    }
}

keywords! {
    /// Where frames and references stand.
    pub enum FramesPlace ("a place for frames") {
        /// In `metadata.content`, each with its role.
        Metadata = "metadata",
        /// In `content` beside the model, each with its role, the prompt among them.
        Content = "content",
        /// In `input_reference`, which holds one picture: the first frame.
        InputReference = "input_reference",
    }
}

/// How a gateway wants its orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayForm {
    /// How the body is written.
    pub body: BodyForm,
    /// Where options stand.
    pub options: OptionsPlace,
    /// Where frames and references stand.
    pub frames: FramesPlace,
}

impl Default for GatewayForm {
    /// As the gateway does whose page was read first (2026-11-20): JSON, options at the top, frames in `metadata.content`.
    fn default() -> Self {
        Self { body: BodyForm::Json, options: OptionsPlace::Top, frames: FramesPlace::Metadata }
    }
}

impl GatewayForm {
    /// Every form.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for body in [BodyForm::Json, BodyForm::Form] {
            for options in [OptionsPlace::Top, OptionsPlace::Metadata, OptionsPlace::None] {
                for frames in [FramesPlace::Metadata, FramesPlace::Content, FramesPlace::InputReference] {
                    all.push(Self { body, options, frames });
                }
            }
        }
        all
    }

    /// Whether there is such a form: `content` is a list of objects, for which `multipart/form-data` has no shape.
    #[must_use]
    pub fn is_possible(self) -> bool {
        self.body == BodyForm::Json || self.frames != FramesPlace::Content
    }

    /// Whether an order of this form has a place for what a shot starts from.
    #[must_use]
    pub fn has_place_for(self, mode: Mode) -> bool {
        match mode {
            Mode::Text | Mode::FirstFrame => true,
            Mode::FirstLast | Mode::Reference => self.frames != FramesPlace::InputReference,
        }
    }
}
