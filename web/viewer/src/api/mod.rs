//! What the chat API says: replies, bubbles, inputs, client-side actions.
//!
//! Plain data read from the wire; nothing here touches the page.

pub mod action;
pub mod bubble;
pub mod input;
pub mod markdown;
pub mod reply;
pub mod rich_text;
pub mod stream;

pub use action::Action;
pub use bubble::{Bubble, Message};
pub use input::Input;
pub use reply::{ApiError, Bot, ChatReply, StartReply};
