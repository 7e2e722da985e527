//! `storyreel providers`: who renders, with which models, and what these can do.

use super::context::Context;
use super::{Done, print};
use crate::catalog::{FAMILIES, Family, PROVIDERS};
use crate::report::table;

pub(super) fn list(context: &Context) -> Done {
    let rows: Vec<Vec<String>> = PROVIDERS
        .iter()
        .map(|provider| {
            let price = if provider.paid { "paid" } else { "free" };
            vec![provider.id.to_owned(), price.to_owned(), provider.title.to_owned()]
        })
        .collect();
    let providers = table::render(&["provider", "price", "what it is"], &rows, &[], context.width);
    let rows: Vec<Vec<String>> = FAMILIES.iter().map(row).collect();
    let header = ["model", "seconds", "resolutions", "img, vid, aud", "sound", "starts from"];
    let models = table::render(&header, &rows, &[], context.width);
    print(&format!("{providers}\n\n{models}\n\nabilities read 2026-11-20; the animatic stands in for every model\n"))
}

fn row(family: &Family) -> Vec<String> {
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
