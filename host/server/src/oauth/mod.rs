//! Accounts that are connected by signing in elsewhere (OAuth 2 with PKCE, RFC 6749, 7636, 7009).
//!
//! The host does all of it: it sends the browser to the issuer, changes the code for tokens, seals
//! them, keeps them fresh and gives them back when the credential is removed. A block never sees
//! one. Every request leaves through the same checked way out as those of blocks.

mod client;
mod error;
mod finish;
mod fresh;
mod issuer;
mod page;
mod remove;
mod routes;
mod start;

use std::collections::BTreeMap;
use std::sync::Arc;

use talkloom_blocks::{Outbound, Runtime};
use talkloom_manifest::{CredentialType, OAuth2};
use talkloom_store::Store;
use tokio::sync::Mutex;

pub use client::OwnClient;
pub use error::OAuthError;
pub use finish::{Answer, Connected};
pub(crate) use fresh::for_a_call;
pub use fresh::{Stale, Unusable};
pub use routes::routes;
pub use start::{NewSignIn, Progress, Started};

use crate::config::OAuthClient;
use crate::credentials::Vault;
use crate::{Clock, Config, Entropy};

/// The token that blocks' requests carry; manifests name it in their templates.
pub const ACCESS_TOKEN: &str = "accessToken";
const REFRESH_TOKEN: &str = "refreshToken";

/// Tokens of different credentials are made anew side by side, one at a time for each of these.
const FLIGHTS: usize = 64;

/// Where browsers come back to.
pub const CALLBACK: &str = "/api/oauth/callback";

/// The credential type of a kind, where an installed block declares it.
pub type KindOf = Box<dyn Fn(&str) -> Option<CredentialType> + Send + Sync>;

/// Signs in, and keeps what came of it usable. Cheap to clone.
#[derive(Clone)]
pub struct OAuth(Arc<Inner>);

struct Inner {
    store: Store,
    vault: Vault,
    clock: Clock,
    entropy: Entropy,
    outbound: Outbound,
    clients: BTreeMap<String, OAuthClient>,
    kind_of: KindOf,
    flights: [Mutex<()>; FLIGHTS],
}

/// What everything else has that this needs.
pub struct Parts<'p> {
    /// What the operator set.
    pub config: &'p Config,
    /// The database.
    pub store: &'p Store,
    /// Where the way out comes from.
    pub blocks: &'p Runtime,
    /// The time.
    pub clock: &'p Clock,
    /// Randomness.
    pub entropy: &'p Entropy,
    /// Stored credentials.
    pub vault: &'p Vault,
}

impl OAuth {
    /// Works for the kinds that a function knows.
    pub fn new(parts: &Parts<'_>, kind_of: KindOf) -> Self {
        Self(Arc::new(Inner {
            store: parts.store.clone(),
            vault: parts.vault.clone(),
            clock: parts.clock.clone(),
            entropy: parts.entropy.clone(),
            outbound: parts.blocks.outbound(),
            clients: parts.config.oauth.clone(),
            kind_of,
            flights: std::array::from_fn(|_| Mutex::default()),
        }))
    }

    /// Works for the kinds of the blocks that are installed at the time.
    pub fn of_installed(parts: &Parts<'_>) -> Self {
        let blocks = parts.blocks.clone();
        let kind_of = move |kind: &str| {
            let installed = blocks.installed();
            let mut found = installed.iter();
            found.find_map(|block| block.manifest().credential(kind).cloned())
        };
        Self::new(parts, Box::new(kind_of))
    }

    /// How one signs in for a kind.
    fn oauth2(&self, kind: &str) -> Result<OAuth2, OAuthError> {
        let declared = (self.0.kind_of)(kind).ok_or_else(|| OAuthError::UnknownKind {
            kind: kind.to_owned(),
        })?;
        declared.oauth2.ok_or_else(|| OAuthError::NoSignIn {
            kind: kind.to_owned(),
        })
    }
}
