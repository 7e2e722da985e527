//! Models of a provider that are not built in: those that it lists, and those that storyboards declare.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use storyreel_core::catalog::{ModelFamily, Price, Ratio, Resolution, SoundAbility};
use storyreel_core::film::{DeclaredModel, declared_models};
use storyreel_core::keyword::Keyword as _;
use storyreel_core::money::Money;
use storyreel_core::provider::{ListedModel, ListedPrice, Provider, ServiceCatalogue};
use storyreel_core::sanitize::clean;

use super::board_text::BoardText;
use super::context::Context;
use super::failure::CommandFailure;
use super::provider_prices::{price_document, unit_price, unknown};
use crate::progress::table;

/// What is known of a provider's models beside those that are built in.
pub(super) struct OtherModels {
    pub(super) catalogue: Option<ServiceCatalogue>,
    declared: Vec<DeclaringBoard>,
}

/// A storyboard and the models that it declares for a provider.
struct DeclaringBoard {
    storyboard: String,
    models: Vec<DeclaredModel>,
}

impl OtherModels {
    /// Those of `provider`: from the catalogue of the project at the current folder, and from these storyboards, or from
    /// those of the current folder.
    pub(super) fn of(context: &Context, provider: &Provider, storyboards: &[PathBuf]) -> Result<Self, CommandFailure> {
        let catalogues = super::catalogues::of_project(context, &context.current_project())?;
        let catalogue = catalogues.iter().find(|catalogue| catalogue.provider == provider.id).cloned();
        let mut declared = Vec::new();
        for storyboard in storyboards {
            declared.extend(declaring_board(context, provider, storyboard)?);
        }
        if storyboards.is_empty() {
            // What is not a storyboard, or is broken, says nothing here: `check` tells.
            let found =
                storyboards_here().into_iter().filter_map(|file| declaring_board(context, provider, &file).ok());
            declared.extend(found.flatten());
        }
        Ok(Self { catalogue, declared })
    }

    /// The tables for people, each with its heading.
    pub(super) fn tables(&self, columns: usize) -> String {
        let mut text = String::new();
        if let Some(catalogue) = &self.catalogue {
            text.push_str(&format!("\nlisted by the service on {}:\n", clean(&catalogue.read)));
            let rows: Vec<Vec<String>> =
                catalogue.models.iter().map(|model| listed_row(model, &catalogue.read)).collect();
            let header = ["model", "id", "seconds", "resolutions", "sound", "starts from", "a second"];
            text.push_str(&format!("{}\n", table::render(&header, &rows, &[6], columns)));
        }
        for board in &self.declared {
            text.push_str(&format!("\ndeclared in {}:\n", clean(&board.storyboard)));
            let rows: Vec<Vec<String>> = board.models.iter().map(declared_row).collect();
            let header = ["model", "id", "seconds", "sizes", "sound", "starts from", "price"];
            text.push_str(&format!("{}\n", table::render(&header, &rows, &[], columns)));
        }
        text
    }

    /// The listed models for programs.
    pub(super) fn listed_document(&self) -> Value {
        match &self.catalogue {
            None => Value::Null,
            Some(catalogue) => json!({"read": catalogue.read, "models": catalogue.models}),
        }
    }

    /// The declared models for programs.
    pub(super) fn declared_document(&self) -> Value {
        let models = self.declared.iter().flat_map(|board| {
            board.models.iter().map(|model| {
                let DeclaredModel { id, family, price, .. } = model;
                json!({
                    "storyboard": board.storyboard, "name": family.name, "model": id,
                    "seconds": seconds_list(family), "fps": family.rate().to_string(), "sizes": sizes_document(family),
                    "modes": family.modes.iter().map(|mode| mode.keyword()).collect::<Vec<_>>(),
                    "audio": sound_of(family).keyword(), "price": price.as_ref().map(price_document),
                })
            })
        });
        models.collect()
    }
}

/// What a storyboard declares for a provider; nothing where it declares none.
fn declaring_board(
    context: &Context,
    provider: &Provider,
    storyboard: &Path,
) -> Result<Option<DeclaringBoard>, CommandFailure> {
    let text = BoardText::read(context, storyboard)?;
    let overrides = context.overrides();
    let (board, _) = text.tree.board(&text.source, overrides.choices());
    let models = board.map_or_else(Vec::new, |board| declared_models(&board, &text.source, &overrides));
    let models: Vec<DeclaredModel> = models.into_iter().filter(|model| model.provider.id == provider.id).collect();
    let storyboard = storyboard.to_string_lossy().into_owned();
    Ok((!models.is_empty()).then_some(DeclaringBoard { storyboard, models }))
}

/// The storyboards in the current folder, as far as names tell.
fn storyboards_here() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
    let names = entries.map(|entry| PathBuf::from(entry.file_name()));
    let mut files: Vec<PathBuf> = names
        .filter(|name| name.extension().is_some_and(|ending| ending == "yaml" || ending == "yml"))
        .filter(|name| !name.to_string_lossy().ends_with(crate::store::LOCK_ENDING))
        .collect();
    files.sort();
    files
}

