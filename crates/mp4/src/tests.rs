use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn picture(count: u32) -> NewTrack {
    let mut samples = Vec::new();
    for n in 0..count {
        let sync = n.is_multiple_of(9);
        samples.push(NewSample { size: 10 + n % 7, duration: 512, shift: 512 * (n % 3), sync });
    }
    let coding = Coding::Picture { entry: entry(), width: 64, height: 32 };
    NewTrack { coding, timescale: 12_288, samples, hidden: 1024, length: 900 }
}

fn entry() -> Vec<u8> {
    let sets = vec![
        parameter_sets::Set { kind: 7, id: 0, unit: vec![0x67, 100, 0, 31, 0x80] },
        parameter_sets::Set { kind: 8, id: 0, unit: vec![0x68, 0x80] },
    ];
    ParameterSets { form: parameter_sets::Form::Avc, head: vec![100, 0, 31], sets }.entry(64, 32)
}

fn sound(count: u32) -> NewTrack {
    let mut samples = Vec::new();
    for n in 0..count {
        samples.push(NewSample { size: 300 + n % 5, duration: 1024, shift: 0, sync: true });
    }
    let coding = Coding::Sound(aac::Config::new(48_000, 2).expect("it is known").entry(128_000));
    NewTrack { coding, timescale: 48_000, samples, hidden: 1024, length: 900 }
}

fn movie() -> Movie {
    let mut chunks = Vec::new();
    for (track, samples) in [(0, 12), (1, 10), (0, 12), (1, 10), (0, 6)] {
        chunks.push(Chunk { track, samples });
    }
    Movie {
        timescale: 12_288,
        tracks: vec![picture(30), sound(20)],
        chunks,
        tags: Tags { title: "A title".into(), comment: Some("A comment".into()), xmp: None },
    }
}

/// The content of `moov` in a file that begins with `head`.
fn moov(head: &[u8]) -> &[u8] {
    let boxes = FileBoxes::new(Cursor::new(head), head.len() as u64);
    let mut boxes = boxes.map(|found| found.expect("it is in memory"));
    let moov = boxes.find(|found| found.name == *b"moov").expect("it is there");
    &head[moov.content as usize..moov.end as usize]
}

#[test]
fn what_is_written_reads_back() {
    let movie = movie();
    let head = movie.head();
    let media: u64 = movie.tracks.iter().flat_map(|track| &track.samples).map(|sample| u64::from(sample.size)).sum();
    let tracks = read(moov(&head), head.len() as u64 + media).expect("it is whole");
    assert_eq!(tracks.len(), 2);
    for (track, new) in tracks.iter().zip(&movie.tracks) {
        assert_eq!((track.timescale, track.origin), (new.timescale, Some(-1024)));
        let shown =
            |n: usize| n.cast_signed() as i64 * i64::from(new.samples[0].duration) + i64::from(new.samples[n].shift);
        for (n, (sample, new)) in track.samples.iter().zip(&new.samples).enumerate() {
            assert_eq!((sample.size, sample.duration, sample.sync), (new.size, new.duration, new.sync));
            assert_eq!(sample.shown, shown(n));
        }
        assert_eq!(track.samples.len(), new.samples.len());
    }
    assert_eq!((tracks[0].kind, tracks[1].kind), (TrackKind::Picture, TrackKind::Sound));
    assert_eq!(tracks[0].entry, Some(entry()));
    // Samples lie one after another in the order of the chunks.
    let mut places: Vec<(u64, u32)> =
        tracks.iter().flat_map(|track| &track.samples).map(|sample| (sample.offset, sample.size)).collect();
    places.sort_unstable();
    let mut at = head.len() as u64;
    for (offset, size) in places {
        assert_eq!(offset, at);
        at += u64::from(size);
    }
    assert_eq!(tracks[0].samples[12].offset, tracks[1].samples[9].offset + u64::from(tracks[1].samples[9].size));
}

#[test]
fn every_cut_short_index_is_refused_or_read_without_a_panic() {
    let head = movie().head();
    let moov = moov(&head);
    for length in 0..moov.len() {
        let _ = read(&moov[..length], u64::MAX);
    }
    assert_eq!(read(&[], 0), Err(Mp4Fault::Incomplete("mvhd")));
    assert_eq!(read(moov, 100), Err(Mp4Fault::Contradiction("stco")));
}

#[test]
fn files_beyond_four_gigabytes_have_wide_places() {
    let mut movie = movie();
    movie.tracks[0].samples.iter_mut().for_each(|sample| sample.size = 1 << 29);
    let head = movie.head();
    let tracks = read(moov(&head), 1 << 40).expect("it is whole");
    assert_eq!(tracks[0].samples[0].offset, head.len() as u64);
    assert!(tracks[1].samples[19].offset > u64::from(u32::MAX));
}

#[test]
fn texts_are_cut_between_characters() {
    assert_eq!(text_sample("é"), [0, 2, 0xc3, 0xa9]);
    let long = text_sample(&"€".repeat(30_000));
    assert_eq!((long.len() - 2) % 3, 0);
    assert_eq!(usize::from(u16::from_be_bytes([long[0], long[1]])), long.len() - 2);
}

proptest! {
    #[test]
    fn hostile_indexes_do_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let head = movie().head();
        let mut moov = moov(&head).to_vec();
        for (place, byte) in changes {
            let place = place.index(moov.len());
            moov[place] = byte;
        }
        let _ = read(&moov, 1 << 20);
    }
}
