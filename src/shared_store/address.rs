//! The address of a shared store. A key has no place in it.

use super::SharedStoreError;

/// The parts of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) kind: AddressKind,
    /// The bucket or container; empty for a folder.
    pub(super) bucket: String,
    /// The folder below it, without `/` at its ends; for a folder its whole path.
    pub(super) folder: String,
    /// What is shown of it.
    pub(super) shown: String,
}

/// Which service it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressKind {
    /// `file://`.
    Folder,
    /// `s3://`.
    Aws,
    /// `gs://`.
    Google,
    /// `az://`.
    Azure,
}

impl Address {
    pub(super) fn read(text: &str) -> Result<Self, SharedStoreError> {
        let shown = shown(text);
        let refuse = |why: &str| SharedStoreError::Address { address: shown.clone(), why: why.to_owned() };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| refuse("it is no address"))?;
        let kind = match scheme {
            "file" => AddressKind::Folder,
            "s3" => AddressKind::Aws,
            "gs" => AddressKind::Google,
            "az" => AddressKind::Azure,
            _ => return Err(refuse("addresses begin with s3://, gs://, az:// or file://")),
        };
        if kind == AddressKind::Folder {
            if !std::path::Path::new(rest).is_absolute() {
                return Err(refuse("a shared folder is named by its whole path: file:///mnt/team/store"));
            }
            let folder = rest.trim_end_matches('/').to_owned();
            return Ok(Self { kind, bucket: String::new(), folder, shown });
        }
        if rest.contains(['@', '?', '#']) {
            return Err(refuse("keys and settings come from the environment, never from the address"));
        }
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(refuse("it names no bucket"));
        }
        Ok(Self { kind, bucket: bucket.to_owned(), folder: folder.trim_matches('/').to_owned(), shown })
    }
}

/// An address as it is shown: without what could be a key.
fn shown(text: &str) -> String {
    let plain = text.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    match (plain.split_once("://"), plain.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) if scheme != "file" => format!("{scheme}://{rest}"),
        _ => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Address::read(text).expect_err("it is refused").to_string()
    }

    #[test]
    fn an_address_has_a_bucket_and_a_folder() {
        let address = Address::read("s3://team/films/store/").expect("an address");
        assert_eq!((address.kind, &*address.bucket, &*address.folder), (AddressKind::Aws, "team", "films/store"));
        assert_eq!(address.shown, "s3://team/films/store");
        let folder = Address::read("file:///mnt/a@b/store/").expect("an address");
        assert_eq!(
            (folder.kind, &*folder.folder, &*folder.shown),
            (AddressKind::Folder, "/mnt/a@b/store", "file:///mnt/a@b/store")
        );
    }

    #[test]
    fn a_key_is_refused_and_never_shown() {
        for text in ["s3://KEY:SECRET@team/films", "az://team/films?sig=SECRET", "gs://team#SECRET"] {
            let why = refusal(text);
            assert!(why.contains("never from the address") && !why.contains("SECRET"), "{why}");
        }
        for text in ["http://KEY:SECRET@team/films", "ftp://team/films?sig=SECRET"] {
            assert!(!refusal(text).contains("SECRET"), "{text}");
        }
        assert!(refusal("file://store").contains("whole path"));
        assert!(refusal("s3://").contains("no bucket"));
    }
}
