//! What stands on disk under the paths that a storyboard names: kind by content, digest, and whether it decodes.
//!
//! Looking into a file is remembered by its size, time and inode, so that a plan does not read gigabytes each time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::film::{Inventory, Media, MediaFault, MediaKind};
use crate::store::{digest_of, write_whole};
use crate::units::Size;

/// Looks at every path, relative to `folder`. What is learnt can be saved in the file `remembered`; `length` measures a
/// video or a sound and may not know.
#[must_use]
pub fn take(
    folder: &Path,
    paths: &BTreeSet<String>,
    remembered: &Path,
    length: &dyn Fn(&Path, MediaKind) -> Option<Duration>,
) -> (Inventory, Looks) {
    if paths.is_empty() {
        return (Inventory::new(), Looks::default());
    }
    let mut looks = Looks::load(remembered);
    let inventory = paths.iter().map(|path| (path.clone(), look(folder, path, &mut looks, length))).collect();
    (inventory, looks)
}

fn look(
    folder: &Path,
    path: &str,
    memory: &mut Looks,
    length: &dyn Fn(&Path, MediaKind) -> Option<Duration>,
) -> Result<Media, MediaFault> {
    let file = folder.join(path);
    let facts = match fs::metadata(&file) {
        Ok(facts) => facts,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(MediaFault::Missing(beside(&file))),
        Err(error) => return Err(MediaFault::Unreadable(error.to_string())),
    };
    if !facts.is_file() {
        return Err(MediaFault::Unreadable("it is not a file".to_owned()));
    }
    let identity = identity(&facts);
    if let Some(media) = memory.recall(&file, &identity) {
        return Ok(media);
    }
    let kind = kind_of(&file, length)?;
    let digest = digest_of(&file).map_err(|error| MediaFault::Unreadable(error.to_string()))?;
    let media = Media { digest, bytes: facts.len(), kind };
    memory.keep(&file, identity, &media);
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

/// What a file is by its first bytes. A picture is decoded whole: a half file is found here and not after payment.
fn kind_of(file: &Path, length: &dyn Fn(&Path, MediaKind) -> Option<Duration>) -> Result<MediaKind, MediaFault> {
    let mut head = [0; 16];
    let read = fs::File::open(file).and_then(|mut file| file.read(&mut head));
    let head = &head[..read.map_err(|error| MediaFault::Unreadable(error.to_string()))?];
    if head.is_empty() {
        return Err(MediaFault::Unreadable("it is empty".to_owned()));
    }
    let sound = || MediaKind::Audio(length(file, MediaKind::Audio(None)));
    let is = |at: usize, magic: &[u8]| head.get(at..at + magic.len()) == Some(magic);
    if is(4, b"ftyp") && !is(8, b"heic") && !is(8, b"avif") || is(0, b"\x1A\x45\xDF\xA3") {
        return Ok(if is(8, b"M4A") { sound() } else { MediaKind::Video(length(file, MediaKind::Video(None))) });
    }
    let heard = is(0, b"RIFF") && is(8, b"WAVE") || is(0, b"ID3") || is(0, b"fLaC") || is(0, b"OggS");
    if heard || (head[0] == 0xFF && head.get(1).is_some_and(|byte| byte & 0xE0 == 0xE0 && byte & 0x06 != 0)) {
        return Ok(sound());
    }
    if image::guess_format(head).is_err() {
        return Ok(MediaKind::Other);
    }
    picture(file).map(MediaKind::Image)
}

fn picture(file: &Path) -> Result<Size, MediaFault> {
    let unreadable = |why: String| MediaFault::Unreadable(why);
    let mut reader = image::ImageReader::open(file)
        .and_then(image::ImageReader::with_guessed_format)
        .map_err(|error| unreadable(error.to_string()))?;
    // A picture of 64 megapixels takes 256 MB; the sides that models take end at 6,000 pixels.
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(512 << 20);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| unreadable(format!("it does not decode ({error})")))?;
    Ok(Size::new(picture.width(), picture.height()))
}

/// What looking into files told, in this run and in earlier ones.
#[derive(Debug, Default)]
pub struct Looks {
    file: PathBuf,
    known: BTreeMap<PathBuf, (String, Media)>,
    changed: bool,
}

impl Looks {
    fn load(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        let known = text.lines().filter_map(Self::read_line).collect();
        Self { file: file.to_owned(), known, changed: false }
    }

    fn read_line(line: &str) -> Option<(PathBuf, (String, Media))> {
        let mut parts = line.splitn(5, ' ');
        let (identity, digest, bytes, kind) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let path: String = serde_json::from_str(parts.next()?).ok()?;
        let media = Media { digest: digest.parse().ok()?, bytes: bytes.parse().ok()?, kind: read_kind(kind)? };
        Some((path.into(), (identity.to_owned(), media)))
    }

    fn recall(&self, file: &Path, identity: &str) -> Option<Media> {
        self.known.get(file).filter(|(known, _)| known == identity).map(|(_, media)| media.clone())
    }

    fn keep(&mut self, file: &Path, identity: String, media: &Media) {
        self.known.insert(file.to_owned(), (identity, media.clone()));
        self.changed = true;
    }

    /// Writes down what is new, if there is a store to keep it in. Forgetting costs only time, so a folder that cannot
    /// be written is no fault.
    pub fn save(&self) {
        if !self.changed || !self.file.parent().is_some_and(Path::is_dir) {
            return;
        }
        let mut text = String::new();
        for (path, (identity, media)) in &self.known {
            let Some(path) = path.to_str() else { continue };
            let (digest, bytes, kind) = (media.digest, media.bytes, written_kind(media.kind));
            text.push_str(&format!("{identity} {digest} {bytes} {kind} {}\n", serde_json::Value::from(path)));
        }
        let _ = write_whole(&self.file, text.as_bytes(), true);
    }
}

fn written_kind(kind: MediaKind) -> String {
    match kind {
        MediaKind::Image(size) => format!("image:{size}"),
        MediaKind::Video(None) => "video:?".to_owned(),
        MediaKind::Video(Some(length)) => format!("video:{}", length.as_micros()),
        MediaKind::Audio(None) => "audio:?".to_owned(),
        MediaKind::Audio(Some(length)) => format!("audio:{}", length.as_micros()),
        MediaKind::Other => "other:".to_owned(),
    }
}

fn read_kind(text: &str) -> Option<MediaKind> {
    let (kind, detail) = text.split_once(':')?;
    match kind {
        "image" => Some(MediaKind::Image(detail.parse().ok()?)),
        // A length that was not known then may be known now.
        "video" => Some(MediaKind::Video(Some(Duration::from_micros(detail.parse().ok()?)))),
        "audio" => Some(MediaKind::Audio(Some(Duration::from_micros(detail.parse().ok()?)))),
        "other" => Some(MediaKind::Other),
        _ => None,
    }
}
