//! Where a request goes. One parser reads the address; every check and the connection use what it
//! read.

use url::{Host, Url};

use super::EgressError;

/// A parsed address of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    url: Url,
    host: String,
    port: u16,
}

impl Target {
    /// Reads the address of a first hop.
    pub(crate) fn parse(text: &str) -> Result<Self, EgressError> {
        let text = check_spelling(text)?;
        Url::parse(text)
            .map_err(|_| refused("The address of the request is not valid."))
            .and_then(Self::check)
    }

    /// Reads where a redirect leads.
    pub(crate) fn join(&self, location: &str) -> Result<Self, EgressError> {
        let location = check_spelling(location)?;
        self.url
            .join(location)
            .map_err(|_| refused("The service redirects to an address that is not valid."))
            .and_then(Self::check)
    }

    fn check(mut url: Url) -> Result<Self, EgressError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(
                "Only addresses with http:// or https:// can be asked.",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                "The address holds a user name or password. Use a header or a credential instead.",
            ));
        }
        url.set_fragment(None);
        let host = match url.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        };
        if host.is_empty() {
            return Err(refused("The address of the request names no host."));
        }
        // Names with and without the dot of the root are one host, to resolvers and servers alike.
        if url.domain().is_some() && url.set_host(Some(&host)).is_err() {
            return Err(refused("The address of the request is not valid."));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        Ok(Self { url, host, port })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Adds a parameter to the query.
    pub(crate) fn add_query(&mut self, name: &str, value: &str) {
        self.url.query_pairs_mut().append_pair(name, value);
    }

    /// Same scheme, host and port: what may see the same secrets.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        self.url.scheme() == other.url.scheme()
            && self.host == other.host
            && self.port == other.port
    }
}

/// The parser removes tabs and line ends and reads backslashes as slashes; other readers of the
/// same text would not.
fn check_spelling(text: &str) -> Result<&str, EgressError> {
    let text = text.trim();
    let authority = text.split(['?', '#']).next().unwrap_or_default();
    if text.chars().any(char::is_control) || authority.contains('\\') {
        return Err(refused("The address of the request is not valid."));
    }
    Ok(text)
}

fn refused(sentence: &str) -> EgressError {
    EgressError::Denied(sentence.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_host_are_read_alike() {
        let table = [
            ("http://127.1", "127.0.0.1", 80),
            ("http://2130706433/", "127.0.0.1", 80),
            ("http://0x7f000001", "127.0.0.1", 80),
            ("http://0177.0.0.1", "127.0.0.1", 80),
            ("http://0", "0.0.0.0", 80),
            ("http://①②⑦.⓪.⓪.①", "127.0.0.1", 80),
            ("https://[::FFFF:127.0.0.1]:8443", "::ffff:7f00:1", 8443),
            ("https://EXAMPLE.com./a#b", "example.com", 443),
            ("http://127.0.0.1#@public.example", "127.0.0.1", 80),
            (" https://example.com/a b ", "example.com", 443),
        ];
        for (text, host, port) in table {
            let target = Target::parse(text).unwrap();
            let address = |host: &str| host.parse::<std::net::IpAddr>().ok();
            if let Some(expected) = address(host) {
                assert_eq!(address(target.host()), Some(expected), "{text}");
            } else {
                assert_eq!(target.host(), host, "{text}");
            }
            assert_eq!(target.port, port, "{text}");
            assert_eq!(target.url().fragment(), None, "{text}");
        }
    }

    #[test]
    fn what_readers_could_disagree_on_is_refused() {
        let table = [
            "http://public.example@127.0.0.1",
            "http://a:b@example.com",
            "http://[::1]:80@x",
            "http://example.com\\@127.0.0.1",
            "http://exa\tmple.com",
            "http://example.com/\r\nHost: x",
            "http://[fe80::1%25eth0]",
            "http://",
            "example.com",
            "file:///etc/passwd",
            "ftp://example.com",
            "gopher://example.com",
            "data:text/plain,x",
            "unix:/run/x.sock",
            "ws://example.com",
            "http://exa mple.com",
            "http://256.256.256.256",
        ];
        for text in table {
            assert!(Target::parse(text).is_err(), "{text}");
        }
        let target = Target::parse("https://example.com/a/b").unwrap();
        assert!(target.join("ftp://example.com").is_err());
        assert!(target.join("//u:p@example.com").is_err());
        assert_eq!(
            target.join("../c").unwrap().url().as_str(),
            "https://example.com/c"
        );
    }
}
