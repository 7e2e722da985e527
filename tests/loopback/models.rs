//! What the models take and how large their clips are: a copy of the documents of its own, so that a mistake in
//! storyreel's tables shows. Read on 20 November 2026 (the services' references for prices, creation and models).

/// Which column of the pixel table a model keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// 2.0 family.
    A,
    /// 2.5.
    B,
    /// 1.0 series.
    C,
    /// Those of its own table.
    Own,
}

/// A model and its limits.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) family: &'static str,
    /// Its id at Volcengine Ark and its relays.
    pub(super) ark: &'static str,
    pub(super) byteplus: &'static str,
    pub(super) comet: &'static str,
    /// Its folder at `AtlasCloud`, which is followed by the mode.
    pub(super) atlas: &'static str,
    /// Its ids at other services.
    pub(super) others: &'static [(&'static str, &'static str)],
    pub(super) set: Set,
    /// Height class, ratio and pixels, where they are not in the common table.
    pub(super) sizes: &'static [(&'static str, &'static str, Pixels)],
    /// The lengths that it makes, where these are not all between the shortest and the longest.
    pub(super) lengths: &'static [u32],
    pub(super) tiers: &'static [&'static str],
    pub(super) default_tier: &'static str,
    /// Shortest and longest clip, in whole seconds.
    pub(super) seconds: (u32, u32),
    /// Seconds where none are asked for; -1: the model decides.
    pub(super) default_seconds: i64,
    /// Whether -1 is taken.
    pub(super) auto_seconds: bool,
    /// Reference images, videos and sounds at most; all 0: no references.
    pub(super) references: (usize, usize, usize),
    pub(super) last_frame_in: bool,
    pub(super) audio: bool,
    /// Fields beyond those that every model takes.
    pub(super) fields: &'static [&'static str],
}

/// Every model that can be called.
const MODELS: &[Model] = &[
    Model {
        family: "seedance-2.5",
        ark: "doubao-seedance-2-5-260628",
        byteplus: "dreamina-seedance-2-5-260628",
        comet: "seedance-2-5",
        atlas: "bytedance/seedance-2.5",
        others: &[],
        set: Set::B,
        sizes: &[],
        lengths: &[],
        tiers: &["480p", "720p", "1080p"],
        default_tier: "720p",
        seconds: (4, 30),
        default_seconds: -1,
        auto_seconds: true,
        references: (30, 10, 10),
        last_frame_in: true,
        audio: true,
        fields: &["seed", "priority", "draft", "service_tier", "output_format", "omni_reference_task_type", "tools"],
    },
    Model {
        family: "seedance-2.0",
        ark: "doubao-seedance-2-0-260128",
        byteplus: "dreamina-seedance-2-0-260128",
        comet: "doubao-seedance-2-0",
        atlas: "bytedance/seedance-2.0",
        others: &[("openrouter", "bytedance/seedance-2.0")],
        tiers: &["480p", "720p", "1080p", "4k"],
        ..TWO
    },
    Model {
        family: "seedance-2.0-fast",
        ark: "doubao-seedance-2-0-fast-260128",
        byteplus: "dreamina-seedance-2-0-fast-260128",
        comet: "doubao-seedance-2-0-fast",
        atlas: "bytedance/seedance-2.0-fast",
        ..TWO
    },
    Model {
        family: "seedance-2.0-mini",
        ark: "doubao-seedance-2-0-mini-260615",
        byteplus: "dreamina-seedance-2-0-mini-260615",
        atlas: "bytedance/seedance-2.0-mini",
        ..TWO
    },
    Model {
        family: "seedance-1.0-pro",
        ark: "doubao-seedance-1-0-pro-250528",
        byteplus: "seedance-1-0-pro-250528",
        ..ONE
    },
    Model {
        family: "seedance-1.0-pro-fast",
        ark: "doubao-seedance-1-0-pro-fast-251015",
        byteplus: "seedance-1-0-pro-fast-251015",
        last_frame_in: false,
        ..ONE
    },
    super::openrouter::KLING,
    Model { lengths: &[4, 6, 8], ..super::openrouter::VEO },
    super::video_server::WAN,
];

/// What the 2.0 family has in common.
const TWO: Model = Model {
    family: "",
    ark: "",
    byteplus: "",
    comet: "",
    atlas: "",
    others: &[],
    set: Set::A,
    sizes: &[],
    lengths: &[],
    tiers: &["480p", "720p"],
    default_tier: "720p",
    seconds: (4, 15),
    default_seconds: 5,
    auto_seconds: true,
    references: (9, 3, 3),
    last_frame_in: true,
    audio: true,
    fields: &["seed", "priority", "output_format", "tools"],
};

/// What the 1.0 series has in common.
const ONE: Model = Model {
    set: Set::C,
    tiers: &["480p", "720p", "1080p"],
    default_tier: "1080p",
    seconds: (2, 12),
    auto_seconds: false,
    references: (0, 0, 0),
    audio: false,
    fields: &["seed", "priority", "frames", "camera_fixed", "service_tier"],
    ..TWO
};

/// What models of other makers have in common.
pub(super) const OTHER_MAKER: Model = Model {
    set: Set::Own,
    sizes: &[
        ("720p", "16:9", (1280, 720)),
        ("720p", "9:16", (720, 1280)),
        ("1080p", "16:9", (1920, 1080)),
        ("1080p", "9:16", (1080, 1920)),
    ],
    auto_seconds: false,
    references: (9, 0, 0),
    ..TWO
};

pub(super) type Pixels = (u32, u32);

