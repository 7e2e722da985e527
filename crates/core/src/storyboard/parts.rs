//! The records that shots are made of, one to one with the YAML.

use super::choices::OnBad;
use super::decode::{Decode, NamedValues, StoryboardDecoder, record};
use super::node::YamlNode;
use super::short::{ClipRef, FrameRef};
use crate::text::Located;

record! {
    /// Somebody or something that recurs.
    pub struct Member ("a member of the cast") {
        /// The name that stands in the prompt; the key when absent.
        ///
        /// Example: `name: Mara`
        name: String,
        /// What it looks like; added at the first mention in a prompt.
        ///
        /// Example: `look: a woman in her sixties, grey braid, yellow oilskin`
        look: String,
        /// Reference pictures; sent with shots that start from references, not with shots that start from frames.
        ///
        /// Example: `images: [refs/mara-front.png, refs/mara-side.png]`
        images: Vec<Located<String>>,
        /// A sound of the voice; sent with shots that start from references in which the member speaks, and bound to the lines.
        ///
        /// Example: `voice: refs/mara.wav`
        voice: String,
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
    /// What is done with rendered clips that are judged to be bad.
    pub struct QualitySettings ("a set of quality settings") {
        /// What is done with a clip whose score is below `min`.
        ///
        /// Default: `keep`
        /// Example: `on_bad: retake`
        on_bad: OnBad,
        /// The lowest score, from 0 to 100, that is not bad.
        ///
        /// Default: `60`
        /// Example: `min: 70`
        #[schemars(range(min = 0, max = 100))]
        min: i64,
        /// With `on_bad: retake`: the most takes in all, the first one included.
        ///
        /// Default: `2`
        /// Example: `takes: 3`
        #[schemars(range(min = 1, max = 9))]
        takes: i64,
    }
}

/// Lets these records stand beside the shots that have them: few do, and their place would be kept in all.
macro_rules! beside_the_shot {
    ($($record:ty),*) => {$(
        impl Decode for Box<$record> {
            fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
                Decode::decode(node, decoder).map(Self::new)
            }
        }
    )*};
}

beside_the_shot!(QualitySettings, References);

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
        /// The language that is spoken, by its tag (BCP 47). It goes into the prompt.
        ///
        /// Example: `language: ja`
        language: String,
        /// How the line is spoken. It goes into the prompt.
        ///
        /// Example: `delivery: whispering`
        delivery: String,
        /// What is read instead of the line, by language. The film has a track of subtitles for each.
        ///
        /// Example: `subtitle: {en: One more night., de: Noch eine Nacht.}`
        subtitle: NamedValues<String>,
    }
}
