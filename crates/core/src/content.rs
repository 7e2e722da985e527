//! What a file is, by its bytes: names and promises of others are not believed. It reads only what it is handed.

use std::io::{self, Read, Seek, SeekFrom};

/// How many bytes are enough to tell.
pub const HEAD: usize = 512;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileContent {
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// A GIF picture.
    Gif,
    /// A WebP picture.
    Webp,
    /// A TIFF picture.
    Tiff,
    /// A bitmap.
    Bmp,
    /// A PNG picture that moves.
    Apng,
    /// A WebP picture that moves, which ffmpeg does not play.
    MovingWebp,
    /// A font: OpenType or TrueType, or a collection of them.
    Font,
    /// A known format that is not taken.
    Unsupported {
        /// What it is called, with its article.
        name: &'static str,
        /// The command that converts it; `FILE` stands for its path.
        convert: &'static str,
    },
    /// An MPEG-4 file.
    Mp4,
    /// An MPEG-4 file that says of itself that it holds sound alone.
    M4a,
    /// A `QuickTime` file.
    Mov,
    /// Matroska or `WebM`.
    Matroska,
    /// WAVE.
    Wav,
    /// MPEG layer III.
    Mp3,
    /// MPEG layer I or II.
    MpegAudio,
    /// AAC in a stream of its own.
    Adts,
    /// FLAC.
    Flac,
    /// Ogg.
    Ogg,
    /// Another container or sound that ffmpeg plays and no service takes.
    Played {
        /// ffmpeg's demuxer.
        demuxer: &'static str,
        /// Whether it usually holds moving pictures.
        is_video: bool,
    },
    /// A text that names other files to be played, and what kind of one.
    Playlist(&'static str),
    /// Another text, and what kind of one.
    Text(&'static str),
    /// No bytes at all, or white space alone.
    Nothing,
    /// Something else.
    Other,
}

/// How streams of pictures begin in Ogg: Theora, VP8 and Dirac.
const OGG_PICTURES: [&[u8]; 3] = [b"\x80theora", b"OVP80", b"BBCD\0"];

/// How DTS begins, of 16 and of 14 bits a word, in either order of bytes.
const DTS: [&[u8]; 4] = [b"\x7F\xFE\x80\x01", b"\xFE\x7F\x01\x80", b"\x1F\xFF\xE8\x00", b"\xFF\x1F\x00\xE8"];

/// The first bytes of a file.
struct FirstBytes<'a>(&'a [u8]);

impl FirstBytes<'_> {
    /// Whether `magic` stands at the byte `from`.
    fn has(&self, from: usize, magic: &[u8]) -> bool {
        self.0.get(from..).is_some_and(|rest| rest.starts_with(magic))
    }
}

