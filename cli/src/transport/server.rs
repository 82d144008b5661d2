//! One server, and the token for it: how a control request is made.

use std::time::Duration;

use bytes::Bytes;
use muse_wire::api::MSGPACK_MEDIA_TYPE;
use muse_wire::api::repo::WhoamiResponse;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use url::Url;

use super::address_guard::AddressGuard;
use super::answer::Answer;
use super::http::Peer;
use super::retry::retry;
use super::timeouts::Timeouts;
use super::{ServerUrl, Storage, TransportError};
use crate::report::Reporter;
use crate::secret::Secret;

/// One server. Nothing is sent before the first request.
pub struct Server<'a> {
    url: ServerUrl,
    http: reqwest::Client,
    guard: AddressGuard,
    timeouts: Timeouts,
    reporter: &'a dyn Reporter,
    token: Option<Secret>,
}

/// A request of the protocol with a small body or none.
pub(super) struct ControlRequest {
    method: Method,
    url: Url,
    /// Whole seconds that the server may take before it answers.
    prefer_wait: Option<u64>,
    /// Whether the server has to work for the answer.
    takes_work: bool,
    body: Option<Bytes>,
}

impl ControlRequest {
    /// A request without a body.
    pub(super) const fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            prefer_wait: None,
            takes_work: false,
            body: None,
        }
    }

    /// A request with this body.
    pub(super) fn post(url: Url, body: &impl Serialize) -> Self {
        let body = rmp_serde::to_vec_named(body).expect("API bodies always encode into memory");
        Self {
            method: Method::POST,
            url,
            prefer_wait: None,
            takes_work: false,
            body: Some(body.into()),
        }
    }

    /// A request to delete what is at an address.
    pub(super) const fn delete(url: Url) -> Self {
        Self {
            method: Method::DELETE,
            url,
            prefer_wait: None,
            takes_work: false,
            body: None,
        }
    }

    /// Lets the server work for the answer.
    pub(super) const fn takes_work(mut self) -> Self {
        self.takes_work = true;
        self
    }

    /// Lets the server answer late, once there is news.
    pub(super) const fn prefer_wait(mut self, seconds: u64) -> Self {
        self.prefer_wait = Some(seconds);
        self
    }
}

impl<'a> Server<'a> {
    /// Prepares to talk to a server.
    ///
    /// # Errors
    /// [`TransportError::Setup`] if the system's certificates or proxy settings are unusable.
    pub fn new(
        url: ServerUrl,
        token: Option<Secret>,
        reporter: &'a dyn Reporter,
    ) -> Result<Self, TransportError> {
        Self::with_timeouts(url, token, reporter, Timeouts::default())
    }

    /// Prepares to talk to a server that is waited for as long as this.
    pub(super) fn with_timeouts(
        url: ServerUrl,
        token: Option<Secret>,
        reporter: &'a dyn Reporter,
        timeouts: Timeouts,
    ) -> Result<Self, TransportError> {
        let guard = AddressGuard::new(url.clone());
        let mut builder = reqwest::Client::builder();
        if url.is_loopback() {
            // Nobody else shall see what is sent to this machine.
            builder = builder.no_proxy();
        }
        let http = builder
            .user_agent(concat!("muse/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeouts.connect)
            .dns_resolver(guard.clone())
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()
            .map_err(TransportError::Setup)?;
        Ok(Self {
            url,
            http,
            guard,
            timeouts,
            reporter,
            token,
        })
    }

    /// The server's address.
    pub const fn url(&self) -> &ServerUrl {
        &self.url
    }

    /// Whether requests carry a token.
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Who is told what happens.
    pub(super) const fn reporter(&self) -> &'a dyn Reporter {
        self.reporter
    }

    /// Makes the presigned requests that this server hands out: same connections, no token.
    pub fn storage(&self) -> Storage<'a> {
        Storage {
            http: self.http.clone(),
            guard: self.guard.clone(),
            server: self.url.clone(),
            timeouts: self.timeouts,
            reporter: self.reporter,
        }
    }

    /// The other end of this server's requests.
    pub(super) fn peer(&self) -> Peer<'a> {
        Peer {
            host: self.url.host(),
            timeouts: self.timeouts,
            reporter: self.reporter,
        }
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn whoami(&self) -> Result<WhoamiResponse, TransportError> {
        let request = ControlRequest::get(self.url.endpoint("api/whoami"));
        self.send(&request).await?.decode()
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

    /// Sends a request that may be repeated, again after failures that may pass.
    pub(super) async fn send(&self, request: &ControlRequest) -> Result<Answer, TransportError> {
        retry(self.reporter, || self.send_once(request)).await
    }

    /// Sends a request once.
    pub(super) async fn send_once(
        &self,
        control: &ControlRequest,
    ) -> Result<Answer, TransportError> {
        let mut request = self.request(control.method.clone(), control.url.clone())?;
        if let Some(seconds) = control.prefer_wait {
            request = request.header("prefer", format!("wait={seconds}"));
        }
        if let Some(body) = &control.body {
            request = request
                .header(CONTENT_TYPE, MSGPACK_MEDIA_TYPE)
                .body(body.clone());
        }
        let Timeouts {
            answer,
            work,
            notice,
            ..
        } = self.timeouts;
        let asked = Duration::from_secs(control.prefer_wait.unwrap_or(0));
        let limit = asked + if control.takes_work { work } else { answer };
        let peer = self.peer();
        let response = peer.send(request, asked + notice, limit).await?;
        Answer::read(response, &peer).await
    }
}
