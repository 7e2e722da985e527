//! `storyreel report` of many films: the page of each, and one that leads to them.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::DynamicImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use storyreel_core::lock::ClipRecord;
use storyreel_core::money::Sums;
use storyreel_core::plan::{Action, Plan, Totals};
use storyreel_core::sanitize::{clean, count};
use storyreel_core::units::{Digest, Size};
use storyreel_exchange::exchange::url;

use super::gather::{film_report, kept_clips};
use super::{spare_film, write_file, write_silently};
use crate::cli::args;
use crate::cli::context::{Context, folder_of};
use crate::cli::exit;
use crate::cli::failure::{CommandFailure, Done};
use crate::cli::load::Loaded;
use crate::cli::output::check_output_file;
use crate::cli::plan::planned;
use crate::cli::sharing::bring_clips;
use crate::cli::trust;
use crate::report::{self, BatchReport, FilmLine, FilmReport, FilmState, PagePicture};

/// The longer side of the picture of a film, in pixels, and its quality: five hundred are about two megabytes.
const POSTER: u32 = 192;
const QUALITY: u8 = 68;

/// Writes the pages of all films, and the one that leads to them.
pub(super) fn report(context: &Context, args: &args::Report, films: &[Loaded]) -> Done {
    if args.sheet.is_some() {
        let message = format!("a contact sheet shows one film, and {} makes {}", clean(&films[0].name), films.len());
        return Err(CommandFailure::new(exit::USAGE, message).help("choose one with `--row ID`"));
    }
    let index = args.output.clone().unwrap_or_else(|| films[0].plain_output().with_extension("html"));
    trust::refuse_link(context, &films[0].root(), &index)?;
    check_output_file(&index)?;
    spare_film(&films[0], &index)?;
    let mut lines = Vec::with_capacity(films.len());
    let mut plans = Vec::with_capacity(films.len());
    let mut paid = PaidOnce::default();
    for loaded in films {
        let (plan, lock) = planned(context, loaded)?;
        bring_clips(&loaded.store, &plan, std::iter::empty())?;
        let clips = kept_clips(loaded, &plan, &lock);
        let page = loaded.output().with_extension("html");
        trust::refuse_link(context, &loaded.root(), &page)?;
        check_output_file(&page)?;
        let review = film_report(context, loaded, &plan, &clips, &page, args.embed)?;
        write_silently(&page, report::page(&review).as_bytes())?;
        clips.iter().flatten().for_each(|clip| paid.add(clip));
        lines.push(line(loaded, &review, &clips, &link(&index, &page)));
        plans.push(plan);
    }
    context.note(&format!("wrote {} beside it", count(films.len(), "page")));
    let batch = BatchReport {
        storyboard: films[0].file_name(),
        title: films[0].film_name.plain().to_string(),
        films: lines,
        paid: paid.sums,
        left: Totals::of(plans.iter().flat_map(|plan: &Plan| &plan.steps)),
    };
    write_file(context, &index, report::index(&batch).as_bytes())
}

/// What was paid, each clip once.
#[derive(Default)]
struct PaidOnce {
    clips: HashSet<Digest>,
    sums: Sums,
}

impl PaidOnce {
    fn add(&mut self, clip: &ClipRecord) {
        if let Some(paid) = clip.paid.filter(|_| self.clips.insert(clip.clip)) {
            self.sums.add(paid);
        }
    }
}

fn line(loaded: &Loaded, review: &FilmReport<'_>, clips: &[Option<ClipRecord>], page: &str) -> FilmLine {
    let shown = loaded.film.shown().len();
    let made = review.plan.steps.iter().filter(|step| matches!(step.action, Action::Reuse(_))).count();
    let mut paid = PaidOnce::default();
    clips.iter().flatten().for_each(|clip| paid.add(clip));
    let state = match &review.made {
        Some(film) if film.current => FilmState::Made,
        Some(_) => FilmState::Old,
        None if clips.iter().any(Option::is_some) => FilmState::Begun,
        None => FilmState::Planned,
    };
    FilmLine {
        name: loaded.film_name.to_string(),
        title: loaded.film.title.clone(),
        page: page.to_owned(),
        poster: review.poster_picture().and_then(small),
        seconds: review.timeline.rate.seconds(review.timeline.frames()),
        shots: review.plan.steps.len(),
        made,
        state,
        paid: paid.sums,
        left: Totals::of(&review.plan.steps),
        worst_seam: review.seams.iter().map(|(_, seam)| seam.after.total).min_by(f32::total_cmp),
        worst_clip: clips.iter().take(shown).flatten().filter_map(ClipRecord::score).min(),
    }
}

/// A picture as small as a line needs it.
fn small(picture: &PagePicture) -> Option<PagePicture> {
    let whole = image::load_from_memory(&picture.jpeg).ok()?;
    let image: DynamicImage = whole.resize(POSTER, POSTER, FilterType::Triangle);
    let mut jpeg = Cursor::new(Vec::new());
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
    Some(PagePicture { size: Size::new(image.width(), image.height()), jpeg: jpeg.into_inner() })
}

/// Where the page of a film is, from the page of all.
fn link(index: &Path, page: &Path) -> String {
    let absolute = |path: &Path| -> PathBuf {
        let folder = folder_of(path);
        let folder = std::fs::canonicalize(&folder).unwrap_or(folder);
        folder.join(path.file_name().unwrap_or_default())
    };
    let folder = folder_of(index);
    let _ = std::fs::create_dir_all(&folder);
    let folder = std::fs::canonicalize(&folder).unwrap_or(folder);
    url::relative(&folder, &absolute(page))
}
