//! Who renders in a run: every service that its shots name, with address and key, found out before anything is ordered.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;
use storyreel_core::film::{Make, ProviderSpec};
use storyreel_core::plan::Action;
use storyreel_core::provider::{GatewayForm, Provider};
use storyreel_providers::{Remote, Renderer, ServerPool};

use super::context::Context;
use super::exit;
use super::failure::CommandFailure;
use super::orders::executed_steps;
use super::trust;
use super::trust::request::TrustRequest;
use crate::engine::Board;

/// The renderers of a run, by the id of their service.
pub(super) type Renderers = BTreeMap<&'static str, Arc<dyn Renderer>>;

/// The ways to the services of a run, by their ids.
pub(super) type Accesses = BTreeMap<&'static str, Access>;

/// Where a service is reached, and with which key.
pub(super) struct Access {
    pub(super) provider: &'static Provider,
    /// The address; several of servers of one's own.
    pub(super) bases: Vec<String>,
    pub(super) form: GatewayForm,
    pub(super) key: SecretString,
}

/// What keeps a service from being reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAccess {
    #[error("no key for `{provider}`: set the environment variable {variables}")]
    Key { provider: &'static str, variables: String },
    #[error("{}", .0.iter().map(TrustRequest::refusal_text).collect::<Vec<_>>().join("; "))]
    NotAllowed(Vec<TrustRequest>),
    #[error("no address for `{provider}`: set {variable}, or `providers.{provider}.base_url` in the storyboard")]
    Base { provider: &'static str, variable: &'static str },
}

/// The ways to reach the services that these boards order from. All that is missing is said at once.
pub(super) fn required_access(context: &Context, boards: &[Board]) -> Result<Accesses, CommandFailure> {
    let mut found = Accesses::new();
    let mut missing = Vec::new();
    for board in boards {
        let ordered = executed_steps(board).filter(|step| !matches!(step.action, Action::Reuse(_) | Action::Local));
        for step in ordered {
            let shot = board.film.shots.iter().find(|shot| shot.id == step.shot);
            let Some(Make::Prompt(render)) = shot.map(|shot| &shot.make) else { continue };
            let provider = render.provider;
            if found.contains_key(provider.id) || !provider.is_paid {
                continue;
            }
            match allowed_access(context, provider, board.film.providers.get(provider.id)) {
                Ok(access) => drop(found.insert(provider.id, access)),
                Err(error) if missing.contains(&error) => {}
                Err(error) => missing.push(error),
            }
        }
    }
    let failures = missing.iter().map(|error| CommandFailure::new(exit::REFUSED, error.to_string()));
    match CommandFailure::joined(failures) {
        None => Ok(found),
        Some(failure) => {
            Err(failure.help("nothing was ordered; `--provider animatic` makes the film here, free of charge"))
        }
    }
}

/// Where `provider` is reached, and with which key: the environment first, then the storyboard, then what is built in.
/// A host or a variable that only the storyboard names must be allowed by the user.
pub(super) fn access_to(
    context: &Context,
    provider: &'static Provider,
    spec: Option<&ProviderSpec>,
) -> Result<Access, NoAccess> {
    let bases = context.base_addresses(provider, spec);
    if bases.is_empty() {
        return Err(NoAccess::Base { provider: provider.id, variable: provider.base_env });
    }
    let requests = spec.map(|spec| trust::provider_requests(context, provider, spec)).unwrap_or_default();
    if !requests.is_empty() {
        return Err(NoAccess::NotAllowed(requests));
    }
    let named = spec.and_then(|spec| spec.key_env.as_ref()).map(|named| named.text.as_str());
    let names: Vec<&str> = named.map_or_else(|| provider.key_env.to_vec(), |name| vec![name]);
    let key = names.iter().find_map(|name| context.variable(name));
    let key = key.or_else(|| provider.is_own_server.then(String::new));
    let key = key.ok_or_else(|| NoAccess::Key { provider: provider.id, variables: names.join(" or ") })?;
    let form = spec.map(|spec| spec.form).unwrap_or_default();
    Ok(Access { provider, bases, form, key: key.trim().into() })
}

/// The way to a service. What only the user may allow is asked for on a terminal.
pub(super) fn allowed_access(
    context: &Context,
    provider: &'static Provider,
    spec: Option<&ProviderSpec>,
) -> Result<Access, NoAccess> {
    match access_to(context, provider, spec) {
        Err(NoAccess::NotAllowed(requests)) if trust::ask_user(context, &requests) => {
            access_to(context, provider, spec)
        }
        found => found,
    }
}

/// The services, ready to be spoken to.
pub(super) fn connect_renderers(accesses: Accesses) -> Result<Renderers, CommandFailure> {
    let mut renderers = Renderers::new();
    for (id, access) in accesses {
        renderers.insert(id, renderer(access)?);
    }
    Ok(renderers)
}

/// One service, ready to be spoken to; servers of one's own share the work.
fn renderer(access: Access) -> Result<Arc<dyn Renderer>, CommandFailure> {
    let Access { provider, bases, form, key } = access;
    let mut remotes = Vec::with_capacity(bases.len());
    for base in bases {
        let remote = Remote::new(provider, base.trim(), &key)
            .map_err(|error| CommandFailure::new(exit::REFUSED, error.to_string()))?;
        remotes.push((base, remote.with_form(form)));
    }
    if provider.is_own_server {
        return Ok(Arc::new(ServerPool::new(remotes)));
    }
    let (_, remote) = remotes.remove(0);
    Ok(Arc::new(remote))
}
