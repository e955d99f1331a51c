//! The value functions against recorded conversations: what was replied, and what was said to it.
//!
//! The recordings stand outside the repository, in the folder that `TALKLOOM_FIXTURES` names;
//! without them the tests print that they are skipped.

mod choices;
mod conditions;
mod inputs;
mod recording;
mod rich_text;
