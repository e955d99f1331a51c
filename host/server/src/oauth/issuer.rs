//! What an issuer is asked: a code for tokens, a token for a fresh one, whose account it is.

use std::pin::Pin;
use std::time::Duration;

use oauth2::basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenResponse};
use oauth2::http::{self, Method, header::CONTENT_TYPE};
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use serde_json::Value;
use talkloom_blocks::{Ask, Outbound, Secret, Told, Undelivered};
use talkloom_manifest::OAuth2;

use super::client::OwnClient;
use super::error::OAuthError;

/// How long an issuer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that it may say.
const MOST: usize = 256 << 10;
/// How much of what it says of a refusal is shown, in characters.
const SHOWN: usize = 200;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// An issuer, and who we are to it.
pub(super) struct Issuer<'i> {
    oauth2: &'i OAuth2,
    client: Client,
    own: OwnClient,
    outbound: WayOut<'i>,
}

/// What an issuer gave.
pub(super) struct Tokens {
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    /// How long the access token lasts, where that is said.
    pub(super) lasts: Option<Duration>,
}

impl<'i> Issuer<'i> {
    pub(super) fn new(
        oauth2: &'i OAuth2,
        own: OwnClient,
        outbound: &'i Outbound,
    ) -> Result<Self, OAuthError> {
        let unusable = |error: oauth2::url::ParseError| {
            OAuthError::Unusable(format!(
                "An address in the block's manifest cannot be used: {error}."
            ))
        };
        let mut client = BasicClient::new(ClientId::new(own.id.clone()))
            .set_auth_uri(AuthUrl::new(oauth2.authorize_url.clone()).map_err(unusable)?)
            .set_token_uri(TokenUrl::new(oauth2.token_url.clone()).map_err(unusable)?);
        if let Some(secret) = &own.secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        Ok(Self {
            oauth2,
            client,
            own,
            outbound: WayOut(outbound),
        })
    }

    /// Where a browser is sent to.
    pub(super) fn authorize_url(
        &self,
        state: &str,
        verifier: &Secret,
        redirect_uri: &str,
    ) -> Result<String, OAuthError> {
        let state = state.to_owned();
        let mut request = self
            .client
            .authorize_url(|| CsrfToken::new(state))
            .set_redirect_uri(std::borrow::Cow::Owned(redirect(redirect_uri)?));
        request = request.add_scopes(self.oauth2.scopes.iter().cloned().map(Scope::new));
        for (name, value) in &self.oauth2.authorize_parameters {
            request = request.add_extra_param(name, value);
        }
        if self.oauth2.pkce {
            let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
            let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
            request = request.set_pkce_challenge(challenge);
        }
        Ok(request.url().0.into())
    }

    /// Changes a code for tokens.
    pub(super) async fn exchange(
        &self,
        code: &str,
        verifier: &Secret,
        redirect_uri: &str,
    ) -> Result<Tokens, OAuthError> {
        let code = AuthorizationCode::new(code.to_owned());
        let redirect_uri = redirect(redirect_uri)?;
        let mut request = self
            .client
            .exchange_code(code)
            .set_redirect_uri(std::borrow::Cow::Owned(redirect_uri));
        if self.oauth2.pkce {
            let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
            request = request.set_pkce_verifier(verifier);
        }
        let given = request.request_async(&self.outbound).await;
        given.map(Tokens::from).map_err(refusal)
    }

    /// Gets a fresh token for an old one.
    pub(super) async fn refresh(&self, token: &Secret) -> Result<Tokens, OAuthError> {
        let token = RefreshToken::new(token.expose().to_owned());
        let request = self.client.exchange_refresh_token(&token);
        let given = request.request_async(&self.outbound).await;
        given.map(Tokens::from).map_err(refusal)
    }

