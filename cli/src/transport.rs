//! Talking to musehub and to storage hosts, as specified in `wire/PROTOCOL.md`.
//!
//! * [`Client`] makes the calls of the protocol; it alone holds the token.
//! * [`Storage`] makes presigned requests; it has no token to give away.
//! * [`RemoteUrl`] is a repository's checked address.
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

pub use calls::FetchAnswer;
pub use client::Client;
pub use error::TransportError;
pub use storage::Storage;
pub use url::{RemoteUrl, UrlError};

/// Takes remarks that only a curious user wants to see, such as `trying again in 0.6 s`.
pub type Note<'a> = Arc<dyn Fn(&str) + Send + Sync + 'a>;
