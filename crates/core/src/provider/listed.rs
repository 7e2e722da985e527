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
    /// It is not known, which is never nothing.
    Unknown(UnknownPrice),
}

/// Why a listed price is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownPrice {
    /// The list names none.
    NotListed,
    /// It is counted by these, of which one at least is not known here, or not at this resolution.
    Counted(Vec<String>),
    /// What stands there is no amount.
    Unreadable {
        /// The service's name for what is counted.
        name: String,
        /// What stands there; no more than its beginning.
        amount: String,
    },
    /// Clips with sound cost more, and how much is not listed for this resolution; this is for silent ones.
    SilentAlone(String),
}

/// The names of prices that are known here; they may be followed by a resolution, `duration_seconds_720p`.
const PER_SECOND: &str = "duration_seconds";
const PER_SOUNDING_SECOND: &str = "duration_seconds_with_audio";
const CENTS: &str = "cents_per_second_output";

/// Characters that are shown of an amount that is none.
const SHOWN: usize = 40;

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

    /// The models that a name can mean: the one of this id, else all of a family, or with this last part of an id.
    #[must_use]
    pub fn models_called(&self, name: &str) -> Vec<&ListedModel> {
        if let Some(exact) = self.models.iter().find(|model| model.id == name) {
            return vec![exact];
        }
        self.models.iter().filter(|model| model.is_called(name)).collect()
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

    /// Whether a name means it: its id, the last part of that, or its family.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.id.rsplit('/').next() == Some(name) || plain_name(&self.id) == name
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
        // Lists do not say who takes pictures to lean on: all of which nothing else is known. Videos and sounds are taken by
        // those of which it is known.
        modes.push(Mode::Reference);
        modes.retain(|mode| base.is_none_or(|family| family.modes.contains(mode)));
        let pictures = ReferenceLimits { images: 9, videos: 0, audio: 0, seconds: (0, 0), audio_alone: false };
        let references = base.map(|family| family.references).filter(|limits| limits.images > 0).unwrap_or(pictures);
        let sound = match base {
            _ if !self.audio => SoundAbility::None,
            Some(family) if family.always_sounds => SoundAbility::Always,
            _ => SoundAbility::Choice,
        };
        Ok(DeclaredFamily { name: self.name(), base, modes, references, lengths, rate: None, sizes, sound })
    }

    /// The exact sizes: as they are listed, else those of the family, else those that screens have. One with an odd side can
    /// be in no film.
    fn exact_sizes(&self, base: Option<&ModelFamily>) -> Vec<(Resolution, Ratio, Size)> {
        let resolutions: Vec<Resolution> = self.resolutions.iter().filter_map(|name| resolution(name)).collect();
        let ratios: Vec<Ratio> = self.ratios.iter().filter_map(|name| Ratio::from_keyword(name)).collect();
        let listed: Vec<Size> = self.sizes.iter().filter_map(|size| size.parse().ok()).collect();
        let mut sizes = Vec::new();
        for at in resolutions {
            for ratio in &ratios {
                let of_list =
                    listed.iter().copied().find(|size| class_of(*size) == at && nearest_ratio(*size) == *ratio);
                if of_list.is_some_and(|size| !size.is_even()) {
                    continue;
                }
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
        match self.price_of_second(at) {
            Ok(SecondPrice { fresh, silent }) => ListedPrice::Known(Price {
                unit: PriceUnit::Second,
                fresh,
                with_video: fresh,
                silent,
                currency: Currency::USD,
                read: Cow::Owned(read.to_owned()),
            }),
            Err(why) => ListedPrice::Unknown(why),
        }
    }

    fn price_of_second(&self, at: Resolution) -> Result<SecondPrice, UnknownPrice> {
        let added: Vec<String> = self.prices.keys().filter(|name| self.adds_unknown(name)).cloned().collect();
        if !added.is_empty() {
            return Err(UnknownPrice::Counted(added));
        }
        let sounding = self.listed_amount(PER_SOUNDING_SECOND, Some(at))?;
        let silent = self.listed_amount(PER_SECOND, Some(at))?;
        let cents = self.listed_amount(CENTS, None)?;
        let by_sound =
            self.audio && self.prices.keys().any(|name| name.to_ascii_lowercase().starts_with(PER_SOUNDING_SECOND));
        match (sounding, silent, cents) {
            (None, Some(silent), None) if by_sound => Err(UnknownPrice::SilentAlone(silent.name)),
            (None, None, Some(cents)) if !by_sound => {
                Ok(SecondPrice { fresh: cents.micros.div_ceil(100), silent: None })
            }
            (Some(sounding), silent, None) => {
                Ok(SecondPrice { fresh: sounding.micros, silent: silent.map(|silent| silent.micros) })
            }
            (None, Some(silent), None) => Ok(SecondPrice { fresh: silent.micros, silent: None }),
            _ if self.prices.is_empty() => Err(UnknownPrice::NotListed),
            _ => Err(UnknownPrice::Counted(self.prices.keys().cloned().collect())),
        }
    }

    /// Whether a price comes to the bill of which nothing is known here but that it is not nothing.
    fn adds_unknown(&self, name: &str) -> bool {
        let plain = name.to_ascii_lowercase();
        let rest = plain.strip_prefix(PER_SOUNDING_SECOND).or_else(|| plain.strip_prefix(PER_SECOND));
        let is_class = |class: &str| {
            resolution(class).is_some() || self.resolutions.iter().any(|name| name.eq_ignore_ascii_case(class))
        };
        let is_known =
            plain == CENTS || rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('_').is_some_and(is_class));
        let is_nothing = self.prices.get(name).is_some_and(|amount| micros(amount) == Some(0));
        !is_known && !is_nothing
    }

    /// The amount for what is counted at a resolution, or at all of them; `None` where there is none.
    fn listed_amount(&self, counted: &str, at: Option<Resolution>) -> Result<Option<ListedAmount>, UnknownPrice> {
        let there = at.map(|at| format!("{counted}_{at}"));
        let find = |wanted: &str| self.prices.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let found = there.and_then(|there| find(&there)).or_else(|| find(counted));
        let Some((name, amount)) = found else { return Ok(None) };
        let name = name.clone();
        match micros(amount) {
            Some(micros) => Ok(Some(ListedAmount { name, micros })),
            None => Err(UnknownPrice::Unreadable { name, amount: amount.chars().take(SHOWN).collect() }),
        }
    }
}

