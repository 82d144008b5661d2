//! The protocol's requests about the keys that a user has registered at a server.

use muse_wire::api::key::{KeyListResponse, KeyResponse, RegisterKeyRequest};
use muse_wire::commit::PublicKey;

use super::server::ControlRequest;
use super::{Server, TransportError};

impl Server<'_> {
    /// The keys of the token's user, sorted by name.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn keys(&self) -> Result<Vec<KeyResponse>, TransportError> {
        let request = ControlRequest::get(self.url().endpoint("api/keys"));
        let listed: KeyListResponse = self.send(&request).await?.decode()?;
        Ok(listed.keys)
    }

    /// Registers a key of the token's user, or names it anew.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn register_key(
        &self,
        key: &RegisterKeyRequest,
    ) -> Result<KeyResponse, TransportError> {
        let request = ControlRequest::post(self.url().endpoint("api/keys"), key);
        self.send(&request).await?.decode()
    }

    /// Removes a key of the token's user. Made once: the answer to a repetition would be that there
    /// is no such key.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn remove_key(&self, key: &PublicKey) -> Result<(), TransportError> {
        let url = self.url().endpoint(&format!("api/keys/{}", key.to_hex()));
        self.send_once(&ControlRequest::delete(url)).await.map(drop)
    }
}
