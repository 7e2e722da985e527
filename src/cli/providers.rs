//! `storyreel providers`: who renders, with which models, what these can do, and what a clip costs.

use serde_json::{Value, json};
use storyreel_core::catalog::{
    BillableRender, FAMILIES, ModelFamily, Price, PriceUnit, Ratio, RenderSpec, Resolution, estimate, family,
};
use storyreel_core::keyword::Keyword as _;
use storyreel_core::money::Money;
use storyreel_core::provider::{FirstFrame, LastFrame, Offer, PROVIDERS, Provider, provider_by_id};
use storyreel_core::text::listed;

use super::args::DataFormat;
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done};
use super::output::print;
use crate::progress::table;

pub(super) fn providers(context: &Context, id: Option<&str>, format: DataFormat) -> Done {
    let chosen = match id {
        None => PROVIDERS.to_vec(),
        Some(id) => match provider_by_id(id) {
            Some(service) => vec![service],
            None => {
                let known = listed(PROVIDERS.iter().map(|service| service.id), 12);
                return Err(CommandFailure::new(exit::USAGE, format!("there is no provider `{id}`: use {known}")));
            }
        },
    };
    match (format, id) {
        (DataFormat::Json, _) => {
            let all: Vec<Value> = chosen.iter().map(|service| provider_document(service)).collect();
            print(&format!("{:#}\n", json!({"version": 1, "providers": all})))
        }
        (DataFormat::Table, None) => print(&overview(context)),
        (DataFormat::Table, Some(_)) => print(&provider_page(context, chosen[0])),
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
    service.offers.iter().filter(|offer| retirement(offer).is_none()).map(|offer| price_row(service, offer)).collect()
}

fn price_row(service: &Provider, offer: &Offer) -> Vec<String> {
    let mut row = vec![service.id.to_owned(), offer.family.to_owned()];
    for resolution in [Resolution::P480, Resolution::P720, Resolution::P1080, Resolution::K4] {
        row.push(if offer.resolutions.contains(&resolution) {
            price_of_five_seconds(offer, resolution).map_or_else(unknown, |cost| cost.to_string())
        } else {
            "–".to_owned()
        });
    }
    row.push(offer.prices.first().map_or(String::new(), |(_, price)| price.read.to_string()));
    row
}

fn retirement(offer: &Offer) -> Option<(&'static str, &'static str)> {
    offer.retired.or_else(|| family(offer.family)?.retired)
}

fn price_of_five_seconds(offer: &Offer, resolution: Resolution) -> Option<Money> {
    let family = family(offer.family)?;
    let size = family.size(resolution, Ratio::W16H9, None)?;
    let spec = RenderSpec { size, seconds: Some(5), ..RenderSpec::new(offer.model, family) };
    let render = BillableRender { spec: &spec, video: None };
    estimate(&render, offer.price(resolution)).cost.map(|(low, _)| low)
}

/// Everything about one provider.
fn provider_page(context: &Context, service: &Provider) -> String {
    let mut text = format!("{}: {}\n\n", service.id, service.title);
    for (name, value) in provider_facts(service) {
        if !value.is_empty() {
            text.push_str(&format!("{name:<16}{value}\n"));
        }
    }
    if service.offers.is_empty() {
        return text;
    }
    let rows: Vec<Vec<String>> = service.offers.iter().map(offer_row).collect();
    let header = ["model", "its id there", "seconds", "starts from"];
    text.push_str(&format!("\n{}\n", table::render(&header, &rows, &[], context.width)));
    let rows: Vec<Vec<String>> = service.offers.iter().flat_map(unit_price_rows).collect();
    if !rows.is_empty() {
        let header = ["model", "at", "pixels at 16:9", "price", "with video", "5 s", "read"];
        text.push_str(&format!("\n{}\n", table::render(&header, &rows, &[5], context.width)));
    }
    text
}

/// What is known of a provider: names and values; those without a value are not shown.
fn provider_facts(service: &Provider) -> Vec<(&'static str, String)> {
    let address = service.base.unwrap_or(if service.is_paid { "must be given" } else { "" });
    let mut facts = vec![
        ("key in", service.key_env.join(", else ")),
        ("address", address.to_owned()),
        ("address in", service.base_env.to_owned()),
    ];
    if service.is_paid {
        facts.extend(paid_facts(service));
    }
    facts.push(("facts read", service.read.to_owned()));
    facts.push(("reference", service.reference.to_owned()));
    facts
}

fn paid_facts(service: &Provider) -> [(&'static str, String); 6] {
    let first_frame = match service.first_frame {
        FirstFrame::Sent => "the clip begins on exactly that picture",
        FirstFrame::Hinted => "goes as a reference; the clip begins like it at best",
    };
    let last_frame = match service.last_frame {
        LastFrame::Returned => "given back beside the clip",
        LastFrame::Perhaps => "asked for; decoded from the clip where it does not come",
        LastFrame::Never => "decoded from the clip",
    };
    let sound = if service.sound_switch { "as asked" } else { "cannot be switched off" };
    let lost_orders = if service.lists { "found again in its list" } else { "are for you to look up" };
    [
        ("at once", format!("{} tasks", service.max_in_flight)),
        ("first frame", first_frame.to_owned()),
        ("last frame", last_frame.to_owned()),
        ("sound", sound.to_owned()),
        ("lost orders", lost_orders.to_owned()),
        ("links live", format!("{} hours; tasks {} days", service.link_hours, service.task_days)),
    ]
}

fn offer_row(offer: &Offer) -> Vec<String> {
    let modes: Vec<&str> = offer.modes.iter().map(|mode| mode.label()).collect();
    let note = retirement(offer).map_or(modes.join(", "), |(date, other)| format!("shut down on {date}: use {other}"));
    vec![offer.family.to_owned(), offer.model.to_owned(), format!("{}–{}", offer.seconds.0, offer.seconds.1), note]
}

fn unit_price_rows(offer: &Offer) -> Vec<Vec<String>> {
    offer.resolutions.iter().map(|resolution| unit_price_row(offer, *resolution)).collect()
}

fn unit_price_row(offer: &Offer, resolution: Resolution) -> Vec<String> {
    let pixels = family(offer.family).and_then(|family| family.size(resolution, Ratio::W16H9, None));
    let price = offer.price(resolution);
    let five_seconds = price_of_five_seconds(offer, resolution);
    vec![
        offer.family.to_owned(),
        resolution.to_string(),
        pixels.map(|size| size.to_string()).unwrap_or_default(),
        price.map_or_else(unknown, |price| unit_price(price, price.fresh)),
        price.map_or_else(unknown, |price| unit_price(price, price.with_video)),
        five_seconds.map_or_else(unknown, |cost| cost.to_string()),
        price.map(|price| price.read.to_string()).unwrap_or_default(),
    ]
}

fn unknown() -> String {
    "?".to_owned()
}

/// `7.00 USD per M tokens`.
fn unit_price(price: &Price, micros: u64) -> String {
    let unit = match price.unit {
        PriceUnit::MillionTokens => "M tokens",
        PriceUnit::Second => "second",
    };
    format!("{} {} per {unit}", Money::new(micros, price.currency).exact(), price.currency)
}

/// A provider for programs.
fn provider_document(service: &Provider) -> Value {
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
    let resolutions: Vec<Value> =
        offer.resolutions.iter().map(|resolution| resolution_document(offer, *resolution)).collect();
    json!({
        "family": offer.family, "model": offer.model, "seconds": [offer.seconds.0, offer.seconds.1],
        "modes": offer.modes.iter().map(|mode| mode.word()).collect::<Vec<_>>(),
        "retired": retirement(offer).map(|(date, other)| json!({"on": date, "use": other})),
        "resolutions": resolutions,
    })
}

fn resolution_document(offer: &Offer, resolution: Resolution) -> Value {
    let mut sizes = serde_json::Map::new();
    for ratio in Ratio::KEYWORDS.iter().filter_map(|word| Ratio::from_keyword(word)) {
        let size = family(offer.family).and_then(|family| family.size(resolution, ratio, None));
        if let Some(size) = size.filter(|_| ratio != Ratio::Adaptive) {
            sizes.insert(ratio.to_string(), json!([size.width, size.height]));
        }
    }
    let price = offer.price(resolution).map(price_document);
    json!({"resolution": resolution.keyword(), "sizes": sizes, "price": price})
}

fn price_document(price: &Price) -> Value {
    let unit = match price.unit {
        PriceUnit::MillionTokens => "million_tokens",
        PriceUnit::Second => "second",
    };
    json!({
        "unit": unit,
        "fresh": Money::new(price.fresh, price.currency).exact(),
        "with_video": Money::new(price.with_video, price.currency).exact(),
        "currency": price.currency.code(),
        "read": price.read,
    })
}
