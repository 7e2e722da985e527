//! All tests that use the built program or several modules.

mod architecture;
mod check;
mod cli;
mod examples;
mod hostile;
mod media;
mod properties;
mod readme;
mod recipe;
mod render;
mod schemas;
mod support;
