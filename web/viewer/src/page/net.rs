//! Requests to the server.

use js_sys::JSON;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response, Url};

use super::dom;
use crate::api::ApiError;
use crate::json::Fields;

/// How long after a lost connection a request is sent again.
const RETRY_MS: u32 = 1_000;

/// Sends JSON and reads JSON.
pub async fn post(path: &str, body: &Value) -> Result<Value, ApiError> {
    read(open(path, body).await?).await
}

/// Sends JSON that is to be taken once, however often it is sent with this key.
///
/// What found no way is sent once more by itself: most connections come back at once.
pub async fn post_once(path: &str, body: &Value, key: &str) -> Result<Value, ApiError> {
    let attempt = async || read(send_json(path, body, Some(key)).await?).await;
    match attempt().await {
        Err(ApiError::Network) => {
            dom::sleep(RETRY_MS).await;
            attempt().await
        }
        answer => answer,
    }
}

/// Sends JSON.
pub async fn open(path: &str, body: &Value) -> Result<Response, ApiError> {
    send_json(path, body, None).await
}

/// A key that no other request has.
pub fn new_key() -> String {
    let part = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    format!("{:08x}{:08x}{:08x}{:08x}", part(), part(), part(), part())
}

async fn send_json(path: &str, body: &Value, key: Option<&str>) -> Result<Response, ApiError> {
    let headers = json_headers().map_err(|_| ApiError::Network)?;
    if let Some(key) = key {
        headers
            .set("Idempotency-Key", key)
            .map_err(|_| ApiError::Network)?;
    }
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&body.to_string().into());
    send(path, &request).await
}

async fn read(response: Response) -> Result<Value, ApiError> {
    let status = response.status();
    let text = text(&response).await?;
    let value: Result<Value, _> = serde_json::from_str(&text);
    match value {
        Ok(value) if response.ok() => Ok(value),
        Err(_) if response.ok() => Err(ApiError::Unreadable),
        value => {
            let message = value.ok().and_then(|value| value.text("message"));
            Err(ApiError::Status { status, message })
        }
    }
}

/// Sends any request.
pub async fn send(url: &str, request: &RequestInit) -> Result<Response, ApiError> {
    let answer = JsFuture::from(dom::window().fetch_with_str_and_init(url, request)).await;
    answer
        .ok()
        .and_then(|value| value.dyn_into().ok())
        .ok_or(ApiError::Network)
}

/// The response's text.
pub async fn text(response: &Response) -> Result<String, ApiError> {
    let promise = response.text().map_err(|_| ApiError::Network)?;
    let text = JsFuture::from(promise)
        .await
        .map_err(|_| ApiError::Network)?;
    Ok(text.as_string().unwrap_or_default())
}

/// A JSON value as the browser's own.
pub fn to_js(value: &Value) -> JsValue {
    JSON::parse(&value.to_string()).unwrap_or(JsValue::NULL)
}

fn json_headers() -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    headers.set("Content-Type", "application/json")?;
    if let Some(origin) = embedding_origin() {
        headers.set("x-typebot-iframe-referrer-origin", &origin)?;
    }
    Ok(headers)
}

/// The site that frames this page: bots may be allowed on some sites only.
fn embedding_origin() -> Option<String> {
    if !dom::is_framed() {
        return None;
    }
    let referrer = dom::document().referrer();
    Url::new(&referrer).ok().map(|url| url.origin())
}
