//! PostgreSQL: its connections, the queries compiled for it, and signals between processes.

mod connection;
mod connector;
mod listener;
mod statements;
mod tls;

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

use diesel_async::AsyncPgConnection;

pub(super) use connection::Database;

/// The connection that the queries run on.
pub(super) type Conn = AsyncPgConnection;
