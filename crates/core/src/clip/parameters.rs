//! How the pictures of a stream were coded, as one word of a lock.

use std::fmt;

/// How a word begins for a stream that cannot be copied.
const LOOSE: &str = "loose:";

/// How the pictures of a stream were coded, as far as copying them depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamParameters {
    /// Whether they can be copied at all.
    pub kind: StreamKind,
    /// A fingerprint of the codec's parameter sets: two clips can share one copied stream only when it is equal.
    pub fingerprint: String,
    /// The ticks a second in which the stream counts its times, where they are known.
    pub ticks: Option<u64>,
}

/// Whether the pictures of a stream can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StreamKind {
    /// They can, beside pictures that were coded alike.
    #[default]
    Regular,
    /// They cannot, whatever their neighbours are: frames unevenly spaced, hidden by an edit list, or in a container
    /// other than MP4.
    Loose,
}

impl StreamParameters {
    /// Whether the coded pictures of both can stand in one stream. Ticks do not count: times are written anew in a film.
    #[must_use]
    pub fn agree_with(&self, other: &Self) -> bool {
        self.kind == other.kind && self.fingerprint == other.fingerprint
    }
}

impl From<&str> for StreamParameters {
    /// Reads what [`Display`](fmt::Display) wrote. Every word is one, so that a lock can be read whatever wrote it.
    fn from(word: &str) -> Self {
        let (kind, rest) = match word.strip_prefix(LOOSE) {
            Some(rest) => (StreamKind::Loose, rest),
            None => (StreamKind::Regular, word),
        };
        if let Some((fingerprint, text)) = rest.split_once('@')
            && let Ok(ticks) = text.parse::<u64>()
            && ticks.to_string() == text
        {
            return Self { kind, fingerprint: fingerprint.to_owned(), ticks: Some(ticks) };
        }
        Self { kind, fingerprint: rest.to_owned(), ticks: None }
    }
}

impl fmt::Display for StreamParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == StreamKind::Loose {
            f.write_str(LOOSE)?;
        }
        f.write_str(&self.fingerprint)?;
        match self.ticks {
            Some(ticks) => write!(f, "@{ticks}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_word_of_a_lock_is_written_as_it_was_read() {
        for word in ["", "ab12@12288", "loose:none@1000", "SHA256:ab12", "a@b", "a@012", "a@1@2", "loose:", "@"] {
            assert_eq!(StreamParameters::from(word).to_string(), word);
        }
        let loose = StreamParameters::from("loose:ab@1000");
        assert_eq!((loose.kind, loose.fingerprint.as_str(), loose.ticks), (StreamKind::Loose, "ab", Some(1000)));
    }

    #[test]
    fn ticks_do_not_keep_pictures_apart() {
        let of = StreamParameters::from;
        assert!(of("ab@12288").agree_with(&of("ab@1000")) && of("ab").agree_with(&of("ab@1000")));
        assert!(!of("ab@12288").agree_with(&of("cd@12288")) && !of("ab@12288").agree_with(&of("loose:ab@12288")));
    }
}
