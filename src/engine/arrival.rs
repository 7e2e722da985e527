//! What arrived, measured against what was asked for.

use std::path::Path;

use super::delivered::{other_size, other_sound};
use super::purchase::{self, Arrival};
use super::worker::{Bench, Failure, Order};
use crate::clip::ClipFacts;
use crate::film::{Make, Render};
use crate::lock::Taken;
use crate::media::Depth;
use crate::service::reply::Delivery;
use crate::store::Store;
use crate::studio::picture;
use crate::units::{Digest, Size};

/// How often a clip that does not decode is fetched.
const FETCHES: u32 = 3;

/// The facts of a clip that decodes from end to end. One that does not was damaged on its way: it is fetched again.
pub(super) async fn measured(
    bench: &Bench,
    order: &Order,
    arrival: &mut Arrival,
    file: &Path,
) -> Result<ClipFacts, Failure> {
    let ffmpeg = bench.studio.ffmpeg();
    // What was painted here was checked when it was encoded.
    let Some(provider) = order.provider.as_deref().filter(|provider| provider.service().paid()) else {
        return Ok(ffmpeg.painted(file, order.rate).await?);
    };
    let mut fetches = 1;
    loop {
        let probed = match ffmpeg.probe(file).await {
            Ok(facts) => ffmpeg.verify_decodes(file, Depth::Everything).await.map(|()| facts),
            Err(error) => Err(error),
        };
        match probed {
            Ok(facts) => return Ok(facts),
            Err(error) if fetches >= FETCHES => {
                let why = crate::legible::chain(&error);
                return Err(purchase::damaged(provider.service().id, &arrival.ticket, &why).into());
            }
            Err(_) => purchase::fetch_again(bench, provider, arrival, file).await?,
        }
        fetches += 1;
    }
}

/// What is wrong with a clip that was made here: it must be exactly what was asked for.
pub(super) fn insist(order: &Order, facts: &ClipFacts) -> Result<(), Failure> {
    let (asked_size, sound) = match &order.shot.make {
        Make::Prompt(render) => (render.size, Some(render.audio)),
        _ => (order.size, None),
    };
    let footage = matches!(order.shot.make, Make::Footage { .. });
    let frames = (!footage).then(|| order.frames());
    let found = [
        other_size(facts, asked_size),
        sound.and_then(|sound| other_sound(facts, sound)),
        frames
            .filter(|frames| facts.video.frames != *frames)
            .map(|frames| format!("{} frames instead of {frames}", facts.video.frames)),
    ];
    match found.into_iter().flatten().next() {
        Some(what) => Err(Failure::NotAsAsked(what)),
        None => Ok(()),
    }
}

/// Writes into what is known of a clip what the service says of it: task, seed, tokens and the amount, beside what was
/// estimated when it was ordered.
///
/// The amount is the service's own where it names one, else its tokens at the price that was shown, else the price of
/// the seconds ordered; where no price is known, nothing.
pub(super) fn bill(taken: &mut Taken, render: &Render, arrival: &Arrival, differences: &[String]) {
    let delivery = &arrival.delivery;
    let counted = || render.price.as_ref()?.billed(delivery.tokens?, &render.bought());
    let expected = || render.estimate()?.cost.map(|(_, most)| most);
    taken.task = Some(arrival.ticket.0.clone());
    taken.seed = delivery.seed;
    taken.tokens = delivery.tokens;
    taken.paid = delivery.charged.or_else(counted).or_else(expected);
    taken.estimated = arrival.attempt.and_then(|attempt| attempt.estimated);
    taken.price_read = render.price.as_ref().map(|price| price.read.to_string());
    taken.differs = (!differences.is_empty()).then(|| differences.join("; "));
}

/// The last frame that the service made beside the clip, in the store; `None` where there is none that can be used.
pub(super) async fn last_frame(bench: &Bench, order: &Order, arrival: &Arrival, taken: &Taken) -> Option<Digest> {
    let provider = order.provider.as_deref().filter(|_| order.hands_on)?;
    arrival.delivery.last_frame.as_ref()?;
    let file = bench.work.join(format!("{}.service.png", taken.clip.hex()));
    let came = |delivery: Delivery| {
        let file = &file;
        async move { provider.fetch_last_frame(&arrival.ticket, &delivery, file).await.unwrap_or(false) }
    };
    // Without it the frame is decoded from the clip, so nothing that goes wrong here ends the shot.
    if !came(arrival.delivery.clone()).await && !came(purchase::fresh(provider, &arrival.ticket).await?).await {
        return None;
    }
    keep_frame(&bench.store, &file, &taken.facts)
}

/// A frame that a service made, into the store; `None` where it is not a picture as large as its clip.
pub(super) fn keep_frame(store: &Store, file: &Path, facts: &ClipFacts) -> Option<Digest> {
    let (width, height) = picture(file).ok()?.dimensions();
    if Size::new(width, height) == facts.video.size { store.adopt(file).ok() } else { None }
}
