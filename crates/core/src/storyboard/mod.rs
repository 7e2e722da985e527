//! The text of a storyboard as typed records with places. What the records mean is `film`'s matter.

mod choices;
mod decode;
mod edit;
mod film_settings;
mod full_forms;
mod node;
mod parts;
mod provider_settings;
mod raw;
mod schema;
mod short;

pub use choices::{Chapters, Codec, Fit, OnBad, Seam, Subtitles, TransitionKind};
pub use decode::NamedValues;
pub use edit::{CannotEdit, KeyEdit, KeyValue, edited};
pub use film_settings::FilmSettings;
pub use full_forms::{FrameOf, NarrationTrack};
pub use parts::{Line, Member, QualitySettings, References};
pub use provider_settings::{Budget, PriceSetting, ProviderSettings};
pub use raw::{Settings, Shot, Storyboard};
pub use schema::schema;
pub use short::{CardForm, ClipRef, FrameRate, FrameRef, MusicForm, NarrationForm, NarrationPart, Transition};

use crate::text::{Problem, SourceFile, Span};

/// The largest storyboard that is read: room for about 40,000 shots.
pub const MAX_BYTES: usize = 32 << 20;

/// The version of the format that this program reads.
pub const VERSION: i64 = 1;

/// Makes a source of the bytes of a file: UTF-8 without NUL, a byte-order mark taken off.
///
/// # Errors
/// Says what the bytes are instead, and on which line.
pub fn source(name: &str, mut bytes: Vec<u8>) -> Result<SourceFile, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::error(
            "storyboard::too_large",
            format_args!("`{name}` has more than {} MiB, the most that a storyboard can have", MAX_BYTES >> 20),
        )
        .help("is this the right file? Split a longer film into several storyboards and render them in one call"));
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
    String::from_utf8(bytes).map(|text| SourceFile { name: name.to_owned(), text }).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes()[at];
        let line = line_of(error.as_bytes(), at);
        Problem::error("storyboard::not_utf8", format_args!("`{name}` is not UTF-8: byte 0x{byte:02X} on line {line}"))
            .help("save it as UTF-8")
    })
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].split(|&byte| byte == b'\n').count()
}

/// Reads a storyboard. Every problem of shape is reported; what could be read is returned all the same, so that its
/// meaning can be checked in the same pass.
#[must_use]
pub fn parse(source: &SourceFile) -> (Option<Storyboard>, Vec<Problem>) {
    let root = match node::read(&source.text) {
        Ok(root) => root,
        Err(problem) => return (None, vec![problem]),
    };
    let mut decoder = decode::StoryboardDecoder::new(&source.text);
    let board = raw::decode(root, &mut decoder);
    let mut problems = decoder.problems;
    if let Some(board) = &board {
        check_version(board, &mut problems);
    }
    (board, problems)
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
