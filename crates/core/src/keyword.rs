//! Closed sets of words: the values of the format that are one of a few.

/// A type whose values are words of the storyboard format.
pub trait Keyword: Copy + Sized + 'static {
    /// What one is called in a message, with its article: `a ratio`.
    const CALLED: &'static str;
    /// Every word, in the order of the reference.
    const KEYWORDS: &'static [&'static str];

    /// The word that stands in the storyboard.
    fn keyword(self) -> &'static str;

    /// The value of a word.
    fn from_keyword(word: &str) -> Option<Self>;
}

/// Declares an enum that is a [`Keyword`], with `Display`, `FromStr` and its JSON Schema.
macro_rules! keywords {
    ($(#[$meta:meta])* $vis:vis enum $name:ident ($called:literal) {
        $($(#[$word_meta:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
        $vis enum $name { $($(#[$word_meta])* #[schemars(rename = $word)] $variant,)* }

        impl $crate::keyword::Keyword for $name {
            const CALLED: &'static str = $called;
            const KEYWORDS: &'static [&'static str] = &[$($word),*];

            fn keyword(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            fn from_keyword(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::keyword::Keyword::keyword(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                <Self as $crate::keyword::Keyword>::from_keyword(text).ok_or_else(|| {
                    format!("`{text}` is not {}: use {}", $called, [$($word),*].join(", "))
                })
            }
        }
    };
}
pub(crate) use keywords;
