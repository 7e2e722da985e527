//! `storyreel providers`: who renders, with which models, what these can do, and what a clip costs.

use serde_json::{Value, json};
use storyreel_core::catalog::{
    BillableRender, FAMILIES, ModelFamily, Price, PriceUnit, Ratio, Resolution, estimate, family,
};
use storyreel_core::keyword::Keyword as _;
use storyreel_core::money::Money;
use storyreel_core::provider::{FirstFrame, LastFrame, Offer, PROVIDERS, Provider, provider_by_id};
use storyreel_core::text::listed;

use super::args::DataFormat;
use super::context::Context;
use super::render::refuse;
use super::{Done, exit, print};
use crate::progress::table;

pub(super) fn providers(context: &Context, id: Option<&str>, format: DataFormat) -> Done {
    let chosen = match id {
        None => PROVIDERS.to_vec(),
        Some(id) => match provider_by_id(id) {
            Some(service) => vec![service],
            None => {
                let known = listed(PROVIDERS.iter().map(|service| service.id), 12);
                return Err(refuse(context, exit::USAGE, &format!("there is no provider `{id}`: use {known}")));
            }
        },
    };
    match (format, id) {
        (DataFormat::Json, _) => {
            let all: Vec<Value> = chosen.iter().map(|service| document(service)).collect();
            print(&format!("{:#}\n", json!({"version": 1, "providers": all})))
        }
        (DataFormat::Table, None) => print(&overview(context)),
        (DataFormat::Table, Some(_)) => print(&page(context, chosen[0])),
    }
}

fn overview(context: &Context) -> String {
    let rows: Vec<Vec<String>> = PROVIDERS
        .iter()
        .map(|service| {
            let key = service.key_env.first().map_or("–", |name| name);
            vec![service.id.to_owned(), key.to_owned(), service.title.to_owned()]
        })
        .collect();
    let providers = table::render(&["provider", "key in", "what it is"], &rows, &[], context.width);
    let rows: Vec<Vec<String>> = FAMILIES.iter().map(model_row).collect();
    let header = ["model", "seconds", "resolutions", "img, vid, aud", "sound", "starts from"];
    let models = table::render(&header, &rows, &[], context.width);
    let rows: Vec<Vec<String>> = PROVIDERS.iter().flat_map(|service| price_rows(service)).collect();
    let header = ["provider", "model", "480p", "720p", "1080p", "4k", "read"];
    let prices = table::render(&header, &rows, &[2, 3, 4, 5], context.width);
    format!(
        "{providers}\n\n{models}\n\n{prices}\n\nprices are for 5 s of 16:9 with sound and without video inputs; `?` is not \
         known\n`storyreel providers ID` shows one provider in full; the animatic stands in for every model, free of \
         charge\n"
    )
}

fn model_row(family: &ModelFamily) -> Vec<String> {
    let resolutions: Vec<String> = family.resolutions.iter().map(ToString::to_string).collect();
    let modes: Vec<&str> = family.modes.iter().map(|mode| mode.label()).collect();
    let limits = family.references;
    let references = if limits.images == 0 {
        "–".to_owned()
    } else {
        format!("{}, {}, {}", limits.images, limits.videos, limits.audio)
    };
    let mut note = modes.join(", ");
    if let Some((date, other)) = family.retired {
        note = format!("shut down on {date}: use {other}");
    }
    vec![
        family.name.to_owned(),
        format!("{}–{}", family.seconds.0, family.seconds.1),
        resolutions.join(" "),
        references,
        if family.audio { "yes" } else { "no" }.to_owned(),
        note,
    ]
}

/// What five seconds cost on each model that can still be ordered.
fn price_rows(service: &Provider) -> Vec<Vec<String>> {
    let current = service.offers.iter().filter(|offer| retired(offer).is_none());
    current
        .map(|offer| {
            let cell = |resolution: &Resolution| {
                if !offer.resolutions.contains(resolution) {
                    return "–".to_owned();
                }
                five_seconds(offer, *resolution).map_or_else(|| "?".to_owned(), |cost| cost.to_string())
            };
            let read = offer.prices.first().map_or("", |(_, price)| price.read.as_ref());
            let mut row = vec![service.id.to_owned(), offer.family.to_owned()];
            row.extend([Resolution::P480, Resolution::P720, Resolution::P1080, Resolution::K4].iter().map(cell));
            row.push(read.to_owned());
            row
        })
        .collect()
}

fn retired(offer: &Offer) -> Option<(&'static str, &'static str)> {
    offer.retired.or_else(|| family(offer.family)?.retired)
}

fn five_seconds(offer: &Offer, resolution: Resolution) -> Option<Money> {
    let size = family(offer.family)?.size(resolution, Ratio::W16H9, None)?;
    let bought = BillableRender { size, seconds: (5, 5), video: None, audio: true };
    estimate(&bought, offer.price(resolution)).cost.map(|(low, _)| low)
}

