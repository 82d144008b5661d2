//! The accept loop: bounded, and drained with a deadline.

use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::http::{Request, Response};
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::BoxError;

use super::body::BodyOptions;
use super::certificate::Certificate;
use super::forwarded::TrustedProxies;
use super::router::RouteTable;
use super::service::service;

/// Pause after a failed accept, which nearly always means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Most bytes that a connection reads ahead of whoever takes the body, and of a request's head.
const READ_BUFFER_BYTES: usize = 64 * 1024;

/// The same, of all requests of an HTTP/2 connection together.
const HTTP2_WINDOW_BYTES: u32 = 256 * 1024;

/// Most requests of an HTTP/2 connection at a time.
const HTTP2_STREAMS: u32 = 64;

/// How often an HTTP/2 client must show that it is there.
const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(20);

/// Bounds of the HTTP side.
#[derive(Debug, Clone)]
pub(crate) struct HttpOptions {
    /// How many connections are served at a time; more wait to be accepted.
    pub(crate) max_connections: usize,
    /// How long a client may take for the TLS handshake, and to send its request headers.
    pub(crate) header_timeout: Duration,
    /// How long a client may pause while it sends a body, and how long it may wait in all before
    /// its slowness counts.
    pub(crate) body_idle_timeout: Duration,
    /// Where bodies wait that are needed as a whole.
    pub(crate) spool_directory: Arc<Path>,
    /// How long a client may take none of an answer.
    pub(crate) write_idle_timeout: Duration,
    /// How long open requests may take to end when the server stops.
    pub(crate) drain_timeout: Duration,
    /// What is shown to clients; plain HTTP without one.
    pub(crate) certificate: Option<Certificate>,
    /// Whose word is taken for where a request comes from.
    pub(crate) trusted_proxies: TrustedProxies,
}

/// Accepts connections until `stopping`, then lets open requests end for the configured time.
/// Dropping the future cuts every connection.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: RouteTable,
    options: HttpOptions,
    stopping: CancellationToken,
) {
    let protocols = Protocols::new(&options);
    let body_options = BodyOptions {
        idle_timeout: options.body_idle_timeout,
        spool_directory: options.spool_directory,
    };
    let service = service(routes, body_options);
    let permits = Arc::new(Semaphore::new(options.max_connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let next = async || {
        // Beyond the bound, connections wait in the listener's backlog.
        let permit = Arc::clone(&permits).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        (permit, accept(&listener).await)
    };
    while let Some((permit, (stream, peer))) = stopping.run_until_cancelled(next()).await {
        let (service, proxies) = (service.clone(), options.trusted_proxies.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            let client = proxies.client(peer, request.headers());
            request.extensions_mut().insert(client);
            service.call(request)
        });
        let (protocols, watcher) = (protocols.clone(), graceful.watcher());
        connections.spawn(async move {
            if let Err(error) = protocols.serve(stream, service, watcher).await {
                tracing::debug!(error, "a connection ended early");
            }
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    if timeout(options.drain_timeout, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time and are cut");
    }
    connections.shutdown().await;
}

/// How connections are spoken on.
#[derive(Clone)]
struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    certificate: Option<Certificate>,
    handshake_timeout: Duration,
    write_timeout: Duration,
}

impl Protocols {
    fn new(options: &HttpOptions) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(options.header_timeout)
            .max_buf_size(READ_BUFFER_BYTES);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(HTTP2_PING_INTERVAL)
            .max_concurrent_streams(HTTP2_STREAMS)
            .initial_stream_window_size(HTTP2_WINDOW_BYTES)
            .initial_connection_window_size(HTTP2_WINDOW_BYTES)
            .max_send_buf_size(READ_BUFFER_BYTES);
        Self {
            http1,
            http2,
            certificate: options.certificate.clone(),
            handshake_timeout: options.header_timeout,
            write_timeout: options.write_idle_timeout,
        }
    }

    /// Serves a connection to its end: HTTP/2 where TLS has agreed on it, else HTTP/1.1.
    async fn serve<S, B>(
        &self,
        stream: TcpStream,
        service: S,
        watcher: Watcher,
    ) -> Result<(), String>
    where
        S: HttpService<Incoming, ResBody = B, Error: Into<BoxError>, Future: Send + 'static>,
        S: Service<Request<Incoming>, Response = Response<B>>,
        B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.write_timeout));
        let stream: Pin<Box<_>> = Box::pin(stream);
        let Some(certificate) = &self.certificate else {
            let connection = self.http1.serve_connection(TokioIo::new(stream), service);
            let served = watcher.watch(connection).await;
            return served.map_err(|error| error.to_string());
        };
        let handshake = timeout(
            self.handshake_timeout,
            certificate.acceptor().accept(stream),
        );
        let stream = handshake
            .await
            .map_err(|_| "the handshake took too long".to_owned())?
            .map_err(|error| error.to_string())?;
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let stream = TokioIo::new(stream);
        let served = if is_http2 {
            watcher
                .watch(self.http2.serve_connection(stream, service))
                .await
        } else {
            watcher
                .watch(self.http1.serve_connection(stream, service))
                .await
        };
        served.map_err(|error| error.to_string())
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are written whole; waiting to fill packets only delays their ends.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection ended at once");
                }
                return (stream, peer.ip());
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
