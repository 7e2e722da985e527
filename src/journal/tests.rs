use std::fs;

use storyreel_core::job::{AttemptFailure, JobState, Stored};
use storyreel_core::provider::reply::{Charged, Delivery};
use storyreel_core::spend::Right;

use super::*;

struct Bed {
    _folder: tempfile::TempDir,
    store: Store,
}

impl Bed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("s"));
        Self { _folder: folder, store }
    }

    fn right(&self, own: &Journal) -> Right {
        Journals::load(&self.store).and_then(|mut all| all.right(&recipe(), own.run())).expect("read")
    }

    fn state(&self) -> Option<&'static str> {
        let job = Journals::load(&self.store).expect("read").job(&recipe());
        job.map(|job| job.state.word())
    }

    fn clip(&self) -> Digest {
        let work = self.store.workspace().expect("a workspace");
        fs::write(work.path().join("clip"), b"clip").expect("written");
        self.store.adopt(&work.path().join("clip")).expect("adopted")
    }
}

fn recipe() -> Digest {
    Digest::of(b"recipe")
}

fn intent(journal: &Journal) -> Intent {
    Intent {
        shot: "climb".parse().expect("a good id"),
        provider: "ark".to_owned(),
        model: "m".to_owned(),
        marker: "x".to_owned(),
        estimate: None,
        tokens: None,
        price: None,
        first_frame: None,
        last_frame: None,
        hands_on: false,
        speaks: false,
        head: None,
        from_lock: false,
        run: journal.run().clone(),
    }
}

fn taken(journal: &mut Journal, attempt: u32) -> Claim {
    let intent = intent(journal);
    journal.take(recipe(), attempt, intent).expect("taken").expect("nobody else has it")
}

fn entry(attempt: u32, record: Record) -> Entry {
    Entry { recipe: recipe(), attempt, record }
}

fn task() -> Record {
    Record::Submitted { provider: "ark".to_owned(), task: "t".to_owned() }
}

#[test]
fn one_paid_shot_from_right_to_clip_and_what_may_be_done_after_a_crash_at_every_point() {
    let bed = Bed::new();
    let reader = Journal::new(&bed.store);
    let mut journal = Journal::new(&bed.store);
    let wait = Right::Wait { run: journal.run().clone() };
    let collect = Right::Collect { attempt: 1, provider: "ark".to_owned(), task: "t".to_owned() };

    assert_eq!((bed.right(&journal), bed.state()), (Right::Take(1), None));
    assert!(!bed.store.root().exists(), "nothing is written before there is something to write");
    let claim = taken(&mut journal, 1);
    assert_eq!((bed.right(&reader), bed.state()), (wait.clone(), None));
    journal.submitting(claim).expect("written");
    assert_eq!((bed.right(&reader), bed.state()), (wait.clone(), Some("submitting")));
    journal.append(&entry(1, task())).expect("written");
    assert_eq!(bed.right(&reader), wait);
    assert_eq!(bed.right(&journal), collect);
    drop(journal);
    assert_eq!(bed.right(&reader), collect);

    // The next run collects what this one submitted.
    let mut journal = Journal::new(&bed.store);
    journal.append(&entry(1, Record::Delivered(Box::<Delivery>::default()))).expect("written");
    let stored = Stored { clip: bed.clip(), last_frame: None, frames: 121, bytes: 4 };
    journal.append(&entry(1, Record::Stored(stored.clone()))).expect("written");
    assert_eq!(bed.right(&reader), Right::Have(stored.clip));
    let job = Journals::load(&bed.store).expect("read").job(&recipe()).expect("known");
    assert_eq!((job.attempt, &job.run, job.lives), (1, journal.run(), true));
    assert_eq!(job.state.intent().map(|intent| intent.shot.as_str()), Some("climb"));
    fs::remove_file(bed.store.object(&stored.clip)).expect("removed");
    drop(journal);
    assert!(matches!(bed.right(&reader), Right::Again { attempt: 1, forgotten: None, .. }));
}

