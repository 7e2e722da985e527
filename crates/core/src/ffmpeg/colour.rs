//! What ffmpeg calls colours.

use crate::clip::{Colours, Primaries, Transfer};

/// What is written of colours, so that players need not guess.
pub(super) fn colour_tags(colours: Colours) -> String {
    let matrix = match colours.primaries {
        Primaries::Bt2020 => "bt2020nc",
        Primaries::Bt709 | Primaries::P3 => "bt709",
    };
    let primaries = match colours.primaries {
        Primaries::Bt709 => "bt709",
        Primaries::Bt2020 => "bt2020",
        Primaries::P3 => "smpte432",
    };
    let transfer = match colours.transfer {
        Transfer::Video => "bt709",
        Transfer::Hlg => "arib-std-b67",
        Transfer::Pq => "smpte2084",
    };
    format!("-color_range tv -colorspace {matrix} -color_primaries {primaries} -color_trc {transfer}")
}

/// What a filter calls the matrix that pictures of these colours are coded by.
pub(super) const fn matrix_name(colours: Colours) -> &'static str {
    match colours.primaries {
        Primaries::Bt2020 => "bt2020",
        Primaries::Bt709 | Primaries::P3 => "bt709",
    }
}
