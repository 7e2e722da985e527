//! The storyboard, its settings and its shots, one to one with the YAML. Doc comments of records are the descriptions in
//! the JSON Schema and in `docs/format.md`; `schema` says how they tell defaults and examples.

use super::choices::{Fit, Seam};
use schemars::JsonSchema;

use super::cut_settings::CutSettings;
use super::decode::{NamedValues, StoryboardDecoder, located, record};
use super::fill::FilledScalar;
use super::film_settings::FilmSettings;
use super::include::PartDefaults;
use super::node::{Value, YamlNode};
use super::parts::{Line, Member, QualitySettings, References};
use super::provider_settings::{Budget, ProviderSettings};
use super::short::{CardForm, FrameRef, ShotSoundForm, Transition};
use crate::catalog::{Ratio, Resolution};
use crate::text::{Located, Problem};

record! {
    /// A film as text: shots in film order, and what they share.
    pub struct Storyboard ("a storyboard") {
        /// Version of the format: 1.
        ///
        /// Example: `storyboard: 1`
        #[schemars(required, range(min = 1, max = 1))]
        storyboard: i64,
        /// The film's title, in its metadata. The default is the file name of the storyboard.
        ///
        /// Example: `title: The Keeper`
        title: String,
        /// Files whose `vars`, `defaults`, `profiles`, `cast`, `providers` and `scenes` count here, too. What the storyboard
        /// says itself wins. A path is relative to the file that names it.
        ///
        /// Example: `include: [cast.yaml, house-style.yaml]`
        include: Vec<Located<String>>,
        /// A sentence about the film, for people.
        ///
        /// Example: `description: A keeper relights a dead lighthouse.`
        description: String,
        /// Settings for every shot; a shot's own value wins.
        ///
        /// Example: `defaults: {provider: byteplus, model: seedance-2.0, resolution: 720p}`
        defaults: Settings,
        /// Named sets of settings for `--profile NAME`. They win over the defaults; a shot's own value wins over them.
        ///
        /// Example: `profiles: {draft: {model: seedance-2.0-mini, resolution: 480p}}`
        profiles: NamedValues<Settings>,
        /// What `{{name}}` stands for wherever it is written; `--var name=text` overrides.
        ///
        /// Example: `vars: {weather: heavy rain}`
        vars: NamedValues<String>,
        /// A table of which each row makes a film: a `.csv` file with a header, a `.jsonl` file, or a list in a `.yaml` file.
        /// Its columns are variables, and the column `id`, or else the first one, names the film.
        ///
        /// Example: `rows: products.csv`
        rows: String,
        /// Values of variables of which each combination makes a film, with each row of `rows` if there are any.
        ///
        /// Example: `matrix: {weather: [fog, rain], model: [seedance-2.0, seedance-2.0-fast]}`
        matrix: NamedValues<Vec<Located<String>>>,
        /// People, places and things that appear in several shots: use `@name` in a prompt.
        ///
        /// Example: `cast: {mara: {name: Mara, look: a woman in a yellow oilskin}}`
        cast: NamedValues<Member>,
        /// Settings for each provider. Keys come from the environment, never from here.
        ///
        /// Example: `providers: {byteplus: {max_in_flight: 3}}`
        providers: NamedValues<ProviderSettings>,
        /// The most that one run can spend.
        ///
        /// Example: `budget: {max: 25, currency: USD}`
        budget: Budget,
        /// How the clips become one film.
        ///
        /// Example: `film: {transition: dissolve, music: score.mp3}`
        film: FilmSettings,
        /// Settings for the shots of a scene, by the name of the scene. They win over the defaults; a profile and a shot's own
        /// value win over them.
        ///
        /// Example: `scenes: {Harbour: {style: cold dawn, resolution: 1080p}}`
        scenes: NamedValues<Settings>,
        /// Other films of the same shots, for `--cut NAME`.
        ///
        /// Example: `cuts: {teaser: {shots: [ridge, walk], music: drums.mp3}}`
        cuts: NamedValues<CutSettings>,
        /// The shots in film order. `- include: scenes/harbour.yaml` among them takes the shots of that file.
        ///
        /// Example: `shots: [{id: door, prompt: A red door in the rain.}]`
        #[schemars(required, length(min = 1), with = "Vec<ShotItem>")]
        shots: Vec<Located<Shot>>,
    } beside {
        /// The defaults of files whose shots are taken in.
        part_defaults: Vec<PartDefaults<Settings>>,
        /// Where columns of a row were filled in.
        filled: Vec<FilledScalar>,
        /// The cut that is chosen.
        cut: Option<String>,
    }
}

