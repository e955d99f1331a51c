//! Small values that blocks keep between calls. They are written at once, not with the turn: a turn
//! that is taken anew finds them.

use talkloom_blocks::{Declined, ValueKey, ValueScope};
use talkloom_store::repository::ValuePlace;
use talkloom_store::{Repositories, StoreError};

use super::{Reach, broken};

/// What a component may keep in a workspace, in bytes.
const MOST_BYTES: i64 = 16 << 20;
/// How long a conversation's value is kept at most.
const CONVERSATION_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

pub(super) async fn get(reach: &Reach, key: ValueKey) -> Result<Option<Vec<u8>>, Declined> {
    let place = place(reach, key)?;
    let values = reach.app.store.reader().block_values();
    let found = values.get(&reach.workspace, &place, reach.app.clock.now_ms());
    found.await.map_err(|error| broken("read", &error))
}

pub(super) async fn set(
    reach: &Reach,
    key: ValueKey,
    value: Vec<u8>,
    ttl_s: Option<u32>,
) -> Result<(), Declined> {
    let now_ms = reach.app.clock.now_ms();
    let asked = ttl_s.map(|seconds| now_ms + i64::from(seconds) * 1_000);
    let expires_at = match key.scope {
        ValueScope::Workspace => asked,
        ValueScope::Conversation => {
            let last = now_ms + CONVERSATION_MS;
            Some(asked.map_or(last, |asked| asked.min(last)))
        }
    };
    let place = place(reach, key)?;
    let kept = keep(reach, &place, &value, expires_at, now_ms).await;
    match kept.map_err(|error| broken("kept", &error))? {
        true => Ok(()),
        false => Err(Declined::Denied(format!(
            "This block keeps {} MiB already, which is the most. Have it delete values.",
            MOST_BYTES >> 20
        ))),
    }
}

/// Whether there was room.
async fn keep(
    reach: &Reach,
    place: &ValuePlace,
    value: &[u8],
    expires_at: Option<i64>,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let tx = reach.app.store.begin().await?;
    let values = tx.block_values();
    let kept = values.bytes_beside(&reach.workspace, place, now_ms).await?;
    let new = i64::try_from(value.len()).unwrap_or(i64::MAX);
    if kept.saturating_add(new) > MOST_BYTES {
        return Ok(false);
    }
    values
        .set(&reach.workspace, place, value, expires_at)
        .await?;
    tx.commit().await?;
    Ok(true)
}

pub(super) async fn delete(reach: &Reach, key: ValueKey) -> Result<(), Declined> {
    let place = place(reach, key)?;
    let deleting = async {
        let tx = reach.app.store.begin().await?;
        tx.block_values().delete(&reach.workspace, &place).await?;
        tx.commit().await
    };
    deleting.await.map_err(|error| broken("removed", &error))
}

fn place(reach: &Reach, key: ValueKey) -> Result<ValuePlace, Declined> {
    let owner = match key.scope {
        ValueScope::Conversation => reach.conversation()?.owner().to_owned(),
        ValueScope::Workspace => String::new(),
    };
    Ok(ValuePlace {
        component: key.component,
        owner,
        key: key.key,
    })
}
