//! What the bot's builder sets.

use talkloom_block::prelude::*;

/// What is sent, and to whom.
#[options]
pub struct Options {
    /// Who gets it. A variable may hold several addresses.
    #[field(label = "To", placeholder = "ada@example.com")]
    pub recipients: Option<Vec<Option<String>>>,
    /// Where answers go. A name before the address is shown as the sender's: `Ada <ada@example.com>`.
    #[field(label = "Reply to", placeholder = "Ada <ada@example.com>")]
    pub reply_to: Option<String>,
    /// Who gets a copy.
    #[field(label = "Cc", accordion = "Advanced settings")]
    pub cc: Option<Vec<Option<String>>>,
    /// Who gets a copy that the others do not see.
    #[field(label = "Bcc", accordion = "Advanced settings")]
    pub bcc: Option<Vec<Option<String>>>,
    /// The subject.
    #[field(label = "Subject")]
    pub subject: Option<String>,
    /// Sends the text below; otherwise all answers and variables are listed.
    #[field(label = "Custom content")]
    pub is_custom_body: Option<bool>,
    /// The text below is HTML.
    #[field(label = "HTML")]
    pub is_body_code: Option<bool>,
    /// The text.
    #[field(label = "Content", input = "textarea", names_variables = true)]
    pub body: Option<String>,
    /// Files that the visitor sent, as a file input saved them.
    #[field(label = "Attachments")]
    pub attachments_variable_id: Option<Variable>,
}
