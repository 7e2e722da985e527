//! The picture for a shot that has none: a landscape drawn from a seed. Different seeds differ in palette, in the kind
//! of land and in its outline, so that a director tells shots apart at a glance; there is no grain, which would cost
//! bits and shimmer.

use image::RgbImage;
use storyreel_core::units::Size;

use super::canvas::Rgb;

/// Colours of one time of day: sky from the top down, the disc, then the land from the far end to the near.
struct Palette {
    sky: [Rgb; 3],
    disc: Rgb,
    land: [Rgb; 2],
    stars: bool,
}

const PALETTES: [Palette; 10] = [
    palette([0x2b_3a67, 0xb5_6576, 0xf3_b27a], 0xff_e8c2, [0xc0_7a78, 0x2a_2342], false), // dawn
    palette([0x1b_2a49, 0x46_5c8b, 0xa9_b4c9], 0xf6_f1e4, [0x7f_8fb0, 0x14_1d33], false), // blue hour
    palette([0x4a_90b8, 0x9c_c8d6, 0xf0_ead8], 0xff_fdf2, [0x8f_b5a8, 0x1f_4a43], false), // clear morning
    palette([0x3d_2b56, 0x8a_4f7d, 0xe8_9a8c], 0xff_dcb8, [0xa3_5d7e, 0x26_1a3a], false), // rose dusk
    palette([0x0c_1428, 0x1c_2c50, 0x47_6088], 0xe9_eefc, [0x35_4a72, 0x08_0e1d], true),  // moonlight
    palette([0xd9_a679, 0xe9_c49a, 0xf8_e6c4], 0xff_fbe9, [0xd0_9468, 0x6b_3a2a], false), // desert noon
    palette([0x5f_7f8c, 0x9f_b6b6, 0xdd_e3da], 0xfb_faf0, [0x9b_b0aa, 0x2c_4446], false), // mist
    palette([0x6a_1f2b, 0xc6_4b34, 0xf6_a84b], 0xff_ec9e, [0xa8_3c33, 0x2b_0f1d], false), // red evening
    palette([0x10_3040, 0x1f_6f78, 0x9a_d0b4], 0xf4_fbd8, [0x4a_9a92, 0x0a_2630], false), // green dusk
    palette([0x1a_1538, 0x4b_2f72, 0xb4_6fa0], 0xff_e6f2, [0x6c_4a8c, 0x12_0d28], true),  // violet night
];

const fn palette(sky: [u32; 3], disc: u32, land: [u32; 2], stars: bool) -> Palette {
    let sky = [rgb(sky[0]), rgb(sky[1]), rgb(sky[2])];
    Palette { sky, disc: rgb(disc), land: [rgb(land[0]), rgb(land[1])], stars }
}

const fn rgb(hex: u32) -> Rgb {
    [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]
}

type Light = [f32; 3];

/// Thresholds that spread the rounding of a gradient over neighbouring pixels, in 1/16 of a level (Bayer, 1973).
const DITHER: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// Draws the landscape of `seed` at `size`.
pub(super) fn draw(seed: &[u8; 32], size: Size) -> RgbImage {
    let mut dice = Dice::new(seed);
    let scene = Scene::new(&mut dice, size);
    let width = size.width.max(1) as usize;
    let mut image = RgbImage::new(size.width, size.height);
    for (y, row) in image.chunks_exact_mut(3 * width).enumerate() {
        let sky = scene.sky(y as f32 / scene.height);
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let light = scene.pixel(x, y, sky);
            let threshold = (f32::from(DITHER[y & 3][x & 3]) + 0.5) / 16.0;
            for (out, value) in pixel.iter_mut().zip(light) {
                *out = (value + threshold) as u8;
            }
        }
    }
    scene.stars(&mut dice, &mut image);
    image
}

struct Scene {
    palette: &'static Palette,
    height: f32,
    /// Middle and radius of the sun or moon.
    disc: (f32, f32, f32),
    /// From the farthest to the nearest.
    layers: Vec<Layer>,
}

struct Layer {
    /// Height of the outline in each column, in pixels from the top.
    outline: Vec<f32>,
    light: Light,
    /// What the layer fades to below its outline, as air does.
    haze: Light,
    /// Share of the haze gained with each pixel of depth.
    fade: f32,
    /// Whether the disc glitters on it.
    water: bool,
}

/// The kinds of land.
#[derive(Clone, Copy, PartialEq)]
enum Land {
    Hills,
    Peaks,
    Sea,
    City,
}

