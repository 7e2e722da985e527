//! Exit codes. Scripts rely on them: none is ever used for something else.

/// All is done.
pub const DONE: u8 = 0;
/// A fault of storyreel itself or of the machine.
pub const INTERNAL: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// A storyboard has problems.
pub const PROBLEMS: u8 = 3;
/// Refused before anything was made: `--locked` with something to make.
pub const REFUSED: u8 = 4;
/// Some shots failed; the others are in the store.
pub const SHOTS_FAILED: u8 = 5;
/// A film could not be put together.
pub const FILM_FAILED: u8 = 6;
/// The user stopped the run.
pub const INTERRUPTED: u8 = 130;
