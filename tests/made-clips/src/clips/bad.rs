//! Clips with a fault each, of every kind and of unlike strength.

use storyreel_quality::FaultKind;

use super::{Half, Head, MadeClip, held, still, usual, way};
use crate::moment::Subject;
use crate::paint::noise;
use crate::voice::MadeSound;

/// All of them.
pub(super) fn clips() -> Vec<MadeClip> {
    let seen = [black(), frozen(), flickering(), cut(), blurred(), barred(), drifted()];
    [seen.concat(), sounding()].concat()
}

fn black() -> Vec<MadeClip> {
    use FaultKind::Black;
    use Half::{Set, Told};
    use Subject::{Dish, Lamp, Leaves, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "black in the middle, 0.5 s", Village, |s, n| {
            usual(s, n).gain(if (40..52).contains(&n) { 0.0 } else { 1.0 })
        })
        .bad(Black),
        clip(Told, "black in the middle, 0.6 s", Mug, |s, n| {
            usual(s, n).gain(if (43..58).contains(&n) { 0.0 } else { 1.0 })
        })
        .bad(Black),
        clip(Set, "black from the middle on", Dish, |s, n| usual(s, n).gain(if n >= 48 { 0.0 } else { 1.0 }))
            .bad(Black),
        clip(Told, "black from the middle on", Wall, |s, n| usual(s, n).gain(if n >= 55 { 0.0 } else { 1.0 }))
            .bad(Black),
        clip(Set, "black all through", Mug, |s, n| still(s, n).gain(0.0).grain(0.0)).bad(Black),
        clip(Told, "nearly black all through, grain", Leaves, |s, n| still(s, n).gain(0.02).grain(2.0)).bad(Black),
        clip(Told, "fades away and stays black for 2 s", Lamp, |s, n| usual(s, n).gain(1.0 - way(n, 30, 46)))
            .bad(Black),
        clip(Told, "black at the beginning, 0.6 s", Dish, |s, n| usual(s, n).gain(if n < 15 { 0.0 } else { 1.0 }))
            .bad(Black),
    ]
}

fn frozen() -> Vec<MadeClip> {
    use FaultKind::Frozen;
    use Half::{Set, Told};
    use Subject::{Dish, Lamp, Leaves, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "frozen tail, 0.8 s", Village, |s, n| usual(s, n.min(76))).bad(Frozen),
        clip(Told, "frozen tail, 0.7 s", Mug, |s, n| usual(s, n.min(78))).bad(Frozen),
        clip(Set, "frozen tail, 2 s", Leaves, |s, n| usual(s, n.min(48))).bad(Frozen),
        clip(Told, "frozen tail, 1.4 s", Dish, |s, n| usual(s, n.min(62))).bad(Frozen),
        clip(Set, "frozen in the middle, 1 s", Wall, |s, n| usual(s, held(n, 30, 54))).bad(Frozen),
        clip(Told, "frozen in the middle, 0.8 s", Mara, |s, n| usual(s, held(n, 51, 71))).bad(Frozen),
        clip(Set, "frozen all through", Mug, |s, _| usual(s, 20)).bad(Frozen),
        clip(Told, "frozen all through", Lamp, |s, _| usual(s, 5)).bad(Frozen),
    ]
}

fn flickering() -> Vec<MadeClip> {
    use FaultKind::Flicker;
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "exposure flickers by 4 %", Mara, |s, n| usual(s, n).gain(1.0 + 0.04 * noise(n, 0, 8))).bad(Flicker),
        clip(Told, "exposure flickers by 5 %", Boat, |s, n| usual(s, n).gain(1.0 + 0.05 * noise(n, 0, 19)))
            .bad(Flicker),
        clip(Set, "exposure flickers by 8 %", Wall, |s, n| usual(s, n).gain(1.0 + 0.08 * noise(n / 2, 0, 8)))
            .bad(Flicker),
        clip(Told, "exposure flickers by 9 %", Village, |s, n| usual(s, n).gain(1.0 + 0.09 * noise(n / 2, 0, 29)))
            .bad(Flicker),
        clip(Told, "exposure flickers by 8 % for 1.5 s", Wall, |s, n| {
            usual(s, n).gain(1.0 + if (30..66).contains(&n) { 0.08 * noise(n, 0, 13) } else { 0.0 })
        })
        .bad(Flicker),
        clip(Set, "exposure flickers by 15 %", Dish, |s, n| usual(s, n).gain(1.0 + 0.15 * noise(n, 0, 5))).bad(Flicker),
        clip(Told, "exposure flickers by 12 %", Dish, |s, n| usual(s, n).gain(1.0 + 0.12 * noise(n, 0, 16)))
            .bad(Flicker),
        clip(Set, "every other frame brighter by 8 %", Village, |s, n| {
            usual(s, n).gain(if n % 2 == 0 { 1.0 } else { 1.08 })
        })
        .bad(Flicker),
        clip(Told, "every other frame brighter by 8 %", Mug, |s, n| {
            usual(s, n).gain(if n % 2 == 0 { 1.0 } else { 1.08 })
        })
        .bad(Flicker),
    ]
}

