//! Requests that leave the host on a block's behalf, and the checks on every hop of them.

mod resolve;

pub use resolve::{Resolve, ResolveFuture, SystemResolver};
