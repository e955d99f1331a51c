//! Takes a name for a file that is about to come.

use talkloom_store::repository::NewFile;
use talkloom_store::{Repositories, ResultId, StoreError};

use crate::App;
use crate::chat::ChatError;
use crate::conversation::Glance;
use crate::files::FileKey;

/// Files that one block of one conversation may get.
const FILES_OF_A_BLOCK: u64 = 200;

/// Takes the name, or one like it where the folder has it already.
pub(super) async fn announce(
    app: &App,
    glance: &Glance,
    wanted: FileKey,
    (media_type, max_bytes): (&str, u64),
) -> Result<FileKey, ChatError> {
    let files = app.store.reader().files();
    let workspace = &glance.session.workspace_id;
    let known = files.count(workspace, wanted.folder()).await?;
    if glance.state.running_result().is_some() && known >= FILES_OF_A_BLOCK {
        return Err(ChatError::bad_request(format!(
            "At most {FILES_OF_A_BLOCK} files can be sent here. Start a new conversation."
        )));
    }
    let second = wanted.with_word(&(known + 1).to_string());
    // Two pages may send files of one name at once: the third name is nobody else's.
    let third = wanted.with_word(&app.entropy.id());
    for key in [wanted, second] {
        match take(app, glance, &key, media_type, max_bytes).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other.map(|()| key)?),
        }
    }
    take(app, glance, &third, media_type, max_bytes).await?;
    Ok(third)
}

async fn take(
    app: &App,
    glance: &Glance,
    key: &FileKey,
    media_type: &str,
    max_bytes: u64,
) -> Result<(), StoreError> {
    let state = &glance.state;
    let result = state.running_result();
    let new = NewFile {
        folder: key.folder().to_owned(),
        name: key.name().to_owned(),
        bot_id: glance.running.bot_id.clone(),
        result_id: result.map(|result| ResultId(result.to_owned())),
        block_id: state.current_block.clone().unwrap_or_default(),
        media_type: media_type.to_owned(),
        is_private: key.is_private(),
        max_size: i64::try_from(max_bytes).unwrap_or(i64::MAX),
    };
    let tx = app.store.begin().await?;
    let workspace = &glance.session.workspace_id;
    tx.files()
        .announce(workspace, new, app.clock.now_ms())
        .await?;
    tx.commit().await
}
