//! The pages that the server gives out.

use serde_json::json;

use crate::app::TestApp;
use crate::bots::greeter;

#[tokio::test]
async fn a_bot_s_page_says_what_the_bot_is() {
    let app = TestApp::new().await;
    let mut document = greeter();
    document["settings"]["metadata"] = json!({
        "title": "Tea & cake <3", "description": "Order here.", "allowIndexing": true,
        "imageUrl": "https://x.example/a.png", "favIconUrl": "https://x.example/icon.png",
    });
    app.publish("tea", &document).await;
    let page = app.get("/tea").await;
    assert_eq!(page.status, 200);
    let html = page.body.as_str().expect("a page");
    for part in [
        "<title>Tea &amp; cake &lt;3</title>",
        "<meta name=\"description\" content=\"Order here.\">",
        "<meta property=\"og:image\" content=\"https://x.example/a.png\">",
        "<link rel=\"icon\" href=\"https://x.example/icon.png\">",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!html.contains("noindex"), "{html}");
    assert_eq!(html.matches("rel=\"icon\"").count(), 1, "{html}");
    assert!(
        html.contains("type=\"module\""),
        "the page still has its program"
    );
}

#[tokio::test]
async fn where_no_bot_is_a_page_says_so() {
    let app = TestApp::new().await;
    for path in ["/nothing", "/no.thing"] {
        let page = app.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        let html = page.body.as_str().expect("a page");
        assert!(html.contains("There is no bot here"), "{html}");
    }
    assert_eq!(app.get("/a/b").await.status, 404);
}
