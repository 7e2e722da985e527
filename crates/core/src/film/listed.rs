//! Models that a service lists, as the project keeps the list.

use super::model::{ModelAtProvider, NamedModel};
use super::resolve::Resolver;
use crate::catalog::{Price, Resolution, declared_family};
use crate::provider::{ListedPrice, Provider, ServiceCatalogue};
use crate::text::{Problem, closest, listed};

impl<'a> Resolver<'a> {
    /// What the service of a provider listed, where the project keeps it.
    fn catalogue_of(&self, provider: &Provider) -> Option<&'a ServiceCatalogue> {
        self.overrides.catalogues.iter().find(|catalogue| catalogue.provider == provider.id)
    }

    /// The model of this name, or of this family, in the list of its service.
    pub(super) fn listed_at(&mut self, provider: &'static Provider, named: &NamedModel) -> Option<ModelAtProvider<'a>> {
        let id = provider.id;
        let update = format!("`storyreel providers --update {id}`");
        let Some(catalogue) = self.catalogue_of(provider) else {
            let message = format!("what `{id}` offers is not known in this project");
            let help = format!("run {update}, and commit `catalogue/{id}.json`: plans read nothing else");
            let problem = Problem::error("film::no_catalogue", message).help(help);
            self.about_model(problem, named.span, "not known here");
            return None;
        };
        let Some(model) = catalogue.model(&named.name) else {
            let names = catalogue.models.iter().map(|model| model.id.as_str());
            let message = format!("`{id}` listed no model `{}` on {}", named.name, catalogue.read);
            let problem = Problem::error("film::not_offered", message);
            let problem = match closest(&named.name, names.clone()) {
                Some(near) => problem.help(format_args!("did you mean `{near}`?")),
                None => problem.help(format_args!("it listed {}; {update} reads the list again", listed(names, 12))),
            };
            self.about_model(problem, named.span, "not offered there");
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
            ListedPrice::Unknown(names) => {
                let counted = if names.is_empty() {
                    "its list has no price".to_owned()
                } else {
                    format!("it counts {}", listed(names.iter().map(String::as_str), 6))
                };
                let message = format!("the price of `{}` at {at} is not known: {counted}", of_model.id);
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
