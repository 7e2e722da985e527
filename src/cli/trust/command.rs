//! `storyreel trust`: what storyboards may use on this user's machine.

use std::io;

use storyreel_core::sanitize::clean;
use storyreel_providers::named_host;

use super::permissions::{Permissions, change_kept};
use crate::cli::args::TrustCommand;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::{CommandFailure, Done, internal};
use crate::cli::output::print;

pub(in crate::cli) fn trust(context: &Context, command: &TrustCommand) -> Done {
    let what = match command {
        TrustCommand::List => return list(context),
        TrustCommand::Host { host } => allow_host(host)?,
        TrustCommand::Env { name } => allow_variable(name)?,
        TrustCommand::Forget { name: Some(name) } => forget(name)?,
        TrustCommand::Forget { name: None } => {
            change(|permissions| *permissions = Permissions::default()).map_err(internal)?;
            "all permissions are removed".to_owned()
        }
    };
    context.note(&what);
    Ok(exit::DONE)
}

fn change(change: impl FnOnce(&mut Permissions)) -> io::Result<()> {
    change_kept(Context::permissions_file().as_deref(), change)
}

fn kept() -> Permissions {
    Permissions::read(Context::permissions_file().as_deref())
}

/// Allows a host, and says so.
fn allow_host(host: &str) -> Result<String, CommandFailure> {
    let host = named_host(host).map_err(|error| CommandFailure::new(exit::USAGE, error))?;
    change(|permissions| permissions.allow_host(&host)).map_err(internal)?;
    Ok(format!("keys can be sent to `{host}` from now on"))
}

/// Allows a variable, and says so.
fn allow_variable(name: &str) -> Result<String, CommandFailure> {
    if !is_variable(name) {
        let message = format!("`{}` is no name of a variable: letters, digits and `_`", clean(name));
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    change(|permissions| permissions.allow_variable(name)).map_err(internal)?;
    Ok(format!("storyboards may name the variable `{}` as a key from now on", clean(name)))
}

/// Takes a permission back, and says so.
fn forget(name: &str) -> Result<String, CommandFailure> {
    let kept = kept();
    let host = named_host(name).unwrap_or_else(|_| name.to_owned());
    if !kept.allows_host(&host) && !kept.allows_variable(name) {
        let message = format!("`{}` is not in `storyreel trust list`", clean(name));
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    change(|permissions| permissions.forget(&host, name)).map_err(internal)?;
    Ok(format!("`{}` is no longer allowed", clean(name)))
}

/// Whether a variable of the environment can have this name; any other would not be read back as it was written.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn list(context: &Context) -> Done {
    let kept = kept();
    if kept == Permissions::default() {
        context.note("nothing is allowed beyond the services' own hosts and variables");
        return Ok(exit::DONE);
    }
    print(&kept.summary())
}
