//! The colours of pictures: which light their numbers stand for, and what that becomes on a screen of BT.709.

use std::fmt::{self, Write as _};

use crate::keyword::keywords;

keywords! {
    /// The three colours that all others are mixed of.
    pub enum Primaries ("primaries") {
        /// Those of high-definition television, and others that are hardly told from them.
        Bt709 = "bt709",
        /// Those of ultra-high-definition television.
        Bt2020 = "bt2020",
        /// Those of phones and cinema, with the white of daylight.
        P3 = "p3",
    }
}

keywords! {
    /// How numbers become light.
    pub enum Transfer ("a transfer") {
        /// As in television of the usual range.
        Video = "video",
        /// Hybrid log-gamma (ITU-R BT.2100).
        Hlg = "hlg",
        /// Perceptual quantizer (ITU-R BT.2100).
        Pq = "pq",
    }
}

/// The colours of a stream of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours {
    /// What its colours are mixed of.
    pub primaries: Primaries,
    /// How its numbers become light.
    pub transfer: Transfer,
}

/// What a stream says of its colours, in ffmpeg's words; nothing where it says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ColourTags<'a> {
    /// The primaries.
    pub primaries: Option<&'a str>,
    /// The transfer.
    pub transfer: Option<&'a str>,
    /// The matrix.
    pub matrix: Option<&'a str>,
}

/// The light of white on paper, in candela per square metre: what is brighter shines (ITU-R BT.2408).
const WHITE: f64 = 203.0;

/// From this part of white on, light is compressed so that the brightest still differs from white.
const KNEE: f64 = 0.9;

/// The exponent of a screen of the usual range (ITU-R BT.1886).
const GAMMA: f64 = 2.4;

/// The nodes of a table of colours along each edge.
const NODES: u32 = 33;

/// Three numbers, of red, green and blue.
type ColourNumbers = [f64; 3];

impl Default for Colours {
    fn default() -> Self {
        Self { primaries: Primaries::Bt709, transfer: Transfer::Video }
    }
}

impl Colours {
    /// The colours that are meant by `tags`. Primaries and transfer decide; the matrix only where they are not told.
    #[must_use]
    pub fn of(tags: ColourTags<'_>) -> Self {
        let transfer = match tags.transfer {
            Some("arib-std-b67") => Transfer::Hlg,
            Some("smpte2084") => Transfer::Pq,
            _ => Transfer::Video,
        };
        let is_wide = matches!(tags.matrix, Some("bt2020nc" | "bt2020c")) || transfer != Transfer::Video;
        let primaries = match tags.primaries {
            Some("bt2020") => Primaries::Bt2020,
            Some("smpte432" | "smpte431") => Primaries::P3,
            None if is_wide => Primaries::Bt2020,
            _ => Primaries::Bt709,
        };
        Self { primaries, transfer }
    }

    /// Whether they are those of every film of the usual range.
    #[must_use]
    pub fn is_usual(self) -> bool {
        self == Self::default()
    }

    /// Whether they are brighter than the usual range.
    #[must_use]
    pub fn is_hdr(self) -> bool {
        self.transfer != Transfer::Video
    }

    /// The numbers that a screen of BT.709 needs for these, as a table in the format of Adobe's `.cube` files. Numbers
    /// beyond the range of that screen stay as they are, so that what lies between two nodes is right up to its edge.
    #[must_use]
    pub fn table(self) -> String {
        let mut table = format!("LUT_3D_SIZE {NODES}\n");
        let level = |node: u32| f64::from(node) / f64::from(NODES - 1);
        for blue in 0..NODES {
            for green in 0..NODES {
                for red in 0..NODES {
                    let [red, green, blue] = self.shown([level(red), level(green), level(blue)]);
                    // Writing into a string cannot fail.
                    let _ = writeln!(table, "{red:.6} {green:.6} {blue:.6}");
                }
            }
        }
        table
    }

    /// The numbers for a screen of BT.709.
    fn shown(self, numbers: ColourNumbers) -> ColourNumbers {
        let light = self.to_bt709(numbers.map(|number| self.light(number)));
        let brightest = light.into_iter().fold(0.0, f64::max);
        let gain = if self.is_hdr() && brightest > KNEE { compressed(brightest) / brightest } else { 1.0 };
        light.map(|light| (light * gain).abs().powf(1.0 / GAMMA).copysign(light))
    }

    /// The light of a number, in parts of white.
    fn light(self, number: f64) -> f64 {
        match self.transfer {
            Transfer::Video => number.powf(GAMMA),
            Transfer::Hlg => hlg_light(number) / WHITE,
            Transfer::Pq => pq_light(number) / WHITE,
        }
    }

