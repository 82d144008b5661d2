//! Downloads that resume where an earlier attempt ended.

use std::fs::File;
use std::path::Path;

use muse_wire::api::push::PresignedRequest;
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Method, Response, StatusCode};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::Mutex;

use super::retry::retry;
use super::storage::refusal;
use super::timeouts::Timeouts;
use super::{Storage, TransportError};
use crate::report::Phase;

/// Bytes collected before they are written to a file.
const WRITE_BYTES: usize = 1024 * 1024;

impl Storage<'_> {
    /// Downloads into the file at `part`, resuming where an earlier attempt ended, until it holds
    /// `size_bytes`. It must be open at its end, and nobody else may write to it.
    ///
    /// # Errors
    /// [`TransportError`]; what has arrived stays for the next attempt.
    pub async fn download(
        &self,
        presigned: &PresignedRequest,
        file: File,
        part: &Path,
        size_bytes: u64,
        phase: &dyn Phase,
    ) -> Result<(), TransportError> {
        let local = |source| TransportError::LocalFile {
            path: part.to_owned(),
            source,
        };
        let file = tokio::fs::File::from_std(file);
        let present_bytes = file.metadata().await.map_err(local)?.len();
        phase.skip(present_bytes.min(size_bytes));
        let download = Mutex::new(Download {
            file,
            part,
            present_bytes,
            size_bytes,
            shown_bytes: present_bytes.min(size_bytes),
            phase,
        });
        retry(self.reporter, || async {
            let mut download = download.lock().await;
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
        let (mut request, peer) = self.request(presigned, Method::GET).await?;
        if start > 0 {
            request = request.header(RANGE, format!("bytes={start}-"));
        }
        let Timeouts { answer, notice, .. } = self.timeouts;
        let mut response = peer.send(request, notice, answer).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if continues_at(&response, start) => {}
            StatusCode::OK => download.restart().await?,
            _ => return Err(refusal(response, &peer).await),
        }
        let mut buffer = Vec::with_capacity(WRITE_BYTES);
        let ended = loop {
            match peer.next_chunk(&mut response).await {
                Ok(Some(chunk)) => {
                    let arrived = download.present_bytes + (buffer.len() + chunk.len()) as u64;
                    if arrived > download.size_bytes {
                        let reason = "the file is larger than announced".to_owned();
                        let host = peer.host.clone();
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
}

/// A partial file that grows.
struct Download<'a> {
    file: tokio::fs::File,
    part: &'a Path,
    present_bytes: u64,
    size_bytes: u64,
    /// How far progress was reported; it never goes back.
    shown_bytes: u64,
    phase: &'a dyn Phase,
}

impl Download<'_> {
    async fn restart(&mut self) -> Result<(), TransportError> {
        self.present_bytes = 0;
        let emptied = async {
            self.file.set_len(0).await?;
            self.file.rewind().await
        };
        emptied.await.map(drop).map_err(|source| self.local(source))
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
