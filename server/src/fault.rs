//! Points at which a test can kill the process, to prove that a restart finishes what was begun.
//!
//! They are compiled in only with the `testing` feature.

#[cfg(feature = "testing")]
use std::{env, process};

/// The environment variable that names the point at which the process dies.
#[cfg(feature = "testing")]
pub const FAULT_VARIABLE: &str = "MUSEHUB_FAULT";

/// The points in the order in which the ingest of an uploaded mpack passes them.
pub const INGEST_POINTS: &[&str] = &[
    "after_claim",
    "before_pin",
    "after_pin",
    "after_thicken",
    "after_scan",
    "after_check",
    "in_verify",
    "after_verify",
    "after_closure",
    "before_promote",
    "after_promote",
    "before_publish",
    "after_publish",
];

/// The points in the order in which the merging of mpacks passes them.
pub const CONSOLIDATION_POINTS: &[&str] = &["before_consolidate", "after_consolidate"];

/// Kills the process, without any cleaning up, if the environment names this point.
#[cfg(feature = "testing")]
pub(crate) fn point(name: &str) {
    let mut points = INGEST_POINTS.iter().chain(CONSOLIDATION_POINTS);
    debug_assert!(points.any(|point| *point == name), "{name} is not listed");
    if env::var_os(FAULT_VARIABLE).is_some_and(|wanted| wanted == name) {
        tracing::error!(point = name, "fault point reached: aborting");
        process::abort();
    }
}

/// Does nothing, outside of tests.
#[cfg(not(feature = "testing"))]
pub(crate) const fn point(_name: &str) {}
