//! Begins a sign-in: what it is for is kept here, and the browser gets a state that nobody guesses.

use rand::RngExt;
use sha2::{Digest, Sha256};
use talkloom_blocks::Secret;
use talkloom_store::{CredentialId, OauthSignIn, Owner, Repositories, StoreError, UserId};

use super::client::OwnClient;
use super::issuer::Issuer;
use super::{CALLBACK, OAuth, OAuthError};
use crate::credentials::{Sealed, VaultError};

/// How long a person has.
const LASTS_MS: i64 = 10 * 60 * 1_000;
/// How long it can be asked what came of a sign-in.
const KEPT_MS: i64 = 60 * 60 * 1_000;
/// 43 letters and digits: a little more than 256 bits, and what PKCE asks for at least.
const LETTERS: usize = 43;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Another process may draw an owner's first key at the same moment.
const ATTEMPTS: usize = 5;
/// What is sealed is bound to this place.
const FIELD: &str = "signIn";
/// Who began a sign-in that no person began in a browser.
pub(super) const COMMAND_LINE: &str = "command line";

/// A sign-in that is to begin.
#[derive(Debug, Clone)]
pub struct NewSignIn {
    /// Who will own the credential.
    pub owner: Owner,
    /// The credential type.
    pub kind: String,
    /// What people will call the credential.
    pub name: String,
    /// Who begins: a person, or nobody on the command line.
    pub asked_by: Option<UserId>,
    /// The credential that gets new tokens; none: a new one is made.
    pub renews: Option<CredentialId>,
    /// A client of the workspace's own.
    pub client: Option<OwnClient>,
    /// The address of this server as the browser sees it, without a slash at its end.
    pub base: String,
}

/// A sign-in that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// What the browser opens.
    pub url: String,
    /// What [`OAuth::progress`] is asked with.
    pub id: String,
}

/// What came of a sign-in until now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing yet.
    Waiting,
    /// The account is connected.
    Connected(CredentialId),
    /// It is not; a sentence.
    Failed(String),
}

/// What only the exchange needs.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Kept {
    pub(super) verifier: String,
    client: Option<(String, Option<String>)>,
}

impl Kept {
    pub(super) fn client(&self) -> Option<OwnClient> {
        let (id, secret) = self.client.clone()?;
        Some(OwnClient {
            id,
            secret: secret.map(Secret::new),
        })
    }
}

impl OAuth {
    /// Begins a sign-in.
    pub async fn start(&self, new: NewSignIn) -> Result<Started, OAuthError> {
        let oauth2 = self.oauth2(&new.kind)?;
        let client = self.client(&new.kind, new.client.clone())?;
        // What cannot be used is told now, not in the browser.
        Issuer::new(&oauth2, client, &self.0.outbound)?;
        if let Some(id) = &new.renews {
            let found = self.0.vault.find(&new.owner, id).await?;
            if found.is_none_or(|found| found.kind != new.kind) {
                return Err(OAuthError::NoCredential);
            }
        }
        let state = self.draw();
        let id = digest(&state);
        let url = format!("{}/api/oauth/start/{state}", new.base);
        for _ in 0..ATTEMPTS {
            match self.try_start(&new, &id).await {
                Err(
                    OAuthError::Vault(VaultError::Store(StoreError::Conflict { .. }))
                    | OAuthError::Store(StoreError::Conflict { .. }),
                ) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(Started { url, id }),
            }
        }
        Err(VaultError::Busy.into())
    }

