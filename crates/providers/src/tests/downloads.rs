use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::server::{Act, Server, cut, say};
use super::*;
use crate::FetchProgress;

/// A film of 5,000 bytes with two boxes.
fn film() -> Vec<u8> {
    let mut film = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
    film.extend(4984_u32.to_be_bytes());
    film.extend(b"mdat");
    film.extend((0..4976).map(|at| (at % 251) as u8));
    film
}

fn delivery(video: String) -> Delivery {
    Delivery { video: Some(video), ..Delivery::default() }
}

const HEAD: &str = "content-type: video/mp4\r\netag: \"e1\"\r\ncontent-length: 5000\r\n";

/// The rest of the film from `at`, as a server that knows ranges sends it.
fn rest(at: usize) -> Act {
    say(206, &format!("etag: \"e1\"\r\ncontent-range: bytes {at}-4999/5000\r\n"), &film()[at..])
}

fn done(video: &str) -> Act {
    say(200, "", json!({"state": "done", "video": video}).to_string())
}

fn said_to_be_video(body: &str) -> Act {
    say(200, "content-type: video/mp4\r\n", body)
}

fn redirect(to: &str) -> Act {
    say(302, &format!("location: {to}\r\n"), "")
}

/// Fetches from `/clip` of a server with this script. The requests, and the file or the error.
async fn fetched(script: impl FnOnce(&str) -> Vec<Act>) -> (Vec<String>, Result<Vec<u8>, ProviderError>) {
    let server = Server::start(script);
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("clip.mp4");
    let clip = delivery(format!("{}/clip?sig=secret", server.base));
    let so_far = AtomicU64::new(0);
    let result = hasty(&server.base)
        .fetch(&ticket(), &clip, &into, &|progress| {
            if let FetchProgress::Bytes { so_far: bytes, .. } = progress {
                so_far.store(bytes, Ordering::Relaxed);
            }
        })
        .await;
    let requests = server.requests();
    for request in requests.iter().filter(|request| request.contains("/clip")) {
        assert!(!request.contains(KEY), "links are asked without the key: {request}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    match result {
        Ok(()) => {
            assert_eq!(left, ["clip.mp4"]);
            assert_eq!(so_far.into_inner(), 5000);
            (requests, Ok(std::fs::read(&into).unwrap()))
        }
        Err(error) => {
            assert!(left.is_empty(), "nothing half is left: {left:?}");
            keyless(&error);
            assert!(!error.to_string().contains("secret"), "{error}");
            (requests, Err(error))
        }
    }
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_broke() {
    let (requests, file) = fetched(|_| vec![cut(200, HEAD, &film()[..2000]), rest(2000)]).await;
    assert_eq!(file.unwrap(), film());
    assert!(requests[1].contains("range: bytes=2000-\r\n") && requests[1].contains("if-range: \"e1\"\r\n"));
    assert!(requests.iter().all(|request| request.contains("accept-encoding: identity\r\n")));
}

#[tokio::test]
async fn a_server_that_ignores_the_range_or_has_another_file_is_asked_for_all() {
    let changed = say(206, "etag: \"e2\"\r\ncontent-range: bytes 2000-4999/5000\r\n", &film()[2000..]);
    let longer = say(206, "content-range: bytes 2000-5099/5100\r\n", [0; 3100]);
    for act in [changed, longer] {
        let (requests, file) = fetched(|_| vec![cut(200, HEAD, &film()[..2000]), act, cut(200, HEAD, film())]).await;
        assert_eq!(file.unwrap(), film());
        assert!(!requests[2].contains("range:"), "{}", requests[2]);
    }
    let (_, file) = fetched(|_| vec![cut(200, HEAD, &film()[..2000]), cut(200, HEAD, film())]).await;
    assert_eq!(file.unwrap(), film());
}

#[tokio::test]
async fn a_file_without_a_length_is_whole_when_its_boxes_are() {
    let (_, file) = fetched(|_| vec![cut(200, "", &film()[..4000]), cut(200, "", film())]).await;
    assert_eq!(file.unwrap(), film());
}

#[tokio::test]
async fn a_stalled_download_is_a_broken_one() {
    let (_, file) = fetched(|_| vec![Act::Hang, say(200, "", film())]).await;
    assert_eq!(file.unwrap(), film());
}

#[tokio::test]
async fn a_dead_link_is_renewed() {
    let (requests, file) =
        fetched(|base| vec![say(403, "", "expired"), done(&format!("{base}/clip2")), say(200, "", film())]).await;
    assert_eq!(file.unwrap(), film());
    assert!(requests[1].starts_with("GET /tasks/t1 ") && requests[2].starts_with("GET /clip2 "), "{requests:?}");
}

#[tokio::test]
async fn a_link_that_stays_dead_gives_way_to_the_service_itself() {
    let (requests, file) = fetched(|base| {
        let link = done(&format!("{base}/clip?sig=secret"));
        vec![say(410, "", ""), link, redirect("/clip-of-the-store"), say(200, "", film())]
    })
    .await;
    assert_eq!(file.unwrap(), film());
    assert!(requests[2].starts_with("GET /tasks/t1/content ") && requests[2].contains(KEY), "{}", requests[2]);
    assert!(requests[3].starts_with("GET /clip-of-the-store "), "{}", requests[3]);
}

#[tokio::test]
async fn what_is_paid_is_never_called_lost() {
    let refusal = say(403, "", KEY);
    let (requests, result) = fetched(|base| {
        let link = done(&format!("{base}/clip3"));
        vec![refusal.clone(), link, refusal.clone(), refusal.clone(), refusal]
    })
    .await;
    let error = result.unwrap_err();
    assert_eq!((error.kind, error.retry, error.charged), (ErrorKind::Download, Retry::Never, Charged::Yes(None)));
    for words in ["task `t1`", "paid", "nothing is lost", "24 hours", "7 days", "403"] {
        assert!(error.message.contains(words), "{words}: {error}");
    }
    assert_eq!(requests.len(), 5, "link, poll, fresh link, poll, content");
}

#[tokio::test]
async fn a_web_page_or_nothing_is_never_taken_for_a_clip() {
    let page = said_to_be_video("<html>please log in</html>");
    let acts = vec![page.clone(), say(500, "", ""), say(200, "", ""), Act::Leave, say(200, "", film())];
    let (_, file) = fetched(|_| acts).await;
    assert_eq!(file.unwrap(), film());
    let (requests, result) = fetched(|_| vec![page; 20]).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Download);
    assert!(error.message.contains("received a web page or XML instead of video"), "{error}");
    assert!(requests.len() < 12, "it gives up: {}", requests.len());
    let list = said_to_be_video("#EXTM3U\n#EXTINF:6.0,\nfile:///etc/hostname\n");
    let (_, result) = fetched(|_| vec![list; 20]).await;
    assert!(result.unwrap_err().message.contains("received an HLS playlist instead of video"));
}

#[tokio::test]
async fn a_list_of_other_files_is_never_taken_for_a_clip() {
    for (list, named) in [
        ("#EXTM3U\n#EXTINF:6.0,\nfile:///etc/hostname\n", "an HLS playlist"),
        ("ffconcat version 1.0\nfile /etc/hostname\n", "an ffconcat playlist"),
        ("ID3\u{3}\0\0\0\0\0\u{a}0123456789#EXTM3U\n", "an HLS playlist"),
    ] {
        let (_, result) = fetched(|_| vec![said_to_be_video(list); 20]).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Download);
        assert!(error.message.contains(&format!("received {named} instead of video")), "{error}");
    }
}

