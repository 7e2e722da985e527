//! Films are put together one after the other, each as soon as its shots are all there.

use std::sync::Arc;

use storyreel_core::event::Event;
use storyreel_core::index::BoardIndex;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::chain;
use tokio::sync::mpsc::UnboundedSender;

use super::EngineError;
use super::assemble::{AssembleError, FilmFile, FilmOrder};
use super::film_queue::FilmEnd;
use super::message::Message;
use super::session::Session;
use super::subtitles;

impl Session<'_, '_> {
    /// Queues a film whose shots are all there.
    pub(super) fn queue_if_whole(&mut self, board: BoardIndex) {
        let is_whole = self.clips[board].iter().all(Option::is_some);
        let is_wanted = self.boards[board].only.is_none() && !self.progress.outcome.interrupted;
        if is_wanted && is_whole && !self.films.waiting.contains(&board) {
            self.films.waiting.push_back(board);
        }
    }

    /// Begins to make the next film, unless one is being made.
    pub(super) fn begin_film(&mut self, line: &UnboundedSender<Message>) -> Result<(), EngineError> {
        if !self.films.running.is_empty() || self.progress.outcome.interrupted {
            return Ok(());
        }
        let Some(board) = self.films.waiting.pop_front() else { return Ok(()) };
        self.prune_lock(board)?;
        let order = self.film_order(board);
        let line = line.clone();
        self.films.running.spawn(async move {
            let mut say = |event: &Event| drop(line.send(Message::Say(event.clone())));
            FilmEnd { board, result: made_film(&order, &mut say).await }
        });
        Ok(())
    }

    fn film_order(&self, index: BoardIndex) -> FilmOrder {
        let board = &self.boards[index];
        // Shots on which others start and which the film leaves out stand behind all others.
        let shown = board.film.shown().len();
        let clips: Vec<ClipRecord> = self.clips[index].iter().flatten().take(shown).cloned().collect();
        FilmOrder {
            board: index,
            film: Arc::clone(&board.film),
            folder: board.folder.clone(),
            output: board.output.clone(),
            clips,
            store: self.ports.store.clone(),
            studio: Arc::clone(&self.ports.studio),
        }
    }

    /// Takes in what a film ended with.
    pub(super) fn end_film(&mut self, end: FilmEnd) {
        let FilmEnd { board, result } = end;
        match result {
            Ok(FilmFile { length, bytes, way }) => {
                let output = self.boards[board].output.clone();
                self.progress.say(&Event::FilmDone { board, output, length, bytes, way });
            }
            Err(error) => {
                self.progress.outcome.films_failed += 1;
                self.progress.say(&Event::FilmFailed { board, message: chain(&error) });
            }
        }
    }
}

/// Makes a film and the files beside it.
async fn made_film(order: &FilmOrder, say: &mut (dyn FnMut(&Event) + Send)) -> Result<FilmFile, AssembleError> {
    let clips: Vec<&ClipRecord> = order.clips.iter().collect();
    let film = order.assemble(&clips, say).await?;
    for message in subtitles::beside(order, &clips).await? {
        say(&Event::Warned { message });
    }
    Ok(film)
}
