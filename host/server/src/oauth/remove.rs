//! Gives tokens back when their credential is removed.

use talkloom_store::{Credential, Owner};

use super::client::OwnClient;
use super::issuer::Issuer;
use super::{ACCESS_TOKEN, OAuth, OAuthError, REFRESH_TOKEN};

impl OAuth {
    /// Has the issuer forget a credential's tokens; says whether it was asked. The credential can
    /// be removed whatever comes of it.
    pub async fn revoke(&self, owner: &Owner, credential: &Credential) -> Result<bool, OAuthError> {
        if self.grant(owner, &credential.id).await?.is_none() {
            return Ok(false);
        }
        let oauth2 = self.oauth2(&credential.kind)?;
        if oauth2.revoke_url.is_none() {
            return Ok(false);
        }
        let secrets = self.0.vault.own_secrets(owner, &credential.id).await?;
        // With the refresh token everything goes that came of the sign-in.
        let token = secrets.get(REFRESH_TOKEN).or(secrets.get(ACCESS_TOKEN));
        let Some(token) = token else {
            return Ok(false);
        };
        let client = self.client(&credential.kind, OwnClient::of(&secrets))?;
        let issuer = Issuer::new(&oauth2, client, &self.0.outbound)?;
        issuer.revoke(token).await.map(|()| true)
    }
}
