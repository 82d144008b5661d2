//! The protocol's requests about one repository, one method each.

use std::path::Path;
use std::time::Duration;

use muse_wire::api::MPACK_MEDIA_TYPE;
use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::{JobStatus, JobsResponse};
use muse_wire::api::push::{
    PresignRequest, PresignResponse, STREAM_CONTROL_TAG, StreamControl, UnpackRequest,
};
use muse_wire::api::refs::{NegotiateRequest, NegotiateResponse, RefsQuery, RefsResponse};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use super::answer::Answer;
use super::remote_refs::{Listing, Page};
use super::server::ControlRequest;
use super::upload::Upload;
use super::{RemoteRefs, RemoteUrl, Server, TransportError};
use crate::report::{Phase, Reporter};
use crate::secret::Secret;

/// Longest wait that a server takes part in, in one request.
const LONGEST_POLL: Duration = Duration::from_secs(20);

/// How often refs are listed that move in between.
const MAX_LISTINGS: u32 = 5;

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

    /// All refs of the repository at one moment. Each name is that of a branch or tag and there
    /// once, and no file system could confuse two of them.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn refs(&self) -> Result<RemoteRefs, TransportError> {
        for _ in 0..MAX_LISTINGS {
            if let Some(listing) = self.list().await? {
                return listing.finish().map_err(|reason| self.bad_answer(reason));
            }
            let reporter = self.server.reporter();
            reporter.step(format_args!(
                "refs have moved while they were listed; listing them anew"
            ));
        }
        let host = self.server.peer().host;
        Err(TransportError::RefsKeepMoving { host })
    }

    /// All pages of a listing; `None` where refs have moved in between.
    async fn list(&self) -> Result<Option<Listing>, TransportError> {
        let bad_answer = |reason| self.bad_answer(reason);
        let first = self.page(&RefsQuery::default()).await?;
        let mut listing = Listing::begin(first).map_err(bad_answer)?;
        while let Some(query) = listing.next() {
            let page = self.page(&query).await?;
            if listing.add(page).map_err(bad_answer)? == Page::OfAnotherVersion {
                return Ok(None);
            }
        }
        Ok(Some(listing))
    }

    async fn page(&self, query: &RefsQuery) -> Result<RefsResponse, TransportError> {
        let mut url = self.url.endpoint("refs");
        if let Some(after) = &query.after {
            url.query_pairs_mut().append_pair("after", after.as_str());
        }
        self.server.send(&ControlRequest::get(url)).await?.decode()
    }

    fn bad_answer(&self, reason: String) -> TransportError {
        let host = self.server.peer().host;
        TransportError::BadAnswer { host, reason }
    }

    /// Where these refs are, and which of these commits the repository has.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn negotiate(
        &self,
        body: &NegotiateRequest,
    ) -> Result<NegotiateResponse, TransportError> {
        let request = ControlRequest::post(self.url.endpoint("negotiate"), body);
        self.server.send(&request).await?.decode()
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
        let size_bytes = control.mpack.as_ref().map(|mpack| mpack.size_bytes);
        let control = rmp_serde::to_vec_named(control).expect("API bodies encode into memory");
        let mut head = vec![STREAM_CONTROL_TAG];
        head.extend_from_slice(&(control.len() as u64).to_le_bytes());
        head.extend_from_slice(&control);
        let file = mpack.zip(size_bytes.map(|bytes| 0..bytes));
        let upload = Upload::open(head.into(), file).await?;
        let request = self
            .server
            .request(Method::POST, self.url.endpoint("push/stream"))?
            .header(CONTENT_TYPE, MPACK_MEDIA_TYPE);
        let peer = self.server.peer();
        let response = upload.send(request, &peer, phase).await?;
        let job: JobStatus = Answer::read(response, &peer).await?.decode()?;
        if !job.status.is_final() {
            return Err(self.bad_answer(format!(
                "a streamed push has ended, and this one is {}",
                job.status.as_str()
            )));
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

    /// The jobs of pushes whose ids begin with `prefix`, the latest first.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn jobs(&self, prefix: &str) -> Result<JobsResponse, TransportError> {
        let mut url = self.url.endpoint("push/jobs");
        if !prefix.is_empty() {
            url.query_pairs_mut().append_pair("prefix", prefix);
        }
        self.server.send(&ControlRequest::get(url)).await?.decode()
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
