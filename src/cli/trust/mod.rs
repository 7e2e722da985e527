//! What a storyboard asks for that only the user may allow: a storyboard may be a stranger's text.

mod paths;
pub(super) mod permissions;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::context::Context;
use super::exit;
use super::load::Loaded;
use super::render::refuse;
use crate::catalog::{Bought, Price};
use crate::film::{Film, LoweredPrice, Make, PlacedText, ProviderWish, Source};
use crate::legible::clean;
use crate::provider::base_host;
use crate::service::{Service, service};
use crate::text::{Problem, Span};
use crate::units::Size;
pub(super) use paths::is_outside;
use paths::linked;

/// Something that a storyboard asks for, and that is for the user alone to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TrustRequest {
    pub(super) what: Asked,
    /// Where it stands, such as `film.yaml:6`.
    pub(super) place: String,
    /// The same in the text; `None` where it is about no part of it.
    pub(super) span: Option<Span>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// That the key of a service goes to a host that is not the service's own.
    Host { provider: &'static str, host: String },
    /// That a service is given the value of a variable that is not its own.
    Variable { provider: &'static str, name: String },
    /// That less is reckoned with than the service is known to ask.
    Price { provider: &'static str, model: String, own: String, built_in: Option<String> },
    /// That a file outside the project is read, and perhaps sent.
    File { path: String, sent_to: Option<&'static str> },
    /// That something is written through a link.
    Link { path: String },
}

/// One request for programs.
#[derive(Serialize, JsonSchema)]
pub(super) struct TrustLine {
    /// `host`, `variable`, `price`, `file` or `link`.
    kind: &'static str,
    /// The provider that it is about; null where none is.
    provider: Option<&'static str>,
    /// The host, the name of the variable, the model, or the path.
    what: String,
    /// Where it stands in the storyboard.
    place: String,
    /// The same in words.
    message: String,
}

impl TrustRequest {
    fn new(what: Asked, placed: &PlacedText) -> Self {
        Self { what, place: placed.place.clone(), span: Some(placed.span) }
    }

    /// What is asked for, in a sentence without its place.
    pub(super) fn words(&self) -> String {
        match &self.what {
            Asked::Host { provider, host } => format!("the key for `{provider}` would go to `{}`", clean(host)),
            Asked::Variable { provider, name } => {
                format!("`{provider}` would be given the value of the variable `{}`", clean(name))
            }
            Asked::Price { provider, model, own, built_in: Some(built_in) } => {
                format!("the storyboard prices `{}` at `{provider}` with {own}, below {built_in}", clean(model))
            }
            Asked::Price { provider, model, own, built_in: None } => {
                format!("the storyboard prices `{}` at `{provider}` with {own}", clean(model))
            }
            Asked::File { path, sent_to: Some(provider) } => {
                format!("`{}` lies outside the project and would be sent to `{provider}`", clean(path))
            }
            Asked::File { path, sent_to: None } => format!("`{}` lies outside the project", clean(path)),
            Asked::Link { path } => {
                format!("`{}` is a link, and what is made would be written through it", clean(path))
            }
        }
    }

    /// How it is allowed; `None` for what is only told.
    fn remedy(&self) -> Option<String> {
        match &self.what {
            Asked::Host { host, .. } => {
                let host = clean(host);
                Some(format!("`--allow-host {host}` allows it once, `storyreel trust host {host}` for good"))
            }
            Asked::Variable { name, .. } => {
                let name = clean(name);
                Some(format!("`--allow-env {name}` allows it once, `storyreel trust env {name}` for good"))
            }
            Asked::Price { .. } | Asked::File { .. } | Asked::Link { .. } => None,
        }
    }

    /// Why nothing is sent, with what allows it.
    pub(super) fn refused(&self) -> String {
        let remedy = self.remedy().map_or_else(String::new, |remedy| format!(": {remedy}"));
        format!("{}: {}, and that is for the user to allow{remedy}", clean(&self.place), self.words())
    }

    /// The request for programs.
    pub(super) fn line(&self) -> TrustLine {
        let (kind, provider, what) = match &self.what {
            Asked::Host { provider, host } => ("host", Some(*provider), host.clone()),
            Asked::Variable { provider, name } => ("variable", Some(*provider), name.clone()),
            Asked::Price { provider, model, .. } => ("price", Some(*provider), model.clone()),
            Asked::File { path, sent_to } => ("file", *sent_to, path.clone()),
            Asked::Link { path } => ("link", None, path.clone()),
        };
        TrustLine { kind, provider, what: clean(&what), place: clean(&self.place), message: self.words() }
    }

    /// The request as a finding of `check`.
    pub(super) fn problem(&self, untrusted: bool) -> Problem {
        let code = match &self.what {
            Asked::Host { .. } => "trust::host",
            Asked::Variable { .. } => "trust::variable",
            Asked::Price { .. } => "trust::price",
            Asked::File { .. } => "trust::file",
            Asked::Link { .. } => "trust::link",
        };
        let problem = if untrusted {
            Problem::error(code, format_args!("{}, which an untrusted storyboard may not have", self.words()))
        } else {
            Problem::warning(code, self.words())
        };
        let problem = match self.span {
            Some(span) => problem.at(span, "asked for here"),
            None => problem,
        };
        match self.remedy() {
            Some(remedy) => problem.help(remedy),
            None => problem,
        }
    }
}

/// All that a storyboard asks for and the user has not allowed. Of files outside the project those that would be sent;
/// of an untrusted storyboard all.
pub(super) fn requests(context: &Context, film: &Film, outside: &[PlacedText]) -> Vec<TrustRequest> {
    let mut found = Vec::new();
    for (id, wish) in &film.providers {
        let Some(service) = service(id) else { continue };
        found.extend(host(context, service, wish));
        found.extend(variable(context, service, wish));
        found.extend(wish.lowered.iter().map(|lowered| price(service, lowered)));
    }
    found.extend(outside.iter().filter_map(|placed| file(context, film, placed)));
    found
}

impl Context {
    /// What must be allowed before `service` is spoken to.
    pub(super) fn asked_of(&self, service: &'static Service, wish: &ProviderWish) -> Vec<TrustRequest> {
        host(self, service, wish).into_iter().chain(variable(self, service, wish)).collect()
    }
}

/// Asks the user on a terminal for what a storyboard wants; what is allowed counts for this call, or for good.
pub(super) fn ask(context: &Context, requests: &[TrustRequest]) -> bool {
    context.can_ask() && !context.untrusted() && requests.iter().all(|request| ask_one(context, request))
}

fn ask_one(context: &Context, request: &TrustRequest) -> bool {
    let (host, variable) = match &request.what {
        Asked::Host { host, .. } => (Some(host.as_str()), None),
        Asked::Variable { name, .. } => (None, Some(name.as_str())),
        Asked::Price { .. } | Asked::File { .. } | Asked::Link { .. } => return true,
    };
    let question = format!("{}: {}\nAllow it? [y/N/always] ", clean(&request.place), request.words());
    let answer = context.answer(&question);
    let always = matches!(answer.as_str(), "a" | "always");
    if !always && !matches!(answer.as_str(), "y" | "yes") {
        return false;
    }
    host.iter().for_each(|host| context.permissions().allow_host(host));
    variable.iter().for_each(|name| context.permissions().allow_variable(name));
    if always {
        permissions::remember(context, host, variable);
    }
    true
}

/// Whether the key goes to a host that neither the service nor the user names.
fn host(context: &Context, service: &'static Service, wish: &ProviderWish) -> Option<TrustRequest> {
    // An address in the environment is the user's own, and counts instead.
    let named = wish.base_url.as_ref().filter(|_| !context.sets(service.base_env))?;
    let host = base_host(&named.text)?;
    let own = service.base.and_then(base_host).is_some_and(|own| own.name == host.name);
    let allowed = own || host.is_here || context.permissions().allows_host(&host.name);
    let asked = Asked::Host { provider: service.id, host: host.name };
    (!allowed).then(|| TrustRequest::new(asked, named))
}

/// Whether a service is given the value of a variable that neither it nor the user names. What goes to this machine stays
/// here.
fn variable(context: &Context, service: &'static Service, wish: &ProviderWish) -> Option<TrustRequest> {
    let named = wish.key_env.as_ref()?;
    let base = context.base(service, Some(wish));
    let stays_here = base.as_deref().and_then(base_host).is_some_and(|host| host.is_here);
    let own = service.key_env.contains(&named.text.as_str());
    let allowed = own || stays_here || context.permissions().allows_variable(&named.text);
    let asked = Asked::Variable { provider: service.id, name: named.text.clone() };
    (!allowed).then(|| TrustRequest::new(asked, named))
}

fn price(service: &'static Service, lowered: &LoweredPrice) -> TrustRequest {
    let asked = Asked::Price {
        provider: service.id,
        model: lowered.model.text.clone(),
        own: told(&lowered.own),
        built_in: lowered.built_in.as_ref().map(told),
    };
    TrustRequest::new(asked, &lowered.model)
}

/// The price of one unit, in words.
fn told(price: &Price) -> String {
    let bought = Bought { size: Size::new(0, 0), seconds: (1, 1), video: None, audio: true };
    price.unit_price(&bought).text()
}

fn file(context: &Context, film: &Film, placed: &PlacedText) -> Option<TrustRequest> {
    let sent_to = film.shots.iter().find_map(|shot| match &shot.make {
        Make::Prompt(render) if render.provider.paid() => {
            let mut sources = render.inputs.roles().map(|(_, source)| source);
            let is_it = |source: &Source| matches!(source, Source::File(file) if file.path == placed.text);
            sources.any(is_it).then_some(render.provider.id)
        }
        _ => None,
    });
    let told = sent_to.is_some() || context.untrusted();
    told.then(|| TrustRequest::new(Asked::File { path: placed.text.clone(), sent_to }, placed))
}

/// The links through which something would be written for a film: its file and what lies beside it, its lock, and the store.
pub(super) fn links(root: &Path, written: &[PathBuf]) -> Vec<TrustRequest> {
    let mut links: Vec<PathBuf> = written.iter().filter_map(|path| linked(root, path)).collect();
    links.sort();
    links.dedup();
    let request = |link: PathBuf| {
        let path = link.strip_prefix(root).unwrap_or(&link).to_string_lossy().into_owned();
        TrustRequest { what: Asked::Link { path: path.clone() }, place: path, span: None }
    };
    links.into_iter().map(request).collect()
}

/// Names what these storyboards ask for, before anything else is said.
pub(super) fn name(context: &Context, loaded: &[Loaded]) {
    for request in loaded.iter().flat_map(|one| &one.requests) {
        context.complain(&format!("warning: {}: {}", clean(&request.place), request.words()));
    }
}

/// Ends a command whose storyboards are a stranger's and ask for what only the user may allow.
pub(super) fn refuse_untrusted(context: &Context, loaded: &[Loaded]) -> Result<(), u8> {
    let asked = loaded.iter().flat_map(|one| &one.requests);
    if !context.untrusted() || asked.clone().next().is_none() {
        return Ok(());
    }
    for request in asked {
        let remedy = request.remedy().map_or_else(String::new, |remedy| format!("; {remedy}"));
        context.complain(&format!("error: {}: {}{remedy}", clean(&request.place), request.words()));
    }
    Err(refuse(context, exit::REFUSED, "an untrusted storyboard may not have that; nothing was made or sent"))
}
