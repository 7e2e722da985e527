//! A finished film, looked at: whether it can be read and played at once, and whether it still says how it was made.

use std::fs::File;
use std::io;
use std::path::Path;

use storyreel_core::label::Label;
use storyreel_core::sanitize::{chain, clean};
use storyreel_core::units::spoken;
use storyreel_mp4::{FileBoxes, xmp_packet};

use super::{Diagnosis, install_command};
use crate::cli::context::Context;
use crate::cli::failure::error_line;

/// Content of a box that is looked at for a label: packets of other programs are padded to a few thousand bytes.
const LARGEST: u64 = 1 << 20;

pub(super) fn diagnoses(context: &Context, film: &Path) -> Vec<Diagnosis> {
    let boxes = read_boxes(film);
    let index = match &boxes {
        Ok(boxes) => index_place(boxes),
        Err(error) => Err(error_line(&chain(error))),
    };
    let label = match &boxes {
        Ok(boxes) => label_text(boxes),
        Err(_) => Err("it cannot be read".to_owned()),
    };
    let again = "render it again; other programs drop metadata when they copy a film".to_owned();
    vec![
        Diagnosis { what: "film", found: picture_facts(context, film), needed: true, fix: install_command("ffmpeg") },
        Diagnosis { what: "index", found: index, needed: true, fix: again.clone() },
        Diagnosis { what: "label", found: label, needed: true, fix: again },
    ]
}

fn picture_facts(context: &Context, film: &Path) -> Result<String, String> {
    let ffmpeg = context.ffmpeg().map_err(error_text)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(error_text)?;
    let facts = runtime.block_on(ffmpeg.probe(film)).map_err(error_text)?;
    let video = &facts.video;
    let length = std::time::Duration::from_secs_f64(video.rate.seconds(video.frames));
    let sound = if facts.audio.is_some() { "with sound" } else { "silent" };
    Ok(format!("{}, {}, {} frames, {sound}", spoken(length), video.size, video.frames))
}

fn error_text<E: std::error::Error>(error: E) -> String {
    error_line(&chain(&error))
}

/// A player can begin before it has the whole file where the index comes first.
fn index_place(boxes: &Boxes) -> Result<String, String> {
    match (boxes.place_of(*b"moov"), boxes.place_of(*b"mdat")) {
        (Some(index), Some(media)) if index < media => Ok("at the start: the film plays while it loads".to_owned()),
        (Some(_), Some(_)) => Err("at the end: a player must load the whole file first".to_owned()),
        _ => Err("none: this is not an MP4 file".to_owned()),
    }
}

fn label_text(boxes: &Boxes) -> Result<String, String> {
    let Some((term, models)) = boxes.packets.iter().find_map(|packet| Label::read(xmp_packet(packet)?)) else {
        return Err("it does not say where it comes from".to_owned());
    };
    let by = models.map_or_else(String::new, |models| format!(", by {}", clean(&models)));
    let what = match Label::origin_of(&term) {
        Some(origin) if origin.is_made_with_ai() => "made with AI",
        Some(_) => "made without AI by storyreel",
        None => "written by another program",
    };
    Ok(format!("{what}{by} ({term})"))
}

/// The boxes of a file from end to end.
struct Boxes {
    names: Vec<[u8; 4]>,
    /// The contents of `uuid` boxes.
    packets: Vec<Vec<u8>>,
}

impl Boxes {
    fn place_of(&self, name: [u8; 4]) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }
}

fn read_boxes(film: &Path) -> io::Result<Boxes> {
    let file = File::open(film)?;
    let size = file.metadata()?.len();
    let mut boxes = Boxes { names: Vec::new(), packets: Vec::new() };
    for found in FileBoxes::new(&file, size) {
        let found = found?;
        if !found.name.is_ascii() {
            break;
        }
        if found.name == *b"uuid" && found.end - found.start <= LARGEST {
            boxes.packets.push(found.read(&file)?);
        }
        boxes.names.push(found.name);
    }
    Ok(boxes)
}
