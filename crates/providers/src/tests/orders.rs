use super::server::{Act, Server, cut, say};
use super::*;
use storyreel_core::catalog::InputRole;

/// An order against one answer: the error, and how often it was sent.
async fn refused(act: Act) -> (ProviderError, usize) {
    let server = Server::start(|_| vec![act, say(200, "", r#"{"id":"a second one"}"#)]);
    let error = remote(&server.base).submit(&order()).await.unwrap_err();
    keyless(&error);
    (error, server.requests().len())
}

#[tokio::test]
async fn an_order_is_sent_once_with_all_that_belongs_to_it() {
    let server = Server::start(|_| vec![say(200, "", r#"{"id":"t1"}"#)]);
    let remote =
        Remote::speaking(&TOY, &Toy, &format!("{}/api/", server.base), &SecretString::from(format!("{KEY}\n")))
            .unwrap();
    assert!(!format!("{remote:?}").contains(KEY));
    assert_eq!(remote.submit(&order()).await.unwrap(), ticket());
    let [sent] = &server.requests()[..] else { panic!("one request: {:?}", server.requests()) };
    assert!(sent.starts_with("POST /api/tasks HTTP/1.1\r\n"), "{sent}");
    let version = concat!("user-agent: storyreel/", env!("CARGO_PKG_VERSION"), "\r\n");
    let key = format!("authorization: Bearer {KEY}\r\n");
    for line in ["accept-encoding: identity\r\n", "content-type: application/json\r\n", version, &key] {
        assert!(sent.contains(line), "{line} in {sent}");
    }
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_may_have_been_accepted() {
    let half = cut(200, "content-length: 100\r\n", r#"{"id":"#);
    for act in [Act::Leave, half] {
        let (error, sent) = refused(act.clone()).await;
        let judged = (error.kind, error.retry, error.charged);
        assert_eq!(judged, (ErrorKind::Network, Retry::Never, Charged::Unknown), "{act:?}: {error}");
        assert_eq!(sent, 1, "it must not be sent again");
    }
    let server = Server::start(|_| vec![Act::Hang]);
    let error = hasty(&server.base).submit(&order()).await.unwrap_err();
    assert_eq!((error.kind, error.retry, error.charged), (ErrorKind::Network, Retry::Never, Charged::Unknown));
    assert!(error.message.contains("did not answer in time"), "{error}");
}

#[tokio::test]
async fn an_order_that_never_left_costs_nothing() {
    // Bound and closed again: nobody listens there.
    let base = format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let error = remote(&base).submit(&order()).await.unwrap_err();
    assert_eq!((error.kind, error.retry, error.charged), (ErrorKind::Network, Retry::Backoff, Charged::No), "{error}");
}

#[tokio::test]
async fn replies_that_cannot_be_read_leave_the_order_unclear() {
    let html = say(200, "content-type: text/html\r\n", format!("<html>hello {KEY}</html>"));
    let gzip = say(200, "content-encoding: gzip\r\n", b"\x1F\x8B\x08\0garbage");
    for act in [html, gzip, say(200, "", ""), say(204, "", ""), say(200, "", "{}"), say(200, "", r#"{"id":" "}"#)] {
        let (error, sent) = refused(act.clone()).await;
        let judged = (error.kind, error.retry, error.charged, sent);
        assert_eq!(judged, (ErrorKind::Unreadable, Retry::Never, Charged::Unknown, 1), "{act:?}: {error}");
    }
    // A service that labels a plain reply as compressed is read all the same: nothing compressed was asked for.
    let server = Server::start(|_| vec![say(200, "content-encoding: gzip\r\n", r#"{"id":"t1"}"#)]);
    assert_eq!(remote(&server.base).submit(&order()).await.unwrap(), ticket());
}

#[tokio::test]
async fn refusals_are_the_dialects_matter_and_pauses_the_services() {
    let (error, _) = refused(say(401, "x-request-id: r9\r\n", format!(r#"{{"no":"{KEY} is wrong"}}"#))).await;
    assert_eq!((error.kind, error.charged, error.request_id.as_deref()), (ErrorKind::Auth, Charged::No, Some("r9")));
    assert!(error.message.contains("*** is wrong"), "{error}");
    let (error, sent) = refused(say(429, "retry-after: 7\r\n", "{}")).await;
    assert_eq!((error.retry, sent), (Retry::After(Duration::from_secs(7)), 1));
    let (error, _) = refused(say(503, "", r#"{"code":"ServerOverloaded"}"#)).await;
    assert_eq!((error.retry, error.charged), (Retry::Backoff, Charged::No));
    for status in [502, 504, 524] {
        let (error, _) = refused(say(status, "", "<html>gateway</html>")).await;
        assert_eq!((error.retry, error.charged), (Retry::Never, Charged::Unknown), "{status}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for (status, charged) in [(301, Charged::Unknown), (303, Charged::Unknown), (307, Charged::No), (308, Charged::No)]
    {
        let (error, sent) = refused(say(status, "location: https://else.example/v3?sig=1\r\n", "")).await;
        assert_eq!((error.retry, error.charged, sent), (Retry::Never, charged, 1), "{status}");
        assert!(error.message.contains("`https://else.example/v3`"), "{error}");
    }
}

fn not_made(base: &str, key: &str) -> ProviderError {
    Remote::speaking(&TOY, &Toy, base, &SecretString::from(key)).map(|_| ()).unwrap_err()
}

#[test]
fn keys_and_base_urls_are_checked_before_anything_is_sent() {
    let error = not_made("http://toy.example", KEY);
    assert_eq!((error.kind, error.charged), (ErrorKind::Request, Charged::No));
    for key in ["", " \n", "sk\nmore", "schlüssel"] {
        let error = not_made("https://toy.example", key);
        assert!(error.kind == ErrorKind::Auth && error.message.contains("`TOY_API_KEY`"), "{key:?}: {error}");
    }
    assert!(Remote::new(&storyreel_core::provider::BUILT_IN, "https://a.example", &SecretString::from(KEY)).is_err());
}

fn written(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[tokio::test]
async fn files_are_named_by_their_content_and_uploaded_where_they_must_be() {
    let folder = tempfile::tempdir().unwrap();
    let picture = written(&folder, "frame.jpg", b"\x89PNG\r\n\x1A\n");
    let clip = written(&folder, "clip.mp4", b"\0\0\0\x10ftypisom\0\0\0\0");
    let server = Server::start(|_| vec![say(200, "", r#"{"url":"https://files.example/1"}"#)]);
    let remote = remote(&server.base);
    let address = "https://toy.example/last.png";
    let original = InputFrom::Handover { path: picture.clone(), address: Some(address.to_owned()) };
    let inputs = vec![
        given(InputRole::ReferenceImage, picture.clone()),
        Input { role: InputRole::ReferenceImage, from: original },
        given(InputRole::ReferenceVideo, clip.clone()),
    ];
    let Prepared::Order(order) = remote.prepare(&request(inputs)).await.unwrap() else { panic!("an order") };
    let crate::dialect::http::RequestBody::Json(body) = order.body else { panic!("JSON") };
    let sent: Vec<_> = body["inputs"].as_array().unwrap().iter().map(|input| input[1].as_str().unwrap()).collect();
    assert_eq!(sent, ["data:image/png;base64,iVBORw0KGgo=", address, "https://files.example/1"]);

    let large = written(&folder, "large.png", b"");
    std::fs::File::options().write(true).open(&large).unwrap().set_len(64_000_001).unwrap();
    for (input, kind, why) in [
        (given(InputRole::FirstFrame, clip), ErrorKind::Request, "should be image and is video/mp4"),
        (given(InputRole::FirstFrame, folder.path().join("none.png")), ErrorKind::Here, "cannot read"),
        (given(InputRole::FirstFrame, large), ErrorKind::Request, "65 MB would be sent, more than the 64 MB"),
        (given(InputRole::ReferenceAudio, picture), ErrorKind::Request, "takes no audio from disk"),
    ] {
        let error = remote.prepare(&request(vec![input])).await.unwrap_err();
        assert_eq!((error.kind, error.charged), (kind, Charged::No), "{error}");
        assert!(error.message.contains(why) && error.about.is_some(), "{error:?}");
    }
    assert_eq!(server.requests().len(), 1);
}
