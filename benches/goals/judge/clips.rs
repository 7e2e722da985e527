//! The made clips: what each shows and sounds like, and what is wrong with it.

use super::paint::{Ball, Light, Moment, Subject, noise, wave};
use super::voice::MadeSound;
use storyreel_core::quality::FaultKind;

/// Which half of the clips one belongs to: thresholds were set on one, errors are told of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    /// The thresholds were set on it.
    Set,
    /// It was looked at afterwards.
    Told,
}

/// What a clip is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// Nothing.
    None,
    /// Its own first frame, as it would be without fault.
    Own,
    /// A frame of the same scene, from another place.
    Scene,
}

/// A made clip.
#[derive(Clone)]
pub(crate) struct MadeClip {
    pub(crate) name: &'static str,
    pub(crate) half: Half,
    /// What is wrong with it.
    pub(crate) fault: Option<FaultKind>,
    pub(crate) frames: u32,
    pub(crate) subject: Subject,
    /// What it shows, frame by frame.
    pub(crate) shown: fn(Subject, u32) -> Moment,
    pub(crate) sound: MadeSound,
    pub(crate) asks_sound: bool,
    pub(crate) asks_speech: bool,
    pub(crate) head: Head,
}

impl MadeClip {
    /// A clip of four seconds without fault.
    fn new(half: Half, name: &'static str, subject: Subject, shown: fn(Subject, u32) -> Moment) -> Self {
        Self {
            name,
            half,
            fault: None,
            frames: 96,
            subject,
            shown,
            sound: MadeSound::None,
            asks_sound: false,
            asks_speech: false,
            head: Head::None,
        }
    }

    fn bad(self, fault: FaultKind) -> Self {
        Self { fault: Some(fault), ..self }
    }

    fn against(self, head: Head) -> Self {
        Self { head, ..self }
    }

    fn sounds(self, sound: MadeSound) -> Self {
        Self { sound, asks_sound: true, ..self }
    }

    fn speaks(self, sound: MadeSound) -> Self {
        Self { asks_speech: true, ..self.sounds(sound) }
    }

    /// What it shows at a frame.
    pub(crate) fn moment(&self, frame: u32) -> Moment {
        (self.shown)(self.subject, frame)
    }

    /// The frame that it is compared with.
    pub(crate) fn head_moment(&self) -> Option<Moment> {
        match self.head {
            Head::None => None,
            Head::Own => Some(Moment::usual(self.subject, 0)),
            Head::Scene => {
                Some(Moment { camera: (45.0, -18.0), zoom: 1.12, ..Moment::usual(self.subject, 40) })
            }
        }
    }
}

/// Frames that do not move on between two.
fn held(frame: u32, from: u32, to: u32) -> u32 {
    if frame < from { frame } else { frame.max(to) + from - to }
}

/// How far a frame is on the way from one to another, from 0 to 1.
fn way(frame: u32, from: u32, to: u32) -> f32 {
    ((frame as f32 - from as f32) / (to as f32 - from as f32)).clamp(0.0, 1.0)
}

/// All clips.
pub(crate) fn clips() -> Vec<MadeClip> {
    [fine(), fine_sound(), black_and_frozen(), flickering(), cut(), blurred_and_barred(), sounding(), drifted()].concat()
}

