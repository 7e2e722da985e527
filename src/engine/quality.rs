//! Clips that are judged to be bad: kept with a warning, taken again, or a reason to stop.

use std::sync::Arc;

use storyreel_core::catalog::InputRole;
use storyreel_core::film::{InputSource, Inputs, Make};
use storyreel_core::index::TaskId;
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{ClipStop, Why};
use storyreel_core::sanitize::clean;
use storyreel_core::storyboard::OnBad;
use storyreel_core::units::Digest;
use storyreel_quality::described;

use super::BoardTarget;
use super::bad_takes::BadTakes;
use super::failure::ShotFailure;
use super::session::{BatchShot, Session};

/// What becomes of a clip that has arrived.
pub(super) enum Verdict {
    /// It is used, or a better take that came before it.
    Use(Box<ClipRecord>),
    /// Another take is ordered.
    Again,
    /// The shot fails, for this reason.
    Stop(ShotFailure),
}

impl Session<'_, '_> {
    /// What becomes of a clip that has arrived for a task, by what the storyboard says of bad ones.
    pub(super) fn verdict(&mut self, task: TaskId, record: ClipRecord) -> Verdict {
        let at = self.tasks[task];
        if let Some(stop) = ClipStop::dropped_frame(self.shot(at), &record) {
            self.keep_bad(at, record);
            return Verdict::Stop(ShotFailure::Stopped(stop));
        }
        let policy = self.shot(at).quality;
        if !policy.is_bad(record.score()) {
            return Verdict::Use(Box::new(self.best(task, record)));
        }
        let id = self.shot(at).id.clone();
        let words = clean(&described(record.quality.as_deref().unwrap_or_default()));
        // A take that the user asked for by itself is for the user to judge.
        let on_bad = match self.boards[at.board].target {
            BoardTarget::Film => policy.on_bad,
            BoardTarget::Take => OnBad::Keep,
        };
        match on_bad {
            OnBad::Keep => {
                self.progress.warn(format!("{id}: its clip may be bad: it scores {words}"));
                Verdict::Use(Box::new(self.best(task, record)))
            }
            OnBad::Stop => {
                let stop = ClipStop::bad(&record);
                self.keep_bad(at, record);
                Verdict::Stop(ShotFailure::Stopped(stop))
            }
            OnBad::Retake => self.again(task, record, &words),
        }
    }

    /// Orders another take in place of a bad one, as far as the storyboard lets it.
    fn again(&mut self, task: TaskId, record: ClipRecord, words: &str) -> Verdict {
        let at = self.tasks[task];
        let policy = self.shot(at).quality;
        let id = self.shot(at).id.clone();
        let take = record.take;
        let asked = self.step(at).recipe.or(Some(record.recipe));
        let bad = self.bad_takes.entry(task).or_default();
        bad.asked = bad.asked.or(asked);
        bad.takes.push(record.clone());
        self.keep_bad(at, record);
        let lock = &self.boards[at.board].lock;
        let made = lock.of_shot(&id).filter(|record| record.task.is_some()).count();
        if made as u64 >= u64::from(policy.takes) {
            self.progress.warn(format!("{id}: take {take} scores {words}; no more takes are ordered"));
            let last = self.bad_takes.get_mut(&task).and_then(|bad| bad.takes.pop());
            return last.map_or(Verdict::Again, |last| Verdict::Use(Box::new(self.best(task, last))));
        }
        let next = lock.latest_take(&id).max(take) + 1;
        self.progress.warn(format!("{id}: take {take} scores {words}; take {next} is ordered"));
        Arc::make_mut(&mut self.boards[at.board].film).shots[at.shot].take = next;
        Verdict::Again
    }

    /// Begins with another take where the clip that the storyboard asks for was judged to be bad by an earlier run.
    pub(super) fn take_bad_again(&mut self) {
        for task in TaskId::all(self.tasks.len()) {
            let at = self.tasks[task];
            let (Why::Bad { .. }, Some(recipe)) = (&self.step(at).why, self.step(at).recipe) else { continue };
            let id = self.shot(at).id.clone();
            let known = self.boards[at.board].lock.of(&id, &recipe).filter(|record| record.is_for(&recipe)).cloned();
            let Some(record) = known.or_else(|| self.stored_clip(&recipe)) else { continue };
            let next = self.boards[at.board].lock.latest_take(&id).max(record.take) + 1;
            self.bad_takes
                .insert(task, BadTakes { asked: Some(recipe), takes: vec![record.clone()], ..BadTakes::default() });
            self.keep_bad(at, record);
            Arc::make_mut(&mut self.boards[at.board].film).shots[at.shot].take = next;
        }
    }

    /// The best of the takes of a task. One that the storyboard does not name stands in for the one that it does.
    fn best(&mut self, task: TaskId, last: ClipRecord) -> ClipRecord {
        let Some(bad) = self.bad_takes.get_mut(&task) else { return last };
        let mut best = last;
        for other in bad.takes.drain(..) {
            // Of equals the earlier one: the storyboard names it.
            if other.score() >= best.score() {
                best = other;
            }
        }
        best.stands_for = bad.asked.filter(|asked| *asked != best.recipe);
        best
    }

    /// The best take so far, where a further one could not be had.
    pub(super) fn best_so_far(&mut self, task: TaskId) -> Option<ClipRecord> {
        let last = self.bad_takes.get_mut(&task)?.takes.pop()?;
        Some(self.best(task, last))
    }

    /// Names a bad clip in the lock: it is paid, and may be chosen.
    fn keep_bad(&mut self, at: BatchShot, record: ClipRecord) {
        let id = self.shot(at).id.clone();
        let lock = &mut self.boards[at.board].lock;
        if lock.shots.contains_key(&id) {
            lock.keep_take(&id, record);
        } else {
            lock.put(&id, record);
        }
        self.lock_changed(at.board);
    }

    /// The clip at the head of the chain of a shot: that of the first shot that starts on no frame of another. `None` for the
    /// head itself.
    pub(super) fn head(&self, at: BatchShot) -> Option<Digest> {
        let mut shot = at.shot;
        for _ in 0..self.boards[at.board].film.shots.len() {
            let Make::Prompt(render) = &self.boards[at.board].film.shots[shot].make else { break };
            let first =
                render.inputs.roles().find(|(role, _)| *role == InputRole::FirstFrame).map(|(_, source)| source);
            match (&render.inputs, first) {
                (Inputs::Frames { .. }, Some(InputSource::LastFrame(before))) => shot = *before,
                _ => break,
            }
        }
        if shot == at.shot {
            return None;
        }
        self.clips[at.board][shot].as_ref().map(|record| record.clip)
    }

    /// Why a clip that is there fails its shot all the same.
    pub(super) fn stopping_failure(&self, at: BatchShot) -> Option<ShotFailure> {
        let record = self.clips[at.board][at.shot].as_ref()?;
        ClipStop::of(self.shot(at), record).map(ShotFailure::Stopped)
    }
}
