//! Models that a storyboard declares for a provider.

use std::borrow::Cow;

use super::format::frame_rate;
use super::model::ModelAtProvider;
use super::resolve::Resolver;
use super::shape::{LONGEST_SIDE, SHORTEST_SIDE};
use super::{Inventory, Overrides};
use crate::catalog::{
    ANY_REFERENCES, DeclaredFamily, Mode, ModelFamily, Price, Ratio, Resolution, SoundAbility, declared_family,
};
use crate::keyword::Keyword;
use crate::provider::{PROVIDERS, Provider, provider_by_id};
use crate::source_file::SourceFile;
use crate::storyboard::{ModelPrice, ModelSettings, NamedValues, Storyboard};
use crate::text::{Located, Problem, listed};
use crate::units::{Rate, Size};

/// The longest clip that a declared model can be said to make, in seconds.
const LONGEST: i64 = 600;

/// A model as a storyboard declares it for a provider.
#[derive(Debug, Clone)]
pub struct DeclaredModel {
    /// The provider.
    pub provider: &'static Provider,
    /// The provider's own id for the model.
    pub id: String,
    /// What it can do, under the name that the storyboard gives it.
    pub family: &'static ModelFamily,
    /// What it costs; `None` where that is not known.
    pub price: Option<Price>,
}

/// A model as it is declared: its name and what is said of it.
#[derive(Clone, Copy)]
pub(super) struct Declaration<'a> {
    key: &'a Located<String>,
    settings: &'a Located<ModelSettings>,
}

/// The models that a storyboard declares; those of which something is wrong are left out.
#[must_use]
pub fn declared_models(board: &Storyboard, source: &SourceFile, overrides: &Overrides) -> Vec<DeclaredModel> {
    let inventory = Inventory::default();
    let mut resolver = Resolver::new(board, source, overrides, &inventory, Vec::new());
    let mut found = Vec::new();
    for (name, settings) in board.providers.iter().flat_map(|providers| &providers.0) {
        let Some(provider) = provider_by_id(&name.value).filter(|provider| provider.is_paid) else { continue };
        for (key, _) in settings.models.iter().flat_map(|models| &models.0) {
            let declaration = resolver.declaration(provider, &key.value);
            let model = declaration.and_then(|declaration| resolver.declared_at(provider, &declaration));
            let Some(model) = model else { continue };
            // All resolutions cost the same where a storyboard says the price.
            let price = model.family.resolutions.first().and_then(|at| resolver.price(&model, *at));
            found.push(DeclaredModel { provider, id: model.name, family: model.family, price });
        }
    }
    found
}

impl<'a> Resolver<'a> {
    /// The models that the storyboard declares for a provider.
    fn declared_models(&self, provider: &str) -> Option<&NamedValues<ModelSettings>> {
        let providers = self.board.providers.as_ref()?;
        providers.get(provider)?.models.as_deref()
    }

