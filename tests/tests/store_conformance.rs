//! The database suite on PostgreSQL; on SQLite it runs in the server's own tests.

use muse_e2e::harness::{Backend, Database};
use musehub::store::conformance::{TwoProcesses, open as open_twice};

async fn open() -> Option<(TwoProcesses, Database)> {
    if !Backend::Distributed.is_available() {
        return None;
    }
    // The harness blocks while it starts a cluster.
    let database = tokio::task::spawn_blocking(Database::create)
        .await
        .expect("a database can be made");
    Some((open_twice(&database.url()).await, database))
}

musehub::store_conformance_tests!(open);
