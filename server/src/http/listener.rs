//! The accept loop: bounded, and drained with a deadline.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

use super::body::BodyOptions;
use super::client_address::ClientAddress;
use super::router::RouteTable;
use super::service::service;

/// Pause after a failed accept, which nearly always means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Most bytes that a connection reads ahead of whoever takes the body, and of a request's head.
const READ_BUFFER_BYTES: usize = 64 * 1024;

/// Bounds of the HTTP side.
#[derive(Debug, Clone)]
pub(crate) struct HttpOptions {
    /// How many connections are served at a time; more wait to be accepted.
    pub(crate) max_connections: usize,
    /// How long a client may take to send its request headers.
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
}

/// Accepts connections until `stopping`, then lets open requests end for the configured time.
/// Dropping the future cuts every connection.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: RouteTable,
    options: HttpOptions,
    stopping: CancellationToken,
) {
    let body_options = BodyOptions {
        idle_timeout: options.body_idle_timeout,
        spool_directory: options.spool_directory,
    };
    let service = service(routes, body_options);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(READ_BUFFER_BYTES);
    let permits = Arc::new(Semaphore::new(options.max_connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let next = async || {
        // Beyond the bound, connections wait in the listener's backlog.
        let permit = Arc::clone(&permits).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        (permit, accept(&listener).await)
    };
    while let Some((permit, (stream, address))) = stopping.run_until_cancelled(next()).await {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(options.write_idle_timeout));
        let stream = TokioIo::new(Box::pin(stream));
        let service = service.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(address);
            service.call(request)
        });
        let connection = http.serve_connection(stream, service);
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
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

async fn accept(listener: &TcpListener) -> (TcpStream, ClientAddress) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Answers are written whole; waiting to fill packets only delays their ends.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection ended at once");
                }
                return (stream, ClientAddress(address.ip()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
