//! Exit codes. Scripts rely on them: none is ever used for something else.

/// All is done.
pub const DONE: u8 = 0;
/// A fault of storyreel itself or of the machine.
pub const INTERNAL: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// A storyboard has problems.
pub const PROBLEMS: u8 = 3;
/// Refused before anything was made or paid: over the limit, no word of the user, no key, `--locked` with something to
/// make, a saved plan that no longer holds.
pub const REFUSED: u8 = 4;
/// Some shots failed; the others are in the store. For `check --seams`: a seam is not good enough.
pub const SHOTS_FAILED: u8 = 5;
/// A film could not be assembled.
pub const FILM_FAILED: u8 = 6;
/// A decision is needed: an order was sent and nobody knows whether it was accepted, or a paid clip is neither in the store
/// nor known to its service.
pub const DECIDE: u8 = 7;
/// Orders are under way, and the run does not wait for them: run it again later.
pub const UNDER_WAY: u8 = 8;
/// Another run is making what is wanted: try again later. The code of `sysexits` for a failure that passes.
pub const BUSY: u8 = 75;
/// Whoever read standard output went away before all was written: the code by which shells know it.
pub const CLOSED_PIPE: u8 = 141;
/// The user stopped the run.
pub const INTERRUPTED: u8 = 130;
