//! A packet of XMP (ISO 16684-1) in a `uuid` box behind everything else, so that no place in the file depends on it.

use super::boxes::boxed;

/// The box that holds XMP (Adobe, XMP Specification Part 3, 1.2.7).
const XMP: [u8; 16] = [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac];

/// The box of a packet, to stand at the end of a file.
pub(super) fn xmp_box(packet: &str) -> Vec<u8> {
    let mut out = Vec::new();
    boxed(&mut out, *b"uuid", |out| {
        out.extend(XMP);
        out.extend(packet.as_bytes());
    });
    out
}

/// The packet in the content of a `uuid` box; `None` where the box holds something else.
#[must_use]
pub fn xmp_packet(content: &[u8]) -> Option<&[u8]> {
    content.strip_prefix(&XMP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_reads_back() {
        let bytes = xmp_box("<x:xmpmeta/>");
        assert_eq!(bytes.len() as u32, u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        assert_eq!(&bytes[4..8], b"uuid");
        assert_eq!(xmp_packet(&bytes[8..]), Some(&b"<x:xmpmeta/>"[..]));
        assert_eq!(xmp_packet(b"0123456789abcdef<x:xmpmeta/>"), None);
    }
}
