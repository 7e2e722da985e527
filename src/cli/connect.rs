//! Who renders in a run: every service that its shots name, with address and key, found out before anything is ordered.

use std::collections::BTreeMap;
use std::sync::Arc;

use storyreel_core::film::{Make, ProviderSpec};
use storyreel_core::plan::Action;
use storyreel_core::provider::Provider;
use storyreel_providers::Remote;
use storyreel_providers::Renderer;

use super::consent::steps;
use super::context::{Access, Context, NoAccess};
use super::exit;
use super::render::refuse;
use super::trust;
use crate::engine::Board;

/// Services by id, with the way to reach each.
pub(super) type Accesses = BTreeMap<&'static str, (&'static Provider, Access)>;

/// The ways to reach the services that these boards order from. All that is missing is said at once.
pub(super) fn required_access(context: &Context, boards: &[Board]) -> Result<Accesses, u8> {
    let mut found = Accesses::new();
    let mut missing = Vec::new();
    for board in boards {
        let ordered = steps(board).filter(|step| !matches!(step.action, Action::Reuse(_) | Action::Local));
        for step in ordered {
            let shot = board.film.shots.iter().find(|shot| shot.id == step.shot);
            let Some(Make::Prompt(render)) = shot.map(|shot| &shot.make) else { continue };
            let service = render.provider;
            if found.contains_key(service.id) || !service.is_paid {
                continue;
            }
            match allowed_access(context, service, board.film.providers.get(service.id)) {
                Ok(access) => drop(found.insert(service.id, (service, access))),
                Err(error) if missing.contains(&error) => {}
                Err(error) => missing.push(error),
            }
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    for error in &missing {
        refuse(context, exit::REFUSED, &error.to_string());
    }
    context.complain("help: nothing was ordered; `--provider animatic` makes the film here, free of charge");
    Err(exit::REFUSED)
}

/// The way to a service. What only the user may allow is asked for on a terminal.
pub(super) fn allowed_access(
    context: &Context,
    service: &'static Provider,
    wish: Option<&ProviderSpec>,
) -> Result<Access, NoAccess> {
    match context.access(service, wish) {
        Err(NoAccess::NotAllowed(requests)) if trust::ask(context, &requests) => context.access(service, wish),
        access => access,
    }
}

/// The services, ready to be spoken to.
pub(super) fn connect_renderers(
    context: &Context,
    access: Accesses,
) -> Result<BTreeMap<&'static str, Arc<dyn Renderer>>, u8> {
    let mut crew: BTreeMap<&'static str, Arc<dyn Renderer>> = BTreeMap::new();
    for (id, (service, Access { base, key })) in access {
        let remote =
            Remote::new(service, &base, &key).map_err(|error| refuse(context, exit::REFUSED, &error.to_string()))?;
        crew.insert(id, Arc::new(remote));
    }
    Ok(crew)
}
