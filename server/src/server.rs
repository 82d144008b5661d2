//! The server: everything opened, put together, started and stopped.
//!
//! One type serves HTTP, runs jobs, or both, as its [`Config`](crate::Config) says.

mod assembly;
mod certificate;
mod error;
mod running;
#[cfg(test)]
mod tests;
mod upkeep;

#[cfg(test)]
pub(crate) use assembly::Assembly;
pub use assembly::{open_blobs, open_existing_store, open_store, pending_migrations};
pub use error::StartError;
pub use running::Server;
