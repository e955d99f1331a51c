//! `#[options]`: turns a struct or enum into options of a block.
//!
//! The settings form is drawn from the schema that this makes of the type: field names become
//! camelCase keys, doc comments become help texts, and `#[field(…)]` gives hints.

mod expand;

use proc_macro::TokenStream;

/// Makes a struct or enum readable from a document and gives it a schema.
///
/// Every field of a struct has a default, since a half-drawn bot is normal; `Variable` fields hold
/// a variable of the bot. Hints stand in `#[field(key, key = value)]` and become the schema's
/// `x-key` words, for example `#[field(label = "Body", input = "code", interpolate = "json")]`.
/// An enum names its default with `#[default]`, its texts with `#[serde(rename = "…")]`.
#[proc_macro_attribute]
pub fn options(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::options(arguments.into(), item.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