impl FileContent {
    /// What begins with `head`, of which [`HEAD`] bytes are enough but for [`Self::read`].
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let head = FirstBytes(head);
        match head.0 {
            _ if head.has(0, b"\x89PNG\r\n\x1A\n") => {
                // The chunk that tells of its frames stands before the first of them.
                if contains(head.0, b"acTL") { Self::Apng } else { Self::Png }
            }
            _ if head.has(0, b"\xFF\xD8\xFF") => Self::Jpeg,
            _ if head.has(0, b"GIF87a") || head.has(0, b"GIF89a") => Self::Gif,
            _ if head.has(8, b"WEBPVP8X") && head.0.get(20).is_some_and(|flags| flags & 2 != 0) => Self::MovingWebp,
            _ if head.has(0, b"RIFF") && head.has(8, b"WEBP") => Self::Webp,
            _ if head.has(0, b"RIFF") && head.has(8, b"WAVE") => Self::Wav,
            _ if head.has(0, b"II*\0") && head.has(8, b"CR") => CAMERA_RAW,
            _ if head.has(0, b"II*\0") || head.has(0, b"MM\0*") => Self::Tiff,
            // `BM` alone is too little: the reserved bytes of a bitmap are zero.
            _ if head.has(0, b"BM") && head.has(6, &[0; 4]) => Self::Bmp,
            _ if head.has(4, b"ftypqt  ") => Self::Mov,
            _ if head.has(4, b"ftypM4A") || head.has(4, b"ftypM4B") => Self::M4a,
            _ if head.has(4, b"ftyp") => brand_of_picture(&head).unwrap_or(Self::Mp4),
            // QuickTime files older than `ftyp`.
            _ if [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"].iter().any(|name| head.has(4, *name)) => {
                Self::Mov
            }
            _ if head.has(0, b"OTTO\0") || head.has(0, b"\0\x01\0\0\0") || head.has(0, b"true\0") => Self::Font,
            _ if head.has(0, b"ttcf\0") => Self::Font,
            _ if head.has(0, b"\x1A\x45\xDF\xA3") => Self::Matroska,
            _ if head.has(0, b"ID3") => Self::Mp3,
            _ if head.has(0, b"fLaC") => Self::Flac,
            // The first page of every stream stands before all others.
            _ if head.has(0, b"OggS") && OGG_PICTURES.iter().any(|name| contains(head.0, name)) => {
                Self::Played { demuxer: "ogg", is_video: true }
            }
            _ if head.has(0, b"OggS") => Self::Ogg,
            _ if head.has(0, b"RF64") => Self::Wav,
            _ if head.has(0, b"RIFF") && head.has(8, b"AVI ") => Self::Played { demuxer: "avi", is_video: true },
            _ if head.has(0, b"FLV") => Self::Played { demuxer: "flv", is_video: true },
            _ if head.has(0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11") => Self::Played { demuxer: "asf", is_video: true },
            // Packets of 188 bytes, or with their time before each: 192.
            _ if (head.has(0, b"\x47") && head.has(188, b"\x47"))
                || (head.has(4, b"\x47") && head.has(196, b"\x47")) =>
            {
                Self::Played { demuxer: "mpegts", is_video: true }
            }
            _ if head.has(0, b"\0\0\x01\xBA") => Self::Played { demuxer: "mpeg", is_video: true },
            _ if head.has(0, b"\x06\x0E\x2B\x34\x02\x05\x01\x01") => Self::Played { demuxer: "mxf", is_video: true },
            _ if head.has(0, b"riff\x2E\x91\xCF\x11") => Self::Played { demuxer: "w64", is_video: false },
            _ if head.has(0, b".snd") => Self::Played { demuxer: "au", is_video: false },
            _ if head.has(0, b"wvpk") => Self::Played { demuxer: "wv", is_video: false },
            _ if head.has(0, b"#!AMR") => Self::Played { demuxer: "amr", is_video: false },
            _ if head.has(0, b"caff") => Self::Played { demuxer: "caf", is_video: false },
            _ if head.has(0, b"FORM") && (head.has(8, b"AIFF") || head.has(8, b"AIFC")) => {
                Self::Played { demuxer: "aiff", is_video: false }
            }
            [0x1F, 0x07, 0x00, 0x3F | 0xBF, ..] => Self::Played { demuxer: "dv", is_video: true },
            _ if head.has(0, b"DKIF") => Self::Played { demuxer: "ivf", is_video: true },
            _ if head.has(0, b"YUV4MPEG2 ") => Self::Played { demuxer: "yuv4mpegpipe", is_video: true },
            _ if head.has(0, b"TTA1") => Self::Played { demuxer: "tta", is_video: false },
            _ if DTS.iter().any(|sync| head.has(0, sync)) => Self::Played { demuxer: "dts", is_video: false },
            _ if head.has(4, b"\xF8\x72\x6F\xBA") => Self::Played { demuxer: "truehd", is_video: false },
            _ if head.has(4, b"\xF8\x72\x6F\xBB") => Self::Played { demuxer: "mlp", is_video: false },
            _ if head.has(0, b"\x0B\x77") => Self::Played { demuxer: "ac3", is_video: false },
            // An MPEG frame: eleven bits set, and a layer. AAC has twelve bits set and layer 0.
            [0xFF, second, ..] if second & 0xE6 == 0xE2 => Self::Mp3,
            [0xFF, second, ..] if second & 0xF6 == 0xF0 => Self::Adts,
            [0xFF, second, ..] if second & 0xE0 == 0xE0 && second & 0x06 != 0 => Self::MpegAudio,
            _ => unsupported(&head).unwrap_or_else(|| text(head.0)),
        }
    }

    /// What the whole of `file` is. A tag of ID3 stands before sounds of several formats, and before what only looks like
    /// one: what follows it decides.
    pub fn read(mut file: impl Read + Seek) -> io::Result<Self> {
        let mut head = head_at(&mut file, 0)?;
        let mut at = 0;
        // Some writers put a tag before the tag.
        for _ in 0..8 {
            let Some(length) = id3_length(&head) else { break };
            at += length;
            head = head_at(&mut file, at)?;
        }
        Ok(match Self::of(&head) {
            found if at == 0 => found,
            found @ (Self::Adts | Self::Flac | Self::MpegAudio | Self::Played { .. } | Self::Playlist(_)) => found,
            // Filling may follow the tag; whether there is sound behind it is found out by playing it.
            _ => Self::Mp3,
        })
    }

