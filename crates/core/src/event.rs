//! What execution tells the outside: reporters draw these and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::index::BoardIndex;
use crate::money::{Money, Sums};
use crate::provider::reply::ProviderError;
use crate::units::{Digest, Rate, ShotId};

/// A shot of one storyboard of the batch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShotKey {
    /// Index of the storyboard in the order given on the command line.
    pub board: BoardIndex,
    /// The shot.
    pub shot: ShotId,
}

/// A pause that is longer is reported.
pub const LONG_PAUSE: Duration = Duration::from_secs(5);

/// What happens to a shot that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The order is being sent.
    Submitting,
    /// The service accepted it and has not begun.
    Queued,
    /// It is being rendered.
    Rendering,
    /// The finished clip is being downloaded.
    Fetching,
    /// The clip is being compared with what was asked for.
    Verifying,
}

impl Stage {
    /// One word for people and for JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submitting => "submitting",
            Self::Queued => "queued",
            Self::Rendering => "rendering",
            Self::Fetching => "fetching",
            Self::Verifying => "verifying",
        }
    }
}

/// Where the last frame of a clip comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "LastFrameSource")]
pub enum FrameFrom {
    /// The service returned it with the clip.
    Service,
    /// It was decoded from the clip.
    Clip,
}

/// How a film was put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssemblyKind {
    /// The film on disk was already this one.
    UpToDate,
    /// Every picture was copied as the clips hold it.
    Copied,
    /// Pictures were encoded again, and why.
    Encoded(String),
}

/// A clip that was bought in a run, or a task that is charged without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The shot for which it was ordered.
    pub key: ShotKey,
    /// The service's id.
    pub provider: &'static str,
    /// The least and the most that it was expected to cost; `None`: not known.
    pub estimated: Option<(Money, Money)>,
    /// What it cost.
    pub paid: Paid,
}

/// What is known of what an order cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// This amount.
    Known(Money),
    /// It is charged, and nobody knows how much.
    Unknown,
    /// Nobody knows whether it is charged.
    Perhaps,
    /// Its clip is still to come.
    OnOrder,
}

impl Paid {
    /// The amount, where it is known.
    #[must_use]
    pub const fn known(self) -> Option<Money> {
        match self {
            Self::Known(amount) => Some(amount),
            Self::Unknown | Self::Perhaps | Self::OnOrder => None,
        }
    }
}

/// A bill that is further from its estimate than this part of it, in percent, is worth a warning: whoever counted on
/// the estimate must know.
pub const DRIFT: u64 = 10;

impl Charge {
    /// By how much the bill lies outside its estimate: the amount that it should have been within, and the part of that
    /// in percent, rounded, where the two can be compared.
    #[must_use]
    pub fn off(&self) -> Option<(Money, Option<i64>)> {
        let (least, most) = self.estimated?;
        let paid = self.paid.known()?;
        let expected = if paid.micros < least.micros { least } else { most };
        if paid.currency != expected.currency {
            return Some((expected, None));
        }
        if (least.micros..=most.micros).contains(&paid.micros) {
            return None;
        }
        let paid = i128::from(paid.micros);
        let was = i128::from(expected.micros);
        let percent = ((paid - was) * 100 + was / 2 * (paid - was).signum()).checked_div(was);
        Some((expected, percent.and_then(|percent| i64::try_from(percent).ok())))
    }

    /// Whether the bill is more than [`DRIFT`] away from its estimate, or in another currency.
    #[must_use]
    pub fn drifts(&self) -> bool {
        let (Some((expected, _)), Some(paid)) = (self.off(), self.paid.known()) else { return false };
        let away = u128::from(expected.micros.abs_diff(paid.micros)) * 100;
        paid.currency != expected.currency || away > u128::from(expected.micros) * u128::from(DRIFT)
    }
}

/// What was bought over a run, in the order in which it was billed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bill(pub Vec<Charge>);

impl Bill {
    /// What was paid.
    #[must_use]
    pub fn billed(&self) -> Sums {
        sum(self.0.iter().filter_map(|charge| charge.paid.known()))
    }

