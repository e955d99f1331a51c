//! Seals secrets: master keys, data keys, sealed values. No I/O.
//!
//! A master key, which only the operator has, wraps data keys; a data key, which belongs to one
//! owner, seals values. What is sealed is bound to its place: it opens nowhere else. Every text
//! names the key it needs, so that keys can be changed while old texts stay readable.

mod binding;
mod cipher;
mod data_key;
mod error;
mod key_ring;
mod master_key;
mod secret;
mod text;

pub use binding::{Binding, Owner};
pub use data_key::DataKey;
pub use error::{KeyError, OpenError, SealError};
pub use key_ring::KeyRing;
pub use master_key::MasterKey;
pub use secret::Secret;
pub use text::key_id;
