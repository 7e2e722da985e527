//! The health of chains: which shots have left what their chain began with, and where a new beginning would pay.

use storyreel_core::catalog::InputRole;
use storyreel_core::film::{Film, InputSource, Make};
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::Lock;
use storyreel_quality::{ClipScore, FaultKind};

/// A shot whose clip has left the head of its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftingShot {
    /// The shot.
    pub shot: String,
    /// The first shot of its chain.
    pub head: String,
    /// How many shots lie between them, and the shot itself.
    pub links: usize,
    /// What has changed, in words.
    pub what: String,
    /// Whether it is the first of its chain that has: a new beginning pays there most.
    pub is_first: bool,
}

impl DriftingShot {
    /// What is to be said of it.
    #[must_use]
    pub fn advice(&self) -> String {
        let Self { shot, head, links, what, is_first } = self;
        let begin =
            if *is_first { "; give it a first frame of its own, and what follows goes on from there" } else { "" };
        let after = if *links == 1 { "1 shot".to_owned() } else { format!("{links} shots") };
        format!("{shot}, {after} after {head}: {what}{begin}")
    }
}

/// The shots of a film that have left the head of their chain, by what was judged when their clips came; in film order.
#[must_use]
pub fn drifting(film: &Film, lock: &Lock) -> Vec<DriftingShot> {
    let mut found: Vec<DriftingShot> = Vec::new();
    for at in ShotIndex::all(film.shots.len()) {
        let shot = &film.shots[at];
        let quality = lock.shots.get(&shot.id).and_then(|record| record.quality.as_deref());
        let Some(score) = quality.and_then(|quality| quality.parse::<ClipScore>().ok()) else { continue };
        let (head, links) = head(film, at);
        let faults = score.faults.iter().filter(|fault| is_drift(fault.kind));
        let what: Vec<String> = faults.map(storyreel_quality::ClipFault::words).collect();
        if links == 0 || what.is_empty() {
            continue;
        }
        let head = film.shots[head].id.to_string();
        let is_first = found.iter().all(|other| other.head != head);
        found.push(DriftingShot { shot: shot.id.to_string(), head, links, what: what.join(", "), is_first });
    }
    found
}

const fn is_drift(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::ColourDrift | FaultKind::StructureDrift)
}

/// The first shot of the chain of a shot, and how many links lie between.
fn head(film: &Film, shot: ShotIndex) -> (ShotIndex, usize) {
    let mut at = shot;
    for links in 0..film.shots.len() {
        let Make::Prompt(render) = &film.shots[at].make else { return (at, links) };
        let first = render.inputs.roles().find(|(role, _)| *role == InputRole::FirstFrame);
        match first {
            Some((_, InputSource::LastFrame(before))) => at = *before,
            _ => return (at, links),
        }
    }
    (at, film.shots.len())
}
