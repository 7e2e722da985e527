//! Clips without fault that look as if they had one.

use super::{Half, Head, MadeClip, still, usual, way};
use crate::moment::{Ball, Light, Moment, Subject, wave};
use crate::paint::noise;
use crate::voice::MadeSound;

/// All of them.
pub(super) fn clips() -> Vec<MadeClip> {
    [lights(), moves(), looks(), heads(), sounds()].concat()
}

/// Light that is dark, that changes, or that comes and goes.
fn lights() -> Vec<MadeClip> {
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Lamp, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "night, a light moves", Lamp, night),
        clip(Told, "night, a light moves", Dish, night),
        clip(Set, "darkest night, a light moves", Dish, darkest),
        clip(Told, "darkest night, a light moves", Boat, darkest),
        clip(Set, "strobing lights", Dish, strobe),
        clip(Told, "strobing lights", Village, strobe),
        clip(Told, "strobe over all", Mug, |s, n| usual(s, n).gain(if n / 3 % 2 == 0 { 1.0 } else { 0.3 })),
        clip(Set, "one flash of lightning", Boat, lightning),
        clip(Told, "one flash of lightning", Mara, lightning),
        clip(Set, "fade to black at the end", Village, faded),
        clip(Told, "fade to black at the end", Mug, faded),
        clip(Told, "fade from black at the beginning", Village, |s, n| usual(s, n).gain(way(n, 8, 36))),
        clip(Set, "the light is switched on", Lamp, |s, n| usual(s, n).mixed(Subject::LampLit, way(n, 44, 50))),
        clip(Told, "evening comes", Boat, |s, n| {
            usual(s, n).gain(1.0 - 0.6 * way(n, 0, 96)).tint([0.0, -4.0 * way(n, 0, 96), 8.0 * way(n, 0, 96)])
        }),
        clip(Told, "candle light", Mug, |s, n| {
            usual(s, n).gain(0.7).light(Light {
                at: (200.0, 240.0),
                reach: 120.0,
                levels: 50.0 + 14.0 * noise(n / 2, 9, 3),
            })
        }),
        clip(Told, "a light passes by", Wall, beams),
    ]
}

/// Cameras and things that move slowly, or fast.
fn moves() -> Vec<MadeClip> {
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Leaves, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "slow pan", Village, slow),
        clip(Told, "slow pan", Dish, slow),
        clip(Set, "slow pan over plain areas", Dish, |s, n| slow(s, n).grain(0.0)),
        clip(Told, "slow pan over plain areas", Village, |s, n| slow(s, n).grain(0.0)),
        clip(Told, "creeping zoom", Mug, creeping),
        clip(Set, "whip pan", Village, whip),
        clip(Told, "whip pan", Wall, whip),
        clip(Told, "whip pan over plain areas", Dish, whip),
        clip(Set, "handheld", Leaves, usual),
        clip(Told, "handheld", Village, usual),
        clip(Set, "shaken", Wall, shaken),
        clip(Told, "shaken", Boat, shaken),
        clip(Set, "somebody passes close by", Mara, passing),
        clip(Told, "somebody passes close by", Boat, passing),
        clip(Set, "fast zoom", Village, |s, n| usual(s, n).zoom(1.0 + 1.2 * way(n, 30, 60))),
        clip(Told, "fast zoom", Wall, |s, n| usual(s, n).zoom(2.2 - 1.2 * way(n, 30, 60))),
        clip(Set, "pan from detail to sky", Village, |s, n| still(s, n).camera(0.0, 80.0 - 1.6 * n as f32)),
        clip(Told, "pan from detail to sky", Mara, |s, n| still(s, n).camera(0.0, 90.0 - 1.7 * n as f32)),
        clip(Told, "snow", Boat, snow),
        clip(Set, "snow", Leaves, snow),
    ]
}

/// Pictures that are letterboxed, coarse, or nearly still.
fn looks() -> Vec<MadeClip> {
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Lamp, Leaves, Mug, Scope, Village};
    let clip = MadeClip::new;
    vec![
        clip(Set, "locked off, grain, small motion", Mug, small_motion),
        clip(Told, "locked off, grain, small motion", Leaves, small_motion),
        clip(Set, "locked off, no grain, small motion", Lamp, |s, n| small_motion(s, n).grain(0.0)),
        clip(Told, "locked off, no grain, small motion", Boat, |s, n| small_motion(s, n).grain(0.0)),
        clip(Set, "letterboxed on purpose", Village, |s, n| usual(s, n).bars(0, 45)),
        clip(Told, "letterboxed on purpose", Dish, |s, n| usual(s, n).bars(0, 36)),
        clip(Told, "pillarboxed on purpose", Mug, |s, n| usual(s, n).bars(80, 0)),
        clip(Told, "coarse grain", Scope, |s, n| still(s, n).grain(9.0)),
        clip(Set, "coarse grain", Mug, |s, n| usual(s, n).grain(9.0)),
    ]
}

