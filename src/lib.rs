//! The program storyreel: a YAML storyboard becomes a finished film.
//!
//! `ARCHITECTURE.md` at the root of the repository explains the words and the crates. This library is there for the program,
//! its tests and its benches; its interface promises nothing.

pub mod animatic;
pub mod cli;
pub mod engine;
pub mod inventory;
pub mod journal;
pub mod progress;
pub mod report;
pub mod shared_store;
pub mod store;