/// What stands in the list of shots.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum ShotItem {
    /// A shot.
    #[expect(dead_code, reason = "it stands for its schema")]
    Shot(Box<Shot>),
    /// The shots of another file.
    #[expect(dead_code, reason = "it stands for its schema")]
    Include(IncludedShots),
}

record! {
    /// The shots of another file.
    struct IncludedShots ("an include") {
        /// The file: a storyboard, of which the shots and the defaults for them are taken. Its path is relative to the file
        /// that names it.
        ///
        /// Example: `include: scenes/harbour.yaml`
        #[schemars(required)]
        include: String,
    }
}

record! {
    /// What can be set for a shot, for all shots, and in a profile.
    pub struct Settings ("a set of shot settings") {
        /// Who renders: `animatic` (built in, offline, free) or the id of a service. `storyreel providers` lists them.
        ///
        /// Default: `animatic`
        /// Example: `provider: byteplus`
        provider: String,
        /// A family such as `seedance-2.0`, or a provider's own model id. `storyreel providers` lists them with their
        /// limits.
        ///
        /// Default: `seedance-2.0`
        /// Example: `model: seedance-2.0-mini`
        model: String,
        /// The resolution; each model offers some of these.
        ///
        /// Default: `720p`
        /// Example: `resolution: 1080p`
        resolution: Resolution,
        /// Aspect ratio, width to height.
        ///
        /// Default: `16:9`
        /// Example: `ratio: 9:16`
        ratio: Ratio,
        /// Length in seconds. Models take whole seconds within their limits; -1 lets the model decide where it can.
        ///
        /// Default: `5`
        /// Example: `duration: 8`
        #[schemars(range(min = -1, max = 3600))]
        duration: f64,
        /// Whether the model makes sound, and whether footage keeps its own.
        ///
        /// Default: `true`
        /// Example: `audio: false`
        audio: bool,
        /// Whether the service prints its mark on the picture.
        ///
        /// Default: `false`
        /// Example: `watermark: true`
        watermark: bool,
        /// Sent to models that take a seed; results can still differ.
        ///
        /// Example: `seed: 7`
        #[schemars(range(min = -1, max = 4_294_967_295_i64))]
        seed: i64,
        /// Words added to every prompt; an empty text adds nothing.
        ///
        /// Example: `style: 35mm film, soft morning light`
        style: String,
        /// The join before a shot.
        ///
        /// Default: `cut`
        /// Example: `transition: dissolve`
        /// Example: `transition: {type: fade-black, duration: 1}`
        transition: Transition,
        /// What happens to the duplicate frame if the shot continues another one.
        ///
        /// Default: `auto`
        /// Example: `seam: keep`
        seam: Seam,
        /// What is done with rendered clips that are judged to be bad: black, frozen, flickering, cut, blurred, silent.
        ///
        /// Example: `quality: {on_bad: retake, min: 60, takes: 2}`
        quality: Box<QualitySettings>,
    }
}