fn cut() -> Vec<MadeClip> {
    use FaultKind::Cut;
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Lamp, Leaves, Mara, Mug, Scope, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "cut to another scene", Village, |s, n| usual(if n < 50 { s } else { Dish }, n)).bad(Cut),
        clip(Told, "cut to another scene", Mug, |s, n| usual(if n < 38 { s } else { Dish }, n)).bad(Cut),
        clip(Told, "cut to another scene, both dark", Dish, |s, n| usual(if n < 66 { s } else { Scope }, n)).bad(Cut),
        clip(Set, "cut to another size of shot", Mara, |s, n| usual(s, n).zoom(if n < 55 { 1.0 } else { 1.9 }))
            .bad(Cut),
        clip(Told, "cut to another size of shot", Boat, |s, n| usual(s, n).zoom(if n < 45 { 2.0 } else { 1.0 }))
            .bad(Cut),
        clip(Set, "cut inside a pan", Village, |s, n| {
            usual(if n < 47 { s } else { Mug }, n).camera(n as f32 * 2.0 - 100.0, 0.0)
        })
        .bad(Cut),
        clip(Told, "cut inside a pan", Wall, |s, n| {
            usual(if n < 53 { s } else { Leaves }, n).camera(n as f32 * 2.0 - 100.0, 0.0)
        })
        .bad(Cut),
        clip(Told, "two cuts", Village, |s, n| usual(if (25..60).contains(&n) { Lamp } else { s }, n)).bad(Cut),
        clip(Set, "dissolve of 0.5 s", Mara, |s, n| usual(s, n).mixed(Dish, way(n, 40, 52))).bad(Cut),
        clip(Told, "dissolve of 0.5 s", Mara, |s, n| usual(s, n).mixed(Boat, way(n, 33, 45))).bad(Cut),
        clip(Set, "dissolve of 1 s", Leaves, |s, n| usual(s, n).mixed(Village, way(n, 36, 60))).bad(Cut),
        clip(Told, "dissolve of 1 s", Village, |s, n| usual(s, n).mixed(Mug, way(n, 45, 69))).bad(Cut),
        clip(Told, "dissolve of 1.5 s", Boat, |s, n| usual(s, n).mixed(Dish, way(n, 41, 77))).bad(Cut),
    ]
}

fn blurred() -> Vec<MadeClip> {
    use FaultKind::Blur;
    use Half::{Set, Told};
    use Subject::{Boat, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "softer and softer, to 1.5 px", Village, |s, n| usual(s, n).blur(1.5 * way(n, 10, 90))).bad(Blur),
        clip(Told, "softer and softer, to 1.5 px", Wall, |s, n| usual(s, n).blur(1.5 * way(n, 10, 90))).bad(Blur),
        clip(Set, "softer and softer, to 3 px", Mug, |s, n| usual(s, n).blur(3.0 * way(n, 10, 90))).bad(Blur),
        clip(Told, "softer and softer, to 3 px", Village, |s, n| usual(s, n).blur(3.0 * way(n, 10, 90))).bad(Blur),
        clip(Set, "softer and softer, to 6 px", Wall, |s, n| usual(s, n).blur(6.0 * way(n, 20, 70))).bad(Blur),
        clip(Told, "softer and softer, to 6 px", Mara, |s, n| usual(s, n).blur(6.0 * way(n, 20, 70))).bad(Blur),
        clip(Told, "softer than the given frame", Boat, |s, n| usual(s, n).blur(1.5)).against(Head::Own).bad(Blur),
        clip(Set, "softer than the given frame", Mara, |s, n| usual(s, n).blur(2.0)).against(Head::Own).bad(Blur),
    ]
}

