//! What errors of the layers below mean to people: the kind, which fixes the exit code, the cause
//! in one line, and what to type next.

mod bisect;
mod branches;
mod bundle;
mod clone;
mod credentials;
mod export;
mod fetch;
mod gc;
mod import;
mod integrate;
mod job;
mod pull;
mod push;
mod remote;
mod repository;
mod signing;
mod status;
mod tags;
mod transport;
mod undo;
mod walk;
mod worktree;

use super::error::CliError;
use crate::credentials::Withheld;
use crate::transport::ServerUrl;

pub use bundle::bundle_error;
pub use credentials::{explain_withheld, plain_http_setting};
pub use repository::finish_clone;
pub use worktree::rename_or_ignore;

/// The server that was asked, and whether a token was sent, for hints about logging in.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The server.
    pub server: &'a ServerUrl,
    /// Whether a token was sent.
    pub has_token: bool,
    /// Why a token was not sent, although there is one.
    pub withheld: Option<Withheld>,
}

/// An error that can come from talking to a server.
pub trait Explain {
    /// What the error means to people. `login` says which server was asked, if one was.
    fn explain(self, login: Option<Login<'_>>) -> CliError;
}
