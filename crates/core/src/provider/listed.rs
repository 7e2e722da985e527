//! What a service says of its own models, as a file of the project keeps it: abilities and prices, on a day. Plans read
//! the file alone, so that a plan of today can be made again tomorrow.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::{
    DeclaredFamily, FAMILIES, Mode, ModelFamily, Price, PriceUnit, Ratio, ReferenceLimits, Resolution, SoundAbility,
    nearest_ratio,
};
use crate::keyword::Keyword as _;
use crate::money::{Currency, MICROS};
use crate::units::Size;

/// The version of the file.
const VERSION: u32 = 1;

/// The models of a service, as it listed them on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCatalogue {
    version: u32,
    /// The service's id.
    pub provider: String,
    /// The day, `2026-11-27`.
    pub read: String,
    /// Its models, by their ids.
    pub models: Vec<ListedModel>,
}

/// A model as its service lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedModel {
    /// The service's id for it.
    pub id: String,
    /// Lengths in whole seconds.
    pub seconds: Vec<u32>,
    /// Height classes, as the service names them.
    pub resolutions: Vec<String>,
    /// Shapes, as the service names them.
    pub ratios: Vec<String>,
    /// Exact sizes, where they are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<String>,
    /// `first_frame`, `last_frame`.
    pub frames: Vec<String>,
    /// Whether it makes sound.
    pub audio: bool,
    /// Whether it takes a seed.
    pub seed: bool,
    /// Prices by the service's names for what is counted.
    pub prices: BTreeMap<String, String>,
}

/// What a listed model costs at a resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedPrice {
    /// So much.
    Known(Price),
    /// It is counted by something that is not known here.
    Unknown(Vec<String>),
}

impl ServiceCatalogue {
    /// The models that a service listed on a day, sorted by their ids.
    #[must_use]
    pub fn new(provider: &str, read: String, mut models: Vec<ListedModel>) -> Self {
        models.sort_by(|one, other| one.id.cmp(&other.id));
        models.dedup_by(|one, other| one.id == other.id);
        Self { version: VERSION, provider: provider.to_owned(), read, models }
    }

    /// The text of the file: JSON that a review reads well.
    #[must_use]
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("texts and numbers can be written as JSON");
        format!("{text}\n")
    }

    /// Reads what [`Self::text`] writes.
    ///
    /// # Errors
    /// It is something else, or of a newer version; in words.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match read.version {
            VERSION => Ok(read),
            newer => Err(format!("it has version {newer}, which a newer storyreel reads")),
        }
    }

    /// The model of this id, or the one of a family.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&ListedModel> {
        let exact = self.models.iter().find(|model| model.id == name);
        exact.or_else(|| self.models.iter().find(|model| plain_name(&model.id) == name))
    }
}

/// The name of a model without its maker, and without the `v` of its version: `kling-3.0` of `maker/kling-v3.0`.
fn plain_name(id: &str) -> String {
    let name = id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
    let parts = name.split('-').map(|part| {
        let version = part.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        version.unwrap_or(part).to_owned()
    });
    parts.collect::<Vec<_>>().join("-")
}

