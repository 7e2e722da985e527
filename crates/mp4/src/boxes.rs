//! Boxes: a length, a name of four letters, and content. Big-endian throughout.

/// Reads numbers off the front of some bytes; `None` where they end too early.
#[derive(Clone, Copy)]
pub(super) struct ByteReader<'a>(pub(super) &'a [u8]);

impl<'a> ByteReader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Version and flags of a full box.
    pub(super) fn version(&mut self) -> Option<u8> {
        self.array::<4>().map(|[version, ..]| version)
    }

    /// A number of 32 bits in version 0 of a box, of 64 in version 1.
    pub(super) fn wide(&mut self, version: u8) -> Option<u64> {
        if version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }

    /// The next box: its name and content.
    pub(super) fn next_box(&mut self) -> Option<(&'a [u8; 4], ByteReader<'a>)> {
        let whole = self.0.len();
        let head = self;
        let short = head.u32()?;
        let name: &[u8; 4] = head.take(4)?.try_into().ok()?;
        let content = match short {
            // The box ends with what holds it.
            0 => whole - 8,
            1 => usize::try_from(head.u64()?).ok()?.checked_sub(16)?,
            _ => (short as usize).checked_sub(8)?,
        };
        Some((name, ByteReader(head.take(content)?)))
    }

    /// The first box of that name among those that follow.
    pub(super) fn find(self, name: [u8; 4]) -> Option<ByteReader<'a>> {
        let mut rest = self;
        while let Some((found, content)) = rest.next_box() {
            if *found == name {
                return Some(content);
            }
        }
        None
    }

    /// The content of the box at the end of a path of names.
    pub(super) fn descend(self, path: &[[u8; 4]]) -> Option<ByteReader<'a>> {
        path.iter().try_fold(self, |place, &name| place.find(name))
    }
}

/// Writes a box: what `content` adds becomes its content.
pub(super) fn boxed(out: &mut Vec<u8>, name: [u8; 4], content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(name);
    content(out);
    let length = u32::try_from(out.len() - start).expect("an index is smaller than 4 GiB");
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

/// Writes a box with version and flags.
pub(super) fn full(out: &mut Vec<u8>, name: [u8; 4], version: u8, flags: u32, content: impl FnOnce(&mut Vec<u8>)) {
    boxed(out, name, |out| {
        put(out, u32::from(version) << 24 | flags);
        content(out);
    });
}

/// Appends a number of 32 bits.
pub(super) fn put(out: &mut Vec<u8>, number: u32) {
    out.extend(number.to_be_bytes());
}

/// Appends a number of 16 bits.
pub(super) fn put16(out: &mut Vec<u8>, number: u16) {
    out.extend(number.to_be_bytes());
}
