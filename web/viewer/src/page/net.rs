//! Requests to the server.

use js_sys::JSON;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response, Url};

use super::dom;
use crate::api::ApiError;
use crate::json::Fields;

/// Sends JSON and reads JSON.
pub async fn post(path: &str, body: &Value) -> Result<Value, ApiError> {
    let headers = json_headers().map_err(|_| ApiError::Network)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&body.to_string().into());
    let response = send(path, &request).await?;
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
