//! The film's sound: packets of clips as they are, and around the joins packets encoded from samples.
//!
//! However many joins there are, one ffmpeg decodes what is needed of all clips, the samples are faded and mixed here,
//! and one ffmpeg encodes them: starting a program for every join would cost more than all the rest.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use storyreel_core::ffmpeg::{decode_clip, encode_sound};
use storyreel_core::timeline::Timeline;
use storyreel_core::timeline::sound::{RUN_UP, SegmentSound, SoundFormat, SoundPlan, Stretch};
use storyreel_mp4::aac::{self, PACKET};
use tokio::io::AsyncWriteExt as _;
use tokio::process::ChildStdin;

use super::error::damaged;
use super::excerpts::{DecoderProcess, Excerpts};
use super::laid_sound::LaidSound;
use super::loudness::{Level, Loudness, Meter};
use super::music::MusicSource;
use super::pcm::{add_scaled, bytes_of};
use super::run::{FfmpegTask, finish};
use super::source::ClipSource;
use super::splice::{SampleSpan, SplicedFiles};
use super::{Ffmpeg, MediaError};

/// Samples of one block, as a number of values in memory.
const BLOCK: usize = PACKET as usize;

/// Blocks of nothing that are encoded when the film has silence, and the packet among them that is used for it: by then
/// the encoder has forgotten its beginning.
const HUSH: (i64, usize) = (8, 5);

/// How often the loudness is measured anew behind a limiter.
const PASSES: usize = 4;

/// Loudness below what is asked for that is worth a word, in LU.
const LACKING: f64 = 0.5;

/// What is encoded, as one stream: stretch by stretch, each with its run-up.
struct Feeds {
    /// Film blocks; those before the film's beginning have negative numbers.
    blocks: Vec<Range<i64>>,
    /// Whether the first stretch holds nothing.
    hush: bool,
}

impl Feeds {
    fn of(plan: &SoundPlan) -> Self {
        let run_up = RUN_UP.cast_signed();
        let hush = plan.stretches.iter().any(|stretch| matches!(stretch, Stretch::Silence(_)));
        let mut blocks = Vec::new();
        for stretch in &plan.stretches {
            if let Stretch::Encode(packets) = stretch {
                // Packet k covers blocks k - 1 and k.
                blocks.push(packets.start.cast_signed() - 1 - run_up..packets.end.cast_signed() + run_up);
            }
        }
        Self { blocks, hush }
    }

    /// The parts of `plan` that are heard in `blocks`, in order.
    fn parts<'a>(plan: &'a SoundPlan, blocks: &Range<i64>) -> impl Iterator<Item = &'a SegmentSound> + use<'a> {
        let heard = samples(blocks);
        plan.parts.iter().filter(move |part| part.heard.start < heard.end && heard.start < part.heard.end)
    }
}

/// Those of some blocks that lie in the film.
fn shown(blocks: &Range<i64>) -> Range<u64> {
    blocks.start.max(0).cast_unsigned()..blocks.end.max(0).cast_unsigned()
}

/// The film samples of some blocks.
fn samples(blocks: &Range<i64>) -> Range<u64> {
    let shown = shown(blocks);
    shown.start * PACKET..shown.end * PACKET
}

/// The packets that a part needs for some blocks, and the block that the second of them yields.
fn needed(part: &SegmentSound, blocks: &Range<i64>) -> Option<(Range<u64>, u64)> {
    part.packets(&shown(blocks))
}

/// What is to be heard.
pub(super) struct SoundMix<'a> {
    pub(super) timeline: &'a Timeline,
    pub(super) plan: &'a SoundPlan,
    /// One for every segment.
    pub(super) sources: &'a [&'a ClipSource],
    /// The file of the music, where there is any.
    pub(super) music: Option<&'a Path>,
    /// The files of the sounds that are laid over the clips, one for each.
    pub(super) laid: &'a [PathBuf],
}

/// The sound of a film.
pub(super) struct MadeSound {
    /// Where each of its packets lies.
    pub(super) spans: Vec<SampleSpan>,
    /// The loudness that it comes to, in LUFS, where its peaks do not allow what is asked for.
    pub(super) softer: Option<f64>,
}

