//! The upload of an mpack to presigned URLs: whole where it is small, else in parts, so that what
//! an interrupted upload brought need not be sent again.

use std::fmt::Arguments;
use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use muse_wire::api::push::{
    PresignRequest, PresignResponse, PresignedRequest, RefUpdate, part_sizes,
};
use muse_wire::id::{Hasher, PartId};
use muse_wire::limits::{MAX_UPLOAD_PARTS, UPLOAD_PART_BYTES};

use super::error::PushError;
use crate::report::{Phase, Unit, say_resuming};
use crate::sync::Connection;
use crate::transport::{TransportError, retry_if};
use crate::walk::NewMpack;

/// Most bytes that are sent in one request, all of which a cut connection loses.
pub(super) const MAX_WHOLE_BYTES: u64 = 2 * UPLOAD_PART_BYTES;

/// How many parts are on their way at a time: one while the store syncs another.
const CONCURRENT_PARTS: usize = 2;

/// Bytes of a part that are hashed at a time.
const HASHED_BYTES: usize = 256 * 1024;

/// What the server has of an mpack.
pub(super) struct Uploaded {
    /// Bytes that it took to bring it there; 0 where it was there already.
    pub(super) sent_bytes: u64,
    /// The parts in which it is there; none where it is whole.
    pub(super) parts: Vec<PartId>,
}

/// An mpack on its way.
struct Upload<'a> {
    connection: &'a Connection<'a>,
    mpack: &'a NewMpack,
    request: PresignRequest,
    attempts: AtomicU32,
    /// Bytes of everything that a store has confirmed.
    sent_bytes: AtomicU64,
    /// Whether the server has parts of the mpack.
    keeps_parts: AtomicBool,
    /// How many bytes were confirmed when a URL was refused.
    refused_at: AtomicU64,
}

/// Uploads what the server does not have of the mpack, of a push that is to move these refs.
pub(super) fn upload(
    connection: &Connection<'_>,
    updates: &[RefUpdate],
    mpack: &NewMpack,
) -> Result<Uploaded, PushError> {
    let parts = part_ids(mpack).map_err(|source| TransportError::LocalFile {
        path: mpack.file.path().to_owned(),
        source,
    })?;
    let upload = Upload {
        connection,
        mpack,
        request: PresignRequest {
            mpack_key: mpack.key,
            size_bytes: mpack.size_bytes,
            counts: mpack.counts,
            updates: updates.to_vec(),
            parts,
        },
        attempts: AtomicU32::new(0),
        sent_bytes: AtomicU64::new(0),
        keeps_parts: AtomicBool::new(false),
        refused_at: AtomicU64::new(u64::MAX),
    };
    upload.run()
}

