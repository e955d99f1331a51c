//! Keeps tokens fresh: before they end, and when a service refuses one.
//!
//! Of all who need a fresh token, in this process and others, one asks the issuer: a lock here, a
//! claim in the database between processes. New tokens take the place of the old ones only if
//! nobody replaced those meanwhile, because issuers may take each refresh token once.

use std::collections::{BTreeMap, hash_map::DefaultHasher};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use talkloom_blocks::{Renewal, Secret};
use talkloom_store::{Credential, CredentialId, OauthGrant, Owner, Repositories};
use tokio::time::Instant;

use super::client::OwnClient;
use super::finish::{sealable, secrets_of};
use super::issuer::{Issuer, Tokens};
use super::{ACCESS_TOKEN, FLIGHTS, OAuth, OAuthError, REFRESH_TOKEN};

/// A token that ends sooner is made anew first: a call may take a while.
const MARGIN_MS: i64 = 60_000;
/// How long a claim lasts; asking the issuer takes ten seconds at most.
const CLAIM_MS: i64 = 20_000;
/// How long another process's claim is waited for.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long until the next look.
const PAUSE: Duration = Duration::from_millis(100);

/// Which tokens are to be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Those that end soon.
    Soon,
    /// Those of this generation, which a service refused.
    Refused(i64),
}

/// Why a credential cannot be used; each text is one sentence for the bot's builder.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A person has to sign in again.
    #[error(
        "The service does not accept the account “{name}” any more. Connect it again: talkloom \
         credential connect {kind} --again {id}."
    )]
    NeedsConsent {
        /// What people call the credential.
        name: String,
        /// Its kind.
        kind: String,
        /// Its id.
        id: CredentialId,
    },
    /// It may work later.
    #[error("The account “{name}” could not be refreshed. {source}")]
    Later {
        /// What people call the credential.
        name: String,
        /// Why.
        #[source]
        source: OAuthError,
    },
}

impl Unusable {
    /// What an operator has to look at, where nobody outside can do anything about it.
    pub(crate) fn fault(&self) -> Option<&OAuthError> {
        match self {
            Self::Later { source, .. } if source.is_fault() => Some(source),
            _ => None,
        }
    }
}

impl OAuth {
    /// Sees to it that a credential's tokens can be used, and gives their generation; none for a
    /// credential that nobody signed in for.
    pub async fn fresh(
        &self,
        owner: &Owner,
        credential: &Credential,
        stale: Stale,
    ) -> Result<Option<i64>, Unusable> {
        let later = |source: OAuthError| Unusable::Later {
            name: credential.name.clone(),
            source,
        };
        let Some(grant) = self.grant(owner, &credential.id).await.map_err(later)? else {
            return Ok(None);
        };
        if !self.is_stale(&grant, stale) {
            return Ok(Some(grant.generation));
        }
        let flight = self.flight(&credential.id).lock().await;
        let renewed = self.renew(owner, credential, stale).await;
        drop(flight);
        match renewed {
            Ok(generation) => Ok(Some(generation)),
            Err(OAuthError::Refused) => Err(Unusable::NeedsConsent {
                name: credential.name.clone(),
                kind: credential.kind.clone(),
                id: credential.id.clone(),
            }),
            Err(error) => Err(later(error)),
        }
    }

    /// How a call gets fresh secrets when a service refuses those of a generation.
    pub fn renewal(&self, owner: &Owner, credential: &Credential, generation: i64) -> Renewal {
        let (oauth, owner, credential) = (self.clone(), owner.clone(), credential.clone());
        Renewal::new(move || {
            let (oauth, owner, credential) = (oauth.clone(), owner.clone(), credential.clone());
            Box::pin(async move {
                let stale = Stale::Refused(generation);
                if let Err(error) = oauth.fresh(&owner, &credential, stale).await {
                    tracing::warn!(credential = %credential.id, %error, "no fresh token");
                    return None;
                }
                let mut secrets = oauth
                    .0
                    .vault
                    .own_secrets(&owner, &credential.id)
                    .await
                    .ok()?;
                secrets.retain(|field, _| field == ACCESS_TOKEN);
                Some(secrets)
            })
        })
    }

