//! Music that goes down while the shots sound, block by block.

/// How far it goes down: 12 dB, which is what mixers of speech over music commonly use.
const DOWN: f32 = 0.251;

/// Sound of the shots above this level counts as sounding: -40 dB below full scale, above room tone, below speech.
const LEVEL: f32 = 0.01;

/// Seconds in which it goes down, so that the first syllable is heard; and in which it comes back, so that it does not
/// pump between words.
const TIMES: (f32, f32) = (0.08, 0.8);

/// Seconds of quiet that are not yet a pause.
const HOLD: f32 = 0.35;

/// The state of ducking.
#[derive(Debug, Clone, Copy)]
pub struct Duck {
    gain: f32,
    quiet: f32,
}

impl Default for Duck {
    fn default() -> Self {
        Self { gain: 1.0, quiet: HOLD }
    }
}

impl Duck {
    /// The gain of the music at the beginning and at the end of a block of `seconds` in which the shots sound as
    /// `values` say; between the two it moves evenly.
    pub fn next(&mut self, values: &[f32], seconds: f32) -> (f32, f32) {
        let power = values.iter().map(|value| value * value).sum::<f32>() / values.len().max(1) as f32;
        self.quiet = if power.sqrt() > LEVEL { 0.0 } else { self.quiet + seconds };
        let before = self.gain;
        let way = (1.0 - DOWN) * seconds;
        self.gain = if self.quiet < HOLD {
            (self.gain - way / TIMES.0).max(DOWN)
        } else {
            (self.gain + way / TIMES.1).min(1.0)
        };
        (before, self.gain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: [f32; 64] = [0.1; 64];
    const QUIET: [f32; 64] = [0.001; 64];

    /// The gain after so many seconds of a block.
    fn after(duck: &mut Duck, block: [f32; 64], seconds: f32) -> f32 {
        let blocks = (seconds / 0.02).round() as usize;
        (0..blocks).map(|_| duck.next(&block, 0.02).1).last().expect("there is a block")
    }

    #[test]
    fn it_goes_down_soon_stays_down_between_words_and_comes_back_slowly() {
        let mut duck = Duck::default();
        assert!((after(&mut duck, QUIET, 1.0) - 1.0).abs() < 1e-6);
        assert!((after(&mut duck, LOUD, 0.1) - DOWN).abs() < 1e-6);
        assert!((after(&mut duck, QUIET, 0.3) - DOWN).abs() < 1e-6, "a pause between words is no end");
        assert!((0.3..0.9).contains(&after(&mut duck, QUIET, 0.4)));
        assert!((after(&mut duck, QUIET, 1.0) - 1.0).abs() < 1e-6);
    }
}
