//! The parts of an order that is a form.

use super::http::{FormPart, PartValue};
use super::{Attachment, Content};

/// A part of plain text.
pub(super) fn text_part(name: impl Into<String>, value: impl Into<String>) -> FormPart {
    FormPart { name: name.into(), value: PartValue::Text(value.into()) }
}

/// An input as a file, the `at`th of its kind. An address cannot be one; it stands as it is, to be refused rather than
/// left out unseen.
pub(super) fn file_part(part: &str, at: usize, input: &Attachment) -> FormPart {
    let value = match &input.content {
        Content::Address(address) => PartValue::Text(address.clone()),
        Content::Bytes { mime, bytes } => {
            let kind = mime.split('/').next().unwrap_or("file");
            let ending = mime.rsplit('/').next().unwrap_or("bin");
            PartValue::File { name: format!("{kind}-{}.{ending}", at + 1), mime, bytes: bytes.clone() }
        }
    };
    FormPart { name: part.to_owned(), value }
}