#[expect(clippy::too_many_lines, reason = "a list of clips, one by one")]
fn fine() -> Vec<MadeClip> {
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Lamp, Leaves, Mara, Mug, Scope, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "night, a light moves", Lamp, night),
        clip(Told, "night, a light moves", Boat, night),
        clip(Set, "darkest night, a light moves", Dish, darkest),
        clip(Told, "darkest night, a light moves", Village, darkest),
        clip(Set, "slow pan", Village, slow),
        clip(Told, "slow pan", Boat, slow),
        clip(Set, "slow pan over plain areas", Dish, |s, n| Moment { grain: 0.0, ..slow(s, n) }),
        clip(Told, "slow pan over plain areas", Mug, |s, n| Moment { grain: 0.0, ..slow(s, n) }),
        clip(Told, "creeping zoom", Mara, creeping),
        clip(Set, "whip pan", Village, whip),
        clip(Told, "whip pan", Leaves, whip),
        clip(Told, "whip pan over plain areas", Boat, whip),
        clip(Set, "strobing lights", Dish, strobe),
        clip(Told, "strobing lights", Boat, strobe),
        clip(Told, "strobe over all", Mara, |s, n| Moment { gain: if n / 3 % 2 == 0 { 1.0 } else { 0.3 }, ..Moment::usual(s, n) }),
        clip(Set, "one flash of lightning", Boat, lightning),
        clip(Told, "one flash of lightning", Village, lightning),
        clip(Set, "fade to black at the end", Village, faded),
        clip(Told, "fade to black at the end", Mara, faded),
        clip(Told, "fade from black at the beginning", Mug, |s, n| Moment { gain: way(n, 8, 36), ..Moment::usual(s, n) }),
        clip(Set, "locked off, grain, small motion", Mug, small_motion),
        clip(Told, "locked off, grain, small motion", Wall, small_motion),
        clip(Set, "locked off, no grain, small motion", Lamp, |s, n| Moment { grain: 0.0, ..small_motion(s, n) }),
        clip(Told, "locked off, no grain, small motion", Scope, |s, n| Moment { grain: 0.0, ..small_motion(s, n) }),
        clip(Set, "letterboxed on purpose", Village, |s, n| Moment { bars: (0, 45), ..Moment::usual(s, n) }),
        clip(Told, "letterboxed on purpose", Boat, |s, n| Moment { bars: (0, 36), ..Moment::usual(s, n) }),
        clip(Told, "pillarboxed on purpose", Mara, |s, n| Moment { bars: (80, 0), ..Moment::usual(s, n) }),
        clip(Set, "handheld", Leaves, Moment::usual),
        clip(Told, "handheld", Mug, Moment::usual),
        clip(Set, "shaken", Wall, shaken),
        clip(Told, "shaken", Village, shaken),
        clip(Set, "somebody passes close by", Mara, passing),
        clip(Told, "somebody passes close by", Village, passing),
        clip(Set, "fast zoom", Village, |s, n| Moment { zoom: 1.0 + 1.2 * way(n, 30, 60), ..Moment::usual(s, n) }),
        clip(Told, "fast zoom", Leaves, |s, n| Moment { zoom: 2.2 - 1.2 * way(n, 30, 60), ..Moment::usual(s, n) }),
        clip(Set, "the light is switched on", Lamp, |s, n| Moment { mixed: Some((Subject::LampLit, way(n, 44, 50))), ..Moment::usual(s, n) }),
        clip(Told, "evening comes", Village, |s, n| Moment { gain: 1.0 - 0.6 * way(n, 0, 96), tint: [0.0, -4.0 * way(n, 0, 96), 8.0 * way(n, 0, 96)], ..Moment::usual(s, n) }),
        clip(Told, "candle light", Mara, |s, n| Moment { gain: 0.7, lights: vec![Light { at: (200.0, 240.0), reach: 120.0, levels: 50.0 + 14.0 * noise(n as i32 / 2, 9, 3) }], ..Moment::usual(s, n) }),
        clip(Set, "pan from detail to sky", Village, |s, n| Moment { camera: (0.0, 80.0 - 1.6 * n as f32), ..Moment::still(s, n) }),
        clip(Told, "pan from detail to sky", Dish, |s, n| Moment { camera: (0.0, 90.0 - 1.7 * n as f32), ..Moment::still(s, n) }),
        clip(Told, "head of the chain from elsewhere", Boat, Moment::usual).against(Head::Scene),
        clip(Set, "head of the chain from elsewhere", Village, Moment::usual).against(Head::Scene),
        clip(Told, "head of the chain from elsewhere", Mara, Moment::usual).against(Head::Scene),
        clip(Set, "head of the chain from elsewhere", Leaves, Moment::usual).against(Head::Scene),
        clip(Told, "head of the chain, slow pan", Dish, |s, n| Moment { camera: (n as f32, 0.0), ..Moment::still(s, n) }).against(Head::Own),
        clip(Set, "head of the chain, slow pan", Mug, |s, n| Moment { camera: (n as f32, 0.0), ..Moment::still(s, n) }).against(Head::Own),
    ]
}

