//! The pure core of storyreel: values and the functions between them. No files, environment, network, processes, clock or
//! printing; what it depends on has none either.

pub mod budget;
pub mod catalog;
pub mod clip;
pub mod content;
pub mod event;
pub mod ffmpeg;
pub mod film;
pub mod film_timeline;
pub mod gc;
pub mod graph;
pub mod index;
pub mod job;
pub mod keyword;
pub mod label;
pub mod language;
pub mod lock;
pub mod money;
pub mod plan;
pub mod polling;
pub mod provider;
pub mod recipe;
pub mod retry;
pub mod sanitize;
pub mod scheduler;
pub mod source_file;
pub mod spend;
pub mod storyboard;
pub mod text;
pub mod time_code;
pub mod timeline;
pub mod units;
