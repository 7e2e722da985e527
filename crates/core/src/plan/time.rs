//! How long work takes: what services document, and the chain that nothing can shorten.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use super::Step;
use crate::catalog::Resolution;
use crate::film::Render;
use crate::graph::ShotGraph;
use crate::index::ShotIndex;
use crate::units::ShotId;

/// How long renders are expected to take.
pub trait Times {
    /// The expected time from the order to the clip, and where that number comes from.
    fn expected(&self, render: &Render) -> (Duration, TimeFrom);
}

/// Where an expected time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeFrom {
    /// The spread that was documented or measured for the service's models.
    Documented,
    /// What earlier renders of this project took.
    History,
}

impl TimeFrom {
    /// The word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::History => "history",
        }
    }
}

impl fmt::Display for TimeFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "the services' documentation",
            Self::History => "earlier renders on this machine",
        })
    }
}

/// The middle of the documented spread.
#[derive(Debug, Clone, Copy)]
pub struct Documented;

impl Times for Documented {
    fn expected(&self, render: &Render) -> (Duration, TimeFrom) {
        let (shortest, longest) = spread(render);
        (Duration::from_secs(u64::midpoint(shortest, longest)), TimeFrom::Documented)
    }
}

/// Shortest and longest time of a render in seconds, from measured wall clocks (collected 2026-11-20): 5 s of 480p took
/// 79 to 121 s with the 2.0 family and 247 to 368 s with 2.5, larger pictures 120 to 300 s, extensions of clips 148 to
/// 250 s, and 15 s of 720p about 270 s, which is 6 s for each second above five.
fn spread(render: &Render) -> (u64, u64) {
    let small = render.spec.resolution == Resolution::P480;
    let (mut shortest, mut longest) = match (render.spec.family.name, small) {
        ("seedance-2.5", _) => (247, 368),
        (_, true) => (79, 121),
        (_, false) => (120, 300),
    };
    if render.video.is_some() {
        shortest = shortest.max(148);
        longest = longest.max(250);
    }
    let (least, most) = render.spec.seconds_range();
    (shortest + time_above_five_seconds(least), longest + time_above_five_seconds(most))
}

fn time_above_five_seconds(clip_seconds: u32) -> u64 {
    6 * u64::from(clip_seconds.saturating_sub(5))
}

/// To fetch a clip that was ordered before: a poll and a download.
pub(super) const COLLECT: Duration = Duration::from_secs(15);

/// What is painted here takes about a seventh of its length (measured with an animatic at 720p).
pub(super) fn here(length: Duration) -> Duration {
    length / 7
}

/// The chain of unfinished work that takes longest.
pub(super) fn critical(steps: &[Step], graph: &ShotGraph) -> (Vec<ShotId>, Duration) {
    let mut longest: Vec<(Duration, Option<ShotIndex>)> = vec![(Duration::ZERO, None); steps.len()];
    for shot in graph.order() {
        let before = steps[shot].needs.iter().map(|&other| (longest[other].0, other)).max();
        let (time, from) = before.map_or((Duration::ZERO, None), |(time, other)| (time, Some(other)));
        longest[shot] = (time + steps[shot].expected, from.filter(|_| time > Duration::ZERO));
    }
    let end = ShotIndex::all(steps.len()).max_by_key(|&shot| (longest[shot].0, std::cmp::Reverse(shot)));
    let Some(end) = end.filter(|&end| longest[end].0 > Duration::ZERO) else { return (Vec::new(), Duration::ZERO) };
    let mut path = vec![end];
    let mut seen = HashSet::from([end]);
    while let Some(from) = longest[path[path.len() - 1]].1.filter(|from| seen.insert(*from)) {
        path.push(from);
    }
    path.reverse();
    (path.into_iter().map(|shot| steps[shot].shot.clone()).collect(), longest[end].0)
}
