//! What a file says of where it comes from: a packet of XMP (ISO 16684-1). The terms are those of IPTC's vocabulary of digital source types (version of
//! 2024-09-17) and of its Extension schema, which platforms read to show "made with AI".

use crate::sanitize::{clean, xml};

/// Where IPTC's terms are.
const TERMS: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// What a file says of where it comes from. Prompts stay out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The title of the film.
    pub title: String,
    /// What its pictures and its sound are.
    pub origin: Origin,
    /// The models that made any of it, by name.
    pub models: Vec<String>,
}

/// What a film's pictures and sound are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// All of it was made by a generative model.
    Model,
    /// Some of it was made by a generative model; cards, footage, stills or recorded sound stand beside it.
    ModelAndOther,
    /// It was drawn from words, and no generative model had a part in it.
    Drawn,
    /// Files of somebody's: what made them is not known here.
    Files,
}

impl Origin {
    const ALL: [Self; 4] = [Self::Model, Self::ModelAndOther, Self::Drawn, Self::Files];

    /// IPTC's term for it.
    #[must_use]
    pub const fn term(self) -> &'static str {
        match self {
            Self::Model => "trainedAlgorithmicMedia",
            Self::ModelAndOther => "compositeWithTrainedAlgorithmicMedia",
            Self::Drawn => "digitalCreation",
            Self::Files => "composite",
        }
    }

    /// Whether it says that a generative model had a part in it.
    #[must_use]
    pub const fn is_made_with_ai(self) -> bool {
        matches!(self, Self::Model | Self::ModelAndOther)
    }
}

impl Label {
    /// The packet.
    #[must_use]
    pub fn packet(&self) -> String {
        let models = match self.models.join(", ") {
            none if none.is_empty() => none,
            models => format!(" Iptc4xmpExt:AISystemUsed=\"{}\"", xml(&models)),
        };
        let term = self.origin.term();
        let title = xml(&self.title);
        format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
             <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
             xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" xmp:CreatorTool=\"storyreel\" \
             Iptc4xmpExt:DigitalSourceType=\"{TERMS}{term}\"{models}>\n\
             <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\n\
             </rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>"
        )
    }

    /// What a packet of XMP says, if it names a digital source type, whoever wrote it: IPTC's term, and the models where
    /// they are named.
    #[must_use]
    pub fn read(packet: &[u8]) -> Option<(String, Option<String>)> {
        let packet = String::from_utf8_lossy(packet).into_owned();
        // Whether it stands in an attribute or in an element, with `http` or with `https`.
        let (_, rest) = packet.split_once("digitalsourcetype/")?;
        let term: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        if term.is_empty() {
            return None;
        }
        let mut models = None;
        if let Some((_, rest)) = packet.split_once("AISystemUsed") {
            let value = rest.trim_start_matches(['=', '"', '\'', '>', ' ']);
            models = value.split(['"', '\'', '<']).next().map(clean);
        }
        Some((term, models.filter(|models| !models.is_empty())))
    }

    /// The origin that a term stands for, where it is one of those written here.
    #[must_use]
    pub fn origin_of(term: &str) -> Option<Origin> {
        Origin::ALL.into_iter().find(|origin| origin.term() == term)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_reads_back_and_no_name_breaks_out_of_it() {
        let models = vec!["seedance-2.0".to_owned(), "\"/><evil> & co".to_owned()];
        let label = Label { title: "]]> <b> & \u{0} \"".to_owned(), origin: Origin::ModelAndOther, models };
        let packet = label.packet();
        assert!(!packet.contains("<evil>") && !packet.contains("<b>"), "{packet}");
        let (term, models) = Label::read(packet.as_bytes()).expect("it is a label");
        assert_eq!(Label::origin_of(&term), Some(Origin::ModelAndOther));
        assert_eq!(models.as_deref(), Some("seedance-2.0, &quot;/&gt;&lt;evil&gt; &amp; co"));
        let plain = Label { title: String::new(), origin: Origin::Drawn, models: Vec::new() }.packet();
        assert_eq!(Label::read(plain.as_bytes()), Some(("digitalCreation".to_owned(), None)));
    }

    #[test]
    fn labels_of_others_are_read() {
        let element = "<Iptc4xmpExt:DigitalSourceType>https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia\
                       </Iptc4xmpExt:DigitalSourceType><Iptc4xmpExt:AISystemUsed>Some model</Iptc4xmpExt:AISystemUsed>";
        assert_eq!(
            Label::read(element.as_bytes()),
            Some(("trainedAlgorithmicMedia".to_owned(), Some("Some model".to_owned())))
        );
        assert_eq!(Label::read(b"<x:xmpmeta/>"), None);
    }
}
