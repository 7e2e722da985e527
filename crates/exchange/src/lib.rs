//! The film for other tools: screenplays in; edit lists, subtitles and chapters out.

pub mod exchange;
pub mod screenplay;
