//! The only reader of the environment, the current folder and the terminal.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use super::args::{Colour, Common};
use crate::film::Wish;
use crate::media::{Ffmpeg, MediaError};
use crate::report::{Detail, Screen};
use crate::store::{FOLDER, Store};

/// What a command knows of the world it runs in.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) common: Common,
    pub(super) colour: bool,
    pub(super) stderr_is_terminal: bool,
    /// Columns of the terminal, for tables and messages.
    pub(super) width: usize,
}

impl Context {
    pub(super) fn new(common: Common) -> Self {
        let stderr_is_terminal = io::stderr().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = match common.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => stderr_is_terminal && !no_colour,
        };
        let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let of_terminal = || console::Term::stderr().size_checked().map(|(_, columns)| usize::from(columns));
        let width = asked.or_else(of_terminal).unwrap_or(100).clamp(40, 300);
        Self { common, colour, stderr_is_terminal, width }
    }

    pub(super) fn wish(&self) -> Wish {
        let Common { profile, vars, provider, model, resolution, .. } = self.common.clone();
        Wish { profile, vars, provider, model, resolution }
    }

    pub(super) fn screen(&self) -> Screen {
        let detail = match (self.common.quiet, self.common.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Every,
            (false, false) => Detail::Usual,
        };
        let (terminal, colour) = (self.stderr_is_terminal, self.colour);
        Screen { terminal, colour, detail, width: None, height: None }
    }

    pub(super) fn ffmpeg(&self) -> Result<Ffmpeg, MediaError> {
        Ffmpeg::find(self.common.ffmpeg.as_deref())
    }

    /// The store of the project in which `storyboard` lies.
    pub(super) fn store(&self, storyboard: &Path) -> Store {
        let given = self.common.store.clone();
        Store::at(given.unwrap_or_else(|| project_root(storyboard).join(FOLDER)))
    }

    /// Writes to standard error unless the user wants quiet. Nobody reading is no fault.
    pub(super) fn note(&self, text: &str) {
        if !self.common.quiet {
            self.complain(text);
        }
    }

    /// Writes to standard error whatever the user wants.
    #[expect(clippy::unused_self, reason = "writing is the context's matter")]
    pub(super) fn complain(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end_matches('\n'));
    }
}

/// The nearest folder above the storyboard that holds a store or a git repository, else its own folder.
fn project_root(storyboard: &Path) -> PathBuf {
    let own = folder_of(storyboard);
    let absolute = std::path::absolute(&own).unwrap_or_else(|_| own.clone());
    let marked = |folder: &&Path| folder.join(FOLDER).is_dir() || folder.join(".git").exists();
    absolute.ancestors().find(marked).map_or(own, Path::to_owned)
}

/// The folder of a file, `.` where its path has none.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}
