//! What the film is to be as a file: its codec, its rate, its pixels, and how pictures of another shape fill them.

use super::resolve::{Canvas, Resolver};
use super::shape::{
    LONGEST_SIDE, RATES, SHORTEST_SIDE, StatedShape, footage_colours, in_range, shaped, short_side, usual_format,
};
use super::{Film, Given, Make, Shot};
use crate::catalog::Resolution;
use crate::clip::Colours;
use crate::keyword::Keyword as _;
use crate::storyboard::{Codec, Fit, FrameRate};
use crate::text::{Located, Problem};
use crate::units::{Rate, Size};

/// The code of what is to be said of a film's rate.
pub const RATE: &str = "film::fps";

impl Film {
    /// The ending of the film's file, without the dot.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        ending(self.codec)
    }
}

/// `ProRes` has no place in MP4: editors look for it in `.mov` files.
pub(super) fn ending(codec: Option<Codec>) -> &'static str {
    if codec == Some(Codec::Prores) { "mov" } else { "mp4" }
}

impl Resolver<'_> {
    pub(super) fn codec(&self) -> Option<Codec> {
        Some(self.board.film.as_ref()?.codec.as_ref()?.value)
    }

    /// The colours of the film: those of its clips where they all have the same HDR and HEVC is asked for, which every
    /// screen for it reads; else those that every screen shows.
    pub(super) fn colours(&mut self, shots: &[Shot]) -> Colours {
        let own: Vec<Option<Colours>> = shots.iter().map(|shot| footage_colours(shot, self.inventory)).collect();
        let first = own.first().copied().flatten().filter(|colours| colours.is_hdr());
        let shared = first.filter(|first| own.iter().all(|colours| *colours == Some(*first)));
        let film = shared.filter(|_| self.codec() == Some(Codec::Hevc)).unwrap_or_default();
        for (shot, colours) in shots.iter().zip(own) {
            if let Some(colours) = colours.filter(|colours| colours.is_hdr() && *colours != film) {
                let problem =
                    Problem::advice("film::hdr", format_args!("`{}` is {colours}, and the film is not", shot.id));
                let problem = problem.at(shot.span, "its brightest light is toned down");
                self.report(problem.help("a film of such clips alone stays as they are with `film: {codec: hevc}`"));
            }
        }
        film
    }

    /// How the picture of a shot fills the film. A still is cut to its shape unless the storyboard says otherwise.
    pub(super) fn fit(&self, raw: &crate::storyboard::Shot) -> Fit {
        let of_film = self.board.film.as_ref().and_then(|film| film.fit.as_ref());
        let usual = if raw.image.is_some() { Fit::Crop } else { Fit::Letterbox };
        raw.fit.as_ref().or(of_film).map_or(usual, |fit| fit.value)
    }

    /// The film's pixels and rate: as the storyboard says, else what is usual for its `shots`.
    pub(super) fn canvas(&mut self, shots: &[Shot]) -> Canvas {
        let usual = usual_format(shots, self.inventory, self.stated_shape());
        let film = self.board.film.as_deref();
        let size = film.and_then(|film| film.size.as_ref()).and_then(|size| self.size(size, usual.size));
        let rate = film.and_then(|film| film.fps.as_ref()).and_then(|fps| self.rate(fps, shots));
        let given = Given { size: size.is_some(), rate: rate.is_some() };
        Canvas { size: size.unwrap_or(usual.size), rate: rate.unwrap_or(usual.rate), given }
    }

    /// What is said of the pictures of all shots together.
    fn stated_shape(&self) -> StatedShape {
        let ratio = self.layers.shared(|layer| &layer.ratio).map(|ratio| ratio.value);
        let resolution = self.layers.shared(|layer| &layer.resolution).map(|resolution| resolution.value);
        StatedShape { ratio, resolution: self.overrides.resolution.or(resolution) }
    }

    fn size(&mut self, asked: &Located<String>, usual: Size) -> Option<Size> {
        if let Some(class) = Resolution::from_keyword(&asked.value) {
            return Some(shaped(usual, short_side(class)));
        }
        let Ok(size) = asked.value.parse::<Size>() else {
            let words = Resolution::KEYWORDS.join(", ");
            let problem = Problem::error("film::size", format_args!("`{}` is not a size", asked.value));
            let problem = problem.at(asked.span, "not known");
            self.report(problem.help(format_args!("write pixels such as 1920x1080, or one of {words}")));
            return None;
        };
        let sides = [size.width, size.height];
        if sides.iter().any(|side| !(SHORTEST_SIDE..=LONGEST_SIDE).contains(side)) {
            let problem = Problem::error("film::size", format_args!("a film cannot be {size}"));
            let problem = problem.at(asked.span, "out of range");
            self.report(problem.help(format_args!("a side has {SHORTEST_SIDE} to {LONGEST_SIDE} pixels")));
            return None;
        }
        if sides.iter().any(|side| side % 2 == 1) {
            let even = Size::new(size.width.next_multiple_of(2), size.height.next_multiple_of(2));
            let message = format!("a film cannot be {size}: both sides must be even");
            let problem = Problem::error("film::size", message).at(asked.span, "an odd number of pixels");
            self.report(problem.help(format_args!("use {even}")));
            return None;
        }
        Some(size)
    }

    fn rate(&mut self, asked: &Located<FrameRate>, shots: &[Shot]) -> Option<Rate> {
        let Some(rate) = frame_rate(&asked.value) else {
            let (least, most) = RATES;
            let problem = Problem::error(RATE, "a film cannot have this frame rate");
            let problem = problem.at(asked.span, "not frames per second");
            self.report(
                problem.help(format_args!(
                    "write {least} to {most}, such as 24 or 23.976, or a fraction such as 24000/1001"
                )),
            );
            return None;
        };
        // What is made here is made at the film's own rate.
        let rendered = shots.iter().filter_map(|shot| match &shot.make {
            Make::Prompt(render) => Some(render.spec.family.rate()),
            _ => None,
        });
        if let Some(delivered) = rendered.into_iter().find(|delivered| delivered.is_below(rate)) {
            let message = format!("a film of {rate} frames a second shows some frames twice, and movement judders");
            let problem = Problem::warning(RATE, message).at(asked.span, "more than the shots have");
            self.report(problem.help(format_args!(
                "rendered shots have {delivered} frames a second; without `fps` the film has the same"
            )));
        }
        Some(rate)
    }

    /// An output whose ending says something else than the codec.
    pub(super) fn check_ending(&mut self, output: &Located<String>) {
        let codec = self.board.film.as_ref().and_then(|film| film.codec.as_ref());
        let wanted = ending(codec.map(|codec| codec.value));
        let found = output.value.rsplit_once('.').map(|(_, found)| found.to_ascii_lowercase());
        let found = found.as_deref();
        if found == Some(wanted) {
            return;
        }
        let problem = match codec.filter(|codec| codec.value == Codec::Prores) {
            Some(codec) => Problem::error("film::output", "ProRes films are QuickTime files")
                .at(output.span, "not `.mov`")
                .at(codec.span, "because of this")
                .help("use a name that ends in `.mov`"),
            None => Problem::error("film::output", "the film is an MP4 file").at(output.span, "not `.mp4`").help(
                if found == Some("mov") {
                    "let the name end in `.mp4`; only `codec: prores` makes a `.mov` file"
                } else {
                    "let the name end in `.mp4`"
                },
            ),
        };
        self.report(problem);
    }
}

