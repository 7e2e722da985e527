//! A lock that git left with conflict markers: both sides read, and joined.
//!
//! It is safe because a block is a fact, this recipe gave this clip, and not a choice: whichever side the storyboard
//! keeps, its clip is found.

use super::{BadLock, Lock};
use crate::units::{Digest, ShotId};

/// A lock as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joined {
    /// All facts.
    pub lock: Lock,
    /// Whether there were conflict markers.
    pub had_markers: bool,
    /// The shots of which the two sides say something different.
    pub conflicts: Vec<Conflict>,
}

/// A shot of which the two sides of a merge say something different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The shot.
    pub shot: ShotId,
    /// Whether the clip of the other side is the shot's own now; else that of this side.
    pub theirs: bool,
    /// Whether both sides paid for the very same recipe.
    pub paid_twice: bool,
}

impl Joined {
    /// Reads the text of a lock file, with the conflict markers of any of git's styles. `wanted` gives the recipe of a
    /// shot where it is known: the side that has it wins, else this side. The other is kept as a take.
    ///
    /// # Errors
    /// The line is that of the file where there are no markers, else that of the side that is wrong.
    pub fn read(text: &str, wanted: &dyn Fn(&ShotId) -> Option<Digest>) -> Result<Self, BadLock> {
        let Some((ours, theirs)) = sides(text)? else {
            return Ok(Self { lock: Lock::read_one(text)?, ..Self::default() });
        };
        let mut lock = Lock::read_one(&ours)?;
        let other = Lock::read_one(&theirs)?;
        let mut conflicts = Vec::new();
        for (shot, theirs) in &other.shots {
            match lock.shots.get(shot) {
                None => {
                    lock.shots.insert(shot.clone(), theirs.clone());
                }
                Some(ours) if ours == theirs => {}
                Some(ours) if (ours.recipe, ours.clip) == (theirs.recipe, theirs.clip) => {
                    // The same fact, of which each side may know something that the other does not.
                    let knows_more = theirs.text().len() > ours.text().len();
                    let (more, less) = if knows_more { (theirs, ours) } else { (ours, theirs) };
                    let joined = more.clone().completed_by(less);
                    lock.shots.insert(shot.clone(), joined);
                }
                Some(ours) => {
                    let wanted = wanted(shot);
                    let wins = wanted == Some(theirs.recipe) && wanted != Some(ours.recipe);
                    let paid_twice = ours.recipe == theirs.recipe && ours.task.is_some() && theirs.task.is_some();
                    conflicts.push(Conflict { shot: shot.clone(), theirs: wins, paid_twice });
                    let (own, other_take) =
                        if wins { (theirs.clone(), ours.clone()) } else { (ours.clone(), theirs.clone()) };
                    lock.shots.insert(shot.clone(), own);
                    lock.keep_take(shot, other_take);
                }
            }
        }
        for (shot, taken) in other.takes.iter().flat_map(|(shot, all)| all.iter().map(move |taken| (shot, taken))) {
            lock.keep_take(shot, taken.clone());
        }
        Ok(Self { lock, had_markers: true, conflicts })
    }
}

/// Where a line stands in a text with conflict markers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MergePart {
    Both,
    Ours,
    Base,
    Theirs,
}

