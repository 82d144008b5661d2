//! The pool of connections of either engine: its bounds, and how it is used.

use std::time::Duration;

/// How a store uses its database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// Most connections at a time. SQLite has one more, for writing.
    pub max_connections: usize,
    /// How long an operation waits for one.
    pub connection_wait: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            max_connections: 8,
            connection_wait: Duration::from_secs(20),
        }
    }
}

/// How the connections of a store are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// How many run queries.
    pub in_use: usize,
    /// How many are open and wait for work.
    pub idle: usize,
    /// How many there may be.
    pub limit: usize,
    /// How many operations wait for one.
    pub waiting: usize,
}

/// A connection of a pool, within the time that an operation waits for one.
macro_rules! pooled {
    ($pool:expr, $wait:expr) => {
        match tokio::time::timeout($wait, $pool.get()).await {
            Ok(connection) => connection.map_err(unavailable),
            Err(_) => Err($crate::store::error::StoreError::Unavailable(
                "every connection is in use".into(),
            )),
        }
    };
}

/// The status of a pool.
macro_rules! pool_status {
    ($pool:expr) => {{
        let status = $pool.status();
        $crate::store::pool::PoolStatus {
            in_use: status.size.saturating_sub(status.available),
            idle: status.available,
            limit: status.max_size,
            waiting: status.waiting,
        }
    }};
}

pub(super) use {pool_status, pooled};
