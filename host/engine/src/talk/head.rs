//! What the visitor's page loads before anything is said: the head's code, tags and pixels.

use super::Talk;
use crate::message::Channel;
use crate::turn::Refusal;
use serde_json::{Map, Value, json};
use talkloom_flow::{Block, BlockKind, Flow};

/// The block types whose ids the page loads at its start, as files name them.
const ANALYTICS: &str = "Google Analytics";
const PIXEL: &str = "Pixel";

impl Talk {
    /// Tells the page what to load first; a preview says in its log that it does not.
    pub(super) async fn load_into_page(&mut self) -> Result<(), Refusal> {
        if self.contact.channel != Channel::Web {
            return Ok(());
        }
        let flow = self.flow();
        let mut wanted = wanted(&flow);
        if wanted.is_empty() {
            return Ok(());
        }
        if self.is_preview() {
            let names: Vec<&str> = wanted.keys().map(|key| name_of(key)).collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            let message = format!("{} {verb} not enabled in Preview mode", names.join(", "));
            self.log("info", message, None);
            return Ok(());
        }
        if let Some(Value::String(id)) = wanted.get_mut("googleAnalyticsId") {
            *id = self.fill(id).await?;
        }
        for id in wanted
            .get_mut("pixelIds")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            *id = json!(self.fill(id.as_str().unwrap_or_default()).await?);
        }
        let action = json!({"type": "startPropsToInject", "startPropsToInject": wanted});
        self.reply.client_side_actions.insert(0, action);
        Ok(())
    }
}

fn wanted(flow: &Flow) -> Map<String, Value> {
    let mut wanted = Map::new();
    let settings = flow.document().settings.get();
    if let Some(metadata) = settings.and_then(|settings| settings.metadata.get()) {
        for (key, field) in [
            ("customHeadCode", &metadata.custom_head_code),
            ("gtmId", &metadata.tag_manager_id),
        ] {
            if let Some(text) = field.filled() {
                wanted.insert(key.to_owned(), json!(text));
            }
        }
    }
    let mut pixels: Vec<&str> = Vec::new();
    for (block, options) in integrations(flow) {
        let text = |key: &str| {
            let text = options.get(key).and_then(Value::as_str);
            text.filter(|text| !text.is_empty())
        };
        match block.type_name() {
            ANALYTICS if !wanted.contains_key("googleAnalyticsId") => {
                if let Some(id) = text("trackingId") {
                    wanted.insert("googleAnalyticsId".to_owned(), json!(id));
                }
            }
            PIXEL if options.get("isInitSkip") != Some(&json!(true)) => {
                pixels.extend(text("pixelId").filter(|id| !pixels.contains(id)));
            }
            _ => {}
        }
    }
    if !pixels.is_empty() {
        wanted.insert("pixelIds".to_owned(), json!(pixels));
    }
    wanted
}

fn integrations(flow: &Flow) -> impl Iterator<Item = (&Block, &Map<String, Value>)> {
    let groups = flow.document().groups.items();
    let blocks = groups.flat_map(|group| group.blocks.items());
    blocks.filter_map(|block| match &block.kind {
        BlockKind::Integration(options) => Some((block, options.get()?)),
        _ => None,
    })
}

fn name_of(key: &str) -> &'static str {
    match key {
        "customHeadCode" => "Custom head code",
        "gtmId" => "The tag manager",
        "googleAnalyticsId" => ANALYTICS,
        _ => PIXEL,
    }
}
