//! Models that a service lists, as the project keeps the list.

use super::model::{ModelAtProvider, NamedModel};
use super::resolve::Resolver;
use crate::catalog::{Price, Resolution, declared_family};
use crate::provider::{ListedModel, ListedPrice, Provider, ServiceCatalogue, UnknownPrice};
use crate::text::{Problem, closest, listed};

impl<'a> Resolver<'a> {
    /// What the service of a provider listed, where the project keeps it.
    pub(super) fn catalogue_of(&self, provider: &Provider) -> Option<&'a ServiceCatalogue> {
        self.overrides.catalogues.iter().find(|catalogue| catalogue.provider == provider.id)
    }

    /// The model of this name, or of this family, in the list of its service.
    pub(super) fn listed_at(&mut self, provider: &'static Provider, named: &NamedModel) -> Option<ModelAtProvider<'a>> {
        let id = provider.id;
        let Some(catalogue) = self.catalogue_of(provider) else {
            let message = format!("what `{id}` offers is not known in this project");
            let help = format!("run {}, and commit `catalogue/{id}.json`: plans read nothing else", update(id));
            let problem = Problem::error("film::no_catalogue", message).help(help);
            self.about_model(problem, named.span, "not known here");
            return None;
        };
        let called = catalogue.models_called(&named.name);
        let [model] = called[..] else {
            let problem = match called[..] {
                [] => not_listed(catalogue, &named.name),
                _ => ambiguous(catalogue, &named.name, &called),
            };
            self.about_model(problem, named.span, if called.is_empty() { "not offered there" } else { "not clear" });
            return None;
        };
        match model.family() {
            Ok(family) => Some(ModelAtProvider {
                provider,
                name: model.id.clone(),
                family: declared_family(&family),
                offer: None,
                declared: None,
                listed: Some(model),
            }),
            Err(why) => {
                let problem = Problem::error("film::not_offered", format!("`{}` cannot be ordered: {why}", model.id));
                let help = format!("declare it: `providers: {{{id}: {{models: {{NAME: {{id: {}, …}}}}}}}}`", model.id);
                self.about_model(problem.help(help), named.span, "not enough is known");
                None
            }
        }
    }

    /// The price that its service listed. Of a stranger's project no price counts.
    pub(super) fn listed_price(&mut self, model: &ModelAtProvider<'_>, at: Resolution) -> Option<Price> {
        let of_model = model.listed.filter(|_| !self.overrides.untrusted)?;
        let read = self.catalogue_of(model.provider)?.read.clone();
        match of_model.price(at, &read) {
            ListedPrice::Known(price) => Some(price),
            ListedPrice::Unknown(why) => {
                let message = format!("the price of `{}` at {at} is not known: {}", of_model.id, in_words(&why));
                let help = "set it: `prices: [{model: …, per_second: …, read: …}]` of the provider";
                let problem = Problem::advice("film::unknown_price", message).help(help);
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
                None
            }
        }
    }
}

/// The command that reads the list of a service.
fn update(id: &str) -> String {
    format!("`storyreel providers --update {id}`")
}

fn not_listed(catalogue: &ServiceCatalogue, name: &str) -> Problem {
    let id = &catalogue.provider;
    let ids = catalogue.models.iter().map(|model| model.id.as_str());
    let message = format!("`{id}` listed no model `{name}` on {}", catalogue.read);
    let problem = Problem::error("film::not_offered", message);
    match closest(name, ids.clone()) {
        Some(near) => problem.help(format_args!("did you mean `{near}`?")),
        None => problem.help(format_args!("it listed {}; {} reads the list again", listed(ids, 12), update(id))),
    }
}

/// A name that several makers gave to a model.
fn ambiguous(catalogue: &ServiceCatalogue, name: &str, called: &[&ListedModel]) -> Problem {
    let ids = listed(called.iter().map(|model| model.id.as_str()), 12);
    let message = format!("`{}` listed several models that are called `{name}`: {ids}", catalogue.provider);
    Problem::error("film::ambiguous_model", message).help("write the whole id of the one that is meant")
}

/// Why a price is not known.
fn in_words(why: &UnknownPrice) -> String {
    match why {
        UnknownPrice::NotListed => "its list has no price".to_owned(),
        UnknownPrice::Counted(names) => format!("it counts {}", listed(names.iter().map(String::as_str), 6)),
        UnknownPrice::Unreadable { name, amount } => format!("`{name}` is `{amount}`, which is not an amount"),
        UnknownPrice::SilentAlone(name) => format!("with sound it has no price there, only `{name}` without"),
    }
}
