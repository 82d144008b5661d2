//! The raw HTTP API, for what the real client would never send.

use std::time::{Duration, Instant};

use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{PresignRequest, PresignResponse, RefUpdate, UnpackRequest};
use muse_wire::api::{JSON_MEDIA_TYPE, MSGPACK_MEDIA_TYPE};
use muse_wire::id::{Hasher, MpackKey};
use muse_wire::mpack::Counts;
use muse_wire::problem::Problem;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

/// One repository's API, called from synchronous tests.
pub struct Api {
    runtime: Runtime,
    client: Client,
    base_url: String,
    repo: String,
    token: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, by lower-case name.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "not the expected JSON ({error}), status {}: {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    /// The problem's code, after checking that its status and media type are the promised ones.
    ///
    /// # Panics
    /// Where the answer is no problem document.
    pub fn problem_code(&self) -> String {
        let media_type = self.headers.get(CONTENT_TYPE);
        assert_eq!(
            media_type.and_then(|value| value.to_str().ok()),
            Some(muse_wire::problem::PROBLEM_MEDIA_TYPE),
            "status {}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status, "{problem}");
        problem.code
    }
}

impl Api {
    /// The API of `repo` (`owner/slug`) on a server.
    ///
    /// # Panics
    /// Where no HTTP client can be made.
    pub fn new(base_url: &str, repo: &str, token: Option<&str>) -> Self {
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be made"),
            client: Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(60))
                .build()
                .expect("a client can be made"),
            base_url: base_url.to_owned(),
            repo: repo.to_owned(),
            token: token.map(str::to_owned),
        }
    }

    /// The same with another token, or none.
    pub fn with_token(self, token: Option<&str>) -> Self {
        Self {
            token: token.map(str::to_owned),
            ..self
        }
    }

    /// A request to `path`, which is absolute on the server if it starts with `/`, a whole URL, or
    /// below the repository. The token goes only to the server.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let (url, own) = if path.contains("://") {
            (path.to_owned(), false)
        } else if path.starts_with('/') {
            (format!("{}{path}", self.base_url), true)
        } else {
            (format!("{}/{}/{path}", self.base_url, self.repo), true)
        };
        let request = self
            .client
            .request(method, url)
            .header(ACCEPT, JSON_MEDIA_TYPE);
        match &self.token {
            Some(token) if own => request.header(AUTHORIZATION, format!("Bearer {token}")),
            _ => request,
        }
    }

    /// Sends a request and reads all of the answer.
    ///
    /// # Panics
    /// Where the server cannot be reached.
    pub fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).expect("the server answers")
    }

    /// As [`Api::send`], to a server that may die on it.
    ///
    /// # Errors
    /// Where the server cannot be reached, or goes before its answer has come whole.
    pub fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        self.runtime.block_on(async {
            let response = request.send().await?;
            Ok(Answer {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                body: response.bytes().await?.to_vec(),
            })
        })
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path))
    }

    /// `POST` with a MessagePack body; the answer is JSON.
    ///
    /// # Panics
    /// Where the body does not encode.
    pub fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(self.post_request(path, body))
    }

    fn post_request(&self, path: &str, body: &impl Serialize) -> RequestBuilder {
        let body = rmp_serde::to_vec_named(body).expect("request bodies encode");
        self.request(Method::POST, path)
            .header(CONTENT_TYPE, MSGPACK_MEDIA_TYPE)
            .body(body)
    }

    /// Asks for a place to upload `mpack` to and uploads it there. The announced key may be another
    /// than the bytes' own.
    ///
    /// # Errors
    /// The first answer that was no success.
    pub fn upload(
        &self,
        mpack: &[u8],
        key: MpackKey,
        updates: &[RefUpdate],
    ) -> Result<(), Box<Answer>> {
        let answer = self.post(
            "push/presign",
            &PresignRequest {
                mpack_key: key,
                size_bytes: mpack.len() as u64,
                counts: Counts::default(),
                updates: updates.to_vec(),
                parts: Vec::new(),
            },
        );
        if answer.status != 200 {
            return Err(Box::new(answer));
        }
        let Some(upload) = answer.json::<PresignResponse>().upload else {
            return Ok(());
        };
        let method = upload.method.parse().expect("a known method");
        // A presigned path on the server needs no token; it is its own permission.
        let url = if upload.url.starts_with('/') {
            format!("{}{}", self.base_url, upload.url)
        } else {
            upload.url
        };
        let mut request = self.client.request(method, url).body(mpack.to_vec());
        for (name, value) in upload.headers {
            request = request.header(name, value);
        }
        let answer = self.send(request);
        if (200..300).contains(&answer.status) {
            Ok(())
        } else {
            Err(Box::new(answer))
        }
    }

    /// Asks to unpack an uploaded mpack.
    pub fn unpack(&self, key: MpackKey, updates: &[RefUpdate]) -> Answer {
        self.try_unpack(key, updates).expect("the server answers")
    }

    /// As [`Api::unpack`], on a server that may die before it has answered.
    ///
    /// # Errors
    /// Where no answer comes.
    pub fn try_unpack(&self, key: MpackKey, updates: &[RefUpdate]) -> reqwest::Result<Answer> {
        let request = UnpackRequest {
            mpack_key: key,
            updates: updates.to_vec(),
            parts: Vec::new(),
        };
        self.try_send(self.post_request("push/unpack-mpack", &request))
    }

    /// Waits until a job has ended.
    ///
    /// # Panics
    /// Where it has not after a minute.
    pub fn wait(&self, poll_url: &str) -> JobStatus {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let request = self.request(Method::GET, poll_url);
            let answer = self.send(request.header("prefer", "wait=5"));
            assert_eq!(
                answer.status,
                200,
                "{}",
                String::from_utf8_lossy(&answer.body)
            );
            let status: JobStatus = answer.json();
            if status.status.is_final() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "the job does not end: {status:?}"
            );
        }
    }

    /// Uploads and unpacks an mpack and waits for the job.
    ///
    /// # Panics
    /// Where a step before the job is refused.
    pub fn push(&self, mpack: &[u8], updates: &[RefUpdate]) -> JobStatus {
        let key = key_of(mpack);
        self.upload(mpack, key, updates)
            .unwrap_or_else(|answer| panic!("the upload is refused: {answer:?}"));
        let answer = self.unpack(key, updates);
        assert_eq!(
            answer.status,
            202,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        self.wait(&answer.json::<JobStatus>().poll_url)
    }

    /// Pushes an mpack that must be refused, and returns the code of the job's problem.
    ///
    /// # Panics
    /// Where the job does not fail.
    pub fn push_refused(&self, mpack: &[u8], updates: &[RefUpdate]) -> String {
        let status = self.push(mpack, updates);
        assert_eq!(status.status, JobState::Failed, "{status:?}");
        status.error.expect("a failed job says why").code
    }
}

/// The key of these bytes.
pub fn key_of(mpack: &[u8]) -> MpackKey {
    let mut hasher = Hasher::new();
    hasher.update(mpack);
    MpackKey::from_bytes(hasher.finish())
}