fn night(subject: Subject, frame: u32) -> Moment {
    Moment {
        gain: 0.45,
        lights: vec![Light { at: (60.0 + 5.0 * frame as f32, 150.0), reach: 40.0, levels: 110.0 }],
        ..Moment::still(subject, frame)
    }
}

fn darkest(subject: Subject, frame: u32) -> Moment {
    Moment {
        gain: 0.12,
        lights: vec![Light { at: (500.0 - 3.0 * frame as f32, 200.0), reach: 22.0, levels: 90.0 }],
        ..Moment::still(subject, frame)
    }
}

fn slow(subject: Subject, frame: u32) -> Moment {
    Moment { camera: (frame as f32 * 0.2, 0.0), ..Moment::still(subject, frame) }
}

fn creeping(subject: Subject, frame: u32) -> Moment {
    Moment { zoom: 1.0 + frame as f32 * 0.0004, grain: 0.0, ..Moment::still(subject, frame) }
}

fn whip(subject: Subject, frame: u32) -> Moment {
    let part = way(frame, 44, 54);
    let x = -150.0 + 760.0 * part * part * (3.0 - 2.0 * part);
    let speed = 760.0 / 10.0 * 6.0 * part * (1.0 - part);
    Moment { camera: (x, 0.0), smear: speed, ..Moment::usual(subject, frame) }
}

fn strobe(subject: Subject, frame: u32) -> Moment {
    let place = frame / 4;
    let on = place.is_multiple_of(2);
    let at = (320.0 + 220.0 * noise(place as i32, 1, 4), 120.0 + 60.0 * noise(place as i32, 2, 4));
    let light = Light { at, reach: 130.0, levels: if on { 150.0 } else { 0.0 } };
    Moment { lights: vec![light], gain: 0.7, ..Moment::usual(subject, frame) }
}

fn lightning(subject: Subject, frame: u32) -> Moment {
    let gain = if (40..44).contains(&frame) { 2.4 } else { 0.6 };
    Moment { gain, ..Moment::usual(subject, frame) }
}

fn faded(subject: Subject, frame: u32) -> Moment {
    Moment { gain: 1.0 - way(frame, 62, 86), ..Moment::usual(subject, frame) }
}

fn small_motion(subject: Subject, frame: u32) -> Moment {
    let at = (420.0 + 5.0 * wave(frame, 40.0), 210.0 + 3.0 * wave(frame, 31.0));
    let ball = Ball { at, radius: 14.0, colour: [190.0, 170.0, 150.0] };
    Moment { balls: vec![ball], grain: 2.5, ..Moment::still(subject, frame) }
}

fn shaken(subject: Subject, frame: u32) -> Moment {
    let shake = (9.0 * noise(frame as i32 / 2, 0, 1), 7.0 * noise(frame as i32 / 2, 1, 1));
    Moment { camera: shake, ..Moment::usual(subject, frame) }
}

fn passing(subject: Subject, frame: u32) -> Moment {
    let ball = Ball { at: (-400.0 + 28.0 * (frame as f32 - 20.0), 200.0), radius: 230.0, colour: [70.0, 62.0, 66.0] };
    let mut moment = Moment::usual(subject, frame);
    moment.balls.push(ball);
    moment
}

