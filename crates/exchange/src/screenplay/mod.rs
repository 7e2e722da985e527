//! Screenplays in the Fountain format or of Final Draft, and the draft of a storyboard made from one. Text to values and values to text.
//!
//! The format is that of <https://fountain.io/syntax> (version 1.1, read in November 2026). Every text is a screenplay:
//! what is nothing else is action.

mod draft;
mod fdx;
mod length;
mod markup;
mod names;
mod read;
mod recognize;
mod scan;
mod title;
mod transition;
mod yaml;

pub use draft::{Draft, Unmapped, draft};
pub use fdx::read_final_draft;
pub use read::read;
pub use recognize::{EDL, OTIO, ScreenplayFormat, recognize};
pub use yaml::write;

/// A screenplay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screenplay {
    /// The title page: keys in lower case with their values, in the order of the text.
    pub title_page: Vec<(String, String)>,
    /// What follows it.
    pub elements: Vec<Element>,
}

/// A piece of a screenplay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The line where it begins, from 1.
    pub line: usize,
    /// What it is.
    pub kind: ElementKind,
}

/// What a piece of a screenplay is. Texts have their emphasis still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementKind {
    /// `INT. HOUSE - DAY #12A#`
    Scene {
        /// The heading without its number.
        heading: String,
        /// The number between `#` signs.
        number: Option<String>,
    },
    /// A paragraph of what is seen, with its line ends.
    Action(String),
    /// What one person says without a pause for action.
    Dialogue {
        /// Who speaks.
        speaker: Speaker,
        /// What is said and how, each with its line.
        speech: Vec<(usize, DialoguePart)>,
    },
    /// `CUT TO:`
    Transition(String),
    /// `> THE END <`, one line of text for each of the script.
    Centered(String),
    /// A sung line outside dialogue.
    Lyric(String),
    /// A heading for the writer's eyes.
    Section {
        /// How deep it lies, from 1.
        depth: usize,
        /// Its words.
        title: String,
    },
    /// What a scene or section is about.
    Synopsis(String),
    /// A note in `[[ ]]`.
    Note(String),
    /// `===`
    PageBreak,
}

/// The line above a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker {
    /// The name.
    pub name: String,
    /// What stands in brackets after it: `V.O.`
    pub extension: Option<String>,
    /// Whether it is said together with the dialogue before.
    pub dual: bool,
}

/// A part of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialoguePart {
    /// Spoken words.
    Line(String),
    /// A sung line.
    Lyric(String),
    /// How it is said, without the brackets.
    Manner(String),
}

#[cfg(test)]
mod tests;
