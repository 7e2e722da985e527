//! A shot that is rendered from a prompt: who renders it, with which model, from what.

use std::time::Duration;

use super::ability::{check_counts, check_values, given_size, seconds};
use super::inputs::{Gathered, Reported};
use super::model::{ModelAtProvider, NamedModel};
use super::places::{ShotPlaces, place};
use super::prompt::{numbers, spoken_lines, whole};
use super::providers::unknown_provider;
use super::resolve::Resolver;
use super::settings::setting;
use super::{Inputs, KeyPlaces, Render, RenderPlaces, Spoken};
use crate::catalog::{DEFAULT_FAMILY, DEFAULT_SECONDS, ModelFamily, Ratio, RenderSpec};
use crate::index::ShotIndex;
use crate::provider::{ANIMATIC, Provider, family_of, provider_by_id};
use crate::storyboard;
use crate::text::{Located, Problem, Span, closest};
use crate::units::Size;

impl Resolver<'_> {
    pub(super) fn prompt(
        &mut self,
        at: ShotIndex,
        raw: &Located<storyboard::Shot>,
        prompt: &Located<String>,
        dialogue: &[Spoken],
    ) -> Option<(Render, Duration)> {
        let words = self.prompt_words(prompt);
        let cast = self.words.mentions(&words, prompt.span, &mut self.problems);
        let style = self.style(raw);
        let provider = self.provider(raw);
        let named = self.named_model(raw);
        let model = provider.and_then(|provider| self.model_at(provider, &named));
        self.sends_any_file = model.as_ref().is_some_and(|model| !model.family.has_file_limits);
        let gathered = self.gather(at, raw, &cast);
        let inputs_span = gathered.as_ref().and_then(|gathered| gathered.span);
        let places = self.places(at, raw, named.span, inputs_span);
        let model = model?;
        self.warn_retired(&model, &places);
        let mut spec = self.requested(raw, &model);
        let seconds = self.requested_seconds(raw, &model, &places);
        self.check_sound(&spec, &places);
        let mut gathered = self.with_tail(raw, gathered?, &places)?;
        let voices = self.bring_voices(at, raw, &model, &mut gathered);
        let Gathered { inputs, brought, each, .. } = gathered;
        let given = given_size(&inputs, self.inventory);
        self.follow_first_frame(&mut spec, &inputs, given, &places);
        self.check_model(&model, &spec, &inputs, &places);
        self.check_sent(&model, &inputs, &each, &places);
        let spelled = self.words.spell(&words, &numbers(spec.family, &inputs, &brought));
        let lines = spoken_lines(spec.family, dialogue, &voices);
        spec.prompt = whole(&spelled, &lines, style.as_deref());
        spec.mode = inputs.mode();
        spec.seconds = seconds.ok()?;
        spec.audio = spec.family.audio && (spec.audio || spec.family.always_sounds);
        let price = self.price(&model, spec.resolution);
        spec.size = spec.family.size(spec.resolution, spec.ratio, given)?;
        let length = spec.seconds.unwrap_or(DEFAULT_SECONDS);
        let render = Render {
            provider: model.provider,
            video: self.video_seconds(spec.family, &inputs),
            spec,
            words: reflowed(&self.words.named(&words)),
            inputs,
            price,
            places: RenderPlaces { prompt: self.mark(prompt.span), each_input: each, keys: places.keys },
        };
        Some((render, Duration::from_secs(u64::from(length))))
    }

    /// The words of a prompt with its variables filled in.
    fn prompt_words(&mut self, prompt: &Located<String>) -> String {
        let words = prompt.trim_end().to_owned();
        if words.trim().is_empty() {
            let problem = Problem::error("film::empty_prompt", "the prompt is empty");
            self.report(problem.at(self.mark(prompt.span), "no words").help("describe what the shot shows"));
        }
        words
    }

    fn style(&mut self, raw: &storyboard::Shot) -> Option<String> {
        let style = setting!(self.layers, raw, style).cloned()?;
        Some(style.trim_end().to_owned())
    }

    fn places(
        &self,
        at: ShotIndex,
        raw: &Located<storyboard::Shot>,
        model: Option<Span>,
        inputs: Option<Span>,
    ) -> ShotPlaces {
        let resolution = setting!(self.layers, raw, resolution).map(|value| value.span);
        let keys = KeyPlaces {
            model,
            resolution: resolution.filter(|_| self.overrides.resolution.is_none()),
            ratio: setting!(self.layers, raw, ratio).map(|value| value.span),
            duration: setting!(self.layers, raw, duration).map(|value| value.span),
            audio: setting!(self.layers, raw, audio).map(|value| value.span),
            seed: setting!(self.layers, raw, seed).map(|value| value.span),
            inputs,
        };
        ShotPlaces { shot: self.shot_span(at), block: self.block(at), keys }
    }

    /// The places of a shot that is resolved.
    pub(super) fn places_again(&self, at: ShotIndex, render: &Render) -> ShotPlaces {
        ShotPlaces { shot: self.shot_span(at), block: self.block(at), keys: render.places.keys }
    }

    /// What the keys of a shot ask for. What depends on its inputs, the prompt and the length come later.
    fn requested(&mut self, raw: &Located<storyboard::Shot>, model: &ModelAtProvider<'_>) -> RenderSpec {
        let mut spec = RenderSpec::new(&model.name, model.family);
        if let Some(resolution) = setting!(self.layers, raw, resolution) {
            spec.resolution = resolution.value;
        }
        if let Some(resolution) = self.overrides.resolution {
            spec.resolution = resolution;
        }
        if let Some(ratio) = setting!(self.layers, raw, ratio) {
            spec.ratio = ratio.value;
        }
        if let Some(audio) = setting!(self.layers, raw, audio) {
            spec.audio = audio.value;
        }
        if let Some(watermark) = setting!(self.layers, raw, watermark) {
            spec.watermark = watermark.value;
        }
        if let Some(seed) = setting!(self.layers, raw, seed) {
            spec.seed = Some(seed.value);
            if !(-1..=i64::from(u32::MAX)).contains(&seed.value) {
                let problem = Problem::error("film::seed", "a seed is -1 to 4294967295");
                let problem = problem.at(seed.span, "out of range");
                self.report(problem);
            }
        }
        if let Some(seed) = self.take_keys(raw).and_then(|keys| keys.seed) {
            spec.seed = Some(seed);
        }
        // Its service would drop it without a word.
        if model.listed.is_some_and(|listed| !listed.seed) {
            spec.seed = None;
        }
        spec
    }

    /// Sound that is asked for of a family that makes none.
    fn check_sound(&mut self, spec: &RenderSpec, places: &ShotPlaces) {
        if !spec.audio || spec.family.audio || places.keys.audio.is_none() {
            return;
        }
        let problem = Problem::warning("film::audio", format_args!("{} makes no sound", spec.family.name));
        let problem = place(problem, places.keys.audio, places, "has no effect");
        self.report(problem.help("set `audio: false`, or choose another model"));
    }

    /// The whole seconds that a shot asks for; `None` where it leaves them to the model.
    fn requested_seconds(
        &mut self,
        raw: &Located<storyboard::Shot>,
        model: &ModelAtProvider<'_>,
        places: &ShotPlaces,
    ) -> Result<Option<u32>, Reported> {
        let usual = f64::from(model.family.usual_seconds());
        let asked = setting!(self.layers, raw, duration).map_or(usual, |value| value.value);
        seconds(model, asked, places).map_err(|problem| {
            self.report(problem);
            Reported
        })
    }

    /// Some families give a clip the shape of its first frame, whatever is asked.
    fn follow_first_frame(&mut self, spec: &mut RenderSpec, inputs: &Inputs, given: Option<Size>, places: &ShotPlaces) {
        let asked = spec.ratio;
        let family = spec.family;
        if !family.follows_first_frame || !matches!(inputs, Inputs::Frames { .. }) || asked == Ratio::Adaptive {
            return;
        }
        spec.ratio = Ratio::Adaptive;
        let asked_size = family.size(spec.resolution, asked, given);
        let followed_size = family.size(spec.resolution, Ratio::Adaptive, given);
        if places.keys.ratio.is_some() && given.is_some() && asked_size != followed_size {
            let message = format!("{} uses the ratio of the first frame, not {asked}", family.name);
            let problem = Problem::warning("film::follows_first_frame", message);
            let problem = place(problem, places.keys.ratio, places, "has no effect on this shot");
            self.report(problem.help("crop the picture to that ratio, or choose another model"));
        }
    }

    /// Whether the model, and the provider that offers it, can do what a shot asks.
    fn check_model(&mut self, model: &ModelAtProvider<'_>, spec: &RenderSpec, inputs: &Inputs, places: &ShotPlaces) {
        for problem in check_values(model, spec, inputs, places) {
            self.report(problem);
        }
        for problem in check_counts(model.family, inputs, places) {
            self.report(problem);
        }
        if model.provider.is_paid {
            self.check_provider(model, spec, inputs, places);
            self.check_files(model.provider, inputs, places);
        }
    }

    fn provider(&mut self, raw: &storyboard::Shot) -> Option<&'static Provider> {
        let of_take = self.take_keys(raw).and_then(|keys| keys.provider.as_ref());
        if let Some(name) = of_take.or(self.overrides.provider.as_ref()) {
            return provider_by_id(name).or_else(|| {
                let problem = unknown_provider(name);
                // The command line names it for every shot: it is reported once.
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
    fn named_model(&self, raw: &Located<storyboard::Shot>) -> NamedModel {
        let of_take = self.take_keys(raw).and_then(|keys| keys.model.as_ref());
        match (of_take.or(self.overrides.model.as_ref()), setting!(self.layers, raw, model)) {
            (Some(name), _) => NamedModel { name: name.clone(), span: None },
            (None, Some(name)) => NamedModel { name: name.value.clone(), span: Some(name.span) },
            (None, None) => NamedModel { name: DEFAULT_FAMILY.to_owned(), span: None },
        }
    }

    /// What a model can do by the name that the storyboard gives it. What nobody knows is not ordered.
    pub(super) fn known_family(&mut self, provider: &Provider, named: &NamedModel) -> Option<&'static ModelFamily> {
        let name = &named.name;
        if let Some(family) = family_of(name) {
            return Some(family);
        }
        let problem = Problem::error("film::unknown_model", format_args!("the model `{name}` is not known"));
        let names = crate::catalog::FAMILIES.iter().map(|family| family.name);
        let owner = if provider.is_paid { provider.id } else { "SERVICE" };
        let problem = problem.help(match closest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("say what it can do: `providers: {{{owner}: {{models: {{NAME: {{id: {name}, …}}}}}}}}`"),
        });
        self.about_model(problem, named.span, "not in the catalogue");
        None
    }

    /// A model that was shut down, here or everywhere.
    fn warn_retired(&mut self, model: &ModelAtProvider<'_>, places: &ShotPlaces) {
        let family = model.family;
        let Some((date, other)) = model.offer.and_then(|offer| offer.retired).or(family.retired) else { return };
        let problem = Problem::warning("film::retired", format_args!("{} was shut down on {date}", family.name));
        let place = places.keys.model.unwrap_or(places.shot);
        self.report(problem.at(place, "retired").help(format_args!("use `{other}`")));
    }
}

/// Line ends of a block of YAML are where its author's editor wrapped; only empty lines part paragraphs.
fn reflowed(text: &str) -> String {
    let text = text.trim();
    let is_flowed = !text.contains(|sign: char| sign != ' ' && sign.is_whitespace()) && !text.contains("  ");
    if is_flowed {
        return text.to_owned();
    }
    let mut flowed = String::with_capacity(text.len());
    for paragraph in text.split("\n\n") {
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
