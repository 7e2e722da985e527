//! The map: which crate may use which, and which module of a crate which others of it.

/// A crate of the workspace.
pub(super) struct Crate {
    /// The name of its package.
    pub(super) name: &'static str,
    /// Where its sources are, from the root of the workspace.
    pub(super) sources: &'static str,
    /// The crates of the workspace that it may use.
    pub(super) uses: &'static [&'static str],
    /// Its modules; none where the crate is small enough to be one thought.
    pub(super) modules: &'static [Module],
}

/// A module of a crate.
pub(super) struct Module {
    /// Its name.
    pub(super) name: &'static str,
    /// The modules of the same crate that it may import: only such as stand above it in the table.
    pub(super) uses: &'static [&'static str],
}

const fn module(name: &'static str, uses: &'static [&'static str]) -> Module {
    Module { name, uses }
}

/// From what knows nothing to what knows everything.
pub(super) const CRATES: &[Crate] = &[
    Crate { name: "storyreel-mp4", sources: "crates/mp4/src", uses: &[], modules: &[] },
    Crate { name: "storyreel-quality", sources: "crates/quality/src", uses: &[], modules: &[] },
    Crate {
        name: "storyreel-core",
        sources: "crates/core/src",
        uses: &["storyreel-mp4", "storyreel-quality"],
        modules: CORE,
    },
    Crate { name: "storyreel-exchange", sources: "crates/exchange/src", uses: &["storyreel-core"], modules: EXCHANGE },
    Crate {
        name: "storyreel-providers",
        sources: "crates/providers/src",
        uses: &["storyreel-core", "storyreel-mp4"],
        modules: &[],
    },
    Crate {
        name: "storyreel-media",
        sources: "crates/media/src",
        uses: &["storyreel-core", "storyreel-mp4", "storyreel-quality"],
        modules: MEDIA,
    },
    Crate {
        name: "storyreel",
        sources: "src",
        uses: &[
            "storyreel-core",
            "storyreel-exchange",
            "storyreel-media",
            "storyreel-mp4",
            "storyreel-providers",
            "storyreel-quality",
        ],
        modules: PROGRAM,
    },
];

const CORE: &[Module] = &[
    module("text", &[]),
    module("units", &[]),
    module("source_file", &["text", "units"]),
    module("time_code", &["units"]),
    module("index", &[]),
    module("money", &[]),
    module("keyword", &[]),
    module("sanitize", &[]),
    module("content", &[]),
    module("label", &["sanitize"]),
    module("language", &[]),
    module("catalog", &["units", "money", "keyword"]),
    module("provider", &["units", "money", "keyword", "sanitize", "catalog"]),
    module("storyboard", &["text", "source_file", "units", "keyword", "catalog", "provider"]),
    module("clip", &["units", "keyword"]),
    module("timeline", &["units", "keyword", "language", "storyboard", "clip"]),
    module("ffmpeg", &["units", "storyboard", "clip", "timeline"]),
    module("lock", &["units", "money", "clip"]),
    module("job", &["units", "money", "sanitize", "catalog", "provider"]),
    module(
        "film",
        &[
            "index",
            "text",
            "source_file",
            "units",
            "money",
            "keyword",
            "sanitize",
            "language",
            "catalog",
            "provider",
            "storyboard",
            "clip",
            "timeline",
        ],
    ),
    module(
        "film_timeline",
        &["index", "text", "units", "sanitize", "language", "storyboard", "clip", "label", "timeline", "lock", "film"],
    ),
    module("scheduler", &["index", "provider", "film"]),
    module("retry", &["provider", "job"]),
    module("graph", &["index", "text", "units", "sanitize", "storyboard", "film"]),
    module("spend", &["units", "money", "provider", "job"]),
    module("budget", &["units", "money", "sanitize", "job"]),
    module("recipe", &["index", "catalog", "units", "provider", "storyboard", "lock", "film"]),
    module("polling", &["catalog", "provider", "film", "recipe"]),
    module(
        "plan",
        &[
            "index",
            "text",
            "source_file",
            "units",
            "money",
            "sanitize",
            "catalog",
            "provider",
            "storyboard",
            "lock",
            "film",
            "graph",
            "recipe",
        ],
    ),
    module("gc", &["units", "lock"]),
    module("event", &["index", "units", "money", "provider"]),
];

const EXCHANGE: &[Module] = &[module("exchange", &[]), module("screenplay", &[])];

const MEDIA: &[Module] = &[
    module("media", &[]),
    module("picture", &[]),
    module("picture_file", &[]),
    module("similarity", &[]),
    module("studio", &["media", "picture", "picture_file"]),
    module("time_code", &["media"]),
];

const PROGRAM: &[Module] = &[
    module("shared_store", &[]),
    module("store", &["shared_store"]),
    module("journal", &["shared_store", "store"]),
    module("inventory", &["store"]),
    module("animatic", &[]),
    module("report", &[]),
    module("engine", &["store", "journal"]),
    module("progress", &[]),
    module("cli", &["shared_store", "store", "journal", "inventory", "animatic", "report", "engine", "progress"]),
];
