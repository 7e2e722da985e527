//! Paths as URLs (RFC 3986, January 2005). Nothing is looked up: both paths must be absolute and without links.

use std::path::{Component, Path};

/// `path` as a `file:` URL.
#[must_use]
pub fn absolute(path: &Path) -> String {
    let parts: Vec<String> = path.components().filter_map(segment).collect();
    format!("file:///{}", parts.join("/"))
}

/// `path` relative to `folder`, as a URL reference; absolute where the two have no root in common.
#[must_use]
pub fn relative(folder: &Path, path: &Path) -> String {
    let from: Vec<Component<'_>> = folder.components().collect();
    let to: Vec<Component<'_>> = path.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return absolute(path);
    }
    let up = from[shared..].iter().map(|_| "..".to_owned());
    let parts: Vec<String> = up.chain(to[shared..].iter().copied().filter_map(segment)).collect();
    // The first part of a relative reference may hold no colon; `escaped` leaves none.
    parts.join("/")
}

fn segment(part: Component<'_>) -> Option<String> {
    match part {
        Component::Normal(name) => Some(escaped(name.as_encoded_bytes())),
        Component::ParentDir => Some("..".to_owned()),
        // `C:` of Windows is the first part of a file URL's path, colon and all.
        Component::Prefix(prefix) => Some(prefix.as_os_str().to_string_lossy().replace('\\', "/")),
        Component::RootDir | Component::CurDir => None,
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut url = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_become_urls() {
        let path = Path::new("/films/a b/ü#%?.mp4");
        assert_eq!(absolute(path), "file:///films/a%20b/%C3%BC%23%25%3F.mp4");
        assert_eq!(relative(Path::new("/films/out"), path), "../a%20b/%C3%BC%23%25%3F.mp4");
        assert_eq!(relative(Path::new("/films/a b"), Path::new("/films/a b/c:d.mp4")), "c%3Ad.mp4");
    }
}
