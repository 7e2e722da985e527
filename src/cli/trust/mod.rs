//! What a storyboard asks for that only the user may allow: a storyboard may be a stranger's text.

pub(super) mod acceptance;
pub(super) mod command;
pub(super) mod paths;
pub(super) mod permissions;
pub(super) mod request;

use std::path::{Path, PathBuf};

use storyreel_core::catalog::Price;
use storyreel_core::film::{Film, InputSource, Inputs, LoweredPrice, Make, PlacedText, ProviderSpec};
use storyreel_core::index::ShotIndex;
use storyreel_core::provider::{Provider, provider_by_id};
use storyreel_core::sanitize::clean;
use storyreel_core::text::Problem;
use storyreel_providers::{base_fault, base_host};

use super::context::Context;
use super::exit;
use super::failure::CommandFailure;
use paths::{first_link, links_within};
use permissions::{Permissions, change_kept};
use request::{PermissionRequest, TrustRequest};

/// Folders within folders of a store below which no files are made by name: what lies deeper is replaced, not written to.
const STORE_DEPTH: u32 = 2;

/// All that a storyboard asks for and the user has not allowed. Of files outside the project those that would be sent;
/// of an untrusted storyboard all.
pub(super) fn film_requests(context: &Context, film: &Film, outside: &[PlacedText]) -> Vec<TrustRequest> {
    let mut found = Vec::new();
    for (id, spec) in &film.providers {
        let Some(provider) = provider_by_id(id) else { continue };
        found.extend(provider_requests(context, provider, spec));
        found.extend(spec.lowered.iter().map(|lowered| price_request(provider, lowered)));
    }
    found.extend(outside.iter().filter_map(|placed| file_request(context, film, placed)));
    found
}

/// What must be allowed before `provider` is spoken to.
pub(super) fn provider_requests(
    context: &Context,
    provider: &'static Provider,
    spec: &ProviderSpec,
) -> Vec<TrustRequest> {
    let mut found = host_requests(context, provider, spec);
    found.extend(variable_request(context, provider, spec));
    found
}

/// Base URLs of the storyboard that no key would be sent to.
pub(super) fn unusable_addresses(film: &Film) -> Vec<Problem> {
    let mut found = Vec::new();
    for (id, spec) in &film.providers {
        let is_own_server = provider_by_id(id).is_some_and(|provider| provider.is_own_server);
        for placed in &spec.base_urls {
            if let Some(why) = base_fault(&placed.text, is_own_server) {
                let problem = Problem::error("film::base_url", why);
                found.push(problem.at(placed.span, "not an address to send a key to"));
            }
        }
    }
    found
}

/// Asks the user on a terminal for what a storyboard wants; what is allowed counts for this call, or for good.
pub(super) fn ask_user(context: &Context, requests: &[TrustRequest]) -> bool {
    context.can_ask() && !context.untrusted() && requests.iter().all(|request| ask_one(context, request))
}

fn ask_one(context: &Context, request: &TrustRequest) -> bool {
    if !matches!(request.what, PermissionRequest::Host { .. } | PermissionRequest::Variable { .. }) {
        return true;
    }
    let question = format!("{}: {}\nAllow it? [y/N/always] ", clean(&request.place), request.description());
    let answer = context.answer(&question);
    let for_good = matches!(answer.as_str(), "a" | "always");
    if !for_good && !matches!(answer.as_str(), "y" | "yes") {
        return false;
    }
    allow(&mut context.permissions(), request);
    if for_good {
        let kept = change_kept(Context::permissions_file().as_deref(), |permissions| allow(permissions, request));
        if let Err(error) = kept {
            context.complain(&format!("warning: it counts only for this command: {}", clean(&error.to_string())));
        }
    }
    true
}

/// Allows the host or the variable that is asked for.
fn allow(permissions: &mut Permissions, request: &TrustRequest) {
    match &request.what {
        PermissionRequest::Host { host, .. } => permissions.allow_host(host),
        PermissionRequest::Variable { name, .. } => permissions.allow_variable(name),
        PermissionRequest::Price { .. } | PermissionRequest::File { .. } | PermissionRequest::Link { .. } => {}
    }
}

/// The hosts to which the key would go that neither the service nor the user names.
fn host_requests(context: &Context, provider: &'static Provider, spec: &ProviderSpec) -> Vec<TrustRequest> {
    // An address in the environment is the user's own, and counts instead.
    let named = spec.base_urls.iter().filter(|_| context.variable(provider.base_env).is_none());
    let mut found = Vec::new();
    for placed in named {
        let Some(host) = base_host(&placed.text) else { continue };
        let own = provider.base.and_then(base_host).is_some_and(|own| own.name == host.name);
        if !own && !host.is_here && !context.permissions().allows_host(&host.name) {
            let asked = PermissionRequest::Host { provider: provider.id, host: host.name };
            found.push(TrustRequest::new(asked, placed));
        }
    }
    found
}

