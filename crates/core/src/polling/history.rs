//! How long tasks took, kind by kind: what the pace of polls is learnt from. Values and text only; somebody else keeps
//! the text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::catalog::{InputRole, Resolution};
use crate::film::Render;
use crate::provider::family_of;
use crate::recipe::Recipe;

use super::pace::WeightedLength;

/// Lengths kept of each kind: the latest, because services grow faster and slower.
const KEPT: usize = 50;

/// The weight of all that is not known of this very kind, where nothing is; it fades as lengths of the kind come in.
const BORROWED: f64 = 3.0;

/// Lengths that stand for what is documented of a kind.
const DOCUMENTED: u32 = 9;

/// The first line of the text.
const HEADER: &str = "storyreel history 1";

/// Tasks that take about equally long.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskKind {
    /// The service's id.
    pub provider: String,
    /// The service's own id for the model.
    pub model: String,
    /// Whether a clip is among its inputs.
    pub extends: bool,
    /// Height class.
    pub resolution: Resolution,
    /// Length of the clip in whole seconds; `None` where the model decides.
    pub seconds: Option<u32>,
}

impl TaskKind {
    /// The kind of the task that a render becomes.
    #[must_use]
    pub fn of(render: &Render) -> Self {
        Self {
            provider: render.provider.id.to_owned(),
            model: render.spec.model.clone(),
            extends: render.video.is_some(),
            resolution: render.spec.resolution,
            seconds: render.spec.seconds,
        }
    }

    /// The kind of the task that the render of a recipe became; `None` where it says too little.
    #[must_use]
    pub fn of_recipe(recipe: &Recipe) -> Option<Self> {
        Some(Self {
            provider: recipe.get("provider")?.to_owned(),
            model: recipe.get("model")?.to_owned(),
            extends: recipe.get(&format!("{}.1", InputRole::ReferenceVideo)).is_some(),
            resolution: recipe.get("resolution")?.parse().ok()?,
            seconds: recipe.get("duration")?.parse().ok(),
        })
    }
}

/// The lengths of tasks that ended with a clip.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History(BTreeMap<TaskKind, Vec<u64>>);

impl History {
    /// Notes that a task ended with a clip after `length`: best the middle between the last poll that found it
    /// running and the one that found it done. A kind whose names hold white space is not kept.
    pub fn note(&mut self, kind: &TaskKind, length: Duration) {
        let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        if length == 0 || !is_one_word(&kind.provider) || !is_one_word(&kind.model) {
            return;
        }
        let lengths = self.0.entry(kind.clone()).or_default();
        lengths.push(length);
        if lengths.len() > KEPT {
            lengths.remove(0);
        }
    }

    /// The middle of the lengths of tasks of just this kind; `None` before there are three of them.
    #[must_use]
    pub fn usual(&self, kind: &TaskKind) -> Option<Duration> {
        let mut lengths = self.0.get(kind).filter(|lengths| lengths.len() >= 3)?.clone();
        lengths.sort_unstable();
        Some(Duration::from_millis(lengths[lengths.len() / 2]))
    }

    /// How long a task of this kind takes, by those before it, else by what is documented.
    #[must_use]
    pub fn expected(&self, kind: &TaskKind) -> Duration {
        self.usual(kind).unwrap_or_else(|| {
            let seconds: f64 = documented(kind).sum();
            Duration::try_from_secs_f64(seconds / f64::from(DOCUMENTED)).unwrap_or_default()
        })
    }

    /// What is known of tasks of `kind`: their own lengths, and those that are documented of the kind, scaled by how other
    /// tasks of the same model fared against what is documented of theirs.
    #[must_use]
    pub fn lengths(&self, kind: &TaskKind) -> Vec<WeightedLength> {
        let own = self.0.get(kind).map_or(&[][..], Vec::as_slice);
        let slowness = self.slowness(kind);
        let borrowed = BORROWED / (1.0 + own.len() as f64) / f64::from(DOCUMENTED);
        let mut known: Vec<WeightedLength> =
            own.iter().map(|length| WeightedLength { seconds: *length as f64 / 1000.0, weight: 1.0 }).collect();
        known.extend(documented(kind).map(|seconds| WeightedLength { seconds: seconds * slowness, weight: borrowed }));
        known
    }

    /// How many times as long as documented the other tasks of the same model take.
    fn slowness(&self, kind: &TaskKind) -> f64 {
        let mut took = 0.0;
        let mut expected = 0.0;
        for (other, lengths) in &self.0 {
            if other.provider == kind.provider && other.model == kind.model && other != kind {
                took += lengths.iter().sum::<u64>() as f64 / 1000.0;
                expected += documented(other).sum::<f64>() / f64::from(DOCUMENTED) * lengths.len() as f64;
            }
        }
        if expected > 0.0 { (took / expected).clamp(0.01, 100.0) } else { 1.0 }
    }

    /// As text: a header, then a line for each kind: service, model, `new` or `extends`, resolution, seconds or `-`, and
    /// the lengths in milliseconds, oldest first.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for (kind, lengths) in &self.0 {
            let seconds = kind.seconds.map_or("-".to_owned(), |seconds| seconds.to_string());
            let way = if kind.extends { "extends" } else { "new" };
            let lengths: Vec<String> = lengths.iter().map(u64::to_string).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{} {} {way} {} {seconds} {}",
                kind.provider,
                kind.model,
                kind.resolution,
                lengths.join(" ")
            );
        }
        text
    }

    /// Reads what [`text`](Self::text) wrote. Lines that cannot be read are left out: a history is a help, and losing
    /// one costs some seconds.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let mut history = Self::default();
        if lines.next() == Some(HEADER) {
            for (kind, lengths) in lines.filter_map(line) {
                lengths.into_iter().for_each(|length| history.note(&kind, Duration::from_millis(length)));
            }
        }
        history
    }
}

