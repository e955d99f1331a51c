//! Block: OpenAI.
