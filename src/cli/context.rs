//! The only reader of the environment, the current folder and the terminal.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use storyreel_core::film::{Film, Overrides, ProviderSpec, VoiceProgram, VoiceProgramKind};
use storyreel_core::provider::{PROVIDERS, Provider};
use storyreel_core::units::{Day, Digest};
use storyreel_media::media::{Ffmpeg, MediaError, program_on_path};

use super::args::{Colour, Common};
use super::exit;
use super::failure::CommandFailure;
use super::trust::permissions::Permissions;
use crate::progress::{Detail, Screen};
use crate::shared_store::SharedStore;
use crate::store::{FOLDER, Store};

/// What a command knows of the world it runs in.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) common: Common,
    pub(super) colour: bool,
    pub(super) stderr_is_terminal: bool,
    /// Columns of the terminal, for tables and messages.
    pub(super) width: usize,
    /// What storyboards may use.
    permissions: Mutex<Permissions>,
    /// The store that machines share, where the command line names one.
    shared: Option<SharedStore>,
}

impl Context {
    pub(super) fn new(common: Common) -> Result<Self, CommandFailure> {
        let address = common.store.as_deref().and_then(Path::to_str).filter(|text| SharedStore::is_address(text));
        let shared = address.map(SharedStore::at).transpose();
        let shared = shared.map_err(|error| CommandFailure::caused_by(exit::USAGE, &error))?;
        let stderr_is_terminal = io::stderr().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = match common.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => stderr_is_terminal && !no_colour,
        };
        let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = asked.or_else(terminal_columns).unwrap_or(100).clamp(40, 300);
        let kept = Permissions::read(Self::permissions_file().as_deref());
        let permissions = Mutex::new(kept.with(&common.allow_host, &common.allow_env));
        Ok(Self { common, colour, stderr_is_terminal, width, permissions, shared })
    }

    pub(super) fn overrides(&self) -> Overrides {
        let Common { profile, vars, cut, provider, model, resolution, .. } = self.common.clone();
        let untrusted = self.untrusted();
        let takes = BTreeMap::new();
        let catalogues = Arc::default();
        let voices = self.voice_program().map(Arc::new);
        Overrides { profile, vars, row: None, cut, provider, model, resolution, takes, untrusted, catalogues, voices }
    }

    /// The table of which each row makes a film, if it is named on the command line.
    pub(super) fn rows_file(&self) -> Option<&Path> {
        self.common.rows.as_deref()
    }

    /// The rows that are wanted; all if empty.
    pub(super) fn rows(&self) -> &[String] {
        &self.common.row_ids
    }

    pub(super) fn screen(&self) -> Screen {
        let detail = match (self.common.quiet, self.common.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Every,
            (false, false) => Detail::Usual,
        };
        Screen { terminal: self.stderr_is_terminal, colour: self.colour, detail, width: None, height: None }
    }

    pub(super) fn ffmpeg(&self) -> Result<Ffmpeg, MediaError> {
        Ffmpeg::find(self.common.ffmpeg.as_deref())
    }

    /// The store of the project in which `storyboard` lies.
    pub(super) fn store(&self, storyboard: &Path) -> Store {
        let own = Store::at(project_root(storyboard).join(FOLDER));
        match (&self.shared, &self.common.store) {
            (Some(shared), _) => own.with_shared(shared.clone()),
            (None, Some(given)) => Store::at(given.clone()),
            (None, None) => own,
        }
    }

    /// The store that machines share.
    pub(super) const fn shared_store(&self) -> Option<&SharedStore> {
        self.shared.as_ref()
    }

    /// The addresses of a service: the environment first, then the storyboard, then what is built in. Servers of one's own
    /// are several in the environment where commas stand between them.
    pub(super) fn base_addresses(&self, provider: &Provider, spec: Option<&ProviderSpec>) -> Vec<String> {
        if let Some(given) = self.variable(provider.base_env) {
            let several = given.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty());
            return if provider.is_own_server { several.collect() } else { vec![given.trim().to_owned()] };
        }
        let named: Vec<String> = spec.iter().flat_map(|spec| &spec.base_urls).map(|url| url.text.clone()).collect();
        if named.is_empty() { provider.base.map(str::to_owned).into_iter().collect() } else { named }
    }

    /// Notes how many servers of the user's own share the work: the environment may name others than the storyboard.
    pub(super) fn count_servers(&self, film: &mut Film) {
        for provider in PROVIDERS.iter().filter(|provider| provider.is_own_server) {
            let bases = self.base_addresses(provider, film.providers.get(provider.id));
            if bases.len() > 1 {
                film.providers.entry(provider.id).or_default().servers = bases.len();
            }
        }
    }

    /// The program that speaks lines: what the user names, else `espeak-ng`. A storyboard names none: it is a stranger's text.
    fn voice_program(&self) -> Option<VoiceProgram> {
        if let Some(named) = self.variable("STORYREEL_VOICE_COMMAND") {
            let path = PathBuf::from(named.trim());
            // Another program of the same name speaks otherwise. One that cannot be read says so when it is started.
            let digest = std::fs::read(&path).map(|bytes| Digest::of(&bytes).to_string()).unwrap_or_default();
            return Some(VoiceProgram { path, kind: VoiceProgramKind::Own, identity: format!("a program {digest}") });
        }
        let path = program_on_path("espeak-ng")?;
        Some(VoiceProgram { path, kind: VoiceProgramKind::EspeakNg, identity: "espeak-ng".to_owned() })
    }

    /// The value of an environment variable that holds something.
    #[expect(clippy::unused_self, reason = "the environment is the context's matter")]
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.trim().is_empty())
    }

    /// What storyboards may use.
    pub(super) fn permissions(&self) -> MutexGuard<'_, Permissions> {
        self.permissions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the storyboard is to be taken for a stranger's.
    pub(super) const fn untrusted(&self) -> bool {
        self.common.untrusted
    }

    /// The file that keeps what this user allows; `None` where the system names no folder for settings.
    pub(super) fn permissions_file() -> Option<PathBuf> {
        Some(Self::settings_folder()?.join("storyreel").join("trust"))
    }

    /// The folder in which this user's settings lie.
    fn settings_folder() -> Option<PathBuf> {
        if cfg!(windows) {
            return folder_variable("APPDATA");
        }
        folder_variable("XDG_CONFIG_HOME").or_else(|| Some(folder_variable("HOME")?.join(".config")))
    }

    /// The file in which it is remembered what the ffmpeg of this machine can do.
    pub(super) fn ffmpeg_memory() -> Option<PathBuf> {
        Some(Self::cache_folder()?.join("ffmpeg"))
    }

    /// The file in which it is remembered what was learnt of the media of a project that has no store yet.
    pub(super) fn media_memory(store: &Store) -> Option<PathBuf> {
        let root = std::path::absolute(store.root()).ok()?;
        let name = Digest::of(root.as_os_str().as_encoded_bytes()).hex();
        Some(Self::cache_folder()?.join("media").join(&name[..32]))
    }

    /// The folder of this user's caches.
    fn cache_folder() -> Option<PathBuf> {
        if cfg!(windows) {
            return Some(folder_variable("LOCALAPPDATA")?.join("storyreel"));
        }
        let caches = folder_variable("XDG_CACHE_HOME").or_else(|| Some(folder_variable("HOME")?.join(".cache")));
        Some(caches?.join("storyreel"))
    }

    /// The day of today. `SOURCE_DATE_EPOCH` stands for it where output has to be the same on every day.
    pub(super) fn today() -> Day {
        let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.trim().parse().ok());
        Day::at(given.unwrap_or_else(seconds_since_1970))
    }

    /// Whether the environment names `provider`, by a key or an address, empty ones included.
    #[expect(clippy::unused_self, reason = "the environment is the context's matter")]
    pub(super) fn is_named(&self, provider: &Provider) -> bool {
        provider.key_env.iter().chain([&provider.base_env]).any(|name| std::env::var_os(name).is_some())
    }

    /// The environment variable that holds the key for `provider`; empty where none does.
    pub(super) fn key_name(&self, provider: &Provider) -> &'static str {
        provider.key_env.iter().find(|name| self.variable(name).is_some()).copied().unwrap_or_default()
    }

    /// Whether the user can be asked something.
    pub(super) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && self.stderr_is_terminal
    }

    /// Asks the user, and gives the answer in lower case; nothing where it could not be asked or heard.
    #[expect(clippy::unused_self, reason = "the terminal is the context's matter")]
    pub(super) fn answer(&self, question: &str) -> String {
        let mut screen = io::stderr().lock();
        let shown = write!(screen, "{question}").and_then(|()| screen.flush());
        let mut answer = String::new();
        let heard = io::stdin().lock().read_line(&mut answer);
        if shown.is_ok() && heard.is_ok() { answer.trim().to_lowercase() } else { String::new() }
    }

    /// The root of the project in which the current folder lies.
    #[expect(clippy::unused_self, reason = "the current folder is the context's matter")]
    pub(super) fn current_project(&self) -> PathBuf {
        let root = project_root(Path::new(""));
        std::path::absolute(&root).unwrap_or(root)
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

fn terminal_columns() -> Option<usize> {
    let (_, columns) = console::Term::stderr().size_checked()?;
    Some(usize::from(columns))
}

fn seconds_since_1970() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs().cast_signed())
}

/// The folder that an environment variable names. A relative one would be in whatever project the command runs in.
fn folder_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute())
}

/// The nearest folder above the storyboard that holds a store or a git repository, else its own folder.
pub(super) fn project_root(storyboard: &Path) -> PathBuf {
    let own = folder_of(storyboard);
    let absolute = std::path::absolute(&own).unwrap_or_else(|_| own.clone());
    for folder in absolute.ancestors() {
        if folder.join(FOLDER).is_dir() || folder.join(".git").exists() {
            return folder.to_owned();
        }
    }
    own
}

/// The folder of a file, `.` where its path has none.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}
