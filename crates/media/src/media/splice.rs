//! The film's file: a new index, then the coded bytes of clips and of what was encoded for the joins, as they are.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use storyreel_mp4::{Chunk, Movie, NewTrack};

/// How much of each track lies side by side, in parts of a second: players read picture and sound by turns.
const CHUNK: u64 = 2;

/// Where the bytes of a sample come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SampleSpan {
    /// The file, by its place in the list.
    pub(super) file: usize,
    pub(super) offset: u64,
    pub(super) size: u32,
}

impl SampleSpan {
    /// Whether `next` lies right behind this in the same file.
    fn is_followed_by(self, next: Self) -> bool {
        self.file == next.file && self.offset + u64::from(self.size) == next.offset
    }
}

/// The files that a film's bytes come from, each opened when it is needed.
#[derive(Debug, Default)]
pub(super) struct SplicedFiles {
    paths: Vec<PathBuf>,
}

impl SplicedFiles {
    /// The place of `path`.
    pub(super) fn add(&mut self, path: &Path) -> usize {
        match self.paths.iter().position(|known| known == path) {
            Some(place) => place,
            None => {
                self.paths.push(path.to_owned());
                self.paths.len() - 1
            }
        }
    }
}

/// A track and the bytes of its samples.
#[derive(Debug)]
pub(super) struct Strand {
    pub(super) track: NewTrack,
    pub(super) spans: Vec<SampleSpan>,
}

/// Samples of all tracks in the order in which they lie in the file: half a second of each by turns.
pub(super) fn chunks(strands: &[Strand]) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut done = vec![(0_usize, 0_u64); strands.len()];
    let mut window = 1;
    while done.iter().zip(strands).any(|((samples, _), strand)| *samples < strand.spans.len()) {
        for (n, strand) in strands.iter().enumerate() {
            let limit = window * u64::from(strand.track.timescale) / CHUNK;
            let (samples, time) = &mut done[n];
            let from = *samples;
            while *samples < strand.spans.len() && *time < limit {
                *time += u64::from(strand.track.samples[*samples].duration);
                *samples += 1;
            }
            if *samples > from {
                chunks.push(Chunk { track: n, samples: (*samples - from) as u32 });
            }
        }
        window += 1;
    }
    chunks
}

/// Why a film could not be written.
#[derive(Debug)]
pub(super) enum SpliceFault {
    /// A file that it is made of could not be read.
    Read(PathBuf, io::Error),
    /// The film itself could not be written.
    Write(io::Error),
}

impl From<io::Error> for SpliceFault {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// Writes the film to `out`.
pub(super) fn write(
    movie: &Movie,
    spans: &[Vec<SampleSpan>],
    files: &SplicedFiles,
    out: &Path,
) -> Result<(), SpliceFault> {
    let mut film = BufWriter::with_capacity(1 << 16, File::create(out)?);
    film.write_all(&movie.head())?;
    let mut reader = SampleReader { files, open: None, buffer: Vec::new() };
    let mut done = vec![0; spans.len()];
    for chunk in &movie.chunks {
        let end = done[chunk.track] + chunk.samples as usize;
        let mut rest = &spans[chunk.track][done[chunk.track]..end];
        while let Some(first) = rest.first() {
            // Samples that lie side by side are read at once.
            let count = 1 + rest.windows(2).take_while(|pair| pair[0].is_followed_by(pair[1])).count();
            let size: u64 = rest[..count].iter().map(|span| u64::from(span.size)).sum();
            let read = reader.read(first, size);
            read.map_err(|error| SpliceFault::Read(files.paths[first.file].clone(), error))?;
            film.write_all(&reader.buffer)?;
            rest = &rest[count..];
        }
        done[chunk.track] = end;
    }
    film.write_all(&movie.tail())?;
    film.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(())
}

struct SampleReader<'a> {
    files: &'a SplicedFiles,
    /// Runs of samples come from one file: only that one is open.
    open: Option<(usize, File)>,
    buffer: Vec<u8>,
}

impl SampleReader<'_> {
    fn read(&mut self, span: &SampleSpan, size: u64) -> io::Result<()> {
        let file = match &mut self.open {
            Some((place, file)) if *place == span.file => file,
            open => &mut open.insert((span.file, File::open(&self.files.paths[span.file])?)).1,
        };
        file.seek(SeekFrom::Start(span.offset))?;
        self.buffer.resize(size as usize, 0);
        file.read_exact(&mut self.buffer)
    }
}
