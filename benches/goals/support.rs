//! The ffmpeg that the tests make their clips with, for the services of this machine.

#[path = "../../tests/support/newest.rs"]
pub(crate) mod newest;
#[path = "../../tests/support/python.rs"]
mod python;