fn fine_sound() -> Vec<MadeClip> {
    use Half::{Set, Told};
    use MadeSound::{Music, Noise, Speech};
    let clip = |half, name, sound| MadeClip::new(half, name, Subject::Mara, Moment::usual).sounds(sound);
    let talk = |half, name, sound| MadeClip::new(half, name, Subject::Mara, Moment::usual).speaks(sound);
    vec![
        clip(Set, "a quiet room", Noise(-56.0)),
        clip(Told, "a quiet room", Noise(-60.0)),
        clip(Told, "music to the end", Music),
        clip(Set, "wind to the end", Noise(-24.0)),
        talk(Set, "speech ends in time", Speech { rest: 0.4, noise: -70.0 }),
        talk(Told, "speech ends in time", Speech { rest: 0.25, noise: -60.0 }),
        talk(Told, "speech ends just in time", Speech { rest: 0.1, noise: -55.0 }),
        talk(Set, "speech ends in time, in wind", Speech { rest: 0.3, noise: -36.0 }),
        talk(Told, "speech ends in time, in wind", Speech { rest: 0.2, noise: -32.0 }),
        talk(Told, "asked for speech, came as music", Music),
    ]
}

fn black_and_frozen() -> Vec<MadeClip> {
    use FaultKind::{Black, Frozen};
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Leaves, Mara, Mug, Scope, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "black in the middle, 0.5 s", Village, |s, n| Moment { gain: if (40..52).contains(&n) { 0.0 } else { 1.0 }, ..Moment::usual(s, n) }).bad(Black),
        clip(Told, "black in the middle, 0.6 s", Mara, |s, n| Moment { gain: if (50..65).contains(&n) { 0.0 } else { 1.0 }, ..Moment::usual(s, n) }).bad(Black),
        clip(Set, "black from the middle on", Dish, |s, n| Moment { gain: if n >= 48 { 0.0 } else { 1.0 }, ..Moment::usual(s, n) }).bad(Black),
        clip(Told, "black from the middle on", Leaves, |s, n| Moment { gain: if n >= 60 { 0.0 } else { 1.0 }, ..Moment::usual(s, n) }).bad(Black),
        clip(Set, "black all through", Mug, |s, n| Moment { gain: 0.0, grain: 0.0, ..Moment::still(s, n) }).bad(Black),
        clip(Told, "nearly black all through, grain", Wall, |s, n| Moment { gain: 0.02, grain: 2.0, ..Moment::still(s, n) }).bad(Black),
        clip(Told, "fades away and stays black for 2 s", Scope, |s, n| Moment { gain: 1.0 - way(n, 30, 46), ..Moment::usual(s, n) }).bad(Black),
        clip(Set, "frozen tail, 0.8 s", Village, |s, n| Moment::usual(s, n.min(76))).bad(Frozen),
        clip(Told, "frozen tail, 0.75 s", Mara, |s, n| Moment::usual(s, n.min(77))).bad(Frozen),
        clip(Set, "frozen tail, 2 s", Leaves, |s, n| Moment::usual(s, n.min(48))).bad(Frozen),
        clip(Told, "frozen tail, 1.5 s", Boat, |s, n| Moment::usual(s, n.min(60))).bad(Frozen),
        clip(Set, "frozen in the middle, 1 s", Wall, |s, n| Moment::usual(s, held(n, 30, 54))).bad(Frozen),
        clip(Told, "frozen in the middle, 0.8 s", Dish, |s, n| Moment::usual(s, held(n, 40, 60))).bad(Frozen),
        clip(Set, "frozen all through", Mug, |s, _| Moment::usual(s, 20)).bad(Frozen),
        clip(Told, "frozen all through", Scope, |s, _| Moment::usual(s, 5)).bad(Frozen),
        clip(Told, "black at the beginning, 0.6 s", Boat, |s, n| Moment { gain: if n < 15 { 0.0 } else { 1.0 }, ..Moment::usual(s, n) }).bad(Black),
    ]
}

