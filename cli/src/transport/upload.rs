//! A request body that is read from a file while it is sent, so that its size costs no memory.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, RequestBuilder, Response};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, Take};
use tokio_util::io::ReaderStream;

use super::TransportError;
use super::http::Peer;
use super::timeouts::Timeouts;
use crate::report::Phase;

/// Bytes read from the file at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// How often progress is reported.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// A body: some bytes in memory, then some of a file.
pub(super) struct Upload {
    head: Bytes,
    file: Option<Take<tokio::fs::File>>,
    length_bytes: u64,
}

impl Upload {
    /// Opens the file, where there is one, at the start of the range that is sent.
    pub(super) async fn open(
        head: Bytes,
        file: Option<(&Path, Range<u64>)>,
    ) -> Result<Self, TransportError> {
        let mut upload = Self {
            length_bytes: head.len() as u64,
            head,
            file: None,
        };
        if let Some((path, range)) = file {
            let local = |source| TransportError::LocalFile {
                path: path.to_owned(),
                source,
            };
            let mut file = tokio::fs::File::open(path).await.map_err(local)?;
            let start = SeekFrom::Start(range.start);
            file.seek(start).await.map_err(local)?;
            let length_bytes = range.end - range.start;
            upload.length_bytes += length_bytes;
            upload.file = Some(file.take(length_bytes));
        }
        Ok(upload)
    }

    /// Sends it; fails when the host has taken nothing for too long, or having taken everything
    /// does not answer.
    pub(super) async fn send(
        self,
        request: RequestBuilder,
        peer: &Peer<'_>,
        phase: &dyn Phase,
    ) -> Result<Response, TransportError> {
        let sent_bytes = Arc::new(AtomicU64::new(0));
        let head = stream::iter((!self.head.is_empty()).then_some(Ok(self.head)));
        let file =
            stream::iter(self.file).flat_map(|file| ReaderStream::with_capacity(file, CHUNK_BYTES));
        let counter = Arc::clone(&sent_bytes);
        let body = head.chain(file).inspect(move |chunk| {
            if let Ok(chunk) = chunk {
                counter.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            }
        });
        let request = request
            .header(CONTENT_LENGTH, self.length_bytes)
            .body(Body::wrap_stream(body))
            .send();
        let mut request = std::pin::pin!(request);
        let mut shown_bytes = 0;
        let mut moved_at = tokio::time::Instant::now();
        let mut waiting = None;
        let mut tick = tokio::time::interval(PROGRESS_INTERVAL);
        loop {
            tokio::select! {
                answered = &mut request => {
                    let host = &peer.host;
                    return answered.map_err(|error| TransportError::from_reqwest(host, error));
                }
                _ = tick.tick() => {
                    let sent = sent_bytes.load(Ordering::Relaxed);
                    if sent != shown_bytes {
                        phase.advance(sent - shown_bytes);
                        (shown_bytes, moved_at) = (sent, tokio::time::Instant::now());
                        waiting = None;
                        continue;
                    }
                    let Timeouts { idle, work, notice, .. } = peer.timeouts;
                    let limit = if sent < self.length_bytes { idle } else { work };
                    if moved_at.elapsed() > limit {
                        return Err(peer.timed_out(limit));
                    }
                    if moved_at.elapsed() > notice {
                        waiting.get_or_insert_with(|| peer.say_waiting());
                    }
                }
            }
        }
    }
}
