//! A picture as it is sampled.

/// Rows of the sampled pictures. Their columns are those of the clip, so that detail and grain are seen as they are.
pub const ROWS: usize = 72;

/// Cells across and down of the small picture that is kept.
pub(super) const CELLS: (usize, usize) = (64, 36);

/// A picture as it comes from a decoder: every column of [`ROWS`] rows of it as 8 bit `yuv420p` in the range of television.
#[derive(Debug, Clone, Copy)]
pub struct SampledPicture<'a> {
    pub(super) width: usize,
    pub(super) luma: &'a [u8],
    pub(super) blue: &'a [u8],
    pub(super) red: &'a [u8],
}

impl<'a> SampledPicture<'a> {
    /// How many bytes a picture of `width` columns, an even number, has.
    #[must_use]
    pub const fn bytes(width: usize) -> usize {
        width * ROWS * 3 / 2
    }

    /// The picture that `bytes` spell; `None` where they are too few or too many.
    #[must_use]
    pub fn new(width: usize, bytes: &'a [u8]) -> Option<Self> {
        if width < CELLS.0 || !width.is_multiple_of(2) || bytes.len() != Self::bytes(width) {
            return None;
        }
        let (luma, chroma) = bytes.split_at(width * ROWS);
        let (blue, red) = chroma.split_at(width * ROWS / 4);
        Some(Self { width, luma, blue, red })
    }

    pub(super) fn rows(self) -> impl Iterator<Item = &'a [u8]> {
        self.luma.chunks_exact(self.width)
    }
}