fn listed_row(model: &ListedModel, read: &str) -> Vec<String> {
    let family = model.family().map(|family| storyreel_core::catalog::declared_family(&family));
    let Ok(family) = family else {
        let why = family.err().unwrap_or_default().to_owned();
        return vec![
            clean(&model.name()),
            clean(&model.id),
            why,
            String::new(),
            String::new(),
            String::new(),
            unknown(),
        ];
    };
    let resolutions: Vec<String> = family.resolutions.iter().map(ToString::to_string).collect();
    let prices: Vec<Option<Price>> = family
        .resolutions
        .iter()
        .map(|at| match model.price(*at, read) {
            ListedPrice::Known(price) => Some(price),
            ListedPrice::Unknown(_) => None,
        })
        .collect();
    vec![
        family.name.to_owned(),
        clean(&model.id),
        seconds_text(family),
        resolutions.join(" "),
        sound_text(family).to_owned(),
        modes_text(family),
        price_range(&prices),
    ]
}

fn declared_row(model: &DeclaredModel) -> Vec<String> {
    let DeclaredModel { id, family, price, .. } = model;
    vec![
        clean(family.name),
        clean(id),
        seconds_text(family),
        sizes_text(family),
        sound_text(family).to_owned(),
        modes_text(family),
        price.as_ref().map_or_else(unknown, price_text),
    ]
}

fn price_text(price: &Price) -> String {
    if price.fresh == 0 { "free".to_owned() } else { unit_price(price, price.fresh) }
}

/// The price at all resolutions, or the lowest and the highest; and whether it is unknown at some.
fn price_range(prices: &[Option<Price>]) -> String {
    let known: Vec<&Price> = prices.iter().flatten().collect();
    let least = known.iter().min_by_key(|price| price.fresh);
    let most = known.iter().max_by_key(|price| price.fresh);
    let amount = |price: &Price| Money::new(price.fresh, price.currency).exact();
    let (Some(least), Some(most)) = (least, most) else { return unknown() };
    let range = if least.fresh == most.fresh {
        format!("{} {}", amount(most), most.currency)
    } else {
        format!("{}–{} {}", amount(least), amount(most), most.currency)
    };
    if known.len() < prices.len() { format!("{range} and unknown") } else { range }
}

fn seconds_list(family: &ModelFamily) -> Vec<u32> {
    let (shortest, longest) = family.seconds;
    if family.lengths.is_empty() { (shortest..=longest).collect() } else { family.lengths.to_vec() }
}

/// `4–15` where all lengths between are made, else `6, 8, 10`.
pub(super) fn seconds_text(family: &ModelFamily) -> String {
    let all = seconds_list(family);
    let (shortest, longest) = family.seconds;
    if all.len() > 2 && all.len() as u32 == longest - shortest + 1 {
        return format!("{shortest}–{longest}");
    }
    all.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

fn sizes_text(family: &ModelFamily) -> String {
    let mut sizes = Vec::new();
    for at in family.resolutions {
        for ratio in ratios() {
            let size = family.size(*at, ratio, None);
            sizes.extend(size.map(|size| format!("{at} {ratio} {size}")));
        }
    }
    sizes.join(", ")
}

fn sizes_document(family: &ModelFamily) -> Value {
    let mut document = serde_json::Map::new();
    for at in family.resolutions {
        document.insert(at.to_string(), sizes_at(family, *at));
    }
    document.into()
}

/// The sizes of a family at a resolution, by their ratios, for programs.
pub(super) fn sizes_at(family: &ModelFamily, at: Resolution) -> Value {
    let mut sizes = serde_json::Map::new();
    for ratio in ratios() {
        if let Some(size) = family.size(at, ratio, None) {
            sizes.insert(ratio.to_string(), json!([size.width, size.height]));
        }
    }
    sizes.into()
}

fn ratios() -> impl Iterator<Item = Ratio> {
    Ratio::KEYWORDS.iter().filter_map(|word| Ratio::from_keyword(word)).filter(|ratio| *ratio != Ratio::Adaptive)
}

fn modes_text(family: &ModelFamily) -> String {
    family.modes.iter().map(|mode| mode.label()).collect::<Vec<_>>().join(", ")
}

const fn sound_of(family: &ModelFamily) -> SoundAbility {
    match (family.audio, family.always_sounds) {
        (false, _) => SoundAbility::None,
        (true, true) => SoundAbility::Always,
        (true, false) => SoundAbility::Choice,
    }
}

pub(super) const fn sound_text(family: &ModelFamily) -> &'static str {
    match sound_of(family) {
        SoundAbility::None => "no",
        SoundAbility::Always => "always",
        SoundAbility::Choice => "yes",
    }
}

#[cfg(test)]
mod tests {
    use storyreel_core::catalog::{PriceUnit, family};
    use storyreel_core::money::Currency;

    use super::*;

    #[test]
    fn a_range_of_prices_tells_what_is_not_known() {
        let price = |fresh| {
            let read = "2026-11-27".into();
            let unit = PriceUnit::Second;
            Some(Price { unit, fresh, with_video: fresh, silent: None, currency: Currency::USD, read })
        };
        for (prices, expected) in [
            (vec![price(400_000), price(400_000)], "0.40 USD"),
            (vec![price(400_000), price(500_000)], "0.40–0.50 USD"),
            (vec![price(400_000), None], "0.40 USD and unknown"),
            (vec![None], "?"),
        ] {
            assert_eq!(price_range(&prices), expected);
        }
    }

    #[test]
    fn lengths_are_a_range_or_a_list() {
        for (name, expected) in [("veo-3.1", "4, 6, 8"), ("ltx-2.3", "6, 8, 10"), ("seedance-2.0", "4–15")] {
            assert_eq!(seconds_text(family(name).expect("it is built in")), expected);
        }
    }
}
