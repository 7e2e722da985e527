//! The text of a storyboard as typed records with places. What the records mean is `film`'s matter.

mod card_colour;
mod choices;
mod cut_settings;
mod decode;
mod edit;
mod fill;
mod film_settings;
mod full_forms;
mod include;
mod node;
mod order;
mod parts;
mod paths;
mod provider_settings;
mod raw;
mod schema;
mod short;
mod table;
mod tree;

pub use card_colour::{card_colour, is_card_picture};
pub use choices::{CardAlign, Chapters, Codec, Fit, OnBad, Seam, Subtitles, TransitionKind};
pub use cut_settings::CutSettings;
pub use decode::{KeyedRecord, NamedValues};
pub use edit::{CannotEdit, KeyEdit, KeyValue, edited};
pub use fill::FilledScalar;
pub use film_settings::FilmSettings;
pub use full_forms::{CardText, FrameOf, NarrationTrack, ShotSoundTrack};
pub use include::{MissingFile, PartDefaults};
pub use order::{CannotReorder, ReorderedFile, reordered};
pub use parts::{Line, Member, QualitySettings, References};
pub use paths::each_path;
pub use provider_settings::{Budget, ModelPrice, ModelSettings, PriceSetting, ProviderSettings};
pub use raw::{Settings, Shot, Storyboard};
pub use schema::schema;
pub use short::{
    BaseUrls, CardForm, ClipRef, FrameRate, FrameRef, MusicForm, NarrationForm, NarrationPart, ShotSoundForm,
    Transition,
};

pub use table::{Cell, Row};
pub use tree::{Choices, StoryboardTree, parse};

use crate::source_file::SourceFile;
use crate::text::{Problem, Span};

/// The largest storyboard that is read: room for about 40,000 shots.
pub const MAX_BYTES: usize = 32 << 20;

/// The most files that a storyboard takes in.
const MAX_INCLUDED: usize = 1_000;

/// How many files can take in each other, one within the other.
const MAX_DEPTH: usize = 16;

/// The version of the format that this program reads.
pub const VERSION: i64 = 1;

/// Makes a source of the bytes of a file: UTF-8 without NUL, a byte-order mark taken off.
///
/// # Errors
/// Says what the bytes are instead, and on which line.
pub fn source(name: &str, mut bytes: Vec<u8>) -> Result<SourceFile, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large(name));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        let help = if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || at < 4 {
            "this looks like UTF-16 or a binary file: save it as UTF-8"
        } else {
            "remove the NUL byte"
        };
        let line = line_of(&bytes, at);
        return Err(
            Problem::error("storyboard::nul", format_args!("`{name}` has a NUL byte on line {line}")).help(help)
        );
    }
    String::from_utf8(bytes).map(|text| SourceFile::new(name, text)).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes()[at];
        let line = line_of(error.as_bytes(), at);
        Problem::error("storyboard::not_utf8", format_args!("`{name}` is not UTF-8: byte 0x{byte:02X} on line {line}"))
            .help("save it as UTF-8")
    })
}

/// The problem of a storyboard that has more than [`MAX_BYTES`], with all that it takes in.
#[must_use]
pub fn too_large(name: &str) -> Problem {
    let message = format!("`{name}` has more than {} MiB, the most that a storyboard can have", MAX_BYTES >> 20);
    Problem::error("storyboard::too_large", message)
        .help("is this the right file? Split a longer film into several storyboards and render them in one call")
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].split(|&byte| byte == b'\n').count()
}

fn check_version(board: &Storyboard, problems: &mut Vec<Problem>) {
    match &board.storyboard {
        None => problems.push(
            Problem::error("storyboard::no_version", "the storyboard does not say its version")
                .at(Span::default(), "expected `storyboard: 1` here")
                .help("add `storyboard: 1` as the first line"),
        ),
        Some(version) if version.value != VERSION => problems.push(
            Problem::error(
                "storyboard::version",
                format_args!("version {} of the storyboard format is not known", version.value),
            )
            .at(version.span, "not known")
            .help(format_args!("this program reads version {VERSION}; a newer storyreel may read this file")),
        ),
        Some(_) => {}
    }
}
