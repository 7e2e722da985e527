//! The records of providers and of what may be spent on them, one to one with the YAML.

use super::decode::record;
use crate::catalog::Resolution;
use crate::text::Located;

record! {
    /// Settings of one provider.
    pub struct ProviderSettings ("a provider") {
        /// The address of the service: everything before the path in the service's documentation.
        ///
        /// Example: `base_url: https://video.example.com/api/v3`
        base_url: String,
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
        /// Prices that replace the built-in ones.
        ///
        /// Example: `prices: [{model: seedance-2.0, per_second: 0.24, currency: USD, read: 2026-11-20}]`
        prices: Vec<Located<PriceSetting>>,
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