    async fn renew(
        &self,
        owner: &Owner,
        credential: &Credential,
        stale: Stale,
    ) -> Result<i64, OAuthError> {
        let began = Instant::now();
        loop {
            let grant = self.grant(owner, &credential.id).await?;
            let grant = grant.ok_or(OAuthError::NoCredential)?;
            if !self.is_stale(&grant, stale) {
                return Ok(grant.generation);
            }
            if grant.refused_at.is_some() {
                return Err(OAuthError::Refused);
            }
            if self.claim(owner, &grant).await? {
                return self.ask(owner, credential, &grant).await;
            }
            if began.elapsed() > PATIENCE {
                return Err(OAuthError::Issuer(
                    "Another process is asking the service and has no answer yet.".to_owned(),
                ));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks the issuer, with the claim in hand, and stores what comes.
    async fn ask(
        &self,
        owner: &Owner,
        credential: &Credential,
        grant: &OauthGrant,
    ) -> Result<i64, OAuthError> {
        let asked = self.ask_issuer(owner, credential).await;
        match asked {
            Ok(tokens) => {
                let expires_at = self.expires_at(&tokens);
                let secrets = sealable(secrets_of(tokens));
                let stored = self
                    .0
                    .vault
                    .renew(owner, grant, &secrets, expires_at)
                    .await?;
                if !stored {
                    tracing::warn!(credential = %credential.id, "tokens came too late");
                }
                Ok(grant.generation + 1)
            }
            Err(OAuthError::Refused) => {
                let now_ms = self.0.clock.now_ms();
                let tx = self.0.store.begin().await?;
                tx.oauth_grants().refused(owner, grant, now_ms).await?;
                tx.commit().await?;
                tracing::warn!(
                    credential = %credential.id,
                    "the issuer takes the grant no more: the account has to be connected again"
                );
                Err(OAuthError::Refused)
            }
            Err(error) => {
                let tx = self.0.store.begin().await?;
                tx.oauth_grants().release(owner, grant).await?;
                tx.commit().await?;
                // While the old token lasts, the issuer's trouble is not the visitor's.
                let lasts = grant
                    .expires_at
                    .is_some_and(|at| at > self.0.clock.now_ms());
                tracing::warn!(credential = %credential.id, %error, lasts, "no fresh token");
                if lasts {
                    Ok(grant.generation)
                } else {
                    Err(error)
                }
            }
        }
    }

    async fn ask_issuer(
        &self,
        owner: &Owner,
        credential: &Credential,
    ) -> Result<Tokens, OAuthError> {
        let secrets = self.0.vault.own_secrets(owner, &credential.id).await?;
        let refresh: &Secret = secrets.get(REFRESH_TOKEN).ok_or(OAuthError::Refused)?;
        let oauth2 = self.oauth2(&credential.kind)?;
        let client = self.client(&credential.kind, OwnClient::of(&secrets))?;
        let issuer = Issuer::new(&oauth2, client, &self.0.outbound)?;
        issuer.refresh(refresh).await
    }

    async fn claim(&self, owner: &Owner, grant: &OauthGrant) -> Result<bool, OAuthError> {
        let now_ms = self.0.clock.now_ms();
        let tx = self.0.store.begin().await?;
        let grants = tx.oauth_grants();
        let claimed = grants
            .claim(owner, grant, now_ms, now_ms + CLAIM_MS)
            .await?;
        tx.commit().await?;
        Ok(claimed)
    }

    pub(super) async fn grant(
        &self,
        owner: &Owner,
        id: &CredentialId,
    ) -> Result<Option<OauthGrant>, OAuthError> {
        Ok(self.0.store.reader().oauth_grants().find(owner, id).await?)
    }

    fn is_stale(&self, grant: &OauthGrant, stale: Stale) -> bool {
        if grant.refused_at.is_some() {
            return true;
        }
        match stale {
            Stale::Refused(generation) => grant.generation <= generation,
            Stale::Soon => {
                let soon = self.0.clock.now_ms() + MARGIN_MS;
                grant.expires_at.is_some_and(|at| at < soon)
            }
        }
    }

    fn flight(&self, id: &CredentialId) -> &tokio::sync::Mutex<()> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % FLIGHTS as u64).unwrap_or_default();
        &self.0.flights[at]
    }
}

/// What a call may get of a credential that someone signed in for: neither what fresh tokens are
/// got with nor the client.
pub(crate) fn for_a_call(secrets: &mut BTreeMap<String, Secret>) {
    secrets.retain(|field, _| field == ACCESS_TOKEN);
}
