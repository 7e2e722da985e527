//! Addresses: which base URLs are safe to send a key to, and where a redirect leads. Computes only.

use std::net::IpAddr;

use reqwest::Url;
use reqwest::header::{HeaderMap, LOCATION};

/// A base URL that a key may be sent to: `https`, or `http` to this machine alone. Without a key it may be `http` to any.
pub(super) fn base(text: &str, is_without_key: bool) -> Result<Url, String> {
    if !text.contains("://") {
        // What stands before an `@` may be a password.
        let shown = text.rsplit('@').next().unwrap_or_default();
        return Err(format!("the base URL `{shown}` is not an address: it must begin with `http://` or `https://`"));
    }
    let url = Url::parse(text.trim()).map_err(|error| format!("the base URL `{text}` is not an address: {error}"))?;
    // Whatever is wrong with a URL that holds a password, the password is not shown.
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the base URL contains a user name or password; keys come from the environment".to_owned());
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(format!("the base URL `{text}` names no host"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the base URL has a `?` or `#`; give only what comes before the path of a request".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_near(&url) || is_without_key => Ok(url),
        "http" => Err(format!("the base URL `{text}` would send the key unprotected; use https")),
        other => Err(format!("the base URL `{text}` begins with `{other}`; use https")),
    }
}

/// The address of a path below a base URL. Servers print their address with the `/v1` with which their paths begin: a base URL
/// may have it or not.
pub(super) fn below(base: &Url, path: &str) -> String {
    let base = base.as_str().trim_end_matches('/');
    let base = if path.starts_with("/v1/") { base.strip_suffix("/v1").unwrap_or(base) } else { base };
    format!("{base}{path}")
}

/// Whether an address is on this very machine.
pub(super) fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

/// The host of a base URL, as permissions name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseHost {
    /// `gateway.example`, or `gateway.example:8443` where the port is another than that of the scheme.
    pub name: String,
    /// Whether it is this very machine.
    pub is_here: bool,
}

/// What keeps a key from being sent to a base URL, whoever named it.
#[must_use]
pub fn base_fault(text: &str, is_without_key: bool) -> Option<String> {
    base(text, is_without_key).err()
}

/// The host of a base URL; `None` for what is no such address.
#[must_use]
pub fn base_host(text: &str) -> Option<BaseHost> {
    base(text, true).ok().map(|url| BaseHost { name: host_name(&url), is_here: is_near(&url) })
}

/// A host as a user names it, `gateway.example` or `gateway.example:8443`, in the form in which hosts are compared.
///
/// # Errors
/// `text` is no host, or more than one.
pub fn named_host(text: &str) -> Result<String, String> {
    // A host must match as a whole: a pattern would allow nothing, and look as if it did.
    let has_more = text.contains(['/', '@', '?', '#', '\\', '*']) || text.contains(char::is_whitespace);
    match Url::parse(&format!("https://{text}/")) {
        Ok(url) if !text.is_empty() && !has_more => Ok(host_name(&url)),
        _ => Err(format!("`{text}` is no host: write it like `gateway.example` or `gateway.example:8443`")),
    }
}

fn host_name(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// An address that a clip can be fetched from.
pub(super) fn link(text: &str) -> Option<Url> {
    Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host_str().is_some())
}

/// Where a redirect leads: never from a protected connection to an unprotected one.
pub(super) fn target(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let url = from.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    let kept = url.scheme() == "https" || (url.scheme() == "http" && from.scheme() == "http");
    kept.then_some(url)
}

