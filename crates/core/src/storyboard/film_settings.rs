//! The records that say how the clips become one film, one to one with the YAML.

use super::choices::{Chapters, Codec, Fit, Subtitles};
use super::decode::record;
use super::short::{FrameRate, MusicForm, NarrationForm, Transition};

use crate::text::Located;

record! {
    /// How the clips become one film.
    pub struct FilmSettings ("the film") {
        /// The file to write; `out/<storyboard>.mp4` when absent, or `.mov` with `codec: prores`. A profile and variables
        /// of the command line go before its ending: `out/keeper.draft.mp4`.
        ///
        /// Example: `output: out/keeper.mp4`
        output: String,
        /// The video codec; by default that of most clips. Clips with this codec are copied.
        ///
        /// Example: `codec: hevc`
        codec: Codec,
        /// Frames per second: a number from 1 to 120, or a fraction; by default that of the clips. At another rate the
        /// film shows the nearest frames.
        ///
        /// Example: `fps: 24`
        /// Example: `fps: 24000/1001`
        fps: FrameRate,
        /// Pixels across and down, both even and from 64 to 8192, or a height class (`480p`, `720p`, `1080p`, `4k`) in
        /// the shape of the clips; by default the size of the clips.
        ///
        /// Example: `size: 1920x1080`
        /// Example: `size: 1080p`
        #[schemars(regex(pattern = "^([0-9]{2,4}x[0-9]{2,4}|480p|720p|1080p|4k)$"))]
        size: String,
        /// How a picture fills a film of another shape. An image is cropped unless its shot or this says otherwise.
        ///
        /// Default: `letterbox`
        /// Example: `fit: crop`
        fit: Fit,
        /// The join between shots that name none.
        ///
        /// Default: `cut`
        /// Example: `transition: dissolve`
        transition: Transition,
        /// Music under the whole film: a file, or a file with settings.
        ///
        /// Example: `music: score.mp3`
        /// Example: `music: {file: score.mp3, gain_db: -12, duck: true, fade_out: 3}`
        music: MusicForm,
        /// Spoken words over the whole film: a sound file, a file and how it plays, or a list of these.
        ///
        /// Example: `narration: voice.wav`
        /// Example: `narration: [{file: opening.wav, at: 1.5}, {file: end.wav, shot: meet, offset: 0.5}]`
        narration: NarrationForm,
        /// Integrated loudness of the film in LUFS. The sound is measured and set by one gain, with true peaks of at
        /// most -1.5 dB. By default the sound is not changed.
        ///
        /// Example: `loudness: -14`
        #[schemars(range(min = -70, max = -5))]
        loudness: f64,
        /// Where the dialogue is shown.
        ///
        /// Default: `none`
        /// Example: `subtitles: sidecar`
        subtitles: Subtitles,
        /// The languages that have subtitles, in their order; the first is the one that is burned in. By default, the
        /// languages of the lines in order of appearance, the spoken ones last.
        ///
        /// Example: `languages: [en, de]`
        languages: Vec<Located<String>>,
        /// What makes a chapter.
        ///
        /// Default: `none`
        /// Example: `chapters: scenes`
        chapters: Chapters,
    }
}
