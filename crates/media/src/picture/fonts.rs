//! Which font draws which character. The bundled family comes first; the system's fonts are scanned only when a text
//! holds something it lacks. The choice depends on the text and the installed fonts alone, never on what was set
//! before, so that the same text always looks the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cosmic_text::fontdb::{Database, FaceInfo, ID, Language, Source, Stretch, Style, Weight};
use cosmic_text::skrifa::{FontRef, MetadataProvider as _};
use cosmic_text::{FontSystem, SwashCache};

use super::{CardFont, text};

/// The family name of the bundled fonts.
pub(super) const BUNDLED: &str = "Storyreel Sans";

/// Begins the names under which system families are known, so that none stands in for the bundled one.
const ADOPTED: &str = "system ";

/// Begins the names under which fonts of the user's are known.
const GIVEN: &str = "given ";

/// What stands for a character no font can draw.
const REPLACEMENT: char = '□';

/// Glyph images kept between texts; beyond this the cache starts anew.
const MOST_GLYPHS: usize = 8_192;

const FACES: [&[u8]; 3] = [
    include_bytes!("fonts/StoryreelSans-Regular.otf"),
    include_bytes!("fonts/StoryreelSans-Bold.otf"),
    include_bytes!("fonts/StoryreelSans-Italic.otf"),
];

const EMOJI: &[&str] = &["Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji", "Twitter Color Emoji"];
const CHINESE: &[&str] = &["Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "Source Han Sans SC"];
const JAPANESE: &[&str] = &["Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Source Han Sans"];
const KOREAN: &[&str] = &["Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic"];
const COMMON: &[&str] = &[
    "Noto Sans",
    "DejaVu Sans",
    "Segoe UI",
    "Arial Unicode MS",
    "Arial",
    "Noto Sans Symbols",
    "Noto Sans Symbols 2",
    "Noto Sans Symbols2",
    "Segoe UI Symbol",
    "Apple Symbols",
];

/// Fonts that draw every character as a box with its number: worse than our own sign for "cannot draw".
const BOXES: &[&str] = &["LastResort", "Last Resort", "Adobe Blank", "Unicode BMP Fallback"];

/// The fonts and what has been rasterised with them.
pub(super) struct FontLibrary {
    /// Holds the bundled faces and those system faces that some text needed.
    pub(super) system: FontSystem,
    pub(super) glyphs: SwashCache,
    bundled: Coverage,
    installed: Option<Installed>,
    /// Fonts of the user's, by the names of their families.
    given: HashMap<Arc<str>, Coverage>,
    found: HashMap<(char, FontPreference), Option<Arc<str>>>,
    /// Bytes of text that were broken into lines, each as often as that was done: the work that text makes.
    #[cfg(test)]
    pub(super) laid: usize,
}

/// A stretch of text and the family that draws it.
pub(super) struct FontRun {
    pub(super) text: String,
    pub(super) family: Arc<str>,
}

/// What decides which font draws a character.
struct FontChoice<'a> {
    han: FontPreference,
    bundled: Arc<str>,
    /// A family of the user's, which comes before all others.
    given: Option<&'a Arc<str>>,
}

/// Whether the bytes are those of a font that has characters.
pub(super) fn is_font(bytes: &[u8]) -> bool {
    FontRef::from_index(bytes, 0).is_ok_and(|font| !Coverage::of(&font).0.is_empty())
}

/// Which fonts to prefer for a character.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum FontPreference {
    Plain,
    Emoji,
    Chinese,
    Japanese,
    Korean,
}

impl FontPreference {
    fn families(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[],
            Self::Emoji => EMOJI,
            Self::Chinese => CHINESE,
            Self::Japanese => JAPANESE,
            Self::Korean => KOREAN,
        }
    }

    /// How Han characters in `text` are to look: as in the language whose own letters stand beside them.
    fn for_han(text: &str) -> Self {
        if text.chars().any(text::is_kana) {
            Self::Japanese
        } else if text.chars().any(text::is_hangul) {
            Self::Korean
        } else {
            Self::Chinese
        }
    }
}

