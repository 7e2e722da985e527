//! The files that a storyboard names.

use std::collections::BTreeSet;

use super::is_remote;
use crate::storyboard::{Storyboard, each_path};
use crate::text::Located;

/// Every path to a media file in `board`, addresses left out.
#[must_use]
pub fn paths(board: &mut Storyboard) -> BTreeSet<String> {
    placed_paths(board).into_iter().map(|path| path.value).collect()
}

/// Every path to a media file in `board` with its place, as often as it is named; addresses left out.
#[must_use]
pub fn placed_paths(board: &mut Storyboard) -> Vec<Located<String>> {
    let mut paths = Vec::new();
    each_path(board, &mut |path, span| {
        if !is_remote(path) {
            paths.push(Located { value: path.clone(), span });
        }
    });
    paths
}
