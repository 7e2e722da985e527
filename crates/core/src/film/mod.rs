//! The resolved film: every default applied, every name looked up, every input known. What is here can be made.

mod ability;
mod advice;
mod arrangement;
mod board;
mod card;
mod declared;
mod explain;
mod file_format;
mod format;
mod inputs;
mod joins;
mod languages;
mod limits;
mod link;
mod listed;
mod local;
mod lowered;
mod model;
mod music;
mod name;
mod paths;
mod places;
mod prompt;
mod prompt_render;
mod providers;
mod render;
mod repeated;
mod resolve;
mod scenes;
mod settings;
mod shape;
mod skipped;
mod sounds;
mod speakers;
mod speech;
mod takes;
mod voice_program;
mod voices;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use card::{CardGround, CardSpec};
pub use declared::{DeclaredModel, declared_models};
pub use explain::{SettingLayer, explain};
pub use file_format::{FileFormat, VideoDetails};
pub use format::RATE;
pub use link::{Link, LinkReason};
pub use lowered::LoweredPrice;
pub use music::MusicSpec;
pub use name::{FilmChoices, FilmName};
pub use paths::{paths, placed_paths};
pub use prompt_render::{LostOrders, Render};
pub use repeated::said_once;
pub use resolve::{CheckedFilm, resolve};
pub use settings::{Overrides, TakeKeys};
pub use sounds::{SoundSpec, SoundStart};
pub use voice_program::{ShotVoices, VoiceProgram, VoiceProgramKind, VoiceRange};

use crate::catalog::{InputRole, Mode};
use crate::clip::Colours;
use crate::index::ShotIndex;
use crate::language::LanguageTag;
use crate::money::Money;
use crate::provider::GatewayForm;
use crate::source_file::SourceFile;
use crate::storyboard::{Chapters, Codec, Fit, OnBad, Seam, Subtitles, TransitionKind};
use crate::text::Span;
use crate::units::{Digest, Rate, ShotId, Size};

/// A film that can be made.
#[derive(Debug, Clone)]
pub struct Film {
    /// The storyboard that it was made from.
    pub storyboard: Arc<SourceFile>,
    /// Its title; the file's name when the storyboard gives none.
    pub title: String,
    /// What its author says of it, for people.
    pub description: Option<String>,
    /// The file to write, relative to the storyboard, when the storyboard says so.
    pub output: Option<String>,
    /// Pixels of the film.
    pub size: Size,
    /// Frames per second of the film.
    pub rate: Rate,
    /// Which of the two the storyboard sets.
    pub given: Given,
    /// How its pictures are coded, where the storyboard says; else as in most of its clips.
    pub codec: Option<Codec>,
    /// Its colours.
    pub colours: Colours,
    /// What makes a chapter.
    pub chapters: Chapters,
    /// Where the dialogue is shown.
    pub subtitles: Subtitles,
    /// The languages of its subtitles, in their order; none where no line names one: then the lines are the subtitles.
    pub languages: Vec<LanguageTag>,
    /// The music under it.
    pub music: Option<MusicSpec>,
    /// Spoken words over it.
    pub narration: Vec<SoundSpec>,
    /// Loudness in LUFS, when it is to be set.
    pub loudness: Option<f32>,
    /// What the storyboard says of providers.
    pub providers: BTreeMap<&'static str, ProviderSpec>,
    /// The most that one run can spend.
    pub budget: Option<Money>,
    /// The shots: those that the film shows, in film order, never none; then those on which they start and which it leaves
    /// out.
    pub shots: Vec<Shot>,
    /// Shots of the storyboard that are not made: the film leaves them out, and nothing starts on them.
    pub left_out: Vec<ShotId>,
}

/// What the storyboard sets of a film's picture. The rest follows the clips, which may come otherwise than expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// Whether it sets the pixels.
    pub size: bool,
    /// Whether it sets the rate.
    pub rate: bool,
}

