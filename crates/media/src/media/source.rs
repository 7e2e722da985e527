//! The index of a clip on disk, read without ffmpeg.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use storyreel_core::clip::VideoFacts;
use storyreel_core::timeline::picture::PictureOrder;
use storyreel_core::timeline::sound::{ClipSound, SoundFormat};
use storyreel_core::units::Rate;
use storyreel_mp4::{FileBoxes, ParameterSets, Sample, Track, TrackKind, aac};

use super::MediaError;

/// How much of a picture is read to see what kind it is: enough for the parameter sets that some encoders repeat, and for
/// what they say of themselves before the first picture.
const PEEK: usize = 4096;

/// A clip whose index was read.
#[derive(Debug, Clone)]
pub(super) struct ClipSource {
    pub(super) path: PathBuf,
    /// Where the coded pictures lie, if not in the clip itself.
    rewritten: Option<PathBuf>,
    picture: Option<Track>,
    sound: Option<Track>,
    /// Whether there is one track of pictures, which comes first, at most one of sound, and no sample outside the index.
    is_plain: bool,
}

impl ClipSource {
    /// Reads the index of `clip`; a file that is no MP4 has neither picture nor sound here.
    pub(super) fn open(clip: &Path) -> Result<Self, MediaError> {
        let mut source = Self { path: clip.to_owned(), rewritten: None, picture: None, sound: None, is_plain: false };
        let Some((moov, bytes)) = moov(clip).map_err(MediaError::file("read", clip))? else { return Ok(source) };
        let tracks = storyreel_mp4::read(&moov, bytes)
            .map_err(|fault| MediaError::Damaged { file: clip.to_owned(), what: fault.to_string() })?;
        let pictures = tracks.iter().filter(|track| track.kind == TrackKind::Picture).count();
        let begins_with_pictures = tracks.first().is_some_and(|track| track.kind == TrackKind::Picture);
        let sounds = tracks.iter().filter(|track| track.kind == TrackKind::Sound).count();
        let is_whole = !storyreel_mp4::is_fragmented(&moov);
        source.is_plain = pictures == 1 && sounds < 2 && begins_with_pictures && is_whole;
        for track in tracks {
            match track.kind {
                TrackKind::Picture => source.picture = source.picture.or(Some(track)),
                TrackKind::Sound => source.sound = source.sound.or(Some(track)),
                TrackKind::Other => {}
            }
        }
        Ok(source)
    }

    /// The order of the pictures, where they are those of `facts` and evenly spaced as the facts say.
    pub(super) fn order(&self, facts: &VideoFacts) -> Result<Option<PictureOrder>, MediaError> {
        let Some(track) = self.picture.as_ref().filter(|_| !facts.is_loose()) else { return Ok(None) };
        if track.samples.len() as u64 != facts.frames {
            let there = track.samples.len();
            let said = facts.frames;
            let what = format!("it has {there} frames and should have {said}");
            return Err(MediaError::Damaged { file: self.path.clone(), what });
        }
        let Some(entry) = &track.entry else { return Ok(None) };
        let mut file = None;
        let mut fault = None;
        let order = PictureOrder::of(&track.samples, |sample| {
            let head = match &mut file {
                Some(file) => peek(file, sample),
                none => File::open(self.picture_file()).and_then(|opened| peek(none.insert(opened), sample)),
            };
            head.map_err(|error| fault = Some(error)).is_ok_and(|head| storyreel_mp4::begins(entry, &head))
        });
        match fault {
            Some(error) => Err(MediaError::file("read", &self.path)(error)),
            None => Ok(order),
        }
    }

    /// How its pictures are coded: the sample entry, and the parameter sets in it where the codec has such.
    pub(super) fn coding(&self) -> Option<(&[u8], Option<ParameterSets>)> {
        let entry = self.picture.as_ref()?.entry.as_deref()?;
        Some((entry, ParameterSets::of(entry)))
    }

    /// The same clip with coded pictures of another `entry`, which lie in the file `at` as `samples` says.
    pub(super) fn rewritten(&self, entry: Vec<u8>, samples: Vec<Sample>, at: PathBuf) -> Self {
        let mut source = self.clone();
        source.rewritten = Some(at);
        if let Some(track) = &mut source.picture {
            track.entry = Some(entry);
            track.samples = samples;
        }
        source
    }

    /// The file in which the coded pictures lie.
    pub(super) fn picture_file(&self) -> &Path {
        self.rewritten.as_deref().unwrap_or(&self.path)
    }

    /// The coded pictures in decoding order.
    pub(super) fn pictures(&self) -> &[Sample] {
        self.picture.as_ref().map_or(&[], |track| &track.samples)
    }

    /// Ticks per second of its pictures; 1 without any.
    pub(super) fn timescale(&self) -> u32 {
        self.picture.as_ref().map_or(1, |track| track.timescale)
    }

    /// When each picture is shown, in ticks and in the order in which they are shown, and how many ticks a second has.
    /// `None` where there are none, or where an edit list does more than move them.
    pub(super) fn stamps(&self) -> Option<(Vec<i64>, u32)> {
        let track = self.picture.as_ref()?;
        let origin = track.origin?;
        let mut stamps: Vec<i64> = track.samples.iter().map(|sample| sample.shown + origin).collect();
        stamps.sort_unstable();
        Some((stamps, track.timescale))
    }

    /// The packets of sound.
    pub(super) fn packets(&self) -> &[Sample] {
        self.sound.as_ref().map_or(&[], |track| &track.samples)
    }

