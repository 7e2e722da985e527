//! What services offer and what it costs: whole tables, and prices against published and measured bills.

use storyreel_core::catalog::Mode::Reference;
use storyreel_core::catalog::Resolution::{self, K4, P480, P720, P1080};
use storyreel_core::catalog::{BillableRender, Ratio, RenderSpec, estimate, family};
use storyreel_core::money::{Currency, Money};
use storyreel_core::provider::{PROVIDERS, family_of, provider_by_id};

use super::spoken;

/// Offers without a price: `None` for all resolutions.
const UNKNOWN: &[(&str, &str, Option<Resolution>)] = &[
    ("atlascloud", "seedance-2.5", Some(P720)),
    ("atlascloud", "seedance-2.0-fast", None),
    ("atlascloud", "seedance-2.0-mini", None),
    ("openai-video", "seedance-2.5", None),
    ("openai-video", "seedance-2.0", None),
    ("openai-video", "seedance-2.0-fast", None),
    ("openai-video", "seedance-2.0-mini", None),
    ("seedance-v2", "seedance-2.0", None),
    ("comfy-router", "seedance-2.5", None),
    ("comfy-router", "seedance-2.0", None),
    ("comfy-router", "seedance-2.0-fast", None),
];

#[test]
fn services_stand_in_the_order_of_the_reference() {
    let ids: Vec<&str> = PROVIDERS.iter().map(|service| service.id).collect();
    let expected = [
        "animatic",
        "ark",
        "byteplus",
        "apiyi",
        "cometapi",
        "atlascloud",
        "openai-video",
        "seedance-v2",
        "openrouter",
        "comfy-router",
        "video-server",
    ];
    assert_eq!(ids, expected);
}

#[test]
fn services_are_described_completely() {
    for (service, _) in spoken() {
        let id = service.id;
        let variable = id.to_uppercase().replace('-', "_");
        assert_eq!(service.base_env, format!("STORYREEL_{variable}_BASE_URL"));
        assert!(!service.key_env.is_empty() && !service.title.is_empty() && !service.reference.is_empty(), "{id}");
        assert!(service.base.is_none_or(|base| base.starts_with("https://") && !base.ends_with('/')), "{id}");
        assert_eq!(service.base.is_none(), matches!(id, "openai-video" | "seedance-v2" | "video-server"), "{id}");
        assert!((1..=100).contains(&service.max_in_flight), "{id}");
        assert!(service.poll.first <= service.poll.longest && service.poll.per_second > 0, "{id}");
        assert!(is_date(service.read), "{id}");
    }
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [y, m, d] if y.len() == 4 && m.len() == 2 && d.len() == 2)
        && parts.into_iter().all(digits)
}

#[test]
fn no_offer_promises_more_than_its_family_can() {
    for (service, _) in spoken() {
        for offer in service.offers {
            let name = format!("{} {}", service.id, offer.model);
            let family = family(offer.family).unwrap_or_else(|| panic!("{name}: no such family"));
            assert_eq!(family_of(offer.model).map(|family| family.name), Some(offer.family), "{name}");
            assert!(offer.modes.iter().all(|mode| family.modes.contains(mode)), "{name}");
            assert!(!offer.modes.contains(&Reference) || family.references.images > 0, "{name}");
            assert!(offer.resolutions.iter().all(|resolution| family.resolutions.contains(resolution)), "{name}");
            assert!(offer.seconds.1 <= family.seconds.1, "{name}");
            // The pages of the `/generations` shape print a shorter shortest clip than the maker of the model.
            assert!(family.seconds.0 <= offer.seconds.0 || service.id == "seedance-v2", "{name}");
            let retired = family.retired.map(|(date, _)| date);
            let own = offer.retired.map(|(date, _)| date);
            assert!(retired.is_none_or(|date| own.is_some_and(|own| own <= date)), "{name}");
            let instead = offer.retired.map(|(_, instead)| service.offer(instead).and_then(|offer| offer.retired));
            assert!(instead.is_none_or(|retired| retired.is_none()), "{name}: another retired model instead");
            assert!(offer.retired.is_none_or(|(_, instead)| service.offer(instead).is_some()), "{name}");
        }
    }
    assert!(family_of("no-such-model").is_none());
}

