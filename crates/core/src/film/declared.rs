//! Models that a storyboard declares for a provider.

use super::format::frame_rate;
use super::model::ModelAtProvider;
use super::resolve::Resolver;
use super::shape::{LONGEST_SIDE, SHORTEST_SIDE, shape_of};
use super::{Inventory, Overrides};
use crate::catalog::{
    ANY_REFERENCES, DeclaredFamily, Mode, ModelFamily, Price, PriceUnit, Ratio, Resolution, SoundAbility,
    declared_family, nearest_ratio,
};
use crate::keyword::Keyword;
use crate::money::Currency;
use crate::provider::{PROVIDERS, Provider, provider_by_id};
use crate::source_file::SourceFile;
use crate::storyboard::{ModelPrice, ModelSettings, NamedValues, Storyboard};
use crate::text::{Located, Problem, Span, listed};
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
        let models: Vec<_> = own.into_iter().chain(others).flat_map(|models| &models.0).collect();
        let by_name = models.iter().find(|(key, _)| key.value == name);
        let by_id = || models.iter().find(|(_, model)| model.id.as_ref().is_some_and(|id| id.value == name));
        let (key, settings) = by_name.or_else(by_id)?;
        Some(Declaration { key, settings })
    }

    /// The model that is declared, unless something is wrong with that, which is reported.
    pub(super) fn declared_at(
        &mut self,
        provider: &'static Provider,
        declaration: &Declaration<'a>,
    ) -> Option<ModelAtProvider<'a>> {
        let Declaration { key, settings } = *declaration;
        let family = self.declared_family(provider, key, settings)?;
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
        for (service, settings) in board.providers.iter().flat_map(|providers| &providers.0) {
            let Some(provider) = provider_by_id(&service.value) else { continue };
            for (key, model) in settings.models.iter().flat_map(|models| &models.0) {
                self.declared_family(provider, key, model);
                self.declared_price(model);
            }
        }
        for provider in PROVIDERS.iter().filter(|provider| provider.is_paid) {
            self.check_one_price(provider);
        }
    }

    /// An id has one price: what is ordered by it is the same clip under either name.
    fn check_one_price(&mut self, provider: &'static Provider) {
        let board = self.board;
        let settings = board.providers.as_ref().and_then(|providers| providers.get(provider.id));
        let models = settings.and_then(|settings| settings.models.as_ref()).map_or(&[][..], |models| &models.0);
        for (at, (key, model)) in models.iter().enumerate() {
            let same_id = |other: &ModelSettings| {
                model.id.as_ref().zip(other.id.as_ref()).is_some_and(|(one, other)| one.value == other.value)
            };
            let Some((first, other)) = models[..at].iter().find(|(_, other)| same_id(other)) else { continue };
            let one = self.prices_declared(provider, &Declaration { key: first, settings: other });
            let two = self.prices_declared(provider, &Declaration { key, settings: model });
            let is_other = |(at, price): &(Resolution, Option<PricePart>)| {
                one.iter().any(|(there, other)| there == at && other != price)
            };
            if two.iter().any(is_other) {
                let message = format!("`{}` and `{}` are one model with two prices", first.value, key.value);
                let problem = Problem::error("film::declared_model", message).at(key.span, "the second price");
                self.report(problem.at(first.span, "the first").help("give both the same price, or keep one of them"));
            }
        }
    }

    /// What a declared model costs at each resolution.
    fn prices_declared(
        &mut self,
        provider: &'static Provider,
        declaration: &Declaration<'a>,
    ) -> Vec<(Resolution, Option<PricePart>)> {
        let Some(model) = self.declared_at(provider, declaration) else { return Vec::new() };
        let resolutions = model.family.resolutions;
        resolutions.iter().map(|at| (*at, self.price(&model, *at).map(|price| PricePart::of(&price)))).collect()
    }

    /// What a declared model is; what is wrong with it is reported.
    fn declared_family(
        &mut self,
        provider: &Provider,
        key: &Located<String>,
        model: &Located<ModelSettings>,
    ) -> Option<DeclaredFamily> {
        for (name, is_there) in [
            ("id", model.id.is_some()),
            ("modes", model.modes.as_ref().is_some_and(|modes| !modes.is_empty())),
            ("seconds", model.seconds.as_ref().is_some_and(|seconds| !seconds.is_empty())),
            ("sizes", model.sizes.as_ref().is_some_and(|sizes| !sizes.0.is_empty())),
        ] {
            if !is_there {
                // What is there and could not be read is told already.
                if self.is_misread(key.span) {
                    return None;
                }
                let problem =
                    Problem::error("film::declared_model", format!("the model `{}` has no `{name}`", key.value));
                self.report(problem.at(key.span, format!("`{name}` is missing")).help(NEEDED));
                return None;
            }
        }
        let id = model.id.as_ref()?;
        self.check_id(id)?;
        self.check_maker(provider, id)?;
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

    /// Whether something that stands under a name could not be read.
    fn is_misread(&self, name: Span) -> bool {
        let block = name.start..block_end(&self.source.text, name.start);
        let start = |problem: &Problem| problem.labels.first().map(|(span, _)| span.start);
        let mut misread = self.problems.iter().filter(|problem| problem.code.starts_with("storyboard::"));
        misread.any(|problem| start(problem).is_some_and(|start| block.contains(&start)))
    }

    /// Ids stand in orders, files and tables.
    fn check_id(&mut self, id: &Located<String>) -> Option<()> {
        let text = id.value.as_str();
        if !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control) {
            return Some(());
        }
        let problem = Problem::error("film::declared_model", "this is no id of a model").at(id.span, "not an id");
        self.report(problem.help("write the service's own id: one line of text without spaces around it"));
        None
    }

    /// Where the maker of a model decides what an order looks like, its id begins with a maker whose orders are known.
    fn check_maker(&mut self, provider: &Provider, id: &Located<String>) -> Option<()> {
        let Some(maker) = provider.maker else { return Some(()) };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let name = id.value.strip_prefix(maker).and_then(|rest| rest.strip_prefix('/'));
        if name.is_some_and(|name| name.chars().all(plain) && name.chars().any(char::is_alphanumeric)) {
            return Some(());
        }
        let message = format!("`{}` orders the models of {maker} alone", provider.id);
        let problem = Problem::error("film::declared_model", message).at(id.span, "another maker's, or no id");
        self.report(problem.help(format!("write the id as `{maker}/MODEL`")));
        None
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
                let pixels = match pixels(&size.value) {
                    Ok(pixels) => pixels,
                    Err(why) => {
                        let message = format!("`{}` is no size of a clip", size.value);
                        let problem = Problem::error("film::declared_model", message);
                        self.report(problem.at(size.span, "not a size").help(why));
                        return None;
                    }
                };
                if !has_shape(pixels, shape) {
                    let message = format!("{pixels} has not the shape {}", ratio.value);
                    let problem = Problem::error("film::declared_model", message).at(size.span, "another shape");
                    let nearest = nearest_ratio(pixels);
                    self.report(problem.help(format!("clips of {pixels} are `{nearest}: {pixels}`")));
                    return None;
                }
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
        let read = self.read_day(read.as_ref())?;
        Some(Price { unit, fresh, with_video: fresh, silent: None, currency, read })
    }
}

