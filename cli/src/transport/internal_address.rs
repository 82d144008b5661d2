//! Addresses that mean something else to everybody: those of this machine and of private networks.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A name that leads to an address that the server may not send its clients to.
#[derive(Debug)]
pub(super) struct InternalAddress;

impl fmt::Display for InternalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its address is on a private network, and the server's is not")
    }
}

impl Error for InternalAddress {}

/// Loopback, link-local and private addresses, and those that stand for this machine.
pub(super) fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_internal_v4(address),
        IpAddr::V6(address) => is_internal_v6(address),
    }
}

const fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    // RFC 6598: shared among the customers of a carrier, and popular with private overlays.
    let is_shared = first == 100 && second & 0b1100_0000 == 64;
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || is_shared
        || first == 0
}

const fn is_internal_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        let internal = |text: &str| is_internal(text.parse().expect("an address"));
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(internal(address), "{address}");
        }
        for address in ["203.0.113.7", "172.32.0.1", "100.128.0.1", "2001:db8::1"] {
            assert!(!internal(address), "{address}");
        }
    }
}