/// The two complete texts that a text with conflict markers holds; `None` where there are no markers.
fn sides(text: &str) -> Result<Option<(String, String)>, BadLock> {
    let mut ours = String::new();
    let mut theirs = String::new();
    let mut part = MergePart::Both;
    let mut found = false;
    let mut opened = 0;
    for (at, line) in text.lines().enumerate() {
        let next = match (marker(line), part) {
            (None, _) => {
                if part != MergePart::Theirs && part != MergePart::Base {
                    ours.extend([line, "\n"]);
                }
                if part == MergePart::Both || part == MergePart::Theirs {
                    theirs.extend([line, "\n"]);
                }
                continue;
            }
            (Some('<'), MergePart::Both) => {
                opened = at + 1;
                MergePart::Ours
            }
            (Some('|'), MergePart::Ours) => MergePart::Base,
            (Some('='), MergePart::Ours | MergePart::Base) => MergePart::Theirs,
            (Some('>'), MergePart::Theirs) => MergePart::Both,
            _ => return Err(BadLock { line: at + 1, what: "a conflict marker out of order".to_owned() }),
        };
        (found, part) = (true, next);
    }
    if part != MergePart::Both {
        return Err(BadLock { line: opened, what: "a conflict that has no end".to_owned() });
    }
    Ok(found.then_some((ours, theirs)))
}

/// The sign of a conflict marker: seven of it, alone or before a space.
fn marker(line: &str) -> Option<char> {
    let line = line.trim_end_matches('\r');
    let sign = line.chars().next().filter(|sign| matches!(sign, '<' | '|' | '=' | '>'))?;
    let rest = line.trim_start_matches(sign);
    (line.len() - rest.len() == 7 && (rest.is_empty() || rest.starts_with(' '))).then_some(sign)
}

#[cfg(test)]
mod tests {
    use super::super::ClipRecord;
    use super::super::tests::clip_record;
    use super::*;

    fn id(text: &str) -> ShotId {
        text.parse().expect("a good id")
    }

    fn fact(recipe: &str, clip: &str) -> ClipRecord {
        ClipRecord { recipe: Digest::of(recipe.as_bytes()), clip: Digest::of(clip.as_bytes()), ..clip_record(1) }
    }

    fn lock(shots: &[(&str, ClipRecord)]) -> Lock {
        Lock { shots: shots.iter().map(|(shot, taken)| (id(shot), taken.clone())).collect(), ..Lock::default() }
    }

    fn blocks(lock: &Lock) -> String {
        lock.text().split_once("shots:\n").expect("a heading").1.to_owned()
    }

    /// Everything after the heading in conflict, in the style of `diff3` where a base is given.
    fn conflicted(ours: &Lock, base: Option<&Lock>, theirs: &Lock) -> String {
        let head = ours.text().split_once("shots:\n").expect("a heading").0.to_owned();
        let base = base.map_or(String::new(), |base| format!("||||||| 1234567\n{}", blocks(base)));
        format!("{head}shots:\n<<<<<<< HEAD\n{}{base}=======\n{}>>>>>>> other\n", blocks(ours), blocks(theirs))
    }

    #[test]
    fn both_sides_are_joined_and_nothing_is_lost() {
        let ours = lock(&[("a", fact("a", "1")), ("b", fact("b ours", "2")), ("c", fact("c", "3"))]);
        let theirs = lock(&[("b", fact("b theirs", "4")), ("c", fact("c", "5")), ("d", fact("d", "6"))]);
        for base in [None, Some(&lock(&[("b", fact("b", "0"))]))] {
            for crlf in [false, true] {
                let text = conflicted(&ours, base, &theirs);
                let text = if crlf { text.replace('\n', "\r\n") } else { text };
                let joined = Joined::read(&text, &|_| None).expect("it is read");
                let own: Vec<_> =
                    joined.lock.shots.iter().map(|(shot, taken)| (shot.as_str(), taken.clone())).collect();
                let expected =
                    [("a", fact("a", "1")), ("b", fact("b ours", "2")), ("c", fact("c", "3")), ("d", fact("d", "6"))];
                assert_eq!(own, expected);
                assert_eq!(joined.lock.takes[&id("b")], [fact("b theirs", "4")]);
                assert_eq!(joined.lock.takes[&id("c")], [fact("c", "5")]);
                assert!(joined.had_markers);
                let b = Conflict { shot: id("b"), theirs: false, paid_twice: false };
                let c = Conflict { shot: id("c"), theirs: false, paid_twice: true };
                assert_eq!(joined.conflicts, [b, c]);
                // What the storyboard asks for is found on either side, and after writing it down, too.
                let again = Lock::read(&joined.lock.text()).expect("it is read");
                assert_eq!(again, joined.lock);
                for wanted in ["b ours", "b theirs"] {
                    let recipe = Digest::of(wanted.as_bytes());
                    assert_eq!(again.of(&id("b"), &recipe).map(|taken| taken.recipe), Some(recipe));
                }
            }
        }
    }

