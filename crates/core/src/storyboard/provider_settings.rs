//! The records of providers and of what may be spent on them, one to one with the YAML.

use super::decode::{NamedValues, record};
use super::short::{BaseUrls, FrameRate};
use crate::catalog::{Mode, Resolution, SoundAbility};
use crate::provider::{BodyForm, FramesPlace, OptionsPlace};
use crate::text::Located;

record! {
    /// Settings of one provider.
    pub struct ProviderSettings ("a provider") {
        /// The address of the service: everything before the path in the service's documentation. A list is of servers of
        /// your own that share the work.
        ///
        /// Example: `base_url: https://video.example.com/api/v3`
        base_url: BaseUrls,
        /// The environment variable that holds the key.
        ///
        /// Example: `api_key_env: STUDIO_ARK_KEY`
        api_key_env: String,
        /// Tasks that may run at once.
        ///
        /// Example: `max_in_flight: 3`
        #[schemars(range(min = 1, max = 1000))]
        max_in_flight: i64,
        /// Seconds between polls of a task.
        ///
        /// Example: `poll: {initial: 10, max: 60}`
        poll: Poll,
        /// Seconds before a task is given up.
        ///
        /// Example: `deadline: 1800`
        #[schemars(range(min = 1))]
        deadline: i64,
        /// How a gateway wants the body of an order.
        ///
        /// Default: `json`
        /// Example: `body: form`
        body: BodyForm,
        /// Where a gateway wants what is not in the plain form: resolution, ratio, sound, watermark, seed.
        ///
        /// Default: `top`
        /// Example: `options: metadata`
        options: OptionsPlace,
        /// Where a gateway wants frames and references.
        ///
        /// Default: `metadata`
        /// Example: `frames: input_reference`
        frames: FramesPlace,
        /// Models that storyreel does not know, by the names that shots give them.
        ///
        /// Example: `models: {wan: {id: Wan-AI/Wan2.2-TI2V-5B, modes: [text, first_frame], seconds: [2, 3, 4, 5], sizes: {480p: {16:9: 832x480}}, audio: none, price: {per_second: 0}}}`
        models: NamedValues<ModelSettings>,
        /// Whether animatics speak the lines of their shots: with `espeak-ng`, or with the program that the environment variable
        /// `STORYREEL_VOICE_COMMAND` names. For `animatic` alone; clips of services are never spoken over.
        ///
        /// Default: `false`
        /// Example: `voices: true`
        voices: bool,
        /// Prices that replace the built-in ones.
        ///
        /// Example: `prices: [{model: seedance-2.0, per_second: 0.24, currency: USD, read: 2026-11-20}]`
        prices: Vec<Located<PriceSetting>>,
    }
}

record! {
    /// A model that storyreel does not know.
    pub struct ModelSettings ("a model") {
        /// The service's own id for it.
        ///
        /// Example: `id: Wan-AI/Wan2.2-TI2V-5B`
        #[schemars(required)]
        id: String,
        /// What a shot can start from.
        ///
        /// Example: `modes: [text, first_frame]`
        #[schemars(required, length(min = 1))]
        modes: Vec<Located<Mode>>,
        /// The lengths that it makes, in whole seconds.
        ///
        /// Example: `seconds: [2, 3, 4, 5]`
        #[schemars(required, length(min = 1))]
        seconds: Vec<Located<i64>>,
        /// Frames a second of its clips.
        ///
        /// Default: `24`
        /// Example: `fps: 24`
        fps: FrameRate,
        /// The exact pixels of its clips, by resolution and ratio.
        ///
        /// Example: `sizes: {480p: {16:9: 832x480, 9:16: 480x832}}`
        #[schemars(required)]
        sizes: NamedValues<NamedValues<String>>,
        /// Whether its clips have sound.
        ///
        /// Default: `none`
        /// Example: `audio: choice`
        audio: SoundAbility,
        /// What a clip costs; without it the price is unknown.
        ///
        /// Example: `price: {per_second: 0.05, currency: USD}`
        price: ModelPrice,
    }
}

record! {
    /// What a clip of a model costs.
    pub struct ModelPrice ("a price") {
        /// The amount for a second of clip; 0 for a model on a machine of one's own.
        ///
        /// Example: `per_second: 0.05`
        #[schemars(range(min = 0))]
        per_second: f64,
        /// The amount for a million tokens.
        ///
        /// Example: `per_million_tokens: 7`
        #[schemars(range(min = 0))]
        per_million_tokens: f64,
        /// Its currency: USD when absent.
        ///
        /// Default: `USD`
        /// Example: `currency: EUR`
        currency: String,
        /// The day it was read.
        ///
        /// Example: `read: 2026-11-20`
        read: String,
    }
}

record! {
    /// A price of a model, for one resolution or for all.
    pub struct PriceSetting ("a price") {
        /// The model: a family, or the provider's own id.
        ///
        /// Example: `model: seedance-2.0`
        #[schemars(required)]
        model: String,
        /// The resolution; every one when absent.
        ///
        /// Example: `resolution: 720p`
        resolution: Resolution,
        /// The amount for a million tokens.
        ///
        /// Example: `per_million_tokens: 7`
        #[schemars(range(min = 0))]
        per_million_tokens: f64,
        /// The amount for a second of clip.
        ///
        /// Example: `per_second: 0.24`
        #[schemars(range(min = 0))]
        per_second: f64,
        /// The same amount when a video is among the references.
        ///
        /// Example: `with_video: 4.3`
        #[schemars(range(min = 0))]
        with_video: f64,
        /// Its currency: USD when absent.
        ///
        /// Default: `USD`
        /// Example: `currency: CNY`
        currency: String,
        /// The day it was read, such as 2026-11-20.
        ///
        /// Example: `read: 2026-11-20`
        read: String,
    }
}

record! {
    /// Seconds between polls of a task.
    pub struct Poll ("a poll") {
        /// Before the first poll.
        ///
        /// Example: `initial: 10`
        #[schemars(range(min = 1))]
        initial: i64,
        /// The longest pause.
        ///
        /// Example: `max: 60`
        #[schemars(range(min = 1))]
        max: i64,
    }
}

record! {
    /// The most that one run can spend.
    pub struct Budget ("the budget") {
        /// The amount.
        ///
        /// Example: `max: 25`
        #[schemars(range(min = 0))]
        max: f64,
        /// Its currency: USD when absent.
        ///
        /// Default: `USD`
        /// Example: `currency: CNY`
        currency: String,
    }
}