    /// The name of ffmpeg's demuxer for it, where it is read at all. ffmpeg that is told so opens no playlist.
    #[must_use]
    pub const fn demuxer(self) -> Option<&'static str> {
        Some(match self {
            Self::Mp4 | Self::M4a | Self::Mov => "mov",
            Self::Matroska => "matroska",
            Self::Wav => "wav",
            Self::Mp3 | Self::MpegAudio => "mp3",
            Self::Adts => "aac",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
            Self::Played { demuxer, .. } => demuxer,
            Self::Png => "png_pipe",
            Self::Jpeg => "jpeg_pipe",
            Self::Webp | Self::MovingWebp => "webp_pipe",
            Self::Gif => "gif",
            Self::Apng => "apng",
            Self::Tiff => "tiff_pipe",
            Self::Bmp => "bmp_pipe",
            Self::Font | Self::Unsupported { .. } | Self::Playlist(_) | Self::Text(_) | Self::Nothing | Self::Other => {
                return None;
            }
        })
    }

    /// Its media type, where it is something that services take or give.
    #[must_use]
    pub const fn media_type(self) -> Option<&'static str> {
        Some(match self {
            Self::Png | Self::Apng => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp | Self::MovingWebp => "image/webp",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            _ => return None,
        })
    }

    /// What it is, for a message about a file that should have been something else.
    #[must_use]
    pub const fn described(self) -> &'static str {
        match self {
            Self::Unsupported { name, .. } => name,
            Self::Font => "a font",
            Self::M4a => "an MPEG-4 file of sound alone",
            Self::Matroska => "Matroska or WebM",
            Self::MpegAudio => "MPEG sound of layer I or II",
            Self::Adts => "AAC",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Playlist(kind) | Self::Text(kind) => kind,
            Self::Played { demuxer, .. } => demuxer,
            Self::Nothing => "nothing",
            _ => match self.media_type() {
                Some(kind) => kind,
                None => "something else",
            },
        }
    }
}

fn head_at(file: &mut (impl Read + Seek), at: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    file.seek(SeekFrom::Start(at))?;
    file.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The bytes of the ID3 tag that begins here, its header and footer included.
fn id3_length(head: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', _, _, flags, size @ ..] = head else { return None };
    let size = size.get(..4)?;
    // Seven bits of each byte count (ID3v2.4.0, 3.1).
    let length = size.iter().fold(0_u64, |sum, byte| sum << 7 | u64::from(byte & 0x7F));
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    Some(10 + length + footer)
}

/// The picture that a container of films holds, by its first brand and those that it is compatible with; `None` for a film.
fn brand_of_picture(head: &FirstBytes<'_>) -> Option<FileContent> {
    let length = head.0.get(..4).map_or(0, |size| size.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte)));
    let brands = head.0.get(8..length.clamp(8, head.0.len())).unwrap_or_default();
    let first = head.0.get(8..11)?;
    let is_avif = first == b"avi" || brands.chunks(4).any(|brand| brand == b"avif");
    let name = match first {
        b"avi" | b"mif" | b"msf" if is_avif => "an AVIF picture",
        b"hei" | b"hev" => "a HEIC picture",
        b"mif" | b"msf" => "a HEIF picture",
        b"crx" => return Some(CAMERA_RAW),
        _ => return None,
    };
    let convert = if is_avif { "ffmpeg -i FILE picture.png" } else { "heif-convert FILE picture.png" };
    Some(FileContent::Unsupported { name, convert })
}

/// What a sensor saw, which must be developed first.
const CAMERA_RAW: FileContent =
    FileContent::Unsupported { name: "a camera raw picture", convert: "darktable-cli FILE picture.png" };