#[test]
fn a_crash_before_the_intent_is_void_and_one_after_it_is_unclear() {
    let bed = Bed::new();
    let reader = Journal::new(&bed.store);
    let mut journal = Journal::new(&bed.store);
    let claim = taken(&mut journal, 1);
    drop((claim, journal));
    assert_eq!(bed.right(&reader), Right::Take(2));
    let mut journal = Journal::new(&bed.store);
    let claim = taken(&mut journal, 2);
    journal.submitting(claim).expect("written");
    drop(journal);
    assert!(matches!(bed.right(&reader), Right::Ask { attempt: 2, .. }));
    // Nothing but the user's word opens the next attempt.
    let mut journal = Journal::new(&bed.store);
    journal.append(&entry(2, Record::AssumedLost)).expect("written");
    assert_eq!(bed.right(&reader), Right::Take(3));
    journal.append(&entry(2, Record::AssumedTask { task: "t".to_owned() })).expect("written");
    assert!(matches!(bed.right(&reader), Right::Collect { attempt: 2, .. }));
}

#[test]
fn a_token_is_taken_once_however_often_it_is_tried() {
    let bed = Bed::new();
    let mut one = Journal::new(&bed.store);
    let mut two = Journal::new(&bed.store);
    assert_ne!(one.run(), two.run());
    let _claim = taken(&mut one, 1);
    for journal in [&mut one, &mut two] {
        let intent = intent(journal);
        assert!(journal.take(recipe(), 1, intent).expect("asked").is_none());
    }
}

#[test]
fn a_run_that_is_not_begun_or_whose_journal_is_gone_is_doubted() {
    let bed = Bed::new();
    let reader = Journal::new(&bed.store);
    let mut journal = Journal::new(&bed.store);
    let claim = taken(&mut journal, 1);
    let path = journal.path().expect("begun").to_owned();
    drop((claim, journal));
    let text = fs::read(&path).expect("there");
    for damage in [None, Some(&b""[..]), Some(&text[..text.len() - 1]), Some(b"garbage\n")] {
        match damage {
            None => fs::remove_file(&path).expect("removed"),
            Some(bytes) => fs::write(&path, bytes).expect("written"),
        }
        assert!(matches!(bed.right(&reader), Right::Ask { attempt: 1, .. }), "{damage:?}");
    }
    fs::write(&path, [&text[..], b"garbage\n"].concat()).expect("written");
    assert!(matches!(bed.right(&reader), Right::Ask { .. }), "a wrong last line may have been an intent");
    fs::write(&path, [&text[..], b"0123abcd 2026"].concat()).expect("written");
    assert_eq!(bed.right(&reader), Right::Take(2), "a line without an end was never acted upon");
    assert_eq!(Journals::load(&bed.store).expect("read").torn().collect::<Vec<_>>(), [&path]);
}

