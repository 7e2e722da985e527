//! Colours of cards, as the text gives them.

/// Red, green and blue of `#101820`, of `101820`, which needs no quotes, of `#123`, and of `black` and `white`.
#[must_use]
pub fn card_colour(text: &str) -> Option<[u8; 3]> {
    match text {
        "black" => return Some([0; 3]),
        "white" => return Some([0xff; 3]),
        _ => {}
    }
    let digits = text.strip_prefix('#').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        6 => {
            let value = u32::from_str_radix(digits, 16).ok()?;
            let [_, red, green, blue] = value.to_be_bytes();
            Some([red, green, blue])
        }
        3 if text.starts_with('#') => {
            let value = u16::from_str_radix(digits, 16).ok()?;
            // Each digit stands for two of it.
            Some([value >> 8, value >> 4 & 0xf, value & 0xf].map(|digit| (digit * 0x11) as u8))
        }
        _ => None,
    }
}

/// Whether the ground of a card is given as a picture.
#[must_use]
pub fn is_card_picture(text: &str) -> bool {
    !text.starts_with('#') && card_colour(text).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_they_are_written_and_all_else_names_a_picture() {
        assert_eq!(card_colour("#10182a"), Some([0x10, 0x18, 0x2a]));
        assert_eq!(card_colour("10182A"), Some([0x10, 0x18, 0x2a]));
        assert_eq!(card_colour("#f80"), Some([0xff, 0x88, 0]));
        assert_eq!(card_colour("white"), Some([0xff; 3]));
        for text in ["", "#", "#10182", "#10182g", "f80", "#\u{e9}\u{e9}\u{e9}", "sky.jpg"] {
            assert_eq!(card_colour(text), None, "{text}");
        }
        assert!(is_card_picture("sky.jpg") && !is_card_picture("#10182") && !is_card_picture("101820"));
    }
}