/// What a declaration needs.
const NEEDED: &str = "write `NAME: {id: ID, modes: [text], seconds: [4, 5], sizes: {480p: {16:9: 832x480}}}`";

/// Where the lines end that stand deeper than the one at `start`, which is one of them.
fn block_end(text: &str, start: u32) -> u32 {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let line_start = text[..start as usize].rfind('\n').map_or(0, |at| at + 1);
    let mut lines = text[line_start..].split_inclusive('\n');
    let own = lines.next().unwrap_or_default();
    let deeper = lines.take_while(|line| line.trim().is_empty() || indent(line) > indent(own));
    (line_start + own.len() + deeper.map(str::len).sum::<usize>()) as u32
}

/// Pixels across and down; why not, where they are none.
fn pixels(text: &str) -> Result<Size, String> {
    let size: Size = text.parse().map_err(|_| "write pixels across and down, such as `832x480`".to_owned())?;
    let is_possible = |side: u32| (SHORTEST_SIDE..=LONGEST_SIDE).contains(&side);
    if !is_possible(size.width) || !is_possible(size.height) {
        return Err(format!("a side has {SHORTEST_SIDE} to {LONGEST_SIDE} pixels"));
    }
    if size.is_even() { Ok(size) } else { Err("both sides are even numbers of pixels".to_owned()) }
}

/// How far a size may be from the shape by whose name it is asked for: models come near, as 832x480 and 704x480 to 16:9, and
/// no two of the names are nearer to each other than a third.
const SHAPE_TOLERANCE: f64 = 0.25;

fn has_shape(size: Size, ratio: Ratio) -> bool {
    let Some(named) = shape_of(ratio) else { return true };
    let shape = |size: Size| f64::from(size.width) / f64::from(size.height);
    let apart = (shape(size) / shape(named)).ln().abs();
    apart <= (1.0 + SHAPE_TOLERANCE).ln()
}

/// The parts of a price that decide a bill.
#[derive(PartialEq, Eq)]
struct PricePart {
    unit: PriceUnit,
    fresh: u64,
    with_video: u64,
    currency: Currency,
}

impl PricePart {
    fn of(price: &Price) -> Self {
        Self { unit: price.unit, fresh: price.fresh, with_video: price.with_video, currency: price.currency }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_where_a_line_stands_no_deeper() {
        let text = "models:\n  wan:\n    id: a\n\n    modes: [b]\n  sea: {id: c}\nshots:\n";
        let start = |part: &str| text.find(part).expect("it is there") as u32;
        assert_eq!(block_end(text, start("wan")), start("  sea"));
        assert_eq!(block_end(text, start("sea")), start("shots"));
        assert_eq!(block_end(text, start("shots")), text.len() as u32);
    }

    #[test]
    fn sizes_are_even_within_limits_and_of_their_shape() {
        for (text, expected) in [
            ("832x480", Ok(Size::new(832, 480))),
            ("1281x721", Err("even")),
            ("16384x16384", Err("64 to 8192")),
            ("32x32", Err("64 to 8192")),
            ("480", Err("across and down")),
        ] {
            match (pixels(text), expected) {
                (Ok(size), Ok(expected)) => assert_eq!(size, expected),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{text}: {why}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
        for (width, height, ratio, expected) in [
            (832, 480, Ratio::W16H9, true),
            (704, 480, Ratio::W16H9, true),
            (480, 832, Ratio::W9H16, true),
            (1280, 720, Ratio::W9H16, false),
            (1024, 768, Ratio::W16H9, false),
            (640, 640, Ratio::W4H3, false),
            (640, 640, Ratio::Adaptive, true),
        ] {
            assert_eq!(has_shape(Size::new(width, height), ratio), expected, "{width}x{height} {ratio}");
        }
    }
}
