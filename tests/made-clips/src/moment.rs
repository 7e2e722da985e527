//! What a frame of a made clip shows.

use std::f32::consts::TAU;

/// What a camera looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A town by day: many small houses.
    Village,
    /// A woman's face.
    Mara,
    /// A dish before an evening sky: smooth, with few edges.
    Dish,
    /// A boat at night.
    Boat,
    /// A cup on a table: large plain areas.
    Mug,
    /// A dark room.
    Lamp,
    /// The same room, its lamp lit.
    LampLit,
    /// A screen with a curve, seen in the dark.
    Scope,
    /// Leaves: detail everywhere.
    Leaves,
    /// A stone wall: weak detail everywhere.
    Wall,
}

/// A soft light in the frame: its middle and its reach in pixels, and how many levels it adds there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Light {
    pub(crate) at: (f32, f32),
    pub(crate) reach: f32,
    pub(crate) levels: f32,
}

/// A ball in the frame: its middle and its radius in pixels, and its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ball {
    pub(crate) at: (f32, f32),
    pub(crate) radius: f32,
    pub(crate) colour: [f32; 3],
}

/// All that a frame shows.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) subject: Subject,
    /// Another subject that is mixed in, and how much of it.
    pub(crate) mixed: Option<(Subject, f32)>,
    /// Where the camera points, in pixels of the world from its middle.
    pub(crate) camera: (f32, f32),
    /// How far the camera moves while the frame is taken.
    pub(crate) smear: f32,
    pub(crate) zoom: f32,
    pub(crate) lights: Vec<Light>,
    pub(crate) balls: Vec<Ball>,
    /// Radius of blur in pixels.
    pub(crate) blur: f32,
    /// Contrast around middle grey.
    pub(crate) contrast: f32,
    pub(crate) gain: f32,
    /// Levels added to red, green and blue.
    pub(crate) tint: [f32; 3],
    /// Levels of grain.
    pub(crate) grain: f32,
    /// Pixels of black at either side, and above and below.
    pub(crate) bars: (usize, usize),
    /// What the grain is made from; equal frames have equal grain.
    pub(crate) frame: u32,
}

impl Moment {
    /// A handheld camera before a subject, and somebody who moves in front of it.
    pub(crate) fn usual(subject: Subject, frame: u32) -> Self {
        let seconds = frame as f32 / 24.0;
        let sway = (3.0 * (seconds * 1.3).sin() + 1.5 * (seconds * 3.1).cos(), 2.0 * (seconds * 1.7).sin());
        let walk = (250.0 + 60.0 * seconds, 270.0 + 4.0 * (seconds * 6.0).sin());
        let body = Ball { at: walk, radius: 34.0, colour: [96.0, 60.0, 52.0] };
        let head = Ball { at: (walk.0 + 4.0, walk.1 - 46.0), radius: 17.0, colour: [188.0, 148.0, 120.0] };
        Self { camera: sway, balls: vec![body, head], ..Self::still(subject, frame) }
    }

    /// A camera on a stand, and nobody there.
    pub(crate) fn still(subject: Subject, frame: u32) -> Self {
        Self {
            subject,
            mixed: None,
            camera: (0.0, 0.0),
            smear: 0.0,
            zoom: 1.0,
            lights: Vec::new(),
            balls: Vec::new(),
            blur: 0.0,
            contrast: 1.0,
            gain: 1.0,
            tint: [0.0; 3],
            grain: 2.0,
            bars: (0, 0),
            frame,
        }
    }

    pub(crate) fn mixed(self, subject: Subject, part: f32) -> Self {
        Self { mixed: Some((subject, part)), ..self }
    }

    pub(crate) fn camera(self, x: f32, y: f32) -> Self {
        Self { camera: (x, y), ..self }
    }

    pub(crate) fn smear(self, smear: f32) -> Self {
        Self { smear, ..self }
    }

    pub(crate) fn zoom(self, zoom: f32) -> Self {
        Self { zoom, ..self }
    }

    pub(crate) fn light(mut self, light: Light) -> Self {
        self.lights.push(light);
        self
    }

    pub(crate) fn ball(mut self, ball: Ball) -> Self {
        self.balls.push(ball);
        self
    }

    pub(crate) fn blur(self, blur: f32) -> Self {
        Self { blur, ..self }
    }

    pub(crate) fn contrast(self, contrast: f32) -> Self {
        Self { contrast, ..self }
    }

    pub(crate) fn gain(self, gain: f32) -> Self {
        Self { gain, ..self }
    }

    pub(crate) fn tint(self, tint: [f32; 3]) -> Self {
        Self { tint, ..self }
    }

    pub(crate) fn grain(self, grain: f32) -> Self {
        Self { grain, ..self }
    }

    pub(crate) fn bars(self, side: usize, above: usize) -> Self {
        Self { bars: (side, above), ..self }
    }
}

/// A wave from -1 to 1.
pub(crate) fn wave(frame: u32, frames_per_turn: f32) -> f32 {
    (frame as f32 / frames_per_turn * TAU).sin()
}
