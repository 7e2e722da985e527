//! A shot that is rendered from a prompt: who renders it, with which model, from what.

use std::time::Duration;

use super::ability::{check_counts, check_sound, check_values, given_size, seconds};
use super::inputs::Gathered;
use super::places::ShotPlaces;
use super::prompt::{numbers, whole};
use super::resolve::Resolver;
use super::services::{Able, ProviderDemands, unknown_provider};
use super::settings::setting;
use super::{Inputs, Render, RenderPlaces, Spoken};
use crate::catalog::{DEFAULT_FAMILY, ModelFamily, Ratio, Resolution, family};
use crate::index::ShotIndex;
use crate::provider::{ANIMATIC, Offer, Provider, family_of, provider_by_id};
use crate::storyboard;
use crate::text::{Located, Problem, Span, closest};

/// The picture that a shot asks for.
#[derive(Clone, Copy)]
struct PictureRequest {
    resolution: Resolution,
    ratio: Ratio,
    audio: bool,
    watermark: bool,
    seed: Option<(i64, Span)>,
}

impl Resolver<'_> {
    pub(super) fn prompt(
        &mut self,
        at: ShotIndex,
        raw: &Located<storyboard::Shot>,
        prompt: &Located<String>,
        dialogue: &[Spoken],
    ) -> Option<(Render, Duration)> {
        let words = self.fill(prompt);
        if words.trim().is_empty() {
            let problem = Problem::error("film::empty_prompt", "the prompt is empty");
            self.report(problem.at(self.mark(prompt.span), "no words").help("describe what the shot shows"));
        }
        let cast = self.words.mentions(&words, prompt.span, &mut self.problems);
        let style = setting!(self.layers, raw, style).cloned();
        let style = style.map(|style| self.fill(&style));
        let entry = self.provider(raw);
        let (name, named_at) = self.named_model(raw);
        let able = entry.and_then(|service| {
            let (model, family, offer) = self.model_at(service, &name, named_at)?;
            Some((model, Able { service, family, offer }))
        });
        let gathered = self.gather(at, raw, &cast);
        let places = self.places(at, raw, named_at, gathered.as_ref().and_then(|gathered| gathered.span));
        let (model, able) = able?;
        let Able { service, family, offer } = able;
        self.warn_retired(family, offer, places.model, places.shot);
        let mut picture = self.picture(raw);
        let asked = setting!(self.layers, raw, duration).map_or(5.0, |value| value.value);
        let length = seconds(family, service, offer, asked, &places).map_err(|problem| self.report(problem)).ok();
        check_sound(family, picture.audio, &places).into_iter().for_each(|problem| self.report(problem));
        let Gathered { inputs, brought, each, .. } = gathered?;
        let given = given_size(&inputs, self.inventory);
        self.follow_first_frame(able, &inputs, &mut picture, given, &places);
        self.check_able(able, &inputs, picture, &places);
        self.check_sent(able, &inputs, &each, &places);
        let spelled = self.words.spell(&words, &numbers(&inputs, &brought));
        let seconds = length?;
        let render = Render {
            provider: service,
            price: if service.is_paid { self.price(service, offer, &model, picture.resolution) } else { None },
            video: self.video_seconds(family, &inputs),
            model,
            family,
            prompt: whole(&spelled, dialogue, style.as_deref()),
            words: reflowed(&self.words.named(&words)),
            resolution: picture.resolution,
            ratio: picture.ratio,
            size: family.size(picture.resolution, picture.ratio, given)?,
            inputs,
            seconds,
            audio: picture.audio && family.audio,
            watermark: picture.watermark,
            seed: picture.seed.map(|(seed, _)| seed),
            places: RenderPlaces {
                prompt: self.mark(prompt.span),
                inputs: places.inputs,
                each_input: each,
                audio: places.audio,
                model: places.model,
                duration: places.duration,
                resolution: places.resolution,
                ratio: places.ratio,
            },
        };
        Some((render, Duration::from_secs(u64::from(seconds.unwrap_or(5)))))
    }

    fn places(
        &self,
        at: ShotIndex,
        raw: &Located<storyboard::Shot>,
        model: Option<Span>,
        inputs: Option<Span>,
    ) -> ShotPlaces {
        let resolution = setting!(self.layers, raw, resolution).map(|value| value.span);
        ShotPlaces {
            shot: self.shot_span(at),
            block: self.block(at),
            model,
            resolution: resolution.filter(|_| self.wish.resolution.is_none()),
            ratio: setting!(self.layers, raw, ratio).map(|value| value.span),
            duration: setting!(self.layers, raw, duration).map(|value| value.span),
            audio: setting!(self.layers, raw, audio).map(|value| value.span),
            inputs,
        }
    }

    /// The places of a shot that is resolved.
    pub(super) fn places_again(&self, at: ShotIndex, render: &Render) -> ShotPlaces {
        let RenderPlaces { inputs, model, resolution, ratio, duration, audio, .. } = render.places;
        ShotPlaces {
            shot: self.shot_span(at),
            block: self.block(at),
            model,
            resolution,
            ratio,
            duration,
            audio,
            inputs,
        }
    }

    fn picture(&mut self, raw: &Located<storyboard::Shot>) -> PictureRequest {
        let resolution = setting!(self.layers, raw, resolution).map(|value| value.value);
        let seed = setting!(self.layers, raw, seed).map(|seed| (seed.value, seed.span));
        if let Some((_, span)) = seed.filter(|(seed, _)| !(-1..=i64::from(u32::MAX)).contains(seed)) {
            let problem = Problem::error("film::seed", "a seed is -1 to 4294967295").at(span, "out of range");
            self.report(problem);
        }
        PictureRequest {
            resolution: self.wish.resolution.or(resolution).unwrap_or(Resolution::P720),
            ratio: setting!(self.layers, raw, ratio).map_or(Ratio::W16H9, |value| value.value),
            audio: setting!(self.layers, raw, audio).is_none_or(|value| value.value),
            watermark: setting!(self.layers, raw, watermark).is_some_and(|value| value.value),
            seed,
        }
    }

    /// Some families give a clip the shape of its first frame, whatever is asked.
    fn follow_first_frame(
        &mut self,
        able: Able,
        inputs: &Inputs,
        picture: &mut PictureRequest,
        given: Option<crate::units::Size>,
        places: &ShotPlaces,
    ) {
        let asked = picture.ratio;
        if !able.family.follows_first_frame || !matches!(inputs, Inputs::Frames { .. }) || asked == Ratio::Adaptive {
            return;
        }
        picture.ratio = Ratio::Adaptive;
        let size = |ratio| able.family.size(picture.resolution, ratio, given);
        if places.ratio.is_some() && given.is_some() && size(asked) != size(Ratio::Adaptive) {
            let message = format!("{} uses the ratio of the first frame, not {asked}", able.family.name);
            let problem = Problem::warning("film::follows_first_frame", message);
            let problem = super::places::place(problem, places.ratio, places, "has no effect on this shot");
            self.report(problem.help(format!("crop the picture to {asked}, or choose another model")));
        }
    }

    fn check_able(&mut self, able: Able, inputs: &Inputs, picture: PictureRequest, places: &ShotPlaces) {
        let Able { service, family, offer } = able;
        for problem in check_values(family, offer, picture.resolution, picture.ratio, inputs, places) {
            self.report(problem);
        }
        for problem in check_counts(family, inputs, places) {
            self.report(problem);
        }
        if service.is_paid {
            let seed = picture.seed.map(|(_, span)| span);
            let asked = ProviderDemands { silent: !picture.audio, ratio: picture.ratio, seed };
            self.check_service(service, family, offer, inputs, asked, places);
            self.check_files(service, inputs, places);
        }
    }

    fn provider(&mut self, raw: &storyboard::Shot) -> Option<&'static Provider> {
        if let Some(name) = &self.wish.provider {
            return provider_by_id(name).or_else(|| {
                let problem = unknown_provider(name);
                // The same wish holds for every shot: it is reported once.
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
                None
            });
        }
        match setting!(self.layers, raw, provider) {
            None => provider_by_id(ANIMATIC),
            Some(name) => provider_by_id(&name.value).or_else(|| {
                let problem = unknown_provider(&name.value).at(name.span, "not known");
                self.report(problem);
                None
            }),
        }
    }

    /// The model that counts for a shot, as it is named, and where.
    fn named_model(&self, raw: &Located<storyboard::Shot>) -> (String, Option<Span>) {
        match (&self.wish.model, setting!(self.layers, raw, model)) {
            (Some(name), _) => (name.clone(), None),
            (None, Some(name)) => (name.value.clone(), Some(name.span)),
            (None, None) => (DEFAULT_FAMILY.to_owned(), None),
        }
    }

    /// A model by the name that the storyboard gives it. What is not known passes, with a warning.
    pub(super) fn known_model(&mut self, name: &str, span: Option<Span>) -> (String, &'static ModelFamily) {
        if let Some(family) = family_of(name) {
            return (name.to_owned(), family);
        }
        let problem = Problem::warning("film::unknown_model", format_args!("the model `{name}` is not known"));
        let names = crate::catalog::FAMILIES.iter().map(|family| family.name);
        let problem = problem.help(match closest(name, names) {
            Some(near) => format!("did you mean `{near}`? storyreel assumes that it can do what {DEFAULT_FAMILY} can"),
            None => format!("storyreel assumes that it can do what {DEFAULT_FAMILY} can"),
        });
        self.about_model(problem, span, "not in the catalogue");
        (name.to_owned(), family(DEFAULT_FAMILY).expect("the default family is in the catalogue"))
    }

    /// A model that was shut down, here or everywhere.
    fn warn_retired(&mut self, family: &ModelFamily, offer: Option<&Offer>, span: Option<Span>, shot: Span) {
        let Some((date, other)) = offer.and_then(|offer| offer.retired).or(family.retired) else { return };
        let problem = Problem::warning("film::retired", format_args!("{} was shut down on {date}", family.name));
        self.report(problem.at(span.unwrap_or(shot), "retired").help(format_args!("use `{other}`")));
    }
}

/// Line ends of a block of YAML are where its author's editor wrapped; only empty lines part paragraphs.
fn reflowed(text: &str) -> String {
    let mut flowed = String::with_capacity(text.len());
    for paragraph in text.trim().split("\n\n") {
        if !flowed.is_empty() {
            flowed.push('\n');
        }
        for (n, word) in paragraph.split_whitespace().enumerate() {
            if n > 0 {
                flowed.push(' ');
            }
            flowed.push_str(word);
        }
    }
    flowed
}

#[cfg(test)]
mod tests {
    use super::reflowed;

    #[test]
    fn lines_flow_and_paragraphs_stay() {
        assert_eq!(reflowed("  She walks\n the\tpier.\n\nIt rains. \n"), "She walks the pier.\nIt rains.");
        // More than one empty line is as much of the words that are sent as it ever was.
        assert_eq!(reflowed("a\n\n\n\nb\n\n \n\nc"), "a\n\nb\n\nc");
        assert_eq!(reflowed(" \n\n "), "");
    }
}
