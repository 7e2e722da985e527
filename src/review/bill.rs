//! What the clips of the film cost, what is still to be paid, and the other numbers at the head of the page.

use maud::{Markup, html};

use super::Review;
use super::said::{Line, length};
use crate::legible::count;
use crate::lock::Taken;
use crate::money::Sums;
use crate::plan::{Totals, words};
use crate::service::{Service, service};

/// What was paid for the clips that the page shows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Bill {
    billed: Sums,
    estimated: Sums,
    tokens: u64,
    /// Clips from services.
    bought: usize,
    /// Of these, clips whose price nobody told: never counted as nothing.
    unknown: usize,
}

impl Bill {
    fn of<'a>(clips: impl IntoIterator<Item = &'a Taken>) -> Self {
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
pub(super) fn is_bought(taken: &Taken) -> bool {
    taken.paid.is_some() || service(&taken.provider).is_some_and(Service::paid)
}

/// The numbers at the head of the page.
pub(super) fn totals(review: &Review<'_>) -> Markup {
    let film = review.film;
    let clips = || review.shots.iter().enumerate().filter_map(|(at, shot)| Some((at, shot.taken.as_ref()?)));
    let bill = Bill::of(clips().map(|(_, taken)| taken));
    let left = Totals::of(&review.plan.steps);
    let seconds = review.rate().seconds(review.timeline.frames());
    let made = clips().filter(|(at, _)| review.is_current(*at)).count();
    html! {
        dl.totals {
            (fact("Length", &length(seconds), &format!("{} frames", words::grouped(review.timeline.frames()))))
            (fact("Shots", &film.shots.len().to_string(), &format!("{made} made, {} to make", film.shots.len() - made)))
            (fact("Paid", &bill.paid(), if bill.bought == 0 { "no clip came from a service" } else { "for the clips shown" }))
            @if !bill.estimated.is_empty() {
                (fact("Estimated", &bill.estimated.to_string(), "for the same clips, before they were ordered"))
            }
            @if bill.tokens > 0 { (fact("Tokens", &words::grouped(bill.tokens), "counted by the services")) }
            (fact("Still to pay", &words::sum(&left), &words::counts(review.plan)))
        }
    }
}

fn fact(name: &str, value: &str, more: &str) -> Markup {
    html! { div { dt { (name) } dd { (Line(value)) span { (Line(more)) } } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::{ClipFacts, VideoFacts};
    use crate::money::{Currency, Money};
    use crate::units::{Digest, Rate, Size};

    fn taken(provider: &str, paid: Option<u64>) -> Taken {
        let (size, rate) = (Size::new(64, 64), Rate::FILM);
        let (codec, pixels, parameters) = (String::new(), String::new(), String::new());
        let facts =
            ClipFacts { video: VideoFacts { codec, size, pixels, rate, frames: 1, parameters }, audio: None, bytes: 1 };
        let taken = Taken::new(Digest::of(b"recipe"), Digest::of(b"clip"), 1, provider, facts);
        Taken { paid: paid.map(|micros| Money::new(micros, Currency::USD)), tokens: paid.map(|_| 100), ..taken }
    }

    #[test]
    fn an_unknown_price_is_never_nothing() {
        let paid = |clips: &[Taken]| Bill::of(clips).paid();
        assert_eq!(paid(&[taken("animatic", None), taken("local", None)]), "nothing");
        assert_eq!(paid(&[taken("ark", None)]), "unknown for 1 clip");
        assert_eq!(paid(&[taken("ark", Some(1_000_000)), taken("byteplus", Some(500_000))]), "1.50 USD");
        assert_eq!(paid(&[taken("ark", Some(1_000_000)), taken("ark", None)]), "1.00 USD, and 1 clip of unknown price");
    }
}
