//! Rich text of text bubbles: JSON elements `{type, children}` over leaves `{text, bold?, …}`.
//!
//! Here variables are put in (their values are read as Markdown), and the result is printed as
//! Markdown or plain text for visitors that cannot show elements.

mod elements;
mod markdown;
mod print;
mod splice;

pub use markdown::from_markdown;
pub use print::{to_markdown, to_plain_text};
pub use splice::{Placeholder, find_code, splice};
