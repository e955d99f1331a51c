//! A waiting conversation goes on with another version of its bot.

use crate::effect::FlowRef;
use crate::output::Output;
use crate::state::State;
use crate::turn::{Finish, Refusal};

/// Puts the version in the place of the one that the conversation began with, wherever that runs.
pub(crate) async fn update(mut state: State, newest: FlowRef) -> Result<Finish, Refusal> {
    let flow = newest
        .flow
        .ok_or_else(|| Refusal::internal("The bot's document is missing."))?;
    let old = state.root_version().unwrap_or_default().to_owned();
    let runs = state.versions().next() == Some(&old);
    let waits_at = state.current_block.as_deref().filter(|_| runs);
    if waits_at.is_some_and(|block| flow.block(block).is_none()) {
        return Err(Refusal::bad_request(
            "The block that this conversation waits at is not in the newest version. It goes on \
             with the version it has.",
        ));
    }
    // A bot that links to itself runs several times.
    for frame in &mut state.frames {
        if frame.version == old {
            frame.version.clone_from(&newest.version);
        }
    }
    Ok(Finish {
        state,
        output: Output::default(),
        is_over: false,
    })
}