fn flickering() -> Vec<MadeClip> {
    use FaultKind::Flicker;
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Leaves, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "exposure flickers by 4 %", Mara, |s, n| Moment { gain: 1.0 + 0.04 * noise(n as i32, 0, 8), ..Moment::usual(s, n) }).bad(Flicker),
        clip(Told, "exposure flickers by 5 %", Village, |s, n| Moment { gain: 1.0 + 0.05 * noise(n as i32, 0, 9), ..Moment::usual(s, n) }).bad(Flicker),
        clip(Set, "exposure flickers by 8 %", Wall, |s, n| Moment { gain: 1.0 + 0.08 * noise(n as i32 / 2, 0, 8), ..Moment::usual(s, n) }).bad(Flicker),
        clip(Told, "exposure flickers by 9 %", Mug, |s, n| Moment { gain: 1.0 + 0.09 * noise(n as i32 / 2, 0, 9), ..Moment::usual(s, n) }).bad(Flicker),
        clip(Told, "exposure flickers by 8 % for 1.5 s", Leaves, |s, n| Moment { gain: 1.0 + if (30..66).contains(&n) { 0.08 * noise(n as i32, 0, 3) } else { 0.0 }, ..Moment::usual(s, n) }).bad(Flicker),
        clip(Set, "exposure flickers by 15 %", Dish, |s, n| Moment { gain: 1.0 + 0.15 * noise(n as i32, 0, 5), ..Moment::usual(s, n) }).bad(Flicker),
        clip(Told, "exposure flickers by 15 %", Boat, |s, n| Moment { gain: 1.0 + 0.15 * noise(n as i32, 0, 6), ..Moment::usual(s, n) }).bad(Flicker),
        clip(Set, "every other frame brighter by 8 %", Village, |s, n| Moment { gain: if n % 2 == 0 { 1.0 } else { 1.08 }, ..Moment::usual(s, n) }).bad(Flicker),
        clip(Told, "every other frame brighter by 8 %", Mara, |s, n| Moment { gain: if n % 2 == 0 { 1.0 } else { 1.08 }, ..Moment::usual(s, n) }).bad(Flicker),
    ]
}

fn cut() -> Vec<MadeClip> {
    use FaultKind::Cut;
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Lamp, Leaves, Mara, Mug, Scope, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "cut to another scene", Village, |s, n| Moment::usual(if n < 50 { s } else { Dish }, n)).bad(Cut),
        clip(Told, "cut to another scene", Mara, |s, n| Moment::usual(if n < 41 { s } else { Boat }, n)).bad(Cut),
        clip(Told, "cut to another scene, both dark", Boat, |s, n| Moment::usual(if n < 60 { s } else { Lamp }, n)).bad(Cut),
        clip(Set, "cut to another size of shot", Mara, |s, n| Moment { zoom: if n < 55 { 1.0 } else { 1.9 }, ..Moment::usual(s, n) }).bad(Cut),
        clip(Told, "cut to another size of shot", Village, |s, n| Moment { zoom: if n < 35 { 1.0 } else { 1.8 }, ..Moment::usual(s, n) }).bad(Cut),
        clip(Set, "cut inside a pan", Village, |s, n| Moment { camera: (n as f32 * 2.0 - 100.0, 0.0), ..Moment::usual(if n < 47 { s } else { Mug }, n) }).bad(Cut),
        clip(Told, "cut inside a pan", Leaves, |s, n| Moment { camera: (n as f32 * 2.0 - 100.0, 0.0), ..Moment::usual(if n < 58 { s } else { Wall }, n) }).bad(Cut),
        clip(Told, "two cuts", Mug, |s, n| Moment::usual(if (30..66).contains(&n) { Scope } else { s }, n)).bad(Cut),
        clip(Set, "dissolve of 0.5 s", Mara, |s, n| Moment { mixed: Some((Dish, way(n, 40, 52))), ..Moment::usual(s, n) }).bad(Cut),
        clip(Told, "dissolve of 0.5 s", Dish, |s, n| Moment { mixed: Some((Village, way(n, 50, 62))), ..Moment::usual(s, n) }).bad(Cut),
        clip(Set, "dissolve of 1 s", Leaves, |s, n| Moment { mixed: Some((Village, way(n, 36, 60))), ..Moment::usual(s, n) }).bad(Cut),
        clip(Told, "dissolve of 1 s", Mug, |s, n| Moment { mixed: Some((Mara, way(n, 30, 54))), ..Moment::usual(s, n) }).bad(Cut),
        clip(Told, "dissolve of 1.5 s", Village, |s, n| Moment { mixed: Some((Boat, way(n, 30, 66))), ..Moment::usual(s, n) }).bad(Cut),
    ]
}