    #[test]
    fn the_side_that_the_storyboard_asks_for_wins() {
        let ours = lock(&[("b", fact("ours", "2"))]);
        let theirs = lock(&[("b", fact("theirs", "4"))]);
        let text = conflicted(&ours, None, &theirs);
        for (wanted, clip, spare) in [("theirs", "4", "2"), ("ours", "2", "4"), ("neither", "2", "4")] {
            let joined = Joined::read(&text, &|_| Some(Digest::of(wanted.as_bytes()))).expect("it is read");
            assert_eq!(joined.lock.shots[&id("b")].clip, Digest::of(clip.as_bytes()), "{wanted}");
            assert_eq!(joined.lock.takes[&id("b")][0].clip, Digest::of(spare.as_bytes()), "{wanted}");
            assert_eq!(joined.conflicts[0].theirs, wanted == "theirs");
        }
    }

    #[test]
    fn the_side_that_knows_more_of_the_same_clip_is_kept() {
        let more = ClipRecord { last_frame: Some(Digest::of(b"frame")), ..fact("b", "2") };
        for (ours, theirs) in [(fact("b", "2"), more.clone()), (more.clone(), fact("b", "2"))] {
            let joined = Joined::read(&conflicted(&lock(&[("b", ours)]), None, &lock(&[("b", theirs)])), &|_| None);
            let joined = joined.expect("it is read");
            assert_eq!(joined.lock, lock(&[("b", more.clone())]));
            assert!(joined.conflicts.is_empty());
        }
    }

    #[test]
    fn what_each_side_knows_of_the_same_clip_is_kept() {
        let framed = ClipRecord { last_frame: Some(Digest::of(b"frame")), ..fact("b", "2") };
        let dated = ClipRecord { bought: "2026-11-26".parse().ok(), ..fact("b", "2") };
        let both = ClipRecord { bought: dated.bought, ..framed.clone() };
        for (ours, theirs) in [(&framed, &dated), (&dated, &framed)] {
            let text = conflicted(&lock(&[("b", ours.clone())]), None, &lock(&[("b", theirs.clone())]));
            assert_eq!(Lock::read(&text), Ok(lock(&[("b", both.clone())])));
        }
        // Of another task nothing is taken: it has a price and a day of its own.
        let elsewhere = ClipRecord { task: Some("another".to_owned()), ..dated };
        let text = conflicted(&lock(&[("b", framed.clone())]), None, &lock(&[("b", elsewhere)]));
        assert_eq!(Lock::read(&text), Ok(lock(&[("b", framed)])));
    }

    #[test]
    fn markers_out_of_order_are_named() {
        for (text, expected) in [
            ("lock: 1\n<<<<<<< ours\nshots:\n", "line 2: a conflict that has no end"),
            ("lock: 1\n=======\n", "line 2: a conflict marker out of order"),
            ("<<<<<<< a\n<<<<<<< b\n", "line 2: a conflict marker out of order"),
            ("<<<<<<< a\n=======\n||||||| c\n", "line 3: a conflict marker out of order"),
            ("<<<<<<<\n=======\n>>>>>>>\nx\n", "line 1: expected `key: value`"),
        ] {
            assert_eq!(Lock::read(text).expect_err("it is wrong").to_string(), expected, "{text:?}");
        }
        assert_eq!(marker("========"), None);
        assert_eq!(marker("<<<<<<<x"), None);
    }
}
