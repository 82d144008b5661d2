//! Background jobs: the queue lives in the database, the workers in any process.

pub mod worker;
