//! The records of the format, one to one with the YAML. Doc comments here are the descriptions in the JSON Schema.

use super::choices::{Chapters, Seam, Subtitles, TransitionKind};
use super::decode::{Decoder, Named, located, record};
use super::node::{Node, Value};
use super::short::{Card, ClipRef, FrameRef, Music, Transition};
use crate::catalog::{Ratio, Resolution};
use crate::text::{Located, Problem};

record! {
    /// A film as text: shots in film order, and what they share.
    pub struct Storyboard ("a storyboard") {
        /// Version of the format: 1.
        #[schemars(required, range(min = 1, max = 1))]
        storyboard: i64,
        /// The film's title.
        title: String,
        /// A sentence about the film, for people.
        description: String,
        /// Settings for every shot; a shot's own value wins.
        defaults: Settings,
        /// Named sets of settings for `--profile NAME`: they win over the defaults and lose to a shot's own value.
        profiles: Named<Settings>,
        /// Texts for `{{name}}` in prompts, cards and dialogue; `--var name=text` overrides.
        vars: Named<String>,
        /// People, places and things that recur: `@name` in a prompt.
        cast: Named<Member>,
        /// Settings for each provider. Keys come from the environment, never from here.
        providers: Named<ProviderSettings>,
        /// The most that one run may spend.
        budget: Budget,
        /// How the clips become one film.
        film: FilmSettings,
        /// The shots in film order.
        #[schemars(required, length(min = 1))]
        shots: Vec<Located<Shot>>,
    }
}

record! {
    /// What can be set for a shot, for all shots, and in a profile.
    pub struct Settings ("a set of shot settings") {
        /// Who renders: `animatic` (built in, offline, free) or the id of a service.
        provider: String,
        /// A family such as `seedance-2.0`, or a provider's own model id.
        model: String,
        /// Picture height class.
        resolution: Resolution,
        /// Picture shape.
        ratio: Ratio,
        /// Length in seconds; -1 lets the model decide where it can.
        #[schemars(range(min = -1, max = 3600))]
        duration: f64,
        /// Whether the model makes sound.
        audio: bool,
        /// Whether the service prints its mark on the picture.
        watermark: bool,
        /// Sent to models that take it; promises nothing.
        #[schemars(range(min = -1, max = 4_294_967_295_i64))]
        seed: i64,
        /// Words added to every prompt.
        style: String,
        /// The join before a shot.
        transition: Transition,
        /// What happens to the doubled frame where a shot continues another.
        seam: Seam,
    }
}

record! {
    /// One shot. It has exactly one of `prompt`, `card`, `clip` and `image`.
    pub struct Shot ("a shot") {
        /// Its name: a-z, 0-9, `-` and `_`, beginning with a letter or digit; unique in the storyboard.
        #[schemars(required, regex(pattern = "^[a-z0-9][a-z0-9_-]*$"), length(max = 64))]
        id: String,
        /// The scene it belongs to: chapters and the report are grouped by it.
        scene: String,
        /// What is to be seen and heard. `{{name}}` is a variable, `@name` a member of the cast, `@@` a plain `@`.
        prompt: String,
        /// The picture it starts on.
        first_frame: FrameRef,
        /// The picture it ends on; needs a first frame.
        last_frame: FrameRef,
        /// Pictures, clips and sounds to lean on; excludes `first_frame` and `last_frame`.
        references: References,
        /// Saves the last frame; the next shot starts on it if it names no first frame.
        return_last_frame: bool,
        /// Spoken lines: added to the prompt, and shown as subtitles.
        dialogue: Vec<Located<Line>>,
        /// A deliberate re-roll: 1, 2, 3 … Part of the shot's identity.
        #[schemars(range(min = 1, max = 9999))]
        take: i64,
        /// Words for people; nothing is made of them.
        notes: String,
        /// A title card, made locally.
        card: Card,
        /// Existing footage: a video file.
        clip: String,
        /// A still picture with a slow move: an image file.
        image: String,
        /// Where the footage begins, in seconds.
        #[schemars(range(min = 0))]
        in_ as "in": f64,
        /// Where the footage ends, in seconds.
        #[schemars(range(min = 0))]
        out: f64,
        /// Overrides `defaults.provider`.
        provider: String,
        /// Overrides `defaults.model`.
        model: String,
        /// Overrides `defaults.resolution`.
        resolution: Resolution,
        /// Overrides `defaults.ratio`.
        ratio: Ratio,
        /// Overrides `defaults.duration`.
        #[schemars(range(min = -1, max = 3600))]
        duration: f64,
        /// Overrides `defaults.audio`.
        audio: bool,
        /// Overrides `defaults.watermark`.
        watermark: bool,
        /// Overrides `defaults.seed`.
        #[schemars(range(min = -1, max = 4_294_967_295_i64))]
        seed: i64,
        /// Overrides `defaults.style`; an empty text adds nothing.
        style: String,
        /// The join before this shot.
        transition: Transition,
        /// Overrides `defaults.seam`.
        seam: Seam,
    }
}

record! {
    /// Somebody or something that recurs.
    pub struct Member ("a member of the cast") {
        /// The name that stands in the prompt.
        name: String,
        /// What it looks like: told at the first mention in a prompt.
        look: String,
        /// Reference pictures.
        images: Vec<Located<String>>,
    }
}

