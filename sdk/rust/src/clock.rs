//! The time.

use crate::bindings::talkloom::block::clock;

/// Milliseconds since 1970, UTC.
pub fn now_ms() -> u64 {
    clock::now()
}