    /// Gives a token back.
    pub(super) async fn revoke(&self, token: &Secret) -> Result<(), OAuthError> {
        let Some(url) = &self.oauth2.revoke_url else {
            return Ok(());
        };
        let mut form = oauth2::url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token.expose());
        form.append_pair("client_id", &self.own.id);
        if let Some(secret) = &self.own.secret {
            form.append_pair("client_secret", secret.expose());
        }
        let kind = "application/x-www-form-urlencoded";
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        let told = self
            .outbound
            .ask(Method::POST, url, headers, form.finish().into())
            .await?;
        match told.status {
            200..300 => Ok(()),
            status => Err(OAuthError::Issuer(format!(
                "The service answered with status {status} when it was given the token back."
            ))),
        }
    }

    /// Whose account it is, for people; none where that is not said.
    pub(super) async fn account(&self, access: &Secret) -> Option<String> {
        let url = self.oauth2.user_info_url.as_ref()?;
        let bearer = format!("Bearer {}", access.expose());
        let headers = vec![("authorization".to_owned(), bearer)];
        let asked = self.outbound.ask(Method::GET, url, headers, Vec::new());
        let told = asked.await.ok()?;
        let said: Value = serde_json::from_slice(&told.body).ok()?;
        let claims = ["email", "name", "preferred_username", "sub"];
        let mut said = claims.iter().filter_map(|claim| said[*claim].as_str());
        let account = said.find(|text| !text.trim().is_empty())?;
        Some(account.chars().take(SHOWN).collect())
    }
}

/// The checked way out, as the protocol's library asks for it.
struct WayOut<'o>(&'o Outbound);

impl<'c> AsyncHttpClient<'c> for WayOut<'_> {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl WayOut<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        let (head, body) = request.into_parts();
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let url = head.uri.to_string();
        let headers = headers.collect();
        let told = self.ask(head.method, &url, headers, body).await?;
        let mut response = http::Response::builder().status(told.status);
        if let Some(kind) = &told.content_type {
            response = response.header(CONTENT_TYPE, kind);
        }
        let unreadable = |_| Unanswered("The service's answer could not be read.".to_owned());
        response.body(told.body.to_vec()).map_err(unreadable)
    }

    async fn ask(
        &self,
        method: Method,
        url: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<Told, Unanswered> {
        let ask = Ask {
            method,
            url: url.to_owned(),
            headers,
            body: body.into(),
            timeout: PATIENCE,
            most: MOST,
        };
        let told = self.0.ask(ask).await?;
        match told.status {
            300..400 => Err(Unanswered(
                "The service sends us to another address, which is not followed with secrets."
                    .to_owned(),
            )),
            _ => Ok(told),
        }
    }
}

fn redirect(uri: &str) -> Result<RedirectUrl, OAuthError> {
    let unusable = |_| {
        OAuthError::Unusable(format!(
            "“{uri}” is no address to come back to: set public_urls."
        ))
    };
    RedirectUrl::new(uri.to_owned()).map_err(unusable)
}

/// Nobody answered; a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unanswered(String);

impl From<Undelivered> for Unanswered {
    fn from(undelivered: Undelivered) -> Self {
        Self(undelivered.sentence)
    }
}

impl From<Unanswered> for OAuthError {
    fn from(unanswered: Unanswered) -> Self {
        Self::Issuer(unanswered.0)
    }
}

/// What the issuer said may hold a token: only the fields that are for people are told.
fn refusal(error: RequestTokenError<Unanswered, BasicErrorResponse>) -> OAuthError {
    match error {
        RequestTokenError::ServerResponse(said) => match said.error() {
            BasicErrorResponseType::InvalidGrant => OAuthError::Refused,
            error => {
                let more = said.error_description().map(String::as_str);
                let more = more.unwrap_or("It says nothing more.");
                let more: String = more.chars().take(SHOWN).collect();
                OAuthError::Issuer(format!("The service answered “{}”. {more}", error.as_ref()))
            }
        },
        RequestTokenError::Request(unanswered) => unanswered.into(),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            OAuthError::Issuer("The service's answer is not what tokens come in.".to_owned())
        }
    }
}

impl From<BasicTokenResponse> for Tokens {
    fn from(given: BasicTokenResponse) -> Self {
        Self {
            access: Secret::new(given.access_token().secret()),
            refresh: given
                .refresh_token()
                .map(|token| Secret::new(token.secret())),
            lasts: given.expires_in(),
        }
    }
}
