//! Talking to musehub and to storage hosts, as specified in `wire/PROTOCOL.md`.
//!
//! * [`Client`] makes the requests about one repository, through a [`Server`], which alone holds
//!   the token.
//! * [`Storage`] makes presigned requests; it has no token to reveal.
//! * [`RemoteUrl`] and [`ServerUrl`] are checked addresses.
//! * [`retry_if()`] repeats what failed and may succeed later.

mod address_guard;
mod answer;
mod client;
mod download;
mod error;
mod http;
mod internal_address;
mod keys;
mod remote_refs;
mod retry;
mod retry_after;
mod server;
mod storage;
mod timeouts;
mod upload;
mod url;

pub use client::{Client, FetchAnswer};
pub use download::FileRange;
pub use error::TransportError;
pub use remote_refs::RemoteRefs;
pub use retry::retry_if;
pub use server::Server;
pub use storage::Storage;
pub use url::{RemoteUrl, ServerUrl, UrlError};

#[cfg(test)]
mod tests;
