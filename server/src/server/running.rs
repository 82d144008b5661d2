//! A server that runs.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

use super::assembly::Assembly;
use super::certificate::{certificate, reload, renew};
use super::error::StartError;
use super::upkeep::upkeep;
use crate::config::Config;
use crate::http::{self, Certificate, HttpOptions, RouteTable, TrustedProxies};
use crate::jobs::{WorkerOptions, Workers};
use crate::store::Store;

/// A running server. Dropping it stops it at once; [`Server::stop`] lets open requests and running
/// jobs end.
#[derive(Debug)]
pub struct Server {
    store: Store,
    drain_timeout: Duration,
    workers: Workers,
    http: Option<Listening>,
    metrics: Option<Listening>,
    certificate: Option<Certificate>,
    /// Reads the certificate again when its files change.
    _renewal: Option<AbortOnDropHandle<()>>,
    /// Cancelled when the server begins to stop, so that no request starts to wait for long.
    stopping: DropGuard,
    /// Deletes what has expired and what was left behind.
    _upkeep: AbortOnDropHandle<()>,
}

/// A listener, and the routes behind it.
#[derive(Debug)]
struct Listening {
    local_addr: SocketAddr,
    serving: AbortOnDropHandle<()>,
}

impl Server {
    /// Opens everything, starts the workers, and listens if `config` names an address. When this
    /// returns, the server answers.
    ///
    /// # Errors
    /// [`StartError`] says which part failed.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let assembly = Assembly::open(&config).await?;
        let stopping = CancellationToken::new();
        let certificate = certificate(&config)?;
        let options = http_options(&config, &assembly);
        let metrics = match &config.metrics_listen {
            Some(address) => {
                let routes = assembly.metrics_routes()?;
                Some(Listening::start(address, routes, options.clone(), &stopping).await?)
            }
            None => None,
        };
        let http = match &config.listen {
            Some(address) => {
                let routes = assembly.routes(&config, &stopping);
                let options = HttpOptions {
                    certificate: certificate.clone(),
                    ..options
                };
                Some(Listening::start(address, routes, options, &stopping).await?)
            }
            None => None,
        };
        let renewal = certificate
            .clone()
            .map(|certificate| AbortOnDropHandle::new(tokio::spawn(renew(certificate))));
        let handlers = assembly.job_handlers();
        let upkeep = tokio::spawn(upkeep(&assembly, config.retention.clone()));
        Ok(Self {
            workers: Workers::start(
                &assembly.store,
                handlers,
                &WorkerOptions {
                    count: config.workers,
                    job_retention: config.job_retention,
                },
            ),
            store: assembly.store,
            drain_timeout: config.drain_timeout,
            http,
            metrics,
            certificate,
            _renewal: renewal,
            stopping: stopping.drop_guard(),
            _upkeep: AbortOnDropHandle::new(upkeep),
        })
    }

    /// The database, so that an embedder can create users, repositories and tokens.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The address that it listens on; `None` for a server that only runs jobs.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(|http| http.local_addr)
    }

    /// The address at which it gives its metrics, if it does.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|metrics| metrics.local_addr)
    }

    /// `http://HOST:PORT`, or `https:` with a certificate; `None` for a server that only runs jobs.
    pub fn base_url(&self) -> Option<String> {
        let scheme = match &self.certificate {
            Some(_) => "https",
            None => "http",
        };
        self.local_addr()
            .map(|address| format!("{scheme}://{address}"))
    }

    /// Reads the certificate's files again, if they have changed. What cannot be used is logged,
    /// and the certificate stays as it is.
    pub async fn reload_certificate(&self) {
        if let Some(certificate) = &self.certificate {
            reload(certificate).await;
        }
    }

    /// Accepts nothing more, lets open requests and running jobs end for the configured time, then
    /// stops.
    pub async fn stop(self) {
        self.stopping.disarm().cancel();
        let workers_end = async {
            let ended = timeout(self.drain_timeout, self.workers.shutdown()).await;
            if ended.is_err() {
                tracing::warn!("some jobs did not end in time; another worker will take them over");
            }
        };
        // Listeners keep the deadline themselves.
        let listeners_end = async {
            for listening in [self.http, self.metrics].into_iter().flatten() {
                if let Err(error) = listening.serving.await {
                    tracing::error!(%error, "a listener did not stop cleanly");
                }
            }
        };
        tokio::join!(workers_end, listeners_end);
    }
}

fn http_options(config: &Config, assembly: &Assembly) -> HttpOptions {
    HttpOptions {
        max_connections: config.max_connections,
        header_timeout: config.header_timeout,
        body_idle_timeout: config.body_idle_timeout,
        spool_directory: assembly.blobs.store.staging_dir().into(),
        write_idle_timeout: config.write_idle_timeout,
        drain_timeout: config.drain_timeout,
        certificate: None,
        trusted_proxies: TrustedProxies::new(&config.trusted_proxies),
    }
}

impl Listening {
    async fn start(
        address: &str,
        routes: RouteTable,
        options: HttpOptions,
        stopping: &CancellationToken,
    ) -> Result<Self, StartError> {
        let cannot_listen = |source| StartError::Listen {
            address: address.to_owned(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(cannot_listen)?;
        let local_addr = listener.local_addr().map_err(cannot_listen)?;
        let serving = tokio::spawn(http::serve(listener, routes, options, stopping.clone()));
        Ok(Self {
            local_addr,
            serving: AbortOnDropHandle::new(serving),
        })
    }
}
