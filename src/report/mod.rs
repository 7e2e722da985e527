//! The film to look at: one page of HTML that stands alone, made of values alone. It must not know files, and every text
//! that reaches the page passes through `said`, whoever wrote it.

mod bill;
pub mod chains;
mod index;
mod joins;
mod page;
mod pictures;
pub mod run;
mod said;
pub mod schedule;
mod shots;
mod sound;
mod strip;
mod takes;

use storyreel_core::film::{Film, Make};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{Action, Plan};
use storyreel_core::timeline::Timeline;
use storyreel_core::timeline::seam::SeamFinding;
use storyreel_core::units::{Rate, Size};

pub use index::{BatchReport, FilmLine, FilmState, index};
pub use page::page;
pub use schedule::Schedule;
pub use takes::TakeView;

/// All that the page shows of one film.
#[derive(Debug)]
pub struct FilmReport<'a> {
    /// The name of the storyboard's file, without its folder.
    pub storyboard: String,
    /// What the film is called, and the options that make it this one of its storyboard.
    pub name: String,
    /// What was asked for.
    pub film: &'a Film,
    /// What a render would do now.
    pub plan: &'a Plan,
    /// How the shots lie in time, a segment for each.
    pub timeline: Timeline,
    /// The picture of the graph, as an SVG document.
    pub graph: String,
    /// The film on disk.
    pub made: Option<MadeFilm>,
    /// Where the film was written last, if it is not there any more.
    pub gone: Option<String>,
    /// What there is of every shot of the film.
    pub shots: Vec<ShotView>,
    /// The shots that have left the head of their chain.
    pub drifting: Vec<chains::DriftingShot>,
    /// What was found at seams, by the index of the later shot.
    pub seams: Vec<(usize, SeamFinding)>,
    /// When the shots were made, and when those will be that are to be made.
    pub schedules: Vec<Schedule>,
    /// Pictures, each once, however often it is shown.
    pub pictures: Vec<PagePicture>,
}

/// The film on disk.
#[derive(Debug)]
pub struct MadeFilm {
    /// Where the page finds it: a URL.
    pub url: String,
    /// Where it is, for people.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether it is made of the clips that the page shows.
    pub current: bool,
    /// Its spoken lines as `WebVTT`; empty when there are none.
    pub captions: String,
    /// How it was put together, where that is known.
    pub assembly: Option<run::Assembly>,
}

/// What there is of one shot.
#[derive(Debug, Default)]
pub struct ShotView {
    /// The clip that the store has: the one of the plan, else an older one.
    pub taken: Option<ClipRecord>,
    /// Where the page finds the clip: a URL.
    pub clip: Option<String>,
    /// Its first frame, by its place among the pictures.
    pub first: Option<usize>,
    /// Its last frame.
    pub last: Option<usize>,
    /// Its drawing.
    pub board: Option<usize>,
    /// The pictures of its inputs, in the order of [`storyreel_core::film::Inputs::roles`]; one for a still.
    pub inputs: Vec<Option<usize>>,
    /// Words for people.
    pub notes: Option<String>,
    /// Its takes by their numbers, where it has several.
    pub takes: Vec<TakeView>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePicture {
    /// Its pixels.
    pub size: Size,
    /// Its bytes: a JPEG file.
    pub jpeg: Vec<u8>,
}

impl FilmReport<'_> {
    fn rate(&self) -> Rate {
        self.timeline.rate
    }

    /// Seconds of the film at which a shot begins, and its length.
    fn span(&self, shot: usize) -> (f64, f64) {
        let segment = &self.timeline.segments[shot];
        (self.rate().seconds(segment.at), self.rate().seconds(segment.length))
    }

    /// Whether the clip of a shot is the one that the film is to have now.
    fn is_current(&self, shot: usize) -> bool {
        matches!(self.plan.steps[shot].action, Action::Reuse(_))
    }

    /// The picture that stands for a shot: its first frame, and the last one of a card, whose words are not there at first.
    fn poster(&self, shot: usize) -> Option<usize> {
        let view = &self.shots[shot];
        if self.is_card(shot) { view.last } else { view.first }
    }

    fn is_card(&self, shot: usize) -> bool {
        matches!(self.film.shots[shot].make, Make::Card(_))
    }

    /// Whether anything of the film is made.
    fn is_begun(&self) -> bool {
        self.shots.iter().any(|shot| shot.taken.is_some())
    }
}