/// A rate as people write it: 23.976, 29.97, 47.952, 59.94 and 119.88 stand for the exact rates of television, others
/// for themselves in thousandths.
fn decimal(number: f64) -> Option<Rate> {
    if !(RATES.0..=RATES.1).contains(&number) {
        return None;
    }
    if number.fract() == 0.0 {
        return Some(Rate { num: number as u32, den: 1 });
    }
    for whole in [24, 30, 48, 60, 120] {
        let exact = f64::from(whole) * 1000.0 / 1001.0;
        if (number - exact).abs() < 0.005 {
            return Some(Rate { num: whole * 1000, den: 1001 });
        }
    }
    Rate::reduced((number * 1000.0).round() as u128, 1000)
}

/// The rate that is asked for, if a film can have it.
pub(super) fn frame_rate(asked: &FrameRate) -> Option<Rate> {
    match asked {
        FrameRate::Number(number) => decimal(*number),
        FrameRate::Fraction(text) => text.parse().ok().filter(|rate| in_range(*rate)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_as_people_write_them() {
        for (number, rate) in [
            (24.0, "24"),
            (25.0, "25"),
            (23.976, "24000/1001"),
            (23.98, "24000/1001"),
            (29.97, "30000/1001"),
            (59.94, "60000/1001"),
            (12.5, "25/2"),
            (23.5, "47/2"),
        ] {
            assert_eq!(decimal(number).map(|rate| rate.to_string()).as_deref(), Some(rate));
        }
        assert_eq!([0.0, -24.0, 0.5, 121.0, f64::NAN].map(decimal), [None; 5]);
        assert!(in_range(Rate { num: 120_000, den: 1001 }) && !in_range(Rate { num: 4_000_000, den: 100_000 }));
    }

    #[test]
    fn a_height_class_keeps_the_shape() {
        for (usual, class, size) in [
            (Size::new(864, 496), Resolution::P1080, Size::new(1920, 1080)),
            (Size::new(720, 1280), Resolution::K4, Size::new(2160, 3840)),
            (Size::new(1112, 834), Resolution::P720, Size::new(960, 720)),
            (Size::new(1470, 630), Resolution::P1080, Size::new(2520, 1080)),
            (Size::new(1000, 600), Resolution::P480, Size::new(800, 480)),
        ] {
            assert_eq!(shaped(usual, short_side(class)), size);
        }
    }
}
