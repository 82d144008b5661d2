//! Which code runs a job of which kind.

use std::collections::HashMap;
use std::fmt;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::cancellation::Cancellation;
use crate::error::{Error, Result};
use crate::store::jobs::{ClaimedJob, JobKind};

type Handler =
    Box<dyn Fn(ClaimedJob, Cancellation) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// The handlers of all kinds of jobs that this process runs.
#[derive(Default)]
pub(crate) struct JobHandlers(HashMap<JobKind, Handler>);

impl JobHandlers {
    /// Registers the handler of a kind. A handler that succeeds has ended its job in the database.
    pub(crate) fn on<F, T>(mut self, kind: JobKind, handler: F) -> Self
    where
        F: Fn(ClaimedJob, Cancellation) -> T + Send + Sync + 'static,
        T: Future<Output = Result<()>> + Send + 'static,
    {
        let handler = move |job, cancellation| handler(job, cancellation).boxed();
        self.0.insert(kind, Box::new(handler));
        self
    }

    /// The kinds that have a handler.
    pub(super) fn kinds(&self) -> Vec<JobKind> {
        self.0.keys().copied().collect()
    }

    /// Runs a job.
    ///
    /// # Errors
    /// Whatever the handler returns, and where the kind has no handler.
    pub(super) async fn run(&self, job: ClaimedJob, cancellation: Cancellation) -> Result<()> {
        match self.0.get(&job.job.kind) {
            Some(handler) => handler(job, cancellation).await,
            None => Err(Error::internal("running a job", "its kind has no handler")),
        }
    }
}

impl fmt::Debug for JobHandlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