impl Scene {
    fn new(dice: &mut Dice, size: Size) -> Self {
        let palette = &PALETTES[dice.below(PALETTES.len() as u64) as usize];
        let width = size.width as f32;
        let height = size.height as f32;
        let unit = width.min(height * 1.4);
        let land = [Land::Hills, Land::Peaks, Land::Sea, Land::City][dice.below(4) as usize];
        let radius = dice.between(0.045, 0.10) * unit;
        let disc = (dice.between(0.18, 0.82) * width, dice.between(0.20, 0.46) * height, radius);
        let count = if land == Land::Sea { 3 } else { 4 + dice.below(3) };
        let horizon = dice.between(0.48, 0.62);
        let layers = (0..count).map(|n| {
            let depth = n as f32 / (count - 1) as f32;
            let water = land == Land::Sea && n == 1;
            let base = if water { horizon } else { horizon + (0.98 - horizon) * depth.powf(1.15) };
            let swing = match land {
                Land::Hills => 0.16 - 0.06 * depth,
                Land::Peaks => 0.25 - 0.10 * depth,
                Land::City => 0.30 - 0.04 * depth,
                Land::Sea => [0.07, 0.0, 0.22][n as usize % 3],
            };
            let wave = unit * (0.34 + 0.30 * depth);
            let ridge = Ridge { start: dice.between(0.0, 900.0), wave, land };
            let outline = (0..size.width).map(|x| (base - swing * ridge.at(x as f32)) * height).collect();
            let light = mix(wide(palette.land[0]), wide(palette.land[1]), if water { 0.32 } else { depth.powf(0.85) });
            let haze =
                if water { wide(palette.land[1]) } else { mix(light, wide(palette.sky[2]), 0.38 * (1.0 - depth)) };
            Layer { outline, light, haze, fade: 2.6 / height, water }
        });
        Self { palette, height, disc, layers: layers.collect() }
    }

    /// The sky at `down`, 0 at the top and 1 at the bottom of the picture; the palette ends at the horizon.
    fn sky(&self, down: f32) -> Light {
        let [top, middle, low] = self.palette.sky.map(wide);
        let at = (down / 0.62).min(1.0) * 2.0;
        if at < 1.0 { mix(top, middle, at) } else { mix(middle, low, at - 1.0) }
    }

    fn pixel(&self, x: usize, y: usize, sky: Light) -> Light {
        let mut seen = [0.0; 3];
        let mut left = 1.0;
        for layer in self.layers.iter().rev() {
            let depth = y as f32 - layer.outline[x];
            let cover = (depth + 0.5).clamp(0.0, 1.0) * left;
            if cover > 0.0 {
                let mut light = mix(layer.light, layer.haze, (depth * layer.fade).clamp(0.0, 1.0));
                if layer.water {
                    light = mix(light, wide(self.palette.disc), self.glitter(x as f32, depth.max(0.0)));
                }
                seen = std::array::from_fn(|n| seen[n] + light[n] * cover);
                left -= cover;
                if left <= 0.0 {
                    return seen;
                }
            }
        }
        let back = self.heaven(x as f32, y as f32, sky);
        std::array::from_fn(|n| seen[n] + back[n] * left)
    }

    /// The sky with its disc and the glow around it.
    fn heaven(&self, x: f32, y: f32, sky: Light) -> Light {
        let (cx, cy, radius) = self.disc;
        let away = (x - cx).mul_add(x - cx, (y - cy) * (y - cy));
        let near = 1.0 / (1.0 + away / (radius * radius * 7.0));
        let disc = wide(self.palette.disc);
        let glowing = mix(sky, disc, 0.55 * near * near);
        let edge = (radius + 0.5) * (radius + 0.5);
        if away > edge { glowing } else { mix(glowing, disc, (radius + 0.5 - away.sqrt()).clamp(0.0, 1.0)) }
    }

    /// How much of the disc's light the water sends back, 0 to 1: streaks that widen towards the viewer.
    fn glitter(&self, x: f32, depth: f32) -> f32 {
        let (cx, _, radius) = self.disc;
        let along = (x - cx) / (radius * 0.8 + depth * 0.5);
        let near = 1.0 / (1.0 + along * along);
        // Streaks grow taller towards the viewer, as perspective has it.
        let at = (depth / self.height * 9.0).sqrt() * 11.0;
        let row = at.floor();
        let part = at - at.floor();
        let across = (x - cx) / (radius * 0.9 + depth * 0.35);
        let farther = noise(across + row * 37.31);
        let nearer = noise(across + (row + 1.0) * 37.31);
        let streak = (nearer - farther).mul_add(part * part * 2.0f32.mul_add(-part, 3.0), farther);
        near * near * ((streak - 0.38) * 3.0).clamp(0.0, 0.75)
    }