impl FontLibrary {
    pub(super) fn new() -> Self {
        let mut db = Database::new();
        for face in FACES {
            db.load_font_source(Source::Binary(Arc::new(face)));
        }
        let bundled = FontRef::new(FACES[0]).map(|font| Coverage::of(&font)).unwrap_or_default();
        let system = FontSystem::new_with_locale_and_db("en-US".to_owned(), db);
        Self {
            system,
            glyphs: SwashCache::new(),
            bundled,
            installed: None,
            given: HashMap::new(),
            found: HashMap::new(),
            #[cfg(test)]
            laid: 0,
        }
    }

    /// Cuts clean text into stretches of one family each. What no font can draw becomes a visible sign.
    /// `given` is a family of [`Self::adopt_given`], which draws what it has.
    pub(super) fn runs(&mut self, text: &str, given: Option<&Arc<str>>) -> Vec<FontRun> {
        if self.glyphs.image_cache.len() > MOST_GLYPHS {
            self.glyphs.image_cache.clear();
        }
        let choice = FontChoice { han: FontPreference::for_han(text), bundled: BUNDLED.into(), given };
        let mut runs: Vec<FontRun> = Vec::new();
        for word in text.split_inclusive([' ', '\n']) {
            for run in self.shape_word(word, &choice) {
                match runs.last_mut() {
                    Some(last) if last.family == run.family => last.text.push_str(&run.text),
                    _ => runs.push(run),
                }
            }
        }
        runs
    }

    /// The file of a face in which text was set, and its place in that file.
    pub(super) fn face_data(&self, id: ID) -> Option<(Vec<u8>, u32)> {
        self.system.db().with_face_data(id, |data, index| (data.to_vec(), index))
    }

    /// The family of a font of the user's.
    pub(super) fn adopt_given(&mut self, font: &CardFont) -> Arc<str> {
        let name: Arc<str> = format!("{GIVEN}{}", font.digest).into();
        if self.given.contains_key(&name) {
            return name;
        }
        let read = FontRef::from_index(&font.bytes, 0);
        let coverage = read.map(|font| Coverage::of(&font)).unwrap_or_default();
        self.given.insert(name.clone(), coverage);
        let faces = self.system.db_mut();
        let loaded = faces.load_font_source(Source::Binary(font.bytes.clone()));
        let face = loaded.first().and_then(|id| faces.face(*id)).cloned();
        loaded.iter().for_each(|id| faces.remove_face(*id));
        // One face serves both weights that text is set in.
        for weight in [Weight::NORMAL, Weight::BOLD] {
            if let Some(face) = face.clone() {
                let families = vec![(name.to_string(), Language::English_UnitedStates)];
                let stretch = Stretch::Normal;
                faces.push_face_info(FaceInfo { families, weight, stretch, style: Style::Normal, ..face });
            }
        }
        name
    }

    fn shape_word(&mut self, word: &str, choice: &FontChoice<'_>) -> Vec<FontRun> {
        let bundled = &choice.bundled;
        let mut parts: Vec<FontRun> = clusters(word)
            .map(|cluster| match self.family(cluster, choice) {
                Some(family) => FontRun { text: self.drawable(cluster, &family), family },
                None => FontRun { text: REPLACEMENT.to_string(), family: bundled.clone() },
            })
            .collect();
        // The text engine orders the glyphs of a right-to-left word by font first. So the font of its letters draws
        // all of the word that it can: punctuation then stands on the right side.
        let lead = parts.iter().find(|part| part.text.starts_with(text::is_right_to_left));
        if let Some(lead) = lead.map(|part| part.family.clone()) {
            for part in parts.iter_mut().filter(|part| part.family == *bundled) {
                if part.text.chars().all(|c| c != ' ' && self.draws(&lead, c)) {
                    part.family = lead.clone();
                }
            }
        }
        parts
    }

    /// The characters of `text`, each once and in order, that no font can draw.
    pub(super) fn missing(&mut self, text: &str) -> Vec<char> {
        let choice = FontChoice { han: FontPreference::for_han(text), bundled: BUNDLED.into(), given: None };
        let mut missing = Vec::new();
        let mut buffer = [0; 4];
        for c in text.chars().filter(|&c| c != REPLACEMENT && !is_control_form(c)) {
            if !missing.contains(&c) && self.family(c.encode_utf8(&mut buffer), &choice).is_none() {
                missing.push(c);
            }
        }
        missing
    }

