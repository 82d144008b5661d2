//! One request, as its route sees it.

use std::str::FromStr;
use std::time::Duration;

use hyper::StatusCode;
use hyper::http::request::Parts;
use muse_wire::name::RepoName;
use muse_wire::problem::ProblemCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body::RequestBody;
use super::{CallError, Media, Response, refused};
use crate::app::AppState;

/// Longest time that a request is held open for a client that prefers to wait.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// One request.
#[derive(Debug)]
pub(crate) struct Call {
    /// What the server shares.
    pub(crate) state: AppState,
    /// Method, URI and headers.
    pub(crate) head: Parts,
    /// The body, still arriving.
    pub(crate) body: RequestBody,
    /// What the route's placeholders stand for. Never percent-decoded: no name or id of ours needs it.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Call {
    /// What a placeholder of the route stands for.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let mut parameters = self.parameters.iter();
        let found = parameters.find(|(known, _)| known == name);
        &found.expect("routes ask only for their own placeholders").1
    }

    /// A placeholder's value, parsed. What does not parse cannot exist.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Result<T, CallError> {
        let text = self.parameter(name);
        text.parse()
            .map_err(|_| refused(ProblemCode::NotFound, "there is no such thing"))
    }

    /// The repository that the path names.
    pub(crate) fn repo_name(&self) -> Result<RepoName, CallError> {
        RepoName::new(self.parameter("owner"), self.parameter("slug"))
            .map_err(|error| refused(ProblemCode::NotFound, error.to_string()))
    }

    /// The control body.
    pub(crate) async fn decode<T: DeserializeOwned>(&mut self) -> Result<T, CallError> {
        self.body.decode(&self.head).await
    }

    /// An answer with a control body, in the form that the client wants.
    pub(crate) fn answer(&self, status: StatusCode, body: &impl Serialize) -> Response {
        Media::wanted(&self.head.headers).answer(status, body)
    }

    /// How long the client would rather wait than be told "not yet", from `Prefer: wait=N`.
    pub(crate) fn preferred_wait(&self) -> Option<Duration> {
        let preferences = self.head.headers.get_all("prefer").iter();
        preferences
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']))
            .find_map(|preference| preference.trim().strip_prefix("wait="))
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(MAX_WAIT))
    }

    /// Reads what is left of a refused request's body, so that the client gets to see why. One that waits
    /// to be told to send its body is not told.
    pub(crate) async fn discard_body(&mut self) {
        if !self.head.headers.contains_key(hyper::header::EXPECT) {
            self.body.discard().await;
        }
    }
}
