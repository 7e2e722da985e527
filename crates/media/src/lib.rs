//! Effects on media: ffmpeg, painting, and the joining of clips.

pub mod media;
pub mod picture;
pub mod picture_file;
pub mod similarity;
pub mod studio;
pub mod time_code;