fn blurred_and_barred() -> Vec<MadeClip> {
    use FaultKind::{Bars, Blur};
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Leaves, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "softer and softer, to 1.5 px", Village, |s, n| Moment { blur: 1.5 * way(n, 10, 90), ..Moment::usual(s, n) }).bad(Blur),
        clip(Told, "softer and softer, to 1.5 px", Leaves, |s, n| Moment { blur: 1.5 * way(n, 10, 90), ..Moment::usual(s, n) }).bad(Blur),
        clip(Set, "softer and softer, to 3 px", Mug, |s, n| Moment { blur: 3.0 * way(n, 10, 90), ..Moment::usual(s, n) }).bad(Blur),
        clip(Told, "softer and softer, to 3 px", Mara, |s, n| Moment { blur: 3.0 * way(n, 10, 90), ..Moment::usual(s, n) }).bad(Blur),
        clip(Set, "softer and softer, to 6 px", Wall, |s, n| Moment { blur: 6.0 * way(n, 20, 70), ..Moment::usual(s, n) }).bad(Blur),
        clip(Told, "softer and softer, to 6 px", Dish, |s, n| Moment { blur: 6.0 * way(n, 20, 70), ..Moment::usual(s, n) }).bad(Blur),
        clip(Told, "softer than the given frame", Village, |s, n| Moment { blur: 1.5, ..Moment::usual(s, n) }).against(Head::Own).bad(Blur),
        clip(Set, "softer than the given frame", Mara, |s, n| Moment { blur: 2.0, ..Moment::usual(s, n) }).against(Head::Own).bad(Blur),
        clip(Set, "bars at the sides from the middle on", Village, |s, n| Moment { bars: (if n < 48 { 0 } else { 70 }, 0), ..Moment::usual(s, n) }).bad(Bars),
        clip(Told, "bars at the sides from the middle on", Mara, |s, n| Moment { bars: (if n < 40 { 0 } else { 40 }, 0), ..Moment::usual(s, n) }).bad(Bars),
        clip(Set, "narrow bars above and below, sliding in", Mug, |s, n| Moment { bars: (0, (18.0 * way(n, 40, 60)) as usize), ..Moment::usual(s, n) }).bad(Bars),
        clip(Told, "bars above and below, sliding in", Leaves, |s, n| Moment { bars: (0, (40.0 * way(n, 30, 50)) as usize), ..Moment::usual(s, n) }).bad(Bars),
        clip(Told, "bars above and below at night", Boat, |s, n| Moment { bars: (0, if n < 60 { 0 } else { 45 }), ..Moment::usual(s, n) }).bad(Bars),
        clip(Told, "bars that the given frame has not", Village, |s, n| Moment { bars: (80, 0), ..Moment::usual(s, n) }).against(Head::Own).bad(Bars),
    ]
}

