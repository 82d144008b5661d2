//! What a running server shares, and how one is started and stopped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::blobs::{self, Blobs, OpenBlobsError, UrlSigner};
use crate::config::{self, Config};
use crate::http::listener;
use crate::http::router::Router;
use crate::ingest::STREAMS_AT_ONCE;
use crate::jobs::worker::{self, Workers};
use crate::store::{Store, StoreError, StoreOptions};

/// What every request and every worker works with; clones share it.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub store: Store,
    /// The blob store.
    pub blobs: Blobs,
    /// A turn for each streamed push that may be taken in at once.
    pub(crate) stream_turns: Arc<Semaphore>,
    /// Cancelled when the server begins to stop, so that nobody starts to wait for something long.
    pub stopping: CancellationToken,
}

impl AppState {
    /// Connects to the database and the blob store of `config`, creating and migrating what is missing.
    ///
    /// # Errors
    /// [`StartError`] says which part failed.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        let store = open_store(&config).await?;
        let secret = match &config.secret {
            Some(secret) => secret.clone(),
            None => {
                let path = config.data_dir.join("secret");
                config::load_or_create_secret(&path)
                    .map_err(|source| StartError::Secret { path, source })?
            }
        };
        let signer = UrlSigner::new(secret.as_bytes(), config.public_url.clone());
        let staging = config.data_dir.join("tmp");
        let blobs = blobs::open(&config.blobs_url(), signer, &staging)?;
        Ok(Self {
            config: Arc::new(config),
            store,
            blobs,
            stream_turns: Arc::new(Semaphore::new(STREAMS_AT_ONCE)),
            stopping: CancellationToken::new(),
        })
    }
}

/// Connects to the database of `config` alone, creating and migrating what is missing.
///
/// # Errors
/// [`StartError::DataDirectory`] or [`StartError::Store`].
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    std::fs::create_dir_all(&config.data_dir).map_err(|source| StartError::DataDirectory {
        path: config.data_dir.clone(),
        source,
    })?;
    let store = Store::connect(&config.database_url(), &StoreOptions::default()).await?;
    store.migrate().await?;
    Ok(store)
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data directory cannot be made.
    #[error("cannot use the data directory {}", path.display())]
    DataDirectory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The signing secret cannot be read or made.
    #[error("cannot use the secret in {}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("cannot open the database")]
    Store(#[from] StoreError),
    /// The blob store cannot be opened.
    #[error("cannot open the blob store")]
    Blobs(#[from] OpenBlobsError),
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
        let address = config.listen;
        let cannot_listen = |source| StartError::Listen { address, source };
        let state = AppState::open(config).await?;
        let listener = TcpListener::bind(address).await.map_err(cannot_listen)?;
        let local_addr = listener.local_addr().map_err(cannot_listen)?;
        let workers = worker::spawn(state.clone(), state.config.workers);
        let accepting = tokio::spawn(listener::run(
            listener,
            Router::new(state.clone()),
            Arc::clone(&state.config),
            state.stopping.clone(),
        ));
        Ok(RunningServer {
            state,
            local_addr,
            accepting,
            workers: Some(workers),
        })
    }
}

/// A server that answers. Dropping it stops it at once; [`RunningServer::shutdown`] lets open requests end.
#[derive(Debug)]
pub struct RunningServer {
    state: AppState,
    local_addr: SocketAddr,
    accepting: JoinHandle<()>,
    workers: Option<Workers>,
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
    pub async fn shutdown(mut self) {
        self.state.stopping.cancel();
        let workers = self.workers.take();
        let deadline = self.state.config.drain_timeout;
        let jobs_end = async {
            let Some(workers) = workers else { return };
            if tokio::time::timeout(deadline, workers.shutdown())
                .await
                .is_err()
            {
                tracing::warn!("some jobs did not end in time; another worker will take them over");
            }
        };
        // The listener keeps the deadline itself.
        let (_, ended) = tokio::join!(jobs_end, &mut self.accepting);
        if let Err(error) = ended {
            tracing::error!(%error, "the listener did not stop in order");
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.state.stopping.cancel();
        self.accepting.abort();
    }
}
