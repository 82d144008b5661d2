//! Request bodies: read with limits and a time-out, or not at all.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use muse_wire::problem::ProblemCode;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, copy_buf, sink};
use tokio::time::{Instant, timeout};
use tokio_util::io::StreamReader;

use super::spool::Spool;
use crate::error::{Error, Result};
use crate::metrics;

/// How many bytes of a refused body are still read, so that the client gets to see why. If the
/// connection is closed while the client sends, the client often sees a reset instead of the
/// answer.
const MAX_DISCARDED_BYTES: u64 = 64 * 1024 * 1024;
/// How long that may take in all.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(10);

/// How fast a body must come on average, once a client has been waited for as long as it may pause:
/// slower than any line in use, and too fast for somebody to occupy all connections with trickles.
const MIN_BYTES_PER_SECOND: u64 = 4096;

/// Pieces of a body as they arrive. `Sync`, because handlers keep references to a request while
/// they wait.
type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send + Sync>>;

/// A request's body while it arrives.
pub(crate) struct RequestBody {
    announced_bytes: Option<u64>,
    reader: StreamReader<Pieces, Bytes>,
    options: Arc<BodyOptions>,
}

/// How bodies are received.
#[derive(Debug)]
pub(super) struct BodyOptions {
    /// How long a sender may pause. After that time it must keep to the least rate.
    pub(super) idle_timeout: Duration,
    /// Where bodies wait that are needed as a whole.
    pub(super) spool_directory: Arc<Path>,
}

impl RequestBody {
    /// A body that arrives.
    pub(super) fn new(incoming: Incoming, options: Arc<BodyOptions>) -> Self {
        let announced_bytes = incoming.size_hint().exact();
        let pieces = incoming.into_data_stream().map_err(io::Error::other);
        let pieces = pieces.inspect_ok(|piece| metrics::bytes_received(piece.len()));
        let pieces = in_time(pieces, options.idle_timeout);
        Self {
            announced_bytes,
            reader: StreamReader::new(Box::pin(pieces)),
            options,
        }
    }

    /// A body that arrives in these pieces.
    #[cfg(test)]
    pub(crate) fn in_pieces(pieces: Vec<Bytes>) -> Self {
        Self {
            announced_bytes: None,
            reader: StreamReader::new(Box::pin(stream::iter(pieces.into_iter().map(Ok)))),
            options: Arc::new(BodyOptions {
                idle_timeout: Duration::ZERO,
                spool_directory: std::env::temp_dir().into(),
            }),
        }
    }

    /// The length that the client announced.
    pub(crate) const fn announced_bytes(&self) -> Option<u64> {
        self.announced_bytes
    }

    /// The next bytes that have arrived, without consuming them; empty at the end.
    ///
    /// # Errors
    /// [`Error::Problem`] where the body is cut short, or arrives too slowly.
    pub(crate) async fn fill(&mut self) -> Result<&[u8]> {
        self.reader.fill_buf().await.map_err(body_error)
    }

    /// Consumes bytes that [`RequestBody::fill`] has returned.
    pub(crate) fn consume(&mut self, count: usize) {
        self.reader.consume(count);
    }

    /// Reads exactly `count` bytes.
    ///
    /// # Errors
    /// As [`RequestBody::fill`], and where there are fewer bytes.
    pub(crate) async fn read_exact(&mut self, count: usize) -> Result<Spool> {
        let bytes = self.read_up_to(count).await?;
        if bytes.len() < count {
            return Err(body_error(ErrorKind::UnexpectedEof.into()));
        }
        Ok(bytes)
    }

    /// Reads to the end, or `limit` bytes, whichever comes first.
    ///
    /// # Errors
    /// As [`RequestBody::fill`], and where the bytes cannot be kept.
    pub(super) async fn read_up_to(&mut self, limit: usize) -> Result<Spool> {
        let mut bytes = Spool::new(Arc::clone(&self.options.spool_directory));
        while bytes.len() < limit {
            let arrived = self.reader.fill_buf().await.map_err(body_error)?;
            if arrived.is_empty() {
                break;
            }
            let count = arrived.len().min(limit - bytes.len());
            bytes.write(&arrived[..count]).await?;
            self.reader.consume(count);
        }
        Ok(bytes)
    }

    /// Reads on after an error, within limits, and drops what comes.
    pub(super) async fn discard(&mut self) {
        let mut rest = (&mut self.reader).take(MAX_DISCARDED_BYTES);
        // The answer goes out whether or not the client has finished.
        let _ = timeout(DISCARD_TIMEOUT, copy_buf(&mut rest, &mut sink())).await;
    }
}

/// Passes pieces on while they come in time: none after more than `idle_timeout`, and all of them
/// with the least rate. Only the time that is spent waiting for the client counts.
fn in_time(
    pieces: impl Stream<Item = io::Result<Bytes>> + Unpin,
    idle_timeout: Duration,
) -> impl Stream<Item = io::Result<Bytes>> {
    let state = (pieces, 0_u64, Duration::ZERO);
    stream::unfold(state, move |(mut pieces, received, waited)| async move {
        let allowed = idle_timeout + Duration::from_secs(received / MIN_BYTES_PER_SECOND);
        let left = idle_timeout.min(allowed.saturating_sub(waited));
        let started = Instant::now();
        let next = timeout(left, pieces.next()).await;
        let waited = waited + started.elapsed();
        let piece = match next {
            Ok(piece) => piece?,
            Err(_) => Err(ErrorKind::TimedOut.into()),
        };
        let count = piece.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Some((piece, (pieces, received + count, waited)))
    })
}

fn body_error(error: io::Error) -> Error {
    let detail = match error.kind() {
        ErrorKind::TimedOut => "the body did not arrive in time",
        _ => "the body was cut short",
    };
    Error::problem(ProblemCode::BadRequest, detail)
}
