//! The sites that may embed a bot, checked before anything runs.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;

use super::ChatError;
use talkloom_engine::Message;

use crate::App;
use crate::public_url::PublicUrl;
use crate::versions::LoadedVersion;

/// Sent by the page when it stands in another site's frame: that site's origin.
const FRAMED_BY: &str = "x-typebot-iframe-referrer-origin";

/// Where a request comes from, as far as the browser tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    origin: Option<String>,
    framed_by: Option<String>,
    is_own_page: bool,
    public_url: PublicUrl,
}

impl FromRequestParts<App> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let origin = text(&parts.headers, ORIGIN.as_str());
        let is_own_page = origin.as_deref().is_some_and(|origin| {
            let own = &app.config.public_urls;
            if own.is_empty() {
                is_asked_host(origin, text(&parts.headers, HOST.as_str()).as_deref())
            } else {
                own.iter().any(|url| same_origin(url, origin))
            }
        });
        Ok(Self {
            origin,
            framed_by: text(&parts.headers, FRAMED_BY),
            is_own_page,
            public_url: PublicUrl::from_request_parts(parts, app).await?,
        })
    }
}

impl Caller {
    /// The host of this server where a message names it, as for a file that was sent here.
    pub(crate) fn own_host_in(&self, message: Option<&Message>) -> Option<String> {
        self.public_url.host_in(message)
    }

    /// Refuses where the bot lists the sites that may embed it and this is none of them.
    pub(crate) fn may_talk_to(&self, version: &LoadedVersion) -> Result<(), ChatError> {
        // A preview is for whoever holds a token, on the builder's own site.
        if version.is_preview {
            return Ok(());
        }
        let listed = |origin: &str| {
            version
                .allowed_origins()
                .any(|site| same_origin(site, origin))
        };
        let Some(origin) = &self.origin else {
            return Ok(());
        };
        let is_open = version.allowed_origins().next().is_none();
        let is_framed = self.is_own_page && self.framed_by.as_deref().is_some_and(listed);
        if is_open || listed(origin) || is_framed {
            return Ok(());
        }
        Err(ChatError::forbidden("Origin not allowed"))
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn is_asked_host(origin: &str, host: Option<&str>) -> bool {
    origin
        .split_once("://")
        .is_some_and(|(_, of_origin)| Some(of_origin) == host)
}

fn same_origin(site: &str, origin: &str) -> bool {
    site.trim_end_matches('/')
        .eq_ignore_ascii_case(origin.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::{is_asked_host, same_origin};

    #[test]
    fn origins_compare_as_people_write_them() {
        assert!(same_origin("https://Example.com/", "https://example.com"));
        assert!(!same_origin("https://example.com", "http://example.com"));
        assert!(!same_origin(
            "https://example.com",
            "https://example.com.evil.org"
        ));
        assert!(is_asked_host(
            "http://127.0.0.1:3000",
            Some("127.0.0.1:3000")
        ));
        assert!(!is_asked_host("null", Some("127.0.0.1:3000")));
    }
}
