//! What a shot starts from: files, addresses, frames and clips of other shots, and which of them exclude each other.

use super::ability::{Use, check_media, quoted};
use super::places::ShotPlaces;
use super::resolve::Resolver;
use super::{File, InputSource, Inputs, Link, LinkReason, MediaFault, MediaKind, is_remote};
use crate::index::ShotIndex;
use crate::storyboard::{ClipRef, FrameOf, FrameRef, References, Shot};
use crate::text::{Located, Problem, Span, closest, listed};
use crate::units::{Digest, ShotId, Size};

/// Any picture; the size in it is not looked at.
pub(super) const PICTURE: MediaKind = MediaKind::Image(Size::new(0, 0));
/// Any video; the length in it is not looked at.
pub(super) const VIDEO: MediaKind = MediaKind::Video(None);
pub(super) const SOUND: MediaKind = MediaKind::Audio(None);
pub(super) const FONT: MediaKind = MediaKind::Font;

/// Inputs, where they stand, and which reference pictures the cast brought: (member, number from 1).
pub(super) struct Gathered {
    pub(super) inputs: Inputs,
    pub(super) span: Option<Span>,
    /// The place of every input, in the order in which they are sent.
    pub(super) each: Vec<Span>,
    pub(super) brought: Vec<(usize, usize)>,
}

/// A problem that is reported already.
pub(super) struct Reported;

