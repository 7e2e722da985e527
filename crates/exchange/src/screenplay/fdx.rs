//! Reads screenplays of Final Draft: XML in which every paragraph says what it is.

use roxmltree::{Document, Node};

use super::read::speaker_of;
use super::{DialoguePart, Element, ElementKind, Screenplay};

/// Reads a file of Final Draft (`.fdx`).
///
/// # Errors
/// It is not XML, or XML of another kind; in words for the user.
pub fn read_final_draft(text: &str) -> Result<Screenplay, String> {
    let document = Document::parse(text).map_err(|error| format!("it is not valid XML: {error}"))?;
    let root = document.root_element();
    if !root.has_tag_name("FinalDraft") {
        return Err(format!("it is XML with `{}`, not of Final Draft", root.tag_name().name()));
    }
    let mut reader = FinalDraftReader { document: &document, elements: Vec::new() };
    if let Some(content) = child(root, "Content") {
        reader.content(content);
    }
    Ok(Screenplay { title_page: title_page(root), elements: reader.elements })
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

struct FinalDraftReader<'a, 'input> {
    document: &'a Document<'input>,
    elements: Vec<Element>,
}

impl FinalDraftReader<'_, '_> {
    fn content(&mut self, content: Node<'_, '_>) {
        for paragraph in content.children().filter(|child| child.has_tag_name("Paragraph")) {
            self.paragraph(paragraph, false);
            if let Some(dual) = child(paragraph, "DualDialogue") {
                self.dual(dual);
            }
        }
    }

    /// Two people who speak at once: the second of them is marked, as in Fountain.
    fn dual(&mut self, dual: Node<'_, '_>) {
        let mut speakers = 0;
        for paragraph in dual.children().filter(|child| child.has_tag_name("Paragraph")) {
            speakers += usize::from(paragraph.attribute("Type") == Some("Character"));
            self.paragraph(paragraph, speakers > 1);
        }
    }

    fn paragraph(&mut self, paragraph: Node<'_, '_>, is_second: bool) {
        let line = self.line(paragraph);
        let text = text_of(paragraph);
        if !text.is_empty() {
            self.element(paragraph, line, text, is_second);
        }
        for note in paragraph.children().filter(|child| child.has_tag_name("ScriptNote")) {
            let texts: Vec<String> = note.children().map(text_of).filter(|text| !text.is_empty()).collect();
            let line = self.line(note);
            self.elements.push(Element { line, kind: ElementKind::Note(texts.join(" ")) });
        }
    }

    fn element(&mut self, paragraph: Node<'_, '_>, line: usize, text: String, is_second: bool) {
        let kind = match paragraph.attribute("Type").unwrap_or_default() {
            "Scene Heading" => {
                let number = paragraph.attribute("Number").filter(|number| !number.is_empty()).map(str::to_owned);
                ElementKind::Scene { heading: text, number }
            }
            "Character" => {
                let mut speaker = speaker_of(&text);
                speaker.dual |= is_second;
                ElementKind::Dialogue { speaker, speech: Vec::new() }
            }
            "Parenthetical" => {
                let manner = text.trim_start_matches('(').trim_end_matches(')').trim().to_owned();
                return self.say(line, DialoguePart::Manner(manner));
            }
            "Dialogue" => return self.say(line, DialoguePart::Line(text.replace('\n', " "))),
            "Singing" | "Lyrics" => return self.say(line, DialoguePart::Lyric(text.replace('\n', " "))),
            "Transition" => ElementKind::Transition(text),
            "New Act" | "End of Act" => ElementKind::Section { depth: 1, title: text },
            "Cast List" => return,
            _ if paragraph.attribute("Alignment") == Some("Center") => ElementKind::Centered(text),
            _ => ElementKind::Action(text),
        };
        self.elements.push(Element { line, kind });
    }

    /// Adds to the dialogue that is under way. Words without a name above them are action.
    fn say(&mut self, line: usize, part: DialoguePart) {
        let spoken = self.elements.iter_mut().rev().find(|element| !matches!(element.kind, ElementKind::Note(_)));
        if let Some(Element { kind: ElementKind::Dialogue { speech, .. }, .. }) = spoken {
            speech.push((line, part));
            return;
        }
        if let DialoguePart::Line(text) | DialoguePart::Lyric(text) = part {
            self.elements.push(Element { line, kind: ElementKind::Action(text) });
        }
    }

    /// The line on which an element of the file begins.
    fn line(&self, node: Node<'_, '_>) -> usize {
        self.document.text_pos_at(node.range().start).row as usize
    }
}

/// The words of a paragraph, in which signs that are emphasis in Fountain stand for themselves.
fn text_of(paragraph: Node<'_, '_>) -> String {
    let mut text = String::new();
    for part in paragraph.children().filter(|child| child.has_tag_name("Text")) {
        for c in part.text().unwrap_or_default().chars() {
            if matches!(c, '*' | '_' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
    }
    text.trim().to_owned()
}

/// The title is the first line of the title page; what follows it says who wrote it.
fn title_page(root: Node<'_, '_>) -> Vec<(String, String)> {
    let content = child(root, "TitlePage").and_then(|page| child(page, "Content"));
    let paragraphs = content.into_iter().flat_map(|content| content.children());
    let lines: Vec<String> = paragraphs.map(text_of).filter(|line| !line.is_empty()).collect();
    let Some((title, rest)) = lines.split_first() else { return Vec::new() };
    let mut page = vec![("title".to_owned(), title.clone())];
    if !rest.is_empty() {
        page.push(("credit".to_owned(), rest.join(" ")));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screenplay::{Speaker, draft, write};

    const SCRIPT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FinalDraft DocumentType="Script" Template="No" Version="5">
  <Content>
    <Paragraph Number="12A" Type="Scene Heading"><Text>EXT. HARBOUR - DAWN</Text></Paragraph>
    <Paragraph Type="Action">
      <ScriptNote><Paragraph><Text>SHOT: wide, 6s</Text></Paragraph></ScriptNote>
      <Text>Mara walks the </Text><Text Style="Italic">long</Text><Text> pier &amp; stops. 5 * 3_4.</Text>
    </Paragraph>
    <Paragraph Type="Character"><Text>MARA (V.O.)</Text></Paragraph>
    <Paragraph Type="Parenthetical"><Text>(to herself)</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>One more night.</Text></Paragraph>
    <Paragraph>
      <DualDialogue>
        <Paragraph Type="Character"><Text>ANN</Text></Paragraph>
        <Paragraph Type="Dialogue"><Text>Now!</Text></Paragraph>
        <Paragraph Type="Character"><Text>Bob</Text></Paragraph>
        <Paragraph Type="Dialogue"><Text>No!</Text></Paragraph>
      </DualDialogue>
    </Paragraph>
    <Paragraph Type="Transition"><Text>DISSOLVE TO:</Text></Paragraph>
    <Paragraph Alignment="Center" Type="General"><Text>THE END</Text></Paragraph>
    <Paragraph Type="Action"><Text></Text></Paragraph>
  </Content>
  <TitlePage><Content>
    <Paragraph><Text></Text></Paragraph>
    <Paragraph><Text>The Keeper</Text></Paragraph>
    <Paragraph><Text>Written by</Text></Paragraph>
    <Paragraph><Text>Ann Author</Text></Paragraph>
  </Content></TitlePage>
</FinalDraft>
"#;

    #[test]
    fn every_paragraph_is_what_it_says() {
        let screenplay = read_final_draft(SCRIPT).expect("it is of Final Draft");
        let page: Vec<(&str, &str)> = screenplay.title_page.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(page, [("title", "The Keeper"), ("credit", "Written by Ann Author")]);
        let mut elements = screenplay.elements.into_iter();
        let number = Some("12A".to_owned());
        let heading = ElementKind::Scene { heading: "EXT. HARBOUR - DAWN".to_owned(), number };
        assert_eq!(elements.next(), Some(Element { line: 4, kind: heading }));
        let action = r"Mara walks the long pier & stops. 5 \* 3\_4.".to_owned();
        assert_eq!(elements.next(), Some(Element { line: 5, kind: ElementKind::Action(action) }));
        let note = ElementKind::Note("SHOT: wide, 6s".to_owned());
        assert_eq!(elements.next(), Some(Element { line: 6, kind: note }));
        let extension = Some("V.O.".to_owned());
        let speaker = Speaker { name: "MARA".to_owned(), extension, dual: false };
        let speech = vec![
            (10, DialoguePart::Manner("to herself".to_owned())),
            (11, DialoguePart::Line("One more night.".to_owned())),
        ];
        assert_eq!(elements.next(), Some(Element { line: 9, kind: ElementKind::Dialogue { speaker, speech } }));
        let spoken: Vec<(String, bool)> = elements
            .by_ref()
            .take(2)
            .filter_map(|element| match element.kind {
                ElementKind::Dialogue { speaker, .. } => Some((speaker.name, speaker.dual)),
                _ => None,
            })
            .collect();
        assert_eq!(spoken, [("ANN".to_owned(), false), ("Bob".to_owned(), true)]);
        let rest: Vec<ElementKind> = elements.map(|element| element.kind).collect();
        let end = ElementKind::Centered("THE END".to_owned());
        assert_eq!(rest, [ElementKind::Transition("DISSOLVE TO:".to_owned()), end]);
    }

    #[test]
    fn it_becomes_the_same_storyboard_as_a_screenplay_in_fountain() {
        let draft = draft(&read_final_draft(SCRIPT).expect("it is of Final Draft"));
        let board = write(&draft, "keeper.fdx");
        for expected in
            ["title: The Keeper", "@mara walks the long pier & stops. 5 * 3_4.", "duration: 6", "card: THE END"]
        {
            assert!(board.contains(expected), "{expected}: {board}");
        }
    }

    #[test]
    fn other_xml_and_entities_are_refused() {
        assert!(read_final_draft("<svg/>").is_err_and(|why| why.contains("`svg`")));
        assert!(read_final_draft("<FinalDraft>").is_err_and(|why| why.contains("not valid XML")));
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\">]><FinalDraft>&x;</FinalDraft>";
        assert!(read_final_draft(bomb).is_err());
    }
}