fn is_one_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| !c.is_whitespace() && !c.is_control())
}

fn line(line: &str) -> Option<(TaskKind, Vec<u64>)> {
    let words: Vec<&str> = line.split(' ').collect();
    let [provider, model, way, resolution, seconds, lengths @ ..] = &words[..] else { return None };
    let kind = TaskKind {
        provider: (*provider).to_owned(),
        model: (*model).to_owned(),
        extends: match *way {
            "extends" => true,
            "new" => false,
            _ => return None,
        },
        resolution: resolution.parse().ok()?,
        seconds: if *seconds == "-" { None } else { Some(seconds.parse().ok()?) },
    };
    let lengths: Option<Vec<u64>> = lengths.iter().map(|length| length.parse().ok()).collect();
    Some((kind, lengths?))
}

/// Lengths in seconds spread evenly over what was measured on `BytePlus ModelArk` from 2026-08 to 2026-09: 5 s at 480p
/// in 79 to 121 s (2.0 family) or 247 to 368 s (2.5), 720p and 1080p in 120 to 300 s, 15 s in about 270 s (taken as
/// 200 to 340), extensions in 148 to 250 s. For 2.5 at higher resolutions there is no measure but that of 480p.
fn documented(kind: &TaskKind) -> impl Iterator<Item = f64> {
    let newest =
        family_of(&kind.model).is_some_and(|family| family.name == "seedance-2.5") || kind.model.contains("2-5");
    let (least, most) = match kind.seconds {
        _ if kind.extends => (148.0, 250.0),
        Some(seconds) if seconds >= 10 && !newest => (200.0, 340.0),
        _ if newest => (247.0, 368.0),
        _ if kind.resolution == Resolution::P480 => (79.0, 121.0),
        _ => (120.0, 300.0),
    };
    (0..DOCUMENTED).map(move |at| least + (most - least) * (f64::from(at) + 0.5) / f64::from(DOCUMENTED))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind(model: &str, resolution: Resolution, seconds: Option<u32>) -> TaskKind {
        TaskKind { provider: "ark".to_owned(), model: model.to_owned(), extends: false, resolution, seconds }
    }

    fn mean(known: &[WeightedLength]) -> f64 {
        let weight: f64 = known.iter().map(|known| known.weight).sum();
        known.iter().map(|known| known.seconds * known.weight).sum::<f64>() / weight
    }

    #[test]
    fn what_is_documented_stands_in_until_something_is_known() {
        let history = History::default();
        let of =
            |model, resolution, seconds| mean(&history.lengths(&kind(model, resolution, Some(seconds)))).round() as u64;
        assert_eq!(of("seedance-2.0", Resolution::P480, 5), 100);
        assert_eq!(of("seedance-2.0", Resolution::P1080, 5), 210);
        assert_eq!(of("seedance-2.0", Resolution::P720, 15), 270);
        assert_eq!(of("seedance-2.5", Resolution::P480, 5), 308);
        let extends = TaskKind { extends: true, ..kind("seedance-2.5", Resolution::P720, Some(5)) };
        assert_eq!(mean(&history.lengths(&extends)).round() as u64, 199);
    }

    #[test]
    fn own_lengths_soon_outweigh_all_others() {
        let mut history = History::default();
        let short = kind("m", Resolution::P480, Some(5));
        (0..20).for_each(|_| history.note(&short, Duration::from_secs(40)));
        assert!((mean(&history.lengths(&short)) - 40.0).abs() < 1.0);
        let long = kind("m", Resolution::P480, Some(20));
        // 5 s take 40 s where 100 s are documented; for 20 s, 270 s are.
        assert!((mean(&history.lengths(&long)) - 108.0).abs() < 5.0);
        assert!(history.lengths(&kind("other", Resolution::P480, Some(20))).iter().all(|known| known.seconds > 200.0));
    }

    #[test]
    fn only_the_latest_are_kept_and_text_is_read_leniently() {
        let mut history = History::default();
        let some = kind("m", Resolution::P720, None);
        (1..=60).for_each(|at| history.note(&some, Duration::from_secs(at)));
        history.note(&kind("a b", Resolution::P720, None), Duration::from_secs(1));
        assert_eq!(history.0.len(), 1);
        assert_eq!((history.0[&some].len(), history.0[&some][0]), (50, 11_000));
        let torn = format!("{}ark m new 720p x 9\nark m\nark m new 720p 5 1 2 x\n", history.text());
        assert_eq!(History::read(&torn), history);
        assert_eq!(History::read("another file\nark m new 720p 5 1000\n"), History::default());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(storyreel history 1\n)?(\\PC|\n){0,200}") {
            let history = History::read(&text);
            prop_assert_eq!(History::read(&history.text()), history);
        }

        #[test]
        fn text_comes_back(lengths in proptest::collection::vec((1..5_u32, 1..900_000_u64), 0..80)) {
            let mut history = History::default();
            for (seconds, length) in lengths {
                history.note(&kind("m/x.1", Resolution::P720, Some(seconds)), Duration::from_millis(length));
            }
            prop_assert_eq!(History::read(&history.text()), history);
        }
    }
}
