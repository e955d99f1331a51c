//! Parts of the document that a page gets beside the conversation: its theme and settings.

use super::Talk;
use super::frame::restore_all;
use crate::effect::FlowRef;
use crate::mailbox::Mailbox;
use crate::message::Limits;
use crate::output::Output;
use crate::state::State;
use crate::turn::{Finish, Refusal};
use serde_json::Value;
use std::sync::Arc;
use talkloom_flow::catalog::Catalog;

/// Fills the texts of some JSON as the conversation's first bot would.
pub(crate) async fn fill(
    mailbox: Mailbox,
    state: State,
    flow: FlowRef,
    catalog: Arc<Catalog>,
    mut json: Value,
) -> Result<Finish, Refusal> {
    let root = state.frames.last().cloned();
    let frames = restore_all(&mailbox, root.into_iter().collect(), flow).await?;
    let (format, limits) = (state.text_format, Limits::default());
    let talk = Talk::new(mailbox, catalog, frames, format, limits, Vec::new());
    talk.fill_json(&mut json).await?;
    let output = Output {
        filled: Some(json),
        ..Output::default()
    };
    Ok(Finish {
        state,
        output,
        is_over: false,
    })
}