/// What a storyboard says of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderSpec {
    /// Where the service is reached; several are servers of one's own that share the work.
    pub base_urls: Vec<PlacedText>,
    /// Servers that share the work, where there are several.
    pub servers: usize,
    /// How the gateway wants its orders.
    pub form: GatewayForm,
    /// The environment variable that holds the key.
    pub key_env: Option<PlacedText>,
    /// Prices that are below the built-in ones.
    pub lowered: Vec<LoweredPrice>,
    /// Tasks at once.
    pub max_in_flight: Option<usize>,
    /// Seconds before the first poll of a task.
    pub first_poll: Option<u64>,
    /// The longest pause between two polls, in seconds.
    pub longest_pause: Option<u64>,
    /// Seconds before a task is given up.
    pub deadline: Option<u64>,
}

/// A text of the storyboard and where it stands: what it asks for may be for the user alone to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedText {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The same for people: `film.yaml:6`.
    pub place: String,
}

/// One shot of a film.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Its name.
    pub id: ShotId,
    /// Where its name stands in the storyboard.
    pub span: Span,
    /// Its scene.
    pub scene: Option<Arc<str>>,
    /// What it is made of.
    pub make: Make,
    /// Its length as asked for.
    pub length: Duration,
    /// The join before it.
    pub join: JoinSpec,
    /// How its picture fills a film of another shape.
    pub fit: Fit,
    /// Which deliberate re-roll this is, from 1.
    pub take: u32,
    /// The take on whose last frame this one is to end. Shots that start on its last frame start on that of this take.
    pub tail_of: Option<u32>,
    /// The part of its clip that the film shows.
    pub trim: Trim,
    /// Whether it keeps the clip in the lock, whatever changes.
    pub frozen: bool,
    /// Whether the film leaves it out. Such shots stand behind all others in [`Film::shots`], and only those are there on
    /// which others start.
    pub skip: bool,
    /// What is done with a rendered clip that is judged to be bad.
    pub quality: QualityPolicy,
    /// Whether its last frame is saved even if no shot of the film starts on it.
    pub return_last_frame: bool,
    /// Spoken lines.
    pub dialogue: Vec<Spoken>,
    /// Who speaks them, if the storyboard has animatics speak; see [`Shot::spoken_by`].
    pub voices: Option<ShotVoices>,
    /// Sounds that belong to it.
    pub sounds: Vec<SoundSpec>,
    /// Its number on the board, such as `20A`.
    pub number: String,
    /// Its drawing.
    pub board: Option<File>,
    /// When in the film it begins, by the lengths that are asked for. None where the film leaves it out, and where services
    /// see it.
    pub film_start: Option<Duration>,
    /// Who sees the picture that is made of it here.
    pub seen_by: Viewers,
}

/// Who sees a picture that is made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewers {
    /// People alone.
    People,
    /// Services, too: they get a frame of it, directly or through other shots. It has nothing of the board: no service sees a
    /// drawing, and moving a shot buys nothing again.
    Services,
}

/// What is done with a rendered clip that is judged to be bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityPolicy {
    /// What is done with it.
    pub on_bad: OnBad,
    /// The lowest score, from 0 to 100, that is not bad.
    pub min: u8,
    /// The most takes in all, where others are ordered.
    pub takes: u32,
}

impl QualityPolicy {
    /// Whether a clip of this score is bad. One that is not judged is not.
    #[must_use]
    pub fn is_bad(self, score: Option<u8>) -> bool {
        score.is_some_and(|score| score < self.min)
    }

    /// How many takes may be ordered in all.
    #[must_use]
    pub const fn most_takes(self) -> u32 {
        match self.on_bad {
            OnBad::Retake => self.takes,
            OnBad::Keep | OnBad::Stop => 1,
        }
    }
}

/// The part of a clip that a film shows, for clips that are whole themselves. Footage is cut when it becomes a clip, and has
/// none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trim {
    /// Where it begins.
    pub from: Duration,
    /// Where it ends; at the end of the clip when absent.
    pub to: Option<Duration>,
}

impl Trim {
    /// Whether all of the clip is shown.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self == Self::default()
    }

    /// How long the part is of a clip of this length.
    #[must_use]
    pub fn length(self, clip: Duration) -> Duration {
        self.to.map_or(clip, |to| to.min(clip)).saturating_sub(self.from)
    }
}

