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

/// Writes the film to `out`. A fault names the file it happened to, where it was one that is read.
pub(super) fn write(
    movie: &Movie,
    spans: &[Vec<SampleSpan>],
    files: &SplicedFiles,
    out: &Path,
) -> Result<(), (Option<PathBuf>, io::Error)> {
    let ours = |error| (None, error);
    let mut film = BufWriter::with_capacity(1 << 16, File::create(out).map_err(ours)?);
    film.write_all(&movie.head()).map_err(ours)?;
    let mut reader = SampleReader { files, open: None, buffer: Vec::new() };
    let mut done = vec![0; spans.len()];
    for chunk in &movie.chunks {
        let end = done[chunk.track] + chunk.samples as usize;
        let mut rest = &spans[chunk.track][done[chunk.track]..end];
        while let Some(first) = rest.first() {
            // Samples that lie side by side are read at once.
            let joined = |pair: &[SampleSpan]| {
                pair[0].file == pair[1].file && pair[0].offset + u64::from(pair[0].size) == pair[1].offset
            };
            let count = 1 + rest.windows(2).take_while(|pair| joined(pair)).count();
            let size: u64 = rest[..count].iter().map(|span| u64::from(span.size)).sum();
            reader.read(first, size).map_err(|error| (Some(files.paths[first.file].clone()), error))?;
            film.write_all(&reader.buffer).map_err(ours)?;
            rest = &rest[count..];
        }
        done[chunk.track] = end;
    }
    film.write_all(&movie.tail()).map_err(ours)?;
    film.into_inner().map_err(|error| ours(error.into_error()))?;
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
