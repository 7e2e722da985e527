//! What the clips of the film cost, what is still to be paid, and the other numbers at the head of the page.

use maud::{Markup, html};
use storyreel_core::lock::ClipRecord;
use storyreel_core::money::Sums;
use storyreel_core::plan::{Totals, words};
use storyreel_core::provider::provider_by_id;
use storyreel_core::sanitize::count;

use super::FilmReport;
use super::said::{OneLine, length};

/// What was paid for the clips that the page shows.
#[derive(Debug, Default, PartialEq, Eq)]
struct PaidSummary {
    billed: Sums,
    estimated: Sums,
    tokens: u64,
    /// Clips from services.
    bought: usize,
    /// Of these, clips whose price is not known: never counted as nothing.
    unknown: usize,
}

impl PaidSummary {
    fn of<'a>(clips: impl IntoIterator<Item = &'a ClipRecord>) -> Self {
        let mut bill = Self::default();
        for taken in clips.into_iter().filter(|taken| is_bought(taken)) {
            bill.bought += 1;
            bill.tokens = bill.tokens.saturating_add(taken.tokens.unwrap_or(0));
            match taken.paid {
                Some(paid) => bill.billed.add(paid),
                None => bill.unknown += 1,
            }
            taken.estimated.iter().for_each(|amount| bill.estimated.add(*amount));
        }
        bill
    }

    /// `2.29 USD`, `2.29 USD and 1 clip of unknown price`, `nothing`.
    fn paid(&self) -> String {
        match (self.billed.is_empty(), self.unknown) {
            (true, 0) => "nothing".to_owned(),
            (true, n) => format!("unknown for {}", count(n, "clip")),
            (false, 0) => self.billed.to_string(),
            (false, n) => format!("{}, and {} of unknown price", self.billed, count(n, "clip")),
        }
    }
}

/// Whether a clip was bought: from whoever made it then, whatever the storyboard says now.
pub(super) fn is_bought(taken: &ClipRecord) -> bool {
    taken.paid.is_some() || provider_by_id(&taken.provider).is_some_and(|provider| provider.is_paid)
}

/// The numbers at the head of the page.
pub(super) fn totals(review: &FilmReport<'_>) -> Markup {
    let film = review.film;
    let bill = PaidSummary::of(review.shots.iter().filter_map(|shot| shot.taken.as_ref()));
    let left = Totals::of(&review.plan.steps);
    let seconds = review.rate().seconds(review.timeline.frames());
    let mut made = 0;
    for (at, shot) in review.shots.iter().enumerate() {
        if shot.taken.is_some() && review.is_current(at) {
            made += 1;
        }
    }
    html! {
        dl.totals {
            (fact("Length", &length(seconds), &format!("{} frames", words::grouped(review.timeline.frames()))))
            (fact("Shots", &film.shots.len().to_string(), &format!("{made} made, {} to make", film.shots.len() - made)))
            (fact("Paid", &bill.paid(), if bill.bought == 0 { "no clip came from a service" } else { "for the clips shown" }))
            @if !bill.estimated.is_empty() {
                (fact("Estimated", &bill.estimated.to_string(), "for the same clips, before they were ordered"))
            }
            @if bill.tokens > 0 { (fact("Tokens", &words::grouped(bill.tokens), "counted by the services")) }
            (fact("Still to pay", &words::sum(&left), &words::counts(&review.plan.steps)))
        }
    }
}

fn fact(name: &str, value: &str, more: &str) -> Markup {
    html! { div { dt { (name) } dd { (OneLine(value)) span { (OneLine(more)) } } } }
}

#[cfg(test)]
mod tests {
    use storyreel_core::clip::{ClipFacts, StreamParameters, VideoFacts};
    use storyreel_core::money::{Currency, Money};
    use storyreel_core::units::{Digest, Rate, Size};

    use super::*;

    fn clip_record(provider: &str, paid: Option<u64>) -> ClipRecord {
        let size = Size::new(64, 64);
        let rate = Rate::FILM;
        let codec = String::new();
        let pixels = String::new();
        let parameters = StreamParameters::default();
        let facts =
            ClipFacts { video: VideoFacts { codec, size, pixels, rate, frames: 1, parameters }, audio: None, bytes: 1 };
        let taken = ClipRecord::new(Digest::of(b"recipe"), Digest::of(b"clip"), 1, provider, facts);
        ClipRecord { paid: paid.map(|micros| Money::new(micros, Currency::USD)), tokens: paid.map(|_| 100), ..taken }
    }

    fn paid(clips: &[ClipRecord]) -> String {
        PaidSummary::of(clips).paid()
    }

    #[test]
    fn an_unknown_price_is_never_nothing() {
        assert_eq!(paid(&[clip_record("animatic", None), clip_record("local", None)]), "nothing");
        assert_eq!(paid(&[clip_record("ark", None)]), "unknown for 1 clip");
        assert_eq!(paid(&[clip_record("ark", Some(1_000_000)), clip_record("byteplus", Some(500_000))]), "1.50 USD");
        assert_eq!(
            paid(&[clip_record("ark", Some(1_000_000)), clip_record("ark", None)]),
            "1.00 USD, and 1 clip of unknown price"
        );
    }
}