#[test]
fn a_corrupt_line_is_named_with_its_file_and_what_to_do() {
    let bed = Bed::new();
    let mut journal = Journal::new(&bed.store);
    let claim = taken(&mut journal, 1);
    journal.submitting(claim).expect("written");
    journal.append(&entry(1, task())).expect("written");
    let path = journal.path().expect("begun").to_owned();
    drop(journal);
    let text = fs::read_to_string(&path).expect("there");
    fs::write(&path, text.replacen("\"climb\"", "\"clamb\"", 1)).expect("written");
    let error = Journals::load(&bed.store).expect_err("corrupt").to_string();
    let expected = format!("line 2 of the journal `{}`: its checksum is wrong; restore the file", path.display());
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn journals_of_living_runs_are_followed() {
    let bed = Bed::new();
    let mut journal = Journal::new(&bed.store);
    let mut all = Journals::load(&bed.store).expect("read");
    let claim = taken(&mut journal, 1);
    for (record, word) in [
        (Record::Submitting(Box::new(intent(&journal))), "submitting"),
        (task(), "submitted"),
        (Record::Delivered(Box::<Delivery>::default()), "delivered"),
    ] {
        journal.append(&entry(1, record)).expect("written");
        all.refresh().expect("read");
        let job = all.job(&recipe()).expect("known");
        assert_eq!((job.state.word(), job.lives), (word, true));
    }
    assert!(all.any_lives());
    drop((claim, journal));
    all.refresh().expect("read");
    assert!(!all.any_lives() && all.jobs().len() == 1);
    assert!(matches!(all.job(&recipe()).expect("known").state, JobState::Delivered { .. }));
}

#[test]
fn a_journal_that_cannot_be_begun_takes_no_token() {
    let bed = Bed::new();
    fs::create_dir_all(bed.store.root()).expect("made");
    fs::write(bed.store.root().join("journal"), "a file in the way").expect("written");
    let mut journal = Journal::new(&bed.store);
    let intent = intent(&journal);
    assert!(matches!(journal.take(recipe(), 1, intent), Err(JournalError::Io { .. })));
    assert!(bed.store.tokens(&recipe()).expect("read").is_empty());
}

#[test]
fn a_run_that_begins_while_it_is_looked_at_is_seen_to_live() {
    let bed = Bed::new();
    let mut all = Journals::load(&bed.store).expect("read");
    let mut other = Journal::new(&bed.store);
    let claim = taken(&mut other, 1);
    // The lock is asked for just before the run takes it, and the file is read just after.
    let questions = std::cell::Cell::new(0);
    all.refresh_by(&|file| {
        questions.set(questions.get() + 1);
        questions.get() > 1 && is_held(file)
    })
    .expect("read");
    assert_eq!(all.life(other.run()), storyreel_core::spend::Life::Living);
    let own = Journal::new(&bed.store);
    assert_eq!(all.right(&recipe(), own.run()).expect("read"), Right::Wait { run: other.run().clone() });
    drop(claim);
}

#[test]
fn a_token_whose_journal_is_lost_is_listed_and_can_be_given_up_or_found() {
    for found in [false, true] {
        let bed = Bed::new();
        let mut gone = Journal::new(&bed.store);
        drop(taken(&mut gone, 1));
        let path = gone.path().expect("begun").to_owned();
        assert_eq!(Journals::load(&bed.store).and_then(|mut all| all.orphans()).expect("read"), []);
        drop(gone);
        fs::remove_file(path).expect("removed");
        let orphans = Journals::load(&bed.store).and_then(|mut all| all.orphans()).expect("read");
        let [job] = &orphans[..] else { panic!("one, not {orphans:?}") };
        let intent = job.state.intent().expect("it has one").clone();
        assert_eq!((job.recipe, job.attempt, intent.provider.as_str()), (recipe(), 1, "ark"));
        let mut own = Journal::new(&bed.store);
        assert!(matches!(bed.right(&own), Right::Ask { attempt: 1, .. }));
        own.append(&entry(1, Record::Submitting(Box::new(intent)))).expect("written");
        let word = if found { Record::AssumedTask { task: "t".to_owned() } } else { Record::AssumedLost };
        own.append(&entry(1, word)).expect("written");
        drop(own);
        let right = bed.right(&Journal::new(&bed.store));
        let collect = Right::Collect { attempt: 1, provider: "ark".to_owned(), task: "t".to_owned() };
        assert_eq!(right, if found { collect } else { Right::Take(2) });
        assert_eq!(Journals::load(&bed.store).and_then(|mut all| all.orphans()).expect("read"), []);
    }
}

/// Stores of two machines, and the folder that they share.
fn machines(shared: &Path) -> [Bed; 2] {
    [(); 2].map(|()| {
        let bed = Bed::new();
        let address = format!("file://{}", shared.display());
        let shared = crate::shared_store::SharedStore::at(&address).expect("an address");
        Bed { store: bed.store.clone().with_shared(shared), ..bed }
    })
}

#[test]
fn of_two_machines_one_alone_may_order_and_both_may_fetch() {
    let shared = tempfile::tempdir().expect("a folder");
    let [here, there] = machines(shared.path());
    let first = here.store.attempts().own_number(1);
    let second = here.store.attempts().own_number(2);
    let mut journal = Journal::new(&here.store);
    let mut other = Journal::new(&there.store);
    assert_eq!((here.right(&journal), there.right(&other)), (Right::Take(first), Right::Take(first)));
    let claim = taken(&mut journal, first);
    let lost = other.take(recipe(), first, intent(&other)).expect("asked");
    assert!(lost.is_none(), "the other machine has it");
    let silent = Right::Silent { attempt: first, run: Some(journal.run().clone()) };
    assert_eq!(
        (there.right(&other), here.right(&journal)),
        (silent.clone(), Right::Wait { run: journal.run().clone() })
    );
    journal.submitting(claim).expect("written");
    assert_eq!(there.right(&other), silent, "whether it was sent is known to its machine alone");
    journal.append(&entry(first, task())).expect("written");
    let collect = Right::Collect { attempt: first, provider: "ark".to_owned(), task: "t".to_owned() };
    assert_eq!((there.right(&other), here.right(&journal)), (collect.clone(), collect));
    // Whoever is told that it failed tells the other, and one of them orders again.
    let failure = AttemptFailure { kind: "expired".to_owned(), charged: Charged::No, message: String::new() };
    other.append(&entry(first, Record::Failed(failure))).expect("written");
    assert_eq!((here.right(&journal), there.right(&other)), (Right::Take(second), Right::Take(second)));
    let claim = taken(&mut other, second);
    assert!(journal.take(recipe(), second, intent(&journal)).expect("asked").is_none());
    drop(claim);
    // An attempt that nobody else can see is not for sale.
    assert!(journal.take(recipe(), 1, intent(&journal)).expect("asked").is_none());
}

#[test]
fn what_a_machine_knows_of_its_dead_runs_is_told_to_the_others() {
    let shared = tempfile::tempdir().expect("a folder");
    let [here, there] = machines(shared.path());
    let first = here.store.attempts().own_number(1);
    let second = here.store.attempts().own_number(2);
    let mut dead = Journal::new(&here.store);
    let claim = taken(&mut dead, first);
    drop((claim, dead));
    let other = Journal::new(&there.store);
    assert!(matches!(there.right(&other), Right::Silent { .. }), "it may be about to send");
    let mut journals = Journals::load(&here.store).expect("read");
    journals.take_in_shared(&[recipe()]).expect("read");
    let untold = journals.unpublished(&recipe());
    assert!(matches!(&untold[..], [Entry { record: Record::Unsent { .. }, .. }]), "{untold:?}");
    let mut journal = Journal::new(&here.store);
    untold.iter().for_each(|entry| journal.publish(entry));
    assert_eq!(journal.take_unpublished().map(|fault| fault.to_string()), None);
    assert_eq!((here.right(&journal), there.right(&other)), (Right::Take(second), Right::Take(second)));
    journals.take_in_shared(&[recipe()]).expect("read");
    assert_eq!(journals.unpublished(&recipe()), []);
}

#[test]
fn a_token_that_cannot_be_read_is_nobodys_to_take() {
    let shared = tempfile::tempdir().expect("a folder");
    let [here, there] = machines(shared.path());
    let first = here.store.attempts().own_number(1);
    let mut journal = Journal::new(&here.store);
    let claim = taken(&mut journal, first);
    drop(claim);
    let hex = recipe().hex();
    let token = shared.path().join("spend").join(&hex[..2]).join(&hex).join("1");
    fs::remove_file(&token).expect("ours");
    fs::write(&token, "torn").expect("ours");
    let other = Journal::new(&there.store);
    assert_eq!(there.right(&other), Right::Silent { attempt: first, run: None });
}