/// Makes the sound of a film with files in `work`.
pub(super) async fn make(
    ffmpeg: &Ffmpeg,
    mix: &SoundMix<'_>,
    work: &Path,
    files: &mut SplicedFiles,
) -> Result<MadeSound, MediaError> {
    let feeds = Feeds::of(mix.plan);
    let out = work.join("sound.aac");
    let mut softer = None;
    let mut encoded = Vec::new();
    if feeds.hush || !feeds.blocks.is_empty() {
        let excerpts = write_excerpts(mix.plan, &feeds, mix.sources, &work.join("excerpts.aac"))?;
        let encoder = SoundEncoder { ffmpeg, mix, feeds: &feeds, excerpts: excerpts.as_ref(), out: &out };
        softer = encoder.encode().await?;
        encoded = encoded_packets(&out, files).await?;
    }
    let spans = lay_packets(mix, feeds.hush, &encoded, files);
    let Some(spans) = spans else {
        return Err(MediaError::Wrong { file: out, what: "the encoder left packets out".into() });
    };
    Ok(MadeSound { spans, softer })
}

/// Where the packets of an encoded stream lie.
async fn encoded_packets(out: &Path, files: &mut SplicedFiles) -> Result<Vec<SampleSpan>, MediaError> {
    let stream = tokio::fs::read(out).await.map_err(MediaError::file("read", out))?;
    let packets = aac::packets(&stream).ok_or_else(|| damaged(out, "it is no AAC stream"))?;
    let file = files.add(out);
    let mut spans = Vec::new();
    for (offset, size) in packets {
        spans.push(SampleSpan { file, offset: offset as u64, size });
    }
    Ok(spans)
}

/// The packets of the film in order, of clips and of what was encoded; `None` where some of that is missing.
fn lay_packets(
    mix: &SoundMix<'_>,
    hush: bool,
    encoded: &[SampleSpan],
    files: &mut SplicedFiles,
) -> Option<Vec<SampleSpan>> {
    let mut spans = Vec::new();
    let mut at = if hush { HUSH.0 as usize } else { 0 };
    for stretch in &mix.plan.stretches {
        match stretch {
            Stretch::Copy { segment, packets } => {
                let source = mix.sources[*segment];
                let file = files.add(&source.path);
                for packet in &source.packets()[packets.start as usize..packets.end as usize] {
                    spans.push(SampleSpan { file, offset: packet.offset, size: packet.size });
                }
            }
            Stretch::Silence(count) => {
                let hush = *encoded.get(HUSH.1)?;
                spans.extend(std::iter::repeat_n(hush, *count as usize));
            }
            Stretch::Encode(packets) => {
                let count = (packets.end - packets.start) as usize;
                let first = at + 1 + RUN_UP as usize;
                spans.extend(encoded.get(first..first + count)?);
                at += count + 1 + 2 * RUN_UP as usize;
            }
        }
    }
    Some(spans)
}

/// Encodes what is mixed.
struct SoundEncoder<'a> {
    ffmpeg: &'a Ffmpeg,
    mix: &'a SoundMix<'a>,
    feeds: &'a Feeds,
    /// The packets of clips that are mixed.
    excerpts: Option<&'a Excerpts>,
    /// The file of the encoded stream.
    out: &'a Path,
}

/// What is done to a film's sound for the loudness that is asked for.
struct FilmLevel {
    level: Level,
    /// The loudness that it comes to where its peaks do not allow that.
    softer: Option<f64>,
}

