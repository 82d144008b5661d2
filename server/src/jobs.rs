//! Background jobs: the queue lives in the database, the workers in any process.

pub(crate) mod lease;
pub(crate) mod status;
pub mod worker;