/// What a second costs, in millionths: with sound, and without where that costs less.
struct SecondPrice {
    fresh: u64,
    silent: Option<u64>,
}

/// An amount of a list with its name, in millionths.
struct ListedAmount {
    name: String,
    micros: u64,
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
        for odd in ["", "-1", "1e3", ".5", "abc", "9999999999"] {
            assert_eq!(micros(odd), None, "{odd}");
        }
    }

    fn priced(prices: &[(&str, &str)]) -> ListedModel {
        let prices = prices.iter().map(|(name, amount)| ((*name).to_owned(), (*amount).to_owned())).collect();
        ListedModel { prices, ..model("a/b") }
    }

    #[test]
    fn a_price_of_which_a_part_is_not_known_is_not_known() {
        for (prices, expected) in [
            (&[("cents_per_second_output", "12.5")][..], Some((125_000, None))),
            (&[("duration_seconds", "0.10")], Some((100_000, None))),
            (&[("duration_seconds", "0.10"), ("per_request", "0")], Some((100_000, None))),
            (&[("duration_seconds", "0.10"), ("per_request", "0.50")], None),
            (&[("duration_seconds", "0.10"), ("image_input", "null")], None),
            (&[("duration_seconds", "0.10"), ("cents_per_second_output", "12.5")], None),
            (&[("duration_seconds", "0.10"), ("duration_seconds_with_audio", "much")], None),
            (&[("duration_seconds_720p", "0.10"), ("duration_seconds_with_audio_1080p", "0.2")], None),
            (&[("duration_seconds_4K", "0.10"), ("duration_seconds", "0.2")], Some((200_000, None))),
            (&[("duration_seconds_with_audio", "0.2"), ("duration_seconds", "0.1")], Some((200_000, Some(100_000)))),
            (&[("duration_seconds_1080p", "0.10")], None),
            (&[], None),
        ] {
            let found = match priced(prices).price(Resolution::P720, "2026-11-27") {
                ListedPrice::Known(price) => Some((price.fresh, price.silent)),
                ListedPrice::Unknown(_) => None,
            };
            assert_eq!(found, expected, "{prices:?}");
        }
        let why = |prices: &[(&str, &str)]| priced(prices).price(Resolution::P720, "2026-11-27");
        let added = UnknownPrice::Counted(vec!["per_request".to_owned()]);
        assert_eq!(why(&[("duration_seconds", "0.1"), ("per_request", "0.5")]), ListedPrice::Unknown(added));
        for amount in ["-0.1", "$0.10"] {
            let odd = UnknownPrice::Unreadable { name: "duration_seconds".to_owned(), amount: amount.to_owned() };
            assert_eq!(why(&[("duration_seconds", amount)]), ListedPrice::Unknown(odd));
        }
    }

    #[test]
    fn a_name_means_one_model_or_all_that_have_it() {
        let models = ["aaa/kling-v3.0", "kwaivgi/kling-v3.0", "google/veo-3.1"].map(model).to_vec();
        let catalogue = ServiceCatalogue::new("openrouter", "2026-11-27".to_owned(), models);
        let ids = |name: &str| catalogue.models_called(name).iter().map(|model| model.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids("kling-3.0"), ["aaa/kling-v3.0", "kwaivgi/kling-v3.0"]);
        assert_eq!(ids("kling-v3.0"), ["aaa/kling-v3.0", "kwaivgi/kling-v3.0"]);
        assert_eq!(ids("kwaivgi/kling-v3.0"), ["kwaivgi/kling-v3.0"]);
        assert_eq!(ids("veo-3.1"), ["google/veo-3.1"]);
        assert!(ids("kling").is_empty());
    }

    #[test]
    fn what_is_known_of_a_family_limits_what_its_list_says() {
        let kling = model("kwaivgi/kling-v3.0").family().expect("it says enough");
        assert_eq!(kling.modes, [Mode::Text, Mode::FirstFrame, Mode::FirstLast]);
        let wan = model("alibaba/wan-2.7").family().expect("it says enough");
        assert_eq!(wan.sound, SoundAbility::Always);
        let unknown = model("maker/some-model").family().expect("it says enough");
        assert!(unknown.modes.contains(&Mode::Reference));
        let odd = ListedModel { sizes: vec!["1281x721".to_owned(), "720x1280".to_owned()], ..model("a/b") };
        let sizes = odd.family().expect("it says enough").sizes;
        assert!(!sizes.iter().any(|(at, ratio, _)| *at == Resolution::P720 && *ratio == Ratio::W16H9), "{sizes:?}");
        assert!(sizes.contains(&(Resolution::P720, Ratio::W9H16, Size::new(720, 1280))));
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
