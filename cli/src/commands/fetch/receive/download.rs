//! From want and have to files: the plan, and the download of its mpacks, resumed where one was cut.

use std::path::PathBuf;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack};
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::limits::MAX_NEGOTIATE_IDS;
use muse_wire::mpack::Counts;
use muse_wire::problem::ProblemCode;

use super::Receiver;
use crate::report::{Phase, Reporter as _, Unit};
use crate::transport::{FetchAnswer, TransportError};
use crate::ui::error::CliError;

/// How many files come at the same time.
const PARALLEL_DOWNLOADS: usize = 4;
/// How often a plan is asked for again because its URLs have expired.
const MAX_RENEWALS: u32 = 3;
/// How long a server may take to put a plan together.
const PLAN_TIMEOUT: Duration = Duration::from_secs(600);

/// A file that has been downloaded and not been looked at.
pub(in crate::commands) struct Downloaded {
    pub(in crate::commands) key: MpackKey,
    pub(in crate::commands) size_bytes: u64,
    /// What the plan says that it holds.
    pub(in crate::commands) counts: Counts,
    /// The file; for one that the repository has had before, the repository's.
    pub(in crate::commands) path: PathBuf,
    /// Whether the repository has had it before, so that it needs no verification.
    pub(in crate::commands) is_here: bool,
}

impl Receiver<'_> {
    /// Downloads all mpacks of the plan, in its order.
    pub(in crate::commands) fn download(
        &self,
        want: &[CommitId],
        have: &[CommitId],
    ) -> Result<Vec<Downloaded>, CliError> {
        if want.len() > MAX_NEGOTIATE_IDS {
            return Err(CliError::failed(format!(
                "the remote has {} new branches and tags; at most {MAX_NEGOTIATE_IDS} can be fetched at once",
                want.len()
            ))
            .with_hint("name some of them: `muse fetch REMOTE BRANCH…`"));
        }
        let request = FetchRequest {
            want: want.to_vec(),
            have: have.to_vec(),
        };
        let mut plan = self.plan(&request)?;
        let total = plan.mpacks.iter().map(|mpack| mpack.size_bytes).sum();
        self.context.printer.verbose(format_args!(
            "step 2: mpacks={} bytes={total} cache={}",
            plan.mpacks.len(),
            plan.cache
        ));
        let mut downloaded: Vec<Downloaded> =
            plan.mpacks.iter().map(|mpack| self.place(mpack)).collect();
        let phase = self.context.phase("downloading", Some(total), Unit::Bytes);
        for renewals in 0.. {
            match self.download_all(&plan, &downloaded, &*phase) {
                Ok(()) => break,
                Err(error) if renewals < MAX_RENEWALS && is_expired(&error) => {
                    self.context
                        .printer
                        .verbose(format_args!("{error}; asking for new URLs"));
                    plan = self.plan(&request)?;
                    downloaded = plan.mpacks.iter().map(|mpack| self.place(mpack)).collect();
                    phase.set_position(0);
                }
                Err(error) => return Err(self.connection.explain(error)),
            }
        }
        Ok(downloaded)
    }

    fn plan(&self, request: &FetchRequest) -> Result<FetchPlan, CliError> {
        let job = match self
            .connection
            .wait(self.connection.client.fetch(request))?
        {
            FetchAnswer::Plan(plan) => return Ok(plan),
            FetchAnswer::Job(job) => *job,
        };
        let job = self
            .connection
            .wait_for_job(job, PLAN_TIMEOUT, "waiting for the server")?;
        if let Some(error) = self.connection.job_error(&job) {
            return Err(error);
        }
        job.fetch
            .ok_or_else(|| CliError::failed("the server's job ended without a plan"))
    }

    /// Where a mpack is, or is to come.
    fn place(&self, mpack: &PlannedMpack) -> Downloaded {
        let hex = mpack.mpack_key.to_hex();
        let installed = self
            .repository
            .layout
            .muse_dir()
            .join("mpacks")
            .join(format!("{hex}.mpack"));
        let is_here = installed.exists();
        let part = self
            .repository
            .layout
            .temporary_dir()
            .join(format!("{hex}.part"));
        Downloaded {
            key: mpack.mpack_key,
            size_bytes: mpack.size_bytes,
            counts: mpack.counts,
            path: if is_here { installed } else { part },
            is_here,
        }
    }

    fn download_all(
        &self,
        plan: &FetchPlan,
        places: &[Downloaded],
        phase: &dyn Phase,
    ) -> Result<(), TransportError> {
        let storage = self.connection.client.server().storage();
        let downloads = plan.mpacks.iter().zip(places).map(|(mpack, place)| {
            let storage = &storage;
            async move {
                if place.is_here {
                    phase.advance(mpack.size_bytes);
                    return Ok(());
                }
                match (&mpack.inline, &mpack.download) {
                    (Some(bytes), _) => {
                        phase.advance(mpack.size_bytes);
                        let written = tokio::fs::write(&place.path, bytes).await;
                        written.map_err(|source| TransportError::LocalFile {
                            path: place.path.clone(),
                            source,
                        })
                    }
                    (None, Some(download)) => {
                        storage
                            .download(download, &place.path, mpack.size_bytes, phase)
                            .await
                    }
                    (None, None) => Err(TransportError::BadAnswer {
                        host: self.connection.client.url().server().host(),
                        reason: "a plan names an mpack without a way to it".to_owned(),
                    }),
                }
            }
        });
        self.connection.try_wait(
            futures::stream::iter(downloads)
                .buffer_unordered(PARALLEL_DOWNLOADS)
                .try_collect(),
        )
    }
}

/// Whether a presigned URL is not taken any more.
fn is_expired(error: &TransportError) -> bool {
    matches!(error, TransportError::StorageRefused { status, .. } if status.as_u16() == 403)
        || error.code() == Some(ProblemCode::InvalidSignature)
}
