//! The end of a run: every film whose shots are all there is put together.

use std::collections::HashSet;

use storyreel_core::event::Event;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::chain;
use storyreel_core::units::ShotId;

use super::EngineError;
use super::assemble::{self, AssembleError};
use super::session::Session;
use super::subtitles;

impl Session<'_, '_> {
    /// Puts every film together whose shots are all there.
    pub(super) async fn films(&mut self) -> Result<(), EngineError> {
        for at in 0..self.boards.len() {
            if self.boards[at].only.is_some() || self.taken[at].iter().any(Option::is_none) {
                continue;
            }
            self.prune(at)?;
            let taken: Vec<&ClipRecord> = self.taken[at].iter().flatten().collect();
            let (board, ports) = (&self.boards[at], &mut self.ports);
            let made = assemble::assemble(at, board, &taken, ports).await;
            let result = match made {
                Ok(done) => subtitles::beside(board, &taken, (ports.studio.ffmpeg(), ports.store))
                    .await
                    .map(|said| (done, said)),
                Err(error) => Err(error),
            };
            match result {
                Ok((done, said)) => {
                    said.into_iter().for_each(|message| self.say(&Event::Warned { message }));
                    let assemble::FilmFile { length, bytes, way } = done;
                    let output = self.boards[at].output.clone();
                    self.say(&Event::FilmDone { board: at, output, length, bytes, way });
                }
                Err(AssembleError::Interrupted) => {
                    self.outcome.interrupted = true;
                    return Ok(());
                }
                Err(error) => {
                    self.outcome.films_failed += 1;
                    self.say(&Event::FilmFailed { board: at, message: chain(&error) });
                }
            }
        }
        Ok(())
    }

    /// Shots that are no longer in the storyboard leave the lock once a whole film stands without them.
    fn prune(&mut self, at: usize) -> Result<(), EngineError> {
        let board = &mut self.boards[at];
        let ids: HashSet<&ShotId> = board.film.shots.iter().map(|shot| &shot.id).collect();
        let before = board.lock.facts().count();
        board.lock.retain(|id| ids.contains(id));
        if board.lock.facts().count() < before {
            self.unwritten.insert(at);
        }
        self.write_lock(at)
    }
}
