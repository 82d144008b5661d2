//! How often an address may send a token that is not valid.
//!
//! A token has 256 random bits, so nobody guesses one; what is limited is a client that goes on
//! with a token that has expired, and whoever floods the server with made-up ones. Valid tokens are
//! never refused: a whole company may be behind one address. The limit is the generic cell rate
//! algorithm, by hand, because this fixed table holds no address and never grows.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How many failures an address may have at once.
const FAILURES_AT_ONCE: u64 = 20;

/// How long it takes until a failure no longer counts.
const FAILURE_MS: u64 = 3_000;

/// How many addresses are told apart; those that share a place share its failures.
const PLACES: usize = 4_096;

/// Counts failures.
#[derive(Debug)]
pub(super) struct FailedLogins {
    started: Instant,
    hasher: RandomState,
    /// For each place, when its failures will no longer count, in milliseconds since the start.
    forgotten_at_ms: Box<[AtomicU64]>,
}

impl FailedLogins {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            hasher: RandomState::new(),
            forgotten_at_ms: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Counts a failure; whether the address has had too many.
    pub(super) fn count(&self, address: IpAddr) -> bool {
        let now_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.count_at(address, now_ms)
    }

    fn count_at(&self, address: IpAddr, now_ms: u64) -> bool {
        let place = self.hasher.hash_one(network(address)) as usize % PLACES;
        let most_ms = now_ms + FAILURES_AT_ONCE * FAILURE_MS;
        let counted = self.forgotten_at_ms[place].try_update(
            Ordering::Relaxed,
            Ordering::Relaxed,
            |forgotten_at_ms| {
                let next_ms = forgotten_at_ms.max(now_ms) + FAILURE_MS;
                (next_ms <= most_ms).then_some(next_ms)
            },
        );
        counted.is_err()
    }
}

/// What one client has: an IPv4 address, or an IPv6 network of 64 bits.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) => u128::from(address) >> 64 << 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn failures_are_forgotten_one_by_one() {
        let logins = FailedLogins::new();
        let client = address("192.0.2.1");
        for _ in 0..FAILURES_AT_ONCE {
            assert!(!logins.count_at(client, 1_000));
        }
        assert!(logins.count_at(client, 1_000));
        assert!(logins.count_at(client, 1_000 + FAILURE_MS - 1));
        assert!(!logins.count_at(client, 1_000 + FAILURE_MS));
        assert!(logins.count_at(client, 1_000 + FAILURE_MS));
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        assert_eq!(
            network(address("2001:db8::1")),
            network(address("2001:db8::2"))
        );
        assert_ne!(
            network(address("2001:db8::1")),
            network(address("2001:db8:0:1::1"))
        );
        assert_eq!(
            network(address("::ffff:192.0.2.1")),
            network(address("192.0.2.1"))
        );
        assert_ne!(network(address("192.0.2.2")), network(address("192.0.2.1")));
    }
}
