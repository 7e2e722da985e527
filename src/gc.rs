//! What may leave the store. Nothing here removes anything: files go in, verdicts come out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::lock::Taken;
use crate::units::Digest;

/// How long a paid take that nothing names is kept unless the user says otherwise, in days.
pub const KEEP_DAYS: u32 = 30;

/// What is younger may belong to a run that has not written it down yet.
const FRESH: Duration = Duration::from_hours(1);

/// A file under `objects/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The digest that its name says.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// How long ago it was written.
    pub age: Duration,
}

/// A receipt and how long ago it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What it says.
    pub taken: Taken,
    /// How long ago it was written.
    pub age: Duration,
}

/// What an object is, as the receipts tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A clip.
    Clip,
    /// A frame that another shot starts on.
    Frame,
    /// No receipt names it: a frame that was cut later, or a clip whose run was killed.
    Unnamed,
}

impl Kind {
    /// The word for tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clip => "clip",
            Self::Frame => "frame",
            Self::Unnamed => "unnamed",
        }
    }
}

/// Why an object stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// A lock file names it.
    Locked,
    /// A paid job that is not finished needs it.
    Unfinished,
    /// It was paid, or may have been, and is younger than the days given.
    Young,
    /// It was written this very hour.
    Fresh,
}

impl Keep {
    /// The reason in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Locked => "in a lock file",
            Self::Unfinished => "needed by unfinished work",
            Self::Young => "paid lately",
            Self::Fresh => "written within the hour",
        }
    }
}

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The object.
    pub object: Object,
    /// What it is.
    pub kind: Kind,
    /// Why it stays; nothing where it may go.
    pub keep: Option<Keep>,
}

/// Judges every object. `locked` and `unfinished` are the digests that lock files and unfinished work name. An object
/// that no receipt names is treated as paid: its run may have been killed before it wrote one.
#[must_use]
pub fn judge(
    objects: &[Object],
    receipts: &[Receipt],
    locked: &BTreeSet<Digest>,
    unfinished: &BTreeSet<Digest>,
    keep_days: u32,
) -> Vec<Verdict> {
    let named = names(receipts);
    let young = Duration::from_hours(24 * u64::from(keep_days));
    let verdict = |object: &Object| {
        let named = named.get(&object.digest);
        let kind = named.map_or(Kind::Unnamed, |named| named.kind);
        let age = named.map_or(object.age, |named| named.age.min(object.age));
        let paid = named.is_none_or(|named| named.paid);
        let keep = match () {
            () if locked.contains(&object.digest) => Some(Keep::Locked),
            () if unfinished.contains(&object.digest) => Some(Keep::Unfinished),
            () if paid && age < young => Some(Keep::Young),
            () if age < FRESH => Some(Keep::Fresh),
            () => None,
        };
        Verdict { object: object.clone(), kind, keep }
    };
    objects.iter().map(verdict).collect()
}

/// What all receipts that name an object say of it together: it is as young as the youngest and as paid as the dearest.
#[derive(Debug, Clone, Copy)]
struct Named {
    kind: Kind,
    paid: bool,
    age: Duration,
}

fn names(receipts: &[Receipt]) -> BTreeMap<Digest, Named> {
    let mut all: BTreeMap<Digest, Named> = BTreeMap::new();
    for Receipt { taken, age } in receipts {
        let frame = taken.last_frame.map(|digest| (digest, Kind::Frame));
        for (digest, kind) in std::iter::once((taken.clip, Kind::Clip)).chain(frame) {
            let paid = is_paid(taken);
            let named = all.entry(digest).or_insert(Named { kind, paid, age: *age });
            *named = Named { kind: named.kind.min(kind), paid: named.paid || paid, age: named.age.min(*age) };
        }
    }
    all
}

/// Whether a clip was rendered for money.
#[must_use]
pub fn is_paid(taken: &Taken) -> bool {
    taken.task.is_some() || taken.paid.is_some()
}

/// Every digest that a text names as `sha256:…`, whatever state the text is in. A lock file that cannot be read still
/// protects its clips.
pub fn mentioned(text: &str) -> impl Iterator<Item = Digest> {
    text.split("sha256:").skip(1).filter_map(|after| after.get(..64)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::tests::taken;

    const DAY: u64 = 24;

    fn digest(name: &str) -> Digest {
        Digest::of(name.as_bytes())
    }

    /// Why an object `x` of an age in hours stays, with receipts given as (clip, frame, paid, age in hours).
    fn kept(age: u64, receipts: &[(&str, &str, bool, u64)], locked: &[&str], unfinished: &[&str]) -> Option<Keep> {
        let object = Object { digest: digest("x"), bytes: 1, age: Duration::from_hours(age) };
        let receipt = |&(clip, frame, paid, age): &(&str, &str, bool, u64)| Receipt {
            taken: Taken {
                clip: digest(clip),
                last_frame: Some(digest(frame)),
                task: paid.then(|| "t".to_owned()),
                ..taken(1)
            },
            age: Duration::from_hours(age),
        };
        let receipts: Vec<Receipt> = receipts.iter().map(receipt).collect();
        let set = |names: &[&str]| names.iter().map(|name| digest(name)).collect::<BTreeSet<_>>();
        judge(&[object], &receipts, &set(locked), &set(unfinished), 30)[0].keep
    }

    #[test]
    fn what_is_needed_or_paid_lately_stays() {
        let old = 400 * DAY;
        for (age, receipts, locked, unfinished, expected) in [
            // Needed.
            (old, &[][..], &["x"][..], &[][..], Some(Keep::Locked)),
            (old, &[], &[], &["x"], Some(Keep::Unfinished)),
            (old, &[("x", "f", false, old)], &["y"], &["y"], None),
            // Paid: the clip and its frame, by the younger of file and receipt, and by any of several receipts.
            (29 * DAY, &[("x", "f", true, 29 * DAY)], &[], &[], Some(Keep::Young)),
            (31 * DAY, &[("x", "f", true, 31 * DAY)], &[], &[], None),
            (29 * DAY, &[("c", "x", true, 29 * DAY)], &[], &[], Some(Keep::Young)),
            (old, &[("x", "f", true, 2)], &[], &[], Some(Keep::Young)),
            (2, &[("x", "f", true, old)], &[], &[], Some(Keep::Young)),
            (2, &[("x", "f", false, old), ("x", "f", true, old)], &[], &[], Some(Keep::Young)),
            // Free.
            (2, &[("x", "f", false, 2)], &[], &[], None),
            (0, &[("x", "f", false, 2)], &[], &[], Some(Keep::Fresh)),
            // Nobody knows what it is.
            (29 * DAY, &[], &[], &[], Some(Keep::Young)),
            (31 * DAY, &[], &[], &[], None),
        ] {
            assert_eq!(kept(age, receipts, locked, unfinished), expected, "{age} {receipts:?} {locked:?}");
        }
    }

    #[test]
    fn digests_are_found_in_whatever_text() {
        let (a, b) = (digest("a"), digest("b"));
        let text =
            format!("<<<<<<< HEAD\n    clip: {a}\n=======\nlast frame of {b}\", sha256:12, sha256:é{}\n", a.hex());
        assert_eq!(mentioned(&text).collect::<Vec<_>>(), [a, b]);
    }
}
