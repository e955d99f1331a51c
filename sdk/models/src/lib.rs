//! What blocks share that ask language models over the chat completions protocol, which many
//! services speak: a block of such a service names its account, its default model and this
//! crate's actions.
//!
//! Everything a model says is a stranger's text: it is never run, and reaches variables only as a
//! value. The one code that runs is the builder's own, in the script sandbox ([`tools`]).

pub mod chat;
pub mod extract;
pub mod list;
pub mod service;
pub mod text;
pub mod tools;
pub mod voice;

pub use chat::{ChatCompletion, complete};
pub use extract::{GenerateVariables, generate};
pub use service::Service;
pub use voice::Voice;
