//! Writing an index, in front of the media that it describes, so that a player can begin before it has the whole file.

use super::boxes::{boxed, full, put, put16};
use super::sample_entry;
use super::xmp::xmp_box;

/// A whole file but for its media.
#[derive(Debug, Clone, PartialEq)]
pub struct Movie {
    /// Ticks per second for the lengths of tracks.
    pub timescale: u32,
    /// The tracks; the first one is what chapters belong to.
    pub tracks: Vec<NewTrack>,
    /// The media in the order in which it follows the index. Every sample of every track is in exactly one chunk.
    pub chunks: Vec<Chunk>,
    /// What the file says of itself.
    pub tags: Tags,
}

/// A track to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTrack {
    /// What it holds.
    pub coding: Coding,
    /// Ticks per second of its samples.
    pub timescale: u32,
    /// Its samples in decoding order.
    pub samples: Vec<NewSample>,
    /// What is hidden at its beginning, in its own ticks: the delay of decoding, and the priming of sound.
    pub hidden: u32,
    /// How long it is shown, in ticks of the movie.
    pub length: u64,
}

/// How a track is coded.
#[derive(Debug, Clone, PartialEq)]
pub enum Coding {
    /// Pictures.
    Picture {
        /// The sample entry.
        entry: Vec<u8>,
        /// Pixels across.
        width: u16,
        /// Pixels down.
        height: u16,
    },
    /// Sound, by its sample entry.
    Sound(Vec<u8>),
    /// Titles of chapters. Each sample is made by [`text_sample`].
    Chapters,
    /// Subtitles along the lower edge of the pictures. Each sample is made by [`text_sample`]; one without words clears
    /// the screen.
    Subtitles {
        /// Pixels across: those of the pictures.
        width: u16,
        /// Pixels down that the words may take.
        height: u16,
        /// The language in three letters of ISO 639-2/T; `und` where none is named.
        language: [u8; 3],
    },
}

/// A sample to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSample {
    /// Its size in bytes.
    pub size: u32,
    /// How long it lasts, in ticks of its track.
    pub duration: u32,
    /// How much later than it is decoded it is shown, in ticks of its track.
    pub shift: u32,
    /// Whether decoding can begin with it.
    pub sync: bool,
}

/// Samples of one track that lie side by side in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// The track, by its place.
    pub track: usize,
    /// How many of its samples, above zero, from where its last chunk ended.
    pub samples: u32,
}

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// The title.
    pub title: String,
    /// A sentence on how it was made.
    pub comment: Option<String>,
    /// A packet of XMP, for programs.
    pub xmp: Option<String>,
}

