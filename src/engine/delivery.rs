//! What a service delivered: checked on arrival, held against what was ordered and billed, and priced.
//!
//! A clip that differs is kept all the same: it is paid. The differences go into the lock and the report, for whoever
//! wants to look, to ask the service, or to make another take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::catalog::{PriceUnit, tokens_of};
use storyreel_core::clip::{ClipFacts, Colours};
use storyreel_core::job::Intent;
use storyreel_core::lock::ClipRecord;
use storyreel_core::money::Money;
use storyreel_core::plan::FIRST_FRAME_DIFFERS;
use storyreel_core::provider::Provider;
use storyreel_core::provider::reply::{Charged, Delivery, ErrorKind, ProviderError, Retry};
use storyreel_core::recipe::Recipe;
use storyreel_core::sanitize::chain;
use storyreel_core::storyboard::Fit;
use storyreel_core::units::{Digest, Rate, Size, spoken};
use storyreel_media::media::{Cut, MediaError};
use storyreel_media::similarity::{self, PictureDifference};
use storyreel_media::studio::picture;
use storyreel_providers::{Renderer, Ticket};
use storyreel_quality::ClipScore;

use super::clip_score::clip_score;
use super::failure::ShotFailure;
use super::follow;
use super::message::Attempt;
use super::worker_context::WorkerContext;
use crate::store::Store;

/// How often a clip that cannot be read is fetched.
const FETCHES: u32 = 3;

/// Frames that a clip may have more or fewer than asked and still be as asked: services deliver one more than 24 a
/// second.
const GRACE: f64 = 2.0;

/// Tokens of a bill may be this part, in percent, away from what the clip that came counts: less than half a second of
/// the shortest clip, more than the frame and the pixels that services add.
const TOKENS: u64 = 5;

/// A bill of more than this many times the tokens of its clip is no bill: the dearest input known, ten clips to look at
/// of 30 s each, makes it 11 times as many.
const ABSURD: u64 = 100;

/// A clip that can be read from end to end.
pub(super) struct VerifiedClip {
    pub(super) facts: ClipFacts,
    /// How good it is; `None` where that could not be found out.
    pub(super) score: Option<ClipScore>,
    /// What had to be done to it for that.
    pub(super) mended: Option<String>,
}

/// Reads a clip as it will be read when the film is joined. One that cannot be was damaged on its way and is fetched
/// again; one that comes damaged every time is encoded once, where ffmpeg can make anything of it.
pub(super) async fn checked(
    context: &WorkerContext,
    provider: &dyn Renderer,
    ticket: &Ticket,
    delivery: &mut Delivery,
    ordered: &OrderedClip<'_>,
    file: &Path,
) -> Result<VerifiedClip, ShotFailure> {
    for _ in 1..FETCHES {
        if let Ok(clip) = read(context, ordered, file).await {
            return Ok(clip);
        }
        // Without a fresh address the known one is tried, and the download renews it where it has to.
        if let Some(fresh) = follow::fresh(context, provider, ticket).await {
            *delivery = fresh;
        }
        follow::fetch(context, provider, ticket, delivery, file).await?;
    }
    let error = match read(context, ordered, file).await {
        Ok(clip) => return Ok(clip),
        Err(error) => error,
    };
    let why = chain(&error);
    match encoded(context, ordered, file).await {
        Ok(clip) => {
            let mended =
                format!("its file was damaged {FETCHES} times ({why}), so it was encoded from the readable part");
            Ok(VerifiedClip { mended: Some(mended), ..clip })
        }
        Err(_) => Err(damaged(provider.provider().id, ticket, &why).into()),
    }
}

async fn read(context: &WorkerContext, ordered: &OrderedClip<'_>, file: &Path) -> Result<VerifiedClip, MediaError> {
    let ffmpeg = context.studio.ffmpeg();
    let facts = ffmpeg.probe(file).await?;
    ffmpeg.verify_index(file, &facts).await?;
    let score = clip_score(context, ordered.intent, ordered.sound, &facts, file).await?;
    Ok(VerifiedClip { facts, score, mended: None })
}

