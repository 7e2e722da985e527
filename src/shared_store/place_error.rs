//! What the place where a shared store lies says when something cannot be done.

use super::SharedStoreError;

/// Why something could not be done there.
#[derive(Debug)]
pub(super) enum PlaceError {
    /// The service or the drive says so, in these words.
    Refused(String),
    /// It is nothing that a store can hold, whoever asks and however often.
    Unfit(String),
    /// There is no such object.
    NotThere,
    /// A file of this machine cannot be used.
    Local(SharedStoreError),
}

impl PlaceError {
    pub(super) fn refused(why: &dyn std::fmt::Display) -> Self {
        Self::Refused(why.to_string())
    }
}

/// What a conditional creation says. Whatever it is but "created", the object must be read.
pub(super) enum CreateAnswer {
    Created,
    Doubt(PlaceError),
}
