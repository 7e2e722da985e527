//! What stands on disk under the paths that a storyboard names: kind by content, digest, and whether it decodes.
//!
//! Looking into a file is remembered by its size, time and inode, so that a plan does not read gigabytes each time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use image::AnimationDecoder as _;
use image::codecs::gif::GifDecoder;
use storyreel_core::clip::Colours;
use storyreel_core::content::FileContent;
use storyreel_core::film::{FileFormat, InspectedMedia, Inventory, MediaFault, MediaKind, VideoDetails};
use storyreel_core::units::{Digest, Size};
use storyreel_media::picture_file::upright_size;

use crate::store::{digest_of, write_whole};

/// What playing a video or a sound shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayedMedia {
    /// What it is, with its length.
    pub kind: MediaKind,
    /// The picture of a video.
    pub video: Option<VideoDetails>,
}

/// Plays a video or a sound; `None` where there is nothing here to play it with, else why it does not play.
pub type Play<'a> = &'a dyn Fn(&Path, MediaKind) -> Result<Option<PlayedMedia>, String>;

/// Where is kept what was learnt of files.
#[derive(Debug, Clone, Default)]
pub struct InspectionFiles {
    /// In the store, which may not be there yet.
    pub store: PathBuf,
    /// Elsewhere, for as long as there is no store.
    pub elsewhere: Option<PathBuf>,
}

/// Looks at every path, relative to `folder`. What is learnt can be saved in `files`; `play` is asked about every video and
/// sound that is new.
#[must_use]
pub fn take(
    folder: &Path,
    paths: &BTreeSet<String>,
    files: InspectionFiles,
    play: Play<'_>,
) -> (Inventory, InspectionCache) {
    if paths.is_empty() {
        return (Inventory::new(), InspectionCache::default());
    }
    let mut cache = InspectionCache::load(files);
    let inventory = paths.iter().map(|path| (path.clone(), look(folder, path, &mut cache, play))).collect();
    (inventory, cache)
}

fn look(folder: &Path, path: &str, cache: &mut InspectionCache, play: Play<'_>) -> Result<InspectedMedia, MediaFault> {
    let file = folder.join(path);
    let facts = match fs::metadata(&file) {
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(MediaFault::Missing(beside(&file))),
        Err(error) => return Err(MediaFault::Unreadable(error.to_string())),
    };
    if !facts.is_file() {
        return Err(MediaFault::Unreadable("it is not a file".to_owned()));
    }
    let identity = identity(&facts);
    if let Some(media) = cache.recall(&file, &identity) {
        return Ok(media);
    }
    let found = found(&file, play)?;
    let digest = digest_of(&file).map_err(|error| MediaFault::Unreadable(error.to_string()))?;
    let media = InspectedMedia {
        digest,
        bytes: facts.len(),
        kind: found.played.kind,
        format: found.format,
        video: found.played.video,
    };
    cache.keep(&file, identity, &media);
    Ok(media)
}

/// Size, time of change and inode: what git and ninja trust, too.
fn identity(facts: &fs::Metadata) -> String {
    let time = facts.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{}.{}.{}", facts.len(), time.as_nanos(), inode(facts))
}

