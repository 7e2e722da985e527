//! A shot that is rendered from a prompt: who renders it, with which model, from what.

use std::time::Duration;

use super::ability::{Places, check_counts, check_sound, check_values, given_size, seconds};
use super::inputs::Gathered;
use super::prompt::{numbers, whole};
use super::resolve::Resolver;
use super::settings::setting;
use super::{Render, Spoken};
use crate::catalog::{
    ANIMATIC, DEFAULT_FAMILY, Family, PROVIDERS, ProviderEntry, Ratio, Resolution, SERVICES, family, provider,
};
use crate::storyboard;
use crate::text::{Located, Problem, closest, listed};

impl Resolver<'_> {
    pub(super) fn prompt(
        &mut self,
        at: usize,
        raw: &Located<storyboard::Shot>,
        prompt: &Located<String>,
        dialogue: &[Spoken],
    ) -> Option<(Render, Duration)> {
        let words = self.fill(prompt);
        if words.trim().is_empty() {
            let problem = Problem::error("film::empty_prompt", "the prompt is empty");
            self.report(problem.at(self.mark(prompt.span), "no words").help("say what is to be seen"));
        }
        let cast = self.words.mentions(&words, prompt.span, &mut self.problems);
        let style = setting!(self.layers, raw, style).cloned();
        let style = style.map(|style| self.fill(&style));
        let entry = self.provider(raw);
        let (model, family) = self.model(raw);
        let gathered = self.gather(at, raw, &cast);
        let resolution = setting!(self.layers, raw, resolution);
        let ratio = setting!(self.layers, raw, ratio);
        let duration = setting!(self.layers, raw, duration);
        let audio = setting!(self.layers, raw, audio);
        let seed = setting!(self.layers, raw, seed).map(|seed| (seed.value, seed.span));
        let places = Places {
            shot: self.shot_span(at),
            block: self.block(at),
            model: setting!(self.layers, raw, model).map(|model| model.span),
            resolution: resolution.map(|value| value.span).filter(|_| self.wish.resolution.is_none()),
            ratio: ratio.map(|value| value.span),
            duration: duration.map(|value| value.span),
            audio: audio.map(|value| value.span),
            inputs: gathered.as_ref().and_then(|gathered| gathered.span),
        };
        let resolution = self.wish.resolution.or(resolution.map(|value| value.value)).unwrap_or(Resolution::P720);
        let ratio = ratio.map_or(Ratio::W16H9, |value| value.value);
        let asked = duration.map_or(5.0, |value| value.value);
        let audio = audio.is_none_or(|value| value.value);
        let watermark = setting!(self.layers, raw, watermark).is_some_and(|value| value.value);
        if let Some((_, span)) = seed.filter(|(seed, _)| !(-1..=i64::from(u32::MAX)).contains(seed)) {
            let problem = Problem::error("film::seed", "a seed is -1 to 4294967295").at(span, "out of range");
            self.report(problem);
        }
        if let Some((date, other)) = family.retired {
            let problem = Problem::warning("film::retired", format_args!("{} was shut down on {date}", family.name));
            self.report(problem.at(places.model.unwrap_or(places.shot), "retired").help(format_args!("use `{other}`")));
        }
        let length = seconds(family, asked, &places).map_err(|problem| self.report(problem)).ok();
        check_sound(family, audio, &places).into_iter().for_each(|problem| self.report(problem));
        let Gathered { inputs, brought, .. } = gathered?;
        for problem in check_values(family, resolution, ratio, &inputs, &places) {
            self.report(problem);
        }
        for problem in check_counts(family, &inputs, &places) {
            self.report(problem);
        }
        let spelled = self.words.spell(&words, &numbers(&inputs, &brought));
        let seconds = length?;
        let render = Render {
            provider: entry?,
            model,
            family,
            prompt: whole(&spelled, dialogue, style.as_deref()),
            words: reflowed(&self.words.named(&words)),
            resolution,
            ratio,
            size: family.size(resolution, ratio, given_size(&inputs, self.inventory))?,
            inputs,
            seconds,
            audio: audio && family.audio,
            watermark,
            seed: seed.map(|(seed, _)| seed),
        };
        Some((render, Duration::from_secs(u64::from(seconds.unwrap_or(5)))))
    }

    fn provider(&mut self, raw: &storyboard::Shot) -> Option<&'static ProviderEntry> {
        if let Some(name) = &self.wish.provider {
            return provider(name).or_else(|| {
                let problem = unknown_provider(name);
                // The same wish holds for every shot: it is reported once.
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
                None
            });
        }
        match setting!(self.layers, raw, provider) {
            None => provider(ANIMATIC),
            Some(name) => provider(&name.value).or_else(|| {
                let label = if SERVICES.contains(&name.as_str()) { "not yet" } else { "not known" };
                let problem = unknown_provider(&name.value).at(name.span, label);
                self.report(problem);
                None
            }),
        }
    }

    fn model(&mut self, raw: &storyboard::Shot) -> (String, &'static Family) {
        let (name, span) = match (&self.wish.model, setting!(self.layers, raw, model)) {
            (Some(name), _) => (name.as_str(), None),
            (None, Some(name)) => (name.value.as_str(), Some(name.span)),
            (None, None) => (DEFAULT_FAMILY, None),
        };
        let usual = family(DEFAULT_FAMILY).expect("the default family is in the catalogue");
        if let Some(family) = family(name) {
            return (name.to_owned(), family);
        }
        let problem = Problem::warning("film::unknown_model", format_args!("the model `{name}` is not known"));
        let names = crate::catalog::FAMILIES.iter().map(|family| family.name);
        let problem = problem.help(match closest(name, names) {
            Some(near) => format!("did you mean `{near}`? It is taken to be able to do what {DEFAULT_FAMILY} does"),
            None => format!("it is taken to be able to do what {DEFAULT_FAMILY} does"),
        });
        let name = name.to_owned();
        match span {
            Some(span) => self.report(problem.at(span, "not in the catalogue")),
            None if !self.problems.contains(&problem) => self.problems.push(problem),
            None => {}
        }
        (name, usual)
    }
}

/// Line ends of a block of YAML are where its author's editor wrapped; only empty lines part paragraphs.
fn reflowed(text: &str) -> String {
    let paragraphs =
        text.trim().split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n")
}

pub(super) fn unknown_provider(name: &str) -> Problem {
    if SERVICES.contains(&name) {
        return Problem::error("film::provider", format_args!("this version does not render on `{name}` yet"))
            .help(format_args!("use `{ANIMATIC}` in the storyboard, or `--provider {ANIMATIC}`"));
    }
    let known = PROVIDERS.iter().map(|provider| provider.id);
    let problem = Problem::error("film::unknown_provider", format_args!("there is no provider `{name}`"));
    match closest(name, known.clone().chain(SERVICES.iter().copied())) {
        Some(near) => problem.help(format_args!("did you mean `{near}`?")),
        None => problem.help(format_args!("use {}", listed(known, 12))),
    }
}
