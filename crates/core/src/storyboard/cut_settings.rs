//! Another film of the same shots, one to one with the YAML.

use super::choices::{Chapters, Codec, Fit, Subtitles};
use super::decode::record;
use super::short::{FrameRate, MusicForm, NarrationForm, Transition};
use crate::text::Located;

record! {
    /// Another film of the same shots.
    pub struct CutSettings ("a cut") {
        /// The shots that it shows, in its order.
        ///
        /// Example: `shots: [ridge, walk, meet]`
        #[schemars(required, length(min = 1))]
        shots: Vec<Located<String>>,
        /// Its title; that of the storyboard when absent.
        ///
        /// Example: `title: The Keeper, a teaser`
        title: String,
        /// A sentence about it, for people.
        ///
        /// Example: `description: Twenty seconds for the fair.`
        description: String,
        /// Overrides `film.output`.
        ///
        /// Example: `output: out/teaser.mp4`
        output: String,
        /// Overrides `film.codec`.
        ///
        /// Example: `codec: hevc`
        codec: Codec,
        /// Overrides `film.fps`.
        ///
        /// Example: `fps: 24`
        fps: FrameRate,
        /// Overrides `film.size`.
        ///
        /// Example: `size: 1920x1080`
        #[schemars(regex(pattern = "^([0-9]{2,4}x[0-9]{2,4}|480p|720p|1080p|4k)$"))]
        size: String,
        /// Overrides `film.fit`.
        ///
        /// Example: `fit: crop`
        fit: Fit,
        /// Overrides `film.transition`.
        ///
        /// Example: `transition: dissolve`
        transition: Transition,
        /// Overrides `film.music`.
        ///
        /// Example: `music: score.mp3`
        music: MusicForm,
        /// Overrides `film.narration`.
        ///
        /// Example: `narration: voice.wav`
        narration: NarrationForm,
        /// Overrides `film.loudness`.
        ///
        /// Example: `loudness: -14`
        #[schemars(range(min = -70, max = -5))]
        loudness: f64,
        /// Overrides `film.subtitles`.
        ///
        /// Example: `subtitles: sidecar`
        subtitles: Subtitles,
        /// Overrides `film.chapters`.
        ///
        /// Example: `chapters: scenes`
        chapters: Chapters,
    }
}
