//! Files that blocks save in a conversation, and read from it.

use axum::body::{Body, to_bytes};
use mime_guess::Mime;
use percent_encoding::percent_decode_str;
use talkloom_blocks::{Declined, NewFile};
use talkloom_store::repository::NewFile as Announced;
use talkloom_store::{Repositories, StoreError, StoredFile};

use super::{Conversation, Reach, broken};
use crate::files::{FileKey, StorageError, settle_result};

/// Files that one block of one conversation may save.
const FILES_OF_A_BLOCK: u64 = 200;

/// Stores a file under a name that nobody guesses; gives its address.
pub(super) async fn save(reach: &Reach, file: NewFile) -> Result<String, Declined> {
    let conversation = reach.conversation()?;
    let app = &reach.app;
    let key = key(reach, conversation, &file.name).with_word(&app.entropy.id());
    let size = u64::try_from(file.data.len()).unwrap_or(u64::MAX);
    let room = app.files.has_room(size).await;
    if !room.map_err(|error| broken("stored", &error))? {
        return Err(no_room());
    }
    // Whatever the type says, files are served so that no browser runs them.
    let media_type = file.media_type.parse::<Mime>();
    let media_type = media_type.unwrap_or(mime_guess::mime::APPLICATION_OCTET_STREAM);
    let media_type = media_type.essence_str();
    let announced = announce(reach, conversation, &key, media_type, size).await;
    if !announced.map_err(|error| broken("stored", &error))? {
        return Err(Declined::Denied(format!(
            "A block saves at most {FILES_OF_A_BLOCK} files in one conversation."
        )));
    }
    let stored = app
        .files
        .put(&key, media_type, Body::from(file.data), Some(size));
    match stored.await {
        Ok(_) => {}
        Err(StorageError::Full) => return Err(no_room()),
        Err(error) => return Err(broken("stored", &error)),
    }
    let arrived = arrived(reach, &key, size).await;
    arrived.map_err(|error| broken("stored", &error))?;
    Ok(format!("{}/files/{key}", app.base_url()))
}

async fn announce(
    reach: &Reach,
    conversation: &Conversation,
    key: &FileKey,
    media_type: &str,
    size: u64,
) -> Result<bool, StoreError> {
    let app = &reach.app;
    let tx = app.store.begin().await?;
    let known = tx.files().count(&reach.workspace, key.folder()).await?;
    if conversation.result.is_some() && known >= FILES_OF_A_BLOCK {
        return Ok(false);
    }
    let new = Announced {
        folder: key.folder().to_owned(),
        name: key.name().to_owned(),
        bot_id: conversation.bot.clone(),
        result_id: conversation.result.clone(),
        block_id: conversation.block.clone(),
        media_type: media_type.to_owned(),
        is_private: false,
        max_size: i64::try_from(size).unwrap_or(i64::MAX),
    };
    let now_ms = app.clock.now_ms();
    tx.files().announce(&reach.workspace, new, now_ms).await?;
    tx.commit().await?;
    Ok(true)
}

async fn arrived(reach: &Reach, key: &FileKey, size: u64) -> Result<(), StoreError> {
    let tx = reach.app.store.begin().await?;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    tx.files()
        .arrived(&reach.workspace, key.folder(), key.name(), size)
        .await?;
    tx.commit().await
}

fn no_room() -> Declined {
    Declined::Failed("There is no room for more files on this server.".to_owned())
}

fn key(reach: &Reach, conversation: &Conversation, name: &str) -> FileKey {
    let (bot, block) = (conversation.bot.as_str(), conversation.block.as_str());
    let Some(result) = &conversation.result else {
        return FileKey::new(["public", "tmp", "typebots", bot, "blocks", block], name);
    };
    let folder = [
        "public",
        "workspaces",
        reach.workspace.as_str(),
        "typebots",
        bot,
        "results",
        result.as_str(),
        "blocks",
        block,
    ];
    FileKey::new(folder, name)
}

/// Reads a file of the conversation. Any other is as one that is not there.
pub(super) async fn load(
    reach: &Reach,
    address: &str,
    max_bytes: usize,
) -> Result<Vec<u8>, Declined> {
    let none = || Declined::Denied("This conversation has no such file.".to_owned());
    let conversation = reach.conversation()?;
    let key = key_of(reach, address).ok_or_else(none)?;
    let mut found = find(reach, conversation, &key).await?;
    if let (Some(StoredFile { size: None, .. }), Some(result)) = (&found, &conversation.result) {
        let settled = settle_result(&reach.app, &reach.workspace, result).await;
        settled.map_err(|error| broken("read", &error))?;
        found = find(reach, conversation, &key).await?;
    }
    let size = found.and_then(|file| file.size).ok_or_else(none)?;
    if usize::try_from(size).map_or(true, |size| size > max_bytes) {
        return Err(Declined::Denied(format!(
            "A block reads files of at most {} MiB.",
            max_bytes >> 20
        )));
    }
    let opened = reach.app.files.open(&key).await;
    let opened = opened.map_err(|error| broken("read", &error))?;
    let content = opened.ok_or_else(none)?.content;
    let bytes = to_bytes(content, max_bytes).await;
    Ok(bytes.map_err(|error| broken("read", &error))?.to_vec())
}

/// A file that belongs to the conversation; a preview's, to a preview of the same bot.
async fn find(
    reach: &Reach,
    conversation: &Conversation,
    key: &FileKey,
) -> Result<Option<StoredFile>, Declined> {
    let files = reach.app.store.reader().files();
    let found = files.find(&reach.workspace, key.folder(), key.name()).await;
    let found = found.map_err(|error| broken("read", &error))?;
    Ok(found.filter(|file| {
        file.result_id == conversation.result
            && (file.result_id.is_some() || file.bot_id == conversation.bot)
    }))
}

/// The file that an address of this server names.
fn key_of(reach: &Reach, address: &str) -> Option<FileKey> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (_, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8().ok()?;
    if let Some(path) = path.strip_prefix("files/") {
        return FileKey::parse(path);
    }
    let private = path.strip_prefix("api/typebots/")?;
    FileKey::parse(&format!(
        "private/workspaces/{}/typebots/{private}",
        reach.workspace
    ))
}
