//! Talking to musehub and to storage hosts, as specified in `wire/PROTOCOL.md`.
//!
//! * [`Client`] makes the calls about one repository, through a [`Server`], which alone holds the token.
//! * [`Storage`] makes presigned requests; it has no token to give away.
//! * [`RemoteUrl`] and [`ServerUrl`] are checked addresses.
//!
//! Knows no terminal and no arguments: it reports to [`crate::progress`] and to a [`Note`].

mod calls;
mod client;
mod error;
mod retry;
mod storage;
mod upload;
mod url;

use std::sync::Arc;

pub use calls::{Client, FetchAnswer};
pub use client::Server;
pub use error::TransportError;
pub use storage::Storage;
pub use url::{RemoteUrl, ServerUrl, UrlError};

/// Takes remarks that only a curious user wants to see, such as `trying again in 0.6 s`.
pub type Note<'a> = Arc<dyn Fn(&str) + Send + Sync + 'a>;

#[cfg(test)]
mod tests;
