//! Who we are to an issuer: a client that the operator registered, or a workspace of its own.

use std::collections::BTreeMap;

use talkloom_blocks::Secret;

use super::{OAuth, OAuthError};

const CLIENT_ID: &str = "clientId";
const CLIENT_SECRET: &str = "clientSecret";

/// A client that the workspace registered itself; it is sealed beside the tokens.
#[derive(Debug, Clone)]
pub struct OwnClient {
    /// Its id.
    pub id: String,
    /// Its secret, where it has one.
    pub secret: Option<Secret>,
}

impl OwnClient {
    /// The client that is sealed beside a credential's tokens.
    pub(super) fn of(secrets: &BTreeMap<String, Secret>) -> Option<Self> {
        let id = secrets.get(CLIENT_ID)?;
        Some(Self {
            id: id.expose().to_owned(),
            secret: secrets.get(CLIENT_SECRET).cloned(),
        })
    }

    /// The fields that it is sealed as.
    pub(super) fn fields(self) -> impl Iterator<Item = (String, Secret)> {
        let id = (CLIENT_ID.to_owned(), Secret::new(self.id));
        let secret = self.secret.map(|secret| (CLIENT_SECRET.to_owned(), secret));
        [id].into_iter().chain(secret)
    }
}

impl OAuth {
    /// The workspace's own client, or else the server's.
    pub(super) fn client(
        &self,
        kind: &str,
        own: Option<OwnClient>,
    ) -> Result<OwnClient, OAuthError> {
        let of_server = || {
            let client = self.0.clients.get(kind)?;
            let secret = Some(&client.client_secret).filter(|secret| !secret.is_empty());
            Some(OwnClient {
                id: client.client_id.clone(),
                secret: secret.map(Secret::new),
            })
        };
        own.or_else(of_server).ok_or_else(|| OAuthError::NoClient {
            kind: kind.to_owned(),
        })
    }
}