impl Movie {
    /// The bytes that come before the media, to its very first byte.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        let media: u64 = self.tracks.iter().flat_map(|track| &track.samples).map(|sample| u64::from(sample.size)).sum();
        // The places of chunks depend on the size of the index, which does not depend on them.
        let wide = media + self.index_size(true) + 16 > u64::from(u32::MAX);
        let begin = self.index_size(wide) + if wide { 16 } else { 8 };
        let mut head = self.index(begin, wide);
        if wide {
            put(&mut head, 1);
            head.extend(b"mdat");
            head.extend((media + 16).to_be_bytes());
        } else {
            put(&mut head, media as u32 + 8);
            head.extend(b"mdat");
        }
        head
    }

    fn index_size(&self, wide: bool) -> u64 {
        self.index(0, wide).len() as u64
    }

    /// The bytes that come after the media.
    #[must_use]
    pub fn tail(&self) -> Vec<u8> {
        self.tags.xmp.as_deref().map_or_else(Vec::new, xmp_box)
    }

    fn index(&self, begin: u64, wide: bool) -> Vec<u8> {
        let mut places = vec![Vec::new(); self.tracks.len()];
        let mut counts = vec![Vec::new(); self.tracks.len()];
        let mut done = vec![0_usize; self.tracks.len()];
        let mut at = begin;
        for chunk in &self.chunks {
            let next = done[chunk.track] + chunk.samples as usize;
            places[chunk.track].push(at);
            counts[chunk.track].push(chunk.samples);
            let samples = &self.tracks[chunk.track].samples[done[chunk.track]..next];
            at += samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>();
            done[chunk.track] = next;
        }
        let mut out = Vec::new();
        boxed(&mut out, *b"ftyp", |out| {
            out.extend(sample_entry::brands(self.tracks.iter().find_map(NewTrack::picture)));
        });
        boxed(&mut out, *b"moov", |out| {
            self.movie_head(out);
            for (n, track) in self.tracks.iter().enumerate() {
                boxed(out, *b"trak", |out| {
                    self.track(out, n, track, &ChunkTable { places: &places[n], counts: &counts[n], wide });
                });
            }
            boxed(out, *b"udta", |out| self.tags.write(out));
        });
        out
    }

    fn picture_height(&self) -> u16 {
        for track in &self.tracks {
            if let Coding::Picture { height, .. } = track.coding {
                return height;
            }
        }
        0
    }

    fn movie_head(&self, out: &mut Vec<u8>) {
        full(out, *b"mvhd", 0, 0, |out| {
            // No times: equal films are equal files.
            put(out, 0);
            put(out, 0);
            put(out, self.timescale);
            put(out, ticks(self.tracks.iter().map(|track| track.length).max().unwrap_or_default()));
            put(out, 0x1_0000);
            put16(out, 0x100);
            out.extend([0; 10]);
            matrix(out, 0);
            out.extend([0; 24]);
            put(out, self.tracks.len() as u32 + 1);
        });
    }

    fn track(&self, out: &mut Vec<u8>, n: usize, track: &NewTrack, chunks: &ChunkTable<'_>) {
        let (width, height) = match track.coding {
            Coding::Picture { width, height, .. } | Coding::Subtitles { width, height, .. } => (width, height),
            Coding::Sound(_) | Coding::Chapters => (0, 0),
        };
        let words = matches!(track.coding, Coding::Subtitles { .. });
        let is_words = |track: &NewTrack| matches!(track.coding, Coding::Subtitles { .. });
        let is_second = words && self.tracks[..n].iter().any(is_words);
        // In the movie, and shown unless it is a list of chapters or one of several languages.
        let flags = if track.coding == Coding::Chapters || is_second { 2 } else { 3 };
        full(out, *b"tkhd", 0, flags, |out| {
            put(out, 0);
            put(out, 0);
            put(out, n as u32 + 1);
            put(out, 0);
            put(out, ticks(track.length));
            out.extend([0; 8]);
            put16(out, 0);
            // Of several tracks of words one is shown at a time.
            put16(out, if words { 3 } else { 0 });
            put16(out, if matches!(track.coding, Coding::Sound(_)) { 0x100 } else { 0 });
            put16(out, 0);
            matrix(out, if words { self.picture_height().saturating_sub(height) } else { 0 });
            put(out, u32::from(width) << 16);
            put(out, u32::from(height) << 16);
        });
        boxed(out, *b"edts", |out| {
            full(out, *b"elst", 0, 0, |out| {
                put(out, 1);
                put(out, ticks(track.length));
                put(out, track.hidden);
                put(out, 0x1_0000);
            });
        });
        let chapters = self.tracks.iter().position(|track| track.coding == Coding::Chapters);
        if let (0, Some(chapters)) = (n, chapters) {
            boxed(out, *b"tref", |out| boxed(out, *b"chap", |out| put(out, chapters as u32 + 1)));
        }
        boxed(out, *b"mdia", |out| track.media(out, chunks));
    }
}

/// Where the chunks of one track lie, and how many samples each holds.
struct ChunkTable<'a> {
    places: &'a [u64],
    counts: &'a [u32],
    wide: bool,
}

impl NewTrack {
    /// The sample entry of pictures.
    fn picture(&self) -> Option<&[u8]> {
        if let Coding::Picture { entry, .. } = &self.coding { Some(entry) } else { None }
    }

