//! `storyreel providers`: who renders, with which models, what these can do, and what a clip costs.

use serde_json::{Value, json};
use storyreel_core::catalog::{BillableRender, FAMILIES, ModelFamily, Ratio, RenderSpec, Resolution, estimate, family};
use storyreel_core::keyword::Keyword as _;
use storyreel_core::money::Money;
use storyreel_core::provider::{FirstFrame, LastFrame, Offer, PROVIDERS, Provider, provider_by_id};
use storyreel_core::sanitize::count;
use storyreel_core::text::listed;

use super::args::{DataFormat, Providers};
use super::catalogues;
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done};
use super::output::{print, print_json};
use super::provider_models::{OtherModels, seconds_text, sizes_at, sound_text};
use super::provider_prices::{price_document, unit_price, unknown};
use crate::progress::table;

/// The resolutions whose prices the overview shows.
const PRICED: [Resolution; 4] = [Resolution::P480, Resolution::P720, Resolution::P1080, Resolution::K4];

pub(super) fn providers(context: &Context, args: &Providers) -> Done {
    if let Some(id) = &args.update {
        return catalogues::update(context, id, args.format);
    }
    let Some(id) = &args.id else {
        return match args.format {
            DataFormat::Table => print(&overview(context)),
            DataFormat::Json => {
                let all: Vec<Value> = PROVIDERS.iter().map(|provider| provider_document(provider)).collect();
                print_documents(&all)
            }
        };
    };
    let Some(provider) = provider_by_id(id) else {
        let known = listed(PROVIDERS.iter().map(|provider| provider.id), 12);
        return Err(CommandFailure::new(exit::USAGE, format!("there is no provider `{id}`: use {known}")));
    };
    let others = OtherModels::of(context, provider, &args.storyboards)?;
    match args.format {
        DataFormat::Table => print(&provider_page(context, provider, &others)),
        DataFormat::Json => {
            let mut document = provider_document(provider);
            document["declared"] = others.declared_document();
            document["catalogue"] = others.listed_document();
            print_documents(&[document])
        }
    }
}

fn print_documents(providers: &[Value]) -> Done {
    print_json(&json!({"version": 1, "providers": providers}))
}

fn overview(context: &Context) -> String {
    let rows: Vec<Vec<String>> = PROVIDERS
        .iter()
        .map(|provider| {
            let key = provider.key_env.first().map_or("–", |name| name);
            vec![provider.id.to_owned(), key.to_owned(), provider.title.to_owned()]
        })
        .collect();
    let providers = table::render(&["provider", "key in", "what it is"], &rows, &[], context.width);
    let rows: Vec<Vec<String>> = FAMILIES.iter().map(model_row).collect();
    let header = ["model", "seconds", "resolutions", "img, vid, aud", "sound", "starts from"];
    let models = table::render(&header, &rows, &[], context.width);
    let rows: Vec<Vec<String>> = PROVIDERS.iter().flat_map(|provider| price_rows(provider)).collect();
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
        seconds_text(family),
        resolutions.join(" "),
        references,
        sound_text(family).to_owned(),
        note,
    ]
}

/// What five seconds cost on each model that can still be ordered.
fn price_rows(provider: &Provider) -> Vec<Vec<String>> {
    provider.offers.iter().filter(|offer| retirement(offer).is_none()).map(|offer| price_row(provider, offer)).collect()
}

