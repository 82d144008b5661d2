//! What a user has at a server, whatever the repository.

use muse_wire::api::key::{KeyResponse, RegisterKeyRequest};
use muse_wire::commit::PublicKey;
use tokio::runtime::Runtime;

use super::connection::start_threads;
use crate::report::Reporter;
use crate::secret::Secret;
use crate::transport::{Server, ServerUrl, TransportError};

/// The account of a token's user at a server. Nothing is sent before the first request.
pub struct Account<'a> {
    server: Server<'a>,
    runtime: Runtime,
}

impl<'a> Account<'a> {
    /// Prepares to talk to a server as the user of a token.
    ///
    /// # Errors
    /// [`TransportError`] if no threads can be started, or the system's certificates or proxy
    /// settings are unusable.
    pub fn open(
        server: ServerUrl,
        token: Secret,
        reporter: &'a dyn Reporter,
    ) -> Result<Self, TransportError> {
        Ok(Self {
            server: Server::new(server, Some(token), reporter)?,
            runtime: start_threads()?,
        })
    }

    /// The keys that the user has registered, sorted by name.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn keys(&self) -> Result<Vec<KeyResponse>, TransportError> {
        self.runtime.block_on(self.server.keys())
    }

    /// Registers a key that signs the user's commits, or names it anew.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn register_key(&self, key: &RegisterKeyRequest) -> Result<KeyResponse, TransportError> {
        self.runtime.block_on(self.server.register_key(key))
    }

    /// Removes a key: what it signs from then on no longer counts as the user's.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn remove_key(&self, key: &PublicKey) -> Result<(), TransportError> {
        self.runtime.block_on(self.server.remove_key(key))
    }
}