    fn family(&mut self, cluster: &str, choice: &FontChoice<'_>) -> Option<Arc<str>> {
        let FontChoice { han, bundled, given } = choice;
        let base = cluster.chars().next()?;
        let emoji = cluster.contains(text::COLOUR_FORM) || (text::is_emoji(base) && !cluster.contains('\u{fe0e}'));
        let own = given.filter(|_| !emoji && base != '\n');
        if let Some(own) = own.filter(|own| cluster.chars().all(|c| is_control_form(c) || self.draws(own, c))) {
            return Some(own.clone());
        }
        let lacking = cluster.chars().find(|&c| !is_control_form(c) && !self.bundled.has(c));
        if base == '\n' || (!emoji && lacking.is_none()) {
            return Some(bundled.clone());
        }
        let wish = match base {
            _ if emoji => FontPreference::Emoji,
            _ if text::is_cjk(base) => *han,
            _ => FontPreference::Plain,
        };
        // A base that is bundled may carry an accent that is not: then the font of the accent draws both.
        let asked = if emoji { base } else { lacking.unwrap_or(base) };
        self.look_up(asked, wish).or_else(|| self.bundled.has(base).then(|| bundled.clone()))
    }

    /// The cluster without accents its family lacks: the text engine would take them from whatever other face it
    /// happens to hold by then.
    fn drawable(&self, cluster: &str, family: &str) -> String {
        let mut chars = cluster.chars();
        let base = chars.next();
        base.into_iter().chain(chars.filter(|&c| is_control_form(c) || self.draws(family, c))).collect()
    }

    fn draws(&self, family: &str, c: char) -> bool {
        if let Some(given) = self.given.get(family) {
            return given.has(c);
        }
        match &self.installed {
            Some(installed) if family != BUNDLED => installed.has(family, c),
            _ => self.bundled.has(c),
        }
    }

    fn look_up(&mut self, c: char, wish: FontPreference) -> Option<Arc<str>> {
        if let Some(found) = self.found.get(&(c, wish)) {
            return found.clone();
        }
        let installed = self.installed.get_or_insert_with(Installed::scan);
        let found = installed.find(c, wish).map(|family| installed.adopt(&family, self.system.db_mut()));
        self.found.insert((c, wish), found.clone());
        found
    }
}

/// Splits text into bases with everything that is drawn onto them or joined to them.
fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut before = rest.chars().next()?;
        let after = rest.char_indices().skip(1).find(|&(_, c)| {
            let joined = text::extends(c) || before == text::JOINER;
            before = c;
            !joined
        });
        let (cluster, tail) = rest.split_at(after.map_or(rest.len(), |(at, _)| at));
        rest = tail;
        Some(cluster)
    })
}