fn barred() -> Vec<MadeClip> {
    use FaultKind::Bars;
    use Half::{Set, Told};
    use Subject::{Boat, Dish, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "bars at the sides from the middle on", Village, |s, n| {
            usual(s, n).bars(if n < 48 { 0 } else { 70 }, 0)
        })
        .bad(Bars),
        clip(Told, "bars at the sides from the middle on", Mug, |s, n| {
            usual(s, n).bars(if n < 40 { 0 } else { 40 }, 0)
        })
        .bad(Bars),
        clip(Set, "narrow bars above and below, sliding in", Mug, |s, n| {
            usual(s, n).bars(0, (18.0 * way(n, 40, 60)) as usize)
        })
        .bad(Bars),
        clip(Told, "bars above and below, sliding in", Wall, |s, n| {
            usual(s, n).bars(0, (40.0 * way(n, 30, 50)) as usize)
        })
        .bad(Bars),
        clip(Told, "bars above and below at dusk", Dish, |s, n| usual(s, n).bars(0, if n < 60 { 0 } else { 45 }))
            .bad(Bars),
        clip(Told, "bars that the given frame has not", Boat, |s, n| usual(s, n).bars(80, 0))
            .against(Head::Own)
            .bad(Bars),
    ]
}

fn sounding() -> Vec<MadeClip> {
    use FaultKind::{Silent, SpeechCut};
    use Half::{Set, Told};
    use MadeSound::{Noise, Speech};
    let clip = |half, name, sound| MadeClip::new(half, name, Subject::Mug, usual).sounds(sound).bad(Silent);
    let talk = |half, name, sound| MadeClip::new(half, name, Subject::Mara, usual).speaks(sound).bad(SpeechCut);
    vec![
        clip(Set, "no sound stream", MadeSound::None),
        clip(Set, "digital silence", Noise(-120.0)),
        clip(Told, "hiss of a silent stream", Noise(-78.0)),
        clip(Told, "digital silence", Noise(-200.0)),
        talk(Set, "cut off in a syllable", Speech { rest: -0.1, noise: -70.0 }),
        talk(Told, "cut off in a syllable", Speech { rest: -0.13, noise: -62.0 }),
        talk(Set, "cut off in a syllable, in wind", Speech { rest: -0.14, noise: -38.0 }),
        talk(Told, "cut off in a syllable, in wind", Speech { rest: -0.12, noise: -35.0 }),
        talk(Told, "cut off at the end of a syllable", Speech { rest: -0.06, noise: -56.0 }),
    ]
}

fn drifted() -> Vec<MadeClip> {
    use FaultKind::{ColourDrift, StructureDrift};
    use Half::{Set, Told};
    use Head::{Own, Scene};
    use Subject::{Boat, Dish, Leaves, Mara, Mug, Village, Wall};
    let clip = MadeClip::new;
    vec![
        clip(Set, "warmer by 12 levels", Village, |s, n| usual(s, n).tint([12.0, 0.0, -12.0]))
            .against(Own)
            .bad(ColourDrift),
        clip(Told, "warmer by 12 levels", Mug, |s, n| usual(s, n).tint([12.0, 0.0, -12.0]))
            .against(Own)
            .bad(ColourDrift),
        clip(Told, "greener, head from elsewhere", Wall, |s, n| usual(s, n).tint([-14.0, 10.0, -14.0]))
            .against(Scene)
            .bad(ColourDrift),
        clip(Set, "bluer, head from elsewhere", Wall, |s, n| usual(s, n).tint([-18.0, 0.0, 18.0]))
            .against(Scene)
            .bad(ColourDrift),
        clip(Set, "brighter by 26 levels", Mug, |s, n| usual(s, n).tint([26.0; 3])).against(Own).bad(ColourDrift),
        clip(Told, "brighter by 28 levels", Mara, |s, n| usual(s, n).tint([28.0; 3])).against(Own).bad(ColourDrift),
        clip(Told, "redder to the end", Boat, |s, n| {
            usual(s, n).tint([24.0 * way(n, 0, 90), -8.0 * way(n, 0, 90), 0.0])
        })
        .against(Own)
        .bad(ColourDrift),
        clip(Set, "contrast washed out to 60 %", Leaves, |s, n| usual(s, n).contrast(0.6))
            .against(Own)
            .bad(StructureDrift),
        clip(Told, "contrast washed out to 60 %", Boat, |s, n| usual(s, n).contrast(0.6))
            .against(Own)
            .bad(StructureDrift),
        clip(Told, "contrast washed out to 50 %, head from elsewhere", Mug, |s, n| usual(s, n).contrast(0.5))
            .against(Scene)
            .bad(StructureDrift),
        clip(Set, "contrast raised to 170 %", Wall, |s, n| usual(s, n).contrast(1.7)).against(Own).bad(StructureDrift),
        clip(Told, "contrast raised to 170 %", Village, |s, n| usual(s, n).contrast(1.7))
            .against(Own)
            .bad(StructureDrift),
        clip(Told, "contrast washed out to 50 %, at dusk", Dish, |s, n| usual(s, n).contrast(0.5))
            .against(Own)
            .bad(StructureDrift),
    ]
}
