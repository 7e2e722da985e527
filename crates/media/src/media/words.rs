//! Words in the film's file: titles of chapters and subtitles, as tracks that a viewer can read.

use std::path::Path;

use storyreel_core::language::LanguageTag;
use storyreel_core::timeline::cue::{Cue, SubtitleTrack, Subtitles};
use storyreel_core::timeline::{Timeline, ticks_per_frame, timescale};
use storyreel_mp4::{Coding, NewSample, NewTrack, text_sample};

use super::MediaError;
use super::splice::{SampleSpan, SplicedFiles, Strand};

/// The share of the picture's height that embedded subtitles are shown in, from its lower edge: room for three lines.
const SUBTITLES: u32 = 5;

/// All tracks of words of a film, with files in `work`.
pub(super) fn tracks(timeline: &Timeline, work: &Path, files: &mut SplicedFiles) -> Result<Vec<Strand>, MediaError> {
    let mut tracks = Vec::new();
    tracks.extend(chapters(timeline, work, files)?);
    tracks.extend(subtitles(timeline, work, files)?);
    Ok(tracks)
}

/// Titles of chapters as a track of words, which every player can read and which has no limit on length or number.
fn chapters(timeline: &Timeline, work: &Path, files: &mut SplicedFiles) -> Result<Option<Strand>, MediaError> {
    if timeline.chapters.is_empty() {
        return Ok(None);
    }
    let step = ticks_per_frame(timeline.rate);
    let ends = timeline.chapters.iter().skip(1).map(|next| next.at).chain([timeline.frames()]);
    let titles = timeline.chapters.iter().zip(ends);
    let texts = titles.map(|(chapter, end)| (chapter.title.clone(), end.saturating_sub(chapter.at) * step));
    track(timeline, Coding::Chapters, texts.collect(), &work.join("chapters"), files).map(Some)
}

/// Subtitles as tracks, one for each language.
fn subtitles(timeline: &Timeline, work: &Path, files: &mut SplicedFiles) -> Result<Vec<Strand>, MediaError> {
    let Some(Subtitles::Tracks(tracks)) = &timeline.subtitles else { return Ok(Vec::new()) };
    let mut strands = Vec::new();
    for (n, SubtitleTrack { language, cues }) in tracks.iter().enumerate() {
        let size = timeline.size;
        let language = language.as_ref().map_or(*b"und", LanguageTag::three_letters);
        let height = (size.height / SUBTITLES) as u16;
        let coding = Coding::Subtitles { width: size.width as u16, height, language };
        let file = work.join(format!("subtitles-{n}"));
        strands.push(track(timeline, coding, shown(timeline, cues), &file, files)?);
    }
    Ok(strands)
}

/// The texts of a track, each with the ticks for which it is shown.
fn shown(timeline: &Timeline, cues: &[Cue]) -> Vec<(String, u64)> {
    let end = timeline.frames() * ticks_per_frame(timeline.rate);
    let mut texts = Vec::new();
    let mut at = 0;
    for cue in cues {
        let from = ticks(cue.from, timeline).min(end);
        let to = ticks(cue.to, timeline).min(end);
        // A sample lasts until the next one: between two cues one without words clears the screen.
        texts.push((String::new(), from - at));
        texts.push((cue.lines.join("\n"), to - from));
        at = to;
    }
    texts.push((String::new(), end - at));
    texts.retain(|(_, ticks)| *ticks > 0);
    texts
}

/// A time of the film, in ticks of its tracks.
fn ticks(ms: u64, timeline: &Timeline) -> u64 {
    (u128::from(ms) * u128::from(timescale(timeline.rate)) / 1_000) as u64
}

/// A track of texts, each shown for so many ticks of the film.
fn track(
    timeline: &Timeline,
    coding: Coding,
    texts: Vec<(String, u64)>,
    file: &Path,
    files: &mut SplicedFiles,
) -> Result<Strand, MediaError> {
    let place = files.add(file);
    let mut bytes = Vec::new();
    let mut samples = Vec::new();
    let mut spans = Vec::new();
    for (text, ticks) in texts {
        let text = text_sample(&text);
        let size = text.len() as u32;
        samples.push(NewSample { size, duration: ticks as u32, shift: 0, sync: true });
        spans.push(SampleSpan { file: place, offset: bytes.len() as u64, size });
        bytes.extend(text);
    }
    std::fs::write(file, bytes).map_err(MediaError::file("write", file))?;
    let length = timeline.frames() * ticks_per_frame(timeline.rate);
    let timescale = timescale(timeline.rate) as u32;
    Ok(Strand { track: NewTrack { coding, timescale, samples, hidden: 0, length }, spans })
}
