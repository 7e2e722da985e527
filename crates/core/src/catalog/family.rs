//! Model families: what their renders can be, and how large they come.

use super::Mode::{self, FirstFrame, FirstLast, Reference, Text};
use super::Ratio;
use super::Resolution::{self, K2, K4, P480, P720, P768, P1080};
use crate::units::{Rate, Size};

/// How many references of each kind a family takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceLimits {
    /// Pictures.
    pub images: usize,
    /// Clips.
    pub videos: usize,
    /// Sounds.
    pub audio: usize,
    /// Shortest length of one clip or sound, and longest of all clips or all sounds together, in seconds.
    pub seconds: (u32, u32),
    /// Whether sounds may come without a picture or clip.
    pub audio_alone: bool,
}

/// A model family: what its renders can be.
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own, and any mix occurs")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelFamily {
    /// The name in a storyboard.
    pub name: &'static str,
    /// What it renders at.
    pub resolutions: &'static [Resolution],
    /// Shortest and longest clip in whole seconds.
    pub seconds: (u32, u32),
    /// Whether `duration: -1` lets the model decide.
    pub decides_duration: bool,
    /// What it starts from.
    pub modes: &'static [Mode],
    /// What it leans on.
    pub references: ReferenceLimits,
    /// The lengths that it makes, in whole seconds; empty: all between the shortest and the longest.
    pub lengths: &'static [u32],
    /// Frames a second of its clips, where its makers say so.
    pub stated_rate: Option<Rate>,
    /// Whether it makes sound.
    pub audio: bool,
    /// Whether its clips have sound whatever is asked.
    pub always_sounds: bool,
    /// Whether a clip that starts on a frame always has that picture's shape: the ratio must be `adaptive` then.
    pub follows_first_frame: bool,
    /// Whether a request with references says so, because the model else reads the task out of the prompt.
    pub names_task: bool,
    /// Whether the prompt says which picture shows what, as `[Image 1]`.
    pub numbers_references: bool,
    /// Whether its bills count tokens, wherever they do not count seconds.
    pub counts_tokens: bool,
    /// Whether the limits of files in [`super::image_limits`] and [`super::reference_limits`] are its own.
    pub has_file_limits: bool,
    /// The date it was shut down and what to use instead.
    pub retired: Option<(&'static str, &'static str)>,
    pub(super) pixels: Pixels,
}

/// Where the sizes of a family stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pixels {
    A,
    B,
    C,
    /// These alone: as their makers list them, or as a storyboard says.
    Listed(&'static [(Resolution, Ratio, Size)]),
}

pub(super) const NO_REFERENCES: ReferenceLimits =
    ReferenceLimits { images: 0, videos: 0, audio: 0, seconds: (0, 0), audio_alone: false };

const SEEDANCE_2_0: ModelFamily = ModelFamily {
    name: "seedance-2.0",
    resolutions: &[P480, P720, P1080, K4],
    seconds: (4, 15),
    decides_duration: true,
    modes: &[Text, FirstFrame, FirstLast, Reference],
    references: ReferenceLimits { images: 9, videos: 3, audio: 3, seconds: (2, 15), audio_alone: false },
    lengths: &[],
    stated_rate: Some(Rate::FILM),
    audio: true,
    always_sounds: false,
    follows_first_frame: false,
    names_task: false,
    numbers_references: true,
    counts_tokens: true,
    has_file_limits: true,
    retired: None,
    pixels: Pixels::A,
};

const SEEDANCE_1_0_PRO: ModelFamily = ModelFamily {
    name: "seedance-1.0-pro",
    resolutions: &[P480, P720, P1080],
    seconds: (2, 12),
    decides_duration: false,
    modes: &[Text, FirstFrame, FirstLast],
    references: NO_REFERENCES,
    lengths: &[],
    stated_rate: Some(Rate::FILM),
    audio: false,
    always_sounds: false,
    follows_first_frame: false,
    names_task: false,
    numbers_references: true,
    counts_tokens: true,
    has_file_limits: true,
    retired: None,
    pixels: Pixels::C,
};

/// A family of another maker, with what its makers list: sizes, lengths and frames.
const OTHER_MAKER: ModelFamily = ModelFamily {
    decides_duration: false,
    modes: &[Text, FirstFrame, FirstLast],
    references: NO_REFERENCES,
    stated_rate: None,
    names_task: false,
    numbers_references: false,
    counts_tokens: false,
    has_file_limits: false,
    ..SEEDANCE_2_0
};

