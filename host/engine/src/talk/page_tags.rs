//! Block types that only tell the page something, under the names that files and the chat API use.
//!
//! They need no component; one that claims such a type takes its place.

mod widget;

use super::Talk;
use super::walk::Flowing;
use crate::message::Channel;
use crate::turn::Refusal;
use crate::value;
use serde_json::{Map, Value, json};
use talkloom_flow::{Block, VariableValue};

/// The client action of a block type, if the page alone handles it.
pub(super) fn action_of(block_type: &str) -> Option<&'static str> {
    match block_type {
        "Google Analytics" => Some("googleAnalytics"),
        "Pixel" => Some("pixel"),
        "Chatwoot" => Some("chatwoot"),
        _ => None,
    }
}

impl Talk {
    /// Tells the page; a preview tells it nothing.
    pub(super) async fn tell_page(
        &mut self,
        action: &str,
        block: &Block,
        options: Option<&Map<String, Value>>,
    ) -> Result<Flowing, Refusal> {
        let Some(options) = options else {
            return Ok(Flowing::On);
        };
        if action == "chatwoot" {
            return self.tell_widget(action, block, options).await;
        }
        let names_pixel = options.get("pixelId").is_some_and(|id| id != "");
        if self.contact.channel != Channel::Web || (action == "pixel" && !names_pixel) {
            return Ok(Flowing::On);
        }
        if self.is_preview() {
            let message = format!("{} is not enabled in a preview.", block.type_name());
            self.log("info", message, None);
            return Ok(Flowing::On);
        }
        let mut payload = json!(options);
        self.fill_json(&mut payload).await?;
        if action == "googleAnalytics"
            && let Some(Value::String(text)) = payload.get("value")
        {
            payload["value"] = value::guess_type(&VariableValue::Text(text.clone()));
        }
        self.act(action, payload, block, false);
        Ok(Flowing::On)
    }
}
