//! Downloads that resume where an earlier attempt ended.

use std::fs::File;
use std::ops::Range;
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

/// What is downloaded of a file, and where it is written.
pub struct FileRange<'a> {
    /// The local file, open at `bytes.start`, and to nobody else.
    pub file: File,
    /// Where it is, for errors.
    pub path: &'a Path,
    /// The bytes that are to come. A range that starts behind the file's start and whose storage
    /// gives whole files alone is downloaded from the start, unless it `is_part`.
    pub bytes: Range<u64>,
    /// Whether what is before the range is not there, so that a whole file is refused.
    pub is_part: bool,
    /// Length of the whole file.
    pub file_bytes: u64,
    /// Told how much of the file is written, from its start; less than before where it is
    /// downloaded from the start.
    pub written: &'a (dyn Fn(u64) + Sync),
}

impl Storage<'_> {
    /// Downloads a range of a file, and goes on where an attempt was cut.
    ///
    /// # Errors
    /// [`TransportError`]; what has arrived stays for the next attempt.
    pub async fn download(
        &self,
        presigned: &PresignedRequest,
        range: FileRange<'_>,
        phase: &dyn Phase,
    ) -> Result<(), TransportError> {
        let FileRange {
            file,
            path,
            bytes,
            is_part,
            file_bytes,
            written,
        } = range;
        let download = Mutex::new(Download {
            file: tokio::fs::File::from_std(file),
            path,
            present_bytes: bytes.start,
            end: bytes.end,
            is_part,
            file_bytes,
            written,
            shown_bytes: bytes.start,
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
        let (start, end) = (download.present_bytes, download.end);
        if start >= end {
            return Ok(());
        }
        let (mut request, peer) = self.request(presigned, Method::GET).await?;
        if start > 0 || end < download.file_bytes {
            let last = end - 1;
            request = request.header(RANGE, format!("bytes={start}-{last}"));
        }
        let bad_answer = |reason: &str| TransportError::BadAnswer {
            host: peer.host.clone(),
            reason: reason.to_owned(),
        };
        let Timeouts { answer, notice, .. } = self.timeouts;
        let mut response = peer.send(request, notice, answer).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if continues_at(&response, start) => {}
            StatusCode::OK if download.is_part => {
                return Err(bad_answer("it gives files as a whole only"));
            }
            StatusCode::OK if start > 0 => download.restart().await?,
            StatusCode::OK => {}
            _ => return Err(refusal(response, &peer).await),
        }
        let is_whole = response.status() == StatusCode::OK;
        if is_whole {
            // Even where a part of it would have done.
            download.end = download.file_bytes;
        }
        let mut buffer = Vec::with_capacity(WRITE_BYTES);
        let ended = loop {
            match peer.next_chunk(&mut response).await {
                Ok(Some(chunk)) => {
                    let arrived = download.present_bytes + (buffer.len() + chunk.len()) as u64;
                    if arrived > download.end {
                        break Err(bad_answer("the file is larger than announced"));
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
            Ok(()) if download.present_bytes < download.end => Err(TransportError::Short {
                host: self.server.host(),
            }),
            ended => ended,
        }
    }
}

/// A file that grows.
struct Download<'a> {
    file: tokio::fs::File,
    path: &'a Path,
    present_bytes: u64,
    end: u64,
    is_part: bool,
    file_bytes: u64,
    written: &'a (dyn Fn(u64) + Sync),
    /// How far progress was reported; it never goes back.
    shown_bytes: u64,
    phase: &'a dyn Phase,
}

impl Download<'_> {
    async fn restart(&mut self) -> Result<(), TransportError> {
        self.present_bytes = 0;
        (self.written)(0);
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
        (self.written)(self.present_bytes);
        self.phase
            .advance(self.present_bytes.saturating_sub(self.shown_bytes));
        self.shown_bytes = self.shown_bytes.max(self.present_bytes);
        Ok(())
    }

    fn local(&self, source: std::io::Error) -> TransportError {
        TransportError::LocalFile {
            path: self.path.to_owned(),
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
