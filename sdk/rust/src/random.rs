//! Random bytes.

use crate::bindings::talkloom::block::random;

/// As many unpredictable bytes as asked for.
pub fn bytes(len: u32) -> Vec<u8> {
    random::bytes(len)
}
