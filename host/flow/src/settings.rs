//! How a bot behaves.

use crate::field::{List, record};
use serde_json::Number;

record! {
    /// A bot's settings.
    Settings {
        /// What concerns every conversation.
        general: GeneralSettings,
        /// How fast it seems to type.
        typing_emulation: TypingEmulation,
        /// What its page says of itself.
        metadata: Metadata,
        /// Who may embed it.
        security: Security,
        /// Whether its flow may be read by a link.
        public_share: PublicShare,
    }

    /// What concerns every conversation.
    GeneralSettings {
        /// Whether the page says what made it.
        is_branding_enabled: bool,
        /// Whether inputs begin with their variable's value.
        is_input_prefill_enabled: bool,
        /// Whether the page takes its parameters off its address.
        is_hide_query_params_enabled: bool,
        /// The old, opposite form of `remember_user`.
        is_new_result_on_refresh_enabled: bool,
        /// Whether a visitor finds a conversation again.
        remember_user: RememberUser,
        /// Sentences that the bot says of itself.
        system_messages: SystemMessages,
    }

    /// Whether a visitor finds a conversation again.
    RememberUser {
        /// Whether it is so.
        is_enabled: bool,
        /// `session` or `local`.
        storage: String,
    }

    /// Sentences that the bot says of itself.
    SystemMessages {
        /// When a reply is not understood.
        invalid_message: String,
        /// When the bot takes no more conversations.
        bot_closed: String,
        /// When the network failed: the title.
        network_error_title: String,
        /// When the network failed: the sentence.
        network_error_message: String,
        /// When a file could not be sent.
        file_upload_error: String,
        /// When a file is too large.
        file_upload_size_error: String,
    }

    /// How fast the bot seems to type.
    TypingEmulation {
        /// Whether it seems to type.
        enabled: bool,
        /// Words a minute.
        speed: Number,
        /// The longest wait, in seconds.
        max_delay: Number,
        /// The wait between two bubbles, in seconds.
        delay_between_bubbles: Number,
        /// Whether the first bubble comes at once.
        is_disabled_on_first_message: bool,
    }

    /// What the bot's page says of itself.
    Metadata {
        /// The title.
        title: String,
        /// The description.
        description: String,
        /// The preview picture's address.
        image_url: String,
        /// The icon's address.
        fav_icon_url: String,
        /// HTML for the page's head.
        custom_head_code: String,
        /// The tag manager's id.
        #[serde(rename = "googleTagManagerId")]
        tag_manager_id: String,
        /// Whether search engines may list it.
        allow_indexing: bool,
    }

    /// Who may embed the bot.
    Security {
        /// The sites; none: all.
        allowed_origins: List<String>,
    }

    /// Whether the bot's flow may be read by a link.
    PublicShare {
        /// Whether it may.
        is_enabled: bool,
    }
}

impl Settings {
    /// Whether a visitor finds a conversation again.
    pub fn remembers_user(&self) -> bool {
        let Some(general) = self.general.get() else {
            return false;
        };
        match general
            .remember_user
            .get()
            .and_then(|remember| remember.is_enabled.get())
        {
            Some(enabled) => *enabled,
            None => !general.is_new_result_on_refresh_enabled.is_on(true),
        }
    }
}
