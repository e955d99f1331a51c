//! The address of this server as visitors see it.

use axum::extract::FromRequestParts;
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

use talkloom_engine::Message;

use crate::App;

/// What the proxy in front says of the visitor's connection.
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The address of this server without a slash at its end: the configured one, else the one that was
/// asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicUrl(pub String);

impl PublicUrl {
    /// The host without its port, where a message names it: files of this server are answers
    /// whatever their host is called. What is not needed stays out of the journal.
    pub fn host_in(&self, message: Option<&Message>) -> Option<String> {
        let (Message::Text { text: said, .. } | Message::Audio { url: said }) = message? else {
            return None;
        };
        let authority = self.0.split_once("://")?.1.split('/').next()?;
        let uri: Uri = authority.parse().ok()?;
        let host = uri.host()?;
        said.contains(authority).then(|| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            bare.to_ascii_lowercase()
        })
    }
}

impl FromRequestParts<App> for PublicUrl {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        if let Some(url) = app.config.public_urls.first() {
            return Ok(Self(url.trim_end_matches('/').to_owned()));
        }
        Ok(Self(asked(&parts.headers, &parts.uri)))
    }
}

/// Without a proxy's word, a page of this very host tells which protocol it came by.
fn asked(headers: &HeaderMap, uri: &Uri) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST.as_str())
        .or_else(|| uri.authority().map(|authority| authority.as_str()))
        .unwrap_or("localhost");
    let forwarded = text(FORWARDED_PROTO)
        .map(|list| list.split(',').next().unwrap_or_default().trim())
        .filter(|protocol| ["http", "https"].contains(protocol));
    let of_page = text(ORIGIN.as_str())
        .and_then(|origin| origin.split_once("://"))
        .filter(|(protocol, page)| *page == host && ["http", "https"].contains(protocol))
        .map(|(protocol, _)| protocol);
    let protocol = forwarded.or(of_page).unwrap_or("http");
    format!("{protocol}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(headers: &[(&'static str, &str)]) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        asked(&headers.collect(), &Uri::from_static("/"))
    }

    #[test]
    fn the_host_counts_where_it_is_named() {
        let own = PublicUrl("http://Files.local:3000".into());
        let host = |text: &str| own.host_in(Some(&Message::text(text)));
        let named = host("http://Files.local:3000/files/public/a.png");
        assert_eq!(named.as_deref(), Some("files.local"));
        assert_eq!(host("hello"), None);
        assert_eq!(own.host_in(None), None);
        let own = PublicUrl("http://[::1]:3000".into());
        let named = own.host_in(Some(&Message::text("http://[::1]:3000/files/a.png")));
        assert_eq!(named.as_deref(), Some("::1"));
    }

    #[test]
    fn the_address_that_was_asked_for_counts() {
        let host = ("host", "chat.example.com");
        assert_eq!(url(&[]), "http://localhost");
        assert_eq!(url(&[host]), "http://chat.example.com");
        let proxied = [host, (FORWARDED_PROTO, "https, http")];
        assert_eq!(url(&proxied), "https://chat.example.com");
        assert_eq!(
            url(&[host, (FORWARDED_PROTO, "gopher")]),
            "http://chat.example.com"
        );
        let page = [host, ("origin", "https://chat.example.com")];
        assert_eq!(url(&page), "https://chat.example.com");
        let strange = [host, ("origin", "https://shop.example.com")];
        assert_eq!(url(&strange), "http://chat.example.com");
    }
}
