//! All tests that use the built program or several modules.

mod architecture;
mod check;
mod cli;
mod editor;
mod examples;
mod exchange;
mod format;
mod help;
mod hostile;
mod init;
mod journal;
mod loopback;
mod media;
mod paid;
mod plan;
mod properties;
mod readme;
mod recipe;
mod render;
mod schemas;
mod screenplay;
mod service;
mod services;
mod store;
mod support;
mod watch;
