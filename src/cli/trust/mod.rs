//! What a storyboard asks for that only the user may allow: a storyboard may be a stranger's text.

mod paths;
pub(super) mod permissions;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::catalog::{BillableRender, Price};
use storyreel_core::film::{Film, InputSource, Inputs, LoweredPrice, Make, PlacedText, ProviderSpec};
use storyreel_core::provider::{Provider, provider_by_id};
use storyreel_core::sanitize::clean;
use storyreel_core::text::{Problem, Span};
use storyreel_core::units::Size;
use storyreel_providers::{base_fault, base_host};

use super::context::Context;
use super::exit;
use super::load::Loaded;
use super::render::refuse;
pub(super) use paths::{is_outside, outside};
use paths::{linked, links_within};

/// Folders within folders of a store below which no files are made by name: what lies deeper is replaced, not written to.
const STORE_DEPTH: u32 = 2;

/// Something that a storyboard asks for, and that is for the user alone to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TrustRequest {
    pub(super) what: PermissionRequest,
    /// Where it stands, such as `film.yaml:6`.
    pub(super) place: String,
    /// The same in the text; `None` where it is about no part of it.
    pub(super) span: Option<Span>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PermissionRequest {
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
    fn new(what: PermissionRequest, placed: &PlacedText) -> Self {
        Self { what, place: placed.place.clone(), span: Some(placed.span) }
    }

    /// What is asked for, in a sentence without its place.
    pub(super) fn described(&self) -> String {
        match &self.what {
            PermissionRequest::Host { provider, host } => {
                format!("the key for `{provider}` would go to `{}`", clean(host))
            }
            PermissionRequest::Variable { provider, name } => {
                format!("`{provider}` would be given the value of the variable `{}`", clean(name))
            }
            PermissionRequest::Price { provider, model, own, built_in: Some(built_in) } => {
                format!("the storyboard prices `{}` at `{provider}` with {own}, below {built_in}", clean(model))
            }
            PermissionRequest::Price { provider, model, own, built_in: None } => {
                format!("the storyboard prices `{}` at `{provider}` with {own}", clean(model))
            }
            PermissionRequest::File { path, sent_to: Some(provider) } => {
                format!("`{}` lies outside the project and would be sent to `{provider}`", clean(path))
            }
            PermissionRequest::File { path, sent_to: None } => format!("`{}` lies outside the project", clean(path)),
            PermissionRequest::Link { path } => {
                format!("`{}` is a link, and what is made would be written through it", clean(path))
            }
        }
    }

    /// How it is allowed; `None` for what is only told.
    fn remedy(&self) -> Option<String> {
        match &self.what {
            PermissionRequest::Host { host, .. } => {
                let host = clean(host);
                Some(format!("`--allow-host {host}` allows it once, `storyreel trust host {host}` for good"))
            }
            PermissionRequest::Variable { name, .. } => {
                let name = clean(name);
                Some(format!("`--allow-env {name}` allows it once, `storyreel trust env {name}` for good"))
            }
            PermissionRequest::Price { .. } | PermissionRequest::File { .. } | PermissionRequest::Link { .. } => None,
        }
    }

    /// Why nothing is sent, with what allows it.
    pub(super) fn refused(&self) -> String {
        let remedy = self.remedy().map_or_else(String::new, |remedy| format!(": {remedy}"));
        format!("{}: {}, and that is for the user to allow{remedy}", clean(&self.place), self.described())
    }

    /// The request for programs.
    pub(super) fn line(&self) -> TrustLine {
        let (kind, provider, what) = match &self.what {
            PermissionRequest::Host { provider, host } => ("host", Some(*provider), host.clone()),
            PermissionRequest::Variable { provider, name } => ("variable", Some(*provider), name.clone()),
            PermissionRequest::Price { provider, model, .. } => ("price", Some(*provider), model.clone()),
            PermissionRequest::File { path, sent_to } => ("file", *sent_to, path.clone()),
            PermissionRequest::Link { path } => ("link", None, path.clone()),
        };
        TrustLine { kind, provider, what: clean(&what), place: clean(&self.place), message: self.described() }
    }

    /// The request as a finding of `check`.
    pub(super) fn problem(&self, untrusted: bool) -> Problem {
        let code = match &self.what {
            PermissionRequest::Host { .. } => "trust::host",
            PermissionRequest::Variable { .. } => "trust::variable",
            PermissionRequest::Price { .. } => "trust::price",
            PermissionRequest::File { .. } => "trust::file",
            PermissionRequest::Link { .. } => "trust::link",
        };
        let problem = if untrusted {
            Problem::error(code, format_args!("{}, which an untrusted storyboard may not have", self.described()))
        } else {
            Problem::warning(code, self.described())
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
        let Some(service) = provider_by_id(id) else { continue };
        found.extend(host(context, service, wish));
        found.extend(variable(context, service, wish));
        found.extend(wish.lowered.iter().map(|lowered| price(service, lowered)));
    }
    found.extend(outside.iter().filter_map(|placed| file(context, film, placed)));
    found
}

impl Context {
    /// What must be allowed before `service` is spoken to.
    pub(super) fn asked_of(&self, service: &'static Provider, wish: &ProviderSpec) -> Vec<TrustRequest> {
        host(self, service, wish).into_iter().chain(variable(self, service, wish)).collect()
    }
}

/// Base URLs of the storyboard that no key would be sent to.
pub(super) fn unusable_addresses(film: &Film) -> Vec<Problem> {
    let addresses = film.providers.values().filter_map(|wish| wish.base_url.as_ref());
    let problem = |placed: &PlacedText| {
        let why = base_fault(&placed.text)?;
        Some(Problem::error("film::base_url", why).at(placed.span, "not an address to send a key to"))
    };
    addresses.filter_map(problem).collect()
}

/// Asks the user on a terminal for what a storyboard wants; what is allowed counts for this call, or for good.
pub(super) fn ask(context: &Context, requests: &[TrustRequest]) -> bool {
    context.can_ask() && !context.untrusted() && requests.iter().all(|request| ask_one(context, request))
}

fn ask_one(context: &Context, request: &TrustRequest) -> bool {
    let (host, variable) = match &request.what {
        PermissionRequest::Host { host, .. } => (Some(host.as_str()), None),
        PermissionRequest::Variable { name, .. } => (None, Some(name.as_str())),
        PermissionRequest::Price { .. } | PermissionRequest::File { .. } | PermissionRequest::Link { .. } => {
            return true;
        }
    };
    let question = format!("{}: {}\nAllow it? [y/N/always] ", clean(&request.place), request.described());
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
fn host(context: &Context, service: &'static Provider, wish: &ProviderSpec) -> Option<TrustRequest> {
    // An address in the environment is the user's own, and counts instead.
    let named = wish.base_url.as_ref().filter(|_| !context.sets(service.base_env))?;
    let host = base_host(&named.text)?;
    let own = service.base.and_then(base_host).is_some_and(|own| own.name == host.name);
    let allowed = own || host.is_here || context.permissions().allows_host(&host.name);
    let asked = PermissionRequest::Host { provider: service.id, host: host.name };
    (!allowed).then(|| TrustRequest::new(asked, named))
}

/// Whether a service is given the value of a variable that neither it nor the user names. What goes to this machine stays
/// here.
fn variable(context: &Context, service: &'static Provider, wish: &ProviderSpec) -> Option<TrustRequest> {
    let named = wish.key_env.as_ref()?;
    let base = context.base(service, Some(wish));
    let stays_here = base.as_deref().and_then(base_host).is_some_and(|host| host.is_here);
    let own = service.key_env.contains(&named.text.as_str());
    let allowed = own || stays_here || context.permissions().allows_variable(&named.text);
    let asked = PermissionRequest::Variable { provider: service.id, name: named.text.clone() };
    (!allowed).then(|| TrustRequest::new(asked, named))
}

fn price(service: &'static Provider, lowered: &LoweredPrice) -> TrustRequest {
    let own = &lowered.own;
    // The two prices differ by what makes the storyboard's the lower one.
    let alike = |built_in: &Price| built_in.unit == own.unit && built_in.currency == own.currency;
    let with_video = lowered.built_in.as_ref().is_some_and(|built_in| alike(built_in) && own.fresh >= built_in.fresh);
    let asked = PermissionRequest::Price {
        provider: service.id,
        model: lowered.model.text.clone(),
        own: price_terms(own, with_video),
        built_in: lowered.built_in.as_ref().map(|built_in| price_terms(built_in, with_video)),
    };
    TrustRequest::new(asked, &lowered.model)
}

/// The price of one unit, in words.
fn price_terms(price: &Price, with_video: bool) -> String {
    let video = with_video.then_some((1, 1));
    let bought = BillableRender { size: Size::new(0, 0), seconds: (1, 1), video, audio: true };
    let inputs = if with_video { " with a video among the inputs" } else { "" };
    format!("{}{inputs}", price.unit_price(&bought).text())
}

fn file(context: &Context, film: &Film, placed: &PlacedText) -> Option<TrustRequest> {
    let sent_to = film.shots.iter().find_map(|shot| match &shot.make {
        Make::Prompt(render) if render.provider.is_paid => {
            takes_from(film, &render.inputs, &placed.text).then_some(render.provider.id)
        }
        _ => None,
    });
    let told = sent_to.is_some() || context.untrusted();
    told.then(|| TrustRequest::new(PermissionRequest::File { path: placed.text.clone(), sent_to }, placed))
}

/// Whether something of the file at `path` is among these inputs: the file itself, or a frame or the clip of a shot that is
/// made of it here.
fn takes_from(film: &Film, inputs: &Inputs, path: &str) -> bool {
    let shows = |at: usize| match &film.shots[at].make {
        Make::Still(file) | Make::Footage { file, .. } => file.path == path,
        Make::Prompt(render) if !render.provider.is_paid => takes_from(film, &render.inputs, path),
        // What a service made of a file was sent there for that shot, and is found at it.
        Make::Prompt(_) | Make::Card { .. } => false,
    };
    inputs.roles().any(|(_, source)| match source {
        InputSource::File(file) => file.path == path,
        InputSource::Remote(_) => false,
        InputSource::LastFrame(at) | InputSource::FirstFrame(at) | InputSource::Clip(at) => shows(*at),
    })
}

/// The links through which something would be written for a film: to the files of `written`, or into the store.
pub(super) fn links(root: &Path, written: &[PathBuf], store: &Path) -> Vec<TrustRequest> {
    let mut links: Vec<PathBuf> = written.iter().filter_map(|path| linked(root, path)).collect();
    match linked(root, store) {
        Some(link) => links.push(link),
        None => links.extend(links_within(store, STORE_DEPTH)),
    }
    links.sort();
    links.dedup();
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let request = |link: PathBuf| {
        let path = link.strip_prefix(&root).unwrap_or(&link).to_string_lossy().into_owned();
        TrustRequest { what: PermissionRequest::Link { path: path.clone() }, place: path, span: None }
    };
    links.into_iter().map(request).collect()
}

/// Refuses to write `file` for a stranger's storyboard where that leads through a link of its project.
pub(super) fn refuse_link(context: &Context, root: &Path, file: &Path) -> Result<(), u8> {
    let link = if context.untrusted() { linked(root, file) } else { None };
    let Some(link) = link else { return Ok(()) };
    let (file, link) = (file.display(), link.display());
    let message =
        format!("`{file}` would be written through the link `{link}`, which an untrusted project may not have");
    Err(refuse(context, exit::REFUSED, &message))
}

/// Refuses to write into a store that lies behind a link, or has links in it, for a stranger's project.
pub(super) fn refuse_linked_store(context: &Context, root: &Path, store: &Path) -> Result<(), u8> {
    let links = if context.untrusted() { links(root, &[], store) } else { Vec::new() };
    let Some(link) = links.first() else { return Ok(()) };
    Err(refuse(context, exit::REFUSED, &format!("{}: an untrusted project may not have that", link.described())))
}

/// Names what these storyboards ask for, before anything else is said.
pub(super) fn name(context: &Context, loaded: &[Loaded]) {
    for request in loaded.iter().flat_map(|one| &one.requests) {
        context.complain(&format!("warning: {}: {}", clean(&request.place), request.described()));
    }
}

/// Whether these storyboards are trusted, or ask for nothing.
pub(super) fn is_acceptable(context: &Context, loaded: &[Loaded]) -> bool {
    !context.untrusted() || loaded.iter().all(|one| one.requests.is_empty())
}

/// Ends a command whose storyboards are a stranger's and ask for what only the user may allow.
pub(super) fn refuse_untrusted(context: &Context, loaded: &[Loaded]) -> Result<(), u8> {
    if is_acceptable(context, loaded) {
        return Ok(());
    }
    for request in loaded.iter().flat_map(|one| &one.requests) {
        let remedy = request.remedy().map_or_else(String::new, |remedy| format!("; {remedy}"));
        context.complain(&format!("error: {}: {}{remedy}", clean(&request.place), request.described()));
    }
    Err(refuse(context, exit::REFUSED, "an untrusted storyboard may not have that; nothing was made or sent"))
}
