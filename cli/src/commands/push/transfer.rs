//! Getting a push to the server: as one stream, or uploaded to a presigned URL and unpacked by a job.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{
    PresignRequest, RefUpdate, StreamControl, StreamedMpack, UnpackRequest,
};
use muse_wire::api::refs::RefsResponse;
use muse_wire::dag::{Revwalk, Sorting};
use muse_wire::id::CommitId;
use muse_wire::limits::{MAX_NEGOTIATE_IDS, STREAM_MAX_BYTES, STREAM_MAX_OBJECTS};
use muse_wire::mpack::Counts;
use muse_wire::problem::ProblemCode;

use super::Transfer;
use crate::connection::Connection;
use crate::report::{Reporter as _, Silent, Unit};
use crate::repository::Repository;
use crate::transport::{TransportError, retry};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::walk::{self, NewMpack, PushSet};

/// What helps where a push is too large and its history is not.
const OLDER_FIRST: &str = "push an older commit first: `muse push REMOTE COMMIT:BRANCH`";

/// One push.
#[derive(Clone, Copy)]
pub(super) struct Push<'a> {
    pub(super) context: &'a Context,
    pub(super) connection: &'a Connection<'a>,
    pub(super) repository: &'a Repository,
    pub(super) server: &'a RefsResponse,
    pub(super) updates: &'a [RefUpdate],
    pub(super) transfer: Transfer,
    /// How long to wait for the server's job; none to leave without waiting.
    pub(super) timeout: Option<Duration>,
}

/// What was sent, in all, and how the server answered in the end.
pub(super) struct Sent {
    pub(super) counts: Counts,
    /// Bytes of the mpack that travelled; 0 where the server already had it or none was needed.
    pub(super) bytes: u64,
    pub(super) job: JobStatus,
}

/// How a push ended.
pub(super) enum Outcome {
    /// The refs have moved.
    Done(Sent),
    /// The job goes on without us.
    Detached(Sent),
}

/// Why one attempt failed.
enum Failure {
    /// The server lacks a commit that we took for granted.
    MissingDependency(CliError),
    Other(CliError),
}

impl From<CliError> for Failure {
    fn from(error: CliError) -> Self {
        Self::Other(error)
    }
}

