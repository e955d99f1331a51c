//! What an address is: reachable from anywhere, private, or one that no block has business with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// On the internet.
    Public,
    /// In a private network; the operator may permit it.
    Private,
    /// This machine, its link, a cloud's metadata, multicast, a spelling of another address, or
    /// not an address of a host at all.
    Forbidden,
}

/// Says what an address is.
pub fn classify(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

fn classify_v4(address: Ipv4Addr) -> AddressClass {
    let forbidden = match address.octets() {
        [0 | 127 | 224..=255, ..] => true,
        // Shared between a provider's customers; also a cloud's metadata.
        [100, 64..=127, ..] => true,
        // Link-local: metadata.
        [169, 254, ..] => true,
        // A cloud's host agent.
        [168, 63, 129, 16] => true,
        // Protocol assignments, 6to4 relays, documentation, benchmarks.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => true,
        [198, 51, 100, _] | [203, 0, 113, _] => true,
        _ => false,
    };
    if forbidden {
        AddressClass::Forbidden
    } else if address.is_private() {
        AddressClass::Private
    } else {
        AddressClass::Public
    }
}

fn classify_v6(address: Ipv6Addr) -> AddressClass {
    match address.segments() {
        // Unique local addresses at which clouds answer for metadata.
        [0xfd00, 0x0ec2, ..] | [0xfd20, 0x00ce, ..] => AddressClass::Forbidden,
        [0xfc00..=0xfdff, ..] => AddressClass::Private,
        // Protocol assignments with Teredo, documentation, 6to4: the last holds an IPv4 address.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] => AddressClass::Forbidden,
        [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => AddressClass::Forbidden,
        // Interface ids that hold an IPv4 address (ISATAP).
        [_, _, _, _, 0 | 0x0200, 0x5efe, ..] => AddressClass::Forbidden,
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        // Unspecified, loopback, mapped, translated, link- and site-local, multicast, unassigned.
        _ => AddressClass::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use super::AddressClass::{Forbidden, Private, Public};
    use super::*;

    #[test]
    fn every_kind_of_address_is_known() {
        let table: &[(&str, AddressClass)] = &[
            ("0.0.0.0", Forbidden),
            ("0.1.2.3", Forbidden),
            ("127.0.0.1", Forbidden),
            ("127.1.2.3", Forbidden),
            ("127.255.255.255", Forbidden),
            ("169.254.0.1", Forbidden),
            ("169.254.169.254", Forbidden),
            ("169.254.170.2", Forbidden),
            ("168.63.129.16", Forbidden),
            ("168.63.129.17", Public),
            ("100.63.255.255", Public),
            ("100.64.0.0", Forbidden),
            ("100.100.100.200", Forbidden),
            ("100.127.255.255", Forbidden),
            ("100.128.0.0", Public),
            ("192.0.0.1", Forbidden),
            ("192.0.0.192", Forbidden),
            ("192.0.1.1", Public),
            ("192.0.2.1", Forbidden),
            ("192.88.99.1", Forbidden),
            ("198.17.255.255", Public),
            ("198.18.0.1", Forbidden),
            ("198.19.255.255", Forbidden),
            ("198.20.0.0", Public),
            ("198.51.100.7", Forbidden),
            ("203.0.113.9", Forbidden),
            ("224.0.0.1", Forbidden),
            ("239.255.255.255", Forbidden),
            ("240.0.0.1", Forbidden),
            ("255.255.255.255", Forbidden),
            ("10.0.0.1", Private),
            ("10.255.255.255", Private),
            ("172.15.255.255", Public),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("172.32.0.0", Public),
            ("192.168.0.1", Private),
            ("192.169.0.1", Public),
            ("1.1.1.1", Public),
            ("93.184.216.34", Public),
            ("::", Forbidden),
            ("::1", Forbidden),
            ("::2", Forbidden),
            ("::127.0.0.1", Forbidden),
            ("::ffff:127.0.0.1", Forbidden),
            ("::ffff:1.1.1.1", Forbidden),
            ("::ffff:a9fe:a9fe", Forbidden),
            ("::ffff:0:127.0.0.1", Forbidden),
            ("64:ff9b::7f00:1", Forbidden),
            ("64:ff9b::1.1.1.1", Forbidden),
            ("64:ff9b:1::1", Forbidden),
            ("100::1", Forbidden),
            ("2001::1", Forbidden),
            ("2001:0:7f00:1::", Forbidden),
            ("2001:10::1", Forbidden),
            ("2001:20::1", Forbidden),
            ("2001:1ff::1", Forbidden),
            ("2001:200::1", Public),
            ("2001:db8::1", Forbidden),
            ("2001:4860:4860::8888", Public),
            ("2002:7f00:1::", Forbidden),
            ("2002:101:101::", Forbidden),
            ("2606:4700:4700::1111", Public),
            ("2606:4700::5efe:7f00:1", Forbidden),
            ("2606:4700::200:5efe:7f00:1", Forbidden),
            ("3fff::1", Forbidden),
            ("3fff:1000::1", Public),
            ("4000::1", Forbidden),
            ("5f00::1", Forbidden),
            ("fc00::1", Private),
            ("fd12:3456::1", Private),
            ("fd00:ec2::254", Forbidden),
            ("fd20:ce::254", Forbidden),
            ("fe80::1", Forbidden),
            ("febf::1", Forbidden),
            ("fec0::1", Forbidden),
            ("ff02::1", Forbidden),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Forbidden),
        ];
        for (address, class) in table {
            assert_eq!(classify(address.parse().unwrap()), *class, "{address}");
        }
    }
}