/// The join that a storyboard asks for before a shot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JoinSpec {
    /// Its kind.
    pub kind: TransitionKind,
    /// Its length.
    pub length: Duration,
    /// What happens to a doubled frame, where the shot continues another.
    pub seam: Seam,
}

/// A spoken line.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// Who speaks, as shown.
    pub speaker: Option<String>,
    /// The words.
    pub line: String,
    /// When it begins, from the beginning of the shot.
    pub at: Option<Duration>,
    /// The language that is spoken.
    pub language: Option<LanguageTag>,
    /// How it is spoken.
    pub delivery: Option<String>,
    /// How high the speaker's voice is, where the cast says who that is.
    pub range: Option<VoiceRange>,
    /// What is read instead of the words, by language.
    pub subtitles: Vec<(LanguageTag, String)>,
    /// Where it stands in the storyboard.
    pub span: Span,
}

impl Spoken {
    /// What is read of it in a language, or in a film that names none.
    #[must_use]
    pub fn read_in(&self, language: Option<&LanguageTag>) -> Option<&str> {
        let Some(language) = language else { return Some(&self.line) };
        let given = self.subtitles.iter().find(|(tag, _)| tag == language).map(|(_, text)| text.as_str());
        given.or_else(|| (self.language.as_ref() == Some(language)).then_some(self.line.as_str()))
    }

    /// Who speaks, and how, for people: `Mara (whispering)`.
    #[must_use]
    pub fn speaker_and_delivery(&self) -> Option<String> {
        match (&self.speaker, &self.delivery) {
            (Some(speaker), Some(delivery)) => Some(format!("{speaker} ({delivery})")),
            (Some(speaker), None) => Some(speaker.clone()),
            (None, Some(delivery)) => Some(format!("({delivery})")),
            (None, None) => None,
        }
    }
}

/// What a shot is made of.
#[derive(Debug, Clone)]
pub enum Make {
    /// A render from a prompt.
    Prompt(Box<Render>),
    /// A card.
    Card(Box<CardSpec>),
    /// A still picture with a slow move.
    Still(File),
    /// Existing footage.
    Footage {
        /// The file.
        file: File,
        /// Where it begins.
        from: Duration,
        /// Where it ends; at the end of the file when absent.
        to: Option<Duration>,
        /// Whether its sound is kept.
        audio: bool,
    },
}

/// Where what is sent to a service stands in the storyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderPlaces {
    /// The prompt.
    pub prompt: Span,
    /// Every input by itself, in the order in which they are sent.
    pub each_input: Vec<Span>,
    /// The values of keys.
    pub keys: KeyPlaces,
}

/// Where the values stand that count for the keys of a shot: on the shot itself, in a profile or in the defaults. None
/// where nothing gives a value, or the command line does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyPlaces {
    /// The frames or references.
    pub inputs: Option<Span>,
    /// The sound.
    pub audio: Option<Span>,
    /// The model.
    pub model: Option<Span>,
    /// The length.
    pub duration: Option<Span>,
    /// The resolution.
    pub resolution: Option<Span>,
    /// The ratio.
    pub ratio: Option<Span>,
    /// The seed.
    pub seed: Option<Span>,
}

/// What a render starts from.
#[derive(Debug, Clone, PartialEq)]
pub enum Inputs {
    /// Words only.
    Text,
    /// A first frame, and perhaps a last one.
    Frames {
        /// The picture it starts on.
        first: InputSource,
        /// The picture it ends on.
        last: Option<InputSource>,
    },
    /// Pictures, clips and sounds to lean on.
    References {
        /// Pictures.
        images: Vec<InputSource>,
        /// Clips.
        videos: Vec<InputSource>,
        /// Sounds.
        audio: Vec<InputSource>,
    },
}

