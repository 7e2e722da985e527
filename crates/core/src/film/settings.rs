//! Which value counts: the command line, the shot, the profile, the defaults, the built-in.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::voice_program::VoiceProgram;
use crate::catalog::Resolution;
use crate::provider::ServiceCatalogue;
use crate::source_file::SourceFile;
use crate::storyboard::{Choices, NamedValues, PartDefaults, Row, Settings, Shot, Storyboard};
use crate::text::{Located, Problem, closest, listed};
use crate::units::ShotId;

/// What the command line asks for beyond the storyboard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--var name=text`.
    pub vars: Vec<(String, String)>,
    /// The row of a table of which the film is.
    pub row: Option<Arc<Row>>,
    /// `--cut`.
    pub cut: Option<String>,
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
    /// What services said of their models, as the project keeps it.
    pub catalogues: Arc<[ServiceCatalogue]>,
    /// The program that speaks the lines of animatics, where this machine has one.
    pub voices: Option<Arc<VoiceProgram>>,
}

impl Overrides {
    /// What they choose of the text.
    #[must_use]
    pub fn choices(&self) -> Choices<'_> {
        Choices { vars: &self.vars, row: self.row.as_deref(), cut: self.cut.as_deref() }
    }
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
    scenes: Option<&'a NamedValues<Settings>>,
    parts: &'a [PartDefaults<Settings>],
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
        Self {
            profile,
            scenes: board.scenes.as_deref(),
            parts: &board.part_defaults,
            defaults: board.defaults.as_deref(),
        }
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
            .or_else(|| self.scene(shot).and_then(|layer| shared(layer).as_ref()))
            .or_else(|| self.of_file(shot).find_map(|layer| shared(layer).as_ref()))
            .or_else(|| self.defaults.and_then(|layer| shared(layer).as_ref()))
    }

    /// The layers below a shot by their names, the one that wins first.
    pub(super) fn named(&self, shot: &Shot, overrides: &Overrides, source: &SourceFile) -> Vec<(String, &'a Settings)> {
        let profile = overrides.profile.as_ref().zip(self.profile);
        let mut named: Vec<(String, &Settings)> =
            profile.map(|(name, settings)| (format!("profile {name}"), settings)).into_iter().collect();
        let scene = shot.scene.as_ref().map_or("", |scene| scene.trim());
        named.extend(self.scene(shot).map(|settings| (format!("scene {scene}"), settings)));
        let place = shot.id.as_ref().map(|id| id.span).unwrap_or_default();
        let file = source.file_at(place).name;
        named.extend(self.of_file(shot).map(|settings| (format!("defaults of {file}"), settings)));
        named.extend(self.defaults.map(|settings| ("defaults".to_owned(), settings)));
        named
    }

    /// The settings of the shot's scene.
    fn scene(&self, shot: &Shot) -> Option<&'a Settings> {
        let name = shot.scene.as_ref()?;
        self.scenes?.get(name.trim()).map(|settings| &settings.value)
    }

    /// The defaults of the file that the shot was taken from, and of those that took it in, the innermost first.
    fn of_file(&self, shot: &Shot) -> impl Iterator<Item = &'a Settings> {
        let holds = |part: &PartDefaults<Settings>, place: u32| (part.file.start..=part.file.end).contains(&place);
        let parts = self.parts;
        let mut place = shot.id.as_ref().map(|id| id.span.start);
        std::iter::from_fn(move || {
            let part = parts.iter().find(|part| place.is_some_and(|place| holds(part, place)))?;
            place = Some(part.named_at.start);
            Some(part.settings.as_ref())
        })
        .flatten()
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