/// Formats that are known and not taken.
fn unsupported(head: &FirstBytes<'_>) -> Option<FileContent> {
    let (name, convert) = match head.0 {
        _ if head.has(0, b"\0\0\0\x0CJXL ") || head.has(0, b"\xFF\x0A") => {
            ("a JPEG XL picture", "djxl FILE picture.png")
        }
        _ if head.has(0, b"\0\0\0\x0CjP  ") => ("a JPEG 2000 picture", "ffmpeg -i FILE picture.png"),
        _ if head.has(0, b"8BPS") => ("a Photoshop document", "magick FILE -flatten picture.png"),
        _ if head.has(0, b"\x76\x2F\x31\x01") => ("an OpenEXR picture", "magick FILE picture.png"),
        _ if head.has(0, b"qoif") => ("a QOI picture", "ffmpeg -i FILE picture.png"),
        _ if head.has(0, b"SDPX") || head.has(0, b"XPDS") => ("a DPX picture", "ffmpeg -i FILE picture.png"),
        _ if head.has(0, b"%PDF") => ("a PDF document", "pdftoppm -png -singlefile FILE picture"),
        _ if is_coded_picture(head, &[0x67, 0x27, 0x47]) => ("a raw H.264 stream", "ffmpeg -i FILE clip.mp4"),
        _ if is_coded_picture(head, &[0x40, 0x42]) => ("a raw HEVC stream", "ffmpeg -i FILE clip.mp4"),
        _ if is_coded_picture(head, &[0xB3]) => ("a raw MPEG video stream", "ffmpeg -i FILE clip.mp4"),
        _ if is_coded_picture(head, &[0xB0]) => ("a raw MPEG-4 video stream", "ffmpeg -i FILE clip.mp4"),
        _ if head.has(0, b"MAC \x96\x0F") => ("a Monkey's Audio file", "ffmpeg -i FILE sound.wav"),
        _ if head.has(0, b"MPCK") || head.has(0, b"MP+\x07") => ("a Musepack file", "ffmpeg -i FILE sound.wav"),
        _ if head.has(0, b"DTSHDHDR") => ("a DTS-HD file", "ffmpeg -i FILE sound.wav"),
        _ if head.has(0, b".RMF") => ("a RealMedia file", "ffmpeg -i FILE clip.mp4"),
        _ if head.has(0, b"wOF2") || head.has(0, b"wOFF") => ("a font for web pages", "woff2_decompress FILE"),
        _ if head.has(0, b"MThd") => ("a MIDI file, which has notes and no sound", "fluidsynth -F sound.wav FILE"),
        _ if begins_with(head.0, b"<svg") || (begins_with(head.0, b"<?xml") && contains(head.0, b"<svg")) => {
            ("an SVG drawing", "rsvg-convert FILE -o picture.png")
        }
        _ => return None,
    };
    Some(FileContent::Unsupported { name, convert })
}

/// Whether coded pictures begin here without a container, which would say when each is shown: with a start code, and one of
/// these bytes. An access unit delimiter of H.264 or HEVC may stand before.
fn is_coded_picture(head: &FirstBytes<'_>, firsts: &[u8]) -> bool {
    let delimiters: [&[u8]; 3] = [b"", b"\0\0\0\x01\x09\xF0", b"\0\0\0\x01\x46\x01\x50"];
    let starts: [&[u8]; 2] = [b"\0\0\x01", b"\0\0\0\x01"];
    delimiters.iter().filter(|delimiter| head.has(0, delimiter)).any(|delimiter| {
        let rest = FirstBytes(&head.0[delimiter.len()..]);
        starts
            .iter()
            .any(|start| rest.has(0, start) && rest.0.get(start.len()).is_some_and(|byte| firsts.contains(byte)))
    })
}

/// What a text is; [`FileContent::Other`] where it is none.
fn text(head: &[u8]) -> FileContent {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    if text.is_empty() {
        return FileContent::Nothing;
    }
    match text {
        _ if begins_with(text, b"#EXTM3U") || begins_with(text, b"#EXTINF") => FileContent::Playlist("an HLS playlist"),
        _ if begins_with(text, b"ffconcat") || begins_with(text, b"# ffconcat") => {
            FileContent::Playlist("an ffconcat playlist")
        }
        _ if begins_with(text, b"v=0\n") || begins_with(text, b"v=0\r") => {
            FileContent::Playlist("a session description (SDP)")
        }
        _ if begins_with(text, b"[playlist]") => FileContent::Playlist("a PLS playlist"),
        _ if begins_with(text, b"rtsp://") || begins_with(text, b"RTSPtext") || begins_with(text, b"[Reference]") => {
            FileContent::Playlist("a reference to a stream")
        }
        _ if begins_with(text, b"<") && contains(text, b"<MPD") => FileContent::Playlist("a DASH playlist"),
        _ if begins_with(text, b"<") && (contains(text, b"<smil") || contains(text, b"<asx")) => {
            FileContent::Playlist("a playlist in XML")
        }
        _ if begins_with(text, b"<") => FileContent::Text("a web page or XML"),
        _ if begins_with(text, b"{") => FileContent::Text("JSON"),
        _ if is_text(text) => FileContent::Text("text"),
        _ => FileContent::Other,
    }
}