    fn language(&self) -> [u8; 3] {
        if let Coding::Subtitles { language, .. } = self.coding { language } else { *b"und" }
    }

    fn media(&self, out: &mut Vec<u8>, chunks: &ChunkTable<'_>) {
        let length: u64 = self.samples.iter().map(|sample| u64::from(sample.duration)).sum();
        full(out, *b"mdhd", 0, 0, |out| {
            put(out, 0);
            put(out, 0);
            put(out, self.timescale);
            put(out, ticks(length));
            put16(out, packed_language(self.language()));
            put16(out, 0);
        });
        let (handler, name) = match self.coding {
            Coding::Picture { .. } => (b"vide", "Picture"),
            Coding::Sound(_) => (b"soun", "Sound"),
            Coding::Chapters => (b"text", "Chapters"),
            Coding::Subtitles { .. } => (b"sbtl", "Subtitles"),
        };
        full(out, *b"hdlr", 0, 0, |out| {
            put(out, 0);
            out.extend(handler);
            out.extend([0; 12]);
            out.extend(name.as_bytes());
            out.push(0);
        });
        boxed(out, *b"minf", |out| {
            match self.coding {
                Coding::Picture { .. } => full(out, *b"vmhd", 0, 1, |out| out.extend([0; 8])),
                Coding::Sound(_) => full(out, *b"smhd", 0, 0, |out| out.extend([0; 4])),
                // QuickTime looks for a general head in tracks of words, other players do not mind.
                Coding::Chapters => boxed(out, *b"gmhd", general_head),
                Coding::Subtitles { .. } => full(out, *b"nmhd", 0, 0, |_| {}),
            }
            boxed(out, *b"dinf", |out| {
                full(out, *b"dref", 0, 0, |out| {
                    put(out, 1);
                    // The media is in this file.
                    full(out, *b"url ", 0, 1, |_| {});
                });
            });
            boxed(out, *b"stbl", |out| self.table(out, chunks));
        });
    }

    fn table(&self, out: &mut Vec<u8>, chunks: &ChunkTable<'_>) {
        full(out, *b"stsd", 0, 0, |out| {
            put(out, 1);
            match &self.coding {
                Coding::Picture { entry, .. } | Coding::Sound(entry) => out.extend(entry),
                Coding::Chapters => chapter_entry(out),
                Coding::Subtitles { width, height, .. } => subtitle_entry(out, *width, *height),
            }
        });
        full(out, *b"stts", 0, 0, |out| runs(out, self.samples.iter().map(|sample| sample.duration)));
        if self.samples.iter().any(|sample| sample.shift > 0) {
            full(out, *b"ctts", 0, 0, |out| runs(out, self.samples.iter().map(|sample| sample.shift)));
        }
        if self.samples.iter().any(|sample| !sample.sync) {
            full(out, *b"stss", 0, 0, |out| {
                let numbers = (1..).zip(&self.samples).filter(|(_, sample)| sample.sync).map(|(n, _)| n);
                put(out, numbers.clone().count() as u32);
                numbers.for_each(|n| put(out, n));
            });
        }
        full(out, *b"stsc", 0, 0, |out| chunk_sizes(out, chunks.counts));
        full(out, *b"stsz", 0, 0, |out| {
            put(out, 0);
            put(out, self.samples.len() as u32);
            self.samples.iter().for_each(|sample| put(out, sample.size));
        });
        full(out, if chunks.wide { *b"co64" } else { *b"stco" }, 0, 0, |out| {
            put(out, chunks.places.len() as u32);
            for &place in chunks.places {
                if chunks.wide { out.extend(place.to_be_bytes()) } else { put(out, place as u32) }
            }
        });
    }
}

/// Three letters of five bits each (ISO/IEC 14496-12, 8.4.2.3).
fn packed_language(letters: [u8; 3]) -> u16 {
    letters.iter().fold(0, |packed, letter| packed << 5 | u16::from(letter.wrapping_sub(0x60) & 0x1f))
}

