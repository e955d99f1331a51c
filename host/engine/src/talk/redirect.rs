//! Redirects: the page goes elsewhere, the conversation goes on.

use super::Talk;
use super::walk::Flowing;
use crate::turn::Refusal;
use serde_json::json;
use talkloom_flow::Block;
use talkloom_flow::logic::RedirectOptions;

impl Talk {
    pub(super) async fn redirect(
        &mut self,
        block: &Block,
        options: Option<&RedirectOptions>,
    ) -> Result<Flowing, Refusal> {
        let Some(options) = options else {
            return Ok(Flowing::On);
        };
        let Some(written) = options.url.filled() else {
            return Ok(Flowing::On);
        };
        let mut payload = json!({"url": with_scheme(&self.fill(written).await?)});
        if let Some(is_new_tab) = options.is_new_tab.get() {
            payload["isNewTab"] = json!(is_new_tab);
        }
        self.act("redirect", payload, block, false);
        Ok(Flowing::On)
    }
}

/// Takes an address without a known scheme for one on the web.
fn with_scheme(url: &str) -> String {
    let is_whole = ["http", "mailto:", "tel:", "sms:"]
        .iter()
        .any(|start| url.starts_with(start));
    if is_whole {
        url.to_owned()
    } else {
        format!("https://{url}")
    }
}