/// Clips further down a chain of shots.
fn heads() -> Vec<MadeClip> {
    use Half::{Set, Told};
    use Subject::{Dish, Leaves, Mara, Mug, Village};
    let clip = MadeClip::new;
    vec![
        clip(Told, "head of the chain from elsewhere", Dish, usual).against(Head::Scene),
        clip(Set, "head of the chain from elsewhere", Village, usual).against(Head::Scene),
        clip(Told, "head of the chain from elsewhere", Mug, usual).against(Head::Scene),
        clip(Set, "head of the chain from elsewhere", Leaves, usual).against(Head::Scene),
        clip(Told, "head of the chain, slow pan", Mara, |s, n| still(s, n).camera(n as f32, 0.0)).against(Head::Own),
        clip(Set, "head of the chain, slow pan", Mug, |s, n| still(s, n).camera(n as f32, 0.0)).against(Head::Own),
    ]
}

fn sounds() -> Vec<MadeClip> {
    use Half::{Set, Told};
    use MadeSound::{Music, Noise, Speech};
    let clip = |half, name, sound| MadeClip::new(half, name, Subject::Mara, usual).sounds(sound);
    let talk = |half, name, sound| MadeClip::new(half, name, Subject::Mara, usual).speaks(sound);
    vec![
        clip(Set, "a quiet room", Noise(-56.0)),
        clip(Told, "a quiet room", Noise(-60.0)),
        clip(Told, "music to the end", Music),
        clip(Set, "wind to the end", Noise(-24.0)),
        talk(Set, "speech ends in time", Speech { rest: 0.4, noise: -70.0 }),
        talk(Told, "speech ends in time", Speech { rest: 0.3, noise: -60.0 }),
        talk(Told, "speech ends just in time", Speech { rest: 0.1, noise: -55.0 }),
        talk(Set, "speech ends in time, in wind", Speech { rest: 0.3, noise: -36.0 }),
        talk(Told, "speech ends in time, in wind", Speech { rest: 0.22, noise: -33.0 }),
        talk(Told, "asked for speech, came as music", Music),
    ]
}

fn night(subject: Subject, frame: u32) -> Moment {
    still(subject, frame).gain(0.45).light(Light { at: (60.0 + 5.0 * frame as f32, 150.0), reach: 40.0, levels: 110.0 })
}

fn darkest(subject: Subject, frame: u32) -> Moment {
    still(subject, frame).gain(0.12).light(Light { at: (500.0 - 3.0 * frame as f32, 200.0), reach: 22.0, levels: 90.0 })
}

fn slow(subject: Subject, frame: u32) -> Moment {
    still(subject, frame).camera(frame as f32 * 0.2, 0.0)
}

fn creeping(subject: Subject, frame: u32) -> Moment {
    still(subject, frame).zoom(1.0 + frame as f32 * 0.0004).grain(0.0)
}

fn whip(subject: Subject, frame: u32) -> Moment {
    let part = way(frame, 44, 54);
    let x = -150.0 + 760.0 * part * part * (3.0 - 2.0 * part);
    let speed = 760.0 / 10.0 * 6.0 * part * (1.0 - part);
    usual(subject, frame).camera(x, 0.0).smear(speed)
}

fn strobe(subject: Subject, frame: u32) -> Moment {
    let place = frame / 4;
    let on = place.is_multiple_of(2);
    let at = (320.0 + 220.0 * noise(place, 1, 4), 120.0 + 60.0 * noise(place, 2, 4));
    let light = Light { at, reach: 130.0, levels: if on { 150.0 } else { 0.0 } };
    usual(subject, frame).light(light).gain(0.7)
}

fn lightning(subject: Subject, frame: u32) -> Moment {
    let gain = if (40..44).contains(&frame) { 2.4 } else { 0.6 };
    usual(subject, frame).gain(gain)
}

fn faded(subject: Subject, frame: u32) -> Moment {
    usual(subject, frame).gain(1.0 - way(frame, 62, 86))
}

fn small_motion(subject: Subject, frame: u32) -> Moment {
    let at = (420.0 + 5.0 * wave(frame, 40.0), 210.0 + 3.0 * wave(frame, 31.0));
    let ball = Ball { at, radius: 14.0, colour: [190.0, 170.0, 150.0] };
    still(subject, frame).ball(ball).grain(2.5)
}

fn shaken(subject: Subject, frame: u32) -> Moment {
    let shake = (9.0 * noise(frame / 2, 0, 1), 7.0 * noise(frame / 2, 1, 1));
    usual(subject, frame).camera(shake.0, shake.1)
}

fn passing(subject: Subject, frame: u32) -> Moment {
    let ball = Ball { at: (-400.0 + 28.0 * (frame as f32 - 20.0), 200.0), radius: 230.0, colour: [70.0, 62.0, 66.0] };
    let mut moment = usual(subject, frame);
    moment.balls.push(ball);
    moment
}

fn snow(subject: Subject, frame: u32) -> Moment {
    let mut moment = usual(subject, frame);
    for flake in 0..160 {
        let speed = 2.5 + 2.0 * noise(flake, 3, 9).abs();
        let fallen = (180.0 * (1.0 + noise(flake, 1, 9)) + speed * frame as f32) % 360.0;
        let x = 320.0 * (1.0 + noise(flake, 2, 9)) + 12.0 * wave(frame + 9 * flake, 50.0);
        moment.balls.push(Ball { at: (x, fallen), radius: 2.5 + speed * 0.4, colour: [225.0; 3] });
    }
    moment
}

fn beams(subject: Subject, frame: u32) -> Moment {
    let x = 900.0 - 34.0 * (frame % 40) as f32;
    let light = Light { at: (x, 180.0), reach: 170.0, levels: 120.0 };
    usual(subject, frame).gain(0.5).light(light)
}
