use super::server::{Act, Server, say};
use super::*;

/// One look against one answer.
async fn failed(act: Act) -> ProviderError {
    let server = Server::start(|_| vec![act]);
    let error = remote(&server.base).poll(&ticket()).await.unwrap_err();
    keyless(&error);
    assert_eq!(error.charged, Charged::No, "a look costs nothing: {error}");
    error
}

#[tokio::test]
async fn a_look_that_fails_for_the_moment_may_be_repeated() {
    for act in [
        Act::Leave,
        say(408, "", ""),
        say(425, "", ""),
        say(429, "", ""),
        say(500, "", ""),
        say(200, "content-type: text/html\r\n", "<html>down for maintenance</html>"),
        say(200, "", r#"{"state":"#),
    ] {
        assert_eq!(failed(act.clone()).await.retry, Retry::Backoff, "{act:?}");
    }
    let minute = "date: Sun, 06 Nov 1994 08:48:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    assert_eq!(failed(say(503, minute, "")).await.retry, Retry::After(Duration::from_mins(1)));
    assert_eq!(failed(say(503, "retry-after: 86400\r\n", "")).await.retry, Retry::After(Duration::from_mins(10)));
}

#[tokio::test]
async fn a_look_that_is_refused_or_says_something_new_is_not() {
    for act in [
        say(401, "", format!("{KEY}?")),
        say(404, "", ""),
        say(200, "", r#"{"state":"transcending"}"#),
        say(302, "location: /login\r\n", ""),
    ] {
        assert_eq!(failed(act.clone()).await.retry, Retry::Never, "{act:?}");
    }
}

#[tokio::test]
async fn a_task_that_is_not_known_is_told_as_such_however_new_it_is() {
    let server = Server::start(|_| vec![say(200, "", r#"{"id":"t1"}"#), say(404, "", ""), say(404, "", "")]);
    let remote = remote(&server.base);
    let new = remote.submit(&order()).await.unwrap();
    for ticket in [new, Ticket("of another process".to_owned())] {
        let error = remote.poll(&ticket).await.unwrap_err();
        assert_eq!(
            (error.kind, error.retry),
            (ErrorKind::NoTask, Retry::Never),
            "whether it is new is the engine's part"
        );
    }
}

#[tokio::test]
async fn a_reply_about_another_task_is_not_believed() {
    for state in ["queued", "done"] {
        let body = json!({"id": "t2", "state": state, "video": "https://toy.example/other.mp4"});
        let error = failed(say(200, "", body.to_string())).await;
        assert_eq!((error.kind, error.retry), (ErrorKind::Unreadable, Retry::Backoff));
        assert!(error.message.contains("task t1") && error.message.contains("task t2"), "{error}");
    }
    let server = Server::start(|_| {
        vec![
            say(200, "", r#"{"id":"\u001b[2J","state":"done"}"#),
            say(200, "", r#"{"id":"t1","state":"running"}"#),
            say(200, "", r#"{"state":"running"}"#),
        ]
    });
    let remote = remote(&server.base);
    let error = remote.poll(&ticket()).await.unwrap_err();
    assert!(!error.message.contains('\u{1b}'), "{error:?}");
    for _ in 0..2 {
        assert_eq!(remote.poll(&ticket()).await, Ok(TaskState::Running(None)), "its own, or none by name");
    }
}

/// A page of the list of tasks.
fn page(tasks: &Value) -> Act {
    say(200, "", tasks.to_string())
}

fn task(id: &str, mark: Option<&str>) -> Value {
    json!({"id": id, "mark": mark})
}

#[tokio::test]
async fn a_lost_order_is_found_in_the_list() {
    let pages = [
        page(&json!([task("other", Some("m2")), task("another", Some("m3"))])),
        // A new task has moved everything by one.
        page(&json!([task("another", Some("m3")), task("plain", None), task("ours", Some("m1"))])),
        page(&json!([task("older", Some("m4"))])),
        page(&json!([])),
    ];
    let server = Server::start(|_| pages.to_vec());
    let found = remote(&server.base).find("toy-1", "m1").await.unwrap();
    let ids: Vec<&str> = found.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["other", "another", "plain", "ours"]);
    assert_eq!(server.requests().len(), 2, "what is found ends the search");
    let server = Server::start(|_| pages.to_vec());
    let found = remote(&server.base).find("toy-1", "m9").await.unwrap();
    assert_eq!(found.len(), 5, "what is not there is looked for to the end");
    assert_eq!(server.requests().len(), 4);

    // Half a list is no proof that there was no order.
    let server = Server::start(|_| vec![page(&json!([task("other", Some("m2"))])), say(500, "", "")]);
    assert!(remote(&server.base).find("toy-1", "m1").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn polls_keep_their_distance() {
    const SLOW: Provider = Provider { poll: PollBounds { first: 1, longest: 5, per_second: 2 }, ..TOY };
    let wire =
        super::super::transport::Connection::new(&SLOW, &Toy, "https://toy.example", &SecretString::from(KEY)).unwrap();
    let began = tokio::time::Instant::now();
    futures::future::join_all((0..5).map(|_| wire.turn())).await;
    assert_eq!(began.elapsed().as_millis() / 100, 20, "four pauses of half a second");
}
