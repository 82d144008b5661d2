//! One push to the server: as one stream, or uploaded to a presigned URL and unpacked by a job.

use std::time::Duration;

use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{RefUpdate, StreamControl, StreamedMpack, UnpackRequest};
use muse_wire::api::refs::NegotiateRequest;
use muse_wire::dag::{Revwalk, Sorting};
use muse_wire::id::CommitId;
use muse_wire::limits::MAX_NEGOTIATE_IDS;

use super::error::{PushError, PushLimit};
use super::negotiate::{Negotiated, are_applied};
use super::options::Transfer;
use super::outcome::{PushOutcome, Sent};
use super::upload::{MAX_WHOLE_BYTES, upload};
use super::{shallow, stream_limits};
use crate::report::{Reporter as _, Silent, Unit};
use crate::repository::Repository;
use crate::sync::Connection;
use crate::sync::job::{check_job, wait_for_job};
use crate::walk::{self, Form, MpackPlan, NewMpack, PushSet};

/// One push.
#[derive(Clone, Copy)]
pub(super) struct Push<'a> {
    pub(super) repository: &'a Repository,
    pub(super) connection: &'a Connection<'a>,
    pub(super) server: &'a Negotiated,
    pub(super) updates: &'a [RefUpdate],
    pub(super) transfer: Transfer,
    /// How long to wait for the server's job; `None` to leave it to the server.
    pub(super) wait: Option<Duration>,
}

