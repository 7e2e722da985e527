//! What may leave the store. Nothing here removes anything: files go in, verdicts come out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::lock::ClipRecord;
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
    /// Whether it is a picture, which can be cut from its clip again. It counts where no receipt names the object.
    pub is_picture: bool,
}

/// A receipt and how long ago it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What it says.
    pub taken: ClipRecord,
    /// How long ago it was written.
    pub age: Duration,
}

/// What an object is, as the receipts tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A clip.
    Clip,
    /// A frame that another shot starts on.
    Frame,
    /// No receipt names it: a frame that was cut later, or a clip whose run was killed.
    Unnamed,
}

impl ObjectKind {
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
    /// It was paid, or may have been.
    Paid,
    /// It was paid, or may have been, and is younger than the days given.
    Young,
    /// It is free, and of a store that others use.
    Recent,
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
            Self::Paid => "paid",
            Self::Young => "paid lately",
            Self::Recent => "made lately",
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
    pub kind: ObjectKind,
    /// Why it stays; nothing where it may go.
    pub keep: Option<Keep>,
}

/// Digests of objects that must stay.
#[derive(Debug, Clone, Default)]
pub struct Needed {
    /// Named by lock files.
    pub locked: BTreeSet<Digest>,
    /// Named by unfinished work.
    pub unfinished: BTreeSet<Digest>,
    /// Known to be paid from elsewhere than their receipts.
    pub paid: BTreeSet<Digest>,
}

/// What the user lets go.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Whether paid clips may go at all.
    pub paid_may_go: bool,
    /// For how many days they stay even then.
    pub keep_days: u32,
    /// Whether what is free stays as long, too: others may need it whose lock files are not here.
    pub is_shared: bool,
}

/// Judges every object. A clip that no receipt names is treated as paid: its run may have been killed before it wrote
/// one.
#[must_use]
pub fn judge(objects: &[Object], receipts: &[Receipt], needed: &Needed, retention: Retention) -> Vec<Verdict> {
    let named = names(receipts);
    let young = Duration::from_hours(24 * u64::from(retention.keep_days));
    let mut verdicts = Vec::with_capacity(objects.len());
    for object in objects {
        let named = named.get(&object.digest);
        let kind = named.map_or(ObjectKind::Unnamed, |named| named.kind);
        let age = named.map_or(object.age, |named| named.age.min(object.age));
        let said_paid = named.map_or(!object.is_picture, |named| named.paid);
        let paid = said_paid || needed.paid.contains(&object.digest);
        let keep = match () {
            () if needed.locked.contains(&object.digest) => Some(Keep::Locked),
            () if needed.unfinished.contains(&object.digest) => Some(Keep::Unfinished),
            () if paid && !retention.paid_may_go => Some(Keep::Paid),
            () if (paid || named.is_none()) && age < young => Some(Keep::Young),
            () if retention.is_shared && age < young => Some(Keep::Recent),
            () if age < FRESH => Some(Keep::Fresh),
            () => None,
        };
        verdicts.push(Verdict { object: object.clone(), kind, keep });
    }
    verdicts
}

/// What all receipts that name an object say of it together: it is as young as the youngest and as paid as the dearest.
#[derive(Debug, Clone, Copy)]
struct NamedObject {
    kind: ObjectKind,
    paid: bool,
    age: Duration,
}

fn names(receipts: &[Receipt]) -> BTreeMap<Digest, NamedObject> {
    let mut all: BTreeMap<Digest, NamedObject> = BTreeMap::new();
    for Receipt { taken, age } in receipts {
        let frame = taken.last_frame.map(|digest| (digest, ObjectKind::Frame));
        for (digest, kind) in std::iter::once((taken.clip, ObjectKind::Clip)).chain(frame) {
            let paid = is_paid(taken);
            let named = all.entry(digest).or_insert(NamedObject { kind, paid, age: *age });
            *named = NamedObject { kind: named.kind.min(kind), paid: named.paid || paid, age: named.age.min(*age) };
        }
    }
    all
}

