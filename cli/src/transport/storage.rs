//! Presigned requests: bulk bytes to and from storage hosts. Knows no token, so it can give none away.

use std::path::Path;

use muse_wire::api::push::PresignedRequest;
use muse_wire::problem::PROBLEM_MEDIA_TYPE;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::io::AsyncWriteExt as _;

use super::client::{next_chunk, read_problem, send};
use super::upload::Upload;
use super::url::host_of;
use super::{Note, ServerUrl, TransportError};
use crate::report::Phase;

/// Bytes collected before they are written to a file.
const WRITE_BYTES: usize = 1024 * 1024;
/// Bytes of a refusal that are looked at for a reason.
const REFUSAL_BYTES: usize = 16 * 1024;

/// Makes the requests that a server presigned.
pub struct Storage<'a> {
    http: reqwest::Client,
    /// Presigned paths are resolved against it.
    server: ServerUrl,
    note: Note<'a>,
}

impl<'a> Storage<'a> {
    pub(super) const fn new(http: reqwest::Client, server: ServerUrl, note: Note<'a>) -> Self {
        Self { http, server, note }
    }

    /// Uploads a whole file. Made once: after a failure, ask the server whether the file is there.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn upload(
        &self,
        presigned: &PresignedRequest,
        file: &Path,
        phase: &dyn Phase,
    ) -> Result<(), TransportError> {
        let (request, host) = self.request(presigned, Method::PUT)?;
        let upload = Upload::open(bytes::Bytes::new(), Some(file)).await?;
        let response = upload.send(request, &host, phase).await?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(refusal(response, host).await)
        }
    }

    /// Downloads into `part`, going on where an earlier attempt ended, until it holds `size_bytes`.
    ///
    /// # Errors
    /// [`TransportError`]; what has arrived stays for the next attempt.
    pub async fn download(
        &self,
        presigned: &PresignedRequest,
        part: &Path,
        size_bytes: u64,
        phase: &dyn Phase,
    ) -> Result<(), TransportError> {
        let local = |source| TransportError::LocalFile {
            path: part.to_owned(),
            source,
        };
        let mut options = tokio::fs::OpenOptions::new();
        let file = options.create(true).append(true).open(part).await;
        let file = file.map_err(local)?;
        let present_bytes = file.metadata().await.map_err(local)?.len();
        let mut download = Download {
            file,
            part,
            present_bytes,
            size_bytes,
            shown_bytes: 0,
            phase,
        };
        super::retry::retry(&self.note, async || {
            self.download_rest(presigned, &mut download).await
        })
        .await
    }

    async fn download_rest(
        &self,
        presigned: &PresignedRequest,
        download: &mut Download<'_>,
    ) -> Result<(), TransportError> {
        if download.present_bytes > download.size_bytes {
            download.restart().await?;
        }
        download.show();
        let start = download.present_bytes;
        if start == download.size_bytes {
            return Ok(());
        }
        let (mut request, host) = self.request(presigned, Method::GET)?;
        if start > 0 {
            request = request.header(RANGE, format!("bytes={start}-"));
        }
        let mut response = send(request, &host).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if continues_at(&response, start) => {}
            StatusCode::OK => download.restart().await?,
            _ => return Err(refusal(response, host).await),
        }
        let mut buffer = Vec::with_capacity(WRITE_BYTES);
        let ended = loop {
            match next_chunk(&mut response, &host).await {
                Ok(Some(chunk)) => {
                    let arrived = download.present_bytes + (buffer.len() + chunk.len()) as u64;
                    if arrived > download.size_bytes {
                        let reason = "the file is larger than announced".to_owned();
                        break Err(TransportError::BadAnswer { host, reason });
                    }
                    buffer.extend_from_slice(&chunk);
                    if buffer.len() >= WRITE_BYTES {
                        download.write(&mut buffer).await?;
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        download.write(&mut buffer).await?;
        match ended {
            Ok(()) if download.present_bytes < download.size_bytes => Err(TransportError::Short {
                host: self.server.host(),
            }),
            ended => ended,
        }
    }

    fn request(
        &self,
        presigned: &PresignedRequest,
        method: Method,
    ) -> Result<(RequestBuilder, String), TransportError> {
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
        let host = host_of(&url);
        let mut request = self.http.request(method, url);
        for (name, value) in &presigned.headers {
            // The length is set from the file, which the caller has just measured.
            if !name.eq_ignore_ascii_case("content-length") {
                request = request.header(name, value);
            }
        }
        Ok((request, host))
    }
}

/// A part file that grows.
struct Download<'a> {
    file: tokio::fs::File,
    part: &'a Path,
    present_bytes: u64,
    size_bytes: u64,
    /// How far the progress has been told; it never goes back.
    shown_bytes: u64,
    phase: &'a dyn Phase,
}

impl Download<'_> {
    async fn restart(&mut self) -> Result<(), TransportError> {
        self.present_bytes = 0;
        let emptied = self.file.set_len(0).await;
        emptied.map_err(|source| self.local(source))
    }

    async fn write(&mut self, buffer: &mut Vec<u8>) -> Result<(), TransportError> {
        let written = async {
            self.file.write_all(buffer).await?;
            self.file.flush().await
        };
        written.await.map_err(|source| self.local(source))?;
        self.present_bytes += buffer.len() as u64;
        buffer.clear();
        self.show();
        Ok(())
    }

    fn show(&mut self) {
        self.phase
            .advance(self.present_bytes.saturating_sub(self.shown_bytes));
        self.shown_bytes = self.shown_bytes.max(self.present_bytes);
    }

    fn local(&self, source: std::io::Error) -> TransportError {
        TransportError::LocalFile {
            path: self.part.to_owned(),
            source,
        }
    }
}

fn continues_at(response: &Response, start: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE);
    range
        .and_then(|range| range.to_str().ok())
        .is_some_and(|range| range.starts_with(&format!("bytes {start}-")))
}

/// Why a storage host said no: musehub's own reason, or the code in an S3 error document.
async fn refusal(mut response: Response, host: String) -> TransportError {
    let status = response.status();
    let content_type = response.headers().get(CONTENT_TYPE);
    if content_type.is_some_and(|value| value.as_bytes().starts_with(PROBLEM_MEDIA_TYPE.as_bytes()))
    {
        return read_problem(response, &host).await;
    }
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = next_chunk(&mut response, &host).await {
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
        host,
        status,
        reason: code.map(|code| format!(" ({code})")).unwrap_or_default(),
    }
}