impl SoundEncoder<'_> {
    /// Encodes the feeds into an ADTS file, and gives back the loudness that it comes to where that is too little.
    async fn encode(&self) -> Result<Option<f64>, MediaError> {
        let film_level = self.level().await?;
        let filter = film_level.as_ref().map(|film| film.level.filter.as_str());
        let args = encode_sound(self.mix.plan, filter, self.out);
        let mut child = self.ffmpeg.start(&args, Stdio::piped())?;
        let sink = child.stdin.take().expect("standard input was piped when the child was spawned");
        let task = FfmpegTask::new("encode the sound of", self.out);
        let closing = FfmpegTask::new("write", self.out);
        let (poured, ended) = tokio::join!(self.pour(sink, closing), finish(child, task, |_| {}));
        let (status, tail) = ended?;
        // When mixing fails, the encoder ends early with nothing to say; when the encoder fails, its pipe breaks.
        match poured {
            Err(MediaError::File { .. }) | Ok(()) => task.judge(status, &tail).and(poured),
            Err(error) => Err(error),
        }?;
        Ok(film_level.and_then(|film| film.softer))
    }

    /// Mixes the feeds into `sink`, and closes it: what it has is all.
    async fn pour(&self, mut sink: ChildStdin, closing: FfmpegTask<'_>) -> Result<(), MediaError> {
        let mut mixer = Mixer::start(self.ffmpeg, self.mix, self.excerpts)?;
        mixer.pour(self.feeds, &mut sink, self.out).await?;
        sink.shutdown().await.map_err(MediaError::file(closing.verb, closing.file))
    }

    /// What must be done to the whole sound to give it the loudness that is asked for.
    async fn level(&self) -> Result<Option<FilmLevel>, MediaError> {
        let format = self.mix.plan.format;
        let Some(target) = self.mix.timeline.loudness else { return Ok(None) };
        let Some(mut level) = self.measure(None).await?.level(target, format) else { return Ok(None) };
        // The limiter takes some of what a gain gives, and again some of what is added for that.
        let mut passes = 0;
        let mut below = 0.0;
        while level.limited && passes < PASSES {
            let heard = self.measure(Some(&level)).await?;
            below = heard.below(target);
            let Some(next) = heard.made_up(&level, target, format) else { break };
            level = next;
            passes += 1;
        }
        let softer = (below > LACKING && passes < PASSES).then(|| f64::from(target) - below);
        Ok(Some(FilmLevel { level, softer }))
    }

    /// Measures the loudness behind the filters of `level`, if there are any yet.
    async fn measure(&self, level: Option<&Level>) -> Result<Loudness, MediaError> {
        let task = FfmpegTask::new("measure the sound of", self.out);
        let (meter, sink) = Meter::start(self.ffmpeg, self.mix.plan.format, level)?;
        let (poured, measured) = tokio::join!(self.pour(sink, task), meter.read(task));
        poured.and(measured)
    }
}

/// Writes the packets that must be decoded in the order in which the mixer asks for them. `None` where there are none.
fn write_excerpts(
    plan: &SoundPlan,
    feeds: &Feeds,
    sources: &[&ClipSource],
    file: &Path,
) -> Result<Option<Excerpts>, MediaError> {
    let mut excerpts = Excerpts::new(file, plan.format)?;
    let mut any = false;
    for blocks in &feeds.blocks {
        for part in Feeds::parts(plan, blocks) {
            if let Some((packets, _)) = needed(part, blocks) {
                excerpts.add(sources[part.segment], &packets)?;
                any = true;
            }
        }
    }
    excerpts.finish()?;
    Ok(any.then_some(excerpts))
}

/// The samples of one part that are at hand.
struct SampleWindow<'a> {
    part: &'a SegmentSound,
    /// Samples of all channels by turns.
    values: Vec<f32>,
    /// The film sample that the first of them belongs to.
    begin: u64,
    /// Where more come from, for a clip that is decoded as a whole.
    stream: Option<DecoderProcess>,
}

struct Mixer<'a> {
    ffmpeg: &'a Ffmpeg,
    plan: &'a SoundPlan,
    sources: &'a [&'a ClipSource],
    /// Decodes the excerpts.
    decoder: Option<DecoderProcess>,
    voices: VecDeque<SampleWindow<'a>>,
    laid: Vec<LaidSound<'a>>,
    music: Option<MusicSource>,
}

impl<'a> Mixer<'a> {
    fn start(ffmpeg: &'a Ffmpeg, mix: &SoundMix<'a>, excerpts: Option<&Excerpts>) -> Result<Self, MediaError> {
        let SoundMix { timeline, plan, sources, laid, .. } = *mix;
        let decoder = match excerpts {
            Some(excerpts) => Some(excerpts.decode(ffmpeg, plan.format.channels)?),
            None => None,
        };
        let music = match (&timeline.music, mix.music) {
            (Some(music), Some(file)) => Some(MusicSource::start(ffmpeg, timeline, music, file, plan)?),
            _ => None,
        };
        let laid = LaidSound::all(&timeline.sounds, laid, plan);
        Ok(Self { ffmpeg, plan, sources, decoder, voices: VecDeque::new(), laid, music })
    }

