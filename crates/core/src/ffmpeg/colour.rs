//! What ffmpeg calls colours.

use crate::clip::{Colours, Primaries, Transfer};

/// What is written of colours, so that players need not guess.
pub(super) fn colour_tags(colours: Colours) -> String {
    let ColourNames { matrix, primaries, transfer } = ColourNames::of(colours);
    format!("-color_range tv -colorspace {matrix} -color_primaries {primaries} -color_trc {transfer}")
}

/// The filter that says of pictures that they have these colours, and leaves them as they are. New versions of ffmpeg (seen
/// with 9.0.2, not with 7.0.2) convert pictures of which nothing or something else is said to what is to be written of them.
pub(super) fn declared(colours: Colours) -> String {
    let ColourNames { matrix, primaries, transfer } = ColourNames::of(colours);
    format!("setparams=range=tv:colorspace={matrix}:color_primaries={primaries}:color_trc={transfer}")
}

/// What options and filters call the parts of colours.
struct ColourNames {
    matrix: &'static str,
    primaries: &'static str,
    transfer: &'static str,
}

impl ColourNames {
    const fn of(colours: Colours) -> Self {
        Self {
            matrix: match colours.primaries {
                Primaries::Bt2020 => "bt2020nc",
                Primaries::Bt709 | Primaries::P3 => "bt709",
            },
            primaries: match colours.primaries {
                Primaries::Bt709 => "bt709",
                Primaries::Bt2020 => "bt2020",
                Primaries::P3 => "smpte432",
            },
            transfer: match colours.transfer {
                Transfer::Video => "bt709",
                Transfer::Hlg => "arib-std-b67",
                Transfer::Pq => "smpte2084",
            },
        }
    }
}

/// What a filter calls the matrix that pictures of these colours are coded by.
pub(super) const fn matrix_name(colours: Colours) -> &'static str {
    match colours.primaries {
        Primaries::Bt2020 => "bt2020",
        Primaries::Bt709 | Primaries::P3 => "bt709",
    }
}
