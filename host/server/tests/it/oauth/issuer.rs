//! An issuer that is strict: codes and refresh tokens are good once, PKCE is checked, and it does
//! what a test says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use oauth2::url::{Url, form_urlencoded};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

/// What the token endpoint does.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Mood {
    /// What it should.
    #[default]
    Good,
    /// It never answers.
    Silent,
    /// It answers with this.
    Says(u16, &'static str, &'static str),
    /// It sends elsewhere.
    Redirects(&'static str),
}

/// A running issuer.
#[derive(Clone)]
pub struct Issuer {
    pub address: SocketAddr,
    state: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    mood: Mood,
    /// Code → its challenge, client and address to come back to.
    codes: BTreeMap<String, Pending>,
    /// The refresh tokens that are good.
    refresh: BTreeSet<String>,
    revoked: Vec<String>,
    /// Who asked for tokens, and how.
    asked: Vec<String>,
    drawn: u32,
}

#[derive(Clone)]
struct Pending {
    challenge: String,
    client: String,
    redirect_uri: String,
}

impl Issuer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let issuer = Self {
            address,
            state: Arc::default(),
        };
        let routes = Router::new()
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .route("/me", get(me))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        issuer
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// As a manifest names it.
    pub fn described(&self) -> Value {
        json!({
            "authorizeUrl": self.url("/authorize"),
            "tokenUrl": self.url("/token"),
            "revokeUrl": self.url("/revoke"),
            "userInfoUrl": self.url("/me"),
            "scopes": ["rows", "email"],
            "authorizeParameters": { "access_type": "offline" },
            "pkce": true,
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.state.lock().expect("nobody panics with it")
    }

    /// A person agrees at the address that the browser was sent to; gives where it goes then.
    pub fn agree(&self, authorize: &str) -> String {
        let url = Url::parse(authorize).expect("an address");
        assert_eq!(url.path(), "/authorize");
        let given: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(given["response_type"], "code");
        assert_eq!(given["scope"], "rows email");
        assert_eq!(given["access_type"], "offline");
        assert_eq!(given["code_challenge_method"], "S256");
        let mut known = self.known();
        let code = known.draw("code");
        let pending = Pending {
            challenge: given["code_challenge"].clone(),
            client: given["client_id"].clone(),
            redirect_uri: given["redirect_uri"].clone(),
        };
        let mut back = Url::parse(&pending.redirect_uri).expect("an address");
        known.codes.insert(code.clone(), pending);
        back.query_pairs_mut()
            .append_pair("state", &given["state"])
            .append_pair("code", &code);
        back.into()
    }

    pub fn is_now(&self, mood: Mood) {
        self.known().mood = mood;
    }

    /// A person takes the access away.
    pub fn forget_all(&self) {
        self.known().refresh.clear();
    }

    /// Who asked for tokens since this was last asked: grant and client.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.known().asked)
    }

    /// The tokens that were given back.
    pub fn revoked(&self) -> Vec<String> {
        self.known().revoked.clone()
    }
}

impl Known {
    fn draw(&mut self, what: &str) -> String {
        self.drawn += 1;
        format!("{what}-token-{}", self.drawn)
    }

    fn exchange(&mut self, form: &BTreeMap<String, String>, client: &str) -> Option<Value> {
        let text = |name: &str| form.get(name).map(String::as_str);
        match text("grant_type")? {
            "authorization_code" => {
                let pending = self.codes.remove(text("code")?)?;
                let verifier = Sha256::digest(text("code_verifier")?);
                let challenge = BASE64_URL_SAFE_NO_PAD.encode(verifier);
                let is_right = challenge == pending.challenge
                    && client == pending.client
                    && text("redirect_uri")? == pending.redirect_uri;
                is_right.then_some(())?;
            }
            "refresh_token" => self.refresh.take(text("refresh_token")?).map(drop)?,
            _ => return None,
        }
        let (access, refresh) = (self.draw("access"), self.draw("refresh"));
        self.refresh.insert(refresh.clone());
        Some(json!({
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer",
            "expires_in": 3_600, "scope": "rows email",
        }))
    }
}

async fn token(State(issuer): State<Issuer>, headers: HeaderMap, body: String) -> Response {
    let form = form(&body);
    let client = client(&headers);
    let mood = {
        let mut known = issuer.known();
        let line = format!("{} {client}", form["grant_type"]);
        known.asked.push(line);
        known.mood.clone()
    };
    match mood {
        Mood::Good => {}
        Mood::Silent => return std::future::pending().await,
        Mood::Says(status, kind, body) => {
            let status = StatusCode::from_u16(status).expect("a status");
            return (status, [("content-type", kind)], body).into_response();
        }
        Mood::Redirects(to) => return Redirect::temporary(to).into_response(),
    }
    let id = client.split(':').next().unwrap_or_default();
    match issuer.known().exchange(&form, id) {
        Some(tokens) => Json(tokens).into_response(),
        None => {
            let refused = Json(json!({ "error": "invalid_grant" }));
            (StatusCode::BAD_REQUEST, refused).into_response()
        }
    }
}

fn form(body: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect()
}

/// The client's id and secret, as Basic authentication shows them.
fn client(headers: &HeaderMap) -> String {
    let shown = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let encoded = shown.and_then(|text| text.strip_prefix("Basic "));
    let bytes = encoded.and_then(|text| BASE64_STANDARD.decode(text).ok());
    bytes.map_or("nobody".to_owned(), |bytes| {
        String::from_utf8(bytes).expect("it is text")
    })
}

async fn revoke(State(issuer): State<Issuer>, body: String) -> StatusCode {
    let form = form(&body);
    let mut known = issuer.known();
    known.refresh.remove(&form["token"]);
    known.revoked.push(form["token"].clone());
    StatusCode::OK
}

async fn me(headers: HeaderMap) -> Response {
    let shown = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    match shown {
        Some(text) if text.starts_with("Bearer access-token-") => {
            Json(json!({ "sub": "1", "email": "ada@example.com" })).into_response()
        }
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}