    /// What the storyboard declares under this name or id for a provider. The animatic stands in for the models of all.
    pub(super) fn declaration(&self, provider: &Provider, name: &str) -> Option<Declaration<'a>> {
        let board = self.board;
        let of_provider = |id: &str| board.providers.as_ref()?.get(id)?.models.as_deref();
        let own = of_provider(provider.id);
        let others = PROVIDERS.iter().filter(|_| !provider.is_paid).filter_map(|other| of_provider(other.id));
        let models = own.into_iter().chain(others).flat_map(|models| &models.0);
        let is_called =
            |key: &str, model: &ModelSettings| key == name || model.id.as_ref().is_some_and(|id| id.value == name);
        let (key, settings) = models.into_iter().find(|(key, model)| is_called(&key.value, model))?;
        Some(Declaration { key, settings })
    }

    /// The model that is declared, unless something is wrong with that, which is reported.
    pub(super) fn declared_at(
        &mut self,
        provider: &'static Provider,
        declaration: &Declaration<'a>,
    ) -> Option<ModelAtProvider<'a>> {
        let Declaration { key, settings } = *declaration;
        let family = self.declared_family(key, settings)?;
        let id = settings.id.as_ref().map_or(&key.value, |id| &id.value);
        let name = if provider.is_paid { id.clone() } else { key.value.clone() };
        Some(ModelAtProvider {
            provider,
            name,
            family: declared_family(&family),
            offer: None,
            declared: Some(settings),
            listed: None,
        })
    }

    /// Checks every model that is declared, those that no shot uses, too.
    pub(super) fn check_declared(&mut self) {
        for provider in PROVIDERS {
            let models: Vec<_> =
                self.declared_models(provider.id).map_or_else(Vec::new, |models| models.0.iter().collect());
            if let Some((key, _)) = models.first().filter(|_| !provider.is_paid) {
                let problem = Problem::error("film::declared_model", format!("`{}` takes no models", provider.id));
                self.report(problem.at(key.span, "no effect").help("declare it for the service that renders it"));
            }
        }
        let board = self.board;
        for (_, settings) in board.providers.iter().flat_map(|providers| &providers.0) {
            for (key, model) in settings.models.iter().flat_map(|models| &models.0) {
                self.declared_family(key, model);
            }
        }
    }

    /// What a declared model is; what is wrong with it is reported.
    fn declared_family(&mut self, key: &Located<String>, model: &Located<ModelSettings>) -> Option<DeclaredFamily> {
        for (name, is_there) in [
            ("id", model.id.is_some()),
            ("modes", model.modes.as_ref().is_some_and(|modes| !modes.is_empty())),
            ("seconds", model.seconds.as_ref().is_some_and(|seconds| !seconds.is_empty())),
            ("sizes", model.sizes.as_ref().is_some_and(|sizes| !sizes.0.is_empty())),
        ] {
            if !is_there {
                let problem =
                    Problem::error("film::declared_model", format!("the model `{}` has no `{name}`", key.value));
                self.report(problem.at(key.span, format!("`{name}` is missing")).help(NEEDED));
                return None;
            }
        }
        let mut modes: Vec<Mode> = model.modes.iter().flat_map(|modes| &modes.value).map(|mode| mode.value).collect();
        modes.sort_unstable();
        modes.dedup();
        Some(DeclaredFamily {
            name: key.value.clone(),
            modes,
            lengths: self.declared_lengths(model)?,
            rate: Some(self.declared_rate(model)?),
            base: None,
            references: ANY_REFERENCES,
            sizes: self.declared_sizes(model)?,
            sound: model.audio.as_ref().map_or(SoundAbility::None, |audio| audio.value),
        })
    }

    fn declared_lengths(&mut self, model: &ModelSettings) -> Option<Vec<u32>> {
        let mut lengths = Vec::new();
        for length in model.seconds.iter().flat_map(|seconds| &seconds.value) {
            if !(1..=LONGEST).contains(&length.value) {
                let problem =
                    Problem::error("film::declared_model", format!("a length is 1 to {LONGEST} whole seconds"));
                self.report(problem.at(length.span, "out of range"));
                return None;
            }
            lengths.push(u32::try_from(length.value).unwrap_or_default());
        }
        lengths.sort_unstable();
        lengths.dedup();
        Some(lengths)
    }

    fn declared_rate(&mut self, model: &ModelSettings) -> Option<Rate> {
        let Some(fps) = &model.fps else { return Some(Rate::FILM) };
        let rate = frame_rate(&fps.value);
        if rate.is_none() {
            let problem = Problem::error("film::declared_model", "a model cannot have this frame rate");
            self.report(
                problem.at(fps.span, "not frames per second").help("write a whole number such as 24, or a fraction"),
            );
        }
        rate
    }

    fn declared_sizes(&mut self, model: &ModelSettings) -> Option<Vec<(Resolution, Ratio, Size)>> {
        let mut sizes = Vec::new();
        for (resolution, ratios) in model.sizes.iter().flat_map(|sizes| &sizes.value.0) {
            let at: Resolution = self.keyword(resolution)?;
            for (ratio, size) in &ratios.value.0 {
                let shape: Ratio = self.keyword(ratio)?;
                let Some(pixels) = pixels(&size.value) else {
                    let problem =
                        Problem::error("film::declared_model", format!("`{}` is no size of a clip", size.value));
                    self.report(
                        problem.at(size.span, "not a size").help("write pixels across and down, such as `832x480`"),
                    );
                    return None;
                };
                sizes.push((at, shape, pixels));
            }
        }
        Some(sizes)
    }

    /// A name that is one of a set of words.
    fn keyword<T: Keyword>(&mut self, name: &Located<String>) -> Option<T> {
        let found = T::from_keyword(&name.value);
        if found.is_none() {
            let problem = Problem::error("storyboard::unknown_word", format!("`{}` is not {}", name.value, T::CALLED));
            let words = listed(T::KEYWORDS.iter().copied(), 12);
            self.report(problem.at(name.span, "not known").help(format!("{} is one of {words}", T::CALLED)));
        }
        found
    }

    /// The price that a declared model is said to have. Of a stranger's storyboard no price counts.
    pub(super) fn declared_price(&mut self, model: &ModelSettings) -> Option<Price> {
        let price = model.price.as_ref().filter(|_| !self.overrides.untrusted)?;
        let ModelPrice { per_second, per_million_tokens, currency, read } = &price.value;
        let currency = self.currency(currency.as_ref())?;
        let (unit, amount) = self.priced_unit(per_million_tokens.as_ref(), per_second.as_ref(), price.span)?;
        let fresh = self.price_micros(amount)?;
        let read = read.as_ref().map_or(Cow::Borrowed("storyboard"), |day| Cow::Owned(day.value.clone()));
        Some(Price { unit, fresh, with_video: fresh, silent: None, currency, read })
    }
}

/// What a declaration needs.
const NEEDED: &str = "write `NAME: {id: ID, modes: [text], seconds: [4, 5], sizes: {480p: {16:9: 832x480}}}`";

/// Pixels across and down, both even.
fn pixels(text: &str) -> Option<Size> {
    let size: Size = text.parse().ok()?;
    let is_possible = |side: u32| (SHORTEST_SIDE..=LONGEST_SIDE).contains(&side) && side.is_multiple_of(2);
    (is_possible(size.width) && is_possible(size.height)).then_some(size)
}