/// Characters that only choose a form and have no shape of their own.
fn is_control_form(c: char) -> bool {
    matches!(c, text::JOINER | text::LEFT_TO_RIGHT | text::RIGHT_TO_LEFT | '\u{200c}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The system's fonts, by family name.
struct Installed {
    db: Database,
    families: BTreeMap<String, FontFamily>,
    coverage: HashMap<ID, Coverage>,
}

struct FontFamily {
    regular: ID,
    bold: ID,
    adopted: Option<Arc<str>>,
}

/// The face of a family that comes nearest to an upright one of usual width and of `weight`.
fn nearest(faces: &[&FaceInfo], weight: u16) -> Option<ID> {
    let nearest = faces.iter().min_by_key(|face| {
        let slanted = face.style != Style::Normal;
        let stretched = face.stretch != Stretch::Normal;
        (slanted, stretched, face.weight.0.abs_diff(weight))
    });
    nearest.map(|face| face.id)
}

impl Installed {
    fn scan() -> Self {
        let mut db = Database::new();
        db.load_system_fonts();
        let mut faces: BTreeMap<String, Vec<&FaceInfo>> = BTreeMap::new();
        for face in db.faces() {
            if let Some((name, _)) = face.families.first().filter(|(name, _)| !BOXES.contains(&name.as_str())) {
                faces.entry(name.clone()).or_default().push(face);
            }
        }
        let mut families = BTreeMap::new();
        for (name, mut faces) in faces {
            faces.sort_by(|a, b| (&a.post_script_name, a.index).cmp(&(&b.post_script_name, b.index)));
            if let (Some(regular), Some(bold)) = (nearest(&faces, 400), nearest(&faces, 700)) {
                families.insert(name, FontFamily { regular, bold, adopted: None });
            }
        }
        Self { db, families, coverage: HashMap::new() }
    }

    /// The name of the first family that has `c`: those wished for, then the common ones, then the rest by name.
    fn find(&mut self, c: char, wish: FontPreference) -> Option<String> {
        let Self { db, families, coverage } = self;
        let preferred = wish.families().iter().chain(COMMON).filter_map(|&name| families.get_key_value(name));
        let mut order = preferred.chain(families.iter());
        let found = order.find(|(_, family)| {
            coverage.entry(family.regular).or_insert_with(|| Coverage::read(db, family.regular)).has(c)
        });
        found.map(|(name, _)| name.clone())
    }

    /// Whether the family adopted under this name has `c`.
    fn has(&self, adopted: &str, c: char) -> bool {
        let family = adopted.strip_prefix(ADOPTED).and_then(|name| self.families.get(name));
        family.and_then(|family| self.coverage.get(&family.regular)).is_some_and(|coverage| coverage.has(c))
    }

    /// Makes a family of [`Self::find`] available for setting text, in the two weights that text is set in.
    fn adopt(&mut self, name: &str, into: &mut Database) -> Arc<str> {
        let Some(family) = self.families.get_mut(name) else { return BUNDLED.into() };
        if let Some(adopted) = &family.adopted {
            return adopted.clone();
        }
        let adopted: Arc<str> = format!("{ADOPTED}{name}").into();
        for (id, weight) in [(family.regular, Weight::NORMAL), (family.bold, Weight::BOLD)] {
            if let Some(face) = self.db.face(id) {
                let families = vec![(adopted.to_string(), Language::English_UnitedStates)];
                let stretch = Stretch::Normal;
                into.push_face_info(FaceInfo { families, weight, stretch, style: Style::Normal, ..face.clone() });
            }
        }
        family.adopted = Some(adopted.clone());
        adopted
    }
}

/// The characters of a font as sorted ranges, both ends included.
#[derive(Default)]
struct Coverage(Vec<(u32, u32)>);

impl Coverage {
    fn read(db: &Database, id: ID) -> Self {
        let read = db.with_face_data(id, |data, index| FontRef::from_index(data, index).map(|font| Self::of(&font)));
        read.and_then(Result::ok).unwrap_or_default()
    }

    fn of(font: &FontRef<'_>) -> Self {
        let mut all: Vec<u32> = font.charmap().mappings().map(|(c, _)| c).collect();
        all.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for c in all {
            match ranges.last_mut() {
                Some((_, end)) if c <= *end + 1 => *end = c,
                _ => ranges.push((c, c)),
            }
        }
        Self(ranges)
    }

    fn has(&self, c: char) -> bool {
        let c = u32::from(c);
        let after = self.0.partition_point(|&(start, _)| start <= c);
        after > 0 && self.0[after - 1].1 >= c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_needs_no_system_font() {
        let mut fonts = FontLibrary::new();
        let text = "“Naïve” café — Ω Ж ș → 5 × 3 … \n x\u{301} € № · 100 %";
        assert!(fonts.runs(text, None).iter().all(|run| &*run.family == BUNDLED));
        assert!(fonts.installed.is_none());
        assert!(fonts.bundled.has(REPLACEMENT));
    }

    #[test]
    fn an_undrawable_character_becomes_a_sign() {
        let mut fonts = FontLibrary::new();
        let runs = fonts.runs("a\u{10fffd}b", None);
        assert_eq!(runs.iter().map(|run| run.text.as_str()).collect::<String>(), "a□b");
        assert_eq!(fonts.missing("a\u{10fffd}b\u{10fffd}"), ['\u{10fffd}']);
    }

    #[test]
    fn clusters_keep_accents_and_joined_emoji() {
        let parts: Vec<&str> = clusters("ae\u{301}👩\u{200d}🚀1\u{fe0f}\u{20e3}!").collect();
        assert_eq!(parts, ["a", "e\u{301}", "👩\u{200d}🚀", "1\u{fe0f}\u{20e3}", "!"]);
    }
}