record! {
    /// One shot. It has exactly one of `prompt`, `card`, `clip` and `image`.
    pub struct Shot ("a shot") {
        /// Its name: a-z, 0-9, `-` and `_`, beginning with a letter or digit; unique in the storyboard.
        ///
        /// Example: `id: lamp-room`
        #[schemars(required, regex(pattern = "^[a-z0-9][a-z0-9_-]*$"), length(max = 64))]
        id: String,
        /// The scene it belongs to: chapters and the report are grouped by it.
        ///
        /// Example: `scene: Harbour`
        scene: String,
        /// Its number on the board, as in `20A`. Shots without one are counted 10, 20, 30: each has the next ten above all
        /// numbers before it.
        ///
        /// Example: `number: 20A`
        number: String,
        /// Its drawing: a picture that the animatic, the report, the contact sheet and the storyboard on paper show. No
        /// service sees it.
        ///
        /// Example: `board: boards/s04.png`
        board: String,
        /// What the shot shows and sounds like. `{{name}}` is a variable, `@name` a member of the cast, `@@` a plain
        /// `@`.
        ///
        /// Example: `prompt: Wide shot at dawn. @mara walks the pier in {{weather}}.`
        prompt: String,
        /// The picture it starts on: a file, an `https://` address, or a frame of another shot.
        ///
        /// Example: `first_frame: refs/door.png`
        /// Example: `first_frame: {last_frame_of: climb}`
        first_frame: FrameRef,
        /// The picture it ends on, in the same forms; needs a first frame.
        ///
        /// Example: `last_frame: refs/lamp-lit.png`
        last_frame: FrameRef,
        /// Pictures, clips and sounds as references; not together with `first_frame` and `last_frame`.
        ///
        /// Example: `references: {images: [refs/village.png], audio: [refs/foghorn.mp3]}`
        references: Box<References>,
        /// `true` saves the last frame, and the next shot starts on it if it has a prompt and names neither a first
        /// frame nor references.
        ///
        /// Default: `false`
        /// Example: `return_last_frame: true`
        return_last_frame: bool,
        /// Spoken lines: added to the prompt, and shown as subtitles.
        ///
        /// Example: `dialogue: [{speaker: mara, line: One more night., at: 1.5}]`
        dialogue: Vec<Located<Line>>,
        /// Sounds that belong to the shot and move with it: files, or files and how they play.
        ///
        /// Example: `sounds: [door.wav]`
        /// Example: `sounds: [{file: door.wav, at: 1.2, gain_db: -6}]`
        sounds: Vec<Located<ShotSoundForm>>,
        /// A higher number renders the shot again; older takes stay in the store.
        ///
        /// Default: `1`
        /// Example: `take: 2`
        #[schemars(range(min = 1, max = 9999))]
        take: i64,
        /// The take whose last frame this one is to end on. What starts on the shot's last frame goes on starting on the
        /// frame of that take, so nothing after it is made again. `retake --keep-tail` orders such a take.
        ///
        /// Example: `tail_of: 1`
        #[schemars(range(min = 1, max = 9999))]
        tail_of: i64,
        /// `true` keeps the clip that the lock names, whatever changes in the storyboard.
        ///
        /// Default: `false`
        /// Example: `frozen: true`
        frozen: bool,
        /// A video file that stands in for the rendered clip, also for shots that start on it. The prompt and the takes stay.
        ///
        /// Example: `replace: footage/lamp-fixed.mp4`
        replace: String,
        /// `true` leaves the shot out of the film. Other shots can still start on it.
        ///
        /// Default: `false`
        /// Example: `skip: true`
        skip: bool,
        /// Notes for people; they have no effect.
        ///
        /// Example: `notes: too dark in the first cut`
        notes: String,
        /// A card with a title or credits, made locally.
        ///
        /// Example: `card: The End`
        /// Example: `card: {text: The Keeper, subtitle: a story reel}`
        card: CardForm,
        /// Existing footage: a video file.
        ///
        /// Example: `clip: footage/storm-1962.mp4`
        clip: String,
        /// A still picture with a slow move: an image file.
        ///
        /// Example: `image: refs/map.png`
        image: String,
        /// Where the film starts showing the clip, in seconds from the beginning of the clip. It is no part of what is
        /// rendered: nothing is made again, and what starts on the shot's last frame starts on that of the whole clip.
        ///
        /// Example: `in: 2`
        #[schemars(range(min = 0))]
        in_ as "in": f64,
        /// Where the film stops showing the clip, in seconds from the beginning of the clip.
        ///
        /// Example: `out: 6.5`
        #[schemars(range(min = 0))]
        out: f64,
        /// Overrides `film.fit` for the shot's clip or image. An image that is not cut is seen whole, over a blurred copy of
        /// itself.
        ///
        /// Example: `fit: crop`
        fit: Fit,
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
        /// Overrides `defaults.quality`.
        quality: Box<QualitySettings>,
    }
}

/// Decodes the root, which must be a map.
pub(super) fn decode(mut root: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Storyboard> {
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
