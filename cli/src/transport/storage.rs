//! Presigned requests: bulk bytes to and from storage hosts. Has no token, so it cannot reveal one,
//! and goes to no host that is less safe than the server.

use std::ops::Range;
use std::path::Path;

use muse_wire::api::push::PresignedRequest;
use muse_wire::problem::PROBLEM_MEDIA_TYPE;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, Response};

use super::address_guard::AddressGuard;
use super::answer::read_problem;
use super::http::{Peer, requested_pause};
use super::timeouts::Timeouts;
use super::upload::Upload;
use super::url::host_of;
use super::{ServerUrl, TransportError};
use crate::report::{Phase, Reporter};

/// Bytes of a refusal that are searched for a reason.
const REFUSAL_BYTES: usize = 16 * 1024;

/// Makes the requests that a server presigned.
pub struct Storage<'a> {
    pub(super) http: reqwest::Client,
    pub(super) guard: AddressGuard,
    /// Presigned paths are resolved against it.
    pub(super) server: ServerUrl,
    pub(super) timeouts: Timeouts,
    pub(super) reporter: &'a dyn Reporter,
}

impl<'a> Storage<'a> {
    /// Uploads this range of a file. Made once: after a failure, ask the server what is there.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn upload(
        &self,
        presigned: &PresignedRequest,
        file: &Path,
        range: Range<u64>,
        phase: &dyn Phase,
    ) -> Result<(), TransportError> {
        let (request, peer) = self.request(presigned, Method::PUT).await?;
        let upload = Upload::open(bytes::Bytes::new(), Some((file, range))).await?;
        let response = upload.send(request, &peer, phase).await?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(refusal(response, &peer).await)
        }
    }

    /// The request that was presigned, and the host that it goes to.
    pub(super) async fn request(
        &self,
        presigned: &PresignedRequest,
        method: Method,
    ) -> Result<(RequestBuilder, Peer<'a>), TransportError> {
        let unusable = |reason: &str| TransportError::BadAnswer {
            host: self.server.host(),
            reason: reason.to_owned(),
        };
        if presigned.method != method.as_str() {
            return Err(unusable("a presigned request has the wrong method"));
        }
        let url = self
            .server
            .resolve(&presigned.url)
            .ok_or_else(|| unusable("a presigned URL cannot be used"))?;
        self.guard.check(&url).await?;
        let peer = Peer {
            host: host_of(&url),
            timeouts: self.timeouts,
            reporter: self.reporter,
        };
        let mut request = self.http.request(method, url);
        for (name, value) in &presigned.headers {
            // The length is set from the file, which the caller has just measured.
            if !name.eq_ignore_ascii_case("content-length") {
                request = request.header(name, value);
            }
        }
        Ok((request, peer))
    }
}

/// Why a storage host refused: musehub's own reason, or the code in an S3 error document.
pub(super) async fn refusal(mut response: Response, peer: &Peer<'_>) -> TransportError {
    let status = response.status();
    let content_type = response.headers().get(CONTENT_TYPE);
    if content_type.is_some_and(|value| value.as_bytes().starts_with(PROBLEM_MEDIA_TYPE.as_bytes()))
    {
        return read_problem(response, peer).await;
    }
    let retry_after = requested_pause(&response);
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = peer.next_chunk(&mut response).await {
        body.extend_from_slice(&chunk);
        if body.len() > REFUSAL_BYTES {
            break;
        }
    }
    let text = String::from_utf8_lossy(&body);
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map(|(code, _)| code)
        .filter(|code| code.len() <= 64 && code.chars().all(char::is_alphanumeric));
    TransportError::StorageRefused {
        host: peer.host.clone(),
        status,
        reason: code.map(|code| format!(" ({code})")).unwrap_or_default(),
        retry_after,
    }
}
