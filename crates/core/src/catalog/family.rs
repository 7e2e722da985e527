//! Model families: what their renders can be, and how large they come.

use super::Mode::{self, FirstFrame, FirstLast, Reference, Text};
use super::Ratio;
use super::Resolution::{self, K4, P480, P720, P1080};
use crate::units::Size;

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
    /// Whether it makes sound.
    pub audio: bool,
    /// Whether a clip that starts on a frame always has that picture's shape: the ratio must be `adaptive` then.
    pub follows_first_frame: bool,
    /// Whether a request with references says so, because the model else reads the task out of the prompt.
    pub names_task: bool,
    /// The date it was shut down and what to use instead.
    pub retired: Option<(&'static str, &'static str)>,
    pixels: Pixels,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pixels {
    A,
    B,
    C,
}

const NO_REFERENCES: ReferenceLimits =
    ReferenceLimits { images: 0, videos: 0, audio: 0, seconds: (0, 0), audio_alone: false };

const SEEDANCE_2_0: ModelFamily = ModelFamily {
    name: "seedance-2.0",
    resolutions: &[P480, P720, P1080, K4],
    seconds: (4, 15),
    decides_duration: true,
    modes: &[Text, FirstFrame, FirstLast, Reference],
    references: ReferenceLimits { images: 9, videos: 3, audio: 3, seconds: (2, 15), audio_alone: false },
    audio: true,
    follows_first_frame: false,
    names_task: false,
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
    audio: false,
    follows_first_frame: false,
    names_task: false,
    retired: None,
    pixels: Pixels::C,
};

/// Every family, newest first. Sources: `BytePlus` tutorial and price page, Volcengine reference 82379/1520757, all read
/// between 2026-07-31 and 2026-10-02; retirement dates as announced.
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
];

/// The family that is used when a storyboard names none.
pub const DEFAULT_FAMILY: &str = "seedance-2.0";

/// A family by its name.
#[must_use]
pub fn family(name: &str) -> Option<&'static ModelFamily> {
    FAMILIES.iter().find(|family| family.name == name)
}

impl ModelFamily {
    /// The exact size of a clip, or `None` where the family does not deliver it. For [`Ratio::Adaptive`] the shape of
    /// `given` decides (the nearest ratio of the table); without a picture it is 16:9, the usual choice of the models.
    #[must_use]
    pub fn size(&self, resolution: Resolution, ratio: Ratio, given: Option<Size>) -> Option<Size> {
        if !self.resolutions.contains(&resolution) {
            return None;
        }
        let ratio = match (ratio, given) {
            (Ratio::Adaptive, Some(size)) => nearest(size),
            (Ratio::Adaptive, None) => Ratio::W16H9,
            (ratio, _) => ratio,
        };
        pixels(self.pixels, resolution, ratio)
    }
}

/// The ratio of the table whose shape is nearest to that of `size`.
fn nearest(size: Size) -> Ratio {
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
                let ratios = if resolution == K4 {
                    vec![Ratio::W16H9]
                } else {
                    Ratio::KEYWORDS.iter().filter_map(|word| Ratio::from_keyword(word)).collect()
                };
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
