//! A connection to one repository on a server.

use muse_wire::api::repo::WhoamiResponse;
use tokio::runtime::{Builder, Runtime};

use crate::report::Reporter;
use crate::secret::Secret;
use crate::transport::{Client, RemoteUrl, Server, ServerUrl, TransportError};

/// Threads that serve a connection.
const NETWORK_THREADS: usize = 2;

/// A connection to one repository on a server, with the threads that serve it. Nothing is sent
/// before the first request.
pub struct Connection<'a> {
    client: Client<'a>,
    reporter: &'a dyn Reporter,
    runtime: Runtime,
}

impl<'a> Connection<'a> {
    /// Prepares to talk to the repository at `url`. Everything that is done over the connection is
    /// reported to `reporter`.
    ///
    /// # Errors
    /// [`TransportError`] if no threads can be started, or the system's certificates or proxy
    /// settings are unusable.
    pub fn open(
        url: RemoteUrl,
        token: Option<Secret>,
        reporter: &'a dyn Reporter,
    ) -> Result<Self, TransportError> {
        Ok(Self {
            client: Client::new(url, token, reporter)?,
            reporter,
            runtime: start_threads()?,
        })
    }

    /// The repository's address.
    pub const fn url(&self) -> &RemoteUrl {
        self.client.url()
    }

    /// The server that it is on.
    pub const fn server(&self) -> &Server<'a> {
        self.client.server()
    }

    /// Makes the protocol's requests.
    pub(super) const fn client(&self) -> &Client<'a> {
        &self.client
    }

    /// Who is told what happens.
    pub(super) const fn reporter(&self) -> &'a dyn Reporter {
        self.reporter
    }

    /// Waits for a request.
    pub(super) fn wait<T>(&self, request: impl Future<Output = T>) -> T {
        self.runtime.block_on(request)
    }
}

/// Asks a server whose token this is.
///
/// # Errors
/// [`TransportError`]; what the server says of a token that it does not know as a problem.
pub fn whoami(
    server: ServerUrl,
    token: Secret,
    reporter: &dyn Reporter,
) -> Result<WhoamiResponse, TransportError> {
    let server = Server::new(server, Some(token), reporter)?;
    start_threads()?.block_on(server.whoami())
}

/// The threads that serve requests.
pub(super) fn start_threads() -> Result<Runtime, TransportError> {
    Builder::new_multi_thread()
        .worker_threads(NETWORK_THREADS)
        .enable_all()
        .build()
        .map_err(TransportError::Threads)
}
