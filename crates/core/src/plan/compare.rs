//! The same storyboard elsewhere: resolved again for other providers, models or profiles, and priced from nothing.

use std::sync::Arc;
use std::time::Duration;

use super::{Nothing, Plan, RunTime, Times, Totals, make_timed};
use crate::film::{Film, Inventory, Make, Overrides, Shot, resolve};
use crate::graph;
use crate::lock::Lock;
use crate::provider::{PROVIDERS, Provider};
use crate::source_file::SourceFile;
use crate::storyboard::Storyboard;
use crate::text::{Problem, Severity};

/// Everything that a storyboard is resolved from.
#[derive(Clone, Copy)]
pub struct ComparisonInput<'a> {
    /// The storyboard.
    pub board: &'a Storyboard,
    /// Its text.
    pub source: &'a Arc<SourceFile>,
    /// What stands on disk under its paths.
    pub inventory: &'a Inventory,
    /// How long renders take.
    pub times: &'a dyn Times,
    /// How long a whole plan takes under the limits of its services.
    pub run_time: &'a dyn RunTime,
}

/// A whole film, made from nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What it costs.
    pub totals: Totals,
    /// Shots that are ordered at a service.
    pub ordered: usize,
    /// Expected length of the run.
    pub wall: Duration,
    /// What is lost against what the storyboard asks for, each once.
    pub downgrades: Vec<String>,
}

/// Why a storyboard cannot be made in some way: one reason, and the shots that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cannot {
    /// What is wrong.
    pub why: String,
    /// The shots by name; none where all are meant, or those of [`Self::by_default`].
    pub shots: Vec<String>,
    /// Whether it is about all shots for which the storyboard says nothing else than for all together.
    pub by_default: bool,
}

/// A provider and a model of it, with what the storyboard costs there.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The provider.
    pub provider: &'static Provider,
    /// The model's family.
    pub family: String,
    /// The provider's own id for the model.
    pub model: String,
    /// The price, or why it cannot be made there.
    pub quote: Result<Quote, Vec<Cannot>>,
}

/// A film that is made from nothing in some way.
struct FilmElsewhere {
    film: Film,
    plan: Plan,
    downgrades: Vec<String>,
}

impl FilmElsewhere {
    fn of(input: &ComparisonInput<'_>, overrides: &Overrides) -> Result<Self, Vec<Cannot>> {
        let checked = resolve(input.board, input.source, overrides, input.inventory, Vec::new());
        let (made, problems) = graph::build(input.board, checked);
        let Some((film, graph)) = made else { return Err(cannot(input.board, &problems)) };
        let plan = make_timed(&film, &graph, &Lock::default(), &Nothing, input.times);
        let downgrades = problems.into_iter().filter(|problem| problem.code == "film::downgrade");
        Ok(Self { film, plan, downgrades: downgrades.map(|problem| problem.message).collect() })
    }

    fn ordered(&self) -> usize {
        let is_ordered = |shot: &&Shot| matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid);
        self.film.shots.iter().filter(is_ordered).count()
    }
}

/// What these films cost together, made from nothing; a shot that several have in common counts once.
fn together(films: &[FilmElsewhere], run_time: &dyn RunTime) -> Quote {
    let mut downgrades: Vec<String> = Vec::new();
    for downgrade in films.iter().flat_map(|film| &film.downgrades) {
        if !downgrades.contains(downgrade) {
            downgrades.push(downgrade.clone());
        }
    }
    let plans: Vec<(&Film, &Plan)> = films.iter().map(|film| (&film.film, &film.plan)).collect();
    let wall = match plans[..] {
        [(film, plan)] => run_time.of_plan(film, plan),
        _ => run_time.of_films(&plans),
    };
    Quote {
        totals: Totals::of(films.iter().flat_map(|film| &film.plan.steps)),
        ordered: films.iter().map(FilmElsewhere::ordered).sum(),
        wall,
        downgrades,
    }
}

/// What the film costs with `overrides`, made from nothing.
pub fn quote(input: &ComparisonInput<'_>, overrides: &Overrides) -> Result<Quote, Vec<Cannot>> {
    let film = FilmElsewhere::of(input, overrides)?;
    Ok(together(&[film], input.run_time))
}

