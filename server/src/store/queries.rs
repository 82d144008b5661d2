//! All queries, written once. `sqlite.rs` and `postgres.rs` each compile this file and those below it
//! against their own `Conn`, and supply what the engines spell differently.

#[path = "queries/accounts.rs"]
pub(in crate::store) mod accounts;
#[path = "queries/fetch_plans.rs"]
pub(in crate::store) mod fetch_plans;
#[path = "queries/history.rs"]
pub(in crate::store) mod history;
#[path = "queries/jobs.rs"]
pub(in crate::store) mod jobs;
#[path = "queries/mpacks.rs"]
pub(in crate::store) mod mpacks;
#[path = "queries/publish.rs"]
pub(in crate::store) mod publish;
#[path = "queries/refs.rs"]
pub(in crate::store) mod refs;
#[path = "queries/repos.rs"]
pub(in crate::store) mod repos;

use diesel_async::pooled_connection::deadpool::Object;

use super::{
    Conn, insert_commits, insert_objects, insert_snapshots, lock_repo, next_due, notify_ended,
    notify_queued,
};

/// Ids that one query asks for: enough that round trips do not matter, and far below SQLite's limit
/// of 32,766 parameters.
const IDS_PER_QUERY: usize = 8_000;

/// A connection that a write transaction runs on.
///
/// A request that is dropped in the middle must not leave its transaction open in the pool, holding
/// locks: such a connection is closed instead, which rolls it back.
pub(in crate::store) struct Writer {
    connection: Option<Object<Conn>>,
}

impl Writer {
    pub(in crate::store) fn new(connection: Object<Conn>) -> Self {
        Self {
            connection: Some(connection),
        }
    }

    /// The connection itself.
    pub(in crate::store) fn connection(&mut self) -> &mut Conn {
        self.connection
            .as_mut()
            .expect("the connection is taken only when the writer is done or dropped")
    }

    /// Gives the connection back: its transaction has ended.
    pub(in crate::store) fn done(mut self) {
        self.connection = None;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}
