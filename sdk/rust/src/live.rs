//! The answer as it comes, word by word.

use crate::bindings::talkloom::block::live;

/// Sends the next part of the text to the visitor.
pub fn emit(text: &str) {
    live::emit(text);
}
