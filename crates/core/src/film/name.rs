//! What a film is called: its storyboard's file and what was chosen of it. Lock, film and report are named after it, so
//! two films from one storyboard never write over each other's files.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Overrides;
use crate::sanitize::ascii_letter;
use crate::units::Digest;

/// Letters of a slug before it is shortened.
const SLUG: usize = 40;

/// Letters of all slugs together before they are shortened: file systems take names of 255.
const SUFFIX: usize = 120;

/// Letters of a value that is written in full where the choices are listed.
const LONGEST_VALUE: usize = 80;

/// What makes one film of a storyboard out of the many that it can be.
#[derive(Debug, Clone, Copy, Default)]
pub struct FilmChoices<'a> {
    /// The cut.
    pub cut: Option<&'a str>,
    /// The row of a table.
    pub row: Option<&'a str>,
    /// The profile.
    pub profile: Option<&'a str>,
    /// Variables and their texts; of two for one variable the later one counts.
    pub vars: &'a [(String, String)],
}

impl<'a> FilmChoices<'a> {
    /// What the command line chose. A provider, a model or a resolution for every shot makes no other film.
    #[must_use]
    pub fn of(overrides: &'a Overrides) -> Self {
        let row = overrides.row.as_ref().map(|row| row.id.as_str());
        Self { cut: overrides.cut.as_deref(), row, profile: overrides.profile.as_deref(), vars: &overrides.vars }
    }
}

/// The name of a film: the stem of its storyboard's file, then its choices as slugs, joined by dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilmName {
    stem: OsString,
    /// The choices as slugs, joined by dots; empty for the plain film.
    suffix: String,
    options: String,
    /// Whether it is one of many films, of a row of a table.
    is_of_row: bool,
}

impl FilmName {
    /// The name of the film that `choices` make of a storyboard whose file has this stem.
    #[must_use]
    pub fn new(stem: &OsStr, choices: &FilmChoices<'_>) -> Self {
        let vars: BTreeMap<&str, &str> =
            choices.vars.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let mut options = Vec::new();
        let mut slugs = Vec::new();
        for (option, value) in [("--cut", choices.cut), ("--row", choices.row), ("--profile", choices.profile)] {
            options.extend(value.map(|value| format!("{option} {}", option_value(value))));
            slugs.extend(value.map(slug));
        }
        for (name, text) in vars {
            options.push(format!("--var {}={}", quoted(name), option_value(text)));
            slugs.push(slug(text));
        }
        let options = options.join(" ");
        let suffix = slugs.join(".");
        let suffix = if suffix.len() > SUFFIX { shortened(&suffix, SUFFIX, &options) } else { suffix };
        Self { stem: stem.to_owned(), suffix, options, is_of_row: choices.row.is_some() }
    }

    /// Whether nothing was chosen.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.suffix.is_empty()
    }

    /// What was chosen, as options of the command line: `--profile draft --var weather=fog`; empty for the plain film.
    /// Other choices give another text, also where they give the same name.
    #[must_use]
    pub fn options(&self) -> &str {
        &self.options
    }

    /// The name, and the options that make this film: `keeper.draft (--profile draft)`.
    #[must_use]
    pub fn described(&self) -> String {
        if self.is_plain() { self.to_string() } else { format!("{self} ({})", self.options) }
    }

    /// The name with an ending: `keeper.draft.lock.yaml`.
    #[must_use]
    pub fn file(&self, ending: &str) -> OsString {
        let mut name = self.stem.clone();
        name.push(self.dotted());
        name.push(ending);
        name
    }

    /// Where the lock of the film lies, from the folder of the storyboard: `keeper.lock.yaml`. Films of rows have a folder
    /// for theirs: `ad.locks/ad.moss-mug.lock.yaml`.
    #[must_use]
    pub fn lock_file(&self, ending: &str) -> PathBuf {
        let file = PathBuf::from(self.file(ending));
        if !self.is_of_row {
            return file;
        }
        let mut folder = self.stem.clone();
        folder.push(".locks");
        Path::new(&folder).join(file)
    }

    /// Where the lock of another film of the same name lies: of a profile that is called like a row, or the other way round.
    #[must_use]
    pub fn other_lock_file(&self, ending: &str) -> PathBuf {
        Self { is_of_row: !self.is_of_row, ..self.clone() }.lock_file(ending)
    }

    /// The same name of the plain film of the storyboard.
    #[must_use]
    pub fn plain(&self) -> Self {
        Self { stem: self.stem.clone(), suffix: String::new(), options: String::new(), is_of_row: false }
    }

    /// The file of this film where the plain one's is `plain`: `out/keeper.draft.mp4` beside `out/keeper.mp4`.
    #[must_use]
    pub fn beside(&self, plain: &Path) -> PathBuf {
        let Some(stem) = plain.file_stem().filter(|_| !self.is_plain()) else { return plain.to_owned() };
        let mut name = stem.to_owned();
        name.push(self.dotted());
        if let Some(ending) = plain.extension() {
            name.push(".");
            name.push(ending);
        }
        plain.with_file_name(name)
    }

    fn dotted(&self) -> String {
        if self.is_plain() { String::new() } else { format!(".{}", self.suffix) }
    }
}

impl std::fmt::Display for FilmName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.stem.to_string_lossy(), self.dotted())
    }
}

/// `text` as a part of a file's name: letters of a to z, digits and hyphens. A text that is a slug already stays as it
/// is; any other one ends with the beginning of its digest, so that `red shoes`, `Red Shoes` and `red-shoes` differ.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match ascii_letter(letter) {
            Some(letter) => slug.push(letter),
            None if slug.is_empty() || slug.ends_with('-') => {}
            None => slug.push('-'),
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug == text && !slug.is_empty() && slug.len() <= SLUG { slug } else { shortened(&slug, SLUG, text) }
}