    async fn try_start(&self, new: &NewSignIn, id: &str) -> Result<(), OAuthError> {
        let now_ms = self.0.clock.now_ms();
        let client = new.client.as_ref().map(|client| {
            let secret = client.secret.as_ref().map(|s| s.expose().to_owned());
            (client.id.clone(), secret)
        });
        let kept = Kept {
            verifier: self.draw(),
            client,
        };
        let text = serde_json::to_string(&kept).map_err(VaultError::from)?;
        let tx = self.0.store.begin().await?;
        let place = CredentialId(id.to_owned());
        let text = talkloom_vault::Secret::new(text);
        let Sealed { data_key_id, text } = self
            .0
            .vault
            .seal(&tx, &new.owner, &place, FIELD, &text)
            .await?;
        let (workspace_id, user_id) = match new.owner.clone() {
            Owner::Workspace(id) => (Some(id), None),
            Owner::User(id) => (None, Some(id)),
        };
        let asked_by = new.asked_by.as_ref().map_or(COMMAND_LINE, UserId::as_str);
        let sign_in = OauthSignIn {
            id: id.to_owned(),
            workspace_id,
            user_id,
            kind: new.kind.clone(),
            name: new.name.clone(),
            asked_by: asked_by.to_owned(),
            renews: new.renews.clone(),
            redirect_uri: format!("{}{CALLBACK}", new.base),
            data_key_id,
            sealed: text,
            created_at: now_ms,
            expires_at: now_ms + LASTS_MS,
            used_at: None,
            credential_id: None,
            failure: None,
        };
        tx.oauth_sign_ins().add(sign_in, now_ms - KEPT_MS).await?;
        Ok(tx.commit().await?)
    }

    /// Where the issuer takes over, for a browser that opened what [`OAuth::start`] gave.
    pub(super) async fn authorize_url(
        &self,
        state: &str,
    ) -> Result<(String, OauthSignIn), OAuthError> {
        let sign_in = self.sign_in(state).await?;
        if sign_in.used_at.is_some() {
            return Err(OAuthError::Used);
        }
        let oauth2 = self.oauth2(&sign_in.kind)?;
        let kept = self.kept(&sign_in).await?;
        let client = self.client(&sign_in.kind, kept.client())?;
        let issuer = Issuer::new(&oauth2, client, &self.0.outbound)?;
        let verifier = Secret::new(kept.verifier);
        let url = issuer.authorize_url(state, &verifier, &sign_in.redirect_uri)?;
        Ok((url, sign_in))
    }

    /// The sign-in that a state belongs to, while there is time.
    pub(super) async fn sign_in(&self, state: &str) -> Result<OauthSignIn, OAuthError> {
        let found = self.0.store.reader().oauth_sign_ins();
        let found = found.of_state(&digest(state)).await?;
        let now_ms = self.0.clock.now_ms();
        found
            .filter(|sign_in| sign_in.expires_at > now_ms)
            .ok_or(OAuthError::Unknown)
    }

    /// What is sealed with a sign-in.
    pub(super) async fn kept(&self, sign_in: &OauthSignIn) -> Result<Kept, OAuthError> {
        let place = CredentialId(sign_in.id.clone());
        let sealed = Sealed {
            data_key_id: sign_in.data_key_id.clone(),
            text: sign_in.sealed.clone(),
        };
        let (vault, owner) = (&self.0.vault, owner(sign_in)?);
        let opened = vault.open_sealed(&owner, &place, FIELD, sealed).await?;
        Ok(serde_json::from_str(opened.expose()).map_err(VaultError::from)?)
    }

    /// What came of a sign-in; its id is what [`OAuth::start`] gave.
    pub async fn progress(&self, id: &str) -> Result<Progress, OAuthError> {
        let found = self.0.store.reader().oauth_sign_ins().of_state(id).await?;
        let now_ms = self.0.clock.now_ms();
        Ok(match found {
            Some(OauthSignIn {
                credential_id: Some(id),
                ..
            }) => Progress::Connected(id),
            Some(OauthSignIn {
                failure: Some(told),
                ..
            }) => Progress::Failed(told),
            Some(sign_in) if sign_in.expires_at > now_ms => Progress::Waiting,
            _ => Progress::Failed(OAuthError::Unknown.to_string()),
        })
    }

    fn draw(&self) -> String {
        self.0.entropy.with(|random| {
            let letter = |_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]);
            (0..LETTERS).map(letter).collect()
        })
    }
}

/// Who will own what comes of a sign-in.
pub(super) fn owner(sign_in: &OauthSignIn) -> Result<Owner, OAuthError> {
    Owner::of(sign_in.workspace_id.as_ref(), sign_in.user_id.as_ref()).ok_or(OAuthError::Unknown)
}

/// The database knows states by their digests only.
fn digest(state: &str) -> String {
    let digest = Sha256::digest(state);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