/// The films of a run on every model of every provider that is still offered, the cheapest first: by currency, then by the
/// most that they can cost; where a price is unknown after those, and where one cannot be made last.
#[must_use]
pub fn quotes_everywhere(films: &[(ComparisonInput<'_>, &Overrides)]) -> Vec<Offered> {
    let mut offered = Vec::new();
    for &provider in PROVIDERS.iter().filter(|provider| provider.is_paid) {
        for NamedOffer { family, model } in offers_of(films, provider) {
            let quote = quote_there(films, provider, &model);
            offered.push(Offered { provider, family, model, quote });
        }
    }
    offered.sort_by_key(|offered| order(&offered.quote));
    offered
}

/// What these films cost together as they are written: every shot on its own provider and model.
pub fn quote_as_written(films: &[(ComparisonInput<'_>, &Overrides)]) -> Result<Quote, Vec<Cannot>> {
    quote_all(films, Overrides::clone)
}

/// A model by the name of its family and by that of its provider.
#[derive(PartialEq, Eq)]
struct NamedOffer {
    family: String,
    model: String,
}

/// The models of a provider: those that are built in, those that it lists, and those that the storyboards declare.
fn offers_of(films: &[(ComparisonInput<'_>, &Overrides)], provider: &Provider) -> Vec<NamedOffer> {
    let built_in = provider.offers.iter().filter(|offer| offer.retired.is_none());
    let mut all: Vec<NamedOffer> =
        built_in.map(|offer| NamedOffer { family: offer.family.to_owned(), model: offer.model.to_owned() }).collect();
    for (input, overrides) in films {
        let catalogues = overrides.catalogues.iter().filter(|catalogue| catalogue.provider == provider.id);
        let listed = catalogues.flat_map(|catalogue| &catalogue.models);
        let listed = listed.map(|model| NamedOffer { family: model.name(), model: model.id.clone() });
        let settings = input.board.providers.as_ref().and_then(|providers| providers.get(provider.id));
        let models = settings.and_then(|settings| settings.models.as_ref()).into_iter().flat_map(|models| &models.0);
        let declared = models.map(|(name, model)| NamedOffer {
            family: name.value.clone(),
            model: model.id.as_ref().map_or(&name.value, |id| &id.value).clone(),
        });
        for offer in declared.chain(listed) {
            if !all.contains(&offer) {
                all.push(offer);
            }
        }
    }
    all
}

fn quote_there(
    films: &[(ComparisonInput<'_>, &Overrides)],
    provider: &Provider,
    model: &str,
) -> Result<Quote, Vec<Cannot>> {
    quote_all(films, |overrides| Overrides {
        provider: Some(provider.id.to_owned()),
        model: Some(model.to_owned()),
        ..overrides.clone()
    })
}

/// What the films cost together, each with other overrides.
fn quote_all(
    films: &[(ComparisonInput<'_>, &Overrides)],
    changed: impl Fn(&Overrides) -> Overrides,
) -> Result<Quote, Vec<Cannot>> {
    let mut made = Vec::with_capacity(films.len());
    let mut reasons: Vec<Cannot> = Vec::new();
    for (input, overrides) in films {
        match FilmElsewhere::of(input, &changed(overrides)) {
            Ok(film) => made.push(film),
            Err(more) => reasons.extend(more.into_iter().filter(|one| !reasons.contains(one)).collect::<Vec<_>>()),
        }
    }
    match films.first() {
        Some((input, _)) if reasons.is_empty() => Ok(together(&made, input.run_time)),
        _ => Err(reasons),
    }
}

/// The film with a profile.
#[derive(Debug, Clone)]
pub struct ProfileQuote {
    /// The profile; `None` without one.
    pub profile: Option<String>,
    /// The price, or why it cannot be made so.
    pub quote: Result<Quote, Vec<Cannot>>,
}

/// The film without a profile and with each of its profiles; nothing where it has none.
#[must_use]
pub fn quotes_by_profile(input: &ComparisonInput<'_>, overrides: &Overrides) -> Vec<ProfileQuote> {
    let Some(profiles) = input.board.profiles.as_deref() else { return Vec::new() };
    let mut quotes = Vec::new();
    for profile in std::iter::once(None).chain(profiles.names().map(|name| Some(name.to_owned()))) {
        let quote = quote(input, &Overrides { profile: profile.clone(), ..overrides.clone() });
        quotes.push(ProfileQuote { profile, quote });
    }
    quotes
}

/// Cannot be made, price unknown, currency, most, least, time.
fn order(quote: &Result<Quote, Vec<Cannot>>) -> (bool, bool, String, u64, u64, Duration) {
    let Ok(quote) = quote else { return (true, false, String::new(), 0, 0, Duration::ZERO) };
    let high = quote.totals.high.iter().next();
    let currency = high.map(|high| high.currency.to_string()).unwrap_or_default();
    let low = high.map_or(0, |high| quote.totals.low.of(high.currency).micros);
    (false, quote.totals.unknown > 0, currency, high.map_or(0, |high| high.micros), low, quote.wall)
}

/// The errors, grouped: the same words about several shots are one reason.
fn cannot(board: &Storyboard, problems: &[Problem]) -> Vec<Cannot> {
    let mut reasons: Vec<Cannot> = Vec::new();
    for problem in problems.iter().filter(|problem| problem.severity == Severity::Error) {
        let place = problem.labels.first().map(|(span, _)| span.start);
        let shot = place.and_then(|place| shot_at(board, place));
        let by_default = place.is_some() && shot.is_none();
        match reasons.iter_mut().find(|reason| reason.why == problem.message) {
            Some(reason) => reason.shots.extend(shot.filter(|shot| !reason.shots.contains(shot))),
            None => {
                reasons.push(Cannot { why: problem.message.clone(), shots: shot.into_iter().collect(), by_default });
            }
        }
    }
    reasons
}

/// The name of the shot in whose text a place is; `None` before the shots.
fn shot_at(board: &Storyboard, place: u32) -> Option<String> {
    let shots = board.shots.as_ref().map_or(&[][..], |shots| &shots.value);
    let inside = shots.iter().rev().find(|shot| shot.span.start <= place)?;
    inside.id.as_ref().map(|id| id.value.clone())
}
