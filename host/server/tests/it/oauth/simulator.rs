//! The same dance with an issuer that others wrote.

use std::net::SocketAddr;

use serde_json::json;
use services::OpenIdProvider;
use talkloom_server::oauth::Stale;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::issuer::Issuer;
use super::{HOUR_MS, World};
use crate::vault::home;

#[tokio::test]
async fn an_issuer_of_others_signs_in_and_renews() {
    let provider = tokio::task::spawn_blocking(OpenIdProvider::start);
    let provider = provider.await.expect("nothing panics").expect("it runs");
    let url = provider.url();
    let address = url["http://".len()..].parse().expect("an address");
    let described = json!({
        "authorizeUrl": format!("{url}/oauth2/authorize"),
        "tokenUrl": format!("{url}/oauth2/token"),
        "userInfoUrl": format!("{url}/userinfo"),
        "scopes": ["openid", "email"],
        "pkce": true,
    });
    let world = World::with(Issuer::start().await, described).await;
    let started = world.start().await;
    let (authorize, cookie) = world.open(&started).await;
    let form = "sub=grace%40example.com";
    let (head, body) = post(address, &authorize[url.len()..], form).await;
    let back = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location")
            .then(|| value.to_owned())
    });
    let back = back.unwrap_or_else(|| panic!("it leads nowhere: {head}\n{body}"));
    let answer = world.come_back(&back, &cookie).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let id = world.connected(&started).await;
    let credential = world.find(&id).await;
    assert_eq!(credential.account.as_deref(), Some("grace@example.com"));

    let oauth = &world.app.app.oauth;
    world.app.app.clock.advance(2 * HOUR_MS);
    let fresh = oauth.fresh(&home(), &credential, Stale::Soon).await;
    assert_eq!(fresh.expect("it is fresh"), Some(1));
    post(address, "/users/grace%40example.com/revoke-tokens", "").await;
    world.app.app.clock.advance(2 * HOUR_MS);
    let refused = oauth.fresh(&home(), &credential, Stale::Soon).await;
    let told = refused.expect_err("it is taken away").to_string();
    assert!(told.contains("Connect it again"), "{told}");
}

/// As a browser sends a form; gives head and body of the answer.
async fn post(address: SocketAddr, path: &str, form: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_owned(), body.to_owned())
}