/// Whether a clip was rendered for money.
#[must_use]
pub fn is_paid(taken: &ClipRecord) -> bool {
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
    use crate::lock::tests::clip_record;

    const DAY: u64 = 24;

    fn digest(name: &str) -> Digest {
        Digest::of(name.as_bytes())
    }

    /// An object `x` of an age in hours, judged without and with `--paid`.
    struct Case<'a> {
        age: u64,
        is_picture: bool,
        /// (clip, frame, paid, age in hours)
        receipts: &'a [(&'a str, &'a str, bool, u64)],
        locked: &'a [&'a str],
        unfinished: &'a [&'a str],
        paid: &'a [&'a str],
    }

    const CASE: Case<'static> =
        Case { age: 400 * DAY, is_picture: false, receipts: &[], locked: &[], unfinished: &[], paid: &[] };

    fn digests(names: &[&str]) -> BTreeSet<Digest> {
        names.iter().map(|name| digest(name)).collect()
    }

    impl Case<'_> {
        fn kept(&self, paid_may_go: bool) -> Option<Keep> {
            let age = Duration::from_hours(self.age);
            let object = Object { digest: digest("x"), bytes: 1, age, is_picture: self.is_picture };
            let mut receipts = Vec::new();
            for &(clip, frame, paid, age) in self.receipts {
                let taken = ClipRecord {
                    clip: digest(clip),
                    last_frame: Some(digest(frame)),
                    task: paid.then(|| "t".to_owned()),
                    ..clip_record(1)
                };
                receipts.push(Receipt { taken, age: Duration::from_hours(age) });
            }
            let needed =
                Needed { locked: digests(self.locked), unfinished: digests(self.unfinished), paid: digests(self.paid) };
            judge(&[object], &receipts, &needed, Retention { paid_may_go, keep_days: 30, is_shared: false })[0].keep
        }
    }

    #[test]
    fn what_is_needed_or_free_is_judged_alike_whatever_paid_clips_may_do() {
        let old = 400 * DAY;
        for (case, expected) in [
            (Case { locked: &["x"], ..CASE }, Some(Keep::Locked)),
            (Case { unfinished: &["x"], ..CASE }, Some(Keep::Unfinished)),
            (Case { receipts: &[("x", "f", false, old)], locked: &["y"], unfinished: &["y"], ..CASE }, None),
            (Case { age: 2, receipts: &[("x", "f", false, 2)], ..CASE }, None),
            (Case { age: 0, receipts: &[("x", "f", false, 2)], ..CASE }, Some(Keep::Fresh)),
            // A frame that nobody names can be cut again, and is kept for a while.
            (Case { age: 29 * DAY, is_picture: true, ..CASE }, Some(Keep::Young)),
            (Case { age: 31 * DAY, is_picture: true, ..CASE }, None),
        ] {
            assert_eq!([case.kept(false), case.kept(true)], [expected; 2]);
        }
    }

    #[test]
    fn what_is_paid_goes_only_where_that_is_said_and_it_is_old() {
        let old = 400 * DAY;
        for (case, expected) in [
            // The clip and its frame, by the younger of file and receipt, and by any of several receipts.
            (Case { age: 29 * DAY, receipts: &[("x", "f", true, 29 * DAY)], ..CASE }, Some(Keep::Young)),
            (Case { age: 31 * DAY, receipts: &[("x", "f", true, 31 * DAY)], ..CASE }, None),
            (Case { age: 29 * DAY, receipts: &[("c", "x", true, 29 * DAY)], ..CASE }, Some(Keep::Young)),
            (Case { age: 31 * DAY, receipts: &[("c", "x", true, 31 * DAY)], ..CASE }, None),
            (Case { receipts: &[("x", "f", true, 2)], ..CASE }, Some(Keep::Young)),
            (Case { age: 2, receipts: &[("x", "f", true, old)], ..CASE }, Some(Keep::Young)),
            (Case { age: 2, receipts: &[("x", "f", false, old), ("x", "f", true, old)], ..CASE }, Some(Keep::Young)),
            // The receipt does not say so, and the journal does.
            (Case { receipts: &[("x", "f", false, old)], paid: &["x"], ..CASE }, None),
            (Case { is_picture: true, paid: &["x"], ..CASE }, None),
            // Nobody knows what it is.
            (Case { age: 29 * DAY, ..CASE }, Some(Keep::Young)),
            (Case { age: 31 * DAY, ..CASE }, None),
        ] {
            assert_eq!([case.kept(false), case.kept(true)], [Some(Keep::Paid), expected]);
        }
    }

    #[test]
    fn digests_are_found_in_whatever_text() {
        let a = digest("a");
        let b = digest("b");
        let text =
            format!("<<<<<<< HEAD\n    clip: {a}\n=======\nlast frame of {b}\", sha256:12, sha256:é{}\n", a.hex());
        assert_eq!(mentioned(&text).collect::<Vec<_>>(), [a, b]);
    }
}
