//! Words that no font of this machine can draw, reported before a film shows boxes in their place.

use storyreel_core::film::{Film, Make, Shot};
use storyreel_core::storyboard::Subtitles;
use storyreel_core::text::{Problem, listed};
use storyreel_media::picture::Painter;

/// Shots and characters that are named; more are counted.
const MOST: usize = 8;

/// Shots that are pointed at.
const SHOWN: usize = 3;

/// Knows which characters can be drawn here. The system's fonts are looked at when words first need them, and only once.
#[derive(Default)]
pub(super) struct DrawableCharacters(Option<Painter>);

impl DrawableCharacters {
    /// A warning where words that are painted on this machine have characters that no font has. Words of shots that are
    /// not `asked` for count only where they are painted over the whole film.
    pub(super) fn missing_warning(&mut self, film: &Film, asked: impl Fn(usize) -> bool) -> Option<Problem> {
        let shots = film.shots.iter().enumerate().map(|(at, shot)| (shot, painted_words(film, shot, asked(at))));
        let lacking: Vec<(&Shot, Vec<char>)> =
            shots.map(|(shot, words)| (shot, self.of(&words))).filter(|(_, lacking)| !lacking.is_empty()).collect();
        if lacking.is_empty() {
            return None;
        }
        let shots = listed(lacking.iter().map(|(shot, _)| shot.id.as_str()), MOST);
        let message = format!("no installed font has some characters in {shots}");
        let problem = Problem::warning("film::no_font", message).help(
            "install a font that has them before you render (`storyreel doctor` names some); a shot that is painted \
             already needs another `take`",
        );
        Some(lacking.iter().take(SHOWN).fold(problem, |problem, (shot, lacking)| {
            let names: Vec<String> = lacking.iter().copied().map(character_name).collect();
            let names = listed(names.iter().map(String::as_str), MOST);
            problem.at(shot.span, format_args!("shown as boxes: {names}"))
        }))
    }

    /// The characters of `words` that no font has, each once.
    fn of(&mut self, words: &[&str]) -> Vec<char> {
        let mut lacking = Vec::new();
        // The bundled font has all of ASCII: most films need no painter to know.
        for words in words.iter().filter(|words| !words.is_ascii()) {
            let missing = self.0.get_or_insert_default().missing(words);
            lacking.extend(missing.into_iter().filter(|c| !lacking.contains(c)).collect::<Vec<_>>());
        }
        lacking
    }
}

/// A character as it can be read where the fonts lack it, too.
fn character_name(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    if private { code } else { format!("{c} {code}") }
}

/// The words of a shot that are painted on this machine: into its clip, where that is `made`, and over the film.
fn painted_words<'a>(film: &Film, shot: &'a Shot, made: bool) -> Vec<&'a str> {
    let mut words: Vec<&str> = Vec::new();
    let mut spoken = film.subtitles == Subtitles::Burn;
    match &shot.make {
        Make::Card(card) if made => words.extend(card.words()),
        Make::Prompt(render) if made && !render.provider.is_paid => {
            words.extend(shot.slate());
            words.extend(shot.scene.as_deref());
            words.push(&render.words);
            words.extend(shot.dialogue.iter().filter_map(|spoken| spoken.speaker.as_deref()));
            spoken = true;
        }
        _ => {}
    }
    if spoken {
        words.extend(shot.dialogue.iter().map(|spoken| spoken.line.as_str()));
        let read = shot.dialogue.iter().filter_map(|spoken| spoken.read_in(film.languages.first()));
        words.extend(read.filter(|_| film.subtitles == Subtitles::Burn));
    }
    words
}