/// An address without what may be a secret of it.
pub(super) fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_key_a_server_of_ones_own_may_be_anywhere() {
        assert!(base("http://gpu.lan:8000", true).is_ok());
        assert!(base("ftp://gpu.lan", true).is_err());
    }

    #[test]
    fn a_key_goes_over_https_or_stays_on_this_machine() {
        for text in
            ["https://ark.example/api/v3", "http://127.0.0.1:8080/v1", "http://[::1]:80", "http://localhost:3000/"]
        {
            assert!(base(text, false).is_ok(), "{text}");
        }
        for (text, why) in [
            ("http://ark.example/api/v3", "unprotected"),
            ("http://127.0.0.1.example", "unprotected"),
            ("ftp://ark.example", "use https"),
            ("ark.example/api/v3", "not an address"),
            ("127.0.0.1:8091", "begin with `http://`"),
            ("localhost:8091", "begin with `http://`"),
            ("https://ark.example/v3?key=1", "`?`"),
            ("", "not an address"),
        ] {
            assert!(base(text, false).is_err_and(|error| error.contains(why)), "{text}: {:?}", base(text, false));
        }
        let error = base("https://me:secret@ark.example", false).expect_err("a password is refused");
        assert!(!error.contains("secret"));
        let error = base("me:secret@ark.example", false).expect_err("it has no scheme");
        assert!(!error.contains("secret"));
    }

    #[test]
    fn the_version_stands_once_in_an_address() {
        for (base, path, expected) in [
            ("http://127.0.0.1:8091", "/v1/videos", "http://127.0.0.1:8091/v1/videos"),
            ("http://127.0.0.1:8091/v1", "/v1/videos", "http://127.0.0.1:8091/v1/videos"),
            ("http://127.0.0.1:8091/v1/", "/v1/models", "http://127.0.0.1:8091/v1/models"),
            ("https://gateway.example/api/v1", "/v1/videos", "https://gateway.example/api/v1/videos"),
            ("https://openrouter.ai/api/v1", "/videos", "https://openrouter.ai/api/v1/videos"),
        ] {
            assert_eq!(below(&address(base), path), expected);
        }
    }

    fn host(text: &str) -> Option<(String, bool)> {
        base_host(text).map(|host| (host.name, host.is_here))
    }

    #[test]
    fn hosts_are_compared_in_one_form() {
        assert_eq!(host("https://Gateway.Example/v3"), Some(("gateway.example".to_owned(), false)));
        assert_eq!(host("https://gateway.example:443/"), Some(("gateway.example".to_owned(), false)));
        assert_eq!(host("https://gateway.example:8443"), Some(("gateway.example:8443".to_owned(), false)));
        assert_eq!(host("http://127.0.0.1:80/v1"), Some(("127.0.0.1".to_owned(), true)));
        assert_eq!(host("https://127.0.0.1.attacker.example"), Some(("127.0.0.1.attacker.example".to_owned(), false)));
        assert_eq!(host("https://ark.example@attacker.example"), None);
        assert_eq!(named_host("GATEWAY.example:443").as_deref(), Ok("gateway.example"));
        assert_eq!(named_host("gateway.example:8443").as_deref(), Ok("gateway.example:8443"));
        assert_eq!(
            named_host("g\u{430}teway.example").as_deref(),
            Ok("xn--gteway-3nf.example"),
            "the look is not the name"
        );
        for text in ["", "https://gateway.example", "gateway.example/v3", "a b", "me@gateway.example", "a?b", ":80"] {
            assert!(named_host(text).is_err(), "{text}");
        }
    }

    fn address(text: &str) -> Url {
        Url::parse(text).expect("it is an address")
    }

    /// Where a redirect of `base` to `location` leads.
    fn led(base: &str, location: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, location.parse().expect("it is a value"));
        target(&address(base), &headers).map(|url| shown(&url))
    }

    #[test]
    fn redirects_are_resolved_and_never_lose_protection() {
        assert_eq!(led("https://a.example/x/y", "../z?sig=1"), Some("https://a.example/z".to_owned()));
        assert_eq!(led("https://a.example/x", "http://a.example/x"), None);
        assert_eq!(led("http://127.0.0.1:1/x", "http://127.0.0.1:2/y"), Some("http://127.0.0.1:2/y".to_owned()));
        assert_eq!(led("https://a.example/x", "file:///etc/passwd"), None);
        assert_eq!(target(&address("https://a.example"), &HeaderMap::new()), None);
    }
}
