//! Spend tokens: files that can be created once, by one process of all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use storyreel_core::spend::{Holder, Token};
use storyreel_core::units::Digest;

use super::retention::{listed, name};
use super::write::{make_folder, sync_folder};
use super::{Store, StoreError};

impl Store {
    fn tokens_of(&self, recipe: &Digest) -> PathBuf {
        let hex = recipe.hex();
        self.root.join("spend").join(&hex[..2]).join(hex)
    }

    /// The tokens that were ever taken for a recipe, by attempt. Nothing removes them.
    pub fn tokens(&self, recipe: &Digest) -> Result<Vec<Token>, StoreError> {
        let folder = self.tokens_of(recipe);
        let mut tokens = Vec::new();
        for path in listed(&folder)? {
            // A temporary file that a killed process left behind is no token.
            let Ok(attempt) = name(&path).parse() else { continue };
            let holder = fs::read_to_string(&path).ok().and_then(|text| Holder::read(&text));
            tokens.push(Token { attempt, holder });
        }
        tokens.sort_by_key(|token| token.attempt);
        Ok(tokens)
    }

    /// Creates the token of an attempt; `false` where somebody else has. When this returns `true`, the token is on the
    /// disk. The `nonce` is unlike that of any other try.
    pub(crate) fn create_token(
        &self,
        recipe: &Digest,
        attempt: u32,
        holder: &Holder,
        nonce: &str,
    ) -> Result<bool, StoreError> {
        let folder = self.tokens_of(recipe);
        let target = folder.join(attempt.to_string());
        make_folder(&folder)
            .and_then(|()| create(&target, holder.text(nonce).as_bytes(), &|from, to| fs::hard_link(from, to)))
            .map_err(StoreError::io("take the spend token", &target))
    }
}

type HardLink<'a> = &'a dyn Fn(&Path, &Path) -> io::Result<()>;

/// Creates a file whole or not at all, unless it is there. Where the disk knows no links the file is created first and
/// written then: a crash in between leaves a token that cannot be read, which is asked about and never paid again.
fn create(target: &Path, bytes: &[u8], link: HardLink<'_>) -> io::Result<bool> {
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut whole = tempfile::NamedTempFile::new_in(folder)?;
    whole.write_all(bytes)?;
    whole.as_file().sync_all()?;
    let created = match link(whole.path(), target) {
        Ok(()) => true,
        // The answer to a link over a network can be lost and the request repeated: then the file there is ours.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read(target)? == bytes,
        Err(error) if knows_no_links(&error) => written(target, bytes)?,
        Err(error) => return Err(error),
    };
    sync_folder(folder)?;
    Ok(created)
}

fn knows_no_links(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::Unsupported | K::PermissionDenied | K::CrossesDevices | K::TooManyLinks)
}

fn written(target: &Path, bytes: &[u8]) -> io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).open(target) {
        Ok(mut file) => file.write_all(bytes).and_then(|()| file.sync_all()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(run: &str) -> Holder {
        let run = run.parse().expect("a good name");
        Holder { run, provider: "ark".to_owned(), model: "m".to_owned(), estimate: None }
    }

    fn token(attempt: u32, run: Option<&str>) -> Token {
        Token { attempt, holder: run.map(holder) }
    }

    #[test]
    fn a_token_is_created_once_and_read_by_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("s"));
        let recipe = Digest::of(b"r");
        assert_eq!(store.tokens(&recipe).expect("read"), []);
        assert!(store.create_token(&recipe, 1, &holder("a"), "1").expect("created"));
        assert!(!store.create_token(&recipe, 1, &holder("b"), "2").expect("asked"));
        assert!(!store.create_token(&recipe, 1, &holder("a"), "3").expect("asked"), "one right for one run, too");
        assert!(store.create_token(&recipe, 2, &holder("b"), "4").expect("created"));
        fs::write(store.tokens_of(&recipe).join("3"), "run: c\n").expect("written");
        fs::write(store.tokens_of(&recipe).join(".tmp4"), "").expect("written");
        assert_eq!(store.tokens(&recipe).expect("read"), [token(1, Some("a")), token(2, Some("b")), token(3, None)]);
    }

    fn refuse(kind: io::ErrorKind) -> impl Fn(&Path, &Path) -> io::Result<()> {
        move |_, _| Err(kind.into())
    }

    fn link_twice(from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)?;
        fs::hard_link(from, to)
    }

    #[test]
    fn where_there_are_no_links_one_still_wins() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("1");
        assert!(create(&target, b"a", &refuse(io::ErrorKind::Unsupported)).expect("created"));
        assert!(!create(&target, b"b", &refuse(io::ErrorKind::PermissionDenied)).expect("asked"));
        assert_eq!(fs::read(&target).expect("there"), b"a");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
        // A full disk is no reason to try another way.
        let other = folder.path().join("2");
        create(&other, b"a", &refuse(io::ErrorKind::StorageFull)).expect_err("it is full");
        assert!(!other.exists());
    }

    #[test]
    fn a_link_whose_answer_was_lost_is_ours() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("1");
        assert!(create(&target, b"nonce 1", &link_twice).expect("created"));
        assert!(!create(&target, b"nonce 2", &link_twice).expect("asked"));
    }
}