    /// The first bytes of a packet of sound.
    pub(super) fn packet_head(&self, packet: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        self.packets().get(packet as usize).map_or_else(|| Ok(Vec::new()), |sample| peek(&mut file, sample))
    }

    /// The track of pictures, where it is the first of the file and the only one of its kind, and all its samples are in
    /// the index.
    pub(super) fn picture_track(&self) -> Option<&Track> {
        self.picture.as_ref().filter(|_| self.is_plain)
    }

    /// Whether its pictures are shown turned or mirrored.
    pub(super) fn is_mirrored(&self) -> bool {
        self.picture.as_ref().is_some_and(|track| !track.upright)
    }

    /// The track of sound that is heard.
    pub(super) fn sound_track(&self) -> Option<&Track> {
        self.sound.as_ref()
    }

    /// By how many seconds the sound outlasts the picture; 0 where that is unknown.
    pub(super) fn overhang(&self) -> f32 {
        let sound = self.sound.as_ref().and_then(last_shown);
        let picture = self.picture.as_ref().and_then(last_shown);
        match (sound, picture) {
            (Some(sound), Some(picture)) => (sound - picture) as f32,
            _ => 0.0,
        }
    }

    /// What the sound is good for in a film of `format`, and why where its packets cannot be copied.
    pub(super) fn voice(&self, format: SoundFormat) -> (ClipSound, Option<String>) {
        let Some(track) = &self.sound else {
            return (ClipSound::Decoded { end: None }, Some("the clip is not an MP4 file".to_owned()));
        };
        let shown = self.picture.as_ref().map_or(0.0, first_shown);
        let length: i64 = track.samples.iter().map(|sample| i64::from(sample.duration)).sum();
        // In the clip's own samples, or in whatever its sound counts.
        let scale = f64::from(track.timescale);
        let start = track.origin.map(|origin| origin as f64 - shown * scale);
        let end = start.map(|start| (start + length as f64) / scale * f64::from(format.rate));
        let end = end.filter(|_| !track.samples.is_empty()).map(|end| end.round() as i64);
        let decoded = ClipSound::Decoded { end };
        let Some(config) = track.entry.as_deref().and_then(aac::Config::of) else {
            return (decoded, Some("its sound is not plain AAC of one or two channels".to_owned()));
        };
        let own = SoundFormat { rate: config.rate(), channels: config.channels() };
        if own != format {
            let own = in_words(own);
            let film = in_words(format);
            return (decoded, Some(format!("its sound is {own}, the film's {film}")));
        }
        let Some((last, rest)) = track.samples.split_last() else { return (ClipSound::Silent, None) };
        let regular = track.timescale == config.rate()
            && rest.iter().all(|sample| u64::from(sample.duration) == aac::PACKET)
            && u64::from(last.duration) <= aac::PACKET
            && track.samples.iter().all(|sample| config.adts(sample.size).is_some());
        match start.filter(|_| regular) {
            Some(start) => {
                let first = start.round() as i64;
                (ClipSound::Packets { first, count: track.samples.len() as u64, end: first + length }, None)
            }
            None => (decoded, Some("the packets of its sound are not evenly spaced".to_owned())),
        }
    }
}

/// The first of `stamps`, in ticks of which a second has `scale`, that is not exactly where `rate` has it.
pub(super) fn first_uneven(stamps: &[i64], scale: u32, rate: Rate) -> Option<usize> {
    for (n, &stamp) in stamps.iter().enumerate() {
        let due = n as i128 * i128::from(rate.den) * i128::from(scale);
        if i128::from(stamp) * i128::from(rate.num) != due {
            return Some(n);
        }
    }
    None
}

fn in_words(format: SoundFormat) -> String {
    let channels = if format.channels == 1 { "mono" } else { "stereo" };
    format!("{} Hz {channels}", format.rate)
}

/// When a track ends, in seconds.
fn last_shown(track: &Track) -> Option<f64> {
    let last = track.samples.iter().map(|sample| sample.shown + i64::from(sample.duration)).max()?;
    Some((last + track.origin?) as f64 / f64::from(track.timescale))
}

/// When the first picture is shown, in seconds.
fn first_shown(track: &Track) -> f64 {
    let first = track.samples.iter().map(|sample| sample.shown).min().unwrap_or_default();
    (first + track.origin.unwrap_or_default()) as f64 / f64::from(track.timescale)
}

/// The content of the `moov` box and the file's size; none for other kinds of file.
fn moov(clip: &Path) -> io::Result<Option<(Vec<u8>, u64)>> {
    let file = File::open(clip)?;
    let bytes = file.metadata()?.len();
    for found in FileBoxes::new(&file, bytes) {
        let found = found?;
        if found.start == 0 && found.name != *b"ftyp" || found.end > bytes {
            return Ok(None);
        }
        if found.name == *b"moov" {
            return Ok(Some((found.read(&file)?, bytes)));
        }
    }
    Ok(None)
}

/// The bytes of a sample.
pub(super) fn read_sample(file: &mut File, sample: &Sample) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; sample.size as usize];
    file.seek(SeekFrom::Start(sample.offset))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The first bytes of a sample.
fn peek(file: &mut File, sample: &Sample) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(PEEK);
    file.seek(SeekFrom::Start(sample.offset))?;
    file.take((sample.size as usize).min(PEEK) as u64).read_to_end(&mut head)?;
    Ok(head)
}
