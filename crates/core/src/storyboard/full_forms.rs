//! Records that stand in full where a short form may stand, too.

use super::choices::{CardAlign, TransitionKind};
use super::decode::record;
use crate::text::Located;

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
        /// Another frame of that shot, at the time `at`.
        ///
        /// Example: `frame_of: dawn`
        frame_of: String,
        /// With `frame_of`: when, in seconds from the beginning of its clip.
        ///
        /// Example: `at: 3.2`
        #[schemars(range(min = 0))]
        at: f64,
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
        /// The large words. A card has these, or `lines`, or both.
        ///
        /// Example: `text: The Keeper`
        text: String,
        /// The small words below.
        ///
        /// Example: `subtitle: a story reel`
        subtitle: String,
        /// Further lines, such as credits, one below the other. An empty one leaves a space.
        ///
        /// Example: `lines: [Mara · Ada Lin, Bo · Emil Rask, "", Music · Ines Coro]`
        lines: Vec<Located<String>>,
        /// `true` lets the words roll up from below the picture, and come to rest at the end of the shot.
        ///
        /// Default: `false`
        /// Example: `roll: true`
        roll: bool,
        /// The ground: a colour such as `"#101820"`, in quotes because of its `#`, or a picture, which fills the frame. The
        /// default is a dark one.
        ///
        /// Example: `background: "#101820"`
        /// Example: `background: refs/sea.jpg`
        background: String,
        /// The colour of the words. The default is a light or a dark one, whichever stands out from the ground.
        ///
        /// Example: `color: "#f0b34e"`
        color: String,
        /// A font file (OpenType or TrueType). What it lacks comes from the fonts that are used without it.
        ///
        /// Example: `font: fonts/harbour.otf`
        font: String,
        /// Where the lines stand.
        ///
        /// Default: `center`
        /// Example: `align: left`
        align: CardAlign,
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
        /// Its length in seconds. The two shots overlap, so the film is that much shorter.
        ///
        /// Default: `0.5`
        /// Example: `duration: 0.8`
        #[schemars(range(min = 0.04, max = 10))]
        duration: f64,
    }
}

record! {
    /// A music track in full.
    pub struct MusicTrack ("the music") {
        /// The sound file.
        ///
        /// Example: `file: score.mp3`
        #[schemars(required)]
        file: String,
        /// Louder or softer, in decibels.
        ///
        /// Default: `0`
        /// Example: `gain_db: -12`
        #[schemars(range(min = -60, max = 20))]
        gain_db: f64,
        /// Whether it is lowered by 12 dB while the shots have sound.
        ///
        /// Default: `false`
        /// Example: `duck: true`
        duck: bool,
        /// Seconds of fading in.
        ///
        /// Default: `0`
        /// Example: `fade_in: 1`
        #[schemars(range(min = 0))]
        fade_in: f64,
        /// Seconds of fading out.
        ///
        /// Default: `0`
        /// Example: `fade_out: 3`
        #[schemars(range(min = 0))]
        fade_out: f64,
        /// Where in the file it begins, in seconds.
        ///
        /// Default: `0`
        /// Example: `in: 12.5`
        #[schemars(range(min = 0))]
        in_ as "in": f64,
        /// Where in the file it ends, in seconds.
        ///
        /// Example: `out: 60`
        #[schemars(range(min = 0))]
        out: f64,
        /// Whether it starts again if it is shorter than the film.
        ///
        /// Default: `false`
        /// Example: `loop: true`
        repeat as "loop": bool,
    }
}

record! {
    /// A part of the narration in full.
    pub struct NarrationTrack ("a narration") {
        /// The sound file.
        ///
        /// Example: `file: voice.wav`
        #[schemars(required)]
        file: String,
        /// When it begins, in seconds of the film.
        ///
        /// Default: `0`
        /// Example: `at: 1.5`
        #[schemars(range(min = 0))]
        at: f64,
        /// The shot that it belongs to, in place of `at`: it begins with that shot, wherever this stands in the film.
        ///
        /// Example: `shot: meet`
        shot: String,
        /// With `shot`: how many seconds later than the shot it begins; below zero, earlier.
        ///
        /// Default: `0`
        /// Example: `offset: 0.5`
        #[schemars(range(min = -60, max = 3600))]
        offset: f64,
        /// Louder or softer, in decibels.
        ///
        /// Default: `0`
        /// Example: `gain_db: 3`
        #[schemars(range(min = -60, max = 20))]
        gain_db: f64,
        /// Where in the file it begins, in seconds.
        ///
        /// Default: `0`
        /// Example: `in: 0.5`
        #[schemars(range(min = 0))]
        in_ as "in": f64,
        /// Where in the file it ends, in seconds.
        ///
        /// Example: `out: 9`
        #[schemars(range(min = 0))]
        out: f64,
        /// Seconds of fading in.
        ///
        /// Default: `0`
        /// Example: `fade_in: 0.1`
        #[schemars(range(min = 0))]
        fade_in: f64,
        /// Seconds of fading out.
        ///
        /// Default: `0`
        /// Example: `fade_out: 0.2`
        #[schemars(range(min = 0))]
        fade_out: f64,
    }
}

record! {
    /// A sound of a shot in full.
    pub struct ShotSoundTrack ("a sound") {
        /// The sound file.
        ///
        /// Example: `file: door.wav`
        #[schemars(required)]
        file: String,
        /// When it begins, in seconds from the beginning of the shot's clip, as in `dialogue`. What `in` and `out` cut off is
        /// cut off of the sounds that begin there, too; a sound that has begun goes on over the next shot.
        ///
        /// Default: `0`
        /// Example: `at: 1.2`
        #[schemars(range(min = 0))]
        at: f64,
        /// Louder or softer, in decibels.
        ///
        /// Default: `0`
        /// Example: `gain_db: -6`
        #[schemars(range(min = -60, max = 20))]
        gain_db: f64,
        /// Where in the file it begins, in seconds.
        ///
        /// Default: `0`
        /// Example: `in: 0.5`
        #[schemars(range(min = 0))]
        in_ as "in": f64,
        /// Where in the file it ends, in seconds.
        ///
        /// Example: `out: 2`
        #[schemars(range(min = 0))]
        out: f64,
        /// Seconds of fading in.
        ///
        /// Default: `0`
        /// Example: `fade_in: 0.1`
        #[schemars(range(min = 0))]
        fade_in: f64,
        /// Seconds of fading out.
        ///
        /// Default: `0`
        /// Example: `fade_out: 0.2`
        #[schemars(range(min = 0))]
        fade_out: f64,
    }
}