impl Push<'_> {
    /// What has to be sent to a server that has all of `have`.
    pub(super) fn collect(&self, have: &[CommitId]) -> Result<PushSet, CliError> {
        let tips: Vec<CommitId> = self
            .updates
            .iter()
            .filter_map(|update| update.new)
            .collect();
        let set = walk::collect(&self.repository.objects, &tips, have)?;
        self.context.printer.verbose(format_args!(
            "step 2: commits={} boundary={}",
            set.commits.len(),
            set.boundary.len()
        ));
        self.context.printer.verbose(format_args!(
            "step 3: snapshots={} objects={}",
            set.snapshots.len(),
            set.objects.len()
        ));
        Ok(set)
    }

    /// Makes one push. A server that turns out to lack what its refs promised is asked what it has, once.
    pub(super) fn send(&self, set: PushSet) -> Result<Outcome, CliError> {
        match self.attempt(set) {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Other(error)) => Err(error),
            Err(Failure::MissingDependency(_)) => {
                let have = self.negotiate()?;
                match self.attempt(self.collect(&have)?) {
                    Ok(outcome) => Ok(outcome),
                    Err(Failure::MissingDependency(error) | Failure::Other(error)) => Err(error),
                }
            }
        }
    }

    /// Which of our newest commits the server really has.
    fn negotiate(&self) -> Result<Vec<CommitId>, CliError> {
        let damaged = |error| CliError::from(walk::CollectError::Walk(error));
        let mut walk = Revwalk::new(&self.repository.objects);
        for tip in self.updates.iter().filter_map(|update| update.new) {
            walk.push(tip).map_err(damaged)?;
        }
        walk.sorting(Sorting::Time);
        let mut commits = walk.run().map_err(damaged)?.commits;
        commits.truncate(MAX_NEGOTIATE_IDS);
        let have = self
            .connection
            .wait(self.connection.client.negotiate(&commits))?;
        self.context.printer.verbose(format_args!(
            "negotiated: the server has {} of our newest {} commits",
            have.len(),
            commits.len()
        ));
        Ok(have)
    }

    fn attempt(&self, set: PushSet) -> Result<Outcome, Failure> {
        if set.commits.is_empty() {
            return self.stream(None).map(Outcome::Done);
        }
        let limits = &self.server.limits;
        // Stages have seen to these, unless one commit alone brings too much.
        for (what, count, limit) in [
            ("commits", set.commits.len(), limits.commits),
            ("objects", set.objects.len(), limits.objects),
        ] {
            let hint = format!(
                "one commit, with what it merges, cannot be divided; whoever runs the server may raise \
                 `--max-push-{what}`"
            );
            check_limit(what, count as u64, limit, &hint)?;
        }
        let phase = self.context.phase("packing", None, Unit::Bytes);
        let mpack = walk::write_mpack(self.repository, &set, &*phase).map_err(CliError::from)?;
        drop((phase, set));
        self.context.printer.verbose(format_args!(
            "step 4: mpack={} size={} reused_frames={}",
            mpack.key.short(),
            mpack.size_bytes,
            mpack.reused_frames
        ));
        for (what, bytes, limit) in [
            (
                "bytes of files",
                mpack.counts.object_bytes,
                limits.raw_bytes,
            ),
            ("bytes to send", mpack.size_bytes, limits.mpack_bytes),
        ] {
            check_limit(what, bytes, limit, OLDER_FIRST)?;
        }
        let is_small =
            mpack.counts.objects < STREAM_MAX_OBJECTS && mpack.size_bytes < STREAM_MAX_BYTES;
        match self.transfer {
            Transfer::Auto if is_small => self.stream(Some(&mpack)).map(Outcome::Done),
            Transfer::Stream if !is_small => Err(Failure::Other(CliError::usage(format!(
                "a stream takes fewer than {STREAM_MAX_OBJECTS} objects and {STREAM_MAX_BYTES} bytes; \
                 this push has {} objects and {} bytes",
                mpack.counts.objects, mpack.size_bytes
            )))),
            Transfer::Stream => self.stream(Some(&mpack)).map(Outcome::Done),
            Transfer::Auto | Transfer::Presign => self.presign(&mpack),
        }
    }

    /// One request with everything in it, answered when it is done.
    fn stream(&self, mpack: Option<&NewMpack>) -> Result<Sent, Failure> {
        let control = StreamControl {
            updates: self.updates.to_vec(),
            mpack: mpack.map(|mpack| StreamedMpack {
                mpack_key: mpack.key,
                size_bytes: mpack.size_bytes,
            }),
        };
        let bytes = mpack.map_or(0, |mpack| mpack.size_bytes);
        self.context
            .printer
            .verbose(format_args!("step 5: transfer=stream bytes={bytes}"));
        let phase = match mpack {
            Some(_) => self.context.phase("uploading", Some(bytes), Unit::Bytes),
            None => Box::new(Silent),
        };
        let call = self.connection.client.push_stream(
            &control,
            mpack.map(|mpack| mpack.file.path()),
            &*phase,
        );
        let job = match self.connection.try_wait(call) {
            Ok(job) => job,
            Err(error) if error.is_transient() && self.has_happened()? => unseen(),
            Err(error) => return Err(self.failure(error)),
        };
        drop(phase);
        self.settle(Sent {
            counts: mpack.map(|mpack| mpack.counts).unwrap_or_default(),
            bytes,
            job,
        })
    }

    /// After a stream that was cut: whether all refs are nevertheless where they were to go.
    fn has_happened(&self) -> Result<bool, CliError> {
        let server = self.connection.wait(self.connection.client.refs())?;
        Ok(self.updates.iter().all(|update| {
            let entry = server.refs.iter().find(|entry| entry.name == update.name);
            entry.map(|entry| entry.target) == update.new
        }))
    }

    /// The whole file to a presigned URL, then a job.
    fn presign(&self, mpack: &NewMpack) -> Result<Outcome, Failure> {
        let request = PresignRequest {
            mpack_key: mpack.key,
            size_bytes: mpack.size_bytes,
            counts: mpack.counts,
            updates: self.updates.to_vec(),
        };
        let bytes = match self.upload(&request, mpack) {
            Ok(bytes) => bytes,
            Err(error) => return Err(self.failure(error)),
        };
        let request = UnpackRequest {
            mpack_key: mpack.key,
            updates: self.updates.to_vec(),
        };
        let job = match self
            .connection
            .try_wait(self.connection.client.unpack(&request))
        {
            Ok(job) => job,
            Err(error) => return Err(self.failure(error)),
        };
        self.context
            .printer
            .verbose(format_args!("step 6: unpack queued job={}", job.job_id));
        let mut sent = Sent {
            counts: mpack.counts,
            bytes,
            job,
        };
        let Some(timeout) = self.timeout else {
            return Ok(Outcome::Detached(sent));
        };
        sent.job = self
            .connection
            .wait_for_job(sent.job, timeout, "unpacking on server")?;
        self.settle(sent).map(Outcome::Done)
    }

    /// Uploads the mpack unless the server has it already; returns how many bytes that took. Whether
    /// an upload that was cut has arrived is for the next presign to say.
    fn upload(&self, request: &PresignRequest, mpack: &NewMpack) -> Result<u64, TransportError> {
        let client = &self.connection.client;
        let storage = client.server().storage();
        let attempts = AtomicU32::new(0);
        self.connection.try_wait(retry(self.context, || async {
            let Some(upload) = client.presign(request).await?.upload else {
                return Ok(0);
            };
            let attempt = attempts.fetch_add(1, Ordering::Relaxed) + 1;
            self.context.step(format_args!(
                "step 5: transfer=presign bytes={} attempt={attempt}",
                mpack.size_bytes
            ));
            let total = Some(mpack.size_bytes);
            let phase = self.context.phase("uploading", total, Unit::Bytes);
            storage.upload(&upload, mpack.file.path(), &*phase).await?;
            Ok(mpack.size_bytes)
        }))
    }

    /// A job that has ended: done, or the reason why not.
    fn settle(&self, sent: Sent) -> Result<Sent, Failure> {
        let code = sent.job.error.as_ref().and_then(|error| error.known_code());
        if let Some(error) = self.connection.job_error(&sent.job) {
            return Err(match code {
                Some(ProblemCode::MissingDependency) => Failure::MissingDependency(error),
                _ => Failure::Other(error),
            });
        }
        self.context.printer.verbose(format_args!(
            "step 7: commits_written={} objects_written={}",
            sent.job.commits_written.unwrap_or_default(),
            sent.job.objects_written.unwrap_or_default()
        ));
        for timing in &sent.job.timings {
            self.context
                .printer
                .verbose(format_args!("  server {}: {} ms", timing.step, timing.ms));
        }
        Ok(sent)
    }

    fn failure(&self, error: TransportError) -> Failure {
        let is_missing = error.code() == Some(ProblemCode::MissingDependency);
        let error = self.connection.explain(error);
        if is_missing {
            Failure::MissingDependency(error)
        } else {
            Failure::Other(error)
        }
    }
}

/// Refuses here what the server would refuse, before any byte travels.
fn check_limit(what: &str, actual: u64, limit: u64, hint: &str) -> Result<(), CliError> {
    if actual <= limit {
        return Ok(());
    }
    let message = format!("the push has {actual} {what}; this server takes {limit} at a time");
    Err(CliError::new(ErrorKind::PushFailed, message).with_hint(hint))
}

/// The status of a push that has happened, though its answer was lost.
fn unseen() -> JobStatus {
    JobStatus {
        job_id: String::new(),
        status: JobState::Done,
        stage: None,
        poll_url: String::new(),
        commits_written: None,
        objects_written: None,
        branch_head: None,
        error: None,
        timings: Vec::new(),
        fetch: None,
    }
}
