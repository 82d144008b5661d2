//! One HTTP exchange: it fails when nothing moves for too long, says what it waits for, and no
//! error names the URL, since a presigned one is a secret.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderName, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};

use super::TransportError;
use super::retry_after;
use super::timeouts::Timeouts;
use crate::report::{Phase, Reporter, Unit};

/// The host at the other end of an exchange.
pub(super) struct Peer<'a> {
    /// Host and port, for messages.
    pub(super) host: String,
    pub(super) timeouts: Timeouts,
    pub(super) reporter: &'a dyn Reporter,
}

impl Peer<'_> {
    /// Sends a request whose body is small and waits for the head of the answer, which may take
    /// `limit`; the first `quiet` of that are nothing worth mentioning.
    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        quiet: Duration,
        limit: Duration,
    ) -> Result<Response, TransportError> {
        let sent = self.wait(request.send(), quiet, limit).await?;
        sent.map_err(|error| TransportError::from_reqwest(&self.host, error))
    }

    /// The next bytes of a body; none at its end.
    pub(super) async fn next_chunk(
        &self,
        response: &mut Response,
    ) -> Result<Option<Bytes>, TransportError> {
        let Timeouts { notice, idle, .. } = self.timeouts;
        let read = self.wait(response.chunk(), notice, idle).await?;
        read.map_err(|error| TransportError::from_reqwest(&self.host, error))
    }

    /// Says that the host is waited for, until the returned phase is dropped.
    pub(super) fn say_waiting(&self) -> Box<dyn Phase> {
        let label = format!("waiting for {}", self.host);
        self.reporter.step(format_args!("{label} …"));
        self.reporter.phase(&label, None, Unit::Steps)
    }

    /// The error for a host that has been silent for this long.
    pub(super) fn timed_out(&self, limit: Duration) -> TransportError {
        TransportError::TimedOut {
            host: self.host.clone(),
            seconds: limit.as_secs(),
        }
    }

    async fn wait<T>(
        &self,
        work: impl Future<Output = T>,
        quiet: Duration,
        limit: Duration,
    ) -> Result<T, TransportError> {
        let mut work = pin!(work);
        if let Ok(done) = tokio::time::timeout(quiet.min(limit), &mut work).await {
            return Ok(done);
        }
        let _waiting = self.say_waiting();
        let done = tokio::time::timeout(limit.saturating_sub(quiet), work).await;
        done.map_err(|_| self.timed_out(limit))
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
