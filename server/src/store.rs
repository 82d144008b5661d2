//! The database.

/// A handle to the database; clones share it.
#[derive(Debug, Clone)]
pub struct Store {}