impl ListedModel {
    /// The built-in family of which it is one.
    fn known_family(&self) -> Option<&'static ModelFamily> {
        let name = plain_name(&self.id);
        FAMILIES.iter().find(|family| family.name == name)
    }

    /// The name in plans: that of its family, else its id.
    #[must_use]
    pub fn name(&self) -> String {
        self.known_family().map_or_else(|| self.id.clone(), |family| family.name.to_owned())
    }

    /// What the model can do.
    ///
    /// # Errors
    /// The list says too little to order anything; in words.
    pub fn family(&self) -> Result<DeclaredFamily, &'static str> {
        let base = self.known_family();
        let mut lengths: Vec<u32> = self.seconds.iter().copied().filter(|seconds| *seconds > 0).collect();
        lengths.sort_unstable();
        lengths.dedup();
        if lengths.is_empty() {
            return Err("the list names no length");
        }
        let sizes = self.exact_sizes(base);
        if sizes.is_empty() {
            return Err("the list names no size that is known here");
        }
        let has = |frame: &str| self.frames.iter().any(|one| one == frame);
        let mut modes = vec![Mode::Text];
        if has("first_frame") {
            modes.push(Mode::FirstFrame);
        }
        if has("first_frame") && has("last_frame") {
            modes.push(Mode::FirstLast);
        }
        // Pictures to lean on are taken by all; videos and sounds by those of which it is known.
        modes.push(Mode::Reference);
        let pictures = ReferenceLimits { images: 9, videos: 0, audio: 0, seconds: (0, 0), audio_alone: false };
        let references = base.map(|family| family.references).filter(|limits| limits.images > 0).unwrap_or(pictures);
        let sound = if self.audio { SoundAbility::Choice } else { SoundAbility::None };
        Ok(DeclaredFamily { name: self.name(), base, modes, references, lengths, rate: None, sizes, sound })
    }

    /// The exact sizes: as they are listed, else those of the family, else those that screens have.
    fn exact_sizes(&self, base: Option<&ModelFamily>) -> Vec<(Resolution, Ratio, Size)> {
        let resolutions: Vec<Resolution> = self.resolutions.iter().filter_map(|name| resolution(name)).collect();
        let ratios: Vec<Ratio> = self.ratios.iter().filter_map(|name| Ratio::from_keyword(name)).collect();
        let listed: Vec<Size> = self.sizes.iter().filter_map(|size| size.parse().ok()).collect();
        let mut sizes = Vec::new();
        for at in resolutions {
            for ratio in &ratios {
                let of_list =
                    listed.iter().copied().find(|size| class_of(*size) == at && nearest_ratio(*size) == *ratio);
                let of_family = base.and_then(|family| family.size(at, *ratio, None));
                let size = of_list.or(of_family).or_else(|| usual_size(at, *ratio));
                sizes.extend(size.map(|size| (at, *ratio, size)));
            }
        }
        sizes
    }

    /// What a second costs at a resolution, with and without sound, in US dollars.
    #[must_use]
    pub fn price(&self, at: Resolution, read: &str) -> ListedPrice {
        let class = self.resolutions.iter().find(|name| resolution(name) == Some(at));
        let class = class.map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let of = |name: &str| self.prices.get(name).and_then(|amount| micros(amount));
        let sounding =
            of(&format!("duration_seconds_with_audio_{class}")).or_else(|| of("duration_seconds_with_audio"));
        let silent = of(&format!("duration_seconds_{class}")).or_else(|| of("duration_seconds"));
        let cents = of("cents_per_second_output").map(|cents| cents.div_ceil(100));
        let Some(fresh) = sounding.or(silent).or(cents) else {
            return ListedPrice::Unknown(self.prices.keys().cloned().collect());
        };
        let read = Cow::Owned(read.to_owned());
        let silent = sounding.and(silent);
        let unit = PriceUnit::Second;
        ListedPrice::Known(Price { unit, fresh, with_video: fresh, silent, currency: Currency::USD, read })
    }
}

