//! What a worker is given: the shot to be made, and what it may use for that.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use storyreel_core::clip::{ClipFacts, Colours};
use storyreel_core::event::{LONG_PAUSE, ShotKey};
use storyreel_core::film::{LostOrders, Shot};
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::ClipRecord;
use storyreel_core::polling::Polling;
use storyreel_core::recipe::Recipe;
use storyreel_core::units::{Digest, Rate, Size};
use storyreel_media::studio::Studio;
use storyreel_providers::Renderer;

use super::Patience;
use super::backoff::Backoff;
use super::failure::ShotFailure;
use super::handover::Originals;
use super::message::Messenger;
use crate::store::Store;

/// What a worker may use and must not change.
#[derive(Clone)]
pub(super) struct WorkerContext {
    pub(super) store: Store,
    pub(super) studio: Arc<Studio>,
    pub(super) work: PathBuf,
    pub(super) messenger: Messenger,
    /// The services that are left alone for a while.
    pub(super) backoff: Backoff,
}

/// A shot to be made, with all that it needs.
pub(super) struct Order {
    pub(super) key: ShotKey,
    pub(super) shot: Shot,
    pub(super) recipe: Recipe,
    pub(super) folder: PathBuf,
    pub(super) size: Size,
    pub(super) colours: Colours,
    pub(super) rate: Rate,
    /// Clips of the shots that it needs.
    pub(super) parents: Vec<(ShotIndex, ClipRecord)>,
    /// The take on whose last frame it is to end.
    pub(super) tail: Option<ClipRecord>,
    pub(super) provider: Option<Arc<dyn Renderer>>,
    /// Whether another shot starts on its last frame.
    pub(super) hands_on: bool,
    /// Whether its clip was bought before and is only to be fetched.
    pub(super) collect: bool,
    /// Whether what was bought before and is lost may be bought again.
    pub(super) rebuy: bool,
    /// How it is found out what became of an order whose answer was lost.
    pub(super) lost: LostOrders,
    /// How long others are waited for.
    pub(super) patience: Patience,
    pub(super) polling: Polling,
    /// Where services still keep the originals of frames and clips.
    pub(super) originals: Originals,
}

impl Order {
    /// The length that is asked for, in frames.
    pub(super) fn frames(&self) -> u64 {
        self.rate.frames(self.shot.length)
    }

    /// How long the shot is tried to be ordered when its service is busy.
    pub(super) fn ordering_deadline(&self) -> Duration {
        if self.patience.for_tasks { self.polling.deadline } else { LONG_PAUSE }
    }

    /// How long another run that makes the shot is waited for.
    pub(super) fn patience_for_runs(&self) -> Duration {
        if self.patience.for_tasks { self.patience.for_runs } else { Duration::ZERO }
    }

    /// What the lock will say of a clip of this order that was made here.
    pub(super) fn clip_record(&self, clip: Digest, facts: ClipFacts, provider: &str) -> ClipRecord {
        ClipRecord::new(self.recipe.digest(), clip, self.shot.take, provider, facts)
    }

    /// An earlier take of the same shot.
    pub(super) fn earlier_take(&self, take: u32) -> Result<&ClipRecord, ShotFailure> {
        let found = self.tail.as_ref().filter(|tail| tail.take == take);
        found.ok_or_else(|| ShotFailure::Needs(format!("{}, take {take}", self.shot.id)))
    }

    pub(super) fn parent(&self, shot: ShotIndex) -> &ClipRecord {
        let found = self.parents.iter().find(|(parent, _)| *parent == shot);
        // The loop starts a shot when every shot that it needs has a clip.
        &found.expect("the parents of a started shot are stored").1
    }
}
