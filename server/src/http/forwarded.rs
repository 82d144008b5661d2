//! Who sends a request where proxies stand before the server.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::header::{HeaderMap, HeaderName};

use crate::config::Network;

/// Each proxy appends the address that it was sent the request from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose headers are believed. Those of everybody else may be made up.
#[derive(Debug, Clone)]
pub(crate) struct TrustedProxies(Arc<[Network]>);

/// The client at the other end, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its address.
    pub(crate) address: IpAddr,
    /// Whether a proxy that is trusted has sent the request on.
    pub(super) is_forwarded: bool,
}

impl TrustedProxies {
    pub(crate) fn new(networks: &[Network]) -> Self {
        Self(networks.into())
    }

    /// The client of a request that `peer` has sent: the last address that no trusted proxy has.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut address = peer.to_canonical();
        let is_forwarded = self.contains(address);
        let values = headers.get_all(FORWARDED_FOR).iter();
        // A line that is no text ends what can be read, as an address does that is none.
        let values: Vec<_> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        let mut addresses = values.iter().rev().flat_map(|value| value.rsplit(','));
        while self.contains(address) {
            match addresses
                .next()
                .and_then(|text| text.trim().parse::<IpAddr>().ok())
            {
                Some(previous) => address = previous.to_canonical(),
                None => break,
            }
        }
        Client {
            address,
            is_forwarded,
        }
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "::1"].map(|text| text.parse().expect("a network"));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header's value");
            headers.append(FORWARDED_FOR, value);
        }
        let peer = peer.parse().expect("an address");
        let client = TrustedProxies::new(&networks).client(peer, &headers);
        client.address.to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(client("::1", &[]), "::1");
    }

    #[test]
    fn what_the_client_made_up_stands_before_what_the_proxies_say() {
        assert_eq!(
            client("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &["1.1.1.1", "198.51.100.7", "10.0.0.2"]),
            "198.51.100.7"
        );
        assert_eq!(client("10.0.0.1", &["1.1.1.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "é"]), "10.0.0.1");
    }
}
