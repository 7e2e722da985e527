//! Frames of made clips: a camera over a picture, with what goes right and wrong in front of it.

use std::path::Path;
use std::process::Command;

use crate::moment::{Ball, Moment, Subject};

/// Pixels across and down of the made clips.
pub(crate) const SIZE: (usize, usize) = (640, 360);

/// Pixels across and down of the pictures that the camera sees a part of.
const WORLD: (usize, usize) = (960, 540);

/// Red, green and blue of every pixel, from 0 to 255.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 3]>,
}

impl Picture {
    /// The picture of a subject; drawings are those of the examples below `examples`.
    pub(crate) fn of(subject: Subject, examples: &Path) -> Self {
        let file = match subject {
            Subject::Village => "keeper/refs/village.jpg",
            Subject::Mara => "keeper/refs/mara.jpg",
            Subject::Dish => "signal/refs/dish.jpg",
            Subject::Boat => "keeper/refs/boat.jpg",
            Subject::Mug => "spot/refs/mug.jpg",
            Subject::Lamp => "keeper/refs/lamp-dark.jpg",
            Subject::LampLit => "keeper/refs/lamp-lit.jpg",
            Subject::Scope => "signal/refs/scope.jpg",
            Subject::Leaves => return Self::grown(7, [60.0, 95.0, 40.0], 1.6),
            Subject::Wall => return Self::grown(23, [140.0, 128.0, 116.0], 0.6),
        };
        Self::decoded(&examples.join(file))
    }

    /// A picture file, scaled to cover the world.
    fn decoded(file: &Path) -> Self {
        let (width, height) = WORLD;
        let filter = format!("scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin", "-i"]).arg(file).args(["-vf", &filter]);
        let output = ffmpeg.args(["-pix_fmt", "rgb24", "-f", "rawvideo", "-"]).output().expect("ffmpeg can be started");
        assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
        let pixels = output.stdout.chunks_exact(3).map(|rgb| [f32::from(rgb[0]), f32::from(rgb[1]), f32::from(rgb[2])]);
        Self { width, height, pixels: pixels.collect() }
    }

    /// Noise in six octaves around a colour, each half as strong as the one before.
    fn grown(seed: u32, colour: [f32; 3], contrast: f32) -> Self {
        let (width, height) = WORLD;
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let light = octaves(x as f32, y as f32, seed);
                let hue = octaves(x as f32 * 0.5, y as f32 * 0.5, seed + 100);
                let gain = 1.0 + contrast * light;
                let shift = [1.0 + 0.3 * hue, 1.0, 1.0 - 0.3 * hue];
                pixels.push([0, 1, 2].map(|n| (colour[n] * gain * shift[n]).clamp(0.0, 255.0)));
            }
        }
        Self { width, height, pixels }
    }

    /// The colour between pixels; what lies outside is a mirror of what lies inside.
    fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let left = x.floor();
        let top = y.floor();
        let over = x - left;
        let under = y - top;
        let columns = [mirrored(left, self.width), mirrored(left + 1.0, self.width)];
        let rows = [mirrored(top, self.height), mirrored(top + 1.0, self.height)];
        let pixel = |column: usize, row: usize| &self.pixels[rows[row] * self.width + columns[column]];
        let mut colour = [0.0; 3];
        add(&mut colour, pixel(0, 0), (1.0 - over) * (1.0 - under));
        add(&mut colour, pixel(0, 1), (1.0 - over) * under);
        add(&mut colour, pixel(1, 0), over * (1.0 - under));
        add(&mut colour, pixel(1, 1), over * under);
        colour
    }
}

fn mirrored(at: f32, length: usize) -> usize {
    if (0.0..length as f32).contains(&at) {
        return at as usize;
    }
    let at = at.rem_euclid(2.0 * length as f32) as usize % (2 * length);
    if at < length { at } else { 2 * length - 1 - at }
}

/// Noise from about -1 to 1.
fn octaves(x: f32, y: f32, seed: u32) -> f32 {
    let mut sum = 0.0;
    let mut scale = 96.0;
    let mut weight = 0.55;
    for octave in 0..6 {
        sum += weight * smooth_noise(x / scale, y / scale, seed + octave);
        scale /= 2.0;
        weight *= 0.72;
    }
    sum
}

fn smooth_noise(x: f32, y: f32, seed: u32) -> f32 {
    let left = x.floor();
    let top = y.floor();
    let over = eased(x - left);
    let under = eased(y - top);
    let mut sum = 0.0;
    for (column, across) in [(0, 1.0 - over), (1, over)] {
        for (row, down) in [(0, 1.0 - under), (1, under)] {
            sum += across * down * noise(left as u32 + column, top as u32 + row, seed);
        }
    }
    sum
}

fn eased(part: f32) -> f32 {
    part * part * (3.0 - 2.0 * part)
}

/// A number from -1 to 1 that is the same for the same place.
pub(crate) fn noise(x: u32, y: u32, seed: u32) -> f32 {
    let mut hash = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D);
    hash = (hash ^ (hash >> 12)).wrapping_mul(0x297A_2D39);
    ((hash ^ (hash >> 15)) & 0xFFFF) as f32 / 32767.5 - 1.0
}

