//! What a storyboard says of services: addresses, limits, prices, the budget; and what a service can do of what a shot
//! asks of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::limits::{self, Reference};
use super::places::{ShotPlaces, place};
use super::resolve::Resolver;
use super::{InputSource, Inputs, Make, MediaKind, ProviderSpec, Shot};
use crate::catalog::{InputRole, Mode, ModelFamily, Price, PriceUnit, Ratio, Resolution, family};
use crate::index::ShotIndex;
use crate::money::{Currency, MICROS, Money};
use crate::provider::{FileTransfer, FirstFrame, Offer, PROVIDERS, Provider, family_of, provider_by_id};
use crate::storyboard::{PriceSetting, ProviderSettings};
use crate::text::{Located, Problem, Span, closest, listed};

impl Resolver<'_> {
    /// What the storyboard says of each provider, checked.
    pub(super) fn provider_specs(&mut self) -> BTreeMap<&'static str, ProviderSpec> {
        let board = self.board;
        let mut wishes = BTreeMap::new();
        for (name, settings) in board.providers.iter().flat_map(|named| &named.0) {
            match provider_by_id(&name.value) {
                None => self.report(unknown_provider(name).at(name.span, "not known")),
                Some(service) => {
                    let wish = self.provider_spec(service, settings);
                    wishes.insert(service.id, wish);
                }
            }
        }
        wishes
    }

    fn provider_spec(&mut self, service: &Provider, settings: &ProviderSettings) -> ProviderSpec {
        if let Some(limit) = settings.max_in_flight.as_ref().filter(|limit| !(1..=1000).contains(&limit.value)) {
            let problem = Problem::error("film::max_in_flight", "the number of tasks at once is 1 to 1000");
            self.report(problem.at(limit.span, "out of range"));
        }
        if let Some(url) = settings.base_url.as_ref().filter(|url| !is_address(&url.value)) {
            let problem = Problem::error("film::base_url", "a base URL begins with `https://`");
            self.report(problem.at(url.span, "not an address").help("`http://` is allowed only for this machine"));
        }
        let prices = settings.prices.iter().flat_map(|prices| &prices.value);
        let lowered = prices.filter_map(|price| self.lowered(service, price)).collect();
        let poll = settings.poll.as_deref();
        let mut seconds = |value: Option<&Located<i64>>| {
            let value = value?;
            let whole = u64::try_from(value.value).ok().filter(|seconds| (1..=604_800).contains(seconds));
            if whole.is_none() {
                let problem = Problem::error("film::seconds", "expected 1 to 604800 seconds (a week)");
                self.report(problem.at(value.span, "out of range"));
            }
            whole
        };
        ProviderSpec {
            first_look: seconds(poll.and_then(|poll| poll.initial.as_ref())),
            longest_pause: seconds(poll.and_then(|poll| poll.max.as_ref())),
            deadline: seconds(settings.deadline.as_ref()),
            base_url: settings.base_url.as_ref().map(|url| self.placed(url)),
            key_env: settings.api_key_env.as_ref().map(|name| self.placed(name)),
            lowered,
            max_in_flight: settings.max_in_flight.as_ref().map(|limit| limit.value.clamp(1, 1000) as usize),
        }
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

    fn currency(&mut self, given: Option<&Located<String>>) -> Option<Currency> {
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
        let (unit, amount) = match (&price.per_million_tokens, &price.per_second) {
            (Some(amount), None) => (PriceUnit::MillionTokens, amount),
            (None, Some(amount)) => (PriceUnit::Second, amount),
            _ => {
                let problem = Problem::error("film::price", "a price is `per_million_tokens` or `per_second`");
                self.report(problem.at(self.mark(price.span), "expected exactly one of the two"));
                return None;
            }
        };
        let mut whole = |value: &Located<f64>| {
            let micros = micros(value.value);
            if micros.is_none() {
                let problem = Problem::error("film::price", "a price is zero or more, with at most six decimals");
                self.report(problem.at(value.span, "not a price"));
            }
            micros
        };
        let fresh = whole(amount)?;
        let with_video = price.with_video.as_ref().map_or(Some(fresh), whole)?;
        let read = price.read.as_ref().map_or(Cow::Borrowed("storyboard"), |day| Cow::Owned(day.value.clone()));
        Some(Price { unit, fresh, with_video, silent: None, currency, read })
    }

    /// What a render costs: by the storyboard's price, else by the built-in one. Of a stranger's storyboard no price
    /// counts.
    pub(super) fn price(
        &mut self,
        service: &Provider,
        offer: Option<&'static Offer>,
        model: &str,
        resolution: Resolution,
    ) -> Option<Price> {
        let board = self.board;
        let named = board.providers.iter().flat_map(|named| &named.0).find(|(name, _)| name.value == service.id);
        let prices = named.and_then(|(_, settings)| settings.prices.as_ref()).into_iter().flat_map(|list| &list.value);
        let own = prices.filter(|price| {
            let here =
                |name: &Located<String>| name.value == model || offer.is_some_and(|offer| offer.family == name.value);
            price.model.as_ref().is_some_and(here) && price.resolution.as_ref().is_none_or(|at| at.value == resolution)
        });
        // A price for just this resolution counts before one for all.
        match own.max_by_key(|price| price.resolution.is_some()) {
            Some(price) if !self.wish.untrusted => self.price_setting(price),
            _ => offer.and_then(|offer| offer.price(resolution)).cloned(),
        }
    }

    /// The model as `service` knows it, what it can do, and the service's offer of it.
    pub(super) fn model_at(
        &mut self,
        service: &Provider,
        name: &str,
        span: Option<Span>,
    ) -> Option<(String, &'static ModelFamily, Option<&'static Offer>)> {
        if !service.is_paid {
            let (name, family) = self.known_model(name, span);
            return Some((name, family, None));
        }
        if let Some(offer) = service.offer(name) {
            let family = family(offer.family).expect("every offer is of a family in the catalogue");
            return Some((offer.model.to_owned(), family, Some(offer)));
        }
        let Some(known) = family_of(name) else {
            let (name, family) = self.known_model(name, span);
            return Some((name, family, None));
        };
        let Some(offer) = service.offer(known.name) else {
            let message = format_args!("`{}` does not offer {}", service.id, known.name).to_string();
            let offered = listed(service.offers.iter().map(|offer| offer.family), 12);
            let problem = Problem::error("film::not_offered", message);
            self.about_model(problem.help(format_args!("it offers {offered}")), span, "not offered there");
            return None;
        };
        if family(name).is_none() {
            let message = format_args!("`{name}` is another provider's name for {}", known.name).to_string();
            let problem = Problem::advice("film::other_name", message);
            let help = format_args!("`{}` is used; `{}` names it on every provider", offer.model, known.name);
            self.about_model(problem.help(help), span, "a name of another provider");
        }
        Some((offer.model.to_owned(), known, Some(offer)))
    }

    /// Labels the model; a wish of the command line has no place and is reported once.
    pub(super) fn about_model(&mut self, problem: Problem, span: Option<Span>, label: &str) {
        match span {
            Some(span) => self.report(problem.at(span, label)),
            None if !self.problems.contains(&problem) => self.problems.push(problem),
            None => {}
        }
    }

    /// What the service cannot do of what the shot asks: an error, or a downgrade that is said.
    pub(super) fn check_service(
        &mut self,
        service: &Provider,
        family: &ModelFamily,
        offer: Option<&Offer>,
        inputs: &Inputs,
        asked: ProviderDemands,
        places: &ShotPlaces,
    ) {
        let id = service.id;
        let mode = inputs.mode();
        let able = offer.is_none_or(|offer| offer.modes.contains(&mode));
        let hinted = able && service.first_frame == FirstFrame::Hinted && mode == Mode::FirstFrame;
        if family.modes.contains(&mode) && !able {
            let message = format_args!("`{id}` cannot start {} from {}", family.name, mode.described()).to_string();
            let problem = place(Problem::error("film::mode", message), places.inputs, places, "not possible there");
            let able: Vec<&str> = offer.iter().flat_map(|offer| offer.modes).map(|mode| mode.described()).collect();
            self.report(problem.help(format_args!("there it starts from {}", able.join(", or "))));
        }
        if hinted {
            let message = format_args!("`{id}` takes no first frame").to_string();
            let problem = Problem::warning("film::downgrade", message);
            let problem = place(problem, places.inputs, places, "is sent as a reference");
            self.report(problem.help(
                "the prompt asks to start exactly from the picture, and the clip does so at best; other providers \
                 start on it to the pixel",
            ));
        }
        if asked.silent && family.audio && !service.sound_switch {
            let problem = Problem::warning("film::downgrade", format_args!("`{id}` cannot switch the sound off"));
            self.report(place(problem, places.audio, places, "has no effect there").help("the clips come with sound"));
        }
        let shaped = mode == Mode::Text && !matches!(asked.ratio, Ratio::W16H9 | Ratio::Adaptive);
        if shaped && !service.takes_ratio {
            let problem = Problem::warning("film::downgrade", format_args!("`{id}` takes no ratio"));
            let problem = place(problem, places.ratio, places, "has no effect there");
            self.report(problem.help("the service chooses the ratio; other providers follow `ratio`"));
        }
        if let Some(seed) = asked.seed.filter(|_| !service.options) {
            let problem = Problem::advice("film::downgrade", format_args!("`{id}` takes no seed"));
            self.report(problem.at(seed, "is not sent"));
        }
    }

    /// The lengths of references, and the bytes of the whole request, as far as files tell them.
    pub(super) fn check_sent(&mut self, able: Able, inputs: &Inputs, each: &[Span], places: &ShotPlaces) {
        let Able { service, family, .. } = able;
        if family.modes.contains(&Mode::Reference) {
            self.check_reference_lengths(family, inputs, each, places, None);
        }
        if service.is_paid
            && let Some(problem) = limits::check_request(service, inputs, each, self.inventory, places)
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
                let decided = |shot: &&Shot| matches!(&shot.make, Make::Prompt(render) if render.seconds.is_none());
                let name = shot.map_or_else(String::new, |shot| format!("the clip of `{}`", shot.id));
                Reference { name, length: shot.filter(|shot| !decided(shot)).map(|shot| shot.length), span }
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
            self.check_reference_lengths(render.family, &render.inputs, each, &places, Some(shots));
        }
        for (at, shot) in ShotIndex::all(shots.len()).zip(shots) {
            let Make::Prompt(render) = &shot.make else { continue };
            let service = render.provider;
            for (_, source) in render.inputs.roles() {
                let InputSource::Clip(from) = source else { continue };
                let same = matches!(&shots[*from].make, Make::Prompt(other) if other.provider.id == service.id);
                if !service.is_paid
                    || matches!(service.video_files, FileTransfer::Inline | FileTransfer::Uploaded)
                    || same
                {
                    continue;
                }
                let made = &shots[*from].id;
                let message =
                    format!("`{}` takes only clips that it made, and `{made}` was made elsewhere", service.id);
                let link = self.links.iter().find(|link| link.from == *from && link.to == at);
                let span = link.map_or_else(|| self.shot_span(at), |link| link.span);
                let problem = Problem::error("film::needs_address", message).at(span, "made elsewhere");
                self.report(problem.help(format_args!("render both shots on `{}`", service.id)));
            }
        }
    }

    /// Whether the inputs reach the service: files, addresses, or either.
    pub(super) fn check_files(&mut self, service: &Provider, inputs: &Inputs, places: &ShotPlaces) {
        for (role, source) in inputs.roles() {
            let (way, what) = match role {
                InputRole::ReferenceVideo => (service.video_files, "reference videos"),
                InputRole::ReferenceAudio => (service.audio_files, "reference sounds"),
                _ => (FileTransfer::Inline, "pictures"),
            };
            let (message, help) = match (way, source) {
                (FileTransfer::Unsupported, _) => {
                    (format!("`{}` takes no {what}", service.id), "leave them out, or choose another provider")
                }
                (FileTransfer::Never, InputSource::File(file)) => (
                    format!("`{}` takes {what} by address only, and `{}` is a file", service.id, file.path),
                    "upload it and use its `https://` address, or an `asset://` id",
                ),
                (FileTransfer::Inline, InputSource::Remote(address))
                    if !service.image_addresses && what == "pictures" =>
                {
                    (
                        format!("`{}` takes pictures as files only, and `{address}` is an address", service.id),
                        "download it beside the storyboard and name the file",
                    )
                }
                _ => continue,
            };
            let problem =
                place(Problem::error("film::needs_address", message), places.inputs, places, "cannot be sent");
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

/// A provider, and what it can do of a model.
#[derive(Clone, Copy)]
pub(super) struct Able {
    pub(super) service: &'static Provider,
    pub(super) family: &'static ModelFamily,
    pub(super) offer: Option<&'static Offer>,
}

/// What of a shot's wishes only some services can fulfil.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProviderDemands {
    /// Silence was asked for.
    pub(super) silent: bool,
    /// The shape.
    pub(super) ratio: Ratio,
    /// A seed was given, here.
    pub(super) seed: Option<Span>,
}

pub(super) fn unknown_provider(name: &str) -> Problem {
    let known = PROVIDERS.iter().map(|service| service.id);
    let problem = Problem::error("film::unknown_provider", format_args!("there is no provider `{name}`"));
    match closest(name, known.clone()) {
        Some(near) => problem.help(format_args!("did you mean `{near}`?")),
        None => problem.help(format_args!("use {}", listed(known, 12))),
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// An amount of YAML in millionths; `None` for what is no amount.
fn micros(amount: f64) -> Option<u64> {
    let micros = amount * MICROS as f64;
    let whole = micros.round();
    ((0.0..=9e15).contains(&whole) && (micros - whole).abs() < 1e-3).then_some(whole as u64)
}
