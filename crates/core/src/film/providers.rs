//! What a storyboard says of services: addresses, limits, prices, the budget; and what a service can do of what a shot
//! asks of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::limits::{self, Reference};
use super::model::{ModelAtProvider, NamedModel};
use super::places::{ShotPlaces, place};
use super::resolve::Resolver;
use super::{InputSource, Inputs, Make, MediaKind, PlacedText, ProviderSpec, Shot};
use crate::catalog::{InputRole, Mode, ModelFamily, Price, PriceUnit, Ratio, RenderSpec, Resolution, family};
use crate::index::ShotIndex;
use crate::money::{self, Currency, Money};
use crate::provider::{
    FileTransfer, FirstFrame, GatewayForm, OptionsPlace, PROVIDERS, Provider, family_of, provider_by_id,
};
use crate::storyboard::{BaseUrls, PriceSetting, ProviderSettings};
use crate::text::{Located, Problem, Span, closest, listed};
use crate::units::{Day, spoken};

impl<'a> Resolver<'a> {
    /// What the storyboard says of each provider, checked.
    pub(super) fn provider_specs(&mut self) -> BTreeMap<&'static str, ProviderSpec> {
        let board = self.board;
        let mut specs = BTreeMap::new();
        for (name, settings) in board.providers.iter().flat_map(|named| &named.0) {
            match provider_by_id(&name.value) {
                None => self.report(unknown_provider(name).at(name.span, "not known")),
                Some(provider) => {
                    let spec = self.provider_spec(provider, settings);
                    specs.insert(provider.id, spec);
                }
            }
        }
        specs
    }

    fn provider_spec(&mut self, provider: &Provider, settings: &ProviderSettings) -> ProviderSpec {
        if let Some(limit) = settings.max_in_flight.as_ref().filter(|limit| !(1..=1000).contains(&limit.value)) {
            let problem = Problem::error("film::max_in_flight", "the number of tasks at once is 1 to 1000");
            self.report(problem.at(limit.span, "out of range"));
        }
        let base_urls = self.base_urls(provider, settings);
        let form = self.gateway_form(provider, settings);
        let lowered = self.lowered_prices(provider, settings);
        let poll = settings.poll.as_deref();
        ProviderSpec {
            first_poll: self.whole_seconds(poll.and_then(|poll| poll.initial.as_ref())),
            longest_pause: self.whole_seconds(poll.and_then(|poll| poll.max.as_ref())),
            deadline: self.whole_seconds(settings.deadline.as_ref()),
            servers: base_urls.len(),
            base_urls,
            form,
            key_env: settings.api_key_env.as_ref().map(|name| self.placed(name)),
            lowered,
            max_in_flight: settings.max_in_flight.as_ref().map(|limit| limit.value.clamp(1, 1000) as usize),
        }
    }

    /// The addresses at which a provider is reached, each with its place.
    fn base_urls(&mut self, provider: &Provider, settings: &ProviderSettings) -> Vec<PlacedText> {
        let Some(given) = &settings.base_url else { return Vec::new() };
        let urls: Vec<Located<String>> = match &given.value {
            BaseUrls::One(url) => vec![Located { value: url.clone(), span: given.span }],
            BaseUrls::Several(urls) => urls.clone(),
        };
        for url in urls.iter().filter(|url| !is_address(&url.value)) {
            let (begins, help) = if provider.is_own_server {
                ("`http://` or `https://`", "write it like `http://127.0.0.1:8091`")
            } else {
                ("`https://`", "`http://` is allowed only for this machine")
            };
            let problem = Problem::error("film::base_url", format_args!("a base URL begins with {begins}"));
            self.report(problem.at(url.span, "not an address").help(help));
        }
        if let Some(second) = urls.get(1).filter(|_| !provider.is_own_server) {
            let problem = Problem::error("film::base_url", format_args!("`{}` has one address", provider.id));
            let problem = problem.at(second.span, "one too many");
            self.report(problem.help("only servers of your own (`video-server`) share the work"));
        }
        urls.iter().map(|url| self.placed(url)).collect()
    }

    /// How the gateway wants its orders.
    fn gateway_form(&mut self, provider: &Provider, settings: &ProviderSettings) -> GatewayForm {
        let usual = GatewayForm::default();
        let stated = [
            settings.body.as_ref().map(|body| ("body", body.span)),
            settings.options.as_ref().map(|options| ("options", options.span)),
            settings.frames.as_ref().map(|frames| ("frames", frames.span)),
        ];
        if !provider.takes_form
            && let Some((key, span)) = stated.into_iter().flatten().next()
        {
            let problem = Problem::error("film::gateway", format_args!("`{}` takes no `{key}`", provider.id));
            self.report(problem.at(span, "no effect").help("only the gateways behind `openai-video` differ in it"));
            return usual;
        }
        let form = GatewayForm {
            body: settings.body.as_ref().map_or(usual.body, |body| body.value),
            options: settings.options.as_ref().map_or(usual.options, |options| options.value),
            frames: settings.frames.as_ref().map_or(usual.frames, |frames| frames.value),
        };
        if let Some(frames) = settings.frames.as_ref().filter(|_| !form.is_possible()) {
            let problem = Problem::error("film::gateway", "a form has no place for `content`");
            self.report(problem.at(frames.span, "only in `body: json`").help("use `metadata` or `input_reference`"));
        }
        form
    }

    /// A time in whole seconds; one that is out of range is reported.
    fn whole_seconds(&mut self, value: Option<&Located<i64>>) -> Option<u64> {
        let value = value?;
        let seconds = u64::try_from(value.value).ok().filter(|seconds| (1..=604_800).contains(seconds));
        if seconds.is_none() {
            let problem = Problem::error("film::seconds", "expected 1 to 604800 seconds (a week)");
            self.report(problem.at(value.span, "out of range"));
        }
        seconds
    }

    /// The most that a run may spend.
    pub(super) fn budget(&mut self) -> Option<Money> {
        let budget = self.board.budget.as_ref()?;
        let currency = self.currency(budget.currency.as_ref())?;
        let Some(max) = &budget.max else {
            let problem = Problem::error("film::budget", "the budget has no amount");
            self.report(problem.at(self.mark(budget.span), "no `max`").help("add `max: …`"));
            return None;
        };
        let Some(micros) = micros(max.value) else {
            let problem = Problem::error("film::budget", "a budget is zero or more, with at most six decimals");
            self.report(problem.at(max.span, "not an amount"));
            return None;
        };
        Some(Money::new(micros, currency))
    }

    pub(super) fn currency(&mut self, given: Option<&Located<String>>) -> Option<Currency> {
        let Some(given) = given else { return Some(Currency::USD) };
        let currency = given.parse().ok();
        if currency.is_none() {
            let problem = Problem::error("film::currency", format_args!("`{}` is not a currency", given.value));
            self.report(problem.at(given.span, "not three capital letters").help("write `USD`, `CNY`, `EUR`, …"));
        }
        currency
    }

    /// A price of the storyboard, or `None` when something is wrong with it, which is reported.
    pub(super) fn price_setting(&mut self, price: &Located<PriceSetting>) -> Option<Price> {
        let currency = self.currency(price.currency.as_ref())?;
        let (unit, amount) =
            self.priced_unit(price.per_million_tokens.as_ref(), price.per_second.as_ref(), price.span)?;
        let fresh = self.price_micros(amount)?;
        let with_video = match &price.with_video {
            Some(amount) => self.price_micros(amount)?,
            None => fresh,
        };
        let read = self.read_day(price.read.as_ref())?;
        Some(Price { unit, fresh, with_video, silent: None, currency, read })
    }

    /// The day on which a price was read.
    pub(super) fn read_day(&mut self, day: Option<&Located<String>>) -> Option<Cow<'static, str>> {
        let Some(day) = day else { return Some(Cow::Borrowed("storyboard")) };
        if day.value.parse::<Day>().is_ok() {
            return Some(Cow::Owned(day.value.clone()));
        }
        let problem = Problem::error("film::price", format_args!("`{}` is not a day", day.value));
        self.report(problem.at(day.span, "not a day").help("write the day it was read, such as `2026-11-20`"));
        None
    }

    /// What is counted, and the amount for it: exactly one of the two is given.
    pub(super) fn priced_unit<'p>(
        &mut self,
        tokens: Option<&'p Located<f64>>,
        second: Option<&'p Located<f64>>,
        span: Span,
    ) -> Option<(PriceUnit, &'p Located<f64>)> {
        match (tokens, second) {
            (Some(amount), None) => Some((PriceUnit::MillionTokens, amount)),
            (None, Some(amount)) => Some((PriceUnit::Second, amount)),
            _ => {
                let problem = Problem::error("film::price", "a price is `per_million_tokens` or `per_second`");
                self.report(problem.at(self.mark(span), "expected exactly one of the two"));
                None
            }
        }
    }

    /// The amount of a price in millionths; what is no amount is reported.
    pub(super) fn price_micros(&mut self, amount: &Located<f64>) -> Option<u64> {
        let micros = micros(amount.value);
        if micros.is_none() {
            let problem = Problem::error("film::price", "a price is zero or more, with at most six decimals");
            self.report(problem.at(amount.span, "not a price"));
        }
        micros
    }

    /// What a render costs: by the storyboard's price, else by the built-in one. Of a stranger's storyboard no price
    /// counts.
    pub(super) fn price(&mut self, model: &ModelAtProvider<'_>, resolution: Resolution) -> Option<Price> {
        if !model.provider.is_paid {
            return None;
        }
        let board = self.board;
        let mut providers = board.providers.iter().flat_map(|named| &named.0);
        let named = providers.find(|(name, _)| name.value == model.provider.id);
        let prices = named.and_then(|(_, settings)| settings.prices.as_ref()).into_iter().flat_map(|list| &list.value);
        let own = prices.filter(|price| {
            price.model.as_ref().is_some_and(|name| model.is_called(name))
                && price.resolution.as_ref().is_none_or(|at| at.value == resolution)
        });
        // A price for just this resolution counts before one for all.
        match own.max_by_key(|price| price.resolution.is_some()) {
            Some(price) if !self.overrides.untrusted => self.price_setting(price),
            _ => self.known_price(model, resolution),
        }
    }

    /// The price that is declared, listed or built in.
    fn known_price(&mut self, model: &ModelAtProvider<'_>, resolution: Resolution) -> Option<Price> {
        let own_server = model.provider.is_own_server.then(Price::nothing);
        match model.declared {
            Some(declared) => self.declared_price(declared).or(own_server),
            None if model.listed.is_some() => self.listed_price(model, resolution),
            None => model.offer.and_then(|offer| offer.price(resolution)).cloned().or(own_server),
        }
    }

    /// The model as `provider` knows it, what it can do, and the provider's offer of it.
    pub(super) fn model_at(&mut self, provider: &'static Provider, named: &NamedModel) -> Option<ModelAtProvider<'a>> {
        let name = &named.name;
        if let Some(declaration) = self.declaration(provider, name) {
            return self.declared_at(provider, &declaration);
        }
        if provider.lists_models {
            return self.listed_at(provider, named);
        }
        if provider.is_paid
            && let Some(offer) = provider.offer(name)
        {
            let family = family(offer.family).expect("every offer is of a family in the catalogue");
            return Some(ModelAtProvider::built_in(provider, name, family, Some(offer)));
        }
        let known = family_of(name).filter(|_| provider.is_paid);
        let Some(known) = known else {
            let family = self.known_family(provider, named)?;
            return Some(ModelAtProvider::built_in(provider, name, family, None));
        };
        let Some(offer) = provider.offer(known.name) else {
            let message = format_args!("`{}` does not offer {}", provider.id, known.name).to_string();
            let offered = provider.offers.iter().map(|offer| offer.family);
            let help = match provider.offers {
                [] => format!("say what it runs: `providers: {{{}: {{models: {{NAME: {{id: …}}}}}}}}`", provider.id),
                _ => format!("it offers {}", listed(offered, 12)),
            };
            let problem = Problem::error("film::not_offered", message);
            self.about_model(problem.help(help), named.span, "not offered there");
            return None;
        };
        if family(name).is_none() {
            let message = format_args!("`{name}` is another provider's name for {}", known.name).to_string();
            let problem = Problem::advice("film::other_name", message);
            let help = format_args!("`{}` is used; `{}` names it on every provider", offer.model, known.name);
            self.about_model(problem.help(help), named.span, "a name of another provider");
        }
        Some(ModelAtProvider::built_in(provider, name, known, Some(offer)))
    }

    /// Labels the model; one that the command line names has no place and is reported once.
    pub(super) fn about_model(&mut self, problem: Problem, span: Option<Span>, label: &str) {
        match span {
            Some(span) => self.report(problem.at(span, label)),
            None if !self.problems.contains(&problem) => self.problems.push(problem),
            None => {}
        }
    }

    /// What the provider cannot do of what the shot asks: an error, or a downgrade that is said.
    pub(super) fn check_provider(
        &mut self,
        model: &ModelAtProvider<'_>,
        spec: &RenderSpec,
        inputs: &Inputs,
        places: &ShotPlaces,
    ) {
        let provider = model.provider;
        let id = provider.id;
        self.check_mode(model, inputs.mode(), places);
        self.check_form(provider, inputs.mode(), places);
        let has_switch = provider.sound_switch && !model.family.always_sounds;
        if !spec.audio && model.family.audio && !has_switch {
            let who = if model.family.always_sounds { model.family.name } else { id };
            let problem = Problem::warning("film::downgrade", format_args!("`{who}` cannot switch the sound off"));
            let problem = place(problem, places.keys.audio, places, "has no effect there");
            self.report(problem.help("the clips come with sound"));
        }
        let is_shaped = inputs.mode() == Mode::Text && !matches!(spec.ratio, Ratio::W16H9 | Ratio::Adaptive);
        if is_shaped && !provider.takes_ratio {
            let problem = Problem::warning("film::downgrade", format_args!("`{id}` takes no ratio"));
            let problem = place(problem, places.keys.ratio, places, "has no effect there");
            self.report(problem.help("the service chooses the ratio; other providers follow `ratio`"));
        }
        let drops_seed = !provider.options || model.listed.is_some_and(|listed| !listed.seed);
        if let Some(seed) = places.keys.seed.filter(|_| drops_seed) {
            let who = if provider.options { model.family.name } else { id };
            let problem = Problem::advice("film::downgrade", format_args!("`{who}` takes no seed"));
            self.report(problem.at(seed, "is not sent"));
        }
    }

    /// What the form of a gateway's orders has no place for: an error, or what is left to the gateway.
    fn check_form(&mut self, provider: &Provider, mode: Mode, places: &ShotPlaces) {
        if !provider.takes_form {
            return;
        }
        let board = self.board;
        let settings = board.providers.as_ref().and_then(|providers| providers.get(provider.id));
        let Some(settings) = settings else { return };
        let form = self.gateway_form(provider, settings);
        if !form.has_place_for(mode) {
            let message = format!("`frames: input_reference` has no place for {}", mode.described());
            let problem = place(Problem::error("film::gateway", message), places.keys.inputs, places, "cannot be sent");
            self.report(problem.help("it holds one picture, the first frame; use `frames: metadata` or `content`"));
        }
        if form.options == OptionsPlace::None {
            for (key, span) in [("seed", places.keys.seed), ("audio", places.keys.audio)] {
                let Some(span) = span else { continue };
                let problem = Problem::advice("film::downgrade", format_args!("`options: none` sends no `{key}`"));
                self.report(problem.at(span, "is not sent"));
            }
        }
    }

    /// Whether the provider lets the model start from what the shot starts from, and how exactly.
    fn check_mode(&mut self, model: &ModelAtProvider<'_>, mode: Mode, places: &ShotPlaces) {
        let provider = model.provider;
        let id = provider.id;
        let is_offered = model.offer.is_none_or(|offer| offer.modes.contains(&mode));
        if model.family.modes.contains(&mode) && !is_offered {
            let message = format!("`{id}` cannot start {} from {}", model.family.name, mode.described());
            let problem =
                place(Problem::error("film::mode", message), places.keys.inputs, places, "not possible there");
            let modes = model.offer.iter().flat_map(|offer| offer.modes);
            let offered: Vec<&str> = modes.map(|mode| mode.described()).collect();
            self.report(problem.help(format_args!("there it starts from {}", offered.join(", or "))));
        }
        if is_offered && provider.first_frame == FirstFrame::Hinted && mode == Mode::FirstFrame {
            let message = format_args!("`{id}` takes no first frame").to_string();
            let problem = Problem::warning("film::downgrade", message);
            let problem = place(problem, places.keys.inputs, places, "is sent as a reference");
            self.report(problem.help(
                "the prompt asks to start exactly from the picture, and the clip does so at best; other providers \
                 start on it to the pixel",
            ));
        }
    }

    /// The lengths of references, and the bytes of the whole request, as far as files tell them.
    pub(super) fn check_sent(
        &mut self,
        model: &ModelAtProvider<'_>,
        inputs: &Inputs,
        each: &[Span],
        places: &ShotPlaces,
    ) {
        if model.family.modes.contains(&Mode::Reference) {
            self.check_reference_lengths(model.family, inputs, each, places, None);
        }
        if model.provider.is_paid
            && let Some(problem) = limits::check_request(model.provider, inputs, each, self.inventory, places)
        {
            self.report(problem);
        }
    }

    /// The lengths of reference clips, then of sounds. Clips of other shots are known with `shots`; before that, a shot
    /// that leans on one is passed over.
    fn check_reference_lengths(
        &mut self,
        family: &ModelFamily,
        inputs: &Inputs,
        each: &[Span],
        places: &ShotPlaces,
        shots: Option<&[Shot]>,
    ) {
        for (kind, what) in [(InputRole::ReferenceVideo, "videos"), (InputRole::ReferenceAudio, "sounds")] {
            let sources: Vec<(usize, &InputSource)> =
                inputs.roles().enumerate().filter(|(_, (role, _))| *role == kind).map(|(at, (_, s))| (at, s)).collect();
            let leans_on_shots = sources.iter().any(|(_, source)| matches!(source, InputSource::Clip(_)));
            if leans_on_shots != shots.is_some() {
                continue;
            }
            let all: Vec<Reference> = (sources.into_iter())
                .map(|(at, source)| self.reference(source, each.get(at).copied(), shots))
                .collect();
            for problem in limits::check_lengths(family, what, &all, places) {
                self.report(problem);
            }
        }
    }

    fn reference(&self, source: &InputSource, span: Option<Span>, shots: Option<&[Shot]>) -> Reference {
        match source {
            InputSource::File(file) => {
                let media = self.inventory.get(&file.path).and_then(|media| media.as_ref().ok());
                Reference { name: format!("`{}`", file.path), length: media.and_then(limits::length_of), span }
            }
            InputSource::Clip(from) => {
                let shot = shots.and_then(|shots| shots.get(from.0));
                let name = shot.map_or_else(String::new, |shot| format!("the clip of `{}`", shot.id));
                Reference { name, length: shot.and_then(known_length), span }
            }
            _ => Reference { name: String::new(), length: None, span },
        }
    }

    /// What becomes known when every shot is: where the clips of other shots come from, and how long they are.
    pub(super) fn check_handovers(&mut self, shots: &[Shot]) {
        for (at, shot) in ShotIndex::all(shots.len()).zip(shots) {
            let Make::Prompt(render) = &shot.make else { continue };
            let places = self.places_again(at, render);
            let each = &render.places.each_input;
            self.check_reference_lengths(render.spec.family, &render.inputs, each, &places, Some(shots));
            for (_, source) in render.inputs.roles() {
                self.check_frame_time(at, source, shots);
            }
        }
        for (at, shot) in ShotIndex::all(shots.len()).zip(shots) {
            let Make::Prompt(render) = &shot.make else { continue };
            let provider = render.provider;
            for (_, source) in render.inputs.roles() {
                let InputSource::Clip(from) = source else { continue };
                let same = matches!(&shots[*from].make, Make::Prompt(other) if other.provider.id == provider.id);
                if !provider.is_paid
                    || matches!(provider.video_files, FileTransfer::Inline | FileTransfer::Uploaded)
                    || same
                {
                    continue;
                }
                let made = &shots[*from].id;
                let message =
                    format!("`{}` takes only clips that it made, and `{made}` was made elsewhere", provider.id);
                let problem = Problem::error("film::needs_address", message);
                let problem = problem.at(self.link_span(*from, at), "made elsewhere");
                self.report(problem.help(format_args!("render both shots on `{}`", provider.id)));
            }
        }
    }

    /// Where a shot names the other that it needs.
    fn link_span(&self, from: ShotIndex, to: ShotIndex) -> Span {
        let link = self.links.iter().find(|link| link.from == from && link.to == to);
        link.map_or_else(|| self.shot_span(to), |link| link.span)
    }

    /// A frame of another shot at a time at which that is over.
    fn check_frame_time(&mut self, shot: ShotIndex, source: &InputSource, shots: &[Shot]) {
        let InputSource::FrameAt(from, time) = source else { return };
        let other = &shots[*from];
        if *time < other.length {
            return;
        }
        let id = &other.id;
        let length = spoken(other.length);
        let message = format!("`{id}` has no frame at {}: it is {length} long", spoken(*time));
        let problem = Problem::error("film::frame_time", message);
        let problem = problem.at(self.link_span(*from, shot), "a frame after its end");
        self.report(problem.help(format_args!("give a time below {length}, or `{{last_frame_of: {id}}}`")));
    }

    /// Whether the inputs reach the service: files, addresses, or either.
    pub(super) fn check_files(&mut self, provider: &Provider, inputs: &Inputs, places: &ShotPlaces) {
        for (role, source) in inputs.roles() {
            let (way, what) = match role {
                InputRole::ReferenceVideo => (provider.video_files, "reference videos"),
                InputRole::ReferenceAudio => (provider.audio_files, "reference sounds"),
                _ => (FileTransfer::Inline, "pictures"),
            };
            let (message, help) = match (way, source) {
                (FileTransfer::Unsupported, _) => {
                    (format!("`{}` takes no {what}", provider.id), "leave them out, or choose another provider")
                }
                (FileTransfer::Never, InputSource::File(file)) => (
                    format!("`{}` takes {what} by address only, and `{}` is a file", provider.id, file.path),
                    "upload it and use its `https://` address, or an `asset://` id",
                ),
                (FileTransfer::Inline, InputSource::Remote(address))
                    if !provider.image_addresses && what == "pictures" =>
                {
                    (
                        format!("`{}` takes pictures as files only, and `{address}` is an address", provider.id),
                        "download it beside the storyboard and name the file",
                    )
                }
                _ => continue,
            };
            let problem =
                place(Problem::error("film::needs_address", message), places.keys.inputs, places, "cannot be sent");
            self.report(problem.help(help));
        }
    }

    /// Shortest and longest length of all video inputs together, in whole seconds.
    pub(super) fn video_seconds(&self, family: &ModelFamily, inputs: &Inputs) -> Option<(u32, u32)> {
        let (shortest, longest) = family.references.seconds;
        let mut seconds: Option<(u32, u32)> = None;
        for (role, source) in inputs.roles().filter(|(role, _)| *role == InputRole::ReferenceVideo) {
            debug_assert_eq!(role, InputRole::ReferenceVideo);
            let known = match source {
                InputSource::File(file) => match self.inventory.get(&file.path) {
                    Some(Ok(super::InspectedMedia { kind: MediaKind::Video(Some(length)), .. })) => {
                        Some(length.as_secs() as u32)
                    }
                    _ => None,
                },
                _ => None,
            };
            let (least, most) = known.map_or((shortest, longest), |known| (known, known));
            let before = seconds.unwrap_or_default();
            seconds = Some((before.0 + least, (before.1 + most).min(longest.max(before.0 + least))));
        }
        seconds
    }
}