const VEO_3_1: ModelFamily = ModelFamily {
    name: "veo-3.1",
    resolutions: &[P720, P1080],
    seconds: (4, 8),
    lengths: &[4, 6, 8],
    pixels: Pixels::Listed(&[HD_WIDE, HD_UPRIGHT, FULL_HD_WIDE, FULL_HD_UPRIGHT]),
    ..OTHER_MAKER
};

const HD_WIDE: (Resolution, Ratio, Size) = (P720, Ratio::W16H9, Size::new(1280, 720));
const HD_UPRIGHT: (Resolution, Ratio, Size) = (P720, Ratio::W9H16, Size::new(720, 1280));
const FULL_HD_WIDE: (Resolution, Ratio, Size) = (P1080, Ratio::W16H9, Size::new(1920, 1080));
const FULL_HD_UPRIGHT: (Resolution, Ratio, Size) = (P1080, Ratio::W9H16, Size::new(1080, 1920));
const QUAD_HD_WIDE: (Resolution, Ratio, Size) = (K2, Ratio::W16H9, Size::new(2560, 1440));
const QUAD_HD_UPRIGHT: (Resolution, Ratio, Size) = (K2, Ratio::W9H16, Size::new(1440, 2560));
const ULTRA_HD_WIDE: (Resolution, Ratio, Size) = (K4, Ratio::W16H9, Size::new(3840, 2160));
const ULTRA_HD_UPRIGHT: (Resolution, Ratio, Size) = (K4, Ratio::W9H16, Size::new(2160, 3840));

/// Every family, newest first. Sources of Seedance: `BytePlus` tutorial and price page, Volcengine reference
/// 82379/1520757, all read between 2026-07-31 and 2026-10-02; retirement dates as announced. Sources of the others: the
/// typed inputs of the packages `@fal-ai/client` 1.10.1 and `runwayml` 5.24.0 and the sizes in `openrouter` 1.3.84, read
/// 2026-11-27; what these do not name is not offered.
pub const FAMILIES: &[ModelFamily] = &[
    ModelFamily {
        name: "seedance-2.5",
        resolutions: &[P480, P720, P1080],
        seconds: (4, 30),
        references: ReferenceLimits { images: 30, videos: 10, audio: 10, seconds: (2, 30), audio_alone: true },
        follows_first_frame: true,
        names_task: true,
        pixels: Pixels::B,
        ..SEEDANCE_2_0
    },
    SEEDANCE_2_0,
    ModelFamily { name: "seedance-2.0-fast", resolutions: &[P480, P720], ..SEEDANCE_2_0 },
    ModelFamily { name: "seedance-2.0-mini", resolutions: &[P480, P720], ..SEEDANCE_2_0 },
    ModelFamily {
        name: "seedance-1.5-pro",
        resolutions: &[P480, P720, P1080],
        seconds: (4, 12),
        modes: &[Text, FirstFrame, FirstLast],
        references: NO_REFERENCES,
        retired: Some(("2026-11-11", "seedance-2.0-mini")),
        ..SEEDANCE_2_0
    },
    SEEDANCE_1_0_PRO,
    ModelFamily { name: "seedance-1.0-pro-fast", modes: &[Text, FirstFrame], ..SEEDANCE_1_0_PRO },
    ModelFamily {
        name: "seedance-1.0-lite",
        resolutions: &[P480, P720],
        retired: Some(("2026-05-13", "seedance-2.0-mini")),
        ..SEEDANCE_1_0_PRO
    },
    ModelFamily {
        name: "kling-3.0",
        resolutions: &[P720, P1080, K4],
        seconds: (3, 15),
        pixels: Pixels::Listed(&[
            HD_WIDE,
            HD_UPRIGHT,
            (P720, Ratio::W1H1, Size::new(960, 960)),
            FULL_HD_WIDE,
            FULL_HD_UPRIGHT,
            (P1080, Ratio::W1H1, Size::new(1440, 1440)),
            ULTRA_HD_WIDE,
            ULTRA_HD_UPRIGHT,
            (K4, Ratio::W1H1, Size::new(2880, 2880)),
        ]),
        follows_first_frame: true,
        ..OTHER_MAKER
    },
    VEO_3_1,
    ModelFamily { name: "veo-3.1-fast", ..VEO_3_1 },
    ModelFamily {
        name: "wan-2.7",
        resolutions: &[P720, P1080],
        seconds: (2, 15),
        // Without a sound to follow it makes music of its own.
        always_sounds: true,
        pixels: Pixels::Listed(&[HD_WIDE, HD_UPRIGHT, FULL_HD_WIDE, FULL_HD_UPRIGHT]),
        ..OTHER_MAKER
    },
    ModelFamily {
        name: "hailuo-3",
        resolutions: &[P768, K2],
        seconds: (4, 15),
        modes: &[Text, FirstFrame, FirstLast, Reference],
        references: ReferenceLimits { images: 9, videos: 3, audio: 3, seconds: (1, 15), audio_alone: false },
        // The open weights run at 24 (vllm-omni 0.30, read 2026-11-27), and make sound whatever is asked.
        stated_rate: Some(Rate::FILM),
        always_sounds: true,
        pixels: Pixels::Listed(&[
            (P768, Ratio::W16H9, Size::new(1366, 768)),
            (P768, Ratio::W9H16, Size::new(768, 1366)),
            (P768, Ratio::W1H1, Size::new(768, 768)),
            (P768, Ratio::W4H3, Size::new(1024, 768)),
            (P768, Ratio::W3H4, Size::new(768, 1024)),
            (P768, Ratio::W21H9, Size::new(1792, 768)),
            QUAD_HD_WIDE,
            QUAD_HD_UPRIGHT,
            (K2, Ratio::W1H1, Size::new(1440, 1440)),
            (K2, Ratio::W4H3, Size::new(1920, 1440)),
            (K2, Ratio::W3H4, Size::new(1440, 1920)),
            (K2, Ratio::W21H9, Size::new(3360, 1440)),
        ]),
        ..OTHER_MAKER
    },
    ModelFamily {
        name: "ltx-2.3",
        resolutions: &[P1080, K2, K4],
        seconds: (6, 10),
        lengths: &[6, 8, 10],
        stated_rate: Some(Rate { num: 25, den: 1 }),
        pixels: Pixels::Listed(&[
            FULL_HD_WIDE,
            FULL_HD_UPRIGHT,
            QUAD_HD_WIDE,
            QUAD_HD_UPRIGHT,
            ULTRA_HD_WIDE,
            ULTRA_HD_UPRIGHT,
        ]),
        ..OTHER_MAKER
    },
];