    async fn pour(&mut self, feeds: &Feeds, sink: &mut ChildStdin, out: &Path) -> Result<(), MediaError> {
        let width = BLOCK * self.plan.format.channels as usize;
        if feeds.hush {
            let zeros = vec![0; width * 4 * HUSH.0 as usize];
            sink.write_all(&zeros).await.map_err(MediaError::file("write", out))?;
        }
        for blocks in &feeds.blocks {
            let plan: &'a SoundPlan = self.plan;
            let mut coming: VecDeque<&'a SegmentSound> = Feeds::parts(plan, blocks).collect();
            for block in blocks.clone() {
                let heard = samples(&(block..block + 1));
                while coming.front().is_some_and(|part| part.heard.start < heard.end) {
                    let Some(part) = coming.pop_front() else { break };
                    let voice = self.voice(part, blocks).await?;
                    self.voices.extend(voice);
                }
                let mut mixed = vec![0.0; width];
                if block >= 0 {
                    for voice in &mut self.voices {
                        voice.add(&mut mixed, heard.start, self.plan.format).await?;
                    }
                }
                // A film with such sounds or music is one stretch: its blocks come in order, each once.
                for sound in self.laid.iter_mut().filter(|_| block >= 0) {
                    sound.add(self.ffmpeg, &mut mixed, heard.start).await?;
                }
                if let Some(music) = self.music.as_mut().filter(|_| block >= 0) {
                    music.add(&mut mixed, heard.start).await?;
                }
                self.voices.retain(|voice| voice.part.heard.end > heard.end);
                sink.write_all(&bytes_of(&mixed)).await.map_err(MediaError::file("write", out))?;
            }
            self.voices.clear();
        }
        Ok(())
    }

    /// Makes the samples of `part` in `blocks` available.
    async fn voice(
        &mut self,
        part: &'a SegmentSound,
        blocks: &Range<i64>,
    ) -> Result<Option<SampleWindow<'a>>, MediaError> {
        if part.is_decoded() {
            let source = self.sources[part.segment];
            let args = decode_clip(&source.path, self.plan.format);
            let stream = DecoderProcess::start(self.ffmpeg, &args, &source.path)?;
            let mut voice = SampleWindow { part, values: Vec::new(), begin: part.heard.start, stream: Some(stream) };
            voice.skip(part.skipped, self.plan.format).await?;
            return Ok(Some(voice));
        }
        let (Some((packets, block)), Some(decoder)) = (needed(part, blocks), &mut self.decoder) else {
            return Ok(None);
        };
        let channels = self.plan.format.channels as usize;
        let count = (packets.end - packets.start) as usize * BLOCK * channels;
        let mut values = decoder.read(count).await?;
        if values.len() < count {
            let fault = self.decoder.take().expect("it was there").fault().await;
            return Err(match fault {
                MediaError::Damaged { what, .. } => damaged(&self.sources[part.segment].path, &what),
                other => other,
            });
        }
        // The first packet only set the decoder up.
        values.drain(..BLOCK * channels);
        Ok(Some(SampleWindow { part, values, begin: block * PACKET, stream: None }))
    }
}

impl SampleWindow<'_> {
    /// Passes over samples at the beginning of a stream.
    async fn skip(&mut self, count: u64, format: SoundFormat) -> Result<(), MediaError> {
        if let Some(stream) = &mut self.stream {
            stream.read(count as usize * format.channels as usize).await?;
        }
        Ok(())
    }

    /// Adds this voice to one block that begins at film sample `start`.
    async fn add(&mut self, mixed: &mut [f32], start: u64, format: SoundFormat) -> Result<(), MediaError> {
        let channels = format.channels as usize;
        if let Some(stream) = &mut self.stream {
            // Only what is wanted of this block; the sound may begin in the middle of it.
            let begin = self.part.heard.start.max(start);
            self.values = stream.read((start + PACKET - begin) as usize * channels).await?;
            self.begin = begin;
        }
        self.mix(mixed, start, channels);
        Ok(())
    }

    /// Adds what is there of one block that begins at film sample `start`.
    fn mix(&self, mixed: &mut [f32], start: u64, channels: usize) {
        let from = self.begin.max(start);
        let Some(mixed) = mixed.get_mut((from - start) as usize * channels..) else { return };
        let Some(samples) = self.values.get((from - self.begin) as usize * channels..) else { return };
        add_scaled(mixed, samples, channels, |moment| self.part.gain(from + moment));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_before_the_film_hold_no_samples() {
        assert_eq!(samples(&(-3..2)), 0..2048);
        assert_eq!(samples(&(-3..-1)), 0..0);
    }
}