record! {
    /// Settings of one provider.
    pub struct ProviderSettings ("a provider") {
        /// Where the service is reached.
        base_url: String,
        /// The environment variable that holds the key.
        api_key_env: String,
        /// Tasks that may run at once.
        #[schemars(range(min = 1, max = 1000))]
        max_in_flight: i64,
        /// Seconds between looks at a task.
        poll: Poll,
        /// Seconds before a task is given up.
        #[schemars(range(min = 1))]
        deadline: i64,
        /// Prices that count instead of the built-in ones.
        prices: Vec<Located<PriceSetting>>,
    }
}

record! {
    /// A price of a model, for one resolution or for all.
    pub struct PriceSetting ("a price") {
        /// The model: a family, or the provider's own id.
        #[schemars(required)]
        model: String,
        /// The resolution; every one when absent.
        resolution: Resolution,
        /// The amount for a million tokens.
        #[schemars(range(min = 0))]
        per_million_tokens: f64,
        /// The amount for a second of clip.
        #[schemars(range(min = 0))]
        per_second: f64,
        /// The same amount when a video is among the references.
        #[schemars(range(min = 0))]
        with_video: f64,
        /// Its currency: USD when absent.
        currency: String,
        /// The day it was read, such as 2026-11-20.
        read: String,
    }
}

record! {
    /// Seconds between looks at a task.
    pub struct Poll ("a poll") {
        /// Before the first look.
        #[schemars(range(min = 1))]
        initial: i64,
        /// The longest pause.
        #[schemars(range(min = 1))]
        max: i64,
    }
}

record! {
    /// The most that one run may spend.
    pub struct Budget ("the budget") {
        /// An amount.
        #[schemars(range(min = 0))]
        max: f64,
        /// Its currency: USD when absent.
        currency: String,
    }
}

record! {
    /// How the clips become one film.
    pub struct FilmSettings ("the film") {
        /// The file to write; `out/<storyboard>.mp4` when absent.
        output: String,
        /// The join between shots that name none.
        transition: Transition,
        /// A music track.
        music: Music,
        /// Loudness of the whole film in LUFS, integrated; the sound is left as it is when absent.
        #[schemars(range(min = -70, max = -5))]
        loudness: f64,
        /// Where the dialogue is shown.
        subtitles: Subtitles,
        /// What a chapter is.
        chapters: Chapters,
    }
}

record! {
    /// Pictures, clips and sounds that the model leans on.
    pub struct References ("a set of references") {
        /// Pictures: files, addresses, or frames of other shots.
        images: Vec<Located<FrameRef>>,
        /// Clips: files, addresses, or other shots.
        videos: Vec<Located<ClipRef>>,
        /// Sounds: files or addresses.
        audio: Vec<Located<String>>,
    }
}

record! {
    /// A spoken line.
    pub struct Line ("a line of dialogue") {
        /// Who speaks: a member of the cast, or a name.
        speaker: String,
        /// The words.
        #[schemars(required)]
        line: String,
        /// When, in seconds from the beginning of the shot.
        #[schemars(range(min = 0))]
        at: f64,
    }
}

record! {
    /// A frame of another shot.
    pub struct FrameOf ("a frame of another shot") {
        /// The exact last frame of that shot.
        last_frame_of: String,
        /// The exact first frame of that shot.
        first_frame_of: String,
    }
}

record! {
    /// The clip of another shot.
    pub struct ClipOf ("a clip of another shot") {
        /// That shot.
        #[schemars(required)]
        clip_of: String,
    }
}

record! {
    /// A title card in full.
    pub struct CardText ("a card") {
        /// The large words.
        #[schemars(required)]
        text: String,
        /// The small words below.
        subtitle: String,
    }
}

record! {
    /// A join in full.
    pub struct TransitionShape ("a transition") {
        /// Its kind.
        #[schemars(required)]
        kind as "type": TransitionKind,
        /// Its length in seconds.
        #[schemars(range(min = 0.04, max = 10))]
        duration: f64,
    }
}

record! {
    /// A music track in full.
    pub struct MusicTrack ("the music") {
        /// The sound file.
        #[schemars(required)]
        file: String,
        /// Louder or softer, in decibels.
        #[schemars(range(min = -60, max = 20))]
        gain_db: f64,
        /// Whether it goes down under dialogue.
        duck: bool,
        /// Seconds of fading in.
        #[schemars(range(min = 0))]
        fade_in: f64,
        /// Seconds of fading out.
        #[schemars(range(min = 0))]
        fade_out: f64,
        /// Where in the file it begins, in seconds.
        #[schemars(range(min = 0))]
        in_ as "in": f64,
        /// Where in the file it ends, in seconds.
        #[schemars(range(min = 0))]
        out: f64,
        /// Whether it begins again where it ends before the film does.
        repeat as "loop": bool,
    }
}

/// Decodes the root, which must be a map.
pub(super) fn decode(mut root: Node, decoder: &mut Decoder<'_>) -> Option<Storyboard> {
    if let Value::Map(map) = &mut root.value {
        // Top-level keys that begin with `x-` hold YAML anchors for use elsewhere.
        map.retain(|(key, _)| !key.value.starts_with("x-"));
    }
    if matches!(root.value, Value::Null) {
        decoder.problems.push(
            Problem::error("storyboard::empty", "the storyboard is empty")
                .help("begin with `storyboard: 1`, a `title`, and `shots`; `storyreel init` writes an example"),
        );
        return None;
    }
    located::<Storyboard>(root, decoder).map(|board| board.value)
}
