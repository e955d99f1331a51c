//! The theme and the settings as a page gets them.

use serde_json::json;

use crate::app::TestApp;
use crate::bots::{bot, text, text_input};

#[tokio::test]
async fn variables_and_code_are_put_in() {
    let app = TestApp::new().await;
    let mut document = bot(&[text("b", "Hi"), text_input("b_in", "v_name")]);
    document["theme"] = json!({
        "general": {"background": {"type": "Image", "content": "https://x.example/{{City}}.png"}},
        "chat": {"list": ["{{City}}", {"in": "{{City}}"}]},
        "customCss": "/* a */ b { width: {{= 2 + 3 =}}px } #lite-badge { display: none }",
    });
    document["settings"]["general"]["systemMessages"] =
        json!({"botClosed": "Bye, {{=broken.code=}}"});
    app.publish("styled", &document).await;
    let body = json!({"prefilledVariables": {"City": "Rome"}});
    let started = app.start("styled", body).await;
    assert_eq!(started.status, 200, "{:#}", started.body);
    let theme = &started.body["typebot"]["theme"];
    assert_eq!(
        theme["general"]["background"]["content"],
        "https://x.example/Rome.png"
    );
    // Texts that stand directly in lists are left alone.
    assert_eq!(theme["chat"]["list"], json!(["{{City}}", {"in": "Rome"}]));
    assert_eq!(theme["customCss"], " b { width: 5px }");
    let closed = started.text("/typebot/settings/general/systemMessages/botClosed");
    assert_eq!(closed, "Bye, broken.code");
}

#[tokio::test]
async fn a_plain_theme_loses_its_comments_only() {
    let app = TestApp::new().await;
    let mut document = bot(&[text("b", "Hi")]);
    document["theme"] = json!({"customCss": "a{b:c}/* d */", "chat": {"roundness": "large"}});
    app.publish("plain", &document).await;
    let started = app.start("plain", json!({})).await;
    let expected = json!({"customCss": "a{b:c}", "chat": {"roundness": "large"}});
    assert_eq!(started.body["typebot"]["theme"], expected);
}
