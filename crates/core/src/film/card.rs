//! Cards: their words, and what these stand on.

use std::borrow::Cow;

use super::inputs::{FONT, PICTURE};
use super::resolve::Resolver;
use super::{File, Make};
use crate::index::ShotIndex;
use crate::keyword::Keyword as _;
use crate::storyboard::{CardAlign, CardForm, CardText, card_colour, is_card_picture};
use crate::text::{Located, Problem, Span};

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardSpec {
    /// The large words; empty where it has lines alone.
    pub text: String,
    /// The small words.
    pub subtitle: Option<String>,
    /// Further lines; an empty one is a space.
    pub lines: Vec<String>,
    /// Whether the words roll up through the picture.
    pub is_rolling: bool,
    /// What they stand on; the usual dark ground where nothing is given.
    pub background: Option<CardGround>,
    /// Their colour as red, green and blue, where one is given.
    pub color: Option<[u8; 3]>,
    /// The font file, where one is given.
    pub font: Option<File>,
    /// Where the lines stand.
    pub align: CardAlign,
}

/// What the words of a card stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardGround {
    /// One colour: red, green and blue.
    Colour([u8; 3]),
    /// A picture that fills the frame.
    Picture(File),
}

impl CardSpec {
    /// A card with a title, and perhaps a small line below.
    #[must_use]
    pub const fn titled(text: String, subtitle: Option<String>) -> Self {
        Self {
            text,
            subtitle,
            lines: Vec::new(),
            is_rolling: false,
            background: None,
            color: None,
            font: None,
            align: CardAlign::Center,
        }
    }

    /// All of its words, from above to below.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let title = Some(self.text.as_str()).filter(|text| !text.is_empty());
        title.into_iter().chain(self.subtitle.as_deref()).chain(self.lines.iter().map(String::as_str))
    }

    /// What it is called where there is room for a few words.
    #[must_use]
    pub fn heading(&self) -> &str {
        self.words().find(|words| !words.trim().is_empty()).unwrap_or_default()
    }

    /// The files that it is made of.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        let picture = match &self.background {
            Some(CardGround::Picture(file)) => Some(file),
            Some(CardGround::Colour(_)) | None => None,
        };
        picture.into_iter().chain(&self.font)
    }

    /// What of it decides its picture, by the names of a recipe.
    #[must_use]
    pub fn recipe_fields(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut fields = vec![("text", Cow::Borrowed(self.text.as_str()))];
        fields.extend(self.subtitle.as_deref().map(|subtitle| ("subtitle", Cow::Borrowed(subtitle))));
        if !self.lines.is_empty() {
            // A line has no line end, so that lists that differ stay apart.
            fields.push(("lines", Cow::Owned(self.lines.join("\n"))));
        }
        if self.is_rolling {
            fields.push(("roll", Cow::Borrowed("true")));
        }
        let ground = self.background.as_ref().map(|ground| match ground {
            CardGround::Colour(colour) => hex(*colour),
            CardGround::Picture(file) => file.digest.to_string(),
        });
        fields.extend(ground.map(|ground| ("background", Cow::Owned(ground))));
        fields.extend(self.color.map(|colour| ("color", Cow::Owned(hex(colour)))));
        fields.extend(self.font.as_ref().map(|font| ("font", Cow::Owned(font.digest.to_string()))));
        if self.align != CardAlign::Center {
            fields.push(("align", Cow::Borrowed(self.align.keyword())));
        }
        fields
    }
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

impl Resolver<'_> {
    pub(super) fn card(&mut self, at: ShotIndex, card: &Located<CardForm>) -> Option<Make> {
        let spec = match &card.value {
            CardForm::Text(text) => CardSpec::titled(text.trim_end().to_owned(), None),
            CardForm::Full(full) => self.full_card(at, full, card.span)?,
        };
        Some(Make::Card(Box::new(spec)))
    }

    fn full_card(&mut self, at: ShotIndex, card: &CardText, span: Span) -> Option<CardSpec> {
        let lines = card.lines.iter().flat_map(|lines| &lines.value);
        // Each line end in a text begins another line.
        let lines: Vec<String> = lines.flat_map(|line| line.value.trim_end().split('\n').map(str::to_owned)).collect();
        let text = card.text.as_ref().map_or("", |text| text.trim_end());
        if card.text.is_none() && lines.iter().all(|line| line.trim().is_empty()) {
            let problem = Problem::error("film::card_text", "a card needs words");
            self.report(problem.at(self.mark(span), "no `text`").help("add `text: …`, or `lines: […]`"));
            return None;
        }
        self.tell_of_comments(at, card);
        // All is looked at, so that every mistake is told.
        let background = card.background.as_ref().map(|ground| self.card_ground(ground));
        let color = card.color.as_ref().map(|color| self.colour(color));
        let font = card.font.as_ref().map(|font| self.local_file(font, FONT).map(|(file, _)| file));
        Some(CardSpec {
            text: text.to_owned(),
            subtitle: card.subtitle.as_ref().map(|subtitle| subtitle.trim_end().to_owned()),
            lines,
            is_rolling: card.roll.as_ref().is_some_and(|roll| roll.value),
            background: background.map_or(Some(None), |ground| ground.map(Some))?,
            color: color.map_or(Some(None), |color| color.map(Some))?,
            font: font.map_or(Some(None), |font| font.map(Some))?,
            align: card.align.as_ref().map_or(CardAlign::Center, |align| align.value),
        })
    }

    fn card_ground(&mut self, ground: &Located<String>) -> Option<CardGround> {
        if is_card_picture(&ground.value) {
            return self.local_file(ground, PICTURE).map(|(file, _)| CardGround::Picture(file));
        }
        self.colour(ground).map(CardGround::Colour)
    }

    fn colour(&mut self, text: &Located<String>) -> Option<[u8; 3]> {
        let colour = card_colour(&text.value);
        if colour.is_none() {
            let message = format!("`{}` is not a colour", text.value);
            let problem = Problem::error("film::card_colour", message).at(self.mark(text.span), "not a colour");
            let help = "write red, green and blue as six digits, such as `\"#101820\"`, or `black` or `white`";
            self.report(problem.help(help));
        }
        colour
    }

    /// YAML takes what stands behind ` #` as a comment, so that a colour without quotes is not there at all.
    fn tell_of_comments(&mut self, at: ShotIndex, card: &CardText) {
        let block = self.block(at);
        let text = &self.source.text[block.start as usize..block.end as usize];
        let mut start = block.start as usize;
        for line in text.split_inclusive('\n') {
            let begin = start;
            start += line.len();
            let Some((key, value)) = line.split_once(':') else { continue };
            let colour = value.trim();
            let is_missing = match key.trim() {
                "background" => card.background.is_none(),
                "color" => card.color.is_none(),
                _ => false,
            };
            if !is_missing || !colour.starts_with('#') || card_colour(colour).is_none() {
                continue;
            }
            let from = begin + line.len() - line.trim_start().len();
            let span = Span::new(from, from + line.trim().len());
            let message = format!("`{colour}` is a comment: a colour stands in quotes");
            let problem = Problem::error("film::card_colour", message).at(span, "not read");
            self.report(problem.help(format_args!("write `{}: \"{colour}\"`", key.trim())));
        }
    }
}
