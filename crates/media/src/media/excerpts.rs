//! Packets of sound from many places, decoded by one child.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use storyreel_core::ffmpeg::decode_packets;
use storyreel_core::timeline::SoundFormat;
use storyreel_mp4::aac::Config;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout};

use super::error::damaged;
use super::pcm::samples_of;
use super::run::tail;
use super::source::{ClipSource, read_sample};
use super::{Ffmpeg, MediaError};

/// A stream of packets that do not follow each other: the first of every excerpt only sets the decoder up.
pub(super) struct Excerpts {
    file: PathBuf,
    config: Option<Config>,
    stream: BufWriter<File>,
}

impl Excerpts {
    /// Begins a stream in `file`, for packets of one format.
    pub(super) fn new(file: &Path, format: SoundFormat) -> Result<Self, MediaError> {
        let stream = BufWriter::new(File::create(file).map_err(MediaError::file("write", file))?);
        Ok(Self { file: file.to_owned(), config: Config::new(format.rate, format.channels), stream })
    }

    /// Appends packets of a clip, by their numbers there.
    pub(super) fn add(&mut self, source: &ClipSource, packets: &Range<u64>) -> Result<(), MediaError> {
        let mut clip = File::open(&source.path).map_err(MediaError::file("read", &source.path))?;
        for packet in &source.packets()[packets.start as usize..packets.end as usize] {
            let head = self.config.and_then(|config| config.adts(packet.size));
            let head = head.ok_or_else(|| damaged(&source.path, "a packet of its sound is too long"))?;
            let bytes = read_sample(&mut clip, packet).map_err(MediaError::file("read", &source.path))?;
            let written = self.stream.write_all(&head).and_then(|()| self.stream.write_all(&bytes));
            written.map_err(MediaError::file("write", &self.file))?;
        }
        Ok(())
    }

    /// Ends the stream.
    pub(super) fn finish(&mut self) -> Result<(), MediaError> {
        self.stream.flush().map_err(MediaError::file("write", &self.file))
    }

    /// Starts decoding what is there to numbers, the samples of `channels` channels by turns.
    pub(super) fn decode(&self, ffmpeg: &Ffmpeg, channels: u32) -> Result<DecoderProcess, MediaError> {
        DecoderProcess::start(ffmpeg, &decode_packets(&self.file, channels), &self.file)
    }
}

/// A child that decodes to numbers.
pub(super) struct DecoderProcess {
    child: Child,
    out: ChildStdout,
    file: PathBuf,
}

impl DecoderProcess {
    pub(super) fn start(ffmpeg: &Ffmpeg, args: &[OsString], file: &Path) -> Result<Self, MediaError> {
        let mut child = ffmpeg.start(args, Stdio::null())?;
        let out = child.stdout.take().expect("standard output was piped when the child was spawned");
        Ok(Self { child, out, file: file.to_owned() })
    }

    /// Reads `count` numbers, or fewer where the sound ends.
    pub(super) async fn read(&mut self, count: usize) -> Result<Vec<f32>, MediaError> {
        let mut bytes = Vec::with_capacity(count * 4);
        let mut limited = (&mut self.out).take(count as u64 * 4);
        limited.read_to_end(&mut bytes).await.map_err(MediaError::file("decode the sound of", &self.file))?;
        Ok(samples_of(&bytes))
    }

    /// The child's own words, once it said less than it should have.
    pub(super) async fn fault(mut self) -> MediaError {
        drop(self.out);
        let tail = tail(self.child.stderr.take()).await;
        damaged(&self.file, format!("its sound could not be decoded: {tail}"))
    }
}
