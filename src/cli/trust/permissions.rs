//! What this user allows storyboards: hosts that keys may go to, and variables that may be keys. By options for one call,
//! or kept in a file of the user's own, which no storyboard can name.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use storyreel_core::sanitize::clean;
use storyreel_providers::named_host;

use crate::cli::args::TrustCommand;
use crate::cli::context::Context;
use crate::cli::load::error_chain;
use crate::cli::render::refuse;
use crate::cli::{Done, exit, print};
use crate::store::write_whole;

/// What is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Permissions {
    hosts: BTreeSet<String>,
    variables: BTreeSet<String>,
}

impl Permissions {
    /// What the file of this user keeps; nothing where there is none.
    fn kept(file: Option<&Path>) -> Self {
        let text = file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let mut permissions = Self::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("host", host)) => drop(permissions.hosts.insert(host.trim().to_owned())),
                Some(("env", name)) => drop(permissions.variables.insert(name.trim().to_owned())),
                _ => {}
            }
        }
        permissions
    }

    /// What is kept, and what the options of this call allow.
    pub(in crate::cli) fn of_call(hosts: &[String], variables: &[String]) -> Self {
        let mut permissions = Self::kept(file().as_deref());
        permissions.hosts.extend(hosts.iter().cloned());
        permissions.variables.extend(variables.iter().cloned());
        permissions
    }

    pub(in crate::cli) fn allows_host(&self, host: &str) -> bool {
        self.hosts.contains(host)
    }

    pub(in crate::cli) fn allows_variable(&self, name: &str) -> bool {
        self.variables.contains(name)
    }

    pub(in crate::cli) fn allow_host(&mut self, host: &str) {
        self.hosts.insert(host.to_owned());
    }

    pub(in crate::cli) fn allow_variable(&mut self, name: &str) {
        self.variables.insert(name.to_owned());
    }

    fn text(&self) -> String {
        let hosts = self.hosts.iter().map(|host| format!("host {host}\n"));
        let variables = self.variables.iter().map(|name| format!("env {name}\n"));
        let lines: String = hosts.chain(variables).collect::<Vec<_>>().concat();
        format!("# What storyboards may use on this user's machine: `storyreel trust` writes it.\n{lines}")
    }
}

/// The file of this user; `None` where the system names no folder for one.
fn file() -> Option<PathBuf> {
    Some(Context::settings_folder()?.join("storyreel").join("trust"))
}

/// Keeps a change of what is allowed.
fn change(change: impl FnOnce(&mut Permissions)) -> io::Result<PathBuf> {
    let file =
        file().ok_or_else(|| io::Error::other("there is no folder for settings: set XDG_CONFIG_HOME or HOME"))?;
    // What cannot be read is not written over.
    if let Err(error) = fs::read_to_string(&file)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut permissions = Permissions::kept(Some(&file));
    change(&mut permissions);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    write_whole(&file, permissions.text().as_bytes(), true)?;
    #[cfg(unix)]
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Remembers what the user has answered.
pub(in crate::cli) fn remember(context: &Context, host: Option<&str>, variable: Option<&str>) {
    let changed = change(|permissions| {
        host.iter().for_each(|host| permissions.allow_host(host));
        variable.iter().for_each(|name| permissions.allow_variable(name));
    });
    if let Err(error) = changed {
        context.complain(&format!("warning: it counts for this time only: {}", clean(&error.to_string())));
    }
}

/// `storyreel trust`.
pub(in crate::cli) fn trust(context: &Context, command: &TrustCommand) -> Done {
    let changed = match command {
        TrustCommand::List => return list(context),
        TrustCommand::Host { host } => {
            let host = named_host(host).map_err(|error| refuse(context, exit::USAGE, &error))?;
            change(|permissions| permissions.allow_host(&host)).map(|_| format!("keys may go to `{host}` from now on"))
        }
        TrustCommand::Env { name } if !is_variable(name) => {
            let message = format!("`{}` is no name of a variable: letters, digits and `_`", clean(name));
            return Err(refuse(context, exit::USAGE, &message));
        }
        TrustCommand::Env { name } => change(|permissions| permissions.allow_variable(name))
            .map(|_| format!("storyboards may name the variable `{}` as a key from now on", clean(name))),
        TrustCommand::Forget { name: None } => change(|permissions| *permissions = Permissions::default())
            .map(|_| "nothing is allowed any more".to_owned()),
        TrustCommand::Forget { name: Some(name) } => {
            let known = Permissions::kept(file().as_deref());
            let host = named_host(name).unwrap_or_else(|_| name.clone());
            if !known.allows_host(&host) && !known.allows_variable(name) {
                let message = format!("`{}` is not among what `storyreel trust list` shows", clean(name));
                return Err(refuse(context, exit::USAGE, &message));
            }
            change(|permissions| {
                permissions.hosts.remove(&host);
                permissions.variables.remove(name);
            })
            .map(|_| format!("`{}` is not allowed any more", clean(name)))
        }
    };
    match changed {
        Ok(what) => {
            context.note(&what);
            Ok(exit::DONE)
        }
        Err(error) => {
            context.complain(&error_chain(&error));
            Err(exit::INTERNAL)
        }
    }
}

/// Whether a variable of the environment can have this name; any other would not be read back as it was written.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn list(context: &Context) -> Done {
    let kept = Permissions::kept(file().as_deref());
    if kept == Permissions::default() {
        context.note("nothing is allowed beyond the services' own hosts and variables");
        return Ok(exit::DONE);
    }
    print(&kept.summary())
}

impl Permissions {
    /// A line for everything that is allowed.
    pub(in crate::cli) fn summary(&self) -> String {
        let hosts = self.hosts.iter().map(|host| format!("host {}\n", clean(host)));
        let variables = self.variables.iter().map(|name| format!("env  {}\n", clean(name)));
        hosts.chain(variables).collect::<Vec<_>>().concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back_and_a_part_of_a_name_allows_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("trust");
        let mut permissions = Permissions::default();
        permissions.allow_host("gateway.example:8443");
        permissions.allow_variable("MY_KEY");
        fs::write(&file, permissions.text()).expect("written");
        let read = Permissions::kept(Some(&file));
        assert_eq!(read, permissions);
        assert!(read.allows_host("gateway.example:8443") && read.allows_variable("MY_KEY"));
        for host in ["gateway.example", "evil.gateway.example:8443", "GATEWAY.example:8443", ""] {
            assert!(!read.allows_host(host), "{host}");
        }
        assert_eq!(Permissions::kept(None), Permissions::default());
    }
}