#[tokio::test]
async fn redirects_of_links_are_followed_and_end() {
    let (_, file) = fetched(|_| vec![redirect("/clip-a"), redirect("clip-b"), say(200, "", film())]).await;
    assert_eq!(file.unwrap(), film());
    let (requests, _) = fetched(|_| vec![redirect("/clip-on"); 7]).await;
    assert_eq!(requests.iter().filter(|request| request.contains("/clip")).count(), 6);
}

#[tokio::test]
async fn a_file_beyond_all_measure_is_not_begun() {
    let (_, result) = fetched(|_| vec![cut(200, "content-length: 3000000000\r\n", film()), say(404, "", "")]).await;
    assert!(result.unwrap_err().message.contains("could not be downloaded"));
}

/// Fetches a last frame from a server that answers so; without an answer there is no link to one.
async fn fetched_frame(act: Option<Act>, into: &Path) -> Result<bool, ProviderError> {
    let server = Server::start(|_| act.clone().into_iter().collect());
    let last_frame = act.map(|_| format!("{}/last.png", server.base));
    let frame = Delivery { last_frame, ..Delivery::default() };
    hasty(&server.base).fetch_last_frame(&ticket(), &frame, into).await
}

#[tokio::test]
async fn the_last_frame_comes_byte_by_byte_or_not_at_all() {
    let png = b"\x89PNG\r\n\x1A\n and its pixels";
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("last.png");
    assert_eq!(fetched_frame(Some(say(200, "", png)), &into).await, Ok(true));
    assert_eq!(std::fs::read(&into).unwrap(), png);
    std::fs::remove_file(&into).unwrap();
    assert_eq!(fetched_frame(None, &into).await, Ok(false));
    let page = say(200, "", "<html>");
    let too_large = say(200, "content-length: 30000001\r\n", "");
    for act in [say(404, "", ""), page, too_large] {
        assert_eq!(fetched_frame(Some(act), &into).await, Ok(false));
    }
    assert!(!into.exists());
    let nowhere = folder.path().join("none/last.png");
    let frame = Delivery { last_frame: Some("https://toy.example/last.png".to_owned()), ..Delivery::default() };
    let error = remote("http://127.0.0.1:1").fetch_last_frame(&ticket(), &frame, &nowhere).await.unwrap_err();
    assert_eq!((error.kind, error.charged), (ErrorKind::Here, Charged::Yes(None)));
}
