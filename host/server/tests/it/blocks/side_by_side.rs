//! Two versions of one block in one server, while visitors talk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{Does, blocks, hello, network, publish, refused, said, scripts, text_of, until_said};
use crate::app::place;
use crate::process::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_live_side_by_side_while_visitors_talk() {
    let place = place();
    let server = Arc::new(Server::start(place.path()));
    let one = hello(place.path(), "1.0.0", &Does::Says("one"), &[network()]);
    let two = hello(
        place.path(),
        "2.0.0",
        &Does::Says("two"),
        &[network(), scripts()],
    );

    let told = blocks(&place, &["install", text_of(&one)]);
    assert!(
        told.contains("It may send requests to api.example.com."),
        "{told}"
    );
    assert!(told.contains("Why: It looks names up."), "{told}");
    assert!(told.contains("It waits."), "{told}");
    publish(&place, "early");
    assert_eq!(
        said(&server, "early").await,
        "before after",
        "nothing is granted"
    );
    let told = refused(&place, &["grant", "acme/hello", "reveal"]);
    assert!(told.contains("does not ask for “reveal”"), "{told}");
    blocks(&place, &["grant", "acme/hello"]);
    until_said(&server, "early", "before one after").await;
    publish(&place, "first");

    // From here on the bot says the same whatever is done to other versions.
    let (stop, talks) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let talking = {
        let (server, stop, talks) = (server.clone(), stop.clone(), talks.clone());
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(said(&server, "first").await, "before one after");
                talks.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let told = blocks(&place, &["upgrade", text_of(&two)]);
    assert!(told.contains("+ It may run JavaScript"), "{told}");
    assert!(told.contains("It waits."), "{told}");
    assert_eq!(said(&server, "early").await, "before one after");
    blocks(&place, &["grant", "acme/hello"]);
    publish(&place, "second");
    until_said(&server, "second", "before two after").await;
    until_said(&server, "early", "before two after").await;
    stop.store(true, Ordering::Relaxed);
    talking.await.expect("every conversation went well");
    assert!(talks.load(Ordering::Relaxed) > 0);

    // After a start the older version is loaded when its bot is talked to.
    Arc::into_inner(server).expect("nobody else has it").kill();
    let server = Server::start(place.path());
    assert_eq!(said(&server, "first").await, "before one after");
    assert_eq!(said(&server, "second").await, "before two after");

    let told = blocks(&place, &["rollback", "acme/hello"]);
    assert!(told.contains("acme/hello 1.0.0 is active again"), "{told}");
    until_said(&server, "early", "before one after").await;
    assert_eq!(
        said(&server, "second").await,
        "before two after",
        "it is locked"
    );

    let told = refused(&place, &["uninstall", "acme/hello"]);
    assert!(told.contains("is used by"), "{told}");
    blocks(&place, &["uninstall", "acme/hello", "--force"]);
    until_said(&server, "early", "before after").await;
    until_said(&server, "second", "before after").await;
    let told = blocks(&place, &["list"]);
    assert!(!told.contains("acme/hello"), "{told}");
    server.kill();
}

#[tokio::test]
async fn a_version_that_only_breaks_is_taken_out() {
    let place = place();
    let server = Server::start(place.path());
    let bad = hello(place.path(), "1.0.0", &Does::Traps, &[]);
    let told = blocks(&place, &["install", text_of(&bad)]);
    assert!(told.contains("It asks for nothing"), "{told}");
    assert!(told.contains("acme/hello 1.0.0 is active."), "{told}");
    publish(&place, "bad");
    let began = std::time::Instant::now();
    loop {
        assert_eq!(said(&server, "bad").await, "before after");
        if blocks(&place, &["list"]).contains("broken") {
            break;
        }
        assert!(began.elapsed() < crate::model::PATIENCE, "it stays");
    }
    let log = server.finish();
    assert!(log.contains("a block is taken out"), "{log}");
    assert!(log.contains("talkloom blocks rollback acme/hello"), "{log}");
}
