//! Languages of spoken lines and subtitles, by their tags.

use std::fmt;
use std::str::FromStr;

use isolang::Language;

/// A tag such as `en`, `pt-BR` or `zh-Hant` (BCP 47): a language of ISO 639, and what tells its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LanguageTag {
    text: String,
    language: Language,
}

impl LanguageTag {
    /// The three letters of the language in ISO 639-2/T, as MP4 files have it.
    #[must_use]
    pub fn three_letters(&self) -> [u8; 3] {
        self.language.to_639_3().as_bytes().try_into().unwrap_or(*b"und")
    }

    /// What the language is called in English.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.language.to_name()
    }

    /// The most characters of a subtitle that are read in a second, by adults: what streaming services ask for (Netflix, Timed
    /// Text Style Guide, as its checks in Subtitle Edit have it, read on 2026-11-27).
    #[must_use]
    pub fn characters_per_second(&self) -> u64 {
        match self.language.to_639_3() {
            "ara" | "eng" => 20,
            "hin" => 22,
            "jpn" => 4,
            "kor" => 12,
            "zho" | "cmn" | "yue" => 9,
            _ => 17,
        }
    }

    /// The characters of a text as they count for reading: in Japanese, letters of half the width are half a character. In
    /// halves of a character.
    #[must_use]
    pub fn half_characters(&self, text: &str) -> u64 {
        let is_japanese = self.language.to_639_3() == "jpn";
        text.chars().map(|c| if is_japanese && c.is_ascii() { 1 } else { 2 }).sum()
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for LanguageTag {
    type Err = String;

    /// Reads a tag in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.trim().split('-');
        let first = parts.next().unwrap_or_default().to_ascii_lowercase();
        let language = match first.len() {
            2 => Language::from_639_1(&first),
            3 => Language::from_639_3(&first),
            _ => None,
        };
        let Some(language) = language else { return Err(format!("`{text}` is not the tag of a language")) };
        let mut tag = language.to_639_1().unwrap_or(&first).to_owned();
        for part in parts {
            if !(2..=8).contains(&part.len()) || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(format!("`{text}` is not the tag of a language"));
            }
            tag.push('-');
            tag.push_str(&match part.len() {
                // A country, and a script, as they are usually written.
                2 => part.to_ascii_uppercase(),
                4 => format!("{}{}", part[..1].to_ascii_uppercase(), part[1..].to_ascii_lowercase()),
                _ => part.to_ascii_lowercase(),
            });
        }
        Ok(Self { text: tag, language })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_in_any_case_and_have_the_letters_of_mp4() {
        for (text, tag, three, name) in [
            ("en", "en", "eng", "English"),
            ("PT-br", "pt-BR", "por", "Portuguese"),
            ("zh-hant", "zh-Hant", "zho", "Chinese"),
            ("jpn", "ja", "jpn", "Japanese"),
            ("gsw", "gsw", "gsw", "Swiss German"),
        ] {
            let read: LanguageTag = text.parse().expect("a tag");
            assert_eq!((read.to_string().as_str(), &read.three_letters()[..]), (tag, three.as_bytes()));
            assert_eq!(read.name(), name);
        }
        for text in ["", "english", "xx", "e", "en_US", "en-", "en-\u{e9}\u{e9}", "../en"] {
            assert!(text.parse::<LanguageTag>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_a_second_depends_on_the_language() {
        let limit = |tag: &str| tag.parse::<LanguageTag>().expect("a tag").characters_per_second();
        assert_eq!([limit("ja"), limit("zh-Hant"), limit("ko"), limit("de"), limit("en")], [4, 9, 12, 17, 20]);
        let japanese: LanguageTag = "ja".parse().expect("a tag");
        assert_eq!(japanese.half_characters("もう1晩"), 7);
    }
}