/// The same clip, encoded into a file whose index is whole; one that cannot even be measured, as it was ordered.
async fn encoded(context: &WorkerContext, ordered: &OrderedClip<'_>, file: &Path) -> Result<VerifiedClip, MediaError> {
    let ffmpeg = context.studio.ffmpeg();
    let clean = file.with_extension("clean.mp4");
    match (ffmpeg.probe(file).await, &ordered.asked) {
        (Ok(facts), _) => {
            let cut = whole_clip(facts.video.size, facts.video.rate, facts.audio.is_some());
            ffmpeg.cut(file, cut, &clean).await?;
        }
        (Err(_), Some(ExpectedClip { size, rate, seconds: Some(seconds), audio, .. })) => {
            let rate = rate.unwrap_or(Rate::FILM);
            let cut = whole_clip(*size, rate, *audio);
            let frames = rate.frames(Duration::from_secs(u64::from(*seconds)));
            ffmpeg.cut_unmeasured(file, cut, frames, &clean).await?;
        }
        (Err(error), _) => return Err(error),
    }
    let read = read(context, ordered, &clean).await?;
    std::fs::rename(&clean, file).map_err(|source| MediaError::File { task: "rename", file: clean, source })?;
    Ok(read)
}

/// The error for a clip that cannot be read however often it is fetched.
fn damaged(provider: &'static str, ticket: &Ticket, why: &str) -> ProviderError {
    let message = format!(
        "the clip of task {} arrives damaged ({why}); it is paid and kept at the service: run the same command again to \
         fetch it once more",
        ticket.0
    );
    ProviderError::new(provider, ErrorKind::Download, Retry::Never, Charged::Yes(None), message)
}

/// What was ordered, as far as a clip and its bill can be held against it.
pub(super) struct OrderedClip<'a> {
    intent: &'a Intent,
    /// Whether sound was ordered.
    sound: bool,
    asked: Option<ExpectedClip>,
}

/// What a recipe asked for.
struct ExpectedClip {
    size: Size,
    /// `None`: nobody says which rate the model has.
    rate: Option<Rate>,
    /// `None`: the length was left to the model.
    seconds: Option<u32>,
    audio: bool,
    /// Whether the service can leave sound out.
    sound_switch: bool,
    /// Whether it is billed for clips to look at, too.
    looks_at_video: bool,
}

impl ExpectedClip {
    /// What a recipe asked `provider` for; `None` where it does not say.
    fn read(recipe: &Recipe, provider: &Provider) -> Option<Self> {
        Some(Self {
            size: recipe.get("size")?.parse().ok()?,
            rate: match recipe.get("rate") {
                None => Some(Rate::FILM),
                Some(rate) => rate.parse().ok(),
            },
            seconds: recipe.get("duration")?.parse().ok(),
            audio: recipe.get("audio")? == "true",
            sound_switch: provider.sound_switch,
            looks_at_video: recipe.get("reference_video.1").is_some(),
        })
    }