/// The beginning of `slug`, and the beginning of the digest of what it stands for.
fn shortened(slug: &str, longest: usize, text: &str) -> String {
    let begin = slug.get(..longest).unwrap_or(slug).trim_end_matches(['-', '.']);
    let digest = Digest::of(text.as_bytes()).short();
    if begin.is_empty() { digest } else { format!("{begin}-{digest}") }
}

/// A value as an option's, on one line.
fn option_value(text: &str) -> String {
    if text.len() > LONGEST_VALUE { slug(text) } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    if !text.is_empty() && text.chars().all(needs_no_quotes) { text.to_owned() } else { format!("{text:?}") }
}

fn needs_no_quotes(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn vars(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn name(profile: Option<&str>, all: &[(&str, &str)]) -> FilmName {
        FilmName::new("keeper".as_ref(), &FilmChoices { profile, vars: &vars(all), ..FilmChoices::default() })
    }

    #[test]
    fn a_film_is_called_after_its_storyboard_and_its_choices() {
        assert_eq!(name(None, &[]).to_string(), "keeper");
        assert_eq!(name(Some("draft"), &[]).to_string(), "keeper.draft");
        let chosen = vars(&[("weather", "fog"), ("product", "moss-mug"), ("weather", "rain")]);
        let choices = FilmChoices { cut: Some("teaser"), row: Some("moss"), profile: Some("final"), vars: &chosen };
        let all = FilmName::new("ad".as_ref(), &choices);
        assert_eq!(all.to_string(), "ad.teaser.moss.final.moss-mug.rain");
        assert_eq!(all.options(), "--cut teaser --row moss --profile final --var product=moss-mug --var weather=rain");
        assert_eq!(all.file(".lock.yaml"), "ad.teaser.moss.final.moss-mug.rain.lock.yaml");
        assert_eq!(all.plain().file(".lock.yaml"), "ad.lock.yaml");
        assert!(all.plain().is_plain() && !all.is_plain());
        assert_eq!(name(Some("draft"), &[]).described(), "keeper.draft (--profile draft)");
        assert_eq!(all.plain().described(), "ad");
    }

    #[test]
    fn a_slug_stays_and_what_is_none_ends_with_its_digest() {
        for plain in ["red-shoes", "4k", "a", "2026-11-26"] {
            assert_eq!(slug(plain), plain);
        }
        for (text, begin) in [
            ("red shoes", "red-shoes-"),
            ("Red Shoes", "red-shoes-"),
            ("red_shoes", "red-shoes-"),
            ("-red-shoes", "red-shoes-"),
            ("red--shoes", "red-shoes-"),
            ("Café Zürich", "cafe-zurich-"),
            ("../../etc/passwd", "etc-passwd-"),
            ("con\u{0}\n\u{202e}", "con-"),
            ("もう一晩", ""),
            ("", ""),
        ] {
            let made = slug(text);
            let digest = made.strip_prefix(begin).unwrap_or_else(|| panic!("{made}"));
            assert_eq!(digest, Digest::of(text.as_bytes()).short(), "{text:?}");
        }
        let long = "a".repeat(300);
        assert_eq!(slug(&long).len(), SLUG + 9);
        assert_ne!(slug(&long), slug(&"a".repeat(301)));
    }

    #[test]
    fn many_choices_keep_a_name_that_file_systems_take() {
        let many: Vec<(String, String)> = (0..40).map(|n| (format!("v{n}"), format!("value-{n}"))).collect();
        let long = FilmName::new("ad".as_ref(), &FilmChoices { vars: &many, ..FilmChoices::default() });
        assert!(long.to_string().len() < 140, "{long}");
        let mut other = many.clone();
        other[39].1 = "another".to_owned();
        let other = FilmName::new("ad".as_ref(), &FilmChoices { vars: &other, ..FilmChoices::default() });
        assert_ne!(other.to_string(), long.to_string());
    }

    #[test]
    fn the_same_name_by_other_options_is_told_apart() {
        let same = [name(Some("fog"), &[]), name(None, &[("weather", "fog")]), name(None, &[("mood", "fog")])];
        assert!(same.iter().all(|name| name.to_string() == "keeper.fog"));
        let options: BTreeSet<&str> = same.iter().map(FilmName::options).collect();
        assert_eq!(options.len(), 3);
        assert_eq!(name(None, &[("a b", "x\ny \"z\"")]).options(), "--var \"a b\"=\"x\\ny \\\"z\\\"\"");
        let long = name(None, &[("a", &"long ".repeat(100))]);
        assert!(long.options().len() < 100, "{}", long.options());
    }

    #[test]
    fn the_file_of_a_film_lies_beside_that_of_the_plain_one() {
        let draft = name(Some("draft"), &[]);
        for (plain, expected) in [
            ("out/keeper.mp4", "out/keeper.draft.mp4"),
            ("film.v2.mov", "film.v2.draft.mov"),
            ("out/film", "out/film.draft"),
        ] {
            assert_eq!(draft.beside(Path::new(plain)), Path::new(expected));
            assert_eq!(draft.plain().beside(Path::new(plain)), Path::new(plain));
        }
    }

    proptest! {
        #[test]
        fn two_texts_never_share_a_slug(one in ".{0,60}", other in "[ -~]{0,50}") {
            let made = slug(&one);
            prop_assert!(!made.is_empty() && made.len() <= SLUG + 9);
            prop_assert!(made.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')));
            prop_assert!(!made.starts_with('-') && !made.ends_with('-'));
            prop_assert_eq!(one == other, made == slug(&other));
        }
    }
}
