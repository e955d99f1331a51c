//! Which file a waiting conversation expects.

use mime_guess::Mime;
use talkloom_engine::inputs::files::{extension, is_type_allowed};
use talkloom_flow::BlockKind;
use talkloom_flow::input::{Extra, FileOptions, TextOptions};

use crate::chat::ChatError;
use crate::conversation::Glance;
use crate::files::FileKey;

const MEGABYTE: f64 = (1 << 20) as f64;

/// What the block takes that the conversation waits at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expected {
    /// Only people of the workspace may read it.
    pub(super) is_private: bool,
    /// The most megabytes.
    pub(super) max_megabytes: f64,
    /// Extensions and media types; none: all.
    allowed_types: Option<Vec<String>>,
}

impl Expected {
    /// What the conversation waits for; refused where that is no file. `max_megabytes` is the
    /// operator's limit: an old file's own can only be lower.
    pub(super) fn of(
        glance: &Glance,
        media_type: &Mime,
        max_megabytes: u32,
    ) -> Result<Self, ChatError> {
        let none = || ChatError::bad_request("Current block does not expect file upload");
        match &glance.block().ok_or_else(none)?.kind {
            BlockKind::File(options) => Ok(Self::of_files(options.get(), max_megabytes)),
            BlockKind::TextInput(options) => {
                let options = options.get().ok_or_else(none)?;
                Self::of_extras(options, media_type, max_megabytes).ok_or_else(none)
            }
            _ => Err(none()),
        }
    }

    fn of_files(options: Option<&FileOptions>, max_megabytes: u32) -> Self {
        let own_limit = options.and_then(|options| options.size_limit.get()?.as_f64());
        let own_limit = own_limit.filter(|limit| *limit > 0.0);
        let allowed_types = options
            .and_then(|options| options.allowed_file_types.get())
            .filter(|types| types.is_enabled.is_on(false))
            .map(|types| types.types.items().cloned().collect());
        let visibility = options.and_then(|options| options.visibility.filled());
        Self {
            is_private: visibility == Some("Private"),
            max_megabytes: f64::from(max_megabytes).min(own_limit.unwrap_or(f64::INFINITY)),
            allowed_types,
        }
    }

    /// Where both are taken, a sound counts as a voice and anything else as an attachment.
    fn of_extras(options: &TextOptions, media_type: &Mime, max_megabytes: u32) -> Option<Self> {
        let enabled = |extra: Option<&Extra>| {
            let extra = extra.filter(|extra| extra.is_enabled.is_on(false))?;
            Some(extra.visibility.filled() == Some("Private"))
        };
        let voice = enabled(options.audio_clip.get());
        let attachment = enabled(options.attachments.get());
        let is_private = if media_type.type_() == "audio" {
            voice.or(attachment)?
        } else {
            attachment.or(voice)?
        };
        Some(Self {
            is_private,
            max_megabytes: max_megabytes.into(),
            allowed_types: None,
        })
    }

    /// Refuses a file of another type or a larger one.
    pub(super) fn check(
        &self,
        name: &str,
        media_type: &Mime,
        bytes: Option<u64>,
    ) -> Result<(), ChatError> {
        let kind = media_type.essence_str();
        if let Some(allowed) = &self.allowed_types
            && !is_type_allowed(extension(name), Some(kind), allowed)
        {
            let message = format!("File type {kind} not allowed");
            return Err(ChatError::bad_request(message));
        }
        if bytes.is_some_and(|bytes| bytes > self.max_bytes()) {
            let message = format!("File size exceeds the {}MB limit", self.max_megabytes);
            return Err(ChatError::bad_request(message));
        }
        Ok(())
    }

    /// The most bytes.
    pub(super) fn max_bytes(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the limit is positive and at most the operator's"
        )]
        let bytes = (self.max_megabytes * MEGABYTE) as u64;
        bytes
    }
}

/// Where a file of the conversation goes.
pub(super) fn key(glance: &Glance, is_private: bool, name: &str) -> FileKey {
    let block = glance.state.current_block.as_deref().unwrap_or_default();
    let (bot, workspace) = (&glance.running.bot_id, &glance.session.workspace_id);
    let Some(result) = glance.state.running_result() else {
        let folder = ["public", "tmp", "typebots", bot.as_str(), "blocks", block];
        return FileKey::new(folder, name);
    };
    let folder = [
        if is_private { "private" } else { "public" },
        "workspaces",
        workspace.as_str(),
        "typebots",
        bot.as_str(),
        "results",
        result,
        "blocks",
        block,
    ];
    FileKey::new(folder, name)
}