/// Whether a service is given the value of a variable that neither it nor the user names. What goes to this machine stays
/// here.
fn variable_request(context: &Context, provider: &'static Provider, spec: &ProviderSpec) -> Option<TrustRequest> {
    let named = spec.key_env.as_ref()?;
    let bases = context.base_addresses(provider, Some(spec));
    let hosts: Vec<_> = bases.iter().filter_map(|base| base_host(base)).collect();
    let stays_here = !hosts.is_empty() && hosts.iter().all(|host| host.is_here);
    let own = provider.key_env.contains(&named.text.as_str());
    let allowed = own || stays_here || context.permissions().allows_variable(&named.text);
    let asked = PermissionRequest::Variable { provider: provider.id, name: named.text.clone() };
    (!allowed).then(|| TrustRequest::new(asked, named))
}

fn price_request(provider: &'static Provider, lowered: &LoweredPrice) -> TrustRequest {
    let LoweredPrice { model, own, known, .. } = lowered;
    let is_comparable = known.as_ref().is_some_and(|known| known.unit == own.unit && known.currency == own.currency);
    // The two prices differ by what makes the storyboard's the lower one.
    let with_video = is_comparable && known.as_ref().is_some_and(|known| own.fresh >= known.fresh);
    let known = known.as_ref().map(|known| {
        let relation = if known.currency == own.currency { "below" } else { "in place of" };
        format!("{relation} {}", price_terms(known, with_video))
    });
    let own = price_terms(own, with_video);
    let asked = PermissionRequest::Price { provider: provider.id, model: model.text.clone(), own, known };
    TrustRequest::new(asked, model)
}

/// The price of one unit, in words.
fn price_terms(price: &Price, with_video: bool) -> String {
    if with_video {
        format!("{} with a video among the inputs", price.unit_price_of(price.with_video).text())
    } else {
        price.unit_price_of(price.fresh).text()
    }
}

fn file_request(context: &Context, film: &Film, placed: &PlacedText) -> Option<TrustRequest> {
    let sent_to = film.shots.iter().find_map(|shot| match &shot.make {
        Make::Prompt(render) if render.provider.is_paid => {
            takes_from(film, &render.inputs, &placed.text).then_some(render.provider.id)
        }
        _ => None,
    });
    let is_asked = sent_to.is_some() || context.untrusted();
    is_asked.then(|| TrustRequest::new(PermissionRequest::File { path: placed.text.clone(), sent_to }, placed))
}

/// Whether something of the file at `path` is among these inputs: the file itself, or a frame or the clip of a shot that is
/// made of it here.
fn takes_from(film: &Film, inputs: &Inputs, path: &str) -> bool {
    inputs.roles().any(|(_, source)| match source {
        InputSource::File(file) => file.path == path,
        other => other.shot().is_some_and(|at| is_made_of(film, at, path)),
    })
}

/// Whether a shot is made here of the file at `path`.
fn is_made_of(film: &Film, shot: ShotIndex, path: &str) -> bool {
    match &film.shots[shot].make {
        Make::Still(file) | Make::Footage { file, .. } => file.path == path,
        Make::Prompt(render) if !render.provider.is_paid => takes_from(film, &render.inputs, path),
        // What a service made of a file was sent there for that shot, and is found at it.
        Make::Prompt(_) => false,
        Make::Card(card) => card.files().any(|file| file.path == path),
    }
}

/// The links through which something would be written for a film: to the files of `written`, or into the store.
pub(super) fn link_requests(root: &Path, written: &[PathBuf], store: &Path) -> Vec<TrustRequest> {
    let mut links: Vec<PathBuf> = written.iter().filter_map(|path| first_link(root, path)).collect();
    match first_link(root, store) {
        Some(link) => links.push(link),
        None => links.extend(links_within(store, STORE_DEPTH)),
    }
    links.sort();
    links.dedup();
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let mut requests = Vec::new();
    for link in links {
        let path = link.strip_prefix(&root).unwrap_or(&link).to_string_lossy().into_owned();
        let what = PermissionRequest::Link { path: path.clone() };
        requests.push(TrustRequest { what, place: path, span: None });
    }
    requests
}

/// Refuses to write `file` for a stranger's storyboard where that leads through a link of its project.
pub(super) fn refuse_link(context: &Context, root: &Path, file: &Path) -> Result<(), CommandFailure> {
    let link = if context.untrusted() { first_link(root, file) } else { None };
    let Some(link) = link else { return Ok(()) };
    let message = format!(
        "`{}` would be written through the link `{}`, which is not allowed in an untrusted project",
        file.display(),
        link.display()
    );
    Err(CommandFailure::new(exit::REFUSED, message))
}

/// Refuses to write into a store that lies behind a link, or has links in it, for a stranger's project.
pub(super) fn refuse_linked_store(context: &Context, root: &Path, store: &Path) -> Result<(), CommandFailure> {
    let links = if context.untrusted() { link_requests(root, &[], store) } else { Vec::new() };
    let Some(link) = links.first() else { return Ok(()) };
    let message = format!("{}: not allowed in an untrusted project", link.description());
    Err(CommandFailure::new(exit::REFUSED, message))
}
