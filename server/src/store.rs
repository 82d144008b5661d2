//! The database: everything the server knows except the mpacks' bytes.
//!
//! One [`Store`] over two engines, SQLite and PostgreSQL, chosen by URL. Every method is one
//! transaction. Each concept has its methods in a file of its own, here, and beside it
//!
//! * `model.rs`: its types, the rows that they are read from, and what converts between the two;
//! * `queries.rs`: its SQL, written once. `queries.rs` in this directory collects these files, and
//!   `sqlite.rs` and `postgres.rs` each compile them against their own connection and supply the
//!   few statements that the engines spell differently.
//!
//! Content is always keyed by repository: the id of another repository's object gives access to
//! nothing. The store knows nothing of HTTP, and nothing else in the server writes SQL.

pub mod accounts;
pub mod audit;
pub mod blocks;
pub mod built_mpacks;
mod clock;
mod columns;
pub mod commits;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
pub mod consolidation;
mod database;
pub mod error;
pub mod fetch_plans;
pub mod jobs;
pub mod large_objects;
pub mod members;
mod migrations;
pub mod mpacks;
pub mod objects;
mod pool;
mod postgres;
pub mod protections;
pub mod publish;
pub mod pushed_bytes;
pub mod queue;
pub mod refs;
pub mod repos;
mod schema;
mod signals;
pub mod signing_keys;
pub mod snapshots;
mod sqlite;
pub mod tokens;
pub mod unreachable;
pub mod usage;

pub use audit::Actor;
pub use database::Store;
pub use error::{Result, StoreError};
pub use pool::{PoolStatus, StoreOptions};
pub use repos::Repo;
pub use tokens::Identity;