fn price_row(provider: &Provider, offer: &Offer) -> Vec<String> {
    let mut row = vec![provider.id.to_owned(), offer.family.to_owned()];
    for resolution in PRICED {
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
fn provider_page(context: &Context, provider: &Provider, others: &OtherModels) -> String {
    let mut text = format!("{}: {}\n\n", provider.id, provider.title);
    for (name, value) in provider_facts(provider) {
        if !value.is_empty() {
            text.push_str(&format!("{name:<16}{value}\n"));
        }
    }
    if !provider.offers.is_empty() {
        let rows: Vec<Vec<String>> = provider.offers.iter().map(offer_row).collect();
        let header = ["model", "id", "seconds", "starts from"];
        text.push_str(&format!("\n{}\n", table::render(&header, &rows, &[], context.width)));
    }
    let rows: Vec<Vec<String>> = provider.offers.iter().flat_map(unit_price_rows).collect();
    if !rows.is_empty() {
        let header = ["model", "at", "pixels at 16:9", "price", "with video", "5 s", "read"];
        text.push_str(&format!("\n{}\n", table::render(&header, &rows, &[5], context.width)));
    }
    text.push_str(&others.tables(context.width));
    if provider.lists_models && others.catalogue.is_none() {
        let update = format!("storyreel providers --update {}", provider.id);
        text.push_str(&format!("\n`{update}` reads its models and prices into the project\n"));
    }
    text
}

/// What is known of a provider: names and values; those without a value are not shown.
fn provider_facts(provider: &Provider) -> Vec<(&'static str, String)> {
    let address = provider.base.unwrap_or(if provider.is_paid { "must be given" } else { "" });
    let mut facts = vec![
        ("key in", provider.key_env.join(", else ")),
        ("address", address.to_owned()),
        ("address in", provider.base_env.to_owned()),
    ];
    if provider.is_paid {
        facts.extend(paid_facts(provider));
    }
    facts.push(("facts read", provider.read.to_owned()));
    facts.push(("reference", provider.reference.to_owned()));
    facts
}

fn paid_facts(provider: &Provider) -> [(&'static str, String); 6] {
    let first_frame = match provider.first_frame {
        FirstFrame::Sent => "exact: the clip starts on that picture",
        FirstFrame::Passed => "exact where the server knows it; the first clip tells",
        FirstFrame::Hinted => "sent as a reference; the clip starts close to it",
    };
    let last_frame = match provider.last_frame {
        LastFrame::Returned => "returned with the clip",
        LastFrame::Perhaps => "requested; decoded from the clip if it does not come",
        LastFrame::Never => "decoded from the clip",
    };
    let link = count(provider.link_hours as usize, "hour");
    let task = count(provider.task_days as usize, "day");
    let sound = if provider.sound_switch { "as asked" } else { "cannot be switched off" };
    let lost_orders = if provider.lists {
        "found in its list of tasks"
    } else if provider.has_order_keys {
        "sent again with the same key: one order"
    } else if provider.is_own_server {
        "ordered again: they cost nothing"
    } else {
        "you look them up"
    };
    [
        ("at once", count(provider.max_in_flight, "task")),
        ("first frame", first_frame.to_owned()),
        ("last frame", last_frame.to_owned()),
        ("sound", sound.to_owned()),
        ("lost orders", lost_orders.to_owned()),
        ("links last", format!("{link}; tasks {task}")),
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

/// A provider for programs.
fn provider_document(provider: &Provider) -> Value {
    let offers: Vec<Value> = provider.offers.iter().map(offer_document).collect();
    json!({
        "id": provider.id, "title": provider.title, "paid": provider.is_paid, "key_env": provider.key_env,
        "base_url": provider.base, "base_url_env": provider.base_env, "max_in_flight": provider.max_in_flight,
        "first_frame": matches!(provider.first_frame, FirstFrame::Sent),
        "last_frame": matches!(provider.last_frame, LastFrame::Returned),
        "lists_tasks": provider.lists, "order_keys": provider.has_order_keys, "own_server": provider.is_own_server,
        "lists_models": provider.lists_models, "link_hours": provider.link_hours, "task_days": provider.task_days,
        "read": provider.read, "reference": provider.reference, "models": offers,
    })
}

fn offer_document(offer: &Offer) -> Value {
    let resolutions: Vec<Value> =
        offer.resolutions.iter().map(|resolution| resolution_document(offer, *resolution)).collect();
    json!({
        "family": offer.family, "model": offer.model, "seconds": [offer.seconds.0, offer.seconds.1],
        "modes": offer.modes.iter().map(|mode| mode.keyword()).collect::<Vec<_>>(),
        "retired": retirement(offer).map(|(date, other)| json!({"on": date, "use": other})),
        "resolutions": resolutions,
    })
}

fn resolution_document(offer: &Offer, resolution: Resolution) -> Value {
    let sizes = family(offer.family).map_or_else(|| json!({}), |family| sizes_at(family, resolution));
    let price = offer.price(resolution).map(price_document);
    json!({"resolution": resolution.keyword(), "sizes": sizes, "price": price})
}
