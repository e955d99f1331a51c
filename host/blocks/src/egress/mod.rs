//! Requests that leave the host on a block's behalf, and the checks on every hop of them: one
//! parser of addresses → the hosts that were granted → our own look-up of names → the kind of each
//! address → a connection to exactly that address. Secrets join a request last, at the socket.

mod address;
mod body;
mod client;
mod connect;
mod headers;
mod hosts;
mod inject;
mod policy;
mod resolve;
mod retry;
mod target;
mod witness;

pub use address::{AddressClass, classify};
pub use body::ResponseBody;
pub(crate) use client::{Client, HttpSession, Plain, Request, Response};
pub(crate) use hosts::{HostGrant, OptionHosts};
pub(crate) use inject::Injector;
pub(crate) use policy::Policy;
pub use resolve::{Resolve, ResolveFuture, SystemResolver};
pub(crate) use retry::Renewed;
pub(crate) use witness::Witness;

/// Why a request was not answered; each text is one sentence for the bot's builder.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum EgressError {
    /// A check refused it.
    #[error("{0}")]
    Denied(String),
    /// Nobody answered.
    #[error("{0}")]
    Unreachable(String),
    /// Nobody answered in time.
    #[error("{0}")]
    TimedOut(String),
}
