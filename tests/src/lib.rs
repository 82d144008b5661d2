//! What the end-to-end tests, the demo and the benchmark share. Nothing here is shipped.
//!
//! * [`harness`]: one temporary world per test, with the real `muse` and `musehub` binaries in it.
//! * [`workload`]: deterministic contents and histories.
//! * [`measure`]: bytes on the wire and peak memory, seen from outside.

pub mod harness;
pub mod measure;
pub mod workload;