/// The length of a shot in seconds where nothing says otherwise.
pub const DEFAULT_SECONDS: u32 = 5;

/// The family that is used when a storyboard names none.
pub const DEFAULT_FAMILY: &str = "seedance-2.0";

/// A family by its name.
#[must_use]
pub fn family(name: &str) -> Option<&'static ModelFamily> {
    FAMILIES.iter().find(|family| family.name == name)
}

impl ModelFamily {
    /// Frames a second of its clips: as its makers say, else those of most models.
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.stated_rate.unwrap_or(Rate::FILM)
    }

    /// The length of a shot that names none, in whole seconds: [`DEFAULT_SECONDS`], or the next that it makes.
    #[must_use]
    pub fn usual_seconds(&self) -> u32 {
        let (shortest, longest) = self.seconds;
        let usual = DEFAULT_SECONDS.clamp(shortest, longest);
        let next = self.lengths.iter().copied().find(|length| *length >= usual);
        if self.lengths.is_empty() { usual } else { next.unwrap_or(longest) }
    }

    /// The exact size of a clip, or `None` where the family does not deliver it. For [`Ratio::Adaptive`] the shape of
    /// `given` decides (the nearest ratio of the table); without a picture it is 16:9, the usual choice of the models.
    #[must_use]
    pub fn size(&self, resolution: Resolution, ratio: Ratio, given: Option<Size>) -> Option<Size> {
        if !self.resolutions.contains(&resolution) {
            return None;
        }
        if let Pixels::Listed(sizes) = self.pixels {
            return listed_size(sizes, resolution, ratio, given);
        }
        let ratio = match (ratio, given) {
            (Ratio::Adaptive, Some(size)) => nearest_ratio(size),
            (Ratio::Adaptive, None) => Ratio::W16H9,
            (ratio, _) => ratio,
        };
        pixels(self.pixels, resolution, ratio)
    }
}

/// The listed size of a ratio; for an adaptive clip the one whose shape is nearest to that of `given`, or the first.
fn listed_size(
    sizes: &[(Resolution, Ratio, Size)],
    resolution: Resolution,
    ratio: Ratio,
    given: Option<Size>,
) -> Option<Size> {
    let mut offered = sizes.iter().filter(|(at, ..)| *at == resolution);
    match (ratio, given) {
        (Ratio::Adaptive, Some(given)) => {
            let shape = |size: Size| (f64::from(size.width) / f64::from(size.height)).ln();
            let apart = |size: Size| (shape(size) - shape(given)).abs();
            offered.map(|(.., size)| *size).min_by(|one, other| apart(*one).total_cmp(&apart(*other)))
        }
        (Ratio::Adaptive, None) => offered.next().map(|(.., size)| *size),
        (ratio, _) => offered.find(|(_, own, _)| *own == ratio).map(|(.., size)| *size),
    }
}