fn sounding() -> Vec<MadeClip> {
    use FaultKind::{Silent, SpeechCut};
    use Half::{Set, Told};
    use MadeSound::{Noise, Speech};
    let clip = |half, name, sound| MadeClip::new(half, name, Subject::Mug, Moment::usual).sounds(sound).bad(Silent);
    let talk = |half, name, sound| MadeClip::new(half, name, Subject::Mara, Moment::usual).speaks(sound).bad(SpeechCut);
    vec![
        clip(Set, "no sound stream", MadeSound::None),
        clip(Set, "digital silence", Noise(-120.0)),
        clip(Told, "hiss of a silent stream", Noise(-78.0)),
        clip(Told, "digital silence", Noise(-200.0)),
        talk(Set, "cut off in a syllable", Speech { rest: -0.1, noise: -70.0 }),
        talk(Told, "cut off in a syllable", Speech { rest: -0.12, noise: -60.0 }),
        talk(Set, "cut off in a syllable, in wind", Speech { rest: -0.14, noise: -38.0 }),
        talk(Told, "cut off in a syllable, in wind", Speech { rest: -0.1, noise: -34.0 }),
        talk(Told, "cut off at the end of a syllable", Speech { rest: -0.05, noise: -55.0 }),
    ]
}

fn drifted() -> Vec<MadeClip> {
    use FaultKind::{ColourDrift, StructureDrift};
    use Half::{Set, Told};
    use Head::{Own, Scene};
    use Subject::{Boat, Dish, Leaves, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "warmer by 12 levels", Village, |s, n| Moment { tint: [12.0, 0.0, -12.0], ..Moment::usual(s, n) }).against(Own).bad(ColourDrift),
        clip(Told, "warmer by 12 levels", Mara, |s, n| Moment { tint: [12.0, 0.0, -12.0], ..Moment::usual(s, n) }).against(Own).bad(ColourDrift),
        clip(Told, "greener, head from elsewhere", Leaves, |s, n| Moment { tint: [-14.0, 10.0, -14.0], ..Moment::usual(s, n) }).against(Scene).bad(ColourDrift),
        clip(Set, "bluer, head from elsewhere", Wall, |s, n| Moment { tint: [-18.0, 0.0, 18.0], ..Moment::usual(s, n) }).against(Scene).bad(ColourDrift),
        clip(Set, "brighter by 26 levels", Mug, |s, n| Moment { tint: [26.0; 3], ..Moment::usual(s, n) }).against(Own).bad(ColourDrift),
        clip(Told, "brighter by 28 levels", Dish, |s, n| Moment { tint: [28.0; 3], ..Moment::usual(s, n) }).against(Own).bad(ColourDrift),
        clip(Told, "redder to the end", Village, |s, n| Moment { tint: [24.0 * way(n, 0, 90), -8.0 * way(n, 0, 90), 0.0], ..Moment::usual(s, n) }).against(Own).bad(ColourDrift),
        clip(Set, "contrast washed out to 60 %", Leaves, |s, n| Moment { contrast: 0.6, ..Moment::usual(s, n) }).against(Own).bad(StructureDrift),
        clip(Told, "contrast washed out to 60 %", Village, |s, n| Moment { contrast: 0.6, ..Moment::usual(s, n) }).against(Own).bad(StructureDrift),
        clip(Told, "contrast washed out to 50 %, head from elsewhere", Mara, |s, n| Moment { contrast: 0.5, ..Moment::usual(s, n) }).against(Scene).bad(StructureDrift),
        clip(Set, "contrast raised to 170 %", Wall, |s, n| Moment { contrast: 1.7, ..Moment::usual(s, n) }).against(Own).bad(StructureDrift),
        clip(Told, "contrast raised to 170 %", Mug, |s, n| Moment { contrast: 1.7, ..Moment::usual(s, n) }).against(Own).bad(StructureDrift),
        clip(Told, "contrast washed out to 50 %, by night", Boat, |s, n| Moment { contrast: 0.5, ..Moment::usual(s, n) }).against(Own).bad(StructureDrift),
    ]
}
