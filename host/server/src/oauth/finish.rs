//! The browser comes back: the code is changed for tokens, and these are sealed.

use std::collections::BTreeMap;

use talkloom_blocks::Secret;
use talkloom_store::repository::NewAuditEntry;
use talkloom_store::{CredentialId, OauthSignIn, Owner, Repositories, UserId};

use super::issuer::{Issuer, Tokens};
use super::start::owner;
use super::{ACCESS_TOKEN, OAuth, OAuthError, REFRESH_TOKEN};
use crate::credentials::NewAccount;

/// What an issuer has the browser bring.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The state that it was given.
    pub state: String,
    /// The code.
    pub code: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
}

/// An account that was connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// The credential.
    pub id: CredentialId,
    /// What people call it.
    pub name: String,
    /// Whose account it is, where that is known.
    pub account: Option<String>,
}

impl OAuth {
    /// Takes an issuer's answer, once. `shown` is the state that the browser itself keeps, which
    /// another browser does not have.
    pub async fn finish(
        &self,
        answer: Answer,
        shown: Option<&str>,
    ) -> Result<Connected, OAuthError> {
        let sign_in = self.sign_in(&answer.state).await?;
        if shown != Some(answer.state.as_str()) {
            return Err(OAuthError::Foreign);
        }
        let tx = self.0.store.begin().await?;
        let sign_ins = tx.oauth_sign_ins();
        if !sign_ins.take(&sign_in.id, self.0.clock.now_ms()).await? {
            return Err(OAuthError::Used);
        }
        tx.commit().await?;
        let connected = self.connect(&sign_in, answer).await;
        let told = connected.as_ref().map_err(ToString::to_string);
        let tx = self.0.store.begin().await?;
        let came = told.as_ref().map(|connected| &connected.id);
        let came = came.map_err(String::as_str);
        tx.oauth_sign_ins().finish(&sign_in.id, came).await?;
        if let (Ok(id), Some(workspace)) = (came, &sign_in.workspace_id) {
            let entry = NewAuditEntry {
                user_id: asked_by(&sign_in),
                action: "credential.connected".to_owned(),
                target: id.to_string(),
                details: None,
            };
            let now_ms = self.0.clock.now_ms();
            tx.audit_log().add(workspace, entry, now_ms).await?;
        }
        tx.commit().await?;
        connected
    }

    async fn connect(
        &self,
        sign_in: &OauthSignIn,
        answer: Answer,
    ) -> Result<Connected, OAuthError> {
        let code = match (answer.error, answer.code) {
            (None, Some(code)) if !code.is_empty() => code,
            (Some(error), _) if error != "access_denied" => {
                let error: String = error.chars().take(100).collect();
                return Err(OAuthError::Issuer(format!(
                    "The service answered “{error}”. Begin again; if that does not help, an \
                     administrator has to look at the client's registration."
                )));
            }
            _ => return Err(OAuthError::Cancelled),
        };
        let owner = owner(sign_in)?;
        let oauth2 = self.oauth2(&sign_in.kind)?;
        let kept = self.kept(sign_in).await?;
        let own = kept.client();
        let client = self.client(&sign_in.kind, own.clone())?;
        let issuer = Issuer::new(&oauth2, client, &self.0.outbound)?;
        let verifier = Secret::new(kept.verifier);
        let tokens = issuer
            .exchange(&code, &verifier, &sign_in.redirect_uri)
            .await?;
        let account = issuer.account(&tokens.access).await;
        let expires_at = self.expires_at(&tokens);
        let mut secrets = secrets_of(tokens);
        secrets.extend(own.into_iter().flat_map(|own| own.fields()));
        let id = match &sign_in.renews {
            Some(id) => {
                self.replace(&owner, id, secrets, expires_at).await?;
                id.clone()
            }
            None => {
                let new = NewAccount {
                    kind: sign_in.kind.clone(),
                    name: sign_in.name.clone(),
                    account: account.clone(),
                    fields: BTreeMap::new(),
                    secrets: sealable(secrets),
                };
                self.0.vault.add_signed_in(&owner, &new, expires_at).await?
            }
        };
        tracing::info!(credential = %id, kind = sign_in.kind, "an account was connected");
        Ok(Connected {
            id,
            name: sign_in.name.clone(),
            account,
        })
    }

    /// New tokens take the place of whatever a credential has.
    async fn replace(
        &self,
        owner: &Owner,
        id: &CredentialId,
        secrets: BTreeMap<String, Secret>,
        expires_at: Option<i64>,
    ) -> Result<(), OAuthError> {
        let grant = self.0.store.reader().oauth_grants().find(owner, id).await?;
        let grant = grant.ok_or(OAuthError::NoCredential)?;
        let secrets = sealable(secrets);
        let stored = self.0.vault.renew(owner, &grant, &secrets, expires_at);
        match stored.await? {
            true => Ok(()),
            // Someone else was quicker, with tokens that are as good.
            false => Err(OAuthError::Used),
        }
    }

    /// When tokens end that were given just now.
    pub(super) fn expires_at(&self, tokens: &Tokens) -> Option<i64> {
        let lasts = i64::try_from(tokens.lasts?.as_millis()).ok()?;
        self.0.clock.now_ms().checked_add(lasts)
    }
}

/// The fields that tokens are sealed as.
pub(super) fn secrets_of(tokens: Tokens) -> BTreeMap<String, Secret> {
    let access = (ACCESS_TOKEN.to_owned(), tokens.access);
    let refresh = tokens
        .refresh
        .map(|token| (REFRESH_TOKEN.to_owned(), token));
    [access].into_iter().chain(refresh).collect()
}

/// As the vault takes them.
pub(super) fn sealable(
    secrets: BTreeMap<String, Secret>,
) -> BTreeMap<String, talkloom_vault::Secret> {
    let secrets = secrets.into_iter();
    secrets
        .map(|(field, secret)| (field, talkloom_vault::Secret::new(secret.expose())))
        .collect()
}

fn asked_by(sign_in: &OauthSignIn) -> Option<UserId> {
    (sign_in.asked_by != super::start::COMMAND_LINE).then(|| UserId(sign_in.asked_by.clone()))
}