impl Upload<'_> {
    /// Tries until everything is there, for as long as each few attempts bring something.
    fn run(mut self) -> Result<Uploaded, PushError> {
        let connection = self.connection;
        loop {
            let before = self.sent_bytes.load(Ordering::Relaxed);
            let may_pass = |error: &TransportError| self.may_pass(error);
            let attempts = retry_if(may_pass, connection.reporter(), || self.send_missing());
            let outcome = connection.wait(attempts);
            let sent_bytes = self.sent_bytes.load(Ordering::Relaxed);
            match outcome {
                Ok(parts) => return Ok(Uploaded { sent_bytes, parts }),
                Err(error)
                    if sent_bytes > before && (error.is_transient() || error.is_expired_url()) => {}
                Err(error) if error.is_network_failure() && *self.keeps_parts.get_mut() => {
                    return Err(PushError::UploadCut(error));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether to try again. A URL that expires on the way is replaced: a store that refuses the
    /// next one, too, refuses us.
    fn may_pass(&self, error: &TransportError) -> bool {
        if error.is_expired_url() {
            let sent_bytes = self.sent_bytes.load(Ordering::Relaxed);
            return self.refused_at.swap(sent_bytes, Ordering::Relaxed) != sent_bytes;
        }
        error.is_transient()
    }

    /// Asks what is missing, and sends that. Returns the parts in which the mpack is there then.
    async fn send_missing(&self) -> Result<Vec<PartId>, TransportError> {
        let client = self.connection.client();
        let mut missing_before = usize::MAX;
        loop {
            let answer = client.presign(&self.request).await?;
            if let Some(upload) = &answer.upload {
                self.send_whole(upload).await?;
                return Ok(Vec::new());
            }
            let missing = answer.missing_parts.len();
            if missing == 0 {
                return Ok(self.request.parts.clone());
            }
            if missing >= missing_before {
                return Err(self.bad_answer("parts that were uploaded are still missing"));
            }
            missing_before = missing;
            self.send_parts(&answer).await?;
        }
    }

    async fn send_whole(&self, upload: &PresignedRequest) -> Result<(), TransportError> {
        self.say_attempt(format_args!("bytes={}", self.mpack.size_bytes));
        let phase = self.phase();
        self.send(upload, 0..self.mpack.size_bytes, &*phase).await
    }

    /// Sends as many of the missing parts as the server has said where to.
    async fn send_parts(&self, answer: &PresignResponse) -> Result<(), TransportError> {
        let ranges: Vec<Range<u64>> = part_ranges(self.mpack.size_bytes).collect();
        let missing = answer.missing_parts.iter().map(|index| {
            let range = usize::try_from(*index).ok().and_then(|i| ranges.get(i));
            range.cloned()
        });
        let missing: Option<Vec<_>> = missing.collect();
        let missing = missing.ok_or_else(|| self.bad_answer("a part is missing that none is"))?;
        if answer.part_uploads.is_empty() {
            return Err(self.bad_answer("it says of no missing part where to upload it"));
        }
        let missing_bytes: u64 = missing.iter().map(|range| range.end - range.start).sum();
        let present_bytes = self.mpack.size_bytes.saturating_sub(missing_bytes);
        self.say_attempt(format_args!(
            "bytes={missing_bytes} parts={}",
            missing.len()
        ));
        let phase = self.phase();
        if present_bytes > 0 {
            self.keeps_parts.store(true, Ordering::Relaxed);
            say_resuming(self.connection.reporter(), present_bytes);
            phase.skip(present_bytes);
        }
        stream::iter(missing.into_iter().zip(&answer.part_uploads))
            .map(async |(range, upload)| {
                self.send(upload, range, &*phase).await?;
                self.keeps_parts.store(true, Ordering::Relaxed);
                Ok(())
            })
            .buffer_unordered(CONCURRENT_PARTS)
            .try_collect()
            .await
    }

    async fn send(
        &self,
        upload: &PresignedRequest,
        range: Range<u64>,
        phase: &dyn Phase,
    ) -> Result<(), TransportError> {
        let size_bytes = range.end - range.start;
        let storage = self.connection.server().storage();
        let file = self.mpack.file.path();
        storage.upload(upload, file, range, phase).await?;
        self.sent_bytes.fetch_add(size_bytes, Ordering::Relaxed);
        Ok(())
    }

    fn phase(&self) -> Box<dyn Phase> {
        let reporter = self.connection.reporter();
        reporter.phase("uploading", Some(self.mpack.size_bytes), Unit::Bytes)
    }

    fn say_attempt(&self, what: Arguments<'_>) {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        let reporter = self.connection.reporter();
        reporter.step(format_args!(
            "step 5: transfer=presign {what} attempt={attempt}"
        ));
    }

    fn bad_answer(&self, reason: &str) -> TransportError {
        TransportError::BadAnswer {
            host: self.connection.url().server().host(),
            reason: reason.to_owned(),
        }
    }
}

/// The parts of an mpack that is uploaded in parts; none of one that is uploaded whole.
fn part_ids(mpack: &NewMpack) -> io::Result<Vec<PartId>> {
    let count = mpack.size_bytes.div_ceil(UPLOAD_PART_BYTES);
    if mpack.size_bytes <= MAX_WHOLE_BYTES || count > MAX_UPLOAD_PARTS as u64 {
        return Ok(Vec::new());
    }
    let mut file = File::open(mpack.file.path())?;
    let mut buffer = vec![0; HASHED_BYTES];
    let ids = part_ranges(mpack.size_bytes).map(|range| {
        let mut hasher = Hasher::new();
        let mut left = range.end - range.start;
        while left > 0 {
            let count = HASHED_BYTES.min(usize::try_from(left).unwrap_or(HASHED_BYTES));
            file.read_exact(&mut buffer[..count])?;
            hasher.update(&buffer[..count]);
            left -= count as u64;
        }
        Ok(PartId::from_bytes(hasher.finish()))
    });
    ids.collect()
}

fn part_ranges(size_bytes: u64) -> impl Iterator<Item = Range<u64>> {
    part_sizes(size_bytes).scan(0, |start, bytes| {
        let range = *start..*start + bytes;
        *start = range.end;
        Some(range)
    })
}
