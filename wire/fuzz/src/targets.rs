//! The targets, one file for each entry point.

pub(crate) mod control;
pub(crate) mod names;
pub(crate) mod paths;
pub(crate) mod reader;
pub(crate) mod records;
pub(crate) mod scan;
pub(crate) mod snapshots;
pub(crate) mod thicken;
pub(crate) mod verifier;
