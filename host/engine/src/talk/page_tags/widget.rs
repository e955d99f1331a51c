//! The support widget that a page shows or closes. The chat API has the page run a script for it;
//! what the bot says goes into the script's arguments, never into its text.

use super::{Flowing, Talk};
use crate::message::Channel;
use crate::turn::Refusal;
use serde_json::{Map, Value, json};
use talkloom_flow::Block;

/// Where the widget comes from when the file names no address.
const DEFAULT_BASE: &str = "https://app.chatwoot.com";

/// Runs in the visitor's page.
const SHOW: &str = r#"const open = () => {
  if (user.id || user.email) {
    const { id, ...details } = user;
    window.$chatwoot.setUser(id || resultId, details);
  }
  window.$chatwoot.toggle("open");
};
if (window.$chatwoot) return open();
window.addEventListener("chatwoot:ready", open, { once: true });
const script = document.createElement("script");
script.src = baseUrl + "/packs/js/sdk.js";
script.async = true;
script.onload = () => window.chatwootSDK.run({ websiteToken, baseUrl });
document.head.append(script);"#;

/// Runs in the visitor's page.
const CLOSE: &str = r#"if (window.$chatwoot) {
  window.$chatwoot.toggle("close");
  window.$chatwoot.toggleBubbleVisibility("hide");
}"#;

impl Talk {
    pub(super) async fn tell_widget(
        &mut self,
        action: &str,
        block: &Block,
        options: &Map<String, Value>,
    ) -> Result<Flowing, Refusal> {
        if self.contact.channel != Channel::Web {
            return Ok(Flowing::On);
        }
        if options.get("task").and_then(Value::as_str) == Some("Close widget") {
            self.run_in_page(action, block, CLOSE, json!([]));
            return Ok(Flowing::On);
        }
        let mut filled = json!(options);
        self.fill_json(&mut filled).await?;
        let text = |key: &str| filled[key].as_str().filter(|text| !text.is_empty());
        if self.is_preview() {
            let message = format!("{} is not enabled in a preview.", block.type_name());
            self.log("info", message, None);
            return Ok(Flowing::On);
        }
        let Some(token) = text("websiteToken") else {
            let message = format!(
                "{} has no website token, so nothing is shown.",
                block.type_name()
            );
            self.log("error", message, None);
            return Ok(Flowing::On);
        };
        let base = text("baseUrl")
            .unwrap_or(DEFAULT_BASE)
            .trim_end_matches('/');
        let arguments = json!([
            {"id": "baseUrl", "value": base},
            {"id": "websiteToken", "value": token},
            {"id": "user", "value": user(&filled["user"])},
            {"id": "resultId", "value": self.frame().result},
        ]);
        self.run_in_page(action, block, SHOW, arguments);
        Ok(Flowing::On)
    }

    fn run_in_page(&mut self, action: &str, block: &Block, content: &str, arguments: Value) {
        let script = json!({"content": content, "args": arguments});
        self.act(action, json!({"scriptToExecute": script}), block, false);
    }
}

/// The visitor, under the widget's names.
fn user(options: &Value) -> Value {
    let mut user = Map::new();
    for (key, name) in [
        ("id", "id"),
        ("email", "email"),
        ("name", "name"),
        ("avatarUrl", "avatar_url"),
        ("phoneNumber", "phone_number"),
    ] {
        if let Some(text) = options[key].as_str().filter(|text| !text.is_empty()) {
            user.insert(name.to_owned(), json!(text));
        }
    }
    Value::Object(user)
}
