//! Why a film has no lock to go by.

use std::path::PathBuf;

use super::exit;
use super::failure::CommandFailure;

/// Why there is no lock to go by.
#[derive(Debug, thiserror::Error)]
pub(super) enum LockTrouble {
    #[error("cannot read `{}`: {why}", file.display())]
    Unreadable { file: PathBuf, why: String },
    #[error(
        "`{}` belongs to another film with the same name: that one is rendered {}, this one {}",
        file.display(), with_options(theirs), with_options(ours)
    )]
    OfAnother { file: PathBuf, theirs: String, ours: String },
}

impl LockTrouble {
    /// Why a command that needs the lock ends.
    pub(super) fn failure(&self) -> CommandFailure {
        let code = match self {
            Self::Unreadable { .. } => exit::INTERNAL,
            Self::OfAnother { .. } => exit::REFUSED,
        };
        CommandFailure::caused_by(code, self).help(self.help())
    }

    /// What to do about it.
    const fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "restore the lock file from version control, or delete it: clips in the store stay"
            }
            Self::OfAnother { .. } => {
                "rename the storyboard, its profile or the value of the variable in one of them, so that each keeps what \
                 was paid for it; where they are one film, correct the line `film:` of the lock"
            }
        }
    }
}

fn with_options(options: &str) -> String {
    if options.is_empty() { "without a profile or variables".to_owned() } else { format!("with `{options}`") }
}