    fn stars(&self, dice: &mut Dice, image: &mut RgbImage) {
        if !self.palette.stars {
            return;
        }
        for _ in 0..90 {
            let x = dice.between(0.0, image.width() as f32) as usize;
            let y = (dice.between(0.0, 1.0).powi(2) * 0.5 * self.height) as usize;
            let bright = dice.between(0.15, 0.75);
            let side = 1 + (self.height / 500.0) as usize;
            let dx = x as f32 - self.disc.0;
            let dy = y as f32 - self.disc.1;
            let hidden = dx.hypot(dy) < self.disc.2 * 1.6;
            for (px, py) in (0..side * side).map(|n| (x + n % side, y + n / side)) {
                let behind = self.layers.iter().any(|l| l.outline.get(px).is_none_or(|&top| py as f32 > top - 3.0));
                if let Some(pixel) = image.get_pixel_mut_checked(px as u32, py as u32).filter(|_| !behind && !hidden) {
                    pixel.0 = mix(wide(pixel.0), [255.0; 3], bright).map(|v| v as u8);
                }
            }
        }
    }
}

/// The outline of one layer: value noise in octaves, or a row of buildings.
struct Ridge {
    start: f32,
    wave: f32,
    land: Land,
}

impl Ridge {
    /// Height at column `x`, about 0 to 1.
    fn at(&self, x: f32) -> f32 {
        let mut at = self.start + x / self.wave;
        if self.land == Land::City {
            return roofs(at);
        }
        let peaks = self.land == Land::Peaks;
        let octaves = if peaks { 6 } else { 3 };
        let mut sum = 0.0;
        let mut share = 1.0;
        let mut most = 0.0;
        for _ in 0..octaves {
            let value = noise(at);
            sum += share * if peaks { 1.0 - (2.0 * value - 1.0).abs() } else { value };
            most += share;
            share *= if peaks { 0.46 } else { 0.32 };
            at = at.mul_add(2.03, 17.7);
        }
        sum / most
    }
}

/// Flat roofs of uneven width, taller where a slow wave says the middle of the town is.
fn roofs(at: f32) -> f32 {
    let bent = at.mul_add(9.0, 0.9 * noise(at * 4.0 + 300.0));
    let block = bent.floor();
    let tower = noise(block * 7.0);
    0.22 + 0.78 * tower * tower * noise((block / 9.0) * 0.9 + 50.0).mul_add(0.8, 0.2)
}

/// Smooth noise between 0 and 1 with a knot at every whole number.
fn noise(at: f32) -> f32 {
    let whole = at.floor();
    let part = at - at.floor();
    let ease = part * part * part * part.mul_add(part.mul_add(6.0, -15.0), 10.0);
    knot(whole).mul_add(1.0 - ease, knot(whole + 1.0) * ease)
}

/// The noise at a whole number.
fn knot(at: f32) -> f32 {
    let mixed = splitmix(at as i64 as u64);
    (mixed >> 40) as f32 / (1_u64 << 24) as f32
}

/// A generator of reproducible choices.
struct Dice(u64);

impl Dice {
    fn new(seed: &[u8; 32]) -> Self {
        let mut state = 0;
        for &byte in seed {
            state = splitmix(state ^ u64::from(byte));
        }
        Self(state)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        splitmix(self.0)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        let part = (self.next() >> 40) as f32 / (1_u64 << 24) as f32;
        (high - low).mul_add(part, low)
    }
}

/// The mixing function of `SplitMix64` (Steele, Lea and Flood, 2014).
fn splitmix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn wide(colour: Rgb) -> Light {
    colour.map(f32::from)
}

fn mix(a: Light, b: Light, share: f32) -> Light {
    std::array::from_fn(|n| (b[n] - a[n]).mul_add(share, a[n]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_picture() {
        let size = Size::new(96, 40);
        let pictures: Vec<_> = (0..8).map(|n| draw(&[n; 32], size).into_raw()).collect();
        assert_eq!(pictures[3], draw(&[3; 32], size).into_raw());
        for (n, picture) in pictures.iter().enumerate() {
            assert!(!pictures[..n].contains(picture), "seed {n} repeats a picture");
        }
    }
}