    /// Light of these primaries as light of those of BT.709 (ITU-R BT.2087; SMPTE EG 432-1).
    fn to_bt709(self, light: ColourNumbers) -> ColourNumbers {
        let matrix = match self.primaries {
            Primaries::Bt709 => return light,
            Primaries::Bt2020 => [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
            Primaries::P3 => [[1.2249, -0.2247, 0.0], [-0.0420, 1.0420, 0.0], [-0.0197, -0.0786, 1.0979]],
        };
        matrix.map(|row: ColourNumbers| row.iter().zip(light).map(|(part, light)| part * light).sum())
    }
}

impl fmt::Display for Colours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.transfer, self.primaries) {
            (Transfer::Hlg, _) => "HDR (HLG)",
            (Transfer::Pq, _) => "HDR (PQ)",
            (Transfer::Video, Primaries::Bt2020) => "BT.2020",
            (Transfer::Video, Primaries::P3) => "P3",
            (Transfer::Video, Primaries::Bt709) => "BT.709",
        })
    }
}

/// Light above the knee, in parts of white: ever less of it, and never more than white.
fn compressed(light: f64) -> f64 {
    let above = light - KNEE;
    let room = 1.0 - KNEE;
    KNEE + room * above / (above + room)
}

/// The light of a number of hybrid log-gamma on a screen of 1,000 candela per square metre. The system's exponent is
/// applied to each colour by itself, as ffmpeg's `zscale` does.
fn hlg_light(number: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 0.284_668_92;
    const C: f64 = 0.559_910_73;
    let scene = if number <= 0.5 { number * number / 3.0 } else { (((number - C) / A).exp() + B) / 12.0 };
    1000.0 * scene.powf(1.2)
}

/// The light of a number of the perceptual quantizer, in candela per square metre.
fn pq_light(number: f64) -> f64 {
    const M1: f64 = 2610.0 / 16384.0;
    const M2: f64 = 2523.0 / 4096.0 * 128.0;
    const C1: f64 = 3424.0 / 4096.0;
    const C2: f64 = 2413.0 / 4096.0 * 32.0;
    const C3: f64 = 2392.0 / 4096.0 * 32.0;
    let root = number.powf(1.0 / M2);
    10_000.0 * ((root - C1).max(0.0) / (C2 - C3 * root)).powf(1.0 / M1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags<'a>(primaries: &'a str, transfer: &'a str, matrix: &'a str) -> ColourTags<'a> {
        let told = |word: &'a str| Some(word).filter(|word| !word.is_empty());
        ColourTags { primaries: told(primaries), transfer: told(transfer), matrix: told(matrix) }
    }

    #[test]
    fn primaries_and_transfer_decide_and_not_the_matrix_alone() {
        let of = |primaries, transfer, matrix| Colours::of(tags(primaries, transfer, matrix)).to_string();
        assert_eq!(of("bt709", "bt709", "bt709"), "BT.709");
        assert_eq!(of("", "", ""), "BT.709");
        assert_eq!(of("bt2020", "arib-std-b67", "bt709"), "HDR (HLG)");
        assert_eq!(of("", "smpte2084", ""), "HDR (PQ)");
        assert_eq!(of("smpte432", "bt709", "bt709"), "P3");
        assert_eq!(of("", "", "bt2020nc"), "BT.2020");
        assert_eq!(of("bt709", "bt709", "bt2020nc"), "BT.709");
        assert_eq!(of("smpte170m", "smpte170m", "smpte170m"), "BT.709");
    }

    #[test]
    fn white_grey_and_black_keep_their_light() {
        let hlg = Colours { primaries: Primaries::Bt2020, transfer: Transfer::Hlg };
        let pq = Colours { primaries: Primaries::Bt2020, transfer: Transfer::Pq };
        // Numbers for 0.5 of white: 101.5 candela per square metre.
        for (colours, number) in [(hlg, 0.6324), (pq, 0.5094)] {
            let [red, green, blue] = colours.shown([number; 3]);
            let expected = 0.5_f64.powf(1.0 / GAMMA);
            assert!((red - expected).abs() < 0.01 && (red - green).abs() < 0.01 && (red - blue).abs() < 0.01, "{red}");
            let [white, ..] = colours.shown([1.0; 3]);
            assert!(white > 0.98 && white <= 1.0, "{white}");
            assert!(colours.shown([0.0; 3]).iter().all(|number| number.abs() < 0.01));
        }
        let wide = Colours { primaries: Primaries::P3, transfer: Transfer::Video };
        let [red, green, blue] = wide.shown([0.5; 3]);
        assert!((red - 0.5).abs() < 0.01 && (green - 0.5).abs() < 0.01 && (blue - 0.5).abs() < 0.01);
        assert!(wide.shown([1.0, 0.0, 0.0])[1] < 0.0, "a red that no such screen shows");
        assert_eq!(wide.table().lines().count(), 1 + 33 * 33 * 33);
    }
}
