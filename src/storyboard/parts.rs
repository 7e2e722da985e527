//! The records that shots are made of, one to one with the YAML.

use super::choices::TransitionKind;
use super::decode::record;
use super::short::{ClipRef, FrameRef};
use crate::text::Located;

record! {
    /// Somebody or something that recurs.
    pub struct Member ("a member of the cast") {
        /// The name that stands in the prompt; the key when absent.
        ///
        /// Example: `name: Mara`
        name: String,
        /// What it looks like: told at the first mention in a prompt.
        ///
        /// Example: `look: a woman in her sixties, grey braid, yellow oilskin`
        look: String,
        /// Reference pictures: sent where a shot starts from references, left out where it starts from frames.
        ///
        /// Example: `images: [refs/mara-front.png, refs/mara-side.png]`
        images: Vec<Located<String>>,
    }
}

record! {
    /// Pictures, clips and sounds that the model leans on.
    pub struct References ("a set of references") {
        /// Pictures: files, addresses, or frames of other shots.
        ///
        /// Example: `images: [refs/village.png, {last_frame_of: lamp}]`
        images: Vec<Located<FrameRef>>,
        /// Clips: files, addresses, or other shots.
        ///
        /// Example: `videos: [{clip_of: dawn}]`
        videos: Vec<Located<ClipRef>>,
        /// Sounds: files or addresses.
        ///
        /// Example: `audio: [refs/foghorn.mp3]`
        audio: Vec<Located<String>>,
    }
}

record! {
    /// A spoken line.
    pub struct Line ("a line of dialogue") {
        /// Who speaks: a member of the cast, or a name.
        ///
        /// Example: `speaker: mara`
        speaker: String,
        /// The words.
        ///
        /// Example: `line: One more night.`
        #[schemars(required)]
        line: String,
        /// When, in seconds from the beginning of the shot.
        ///
        /// Example: `at: 1.5`
        #[schemars(range(min = 0))]
        at: f64,
    }
}

record! {
    /// A frame of another shot.
    pub struct FrameOf ("a frame of another shot") {
        /// The exact last frame of that shot.
        ///
        /// Example: `last_frame_of: climb`
        last_frame_of: String,
        /// The exact first frame of that shot.
        ///
        /// Example: `first_frame_of: climb`
        first_frame_of: String,
    }
}

record! {
    /// The clip of another shot.
    pub struct ClipOf ("a clip of another shot") {
        /// The whole clip of that shot.
        ///
        /// Example: `clip_of: dawn`
        #[schemars(required)]
        clip_of: String,
    }
}

record! {
    /// A title card in full.
    pub struct CardText ("a card") {
        /// The large words.
        ///
        /// Example: `text: The Keeper`
        #[schemars(required)]
        text: String,
        /// The small words below.
        ///
        /// Example: `subtitle: a story reel`
        subtitle: String,
    }
}

record! {
    /// A join in full.
    pub struct TransitionShape ("a transition") {
        /// What it looks like.
        ///
        /// Example: `type: dissolve`
        #[schemars(required)]
        kind as "type": TransitionKind,
        /// Its length in seconds, which both shots share: the film is shorter by it.
        ///
        /// Default: `0.5`
        /// Example: `duration: 0.8`
        #[schemars(range(min = 0.04, max = 10))]
        duration: f64,
    }
}
