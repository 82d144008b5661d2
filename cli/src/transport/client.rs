//! One server, with the token: how a control call is made and how its answer is read.

use std::time::Duration;

use muse_wire::api::{JSON_MEDIA_TYPE, MSGPACK_MEDIA_TYPE};
use muse_wire::limits::MAX_CONTROL_BODY_BYTES;
use muse_wire::problem::{PROBLEM_MEDIA_TYPE, Problem};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Note, ServerUrl, Storage, TransportError};
use crate::secret::Secret;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long nothing may move, in either direction. Longer than the longest wait that we ask of a server.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// One server. Nothing is sent before the first call.
pub struct Server<'a> {
    url: ServerUrl,
    http: reqwest::Client,
    note: Note<'a>,
    token: Option<Secret>,
}

impl<'a> Server<'a> {
    /// Prepares to talk to a server.
    ///
    /// # Errors
    /// [`TransportError::Setup`] where the system's certificates or proxy settings are unusable.
    pub fn new(
        url: ServerUrl,
        token: Option<Secret>,
        note: Note<'a>,
    ) -> Result<Self, TransportError> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("muse/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()
            .map_err(TransportError::Setup)?;
        Ok(Self {
            url,
            http,
            note,
            token,
        })
    }

    /// The server's address.
    pub const fn url(&self) -> &ServerUrl {
        &self.url
    }

    /// Whether calls carry a token.
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// What makes the presigned requests that this server hands out: same connections, no token.
    pub fn storage(&self) -> Storage<'a> {
        Storage::new(self.http.clone(), self.url.clone(), self.note.clone())
    }

    /// A request to musehub, with the token.
    pub(super) fn request(
        &self,
        method: Method,
        url: Url,
    ) -> Result<RequestBuilder, TransportError> {
        let request = self
            .http
            .request(method, url)
            .header(ACCEPT, MSGPACK_MEDIA_TYPE);
        match &self.token {
            Some(token) => {
                let mut header = HeaderValue::from_str(&format!("Bearer {}", token.reveal()))
                    .map_err(|_| TransportError::BadToken)?;
                header.set_sensitive(true);
                Ok(request.header(AUTHORIZATION, header))
            }
            None => Ok(request),
        }
    }

    /// Makes a call that may be repeated.
    pub(super) async fn call<B: Serialize>(
        &self,
        method: Method,
        url: Url,
        headers: &[(&str, String)],
        body: Option<&B>,
    ) -> Result<Answer, TransportError> {
        let body = body.map(|body| {
            rmp_serde::to_vec_named(body).expect("API bodies always encode into memory")
        });
        super::retry::retry(&self.note, async || {
            let mut request = self.request(method.clone(), url.clone())?;
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            if let Some(body) = &body {
                request = request
                    .header(CONTENT_TYPE, MSGPACK_MEDIA_TYPE)
                    .body(body.clone());
            }
            let host = self.url.host();
            Answer::read(send(request, &host).await?, host).await
        })
        .await
    }
}

/// Sends a request whose body is small and waits for the head of the answer.
pub(super) async fn send(request: RequestBuilder, host: &str) -> Result<Response, TransportError> {
    match tokio::time::timeout(IDLE_TIMEOUT, request.send()).await {
        Ok(sent) => sent.map_err(|error| TransportError::from_reqwest(host, error)),
        Err(_) => Err(timed_out(host)),
    }
}

pub(super) fn timed_out(host: &str) -> TransportError {
    TransportError::TimedOut {
        host: host.to_owned(),
        seconds: IDLE_TIMEOUT.as_secs(),
    }
}

/// A control answer that says yes.
pub(super) struct Answer {
    host: String,
    status: StatusCode,
    is_json: bool,
    body: Vec<u8>,
}

impl Answer {
    /// Reads what was asked for, or the reason why not.
    pub(super) async fn read(mut response: Response, host: String) -> Result<Self, TransportError> {
        let status = response.status();
        let header = |name| {
            let value = response.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        if status.is_redirection() {
            let location = header(LOCATION).unwrap_or_else(|| "an unknown address".to_owned());
            return Err(TransportError::Redirected { host, location });
        }
        let content_type = header(CONTENT_TYPE);
        let media_type = content_type
            .as_deref()
            .map(|text| text.split(';').next().unwrap_or_default().trim());
        match media_type {
            Some(PROBLEM_MEDIA_TYPE) => Err(read_problem(response, &host).await),
            Some(media @ (MSGPACK_MEDIA_TYPE | JSON_MEDIA_TYPE)) if status.is_success() => {
                let is_json = media == JSON_MEDIA_TYPE;
                let body = read_body(&mut response, &host).await?;
                Ok(Self {
                    host,
                    status,
                    is_json,
                    body,
                })
            }
            other => Err(TransportError::NotTheProtocol {
                host,
                status,
                content_type: other.unwrap_or("no content type").to_owned(),
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
            rmp_serde::from_slice(&self.body).map_err(|error| error.to_string())
        };
        decoded.map_err(|reason| TransportError::BadAnswer {
            host: self.host,
            reason,
        })
    }
}

/// Reads a problem document into the error that it stands for.
pub(super) async fn read_problem(mut response: Response, host: &str) -> TransportError {
    let status = response.status().as_u16();
    let body = match read_body(&mut response, host).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => TransportError::Problem(Problem { status, ..problem }),
        Err(error) => TransportError::BadAnswer {
            host: host.to_owned(),
            reason: error.to_string(),
        },
    }
}

/// Reads a body that is never larger than a control body may be.
async fn read_body(response: &mut Response, host: &str) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = next_chunk(response, host).await? {
        if body.len() + chunk.len() > MAX_CONTROL_BODY_BYTES {
            return Err(TransportError::BadAnswer {
                host: host.to_owned(),
                reason: format!("it is larger than {MAX_CONTROL_BODY_BYTES} bytes"),
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The next bytes of a body; none at its end.
pub(super) async fn next_chunk(
    response: &mut Response,
    host: &str,
) -> Result<Option<bytes::Bytes>, TransportError> {
    match tokio::time::timeout(IDLE_TIMEOUT, response.chunk()).await {
        Ok(read) => read.map_err(|error| TransportError::from_reqwest(host, error)),
        Err(_) => Err(timed_out(host)),
    }
}
