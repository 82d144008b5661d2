//! How often one client may do something.
//!
//! The state is a table of fixed size that holds no name and no address, so it never grows. Clients
//! that share a place in it share what they may do.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::iter;
use std::net::IpAddr;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

use crate::store::accounts::UserId;

/// How many clients are told apart.
const PLACES: usize = 1 << 16;

/// Whom a limit is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Client {
    /// Whoever has a token of this user.
    User(UserId),
    /// Whoever is at this IPv4 address, or in this IPv6 network of 64 bits.
    Network(u128),
}

impl Client {
    /// Whoever is at this address.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Network(match address.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped().into(),
            IpAddr::V6(address) => u128::from(address) >> 64 << 64,
        })
    }
}

/// A limit for each client, and what each has used of it.
pub(super) struct RateLimit<C: Clock = DefaultClock>(
    RateLimiter<Client, Places, C, NoOpMiddleware<C::Instant>>,
);

impl RateLimit {
    pub(super) fn new(quota: Quota) -> Self {
        Self::with_clock(quota, DefaultClock::default())
    }
}

impl<C: Clock> RateLimit<C> {
    fn with_clock(quota: Quota, clock: C) -> Self {
        Self(RateLimiter::new(quota, Places::new(), clock))
    }

    /// Counts one more, unless the client has used up what it may do.
    pub(super) fn allows(&self, client: Client) -> bool {
        self.0.check_key(&client).is_ok()
    }
}

/// The states of all clients.
struct Places {
    hasher: RandomState,
    states: Box<[InMemoryState]>,
}

impl Places {
    fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            states: iter::repeat_with(InMemoryState::default)
                .take(PLACES)
                .collect(),
        }
    }
}

impl StateStore for Places {
    type Key = Client;

    fn measure_and_replace<T, F, E>(&self, client: &Client, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let place = self.hasher.hash_one(client) as usize % PLACES;
        self.states[place].measure_and_replace(&NotKeyed::NonKey, decide)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn at(address: &str) -> Client {
        Client::at(address.parse().expect("an address"))
    }

    #[test]
    fn what_was_used_comes_back_one_by_one() {
        let clock = FakeRelativeClock::default();
        let twenty = NonZeroU32::new(20).expect("not zero");
        let limit = RateLimit::with_clock(Quota::per_minute(twenty), clock.clone());
        let client = at("192.0.2.1");
        for _ in 0..20 {
            assert!(limit.allows(client));
        }
        assert!(!limit.allows(client));
        clock.advance(Duration::from_millis(2_999));
        assert!(!limit.allows(client));
        clock.advance(Duration::from_millis(1));
        assert!(limit.allows(client));
        assert!(!limit.allows(client));
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        assert_eq!(at("2001:db8::1"), at("2001:db8::2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("192.0.2.2"), at("192.0.2.1"));
    }
}
