//! Verifies and indexes pushed mpacks.