/// Paints a moment; `picture_of` has the pictures of its subjects.
pub(crate) fn paint<'a>(moment: &Moment, picture_of: impl Fn(Subject) -> &'a Picture) -> Vec<u8> {
    let mut frame = seen(moment, picture_of(moment.subject));
    if let Some((subject, part)) = moment.mixed {
        let other = seen(moment, picture_of(subject));
        for (pixel, other) in frame.iter_mut().zip(other) {
            mix(pixel, &other, part);
        }
    }
    for ball in &moment.balls {
        add_ball(&mut frame, *ball);
    }
    blur(&mut frame, moment.blur);
    developed(&frame, moment)
}

/// What the camera sees of a picture.
fn seen(moment: &Moment, picture: &Picture) -> Vec<[f32; 3]> {
    let steps = (moment.smear.abs() / 3.0).ceil().max(1.0) as usize;
    let middle = (WORLD.0 as f32 / 2.0 + moment.camera.0, WORLD.1 as f32 / 2.0 + moment.camera.1);
    let mut frame = Vec::with_capacity(SIZE.0 * SIZE.1);
    for y in 0..SIZE.1 {
        for x in 0..SIZE.0 {
            let across = middle.0 + (x as f32 - SIZE.0 as f32 / 2.0) / moment.zoom;
            let down = middle.1 + (y as f32 - SIZE.1 as f32 / 2.0) / moment.zoom;
            let mut colour = [0.0; 3];
            for step in 0..steps {
                let moved = moment.smear * step as f32 / steps as f32;
                let part = picture.at(across + moved, down);
                add(&mut colour, &part, 1.0 / steps as f32);
            }
            frame.push(colour);
        }
    }
    frame
}

fn add_ball(frame: &mut [[f32; 3]], ball: Ball) {
    let reached = |middle: f32, length: usize| {
        let most = length as f32;
        (middle - ball.radius).clamp(0.0, most) as usize..(middle + ball.radius + 1.0).clamp(0.0, most) as usize
    };
    for y in reached(ball.at.1, SIZE.1) {
        for x in reached(ball.at.0, SIZE.0) {
            let across = x as f32 - ball.at.0;
            let down = y as f32 - ball.at.1;
            let inside = (ball.radius - across.hypot(down)).clamp(0.0, 1.0);
            let shade = 1.0 - 0.4 * (across + down) / ball.radius;
            let pixel = &mut frame[y * SIZE.0 + x];
            mix(pixel, &ball.colour.map(|level| level * shade), inside);
        }
    }
}

/// Adds a part of a colour to another.
fn add(colour: &mut [f32; 3], other: &[f32; 3], part: f32) {
    colour[0] += other[0] * part;
    colour[1] += other[1] * part;
    colour[2] += other[2] * part;
}

/// Takes so much of another colour for that much of this.
fn mix(colour: &mut [f32; 3], other: &[f32; 3], part: f32) {
    colour[0] += part * (other[0] - colour[0]);
    colour[1] += part * (other[1] - colour[1]);
    colour[2] += part * (other[2] - colour[2]);
}

/// Three means over squares are nearly a bell curve.
fn blur(frame: &mut Vec<[f32; 3]>, radius: f32) {
    if radius <= 0.0 {
        return;
    }
    for _ in 0..3 {
        *frame = averaged(frame, radius, 1, SIZE.0);
        *frame = averaged(frame, radius, SIZE.0, SIZE.1);
    }
}

/// The mean of every pixel and its neighbours along one direction; `step` leads from one to the next, of `length`.
fn averaged(frame: &[[f32; 3]], radius: f32, step: usize, length: usize) -> Vec<[f32; 3]> {
    let whole = radius.floor() as usize;
    let rest = radius - radius.floor();
    let mut all = Vec::with_capacity(frame.len());
    for place in 0..frame.len() {
        let here = place / step % length;
        let base = place - here * step;
        let mut sum = [0.0; 3];
        // What lies outside is as the edge.
        for by in 0..=2 * (whole + 1) {
            let there = (here + by).saturating_sub(whole + 1).min(length - 1);
            let weight = if by == 0 || by == 2 * (whole + 1) { rest } else { 1.0 };
            add(&mut sum, &frame[base + there * step], weight);
        }
        all.push(sum.map(|level| level / (1.0 + 2.0 * radius)));
    }
    all
}

/// Light, colour, grain and bars.
fn developed(frame: &[[f32; 3]], moment: &Moment) -> Vec<u8> {
    let (side, above) = moment.bars;
    let mut bytes = Vec::with_capacity(frame.len() * 3);
    for (place, pixel) in frame.iter().enumerate() {
        let x = place % SIZE.0;
        let y = place / SIZE.0;
        if x < side || x >= SIZE.0 - side || y < above || y >= SIZE.1 - above {
            bytes.extend([0; 3]);
            continue;
        }
        let mut light = 0.0;
        for lamp in &moment.lights {
            let far = (x as f32 - lamp.at.0).hypot(y as f32 - lamp.at.1) / lamp.reach;
            light += lamp.levels * (-far * far).exp();
        }
        let grain = moment.grain * grain(x, y, moment.frame);
        for (level, tint) in pixel.iter().zip(moment.tint) {
            let level = (level * moment.gain - 128.0) * moment.contrast + 128.0 + light + tint + grain;
            bytes.push(level.clamp(0.0, 255.0) as u8);
        }
    }
    bytes
}

/// A number around zero whose square is about one.
fn grain(x: usize, y: usize, frame: u32) -> f32 {
    let even = noise(x as u32, y as u32, frame * 2 + 1);
    let odd = noise(y as u32, x as u32, frame * 2 + 2);
    (even + odd) * 1.22
}