/// The length of a shot, unless its model decides it.
fn known_length(shot: &Shot) -> Option<Duration> {
    match &shot.make {
        Make::Prompt(render) if render.spec.seconds.is_none() => None,
        _ => Some(shot.length),
    }
}

pub(super) fn unknown_provider(name: &str) -> Problem {
    let known = PROVIDERS.iter().map(|provider| provider.id);
    let problem = Problem::error("film::unknown_provider", format_args!("there is no provider `{name}`"));
    match closest(name, known.clone()) {
        Some(near) => problem.help(format_args!("did you mean `{near}`?")),
        None => problem.help(format_args!("use {}", listed(known, 12))),
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// The greatest amount of a storyboard, in millionths: beyond it an amount of YAML has no sixth decimal.
const LARGEST_AMOUNT: u64 = 9_000_000_000_000_000;

/// An amount of YAML in millionths; `None` for what is no amount, and for one with more decimals than that.
fn micros(amount: f64) -> Option<u64> {
    money::micros(&amount.abs().to_string())
        .ok()
        .filter(|micros| *micros <= LARGEST_AMOUNT && (amount >= 0.0 || *micros == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_or_none() {
        for (amount, expected) in [
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (0.126, Some(126_000)),
            (0.000_001, Some(1)),
            (7.0, Some(7_000_000)),
            (9e9, Some(LARGEST_AMOUNT)),
            (1e-30, None),
            (4e-7, None),
            (0.010_000_000_1, None),
            (-1.0, None),
            (1e10, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(micros(amount), expected, "{amount}");
        }
    }
}
