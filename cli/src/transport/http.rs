//! One HTTP exchange: it fails when nothing moves for too long, and no error names the URL, since a
//! presigned one is a secret.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderName, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};

use super::TransportError;
use super::retry_after;

/// How long nothing may move, in either direction. Longer than the longest wait that a server is
/// asked for.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Sends a request whose body is small and waits for the head of the answer.
pub(super) async fn send(request: RequestBuilder, host: &str) -> Result<Response, TransportError> {
    match tokio::time::timeout(IDLE_TIMEOUT, request.send()).await {
        Ok(sent) => sent.map_err(|error| TransportError::from_reqwest(host, error)),
        Err(_) => Err(timed_out(host)),
    }
}

/// The next bytes of a body; none at its end.
pub(super) async fn next_chunk(
    response: &mut Response,
    host: &str,
) -> Result<Option<Bytes>, TransportError> {
    match tokio::time::timeout(IDLE_TIMEOUT, response.chunk()).await {
        Ok(read) => read.map_err(|error| TransportError::from_reqwest(host, error)),
        Err(_) => Err(timed_out(host)),
    }
}

/// The error for a host that has been silent for [`IDLE_TIMEOUT`].
pub(super) fn timed_out(host: &str) -> TransportError {
    TransportError::TimedOut {
        host: host.to_owned(),
        seconds: IDLE_TIMEOUT.as_secs(),
    }
}

/// A header as text.
pub(super) fn header(response: &Response, name: HeaderName) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

/// How long the answer asks to wait before the request is made again.
pub(super) fn requested_pause(response: &Response) -> Option<Duration> {
    retry_after::parse(&header(response, RETRY_AFTER)?)
}