/// A decimal amount in millionths, rounded up; `None` for what is no amount.
fn micros(amount: &str) -> Option<u64> {
    let (whole, fraction) = amount.trim().split_once('.').unwrap_or((amount.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let kept = &fraction[..fraction.len().min(6)];
    let rest = fraction.get(6..).unwrap_or_default();
    let part: u64 = format!("{kept:0<6}").parse().ok()?;
    let above = u64::from(rest.bytes().any(|digit| digit != b'0'));
    Some(whole.parse::<u64>().ok()? * MICROS + part + above)
}

fn resolution(name: &str) -> Option<Resolution> {
    Resolution::from_keyword(&name.to_ascii_lowercase())
}

/// The height class whose number of pixels is nearest.
fn class_of(size: Size) -> Resolution {
    let pixels = |size: Size| (f64::from(size.width) * f64::from(size.height)).ln();
    let apart = |class: &Resolution| (pixels(screen(*class)) - pixels(size)).abs();
    let classes = Resolution::KEYWORDS.iter().filter_map(|word| Resolution::from_keyword(word));
    classes.min_by(|one, other| apart(one).total_cmp(&apart(other))).unwrap_or(Resolution::P720)
}

/// The size that screens of a class have.
const fn screen(class: Resolution) -> Size {
    match class {
        Resolution::P480 => Size::new(854, 480),
        Resolution::P720 => Size::new(1280, 720),
        Resolution::P768 => Size::new(1366, 768),
        Resolution::P1080 => Size::new(1920, 1080),
        Resolution::K2 => Size::new(2560, 1440),
        Resolution::K4 => Size::new(3840, 2160),
    }
}

/// The same for the two shapes in which screens stand.
fn usual_size(at: Resolution, ratio: Ratio) -> Option<Size> {
    let wide = screen(at);
    match ratio {
        Ratio::W16H9 => Some(wide),
        Ratio::W9H16 => Some(Size::new(wide.height, wide.width)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(id: &str) -> ListedModel {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        ListedModel {
            id: id.to_owned(),
            seconds: vec![8, 4, 6],
            resolutions: texts(&["720p", "1080p", "4K", "1K"]),
            ratios: texts(&["16:9", "9:16", "3:2"]),
            sizes: texts(&["1280x720", "720x1280", "1920x1080"]),
            frames: texts(&["first_frame", "last_frame"]),
            audio: true,
            seed: false,
            prices: BTreeMap::from([
                ("duration_seconds_with_audio_720p".to_owned(), "0.15".to_owned()),
                ("duration_seconds_720p".to_owned(), "0.1000001".to_owned()),
            ]),
        }
    }

    #[test]
    fn a_list_gives_a_family() {
        let family = model("maker/some-model-v2").family().expect("it says enough");
        assert_eq!((family.name.as_str(), &family.lengths[..]), ("maker/some-model-v2", &[4, 6, 8][..]));
        let sizes: Vec<String> = family.sizes.iter().map(|(at, ratio, size)| format!("{at} {ratio} {size}")).collect();
        let expected = [
            "720p 16:9 1280x720",
            "720p 9:16 720x1280",
            "1080p 16:9 1920x1080",
            "1080p 9:16 1080x1920",
            "4k 16:9 3840x2160",
            "4k 9:16 2160x3840",
        ];
        assert_eq!(sizes, expected);
        let known = model("google/veo-3.1").family().expect("it says enough");
        assert_eq!((known.name.as_str(), known.base.map(|base| base.name)), ("veo-3.1", Some("veo-3.1")));
        let silent = ListedModel { seconds: Vec::new(), ..model("a/b") };
        assert_eq!(silent.family(), Err("the list names no length"));
        assert_eq!(plain_name("kwaivgi/kling-v3.0"), "kling-3.0");
    }

    #[test]
    fn prices_are_read_where_their_names_are_known() {
        let ListedPrice::Known(price) = model("a/b").price(Resolution::P720, "2026-11-27") else {
            panic!("it is known")
        };
        assert_eq!((price.fresh, price.silent), (150_000, Some(100_001)));
        let unknown = model("a/b").price(Resolution::P1080, "2026-11-27");
        assert!(matches!(unknown, ListedPrice::Unknown(names) if names.len() == 2));
        let cents = BTreeMap::from([("cents_per_second_output".to_owned(), "12.5".to_owned())]);
        let ListedPrice::Known(price) = (ListedModel { prices: cents, ..model("a/b") }).price(Resolution::P1080, "d")
        else {
            panic!("it is known")
        };
        assert_eq!((price.fresh, price.silent), (125_000, None));
        for odd in ["", "-1", "1e3", ".5", "abc", "9999999999"] {
            assert_eq!(micros(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_file_reads_back() {
        let models = vec![model("b/b"), model("a/a")];
        let catalogue = ServiceCatalogue::new("openrouter", "2026-11-27".to_owned(), models);
        assert_eq!(ServiceCatalogue::from_text(&catalogue.text()), Ok(catalogue.clone()));
        assert_eq!(catalogue.models[0].id, "a/a");
        let newer = catalogue.text().replace("\"version\": 1", "\"version\": 2");
        assert!(ServiceCatalogue::from_text(&newer).is_err_and(|error| error.contains("newer")));
    }
}
