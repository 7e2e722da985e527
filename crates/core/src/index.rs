//! Places in lists, each of a type of its own, so that one is never taken for another.

use std::fmt;
use std::ops::{Index, IndexMut};

macro_rules! place {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub usize);

        impl $name {
            /// The places of a list of `count`.
            pub fn all(count: usize) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
                (0..count).map(Self)
            }

            /// The place before this one; the first has none.
            #[must_use]
            pub fn before(self) -> Option<Self> {
                self.0.checked_sub(1).map(Self)
            }
        }

        impl<T> Index<$name> for [T] {
            type Output = T;

            fn index(&self, place: $name) -> &T {
                &self[place.0]
            }
        }

        impl<T> IndexMut<$name> for [T] {
            fn index_mut(&mut self, place: $name) -> &mut T {
                &mut self[place.0]
            }
        }

        impl<T> Index<$name> for Vec<T> {
            type Output = T;

            fn index(&self, place: $name) -> &T {
                &self[place.0]
            }
        }

        impl<T> IndexMut<$name> for Vec<T> {
            fn index_mut(&mut self, place: $name) -> &mut T {
                &mut self[place.0]
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

place! {
    /// A shot by its place in its film, and in every list that has something for each shot of a film.
    ShotIndex
}

place! {
    /// A storyboard of a batch by its place on the command line.
    BoardIndex
}

place! {
    /// A task of a run by its place among those that are scheduled.
    TaskId
}
