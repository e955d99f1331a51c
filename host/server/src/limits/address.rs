//! Which visitor a request comes from, as far as limits care.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// The key of whoever sent a request: an address, of IPv6 the network that one subscriber has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The address that a request comes from, or the one that a trusted proxy saw.
    pub fn of(headers: &HeaderMap, extensions: &Extensions, trusts_forwarded: bool) -> Self {
        let named = || forwarded(headers).filter(|_| trusts_forwarded);
        let peer = || extensions.get::<ConnectInfo<SocketAddr>>();
        match named().or_else(|| peer().map(|peer| peer.0.ip())) {
            Some(address) => Self::key(address),
            None => Self("unknown".to_owned()),
        }
    }

    /// The address as a key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

/// The last address that proxies named: the one before it is what the visitor claims.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let named = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = named.to_str().ok()?.rsplit(',').next()?.trim();
    let with_port = || last.parse::<SocketAddr>().map(|address| address.ip());
    last.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::extract::ConnectInfo;
    use axum::http::{Extensions, HeaderMap};

    use super::Address;

    fn key(peer: &str, forwarded: &[&str], trusts_forwarded: bool) -> String {
        let mut headers = HeaderMap::new();
        for named in forwarded {
            headers.append("x-forwarded-for", named.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        let peer: SocketAddr = peer.parse().unwrap();
        extensions.insert(ConnectInfo(peer));
        Address::of(&headers, &extensions, trusts_forwarded).0
    }

    #[test]
    fn a_subscriber_has_one_key() {
        assert_eq!(key("192.0.2.7:1", &[], false), "192.0.2.7");
        assert_eq!(key("[::ffff:192.0.2.7]:1", &[], false), "192.0.2.7");
        assert_eq!(
            key("[2001:db8:1:2:3:4:5:6]:1", &[], false),
            "2001:db8:1:2::/64"
        );
        assert_eq!(
            key("[2001:db8:1:2:ffff::1]:1", &[], false),
            "2001:db8:1:2::/64"
        );
    }

    #[test]
    fn only_a_trusted_proxy_names_the_visitor_and_only_with_its_last_word() {
        let claimed = ["203.0.113.1, 198.51.100.9"];
        assert_eq!(key("192.0.2.7:1", &claimed, false), "192.0.2.7");
        assert_eq!(key("192.0.2.7:1", &claimed, true), "198.51.100.9");
        let twice = ["203.0.113.1", "198.51.100.9:4711"];
        assert_eq!(key("192.0.2.7:1", &twice, true), "198.51.100.9");
        assert_eq!(
            key("192.0.2.7:1", &["[2001:db8::1]:80"], true),
            "2001:db8::/64"
        );
        assert_eq!(key("192.0.2.7:1", &["nonsense"], true), "192.0.2.7");
        assert_eq!(key("192.0.2.7:1", &[], true), "192.0.2.7");
    }
}