/// The ratio of the table whose shape is nearest to that of `size`.
pub(crate) fn nearest_ratio(size: Size) -> Ratio {
    let shape = (f64::from(size.width) / f64::from(size.height)).ln();
    let mut nearest = Ratio::W16H9;
    let mut least = f64::INFINITY;
    for (ratio, width, height) in [
        (Ratio::W21H9, 21.0_f64, 9.0),
        (Ratio::W16H9, 16.0, 9.0),
        (Ratio::W4H3, 4.0, 3.0),
        (Ratio::W1H1, 1.0, 1.0),
        (Ratio::W3H4, 3.0, 4.0),
        (Ratio::W9H16, 9.0, 16.0),
    ] {
        let distance = (shape - (width / height).ln()).abs();
        if distance < least {
            least = distance;
            nearest = ratio;
        }
    }
    nearest
}

/// Width and height in the order 16:9, 4:3, 1:1, 3:4, 9:16, 21:9.
type SizesByRatio = [(u32, u32); 6];

const A480: SizesByRatio = [(864, 496), (752, 560), (640, 640), (560, 752), (496, 864), (992, 432)];
const B480: SizesByRatio = [(854, 480), (752, 560), (640, 640), (560, 752), (480, 854), (992, 432)];
const C480: SizesByRatio = [(864, 480), (736, 544), (640, 640), (544, 736), (480, 864), (960, 416)];
const A720: SizesByRatio = [(1280, 720), (1112, 834), (960, 960), (834, 1112), (720, 1280), (1470, 630)];
const C720: SizesByRatio = [(1248, 704), (1120, 832), (960, 960), (832, 1120), (704, 1248), (1504, 640)];
const A1080: SizesByRatio = [(1920, 1080), (1664, 1248), (1440, 1440), (1248, 1664), (1080, 1920), (2206, 946)];
const C1080: SizesByRatio = [(1920, 1088), (1664, 1248), (1440, 1440), (1248, 1664), (1088, 1920), (2176, 928)];

/// Sizes as the official tables give them and as clips measured; of 4k only 16:9 is known (from its price).
fn pixels(set: Pixels, resolution: Resolution, ratio: Ratio) -> Option<Size> {
    let row = match (resolution, set) {
        (P480, Pixels::A) => A480,
        (P480, Pixels::B) => B480,
        (P480, Pixels::C) => C480,
        (P720, Pixels::A | Pixels::B) => A720,
        (P720, Pixels::C) => C720,
        (P1080, Pixels::A | Pixels::B) => A1080,
        (P1080, Pixels::C) => C1080,
        (P768 | K2, _) | (_, Pixels::Listed(_)) => return None,
        (K4, _) => return (ratio == Ratio::W16H9).then_some(Size::new(3840, 2160)),
    };
    let column = match ratio {
        Ratio::W16H9 | Ratio::Adaptive => 0,
        Ratio::W4H3 => 1,
        Ratio::W1H1 => 2,
        Ratio::W3H4 => 3,
        Ratio::W9H16 => 4,
        Ratio::W21H9 => 5,
    };
    Some(Size::new(row[column].0, row[column].1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyword::Keyword as _;

    #[test]
    fn every_family_has_an_even_size_for_all_it_offers() {
        for family in FAMILIES {
            for &resolution in family.resolutions {
                let ratios: Vec<Ratio> = match family.pixels {
                    Pixels::Listed(sizes) => {
                        sizes.iter().filter(|(at, ..)| *at == resolution).map(|(_, ratio, _)| *ratio).collect()
                    }
                    _ if resolution == K4 => vec![Ratio::W16H9],
                    _ => Ratio::KEYWORDS.iter().filter_map(|word| Ratio::from_keyword(word)).collect(),
                };
                assert!(ratios.contains(&Ratio::W16H9), "{} {resolution}", family.name);
                for ratio in ratios {
                    let size = family.size(resolution, ratio, None).expect("the tables are complete");
                    assert!(size.width % 2 == 0 && size.height % 2 == 0, "{} {resolution} {ratio}", family.name);
                }
            }
            assert!(family.retired.is_none_or(|(_, other)| super::family(other).is_some()));
        }
    }

    #[test]
    fn adaptive_follows_the_picture() {
        let family = family("seedance-2.0").expect("it is listed");
        for (given, size) in [
            (Size::new(4000, 2250), Size::new(1280, 720)),
            (Size::new(1000, 1900), Size::new(720, 1280)),
            (Size::new(500, 500), Size::new(960, 960)),
        ] {
            assert_eq!(family.size(P720, Ratio::Adaptive, Some(given)), Some(size));
        }
        assert_eq!(family.size(K4, Ratio::W1H1, None), None);
    }
}