#[cfg(unix)]
fn inode(facts: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(facts)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

/// Names of the files in the folder of a missing one.
fn beside(file: &Path) -> Vec<String> {
    let entries = file.parent().and_then(|folder| fs::read_dir(folder).ok());
    let names = entries.into_iter().flatten().flatten().take(1000);
    names.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// What was found in a file.
struct InspectedFile {
    format: FileFormat,
    played: PlayedMedia,
}

impl InspectedFile {
    const fn other(kind: MediaKind, format: FileFormat) -> Self {
        Self { format, played: PlayedMedia { kind, video: None } }
    }
}

/// What a file is by its first bytes. A picture is decoded whole, a video and a sound are played: half a file is found
/// here and not after payment.
fn found(file: &Path, play: Play<'_>) -> Result<InspectedFile, MediaFault> {
    let content = fs::File::open(file).and_then(FileContent::read);
    let content = content.map_err(|error| MediaFault::Unreadable(error.to_string()))?;
    let (kind, format) = match content {
        FileContent::Apng => return moving_picture(file, picture(file)?, play),
        FileContent::Gif => return gif(file, play),
        FileContent::MovingWebp => {
            return picture(file).map(|size| InspectedFile::other(MediaKind::Image(size), FileFormat::MovingWebp));
        }
        FileContent::Png | FileContent::Jpeg | FileContent::Webp | FileContent::Tiff | FileContent::Bmp => {
            return picture(file).map(|size| InspectedFile::other(MediaKind::Image(size), FileFormat::Picture));
        }
        FileContent::Font => return Ok(InspectedFile::other(MediaKind::Font, FileFormat::Font)),
        FileContent::Unsupported { name, convert } => return Err(MediaFault::Unsupported { name, convert }),
        FileContent::Playlist(playlist) => {
            let why = format!("it is {playlist}, which only names other files: name what it plays");
            return Err(MediaFault::Unreadable(why));
        }
        FileContent::Nothing => return Err(MediaFault::Unreadable("it is empty".to_owned())),
        FileContent::Text(_) | FileContent::Other => {
            return Ok(InspectedFile::other(MediaKind::Other, FileFormat::Other));
        }
        FileContent::Mp4 => (MediaKind::Video(None), FileFormat::Mp4),
        FileContent::Mov => (MediaKind::Video(None), FileFormat::Mov),
        FileContent::Matroska => (MediaKind::Video(None), FileFormat::Mkv),
        FileContent::Played { is_video: true, .. } => (MediaKind::Video(None), FileFormat::Other),
        FileContent::M4a => (MediaKind::Audio(None), FileFormat::M4a),
        FileContent::Wav => (MediaKind::Audio(None), FileFormat::Wav),
        FileContent::Mp3 | FileContent::MpegAudio => (MediaKind::Audio(None), FileFormat::Mp3),
        FileContent::Flac => (MediaKind::Audio(None), FileFormat::Flac),
        FileContent::Ogg => (MediaKind::Audio(None), FileFormat::Ogg),
        FileContent::Adts | FileContent::Played { .. } => (MediaKind::Audio(None), FileFormat::Other),
    };
    let played = play(file, kind).map_err(MediaFault::Unreadable)?;
    let played = played.unwrap_or(PlayedMedia { kind, video: None });
    // The brand of the file may be that of films, and sound alone in it.
    let format = match (played.kind, format) {
        (MediaKind::Audio(_), FileFormat::Mp4 | FileFormat::Mov) => FileFormat::M4a,
        _ => format,
    };
    Ok(InspectedFile { format, played })
}

/// A picture that moves: a clip, whose first frame can stand for it.
fn moving_picture(file: &Path, size: Size, play: Play<'_>) -> Result<InspectedFile, MediaFault> {
    let played = play(file, MediaKind::Video(None)).map_err(MediaFault::Unreadable)?;
    Ok(match played {
        Some(played) => InspectedFile { format: FileFormat::Animation, played },
        None => InspectedFile::other(MediaKind::Image(size), FileFormat::Picture),
    })
}

/// A picture, or one that moves. How large it is comes first: the frames are decoded whole to be counted.
fn gif(file: &Path, play: Play<'_>) -> Result<InspectedFile, MediaFault> {
    let size = picture(file)?;
    if is_moving_gif(file) {
        return moving_picture(file, size, play);
    }
    Ok(InspectedFile::other(MediaKind::Image(size), FileFormat::Picture))
}

/// Whether a GIF has more than one frame.
fn is_moving_gif(file: &Path) -> bool {
    let Ok(file) = fs::File::open(file) else { return false };
    let Ok(decoder) = GifDecoder::new(io::BufReader::new(file)) else { return false };
    decoder.into_frames().take(2).flatten().count() == 2
}

fn picture(file: &Path) -> Result<Size, MediaFault> {
    upright_size(file).map_err(|error| MediaFault::Unreadable(error.to_string()))
}

/// What is known from looking into files, in this run and in earlier ones.
#[derive(Debug, Default)]
pub struct InspectionCache {
    files: InspectionFiles,
    known: BTreeMap<PathBuf, (String, InspectedMedia)>,
    changed: bool,
}

impl InspectionCache {
    fn load(files: InspectionFiles) -> Self {
        let in_store = fs::read_to_string(&files.store).ok();
        // The first run with a store finds what was learnt before there was one.
        let is_elsewhere = in_store.is_none();
        let text = in_store.or_else(|| fs::read_to_string(files.elsewhere.as_ref()?).ok()).unwrap_or_default();
        let known: BTreeMap<_, _> = text.lines().filter_map(Self::read_line).collect();
        let changed = is_elsewhere && !known.is_empty() && has_folder(&files.store);
        Self { files, known, changed }
    }

    fn read_line(line: &str) -> Option<(PathBuf, (String, InspectedMedia))> {
        let mut parts = line.splitn(5, ' ');
        let identity = parts.next()?;
        let digest = parts.next()?;
        let bytes = parts.next()?;
        let kind = parts.next()?;
        let path: String = serde_json::from_str(parts.next()?).ok()?;
        let media = read_media(digest.parse().ok()?, bytes.parse().ok()?, kind)?;
        Some((path.into(), (identity.to_owned(), media)))
    }

    fn recall(&self, file: &Path, identity: &str) -> Option<InspectedMedia> {
        self.known.get(file).filter(|(known, _)| known == identity).map(|(_, media)| media.clone())
    }

    fn keep(&mut self, file: &Path, identity: String, media: &InspectedMedia) {
        self.known.insert(file.to_owned(), (identity, media.clone()));
        self.changed = true;
    }

    /// Writes down what is new: in the store, if there is one. Forgetting costs only time, so a folder that cannot be
    /// written is no fault.
    pub fn save(&self) {
        if !self.changed {
            return;
        }
        let elsewhere = self.files.elsewhere.as_ref().filter(|file| made_folder_of(file));
        let target = if has_folder(&self.files.store) { Some(&self.files.store) } else { elsewhere };
        let Some(target) = target else { return };
        let mut text = String::new();
        for (path, (identity, media)) in &self.known {
            let Some(path) = path.to_str() else { continue };
            let digest = media.digest;
            let bytes = media.bytes;
            let kind = written_kind(media);
            text.push_str(&format!("{identity} {digest} {bytes} {kind} {}\n", serde_json::Value::from(path)));
        }
        let _ = write_whole(target, text.as_bytes(), true);
    }
}

fn has_folder(file: &Path) -> bool {
    file.parent().is_some_and(Path::is_dir)
}

fn made_folder_of(file: &Path) -> bool {
    file.parent().is_some_and(|folder| fs::create_dir_all(folder).is_ok())
}

/// Kind, length or pixels as seen upright, format, and the picture of a video, without spaces.
fn written_kind(media: &InspectedMedia) -> String {
    let (word, detail) = match media.kind {
        MediaKind::Image(size) => ("upright", size.to_string()),
        MediaKind::Video(time) => ("video", written_length(time)),
        MediaKind::Audio(time) => ("audio", written_length(time)),
        MediaKind::Font => ("font", String::new()),
        MediaKind::Other => ("other", String::new()),
    };
    let video = media.video.as_ref().map_or(String::new(), written_video);
    format!("{word}:{detail}:{}{video}", media.format)
}

fn written_video(video: &VideoDetails) -> String {
    let VideoDetails { size, rate, codec, colours, is_interlaced, sounds, heard } = video;
    let Colours { primaries, transfer } = colours;
    let scan = if *is_interlaced { "interlaced" } else { "progressive" };
    format!(":{size}:{rate}:{codec}:{primaries}:{transfer}:{scan}:{sounds}:{heard}")
}

/// What [`written_video`] wrote behind the first colon.
fn read_video(text: &str) -> Option<VideoDetails> {
    let mut parts = text.split(':');
    Some(VideoDetails {
        size: parts.next()?.parse().ok()?,
        rate: parts.next()?.parse().ok()?,
        codec: parts.next()?.to_owned(),
        colours: Colours { primaries: parts.next()?.parse().ok()?, transfer: parts.next()?.parse().ok()? },
        is_interlaced: parts.next()? == "interlaced",
        sounds: parts.next()?.parse().ok()?,
        heard: parts.next()?.parse().ok()?,
    })
}

fn written_length(length: Option<Duration>) -> String {
    match length {
        Some(length) => length.as_micros().to_string(),
        None => "?".to_owned(),
    }
}

/// What [`written_kind`] wrote; `None` for what was not known then and may be known now.
fn read_media(digest: Digest, bytes: u64, text: &str) -> Option<InspectedMedia> {
    let mut parts = text.splitn(4, ':');
    let word = parts.next()?;
    let detail = parts.next()?;
    let format = parts.next()?.parse().ok()?;
    let video = match parts.next() {
        Some(video) => Some(read_video(video)?),
        None => None,
    };
    let kind = match word {
        "upright" => MediaKind::Image(detail.parse().ok()?),
        "video" => MediaKind::Video(Some(read_length(detail)?)),
        "audio" => MediaKind::Audio(Some(read_length(detail)?)),
        "font" => MediaKind::Font,
        "other" => MediaKind::Other,
        _ => return None,
    };
    Some(InspectedMedia { digest, bytes, kind, format, video })
}

fn read_length(micros: &str) -> Option<Duration> {
    Some(Duration::from_micros(micros.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use storyreel_core::clip::{Primaries, Transfer};

    use super::*;

    #[test]
    fn what_was_learnt_reads_back_and_older_notes_are_learnt_anew() {
        let digest = Digest::of(b"x");
        let size = Size::new(1280, 720);
        let rate = "24000/1001".parse().expect("a rate");
        let codec = "h264".to_owned();
        let colours = Colours { primaries: Primaries::Bt2020, transfer: Transfer::Hlg };
        let video = Some(VideoDetails { size, rate, codec, colours, is_interlaced: true, sounds: 2, heard: 1 });
        let second = Some(Duration::from_secs(1));
        for media in [
            InspectedMedia { digest, bytes: 9, kind: MediaKind::Image(size), format: FileFormat::Picture, video: None },
            InspectedMedia { digest, bytes: 9, kind: MediaKind::Video(second), format: FileFormat::Mov, video },
            InspectedMedia { digest, bytes: 9, kind: MediaKind::Audio(second), format: FileFormat::M4a, video: None },
            InspectedMedia {
                digest,
                bytes: 9,
                kind: MediaKind::Image(size),
                format: FileFormat::MovingWebp,
                video: None,
            },
            InspectedMedia { digest, bytes: 9, kind: MediaKind::Font, format: FileFormat::Font, video: None },
            InspectedMedia { digest, bytes: 9, kind: MediaKind::Other, format: FileFormat::Other, video: None },
        ] {
            assert_eq!(read_media(digest, 9, &written_kind(&media)), Some(media));
        }
        for older in [
            "video:4000000",
            "video:?:mp4",
            "video:9:mp4:64x64:24:h264",
            "audio:?",
            "image:640x360",
            "image:640x360:picture",
            "",
        ] {
            assert_eq!(read_media(digest, 9, older), None, "{older}");
        }
    }
}