/// Height class, ratio, and pixels in the columns A, B and C.
const PIXELS: &[(&str, &str, Pixels, Pixels, Pixels)] = &[
    ("480p", "16:9", (864, 496), (854, 480), (864, 480)),
    ("480p", "4:3", (752, 560), (752, 560), (736, 544)),
    ("480p", "1:1", (640, 640), (640, 640), (640, 640)),
    ("480p", "3:4", (560, 752), (560, 752), (544, 736)),
    ("480p", "9:16", (496, 864), (480, 854), (480, 864)),
    ("480p", "21:9", (992, 432), (992, 432), (960, 416)),
    ("720p", "16:9", (1280, 720), (1280, 720), (1248, 704)),
    ("720p", "4:3", (1112, 834), (1112, 834), (1120, 832)),
    ("720p", "1:1", (960, 960), (960, 960), (960, 960)),
    ("720p", "3:4", (834, 1112), (834, 1112), (832, 1120)),
    ("720p", "9:16", (720, 1280), (720, 1280), (704, 1248)),
    ("720p", "21:9", (1470, 630), (1470, 630), (1504, 640)),
    ("1080p", "16:9", (1920, 1080), (1920, 1080), (1920, 1088)),
    ("1080p", "4:3", (1664, 1248), (1664, 1248), (1664, 1248)),
    ("1080p", "1:1", (1440, 1440), (1440, 1440), (1440, 1440)),
    ("1080p", "3:4", (1248, 1664), (1248, 1664), (1248, 1664)),
    ("1080p", "9:16", (1080, 1920), (1080, 1920), (1088, 1920)),
    ("1080p", "21:9", (2206, 946), (2206, 946), (2176, 928)),
    // Only this shape of 4k is known, and only 2.0 has it.
    ("4k", "16:9", (3840, 2160), (3840, 2160), (3840, 2160)),
];

/// The ratios that have a name.
pub(super) const RATIOS: &[&str] = &["16:9", "4:3", "1:1", "3:4", "9:16", "21:9"];

/// The model that a service knows by this id.
pub(super) fn find(service: &str, id: &str) -> Option<&'static Model> {
    let own = |model: &Model| match service {
        "byteplus" | "comfy-router" => model.byteplus,
        "cometapi" => model.comet,
        "atlascloud" => model.atlas,
        "openrouter" | "video-server" | "second-server" | "sglang" => {
            model.others.iter().find(|(at, _)| *at == service).map_or("", |(_, id)| id)
        }
        _ => model.ark,
    };
    // The relay sells the 2.x models only.
    let sold = |model: &Model| service != "apiyi" || !model.family.starts_with("seedance-1");
    let any = |model: &Model| [model.family, model.ark, model.byteplus, model.comet, model.atlas].contains(&id);
    // A gateway of unknown make takes every name that some service has.
    let known = |model: &Model| if service == "seedance-v2" { any(model) } else { own(model) == id };
    MODELS.iter().find(|model| !id.is_empty() && sold(model) && known(model))
}

impl Model {
    /// Whether it is asked for a shape of its own in the modes that begin on a frame.
    pub(super) fn follows_its_frame(&self) -> bool {
        self.set == Set::B
    }

    /// Whether a sound may be its only reference.
    pub(super) fn takes_sound_alone(&self) -> bool {
        self.set == Set::B
    }

    /// Pixels of a height class and ratio.
    pub(super) fn pixels(&self, tier: &str, ratio: &str) -> Option<Pixels> {
        if self.set == Set::Own {
            let row = self.sizes.iter().find(|row| row.0 == tier && row.1 == ratio && self.tiers.contains(&tier))?;
            return Some(row.2);
        }
        let row = PIXELS.iter().find(|row| row.0 == tier && row.1 == ratio && self.tiers.contains(&tier))?;
        Some(match self.set {
            Set::A => row.2,
            Set::B => row.3,
            Set::C | Set::Own => row.4,
        })
    }

    /// Height class and ratio of exact pixels.
    pub(super) fn shape(&self, pixels: Pixels) -> Option<(&'static str, &'static str)> {
        let rows = PIXELS.iter().map(|row| (row.0, row.1)).chain(self.sizes.iter().map(|row| (row.0, row.1)));
        rows.into_iter().find(|(tier, ratio)| self.pixels(tier, ratio) == Some(pixels))
    }
}

/// The named ratio nearest to a picture's.
pub(super) fn nearest_ratio(width: u32, height: u32) -> &'static str {
    let off = |name: &str| {
        let (w, h) = name.split_once(':').expect("every ratio has a colon");
        let (w, h): (f64, f64) = (w.parse().expect("a number"), h.parse().expect("a number"));
        (f64::from(width) / f64::from(height) * h / w).ln().abs()
    };
    RATIOS.iter().copied().min_by(|a, b| off(a).total_cmp(&off(b))).expect("there are ratios")
}

/// Frames of a clip made from nothing but words and pictures: one more than its seconds have.
pub(super) const fn frames(seconds: u32) -> u32 {
    24 * seconds + 1
}

/// The tokens that such a clip costs, exactly.
pub(super) fn tokens(frames: u32, (width, height): Pixels) -> u64 {
    u64::from(frames) * u64::from(width) * u64::from(height) / 1024
}

/// About what a clip costs that had videos of so many seconds to look at.
pub(super) fn tokens_with_video(out: u32, seen: u32, (width, height): Pixels) -> u64 {
    let seconds = out + seen.max((2 * out).div_ceil(3));
    u64::from(seconds) * u64::from(width) * u64::from(height) * 24 / 1024
}