/// Everything about one provider.
fn page(context: &Context, service: &Provider) -> String {
    let mut text = format!("{}: {}\n\n", service.id, service.title);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{name:<16}{value}\n"));
        }
    };
    line("key in", &service.key_env.join(", else "));
    line("address", service.base.unwrap_or(if service.is_paid { "must be given" } else { "" }));
    line("address in", service.base_env);
    if service.is_paid {
        line("at once", &format!("{} tasks", service.max_in_flight));
        line(
            "first frame",
            match service.first_frame {
                FirstFrame::Sent => "the clip begins on exactly that picture",
                FirstFrame::Hinted => "goes as a reference; the clip begins like it at best",
            },
        );
        line(
            "last frame",
            match service.last_frame {
                LastFrame::Returned => "given back beside the clip",
                LastFrame::Perhaps => "asked for; decoded from the clip where it does not come",
                LastFrame::Never => "decoded from the clip",
            },
        );
        line("sound", if service.sound_switch { "as asked" } else { "cannot be switched off" });
        line("lost orders", if service.lists { "found again in its list" } else { "are for you to look up" });
        line("links live", &format!("{} hours; tasks {} days", service.link_hours, service.task_days));
    }
    line("facts read", service.read);
    line("reference", service.reference);
    if service.offers.is_empty() {
        return text;
    }
    let rows: Vec<Vec<String>> = service.offers.iter().map(offer_row).collect();
    let header = ["model", "its id there", "seconds", "starts from"];
    text.push_str(&format!("\n{}\n", table::render(&header, &rows, &[], context.width)));
    let rows: Vec<Vec<String>> = service.offers.iter().flat_map(unit_rows).collect();
    if !rows.is_empty() {
        let header = ["model", "at", "pixels at 16:9", "price", "with video", "5 s", "read"];
        text.push_str(&format!("\n{}\n", table::render(&header, &rows, &[5], context.width)));
    }
    text
}

fn offer_row(offer: &Offer) -> Vec<String> {
    let modes: Vec<&str> = offer.modes.iter().map(|mode| mode.label()).collect();
    let note = retired(offer).map_or(modes.join(", "), |(date, other)| format!("shut down on {date}: use {other}"));
    vec![offer.family.to_owned(), offer.model.to_owned(), format!("{}–{}", offer.seconds.0, offer.seconds.1), note]
}

fn unit_rows(offer: &Offer) -> Vec<Vec<String>> {
    let row = |resolution: &Resolution| {
        let pixels = family(offer.family).and_then(|family| family.size(*resolution, Ratio::W16H9, None));
        let price = offer.price(*resolution);
        let unit =
            |amount: fn(&Price) -> u64| price.map_or_else(|| "?".to_owned(), |price| per_unit(price, amount(price)));
        vec![
            offer.family.to_owned(),
            resolution.to_string(),
            pixels.map(|size| size.to_string()).unwrap_or_default(),
            unit(|price| price.fresh),
            unit(|price| price.with_video),
            five_seconds(offer, *resolution).map_or_else(|| "?".to_owned(), |cost| cost.to_string()),
            price.map(|price| price.read.to_string()).unwrap_or_default(),
        ]
    };
    offer.resolutions.iter().map(row).collect()
}

/// `7.00 USD per M tokens`.
fn per_unit(price: &Price, micros: u64) -> String {
    let unit = match price.unit {
        PriceUnit::MillionTokens => "M tokens",
        PriceUnit::Second => "second",
    };
    format!("{} {} per {unit}", Money::new(micros, price.currency).exact(), price.currency)
}

/// A provider for programs.
fn document(service: &Provider) -> Value {
    let offers: Vec<Value> = service.offers.iter().map(offer_document).collect();
    json!({
        "id": service.id, "title": service.title, "paid": service.is_paid, "key_env": service.key_env,
        "base_url": service.base, "base_url_env": service.base_env, "max_in_flight": service.max_in_flight,
        "first_frame": matches!(service.first_frame, FirstFrame::Sent),
        "last_frame": matches!(service.last_frame, LastFrame::Returned),
        "lists_tasks": service.lists, "link_hours": service.link_hours, "task_days": service.task_days,
        "read": service.read, "reference": service.reference, "models": offers,
    })
}

fn offer_document(offer: &Offer) -> Value {
    let sizes = |resolution: &Resolution| -> Value {
        let ratios = Ratio::KEYWORDS
            .iter()
            .filter_map(|word| Ratio::from_keyword(word))
            .filter(|ratio| *ratio != Ratio::Adaptive);
        let sizes = ratios.filter_map(|ratio| {
            let size = family(offer.family)?.size(*resolution, ratio, None)?;
            Some((ratio.to_string(), json!([size.width, size.height])))
        });
        let price = offer.price(*resolution).map(|price| {
            let unit = match price.unit {
                PriceUnit::MillionTokens => "million_tokens",
                PriceUnit::Second => "second",
            };
            let amount = |micros| Money::new(micros, price.currency).exact();
            json!({
                "unit": unit, "fresh": amount(price.fresh), "with_video": amount(price.with_video),
                "currency": price.currency.code(), "read": price.read,
            })
        });
        json!({"resolution": resolution.keyword(), "sizes": sizes.collect::<serde_json::Map<_, _>>(), "price": price})
    };
    json!({
        "family": offer.family, "model": offer.model, "seconds": [offer.seconds.0, offer.seconds.1],
        "modes": offer.modes.iter().map(|mode| mode.word()).collect::<Vec<_>>(),
        "retired": retired(offer).map(|(date, other)| json!({"on": date, "use": other})),
        "resolutions": offer.resolutions.iter().map(sizes).collect::<Vec<_>>(),
    })
}