    /// The least and the most that was expected of what is certainly charged.
    #[must_use]
    pub fn estimated(&self) -> (Sums, Sums) {
        let mut least = Sums::default();
        let mut most = Sums::default();
        for charge in self.0.iter().filter(|charge| !matches!(charge.paid, Paid::Perhaps | Paid::OnOrder)) {
            if let Some(estimated) = charge.estimated {
                least.add(estimated.0);
                most.add(estimated.1);
            }
        }
        (least, most)
    }

    /// Clips whose price is not known.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.0.iter().filter(|charge| charge.paid == Paid::Unknown).count()
    }

    /// The most that is perhaps charged beside all that, and for how many orders nobody knows even that.
    #[must_use]
    pub fn perhaps(&self) -> (Sums, usize) {
        self.most(Paid::Perhaps)
    }

    /// The most that clips cost which are ordered and still to come, and for how many nobody knows even that.
    #[must_use]
    pub fn on_order(&self) -> (Sums, usize) {
        self.most(Paid::OnOrder)
    }

    fn most(&self, paid: Paid) -> (Sums, usize) {
        let mut most = Sums::default();
        let mut unknown = 0;
        for charge in self.0.iter().filter(|charge| charge.paid == paid) {
            match charge.estimated {
                Some(estimated) => most.add(estimated.1),
                None => unknown += 1,
            }
        }
        (most, unknown)
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> Sums {
    let mut sums = Sums::default();
    amounts.for_each(|amount| sums.add(amount));
    sums
}

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run begins.
    Started {
        /// Titles of the storyboards, in batch order.
        titles: Vec<String>,
        /// Shots in all storyboards.
        shots: usize,
        /// Of these, shots that must be made.
        to_make: usize,
        /// Expected length of the whole run.
        expected: Duration,
    },
    /// A shot is taken up.
    ShotStarted {
        /// Which.
        key: ShotKey,
        /// Who makes it: a provider id, or `local`.
        maker: String,
        /// Expected length of the work.
        expected: Duration,
    },
    /// A shot moved on.
    ShotMoved {
        /// Which.
        key: ShotKey,
        /// What it does now.
        stage: Stage,
        /// Part done, 0 to 1, where known.
        fraction: Option<f32>,
    },
    /// A shot waits, for longer than [`LONG_PAUSE`].
    ShotWaits {
        /// Which.
        key: ShotKey,
        /// At most for how long.
        pause: Duration,
        /// When that is over, in seconds since 1970: for people alone.
        until: u64,
        /// For what.
        reason: String,
    },
    /// A shot is left to its service: a later run goes on with it.
    ShotUnderWay {
        /// Which.
        key: ShotKey,
        /// How it stands.
        reason: String,
        /// When another run is useful, in seconds since 1970: for people and schedules alone.
        next: u64,
    },
    /// A shot's clip is in the store.
    ShotStored {
        /// Which.
        key: ShotKey,
        /// The clip.
        clip: Digest,
        /// Frames in the clip.
        frames: u64,
        /// How many of them a second has.
        rate: Rate,
        /// How long it took; `None` when the clip was there already.
        took: Option<Duration>,
        /// Where the last frame comes from that other shots start on; `None` when there is none.
        last_frame: Option<FrameFrom>,
        /// What it cost in this run, as far as the service says.
        paid: Option<Money>,
        /// The most that it was expected to cost, where it was bought in this run.
        estimated: Option<Money>,
        /// How it differs from what was asked for and billed, in words.
        differs: Option<String>,
    },
    /// A shot failed; the run goes on with what does not need it.
    ShotFailed {
        /// Which.
        key: ShotKey,
        /// What went wrong, and what to do.
        message: String,
        /// What the service said, when it was one.
        error: Option<Box<ProviderError>>,
    },
    /// A shot cannot be made because another one failed.
    ShotBlocked {
        /// Which.
        key: ShotKey,
        /// The failed shot that it waits for.
        by: ShotId,
    },
    /// A film is being put together.
    FilmStarted {
        /// Index of the storyboard.
        board: BoardIndex,
    },
    /// A film moved on.
    FilmMoved {
        /// Index of the storyboard.
        board: BoardIndex,
        /// Part done, 0 to 1.
        fraction: f32,
    },
    /// Something that was decided in putting a film together, or in making a clip for it of footage.
    FilmNoted {
        /// Index of the storyboard.
        board: BoardIndex,
        /// What, and why.
        message: String,
    },
    /// A film is on disk, checked.
    FilmDone {
        /// Index of the storyboard.
        board: BoardIndex,
        /// The file.
        output: PathBuf,
        /// Its length.
        length: Duration,
        /// Its size in bytes.
        bytes: u64,
        /// How it was made.
        way: AssemblyKind,
    },
    /// A film could not be put together.
    FilmFailed {
        /// Index of the storyboard.
        board: BoardIndex,
        /// What went wrong, and what to do.
        message: String,
    },
    /// The first interrupt: running shots finish, none is begun.
    Draining {
        /// Shots still running.
        running: usize,
    },
    /// Something worth knowing that stops nothing.
    Warned {
        /// What.
        message: String,
    },
    /// The run is over.
    Finished {
        /// Shots made in this run.
        made: usize,
        /// Shots found in the store.
        reused: usize,
        /// Shots that failed.
        failed: usize,
        /// Shots not tried because another failed or the run was stopped.
        blocked: usize,
        /// Shots that were left to their services.
        under_way: usize,
        /// Shots that were not begun because their turn comes in a later run.
        to_come: usize,
        /// When the next run is useful, in seconds since 1970; `None` where none is needed.
        next: Option<u64>,
        /// Shots made in this run that differ from what was asked for.
        differ: Vec<ShotKey>,
        /// How long the run took.
        took: Duration,
        /// What it cost.
        bill: Bill,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::BoardIndex;
    use crate::money::Currency;

    fn usd(micros: u64) -> Money {
        Money::new(micros, Currency::USD)
    }

    fn off(least: u64, most: u64, paid: u64) -> Option<i64> {
        charge(least, most, paid).off().and_then(|(_, percent)| percent)
    }

    fn charge(least: u64, most: u64, paid: u64) -> Charge {
        let key = ShotKey { board: BoardIndex(0), shot: "a".parse().expect("a shot id") };
        Charge { key, provider: "ark", estimated: Some((usd(least), usd(most))), paid: Paid::Known(usd(paid)) }
    }

    #[test]
    fn a_bill_within_its_estimate_is_not_off_and_one_beyond_a_tenth_drifts() {
        for paid in [300, 500, 900] {
            assert_eq!((off(300, 900, paid), charge(300, 900, paid).drifts()), (None, false));
        }
        for (paid, percent, drifts) in [(990, 10, false), (991, 10, true), (270, -10, false), (269, -10, true)] {
            assert_eq!((off(300, 900, paid), charge(300, 900, paid).drifts()), (Some(percent), drifts), "{paid}");
        }
        assert_eq!((off(1000, 1000, 1254), off(1000, 1000, 746)), (Some(25), Some(-25)));
        // Nothing was expected: there is no part of it.
        assert!(charge(0, 0, 5).off() == Some((Money::new(0, Currency::USD), None)) && charge(0, 0, 5).drifts());
    }

    #[test]
    fn currencies_cannot_be_compared_and_the_unknown_is_no_drift() {
        let other = Charge { paid: Paid::Known(Money::new(500, Currency::CNY)), ..charge(500, 500, 0) };
        assert!(other.drifts() && other.off().is_some_and(|(_, percent)| percent.is_none()));
        let unknown = Charge { paid: Paid::Unknown, ..charge(1, 1, 1) };
        assert!(!unknown.drifts());
        let perhaps = Charge { paid: Paid::Perhaps, ..charge(7, 8, 0) };
        let on_order = Charge { paid: Paid::OnOrder, ..charge(3, 4, 0) };
        let bill = Bill(vec![charge(300, 900, 500), unknown, other, perhaps, on_order]);
        assert_eq!((bill.billed().to_string(), bill.unknown()), ("0.0005 CNY and 0.0005 USD".to_owned(), 1));
        assert_eq!(bill.estimated().1.of(Currency::USD).micros, 900 + 1 + 500);
        assert_eq!((bill.perhaps().0.of(Currency::USD).micros, bill.perhaps().1), (8, 0));
        assert_eq!((bill.on_order().0.of(Currency::USD).micros, bill.on_order().1), (4, 0));
    }
}
