//! SQLite: its connections, and the queries compiled for it.
//!
//! One connection writes and several read. A second writer would only wait for the first, and
//! SQLite waits by trying again: queueing for the one connection is faster and fair.

mod connection;
mod statements;

#[path = "queries.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "the queries are compiled once for each engine"
)]
pub(super) mod queries;
#[path = "writer.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "a writer holds a connection of its engine"
)]
mod writer;

use diesel::sqlite::SqliteConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

pub(super) use connection::Database;

/// The connection that the queries run on.
pub(super) type Conn = SyncConnectionWrapper<SqliteConnection>;
