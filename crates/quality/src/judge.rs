//! All measures of a clip, and what they say.

use super::fault::ClipFault;
use super::picture::PictureLook;
use super::series::ClipLook;
use super::sound::SoundLevels;
use super::{ClipScore, bars, black, blur, cut, drift, flicker, frozen, sound};

/// All that is measured of a clip, and what it is measured against.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClipMeasures {
    /// Its pictures.
    pub look: ClipLook,
    /// Its length in seconds.
    pub seconds: f32,
    /// The levels of its sound, where it has any.
    pub sound: Option<SoundLevels>,
    /// Whether sound was asked for.
    pub asked_sound: bool,
    /// Whether somebody was to speak.
    pub asked_speech: bool,
    /// The frame that it was to begin on.
    pub first_frame: Option<PictureLook>,
    /// The frame at the head of its chain.
    pub head: Option<PictureLook>,
}

/// What is wrong with a clip.
#[must_use]
pub fn judge(measures: &ClipMeasures) -> ClipScore {
    let look = &measures.look;
    let end = measures.seconds;
    let given = measures.first_frame.as_ref();
    let mut faults = black::black(look, end);
    faults.extend(frozen::frozen(look, end));
    faults.extend(flicker::flicker(look));
    faults.extend(cut::cuts(look));
    faults.extend(blur::blur(look, end, given));
    faults.extend(bars::bars(look, end, given));
    if measures.asked_sound {
        faults.extend(sound::silent(measures.sound.as_ref(), end));
    }
    if measures.asked_speech
        && let Some(levels) = &measures.sound
    {
        faults.extend(sound::cut_off(levels, end));
    }
    if let Some(head) = &measures.head {
        faults.extend(drift::drifted(look, head, end));
    }
    ClipScore::of(faults)
}

impl Default for ClipScore {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl ClipScore {
    pub(super) fn of(mut faults: Vec<ClipFault>) -> Self {
        faults.sort_by(|a, b| a.kind.cmp(&b.kind).then(a.seconds.start.total_cmp(&b.seconds.start)));
        let mut lost = [0.0_f32; 10];
        for fault in &faults {
            let most = f32::from(fault.lost()) / 100.0;
            let place = &mut lost[fault.kind as usize];
            // Two stretches of one kind are worse than one, and not twice as bad.
            *place = place.max(most) + 0.25 * place.min(most);
        }
        let total = (100.0 - lost.iter().sum::<f32>()).clamp(0.0, 100.0).round() as u8;
        Self { total, faults }
    }
}
