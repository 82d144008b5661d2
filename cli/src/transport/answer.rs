//! The answer to a control request: its body decoded, or the error of its problem document.

use std::time::Duration;

use muse_wire::api::{JSON_MEDIA_TYPE, MSGPACK_MEDIA_TYPE, from_msgpack};
use muse_wire::limits::MAX_CONTROL_BODY_BYTES;
use muse_wire::problem::{PROBLEM_MEDIA_TYPE, Problem};
use reqwest::header::{CONTENT_TYPE, HeaderName, LOCATION};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use super::TransportError;
use super::http::{Peer, header, requested_pause};
use super::timeouts::MIN_BYTES_PER_SECOND;

/// The id that a server's log has of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An answer with a success status, whose body is not decoded yet.
pub(super) struct Answer {
    host: String,
    status: StatusCode,
    is_json: bool,
    body: Vec<u8>,
}

impl Answer {
    /// Reads the whole answer; one that is no success is an error.
    pub(super) async fn read(
        mut response: Response,
        peer: &Peer<'_>,
    ) -> Result<Self, TransportError> {
        let host = peer.host.clone();
        let status = response.status();
        if let Some(id) = header(&response, REQUEST_ID) {
            let path = response.url().path();
            peer.reporter.step(format_args!(
                "{host} answered {path} with {status}, request {id}"
            ));
        }
        if status.is_redirection() {
            let location =
                header(&response, LOCATION).unwrap_or_else(|| "an unknown address".to_owned());
            return Err(TransportError::Redirected { host, location });
        }
        let content_type = header(&response, CONTENT_TYPE);
        let media_type = content_type
            .as_deref()
            .map(|text| text.split(';').next().unwrap_or_default().trim());
        match media_type {
            Some(PROBLEM_MEDIA_TYPE) => Err(read_problem(response, peer).await),
            Some(media @ (MSGPACK_MEDIA_TYPE | JSON_MEDIA_TYPE)) if status.is_success() => {
                let is_json = media == JSON_MEDIA_TYPE;
                let body = read_body(&mut response, peer).await?;
                Ok(Self {
                    host,
                    status,
                    is_json,
                    body,
                })
            }
            None if status == StatusCode::NO_CONTENT => Ok(Self {
                host,
                status,
                is_json: false,
                body: Vec::new(),
            }),
            other => Err(TransportError::NotTheProtocol {
                host,
                status,
                content_type: other.unwrap_or("no content type").to_owned(),
                retry_after: requested_pause(&response),
            }),
        }
    }

    /// Whether this is 202: not the result, but the job that will have it.
    pub(super) fn is_accepted(&self) -> bool {
        self.status == StatusCode::ACCEPTED
    }

    /// The body as what it must be.
    pub(super) fn decode<A: DeserializeOwned>(self) -> Result<A, TransportError> {
        let decoded = if self.is_json {
            serde_json::from_slice(&self.body).map_err(|error| error.to_string())
        } else {
            from_msgpack(&self.body).map_err(|error| error.to_string())
        };
        decoded.map_err(|reason| TransportError::BadAnswer {
            host: self.host,
            reason,
        })
    }
}

/// The error that a problem document describes.
pub(super) async fn read_problem(mut response: Response, peer: &Peer<'_>) -> TransportError {
    let status = response.status().as_u16();
    let retry_after = requested_pause(&response);
    let request_id = header(&response, REQUEST_ID);
    let body = match read_body(&mut response, peer).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => TransportError::Problem {
            problem: Problem { status, ..problem },
            retry_after,
            request_id: request_id.map(String::into_boxed_str),
        },
        Err(error) => TransportError::BadAnswer {
            host: peer.host.clone(),
            reason: error.to_string(),
        },
    }
}

/// Reads a body that is never larger than a control body may be, and never much slower than the
/// least rate.
async fn read_body(response: &mut Response, peer: &Peer<'_>) -> Result<Vec<u8>, TransportError> {
    let begun_at = tokio::time::Instant::now();
    let mut body = Vec::new();
    loop {
        let at_least_rate = Duration::from_secs(body.len() as u64 / MIN_BYTES_PER_SECOND);
        let limit = peer.timeouts.work + at_least_rate;
        let chunk = tokio::time::timeout_at(begun_at + limit, peer.next_chunk(response)).await;
        let chunk = chunk.map_err(|_| TransportError::TooSlow {
            host: peer.host.clone(),
            seconds: limit.as_secs(),
        })?;
        let Some(chunk) = chunk? else {
            return Ok(body);
        };
        if body.len() + chunk.len() > MAX_CONTROL_BODY_BYTES {
            return Err(TransportError::BadAnswer {
                host: peer.host.clone(),
                reason: format!("it is larger than {MAX_CONTROL_BODY_BYTES} bytes"),
            });
        }
        body.extend_from_slice(&chunk);
    }
}
