//! Points at which a test can kill the process, to prove that what it leaves behind is whole, and a
//! wait that it can shorten.
//!
//! They are compiled in only with the `testing` feature.

use std::time::Duration;

#[cfg(feature = "testing")]
use std::{env, process};

/// The environment variable that names the point at which the process dies.
#[cfg(feature = "testing")]
pub const FAULT_VARIABLE: &str = "MUSE_FAULT";

/// The environment variable that says for how many milliseconds a lock is waited for.
#[cfg(feature = "testing")]
pub const LOCK_WAIT_VARIABLE: &str = "MUSE_FAULT_LOCK_WAIT";

/// Every point, in the order in which a fetch, a checkout, a merge and a collection of garbage pass
/// them.
pub const POINTS: &[&str] = &[
    "withheld_noted",
    "shallow_adopted",
    "shallow_noted",
    "checkout_marked",
    "checkout_removed",
    "checkout_writing",
    "checkout_written",
    "reflog_written",
    "after_refs",
    "conflict_noted",
    "conflict_written",
    "conflict_put_back",
    "gc_packed",
    "mpack_removed",
];

/// Kills the process, without any cleaning up, if the environment names this point.
#[cfg(feature = "testing")]
pub(crate) fn point(name: &str) {
    debug_assert!(POINTS.contains(&name), "{name} is not listed");
    if env::var_os(FAULT_VARIABLE).is_some_and(|wanted| wanted == name) {
        process::abort();
    }
}

/// Does nothing, outside of tests.
#[cfg(not(feature = "testing"))]
pub(crate) const fn point(_name: &str) {}

/// How long a lock is waited for: as the environment says, or else `usual`.
#[cfg(feature = "testing")]
pub(crate) fn lock_wait(usual: Duration) -> Duration {
    let given = env::var(LOCK_WAIT_VARIABLE).ok();
    let given = given.and_then(|text| text.parse().ok());
    given.map_or(usual, Duration::from_millis)
}

/// As usual, outside of tests.
#[cfg(not(feature = "testing"))]
pub(crate) const fn lock_wait(usual: Duration) -> Duration {
    usual
}
