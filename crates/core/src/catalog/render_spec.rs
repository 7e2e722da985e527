//! What a render is asked to be: the values that go from the keys of a shot to the request of a provider.

use super::{Mode, ModelFamily, Ratio, Resolution};
use crate::keyword::Keyword as _;
use crate::units::{Rate, Size};

/// What a render is asked to be. A key of a shot that goes to providers is one field here: the film holds this value,
/// the recipe is made of it, the bill is computed from it, and dialects send it.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderSpec {
    /// The model, by the provider's own id; the animatic takes the storyboard's name.
    pub model: String,
    /// What that model can do.
    pub family: &'static ModelFamily,
    /// What the render starts from.
    pub mode: Mode,
    /// The whole prompt: variables, cast, dialogue and style worked in.
    pub prompt: String,
    /// Picture height class.
    pub resolution: Resolution,
    /// Picture shape; always `adaptive` where the family follows its first frame.
    pub ratio: Ratio,
    /// Exact pixels of the clip.
    pub size: Size,
    /// Length in whole seconds; `None` lets the model decide.
    pub seconds: Option<u32>,
    /// Whether there is sound.
    pub audio: bool,
    /// Whether the provider prints its mark.
    pub watermark: bool,
    /// Sent where the model takes it.
    pub seed: Option<i64>,
}

impl RenderSpec {
    /// A render in which everything is as where a storyboard says nothing.
    #[must_use]
    pub fn new(model: &str, family: &'static ModelFamily) -> Self {
        let usual = Resolution::P720;
        let resolution = if family.resolutions.contains(&usual) { usual } else { family.resolutions[0] };
        let ratio = Ratio::W16H9;
        Self {
            model: model.to_owned(),
            family,
            mode: Mode::Text,
            prompt: String::new(),
            resolution,
            ratio,
            size: family.size(resolution, ratio, None).unwrap_or(Size::new(1280, 720)),
            seconds: Some(family.usual_seconds()),
            audio: true,
            watermark: false,
            seed: None,
        }
    }

    /// Shortest and longest length in whole seconds; they differ where the model decides.
    #[must_use]
    pub fn seconds_range(&self) -> (u32, u32) {
        match self.seconds {
            Some(seconds) => (seconds, seconds),
            None => self.family.seconds,
        }
    }

    /// The fields of a recipe: all that decides picture or sound. A field that most shots do not have is left out of
    /// theirs, so that their recipes keep their digests.
    #[must_use]
    pub fn recipe_fields(&self) -> Vec<(&'static str, String)> {
        // Every field is named, so that one more must be decided on here. Of what a family can do the shot asks for the rate
        // of its clips alone.
        let Self { model, family, mode, prompt, resolution, ratio, size, seconds, audio, watermark, seed } = self;
        let mut fields = vec![
            ("model", model.clone()),
            ("mode", mode.keyword().to_owned()),
            ("prompt", prompt.clone()),
            ("resolution", resolution.to_string()),
            ("ratio", ratio.to_string()),
            ("size", size.to_string()),
            ("duration", seconds.map_or("model".to_owned(), |seconds| seconds.to_string())),
            ("audio", audio.to_string()),
            ("watermark", watermark.to_string()),
        ];
        match family.stated_rate {
            Some(Rate::FILM) => {}
            Some(rate) => fields.push(("rate", rate.to_string())),
            None => fields.push(("rate", "any".to_owned())),
        }
        if let Some(seed) = seed {
            fields.push(("seed", seed.to_string()));
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::super::FAMILIES;
    use super::*;

    #[test]
    fn every_family_can_render_what_a_silent_storyboard_asks_for() {
        for family in FAMILIES {
            let spec = RenderSpec::new(family.name, family);
            let usual = family.usual_seconds();
            assert_eq!(spec.seconds_range(), (usual, usual), "{}", family.name);
            assert!(family.size(spec.resolution, spec.ratio, None).is_some(), "{}", family.name);
            let open = RenderSpec { seconds: None, ..spec };
            assert_eq!(open.seconds_range(), family.seconds, "{}", family.name);
        }
    }

    #[test]
    fn a_recipe_has_a_seed_only_where_one_is_given() {
        let spec = RenderSpec::new("m", &FAMILIES[0]);
        assert!(!spec.recipe_fields().iter().any(|(field, _)| *field == "seed"));
        let seeded = RenderSpec { seed: Some(-1), ..spec };
        assert!(seeded.recipe_fields().contains(&("seed", "-1".to_owned())));
    }
}
