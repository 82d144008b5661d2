//! One request, as its handler sees it.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use headers::{ETag, HeaderMapExt as _, IfNoneMatch};
use hyper::StatusCode;
use hyper::header::{EXPECT, HeaderName};
use hyper::http::request::Parts;
use muse_wire::limits::MAX_CONTROL_BODY_BYTES;
use muse_wire::name::RepoName;
use muse_wire::problem::ProblemCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::body::RequestBody;
use super::format::{Format, is_body_of};
use super::forwarded::Client;
use super::response::{Response, bytes};
use crate::error::{Error, Result};

/// The header of a request's id, there and in its answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest time that a request is held open for a client that prefers to wait.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// One request.
pub(crate) struct Request {
    /// Method, URI and headers.
    pub(crate) head: Parts,
    /// The body, still arriving.
    pub(crate) body: RequestBody,
    /// The values of the route's placeholders. They are not percent-decoded: no name or id needs
    /// that.
    pub(super) parameters: Vec<(String, String)>,
}

impl Request {
    /// The value of one of the route's placeholders.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let mut parameters = self.parameters.iter();
        let found = parameters.find(|(known, _)| known == name);
        &found
            .expect("handlers ask only for their route's placeholders")
            .1
    }

    /// The value of a placeholder, parsed. What does not parse cannot exist.
    ///
    /// # Errors
    /// [`Error::Problem`] where it does not parse.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Result<T> {
        let text = self.parameter(name);
        text.parse()
            .map_err(|_| Error::problem(ProblemCode::NotFound, "there is no such thing"))
    }

    /// The repository that the path names.
    ///
    /// # Errors
    /// [`Error::Problem`] where no repository can have this name.
    pub(crate) fn repo_name(&self) -> Result<RepoName> {
        RepoName::new(self.parameter("owner"), self.parameter("slug"))
            .map_err(|error| Error::problem(ProblemCode::NotFound, error.to_string()))
    }

    /// The address that the request comes from, behind trusted proxies too.
    pub(crate) fn client_address(&self) -> Option<IpAddr> {
        let client = self.head.extensions.get::<Client>();
        client.map(|client| client.address)
    }

    /// The URI's query; empty where there is none.
    pub(crate) fn query(&self) -> &str {
        self.head.uri.query().unwrap_or_default()
    }

    /// A value in the URI's query, decoded; the first, where there are several.
    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query().as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// Reads and decodes the control body, in the format that the headers name.
    ///
    /// # Errors
    /// [`Error::Problem`] where it is too large, or not what is expected.
    pub(crate) async fn decode<T: DeserializeOwned>(&mut self) -> Result<T> {
        let format = Format::of_body(&self.head.headers).ok_or_else(|| {
            Error::problem(
                ProblemCode::UnsupportedMediaType,
                "send application/msgpack or application/json",
            )
        })?;
        let limit = MAX_CONTROL_BODY_BYTES;
        let too_large = || {
            let detail = format!("a control body has at most {limit} bytes");
            Error::problem(ProblemCode::BodyTooLarge, detail)
        };
        let announced = self.body.announced_bytes();
        if announced.is_some_and(|bytes| bytes > limit as u64) {
            return Err(too_large());
        }
        let body = self.body.read_up_to(limit + 1).await?;
        if body.len() > limit {
            return Err(too_large());
        }
        format.decode(&body.read().await?)
    }

    /// Checks that the body, which is no control body, is of this media type.
    ///
    /// # Errors
    /// [`Error::Problem`] where the headers name another one.
    pub(crate) fn expect_media_type(&self, media_type: &str) -> Result<()> {
        if is_body_of(&self.head.headers, media_type) {
            return Ok(());
        }
        let detail = format!("send {media_type}");
        Err(Error::problem(ProblemCode::UnsupportedMediaType, detail))
    }

    /// An answer with a control body, in the format that the client wants.
    pub(crate) fn answer(&self, status: StatusCode, body: &impl Serialize) -> Response {
        let format = Format::wanted(&self.head.headers);
        bytes(status, format.media_type(), format.encode(body))
    }

    /// Whether the client has the answer with this entity tag already.
    pub(crate) fn has_already(&self, tag: &ETag) -> bool {
        let known = self.head.headers.typed_get::<IfNoneMatch>();
        known.is_some_and(|known| !known.precondition_passes(tag))
    }

    /// How long the client prefers to wait for news, from `Prefer: wait=N`.
    pub(crate) fn preferred_wait(&self) -> Option<Duration> {
        let preferences = self.head.headers.get_all("prefer").iter();
        preferences
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']))
            .find_map(|preference| preference.trim().strip_prefix("wait="))
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(MAX_WAIT))
    }

    /// Reads what is left of a refused request's body, so that the client gets to see why. A client
    /// that waits for `100 Continue` is not told to send it.
    pub(super) async fn discard_body(&mut self) {
        if !self.head.headers.contains_key(EXPECT) {
            self.body.discard().await;
        }
    }
}