fn begins_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

fn is_text(head: &[u8]) -> bool {
    // The last character may be cut in two.
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole && !head.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn contents_are_told_by_the_first_bytes() {
        for (head, expected, media_type) in [
            (&b"\x89PNG\r\n\x1A\n...."[..], FileContent::Png, Some("image/png")),
            (b"\xFF\xD8\xFF\xE0", FileContent::Jpeg, Some("image/jpeg")),
            (b"GIF89a..", FileContent::Gif, Some("image/gif")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", FileContent::Webp, Some("image/webp")),
            (b"RIFF\x10\0\0\0WAVEfmt ", FileContent::Wav, Some("audio/wav")),
            (b"II*\0....", FileContent::Tiff, Some("image/tiff")),
            (b"BM\x10\0\0\0\0\0\0\0", FileContent::Bmp, Some("image/bmp")),
            (b"BM is how this text begins", FileContent::Text("text"), None),
            (b"\0\0\0\x18ftypisom", FileContent::Mp4, Some("video/mp4")),
            (b"\0\0\0\x14ftypqt  ", FileContent::Mov, Some("video/quicktime")),
            (b"\0\0\0\x08wide\0\0\0\0mdat", FileContent::Mov, Some("video/quicktime")),
            (b"\0\0\0\x18ftypM4A ", FileContent::M4a, None),
            (b"\x89PNG\r\n\x1A\n....IHDR.............\0\0\0\x08acTL", FileContent::Apng, Some("image/png")),
            (b"RIFF\x10\0\0\0WEBPVP8X\x0A\0\0\0\x12\0\0\0", FileContent::MovingWebp, Some("image/webp")),
            (b"RIFF\x10\0\0\0WEBPVP8X\x0A\0\0\0\x10\0\0\0", FileContent::Webp, Some("image/webp")),
            (b"\x1A\x45\xDF\xA3", FileContent::Matroska, None),
            (b"fLaC", FileContent::Flac, None),
            (b"OggS\0\x02 \x01vorbis", FileContent::Ogg, None),
            (b"OggS\0\x02 \x80theora\x03\x02", FileContent::Played { demuxer: "ogg", is_video: true }, None),
            (b"\x1F\x07\0\xBF\xF8", FileContent::Played { demuxer: "dv", is_video: true }, None),
            (b"\x7F\xFE\x80\x01\xFC", FileContent::Played { demuxer: "dts", is_video: false }, None),
            (b"\xFF\x1F\0\xE8\xF1", FileContent::Played { demuxer: "dts", is_video: false }, None),
            (b"TTA1\x01\0", FileContent::Played { demuxer: "tta", is_video: false }, None),
            (b"\x60\x38\xFF\xD8\xF8\x72\x6F\xBA", FileContent::Played { demuxer: "truehd", is_video: false }, None),
            (b"ID3\x04", FileContent::Mp3, Some("audio/mpeg")),
            (b"\xFF\xFB\x90\x64", FileContent::Mp3, Some("audio/mpeg")),
            (b"\xFF\xFD\x90\x64", FileContent::MpegAudio, None),
            (b"\xFF\xF1\x50\x80", FileContent::Adts, None),
            (b"RIFF\x10\0\0\0AVI LIST", FileContent::Played { demuxer: "avi", is_video: true }, None),
            (b"\0\x01\x02\x03\x04\x05", FileContent::Other, None),
            (b"", FileContent::Nothing, None),
        ] {
            let found = FileContent::of(head);
            assert_eq!((found, found.media_type()), (expected, media_type), "{head:?}");
        }
    }

    #[test]
    fn what_is_not_taken_is_named_with_the_command_that_converts_it() {
        for (head, named, program) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "a HEIC picture", "heif-convert"),
            (b"\0\0\0\x18ftypheix\0\0\0\0mif1heix", "a HEIC picture", "heif-convert"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1hei2", "a HEIF picture", "heif-convert"),
            (b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf", "an AVIF picture", "ffmpeg"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "an AVIF picture", "ffmpeg"),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "a camera raw picture", "darktable-cli"),
            (b"II*\0\x10\0\0\0CR\x02\0", "a camera raw picture", "darktable-cli"),
            (b"\0\0\0\x0CJXL \r\n\x87\n", "a JPEG XL picture", "djxl"),
            (b"8BPS\0\x01", "a Photoshop document", "magick"),
            (b"\0\0\0\x01\x67\x64\0", "a raw H.264 stream", "ffmpeg"),
            (b"\0\0\0\x01\x09\xF0\0\0\x01\x67\x64\0", "a raw H.264 stream", "ffmpeg"),
            (b"\0\0\x01\x40\x01\x0C", "a raw HEVC stream", "ffmpeg"),
            (b"\0\0\x01\xB3\x14", "a raw MPEG video stream", "ffmpeg"),
            (b"%PDF-1.7\n", "a PDF document", "pdftoppm"),
            (b"<?xml version=\"1.0\"?>\n<svg width=\"4\">", "an SVG drawing", "rsvg-convert"),
        ] {
            let found = FileContent::of(head);
            let FileContent::Unsupported { name, convert } = found else { panic!("{named}: {found:?}") };
            assert_eq!((name, found.demuxer(), found.media_type()), (named, None, None));
            assert!(convert.starts_with(program) && convert.contains("FILE"), "{convert}");
        }
        // A film whose compatible brands tell of nothing else.
        assert_eq!(FileContent::of(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), FileContent::Mp4);
    }

    #[test]
    fn transport_streams_are_known_with_times_and_without() {
        let played = FileContent::Played { demuxer: "mpegts", is_video: true };
        let mut stream = vec![0; HEAD];
        stream[0] = 0x47;
        stream[188] = 0x47;
        assert_eq!(FileContent::of(&stream), played);
        let mut stream = vec![0; HEAD];
        stream[4] = 0x47;
        stream[196] = 0x47;
        assert_eq!(FileContent::of(&stream), played);
    }

    #[test]
    fn texts_and_playlists_are_named_and_never_played() {
        for (text, expected) in [
            ("#EXTM3U\n#EXTINF:6.0,\nsecret.ts\n", "an HLS playlist"),
            ("\u{feff}  \n#extm3u\n", "an HLS playlist"),
            ("ffconcat version 1.0\nfile secret.mp4\n", "an ffconcat playlist"),
            ("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "a session description (SDP)"),
            ("[playlist]\nFile1=secret.mp3\n", "a PLS playlist"),
            ("<?xml version=\"1.0\"?>\n<MPD profiles=\"x\">", "a DASH playlist"),
            ("<ASX version=\"3\">", "a playlist in XML"),
            ("\n <html>", "a web page or XML"),
            ("{\"error\": 1}", "JSON"),
            ("1\n00:00:00,000 --> 00:00:01,000\n", "text"),
            (" \n", "nothing"),
        ] {
            let found = FileContent::of(text.as_bytes());
            assert_eq!((found.described(), found.demuxer(), found.media_type()), (expected, None, None), "{text}");
        }
        assert_eq!(
            FileContent::of("日".repeat(200).as_bytes().get(..HEAD).unwrap_or_default()),
            FileContent::Text("text")
        );
    }

    /// A file with an ID3 tag of this size before `after`.
    fn tagged(size: [u8; 4], after: &[u8]) -> Cursor<Vec<u8>> {
        let filling = vec![0; usize::from(size[2]) * 128 + usize::from(size[3])];
        Cursor::new([b"ID3\x03\0\0", &size[..], &filling, after].concat())
    }

    #[test]
    fn what_follows_a_tag_decides() {
        for (after, expected) in [
            (&b"\xFF\xFB\x90\x64"[..], FileContent::Mp3),
            (b"\0\0\0\0\xFF\xFB", FileContent::Mp3),
            (b"\xFF\xF1\x50\x80", FileContent::Adts),
            (b"fLaC", FileContent::Flac),
            (b"#EXTM3U\n", FileContent::Playlist("an HLS playlist")),
            (b"ID3\x03\0\0\0\0\0\x02..ffconcat version 1.0", FileContent::Playlist("an ffconcat playlist")),
            (b"some words", FileContent::Mp3),
            (b"", FileContent::Mp3),
        ] {
            for size in [[0, 0, 0, 10], [0, 0, 9, 3]] {
                assert_eq!(FileContent::read(tagged(size, after)).expect("memory"), expected, "{after:?}");
            }
        }
        assert_eq!(FileContent::read(Cursor::new(b"ID3\x03\0\0\x7F\x7F\x7F\x7F")).expect("memory"), FileContent::Mp3);
    }
}