impl Resolver<'_> {
    pub(super) fn gather(&mut self, index: ShotIndex, shot: &Shot, cast: &[usize]) -> Option<Gathered> {
        if let Some(references) = &shot.references {
            return match (&shot.first_frame, &shot.last_frame) {
                (None, None) => self.references(index, references, cast),
                (Some(frame), _) => self.refuse_both("first_frame", frame.span, references.span),
                (None, Some(frame)) => self.refuse_both("last_frame", frame.span, references.span),
            };
        }
        let chained_to = index.before().filter(|before| self.hands_on(*before));
        match (&shot.first_frame, &shot.last_frame, chained_to) {
            (Some(first), last, _) => {
                self.words_only(index, cast);
                let span = first.span;
                let first = self.frame(index, first);
                let mut each = vec![self.mark(span)];
                let last = self.end_frame(index, last.as_ref(), &mut each).ok()?;
                let inputs = Inputs::Frames { first: first?, last };
                Some(Gathered { inputs, span: Some(span), each, brought: Vec::new() })
            }
            (None, last, Some(before)) => {
                self.words_only(index, cast);
                let span = self.shot_span(before);
                self.links.push(Link { from: before, to: index, reason: LinkReason::LastFrame, span });
                let mut each = vec![span];
                let last = self.end_frame(index, last.as_ref(), &mut each).ok()?;
                let inputs = Inputs::Frames { first: InputSource::LastFrame(before), last };
                Some(Gathered { inputs, span: None, each, brought: Vec::new() })
            }
            (None, Some(last), None) => {
                self.report(
                    Problem::error("film::last_frame_alone", "a last frame needs a first frame")
                        .at(self.mark(last.span), "only a last frame")
                        .help("add `first_frame`, or `return_last_frame: true` to the shot before"),
                );
                None
            }
            (None, None, None) => Some(self.cast_only(cast)),
        }
    }

    /// Reports a frame beside references.
    fn refuse_both(&mut self, key: &str, frame: Span, references: Span) -> Option<Gathered> {
        self.report(
            Problem::error("film::mode_conflict", format_args!("`{key}` and `references` exclude each other"))
                .at(self.mark(references), "references here")
                .at(self.mark(frame), "a frame here")
                .help("no model takes both: keep the frame to continue a picture, or the references to keep a look"),
        );
        None
    }

    /// The picture that a shot ends on, if it names one. What keeps that from being used is reported.
    fn end_frame(
        &mut self,
        index: ShotIndex,
        last: Option<&Located<FrameRef>>,
        each: &mut Vec<Span>,
    ) -> Result<Option<InputSource>, Reported> {
        let Some(last) = last else { return Ok(None) };
        each.push(self.mark(last.span));
        self.frame(index, last).map(Some).ok_or(Reported)
    }

    /// A shot without frames that mentions members with pictures leans on these.
    fn cast_only(&mut self, cast: &[usize]) -> Gathered {
        let mut images = Vec::new();
        let mut each = Vec::new();
        let brought = self.bring(cast, &mut images, &mut each);
        let inputs = if images.is_empty() {
            Inputs::Text
        } else {
            Inputs::References { images, videos: Vec::new(), audio: Vec::new() }
        };
        Gathered { inputs, span: None, each, brought }
    }

    fn references(
        &mut self,
        index: ShotIndex,
        references: &Located<Box<References>>,
        cast: &[usize],
    ) -> Option<Gathered> {
        let mut is_whole = true;
        let mut images = Vec::new();
        let mut videos = Vec::new();
        let mut audio = Vec::new();
        let mut pictures = Vec::new();
        let mut others = Vec::new();
        for image in references.images.iter().flat_map(|list| &list.value) {
            match self.frame(index, image) {
                Some(source) => images.push(source),
                None => is_whole = false,
            }
            pictures.push(self.mark(image.span));
        }
        for video in references.videos.iter().flat_map(|list| &list.value) {
            match self.video(index, video) {
                Some(source) => videos.push(source),
                None => is_whole = false,
            }
            others.push(self.mark(video.span));
        }
        for sound in references.audio.iter().flat_map(|list| &list.value) {
            match self.path(&sound.value, sound.span, SOUND, Use::Sent) {
                Some(source) => audio.push(source),
                None => is_whole = false,
            }
            others.push(self.mark(sound.span));
        }
        let brought = self.bring(cast, &mut images, &mut pictures);
        if !is_whole {
            return None;
        }
        if images.is_empty() && videos.is_empty() && audio.is_empty() {
            self.report(
                Problem::error("film::no_references", "`references` is empty")
                    .at(self.mark(references.span), "empty")
                    .help("list `images`, `videos` or `audio`, or remove the key"),
            );
            return None;
        }
        let span = Some(references.span);
        pictures.append(&mut others);
        Some(Gathered { inputs: Inputs::References { images, videos, audio }, span, each: pictures, brought })
    }

    /// Adds the pictures of the mentioned members, and their places, behind the pictures that the shot names itself.
    fn bring(&mut self, cast: &[usize], images: &mut Vec<InputSource>, each: &mut Vec<Span>) -> Vec<(usize, usize)> {
        let mut brought = Vec::new();
        for &member in cast {
            let paths = self.words.member_at(member).and_then(|(_, member)| member.images.as_ref());
            for path in paths.into_iter().flat_map(|list| &list.value) {
                if let Some(source) = self.path(&path.value, path.span, PICTURE, Use::Sent) {
                    let known = images.iter().position(|image| *image == source);
                    let at = known.unwrap_or_else(|| {
                        images.push(source);
                        each.push(path.span);
                        images.len() - 1
                    });
                    brought.push((member, at + 1));
                }
            }
        }
        brought
    }

    /// The inputs of a take that is to end on the last frame of an earlier one: it starts where that one starts.
    pub(super) fn with_tail(&mut self, raw: &Shot, gathered: Gathered, places: &ShotPlaces) -> Option<Gathered> {
        let take = self.take(raw);
        let Some(tail) = self.tail_of(raw, take) else { return Some(gathered) };
        let span = raw.tail_of.as_ref().map_or(places.shot, |tail| tail.span);
        let mut each = gathered.each;
        each.truncate(1);
        let first = match gathered.inputs {
            Inputs::Frames { first, .. } => first,
            Inputs::Text => {
                each = vec![span];
                InputSource::TakeFirstFrame(tail)
            }
            Inputs::References { .. } => {
                let message = "a shot that starts from references cannot end on a frame, so its end cannot be kept";
                let problem = Problem::error("film::mode_conflict", message).at(span, "to end on a frame");
                self.report(problem.help("remove `tail_of`; what starts on the shot's last frame is then made again"));
                return None;
            }
        };
        each.push(span);
        let inputs = Inputs::Frames { first, last: Some(InputSource::TakeTail(tail)) };
        Some(Gathered { inputs, each, brought: Vec::new(), span: gathered.span.or(Some(span)) })
    }

    /// Frames and references exclude each other, so a shot with frames takes only the words of the cast.
    fn words_only(&mut self, index: ShotIndex, cast: &[usize]) {
        let place = self.shot_span(index);
        for &member in cast {
            if self.words.member_at(member).is_some_and(|(_, member)| member.images.is_some()) {
                self.without_pictures.entry(member).or_default().push(place);
            }
        }
    }

    fn frame(&mut self, index: ShotIndex, frame: &Located<FrameRef>) -> Option<InputSource> {
        match &frame.value {
            FrameRef::Path(path) => self.path(path, frame.span, PICTURE, Use::Sent),
            FrameRef::Frame(of) => self.frame_of_shot(index, of, frame.span),
        }
    }

    /// A frame of another shot.
    fn frame_of_shot(&mut self, index: ShotIndex, of: &FrameOf, span: Span) -> Option<InputSource> {
        match (&of.last_frame_of, &of.first_frame_of, &of.frame_of, &of.at) {
            (Some(id), None, None, None) => self.other(index, id, LinkReason::LastFrame).map(InputSource::LastFrame),
            (None, Some(id), None, None) => self.other(index, id, LinkReason::FirstFrame).map(InputSource::FirstFrame),
            (None, None, Some(id), Some(at)) => {
                let at = self.length(at.value, at.span, 0.0)?;
                self.other(index, id, LinkReason::Frame).map(|shot| InputSource::FrameAt(shot, at))
            }
            (None, None, Some(id), None) => {
                let problem = Problem::error("film::which_frame", "say when: `frame_of` needs `at`");
                self.report(
                    problem.at(self.mark(id.span), "at what time?").help("write `{frame_of: SHOT, at: SECONDS}`"),
                );
                None
            }
            _ => {
                let message = "say which frame: `last_frame_of`, `first_frame_of`, or `frame_of` with `at`";
                let problem = Problem::error("film::which_frame", message);
                self.report(problem.at(self.mark(span), "expected exactly one of them").help(
                    "write `{last_frame_of: SHOT}`, `{first_frame_of: SHOT}`, `{frame_of: SHOT, at: SECONDS}`, or the \
                     path of a picture",
                ));
                None
            }
        }
    }

    fn video(&mut self, index: ShotIndex, video: &Located<ClipRef>) -> Option<InputSource> {
        match &video.value {
            ClipRef::Path(path) => self.path(path, video.span, VIDEO, Use::Sent),
            ClipRef::Shot(of) => match &of.clip_of {
                Some(id) => self.other(index, id, LinkReason::Clip).map(InputSource::Clip),
                None => {
                    let problem = Problem::error("film::which_clip", "say which clip: `clip_of`");
                    self.report(problem.at(self.mark(video.span), "no shot named").help("write `{clip_of: SHOT}`"));
                    None
                }
            },
        }
    }

    /// Another shot of this storyboard, noted as a dependency.
    fn other(&mut self, index: ShotIndex, id: &Located<String>, reason: LinkReason) -> Option<ShotIndex> {
        let found = id.parse::<ShotId>().ok().and_then(|name| self.index.get(&name).copied());
        match found {
            Some(from) if from == index => {
                self.report(
                    Problem::error("film::self_reference", format_args!("shot `{}` needs its own {reason}", id.value))
                        .at(id.span, "this is the shot itself")
                        .at(self.shot_span(index), "in this shot")
                        .help("name another shot"),
                );
                None
            }
            Some(from) => {
                self.links.push(Link { from, to: index, reason, span: id.span });
                Some(from)
            }
            None => {
                let problem = Problem::error("film::unknown_shot", format_args!("there is no shot `{}`", id.value))
                    .at(id.span, "not a shot of this storyboard");
                let near = closest(&id.value, self.index.keys().map(ShotId::as_str));
                let near_span = near
                    .and_then(|near| near.parse().ok())
                    .and_then(|near: ShotId| self.index.get(&near).map(|&at| self.shot_span(at)));
                self.report(match (near, near_span) {
                    (Some(near), Some(span)) => {
                        problem.at(span, "the nearest name").help(format_args!("did you mean `{near}`?"))
                    }
                    _ => {
                        let shots = self.board.shots.iter().flat_map(|shots| &shots.value);
                        let ids = shots.filter_map(|shot| shot.id.as_ref()).map(|id| id.as_str());
                        problem.help(format_args!("the shots are {}", listed(ids, 12)))
                    }
                });
                None
            }
        }
    }

    /// An address of the storyboard: a service is to fetch it without somebody else on the way.
    fn address(&mut self, address: &str, span: Span) -> Option<InputSource> {
        if TAKEN_ADDRESSES.iter().any(|begin| address.starts_with(begin)) {
            return Some(InputSource::Remote(address.to_owned()));
        }
        let scheme = address.split_once("://").map_or(address, |(scheme, _)| scheme);
        let message = format_args!("an address begins with `https://` or `asset://`, not with `{scheme}://`");
        self.report(
            Problem::error("film::unsafe_address", message)
                .at(span, "not taken")
                .help("give its `https://` address or an `asset://` id, or download it and name the file"),
        );
        None
    }

    /// A path or address of the storyboard, checked against what stands on disk.
    pub(super) fn path(&mut self, path: &str, span: Span, wanted: MediaKind, used: Use) -> Option<InputSource> {
        let used = if self.sends_any_file { Use::Here } else { used };
        if is_remote(path) {
            return self.address(path, span);
        }
        let media = match self.inventory.get(path) {
            Some(Ok(media)) => media,
            Some(Err(MediaFault::Missing(beside))) => {
                self.report(missing(path, span, beside));
                return None;
            }
            Some(Err(MediaFault::Unreadable(why))) => {
                self.report(
                    Problem::error("film::unreadable", format_args!("`{path}` cannot be used: {why}"))
                        .at(span, "not readable")
                        .help("repair or replace the file"),
                );
                return None;
            }
            Some(Err(MediaFault::Unsupported { name, convert })) => {
                let convert = convert.replace("FILE", &quoted(path));
                self.report(
                    Problem::error("film::unsupported_format", format_args!("`{path}` is {name}, which is not taken"))
                        .at(span, "cannot be used here")
                        .help(format_args!("convert it and name the copy: `{convert}`")),
                );
                return None;
            }
            // It is reported with all else that a stranger's storyboard may not do; nothing is made of it.
            Some(Err(MediaFault::Outside)) => {
                return Some(InputSource::File(File { path: path.to_owned(), digest: Digest::of(path.as_bytes()) }));
            }
            // The inventory is taken of the very paths that the storyboard names.
            None => return None,
        };
        if let Some(problem) = check_media(media, path, wanted, used, span) {
            self.report(problem);
            return None;
        }
        Some(InputSource::File(File { path: path.to_owned(), digest: media.digest }))
    }
}

/// What begins an address that a service may be given.
const TAKEN_ADDRESSES: [&str; 2] = ["https://", "asset://"];

fn missing(path: &str, span: Span, beside: &[String]) -> Problem {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let problem = Problem::error("film::missing_file", format_args!("there is no file `{path}`")).at(span, "not found");
    match closest(name, beside.iter().map(String::as_str)) {
        Some(near) if folder.is_empty() => problem.help(format_args!("did you mean `{near}`?")),
        Some(near) => problem.help(format_args!("did you mean `{folder}/{near}`?")),
        None => problem.help("paths are relative to the file that names them; put the file there or correct the path"),
    }
}