    /// How a clip of these facts differs, in words; `tokens` are those that were billed.
    fn differences(&self, facts: &ClipFacts, tokens: Option<u64>) -> Vec<String> {
        let sound = other_sound(facts, self.audio).filter(|_| self.audio || self.sound_switch);
        let rate = self.other_rate(facts);
        [other_size(facts, self.size), self.other_length(facts), rate, sound, self.other_tokens(facts, tokens)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn other_length(&self, facts: &ClipFacts) -> Option<String> {
        let asked = f64::from(self.seconds?);
        let rate = facts.video.rate;
        let came = rate.seconds(facts.video.frames);
        let differs = (came - asked).abs() > GRACE * rate.seconds(1) + 1e-9;
        differs.then(|| format!("{} instead of {}", length(came), length(asked)))
    }

    fn other_rate(&self, facts: &ClipFacts) -> Option<String> {
        let asked = self.rate?;
        let came = facts.video.rate;
        (came != asked).then(|| format!("{came} frames a second instead of {asked}"))
    }

    fn other_tokens(&self, facts: &ClipFacts, billed: Option<u64>) -> Option<String> {
        let billed = billed?;
        let came = counted(facts);
        if is_absurd(billed, facts) {
            return Some(format!("{billed} tokens billed, but a clip like this counts {came}; the bill is ignored"));
        }
        // With clips to look at the formula is a fit, and what they counted cannot be seen from here.
        let differs = !self.looks_at_video && billed.abs_diff(came) * 100 > came * TOKENS;
        differs.then(|| format!("{billed} tokens billed, but a clip like this counts {came}"))
    }
}

fn length(seconds: f64) -> String {
    spoken(Duration::from_millis((seconds * 1000.0) as u64))
}

fn whole_clip(size: Size, rate: Rate, keep_sound: bool) -> Cut {
    let colours = Colours::default();
    Cut { from: Duration::ZERO, to: None, size, fit: Fit::Letterbox, rate, colours, keep_sound }
}

/// The tokens of a clip as bills count them, 24 frames a second.
fn counted(facts: &ClipFacts) -> u64 {
    let frames = (facts.video.rate.seconds(facts.video.frames) * 24.0).round() as u64;
    tokens_of(facts.video.size, frames)
}

fn is_absurd(tokens: u64, facts: &ClipFacts) -> bool {
    tokens > counted(facts).saturating_mul(ABSURD)
}

pub(super) fn other_size(facts: &ClipFacts, asked: Size) -> Option<String> {
    (facts.video.size != asked).then(|| format!("{} pixels instead of {asked}", facts.video.size))
}

pub(super) fn other_sound(facts: &ClipFacts, asked: bool) -> Option<String> {
    let words = if asked { "it has no sound" } else { "it has sound" };
    (facts.audio.is_some() != asked).then(|| words.to_owned())
}

impl<'a> OrderedClip<'a> {
    pub(super) fn of(recipe: &Recipe, attempt: &'a Attempt, provider: &Provider) -> Self {
        Self {
            intent: &attempt.intent,
            sound: recipe.get("audio") == Some("true"),
            asked: ExpectedClip::read(recipe, provider),
        }
    }

    /// How the paid clip in `file` differs from what was ordered and billed, in words.
    pub(super) async fn differences(
        &self,
        context: &WorkerContext,
        facts: &ClipFacts,
        delivery: &Delivery,
        file: &Path,
    ) -> Vec<String> {
        let mut found = match &self.asked {
            Some(asked) => asked.differences(facts, delivery.tokens.filter(|_| self.counts_tokens())),
            None => Vec::new(),
        };
        found.extend(delivery.odd_usage.clone());
        let ends = [("first", self.intent.first_frame), ("last", self.intent.last_frame)];
        for (name, given) in ends {
            let Some(given) = given.and_then(|digest| context.store.check(&digest).ok()) else { continue };
            found.extend(other_end(context, name, given, facts, file).await);
        }
        found
    }

    /// Whether the bill counts tokens, as far as anybody knows.
    fn counts_tokens(&self) -> bool {
        self.intent.price.as_ref().is_none_or(|price| price.unit == PriceUnit::MillionTokens)
    }

    /// What the clip cost: the amount that the service names, else its tokens at the price of the order, else what was
    /// expected for a length that was ordered; `None` where nobody can tell.
    fn paid(&self, delivery: &Delivery, facts: &ClipFacts) -> Option<Money> {
        if let Some(charged) = delivery.charged {
            return Some(charged);
        }
        let absurd = delivery.tokens.is_some_and(|tokens| self.counts_tokens() && is_absurd(tokens, facts));
        if delivery.odd_usage.is_some() || absurd {
            return None;
        }
        let by_tokens = delivery.tokens.and_then(|tokens| self.intent.price.as_ref()?.of_tokens(tokens));
        // An order of an older version has no price beside it, but an estimate of so many tokens.
        let as_expected = self.intent.price.is_some() || self.intent.tokens == delivery.tokens;
        by_tokens.or(self.intent.estimate.filter(|_| as_expected))
    }
}

/// Writes into what is known of a clip what the service says of it: seed, tokens and the amount, beside what was
/// estimated when it was ordered. What an earlier receipt of the same task says of its price stays.
pub(super) fn bill(
    record: &mut ClipRecord,
    earlier: Option<ClipRecord>,
    ordered: &OrderedClip<'_>,
    delivery: &Delivery,
) {
    if let Some(earlier) = earlier.filter(|earlier| earlier.task == record.task) {
        record.seed = earlier.seed;
        record.tokens = earlier.tokens;
        record.paid = earlier.paid;
        record.estimated = earlier.estimated;
        record.price_read = earlier.price_read;
        record.bought = earlier.bought;
        return;
    }
    record.seed = delivery.seed;
    record.tokens = delivery.tokens.filter(|tokens| !is_absurd(*tokens, &record.facts));
    record.paid = ordered.paid(delivery, &record.facts);
    record.estimated = ordered.intent.estimate;
    record.price_read = ordered.intent.price.as_ref().map(|price| price.read.to_string());
}

/// How the end of a clip differs from the picture given for it; nothing where either cannot be seen here.
async fn other_end(
    context: &WorkerContext,
    name: &'static str,
    given: PathBuf,
    facts: &ClipFacts,
    file: &Path,
) -> Option<String> {
    let ffmpeg = context.studio.ffmpeg();
    let png = file.with_extension(format!("{name}.png"));
    match name {
        "first" => ffmpeg.first_frame(file, &png).await.ok()?,
        _ => ffmpeg.last_frame(file, facts, &png).await.ok()?,
    }
    let compared = tokio::task::spawn_blocking(move || {
        let came = picture(&png);
        // The workspace goes with the run; until then hundreds of shots would fill it.
        let _ = std::fs::remove_file(&png);
        similarity::difference(&picture(&given).ok()?, &came.ok()?)
    });
    Some(match compared.await.ok().flatten()? {
        PictureDifference::Picture { percent } => {
            let words = if name == "first" { FIRST_FRAME_DIFFERS } else { "its last frame is not the given picture" };
            format!("{words} ({percent} % similar)")
        }
        PictureDifference::Colours => format!("its {name} frame has other colours than the given picture"),
    })
}

/// The last frame that the service made beside the clip, in the store; `None` where there is none that can be used.
pub(super) async fn last_frame(
    context: &WorkerContext,
    provider: &dyn Renderer,
    ticket: &Ticket,
    delivery: &Delivery,
    record: &ClipRecord,
) -> Option<Digest> {
    delivery.last_frame.as_ref()?;
    let file = context.work.join(format!("{}.service.png", record.clip.hex()));
    // Without it the frame is decoded from the clip, so nothing that goes wrong here ends the shot.
    let came = provider.fetch_last_frame(ticket, delivery, &file).await.unwrap_or(false);
    if !came {
        let fresh = follow::fresh(context, provider, ticket).await?;
        provider.fetch_last_frame(ticket, &fresh, &file).await.ok().filter(|came| *came)?;
    }
    keep_frame(&context.store, &file, &record.facts)
}

/// A frame that a service made, into the store; `None` where it is not a picture as large as its clip.
fn keep_frame(store: &Store, file: &Path, facts: &ClipFacts) -> Option<Digest> {
    let (width, height) = picture(file).ok()?.dimensions();
    if Size::new(width, height) == facts.video.size { store.adopt(file).ok() } else { None }
}

#[cfg(test)]
mod tests;