/// A length in 32 bits: at the scales in use, that is four days.
fn ticks(length: u64) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// No turning, no scaling, `down` pixels from the top.
fn matrix(out: &mut Vec<u8>, down: u16) {
    for number in [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, u32::from(down) << 16, 0x4000_0000] {
        put(out, number);
    }
}

/// Values as pairs of how often and what.
fn runs(out: &mut Vec<u8>, values: impl Iterator<Item = u32>) {
    let mut runs: Vec<ValueRun> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some(run) if run.value == value => run.times += 1,
            _ => runs.push(ValueRun { times: 1, value }),
        }
    }
    put(out, runs.len() as u32);
    for run in runs {
        put(out, run.times);
        put(out, run.value);
    }
}

/// A value that is repeated.
struct ValueRun {
    times: u32,
    value: u32,
}

/// For each run of chunks of one size: its first chunk, the samples in each, and the one sample entry.
fn chunk_sizes(out: &mut Vec<u8>, counts: &[u32]) {
    let changes: Vec<usize> = (0..counts.len()).filter(|&n| n == 0 || counts[n] != counts[n - 1]).collect();
    put(out, changes.len() as u32);
    for n in changes {
        put(out, n as u32 + 1);
        put(out, counts[n]);
        put(out, 1);
    }
}

/// A sample of a track of words: the length of the text, and the text.
#[must_use]
pub fn text_sample(text: &str) -> Vec<u8> {
    // A length of 16 bits; cut between characters.
    let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
    let mut out = Vec::with_capacity(text.len() + 2);
    put16(&mut out, text.len() as u16);
    out.extend(text.as_bytes());
    out
}

fn general_head(out: &mut Vec<u8>) {
    full(out, *b"gmin", 0, 0, |out| out.extend([0, 0x40, 0x80, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0]));
    boxed(out, *b"text", |out| matrix(out, 0));
}

/// The plain text of Apple's players: black on nothing, in the system's font.
fn chapter_entry(out: &mut Vec<u8>) {
    boxed(out, *b"text", |out| {
        out.extend([0, 0, 0, 0, 0, 0, 0, 1]);
        out.extend([0; 4 + 4 + 6 + 8 + 8 + 2 + 2 + 1 + 2 + 6]);
        // The name of the font: none.
        out.push(0);
    });
}

/// 3GPP timed text (TS 26.245, 5.16): white, centred at the lower edge, one font.
fn subtitle_entry(out: &mut Vec<u8>, width: u16, height: u16) {
    boxed(out, *b"tx3g", |out| {
        out.extend([0, 0, 0, 0, 0, 0, 0, 1]);
        // No flags; centred across; at the bottom; no background.
        put(out, 0);
        out.extend([1, 0xff, 0, 0, 0, 0]);
        // The box of text: all of the track.
        [0, 0, height, width].into_iter().for_each(|side| put16(out, side));
        // All characters in font 1, plain, a quarter of the box high, white and opaque.
        let points = (height / 4).min(u16::from(u8::MAX)) as u8;
        out.extend([0, 0, 0, 0, 0, 1, 0, points, 255, 255, 255, 255]);
        boxed(out, *b"ftab", |out| out.extend(b"\0\x01\0\x01\x0aSans-Serif"));
    });
}

impl Tags {
    /// The list that every player reads, as iTunes defined it.
    fn write(&self, out: &mut Vec<u8>) {
        full(out, *b"meta", 0, 0, |out| {
            full(out, *b"hdlr", 0, 0, |out| {
                put(out, 0);
                out.extend(b"mdirappl");
                out.extend([0; 9]);
            });
            boxed(out, *b"ilst", |out| {
                let tags = [(*b"\xa9nam", Some(&self.title)), (*b"\xa9cmt", self.comment.as_ref())];
                for (name, text) in tags.into_iter().filter_map(|(name, text)| Some((name, text?))) {
                    boxed(out, name, |out| {
                        boxed(out, *b"data", |out| {
                            // UTF-8, no country.
                            put(out, 1);
                            put(out, 0);
                            out.extend(text.as_bytes());
                        });
                    });
                }
            });
        });
    }
}