#[test]
fn every_offer_has_a_dated_price_or_is_known_to_have_none() {
    let mut without = Vec::new();
    for (service, _) in spoken() {
        for offer in service.offers {
            for &resolution in offer.resolutions {
                let listed = UNKNOWN.iter().any(|(id, family, at)| {
                    *id == service.id && *family == offer.family && at.is_none_or(|at| at == resolution)
                });
                match offer.price(resolution) {
                    None if listed => {}
                    None => without.push(format!("{} {} {resolution}", service.id, offer.model)),
                    Some(_) if listed => panic!("{} {} {resolution} has a price", service.id, offer.model),
                    Some(price) => {
                        assert!(price.fresh > 0 && price.with_video > 0, "nothing is free");
                        assert!(is_date(&price.read), "{}", price.read);
                    }
                }
            }
            let offered = |(resolution, _): &(Resolution, _)| offer.resolutions.contains(resolution);
            assert!(offer.prices.iter().all(offered), "{} {}: a price too many", service.id, offer.model);
        }
    }
    assert!(without.is_empty(), "without a price: {without:#?}");
}

/// What a clip of 16:9 costs, with the size of one family and the price of another.
fn cost(id: &str, size_of: &str, price_of: &str, at: Resolution, seconds: u32, video: Option<u32>) -> Money {
    let family = family(size_of).expect("it is in the catalogue");
    let size = family.size(at, Ratio::W16H9, None).expect("it is offered");
    let spec = RenderSpec { size, seconds: Some(seconds), ..RenderSpec::new(price_of, family) };
    let bought = BillableRender { spec: &spec, video: video.map(|seconds| (seconds, seconds)) };
    let offer = provider_by_id(id).expect("it is listed").offer(price_of).expect("it is offered");
    let (least, most) = estimate(&bought, offer.price(at)).cost.expect("the price is known");
    assert_eq!(least, most);
    least
}

/// Thousandths or ten-thousandths, as the published figure has decimals.
fn to(money: Money, unit: u64) -> u64 {
    (money.micros + unit / 2) / unit
}

/// Worked examples for 5 s of 16:9 in US dollars: exact tokens at list price, within 1 % of the examples of the price
/// page (read 2026-10-02).
#[test]
fn byteplus_costs_what_its_price_page_works_out() {
    for (name, at, thousandths) in [
        ("seedance-2.5", P720, 1165),
        ("seedance-2.5", P1080, 2867),
        ("seedance-2.0", P480, 354),
        ("seedance-2.0", P720, 762),
        ("seedance-2.0", P1080, 1887),
        ("seedance-2.0", K4, 3920),
        ("seedance-2.0-fast", P720, 610),
        ("seedance-2.0-mini", P720, 381),
    ] {
        let money = cost("byteplus", name, name, at, 5, None);
        assert_eq!((money.currency, to(money, 1000)), (Currency::USD, thousandths), "{name} {at}");
    }
}

/// The page's examples with 2 to 4 s of video among the inputs and 5 s of clip cost the same: 0.39, 0.84 and 2.06.
#[test]
fn byteplus_charges_its_minimum_for_short_video_inputs() {
    for video in 2..=4 {
        for (at, hundredths) in [(P480, 39), (P720, 84), (P1080, 206)] {
            let money = cost("byteplus", "seedance-2.0", "seedance-2.0", at, 5, Some(video));
            let off = to(money, 10_000).abs_diff(hundredths);
            assert!(off * 50 <= hundredths, "{at} {video} s: {money}");
        }
    }
}

/// Bills measured at APIYI, which charged for 2.5 what it charges for 2.0 at that time.
#[test]
fn apiyi_costs_what_was_measured() {
    for (at, seconds, ten_thousandths) in [(P480, 5, 4011), (P720, 5, 9017), (P1080, 5, 22_493), (P720, 30, 53_729)] {
        let money = cost("apiyi", "seedance-2.5", "seedance-2.0", at, seconds, None);
        assert_eq!((money.currency, to(money, 100)), (Currency::USD, ten_thousandths), "{at} {seconds} s");
    }
}

#[test]
fn other_services_cost_what_their_pages_say() {
    let usd = |micros| Money::new(micros, Currency::USD);
    assert_eq!(cost("cometapi", "seedance-2.0", "seedance-2.0", P480, 5, None), usd(400_000));
    assert_eq!(cost("cometapi", "seedance-2.0-fast", "seedance-2.0-fast", P720, 15, None), usd(2_880_000));
    assert_eq!(cost("cometapi", "seedance-2.5", "seedance-2.5", P720, 30, None), usd(6_930_000));
    assert_eq!(cost("atlascloud", "seedance-2.5", "seedance-2.5", P480, 10, None), usd(1_340_000));
    // 0.2419 a second at 720p, and one frame for each clip.
    assert_eq!(cost("atlascloud", "seedance-2.0", "seedance-2.0", P720, 5, None), usd(1_219_680));
    // 5 s of 1080p on the mainland: 12.39 to 12.50 yuan.
    let money = cost("ark", "seedance-2.0", "seedance-2.0", P1080, 5, None);
    assert_eq!((money.currency, to(money, 10_000)), (Currency::CNY, 1250));
}
