//! The end of a run: every film whose shots are all there is put together.

use storyreel_core::event::Event;
use storyreel_core::index::BoardIndex;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::chain;

use super::EngineError;
use super::assemble::{self, AssembleError, FilmFile};
use super::session::Session;
use super::subtitles;

impl Session<'_, '_> {
    /// Puts every film together whose shots are all there.
    pub(super) async fn make_films(&mut self) -> Result<(), EngineError> {
        for index in BoardIndex::all(self.boards.len()) {
            let is_whole = self.clips[index].iter().all(Option::is_some);
            if self.boards[index].only.is_some() || !is_whole {
                continue;
            }
            self.prune_lock(index)?;
            match self.make_film(index).await {
                Ok(FilmFile { length, bytes, way }) => {
                    let output = self.boards[index].output.clone();
                    self.progress.say(&Event::FilmDone { board: index, output, length, bytes, way });
                }
                Err(AssembleError::Interrupted) => {
                    self.progress.outcome.interrupted = true;
                    return Ok(());
                }
                Err(error) => {
                    self.progress.outcome.films_failed += 1;
                    self.progress.say(&Event::FilmFailed { board: index, message: chain(&error) });
                }
            }
        }
        Ok(())
    }

    /// Makes the film of a board, and the files beside it.
    async fn make_film(&mut self, index: BoardIndex) -> Result<FilmFile, AssembleError> {
        let board = &self.boards[index];
        // Shots on which others start and which the film leaves out stand behind all others.
        let shown = board.film.shown().len();
        let clips: Vec<&ClipRecord> = self.clips[index].iter().flatten().take(shown).collect();
        let film = assemble::assemble(index, board, &clips, &mut self.ports, self.progress.listener()).await?;
        for message in subtitles::beside(board, &clips, self.ports.studio.ffmpeg(), self.ports.store).await? {
            self.progress.warn(message);
        }
        Ok(film)
    }
}