impl Inputs {
    /// The mode that these inputs make.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        match self {
            Self::Text => Mode::Text,
            Self::Frames { last: None, .. } => Mode::FirstFrame,
            Self::Frames { last: Some(_), .. } => Mode::FirstLast,
            Self::References { .. } => Mode::Reference,
        }
    }

    /// Every input with the role it plays, in the order in which it is sent.
    pub fn roles(&self) -> impl Iterator<Item = (InputRole, &InputSource)> {
        let mut all: Vec<(InputRole, &InputSource)> = Vec::new();
        match self {
            Self::Text => {}
            Self::Frames { first, last } => {
                all.push((InputRole::FirstFrame, first));
                all.extend(last.iter().map(|last| (InputRole::LastFrame, last)));
            }
            Self::References { images, videos, audio } => {
                all.extend(images.iter().map(|image| (InputRole::ReferenceImage, image)));
                all.extend(videos.iter().map(|video| (InputRole::ReferenceVideo, video)));
                all.extend(audio.iter().map(|sound| (InputRole::ReferenceAudio, sound)));
            }
        }
        all.into_iter()
    }
}

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum InputSource {
    /// A file beside the storyboard.
    File(File),
    /// An `https://` address or an `asset://` id.
    Remote(String),
    /// The exact last frame of another shot, by its index.
    LastFrame(ShotIndex),
    /// The exact first frame of another shot, by its index.
    FirstFrame(ShotIndex),
    /// The frame of another shot at a time from the beginning of its clip, by its index.
    FrameAt(ShotIndex, Duration),
    /// The whole clip of another shot, by its index.
    Clip(ShotIndex),
    /// The first frame of an earlier take of the same shot, by its number.
    TakeFirstFrame(u32),
    /// The frame that an earlier take of the same shot hands on, by its number.
    TakeTail(u32),
}

impl InputSource {
    /// The shot that this input needs, by its index.
    #[must_use]
    pub const fn shot(&self) -> Option<ShotIndex> {
        match self {
            Self::LastFrame(shot) | Self::FirstFrame(shot) | Self::FrameAt(shot, _) | Self::Clip(shot) => Some(*shot),
            Self::File(_) | Self::Remote(_) | Self::TakeFirstFrame(_) | Self::TakeTail(_) => None,
        }
    }
}

/// A file that a storyboard names, as found on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path as the storyboard gives it, relative to the storyboard.
    pub path: String,
    /// What is in it.
    pub digest: Digest,
}

/// What stands on disk under the paths that a storyboard names, gathered beforehand so that resolving needs no files.
pub type Inventory = BTreeMap<String, Result<InspectedMedia, MediaFault>>;

/// A media file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectedMedia {
    /// What is in it.
    pub digest: Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// What it is.
    pub kind: MediaKind,
    /// Its format.
    pub format: FileFormat,
    /// The picture of a video, where it could be measured.
    pub video: Option<VideoDetails>,
}

/// What a media file is, by its content and never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture that decodes.
    Image(Size),
    /// A video; its length where it could be measured.
    Video(Option<Duration>),
    /// A sound; its length where it could be measured.
    Audio(Option<Duration>),
    /// A font.
    Font,
    /// Something else.
    Other,
}

impl MediaKind {
    /// For "expected a picture, found …".
    #[must_use]
    pub const fn described(self) -> &'static str {
        match self {
            Self::Image(_) => "a picture",
            Self::Video(_) => "a video",
            Self::Audio(_) => "a sound",
            Self::Font => "a font",
            Self::Other => "neither a picture nor a video nor a sound",
        }
    }
}

/// Why a media file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaFault {
    /// There is nothing under that path; the names beside it, for a suggestion.
    Missing(Vec<String>),
    /// It could not be read or decoded, and why.
    Unreadable(String),
    /// It is of a known format that is not taken.
    Unsupported {
        /// What the format is called, with its article.
        name: &'static str,
        /// The command that converts it; `FILE` stands for its path.
        convert: &'static str,
    },
    /// It lies outside the project, and a stranger's storyboard may not have it read.
    Outside,
}

/// Whether a path of a storyboard is an address rather than a file.
#[must_use]
pub fn is_remote(path: &str) -> bool {
    // A single letter is a drive of Windows.
    path.split_once("://").is_some_and(|(scheme, _)| scheme.len() > 1 && scheme.chars().all(is_of_scheme))
}

const fn is_of_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
}
