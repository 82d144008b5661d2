//! Places at which a test can kill the process, to prove that a restart finishes what was begun.
//!
//! Compiled in only with the `testing` feature; otherwise a point is nothing.

/// Names the point at which the process is to die.
#[cfg(feature = "testing")]
pub const FAULT_VARIABLE: &str = "MUSEHUB_FAULT";

/// Every point, in the order in which an uploaded mpack's ingest passes them.
pub const POINTS: &[&str] = &[
    "after_claim",
    "before_promote",
    "after_promote",
    "after_scan",
    "after_check",
    "in_verify",
    "after_verify",
    "after_closure",
    "before_publish",
    "after_publish",
];

/// Dies here, without any cleaning up, if the environment says so.
#[cfg(feature = "testing")]
pub(crate) fn point(name: &str) {
    debug_assert!(POINTS.contains(&name), "{name} is not listed");
    if std::env::var_os(FAULT_VARIABLE).is_some_and(|wanted| wanted == name) {
        tracing::error!(point = name, "dying as told");
        std::process::abort();
    }
}

/// Nothing, outside of tests.
#[cfg(not(feature = "testing"))]
pub(crate) const fn point(_name: &str) {}
