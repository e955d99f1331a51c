//! Answers to website inputs, and the checking of web addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

const MAX_LENGTH: usize = 2084;
const MAX_LABEL_LENGTH: usize = 63;

/// Whether a reply is a web address; `http://` or `https://` may be left out.
pub fn is_valid(reply: &str) -> bool {
    host(reply).is_some_and(|host| is_public_host(&host))
}

/// The host of a text that is built like a web address; whether there can be such a host is
/// another question.
pub(super) fn host(text: &str) -> Option<String> {
    let has_forbidden = text.contains(|c: char| c.is_whitespace() || c == '<' || c == '>');
    let length = text.encode_utf16().count();
    if text.is_empty() || has_forbidden || length >= MAX_LENGTH || text.starts_with("mailto:") {
        return None;
    }
    let end = text.find(['#', '?']).unwrap_or(text.len());
    let address = without_protocol(&text[..end])?;
    let authority = address.split('/').next().unwrap_or_default();
    host_of(without_credentials(authority)?)
}

fn without_protocol(address: &str) -> Option<&str> {
    match address.split_once("://") {
        Some((protocol, rest)) => {
            let known = ["http", "https"].contains(&protocol.to_ascii_lowercase().as_str());
            (known && !rest.contains("://")).then_some(rest)
        }
        None => (!address.starts_with("//")).then_some(address),
    }
}

fn without_credentials(authority: &str) -> Option<&str> {
    let Some((credentials, host)) = authority.split_once('@') else {
        return Some(authority);
    };
    let valid =
        !credentials.is_empty() && credentials != ":" && credentials.matches(':').count() <= 1;
    valid.then_some(host)
}

fn host_of(authority: &str) -> Option<String> {
    let (host, port) = match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, after)) => {
            address.parse::<Ipv6Addr>().ok()?;
            let port = if after.is_empty() {
                None
            } else {
                Some(after.strip_prefix(':')?)
            };
            (address, port)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    port.filter(|port| !port.is_empty())
        .is_none_or(is_port)
        .then(|| host.to_owned())
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_public_host(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok() || is_domain_name(host)
}

/// Whether a text is a domain name with a top-level domain.
fn is_domain_name(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let top_level = labels.last().copied().unwrap_or_default();
    labels.len() > 1 && is_top_level(top_level) && labels.iter().all(|label| is_label(label))
}

fn is_top_level(label: &str) -> bool {
    let punycode = label
        .to_ascii_lowercase()
        .strip_prefix("xn")
        .is_some_and(|rest| {
            rest.len() >= 2
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    let letters = |c: char| {
        c.is_ascii_alphabetic()
            || matches!(c, '\u{a1}'..='\u{a8}' | '\u{aa}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
                | '\u{fdf0}'..='\u{ffef}')
    };
    punycode || (label.chars().count() >= 2 && label.chars().all(letters))
}

fn is_label(label: &str) -> bool {
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || c == '-'
            || (c >= '\u{a1}' && !('\u{ff01}'..='\u{ff5e}').contains(&c))
    };
    !label.is_empty()
        && label.encode_utf16().count() <= MAX_LABEL_LENGTH
        && label.chars().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let valid = [
            "https://e.com",
            "http://e.com/a?b=c#d",
            "e.com",
            "HTTPS://WWW.E.COM:8080/",
            "http://1.2.3.4",
            "http://[::1]:80/",
            "https://é.com",
            "https://e.com/é",
            "http://user:p@e.com",
            "e.com?x=://y",
            "xn--9ca.xn--p1ai",
        ];
        for address in valid {
            assert!(is_valid(address), "{address}");
        }
        let invalid = [
            "localhost",
            "http://localhost:3000",
            "ftp://e.com",
            "e",
            "e.c",
            "https://e",
            "javascript:alert(1)",
            " e.com",
            "e.com/a b",
            "//e.com",
            "https://e.com.",
            "",
            "mailto:a@b.com",
            "http://e_x.com",
            "http://-e.com",
            "http://e.com:99999",
            "http://@e.com",
            "http://:@e.com",
            "e.com:x",
            "http://a.1",
        ];
        for address in invalid {
            assert!(!is_valid(address), "{address}");
        }
        assert!(!is_valid(&format!("e.com/{}", "a".repeat(MAX_LENGTH))));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), address in r"(https?://)?[\[\]a-e.:@/#?é0-9-]{0,30}") {
            let _ = is_valid(&text);
            let _ = is_valid(&address);
        }
    }
}
