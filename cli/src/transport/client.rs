//! The protocol's requests about one repository, one method each.

use std::path::Path;
use std::time::Duration;

use muse_wire::api::MPACK_MEDIA_TYPE;
use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;
use muse_wire::api::push::{
    PresignRequest, PresignResponse, STREAM_CONTROL_TAG, StreamControl, UnpackRequest,
};
use muse_wire::api::refs::{NegotiateRequest, NegotiateResponse, RefsResponse};
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_NEGOTIATE_IDS;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use super::answer::Answer;
use super::server::ControlRequest;
use super::upload::Upload;
use super::{RemoteUrl, Server, TransportError, ref_names};
use crate::report::{Phase, Reporter};
use crate::secret::Secret;

/// Longest wait that a server takes part in, in one request.
const LONGEST_POLL: Duration = Duration::from_secs(20);

/// The answer to a fetch.
#[derive(Debug)]
pub enum FetchAnswer {
    /// What to download.
    Plan(FetchPlan),
    /// The plan takes a while to build; it will be in the job's status.
    Job(Box<JobStatus>),
}

/// One repository on one server.
pub struct Client<'a> {
    server: Server<'a>,
    url: RemoteUrl,
}

impl<'a> Client<'a> {
    /// Prepares to talk about a repository; nothing is sent yet.
    ///
    /// # Errors
    /// As [`Server::new`].
    pub fn new(
        url: RemoteUrl,
        token: Option<Secret>,
        reporter: &'a dyn Reporter,
    ) -> Result<Self, TransportError> {
        let server = Server::new(url.server().clone(), token, reporter)?;
        Ok(Self { server, url })
    }

    /// The same, with a server that is waited for in another way.
    #[cfg(test)]
    pub(super) const fn with_server(url: RemoteUrl, server: Server<'a>) -> Self {
        Self { server, url }
    }

    /// The repository's address.
    pub const fn url(&self) -> &RemoteUrl {
        &self.url
    }

    /// The server that it is on.
    pub const fn server(&self) -> &Server<'a> {
        &self.server
    }

    /// All refs of the repository, and what the server takes. Each name is that of a branch or tag
    /// and there once, and no file system could confuse two of them.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn refs(&self) -> Result<RefsResponse, TransportError> {
        let request = ControlRequest::get(self.url.endpoint("refs"));
        let refs = self.server.send(&request).await?.decode()?;
        ref_names::check(&refs).map_err(|reason| TransportError::BadAnswer {
            host: self.server.peer().host,
            reason,
        })?;
        Ok(refs)
    }

    /// Those of `commits` that the repository has; asks about the first [`MAX_NEGOTIATE_IDS`].
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn negotiate(&self, commits: &[CommitId]) -> Result<Vec<CommitId>, TransportError> {
        let body = NegotiateRequest {
            commits: commits[..commits.len().min(MAX_NEGOTIATE_IDS)].to_vec(),
        };
        let request = ControlRequest::post(self.url.endpoint("negotiate"), &body);
        let answer = self.server.send(&request).await?;
        Ok(answer.decode::<NegotiateResponse>()?.have)
    }

    /// Where to upload an mpack, or that it is there already. Made once: after a failed upload the
    /// server must be asked again anyway, so callers repeat both together.
    ///
    /// # Errors
    /// [`TransportError`]; the server's verdict on the push as a problem.
    pub async fn presign(&self, body: &PresignRequest) -> Result<PresignResponse, TransportError> {
        let request = ControlRequest::post(self.url.endpoint("push/presign"), body);
        self.server.send_once(&request).await?.decode()
    }

    /// A small push in one request, `mpack` being the file that `control` announces; the job that
    /// is returned has ended. Made only once: after a cut connection, only the refs say whether the
    /// push happened.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn push_stream(
        &self,
        control: &StreamControl,
        mpack: Option<&Path>,
        phase: &dyn Phase,
    ) -> Result<JobStatus, TransportError> {
        let control = rmp_serde::to_vec_named(control).expect("API bodies encode into memory");
        let mut head = vec![STREAM_CONTROL_TAG];
        head.extend_from_slice(&(control.len() as u64).to_le_bytes());
        head.extend_from_slice(&control);
        let upload = Upload::open(head.into(), mpack).await?;
        let request = self
            .server
            .request(Method::POST, self.url.endpoint("push/stream"))?
            .header(CONTENT_TYPE, MPACK_MEDIA_TYPE);
        let peer = self.server.peer();
        let response = upload.send(request, &peer, phase).await?;
        let job: JobStatus = Answer::read(response, &peer).await?.decode()?;
        if !job.status.is_final() {
            return Err(TransportError::BadAnswer {
                host: peer.host,
                reason: format!(
                    "a streamed push has ended, and this one is {}",
                    job.status.as_str()
                ),
            });
        }
        Ok(job)
    }

    /// Starts the job that indexes an uploaded mpack and moves refs; repeating it gives the same
    /// job.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn unpack(&self, body: &UnpackRequest) -> Result<JobStatus, TransportError> {
        let request = ControlRequest::post(self.url.endpoint("push/unpack-mpack"), body);
        self.server.send(&request).await?.decode()
    }

    /// The state of a job, once it has ended or `wait` is over.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn job(&self, job_id: &str, wait: Duration) -> Result<JobStatus, TransportError> {
        let mut url = self.url.endpoint("push/jobs");
        // Pushed as one segment, so that an id from outside cannot name another endpoint.
        url.path_segments_mut()
            .expect("an http URL has a path")
            .push(job_id);
        let request = match wait.min(LONGEST_POLL).as_secs() {
            0 => ControlRequest::get(url),
            seconds => ControlRequest::get(url).prefer_wait(seconds),
        };
        self.server.send(&request).await?.decode()
    }

    /// What to download to have everything reachable from `want`.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn fetch(&self, body: &FetchRequest) -> Result<FetchAnswer, TransportError> {
        let request = ControlRequest::post(self.url.endpoint("fetch/mpack"), body).takes_work();
        let answer = self.server.send(&request).await?;
        if answer.is_accepted() {
            answer.decode().map(Box::new).map(FetchAnswer::Job)
        } else {
            answer.decode().map(FetchAnswer::Plan)
        }
    }
}