impl Push<'_> {
    /// What has to be sent to a server that has all of `have`.
    pub(super) fn collect(&self, have: &[CommitId]) -> Result<PushSet, PushError> {
        let tips: Vec<CommitId> = self
            .updates
            .iter()
            .filter_map(|update| update.new)
            .collect();
        let set = walk::collect(&self.repository.objects, &tips, have)?;
        shallow::check_server(self.repository, self.connection, &set.commits)?;
        let reporter = self.connection.reporter();
        reporter.step(format_args!(
            "step 2: commits={} boundary={}",
            set.commits.len(),
            set.boundary.len()
        ));
        reporter.step(format_args!(
            "step 3: snapshots={} objects={}",
            set.snapshots.len(),
            set.objects.len()
        ));
        Ok(set)
    }

    /// Makes one push. A server that lacks what its refs promised is asked what it has, once.
    pub(super) fn send(&self, set: PushSet) -> Result<PushOutcome, PushError> {
        match self.attempt(set, Form::Thin) {
            Err(error) if error.is_missing_dependency() => {
                let have = self.negotiate()?;
                self.attempt(self.collect(&have)?, Form::Thick)
            }
            settled => settled,
        }
    }

    /// Which of our newest commits the server has.
    fn negotiate(&self) -> Result<Vec<CommitId>, PushError> {
        let mut walk = Revwalk::new(&self.repository.objects);
        for tip in self.updates.iter().filter_map(|update| update.new) {
            walk.push(tip)?;
        }
        walk.sorting(Sorting::Time);
        let mut commits = walk.run()?.commits;
        commits.truncate(MAX_NEGOTIATE_IDS);
        let client = self.connection.client();
        let request = NegotiateRequest {
            commits,
            refs: Vec::new(),
        };
        let have = self.connection.wait(client.negotiate(&request))?.have;
        self.connection.reporter().step(format_args!(
            "negotiated: the server has {} of our newest {} commits",
            have.len(),
            request.commits.len()
        ));
        Ok(have)
    }

    fn attempt(&self, set: PushSet, form: Form) -> Result<PushOutcome, PushError> {
        if set.commits.is_empty() {
            return self.stream(None).map(PushOutcome::Done);
        }
        let limits = &self.server.limits;
        // Stages are within these limits, unless one commit alone brings too much.
        check_limit(PushLimit::Commits, set.commits.len() as u64, limits.commits)?;
        check_limit(PushLimit::Objects, set.objects.len() as u64, limits.objects)?;
        let plan = walk::plan_mpack(self.repository, set)?;
        let (counts, largest) = (plan.counts, plan.largest_object_bytes);
        check_limit(PushLimit::LargestObject, largest, limits.object_bytes)?;
        check_limit(
            PushLimit::ObjectBytes,
            counts.object_bytes,
            limits.raw_bytes,
        )?;
        let mpack = self.pack(&plan, form)?;
        check_limit(PushLimit::MpackBytes, mpack.size_bytes, limits.mpack_bytes)?;
        let excess = stream_limits::excess(&mpack)?;
        match (self.transfer, excess) {
            (Transfer::Stream, Some(excess)) => Err(excess),
            (Transfer::Stream, None) => self.stream(Some(&mpack)).map(PushOutcome::Done),
            (Transfer::Auto, None) if mpack.size_bytes > MAX_WHOLE_BYTES => self.presign(&mpack),
            (Transfer::Auto, None) => match self.stream(Some(&mpack)) {
                // How much there is to hash, only the server finds out.
                Err(error) if error.is_too_large() => self.presign(&mpack),
                settled => settled.map(PushOutcome::Done),
            },
            (Transfer::Auto, Some(_)) | (Transfer::Presign, _) => self.presign(&mpack),
        }
    }

    fn pack(&self, plan: &MpackPlan, form: Form) -> Result<NewMpack, PushError> {
        let reporter = self.connection.reporter();
        let phase = reporter.phase("packing", None, Unit::Bytes);
        let scratch = &self.repository.layout;
        let mpack = walk::write_mpack(self.repository, scratch, plan, form, &*phase)?;
        drop(phase);
        reporter.step(format_args!(
            "step 4: mpack={} size={} reused_frames={} base_bytes={}",
            mpack.key.short(),
            mpack.size_bytes,
            mpack.reused_frames,
            mpack.counts.base_bytes
        ));
        Ok(mpack)
    }

    /// One request with everything in it, answered when it is done.
    fn stream(&self, mpack: Option<&NewMpack>) -> Result<Sent, PushError> {
        let control = StreamControl {
            updates: self.updates.to_vec(),
            mpack: mpack.map(|mpack| StreamedMpack {
                mpack_key: mpack.key,
                size_bytes: mpack.size_bytes,
            }),
        };
        let bytes = mpack.map_or(0, |mpack| mpack.size_bytes);
        let reporter = self.connection.reporter();
        reporter.step(format_args!("step 5: transfer=stream bytes={bytes}"));
        let phase = match mpack {
            Some(_) => reporter.phase("uploading", Some(bytes), Unit::Bytes),
            None => Silent.phase("uploading", None, Unit::Bytes),
        };
        let file = mpack.map(|mpack| mpack.file.path());
        let client = self.connection.client();
        let answer = self
            .connection
            .wait(client.push_stream(&control, file, &*phase));
        let job = match answer {
            Ok(job) => job,
            // All refs are nevertheless where they were to go.
            Err(error) if error.is_transient() && are_applied(self.connection, self.updates)? => {
                done_unseen()
            }
            Err(error) => return Err(error.into()),
        };
        drop(phase);
        self.finish(Sent {
            counts: mpack.map(|mpack| mpack.counts).unwrap_or_default(),
            bytes,
            job,
        })
    }

    /// The file to presigned URLs, then a job.
    fn presign(&self, mpack: &NewMpack) -> Result<PushOutcome, PushError> {
        let (bytes, job) = match self.upload_and_unpack(mpack) {
            // What was there is collected meanwhile, or went with another push that brought it.
            Err(error) if error.is_not_uploaded() => self.upload_and_unpack(mpack)?,
            settled => settled?,
        };
        self.connection
            .reporter()
            .step(format_args!("step 6: unpack queued job={}", job.job_id));
        let mut sent = Sent {
            counts: mpack.counts,
            bytes,
            job,
        };
        let Some(timeout) = self.wait else {
            return Ok(PushOutcome::Detached(sent));
        };
        sent.job = wait_for_job(self.connection, sent.job, timeout, "unpacking on server")?;
        self.finish(sent).map(PushOutcome::Done)
    }

    /// Uploads the mpack unless the server has it already, and has it unpacked; returns how many
    /// bytes that took, and the job.
    fn upload_and_unpack(&self, mpack: &NewMpack) -> Result<(u64, JobStatus), PushError> {
        let uploaded = upload(self.connection, self.updates, mpack)?;
        let request = UnpackRequest {
            mpack_key: mpack.key,
            updates: self.updates.to_vec(),
            parts: uploaded.parts,
        };
        let client = self.connection.client();
        let job = self.connection.wait(client.unpack(&request))?;
        Ok((uploaded.sent_bytes, job))
    }

    /// A job that has ended: done, or the reason why not.
    fn finish(&self, sent: Sent) -> Result<Sent, PushError> {
        check_job(&sent.job)?;
        let reporter = self.connection.reporter();
        reporter.step(format_args!(
            "step 7: commits_written={} objects_written={}",
            sent.job.commits_written.unwrap_or_default(),
            sent.job.objects_written.unwrap_or_default()
        ));
        for timing in &sent.job.timings {
            reporter.step(format_args!("  server {}: {} ms", timing.step, timing.ms));
        }
        Ok(sent)
    }
}

/// Refuses here what the server would refuse, before any byte is sent.
fn check_limit(what: PushLimit, actual: u64, limit: u64) -> Result<(), PushError> {
    if actual <= limit {
        return Ok(());
    }
    Err(PushError::OverLimit {
        what,
        actual,
        limit,
    })
}

/// The status of a push that has happened, of which no server has told.
pub(super) fn done_unseen() -> JobStatus {
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
        wanted_refs: Vec::new(),
    }
}
