//! What this user allows storyboards: hosts that keys may go to, and variables that may be keys. By options for one call,
//! or kept in a file of the user's own, which no storyboard can name.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use storyreel_core::sanitize::clean;

use crate::store::write_whole;

/// What is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Permissions {
    hosts: BTreeSet<String>,
    variables: BTreeSet<String>,
}

impl Permissions {
    /// What the file of this user keeps; nothing where there is none.
    pub(in crate::cli) fn read(file: Option<&Path>) -> Self {
        let text = file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let mut permissions = Self::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("host", host)) => permissions.allow_host(host.trim()),
                Some(("env", name)) => permissions.allow_variable(name.trim()),
                _ => {}
            }
        }
        permissions
    }

    /// With what the options of one call allow.
    pub(in crate::cli) fn with(mut self, hosts: &[String], variables: &[String]) -> Self {
        self.hosts.extend(hosts.iter().cloned());
        self.variables.extend(variables.iter().cloned());
        self
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

    /// Takes back what is allowed under these names.
    pub(in crate::cli) fn forget(&mut self, host: &str, variable: &str) {
        self.hosts.remove(host);
        self.variables.remove(variable);
    }

    /// The text of the file.
    fn text(&self) -> String {
        let hosts = self.hosts.iter().map(|host| format!("host {host}\n"));
        let variables = self.variables.iter().map(|name| format!("env {name}\n"));
        let lines: String = hosts.chain(variables).collect::<Vec<_>>().concat();
        format!("# What storyboards may use on this user's machine: `storyreel trust` writes it.\n{lines}")
    }

    /// A line for everything that is allowed.
    pub(in crate::cli) fn summary(&self) -> String {
        let hosts = self.hosts.iter().map(|host| format!("host {}\n", clean(host)));
        let variables = self.variables.iter().map(|name| format!("env  {}\n", clean(name)));
        hosts.chain(variables).collect::<Vec<_>>().concat()
    }
}

/// Keeps a change of what is allowed in `file`.
pub(super) fn change_kept(file: Option<&Path>, change: impl FnOnce(&mut Permissions)) -> io::Result<()> {
    let Some(file) = file else {
        return Err(io::Error::other("there is no folder for settings: set XDG_CONFIG_HOME or HOME"));
    };
    // What cannot be read is not written over.
    if let Err(error) = fs::read_to_string(file)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut permissions = Permissions::read(Some(file));
    change(&mut permissions);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    write_whole(file, permissions.text().as_bytes(), true)?;
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
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
        let read = Permissions::read(Some(&file));
        assert_eq!(read, permissions);
        assert!(read.allows_host("gateway.example:8443") && read.allows_variable("MY_KEY"));
        for host in ["gateway.example", "evil.gateway.example:8443", "GATEWAY.example:8443", ""] {
            assert!(!read.allows_host(host), "{host}");
        }
        assert_eq!(Permissions::read(None), Permissions::default());
    }
}
