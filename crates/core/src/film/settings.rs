//! Which value counts: the command line, the shot, the profile, the defaults, the built-in.

use std::collections::BTreeMap;

use crate::catalog::Resolution;
use crate::storyboard::{Settings, Shot, Storyboard};
use crate::text::{Located, Problem, closest, listed};
use crate::units::ShotId;

/// What the command line asks for beyond the storyboard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--var name=text`.
    pub vars: Vec<(String, String)>,
    /// `--provider`.
    pub provider: Option<String>,
    /// `--model`.
    pub model: Option<String>,
    /// `--resolution`.
    pub resolution: Option<Resolution>,
    /// Takes that count instead of those that the storyboard names, by shot.
    pub takes: BTreeMap<ShotId, TakeKeys>,
    /// `--untrusted`: the storyboard is a stranger's, and no price of it counts.
    pub untrusted: bool,
}

/// The keys of a shot with which a take is ordered. What is not given is as in the storyboard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakeKeys {
    /// Its number.
    pub take: u32,
    /// The take on whose last frame it is to end.
    pub tail_of: Option<u32>,
    /// Who renders it.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The seed.
    pub seed: Option<i64>,
}

/// The layers below a shot.
pub(super) struct Layers<'a> {
    profile: Option<&'a Settings>,
    defaults: Option<&'a Settings>,
}

impl<'a> Layers<'a> {
    pub(super) fn of(board: &'a Storyboard, overrides: &Overrides, problems: &mut Vec<Problem>) -> Self {
        let profiles = board.profiles.as_deref();
        let profile = overrides.profile.as_deref().and_then(|name| {
            let found = profiles.and_then(|profiles| profiles.get(name));
            if found.is_none() {
                problems.push(unknown_profile(name, profiles.map(|p| p.names().collect()).unwrap_or_default()));
            }
            found.map(|settings| &settings.value)
        });
        Self { profile, defaults: board.defaults.as_deref() }
    }

    /// The value that counts for all shots that say nothing else.
    pub(super) fn shared<T: 'a>(&self, key: impl Fn(&'a Settings) -> &'a Option<Located<T>>) -> Option<&'a Located<T>> {
        let of_profile = self.profile.and_then(|layer| key(layer).as_ref());
        of_profile.or_else(|| self.defaults.and_then(|layer| key(layer).as_ref()))
    }

    /// The value that counts for `shot`; `own` and `shared` name the same key on a shot and in a layer.
    pub(super) fn value<'s, T>(
        &self,
        shot: &'s Shot,
        own: impl Fn(&'s Shot) -> &'s Option<Located<T>>,
        shared: impl Fn(&'a Settings) -> &'a Option<Located<T>>,
    ) -> Option<&'s Located<T>>
    where
        'a: 's,
        T: 'a,
    {
        own(shot)
            .as_ref()
            .or_else(|| self.profile.and_then(|layer| shared(layer).as_ref()))
            .or_else(|| self.defaults.and_then(|layer| shared(layer).as_ref()))
    }
}

/// The value of one key that a shot shares with the layers below it.
macro_rules! setting {
    ($layers:expr, $shot:expr, $key:ident) => {
        $layers.value($shot, |shot| &shot.$key, |layer| &layer.$key)
    };
}
pub(super) use setting;

fn unknown_profile(name: &str, known: Vec<&str>) -> Problem {
    let problem = Problem::error("film::unknown_profile", format_args!("there is no profile `{name}`"));
    match closest(name, known.iter().copied()) {
        Some(near) => problem.help(format_args!("did you mean `--profile {near}`?")),
        None if known.is_empty() => problem.help("the storyboard has no `profiles`"),
        None => problem.help(format_args!("the storyboard has {}", listed(known, 12))),
    }
}
