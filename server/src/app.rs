//! What a running server shares, and how one is started and stopped.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::blobs::Blobs;
use crate::config::Config;
use crate::store::Store;

/// What every request and every worker works with; clones share it.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub store: Store,
    /// The blob store.
    pub blobs: Blobs,
}

impl AppState {
    /// Connects to the database and the blob store of `config`, creating and migrating what is missing.
    ///
    /// # Errors
    /// [`StartError`] says which part failed.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        unimplemented!("{config:?}")
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// Starts servers.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// Opens everything, starts the workers and listens. When this returns, the server answers.
    ///
    /// # Errors
    /// [`StartError`] says which part failed.
    pub async fn start(config: Config) -> Result<RunningServer, StartError> {
        unimplemented!("{config:?}")
    }
}

/// A server that answers. Dropping it stops it at once; [`RunningServer::shutdown`] lets open requests end.
#[derive(Debug)]
pub struct RunningServer {
    state: AppState,
    local_addr: SocketAddr,
}

impl RunningServer {
    /// What the server works with, so that an embedder can make users and repositories.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// The address that it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// `http://HOST:PORT`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.local_addr)
    }

    /// Accepts nothing more, lets open requests and running jobs end for the configured time, then stops.
    pub async fn shutdown(self) {
        unimplemented!()
    }
}
