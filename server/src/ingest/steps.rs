//! The steps of one push: their times, their names on the job, and the points at which to stop.

use std::time::Instant;

use muse_wire::api::job::StepTiming;
use tracing::Span;

use crate::error::{Error, Result};
use crate::jobs::Cancellation;
use crate::metrics::push_step_ended;
use crate::store::Store;
use crate::store::jobs::Lease;

/// Measures the steps, from the first one on.
pub(super) struct Steps {
    /// The push's name in log lines.
    label: String,
    job: Option<(Store, Lease)>,
    cancellation: Cancellation,
    started: Instant,
    current: Option<Step>,
    timings: Vec<StepTiming>,
}

/// A step that has not ended.
struct Step {
    name: &'static str,
    since: Instant,
    /// What traces have of it, until it is dropped.
    _span: Span,
}

impl Steps {
    /// For a claimed job.
    pub(super) fn of_job(store: Store, lease: Lease, cancellation: Cancellation) -> Self {
        Self::new(lease.job.to_string(), Some((store, lease)), cancellation)
    }

    /// For a request, which nobody can take over.
    pub(super) fn of_request(label: String, cancellation: Cancellation) -> Self {
        Self::new(label, None, cancellation)
    }

    fn new(label: String, job: Option<(Store, Lease)>, cancellation: Cancellation) -> Self {
        Self {
            label,
            job,
            cancellation,
            started: Instant::now(),
            current: None,
            timings: Vec::new(),
        }
    }

    /// Ends the current step and begins another.
    ///
    /// # Errors
    /// As [`Cancellation::check`], where the work must stop.
    pub(super) fn enter(&mut self, step: &'static str) -> Result<()> {
        self.cancellation.check()?;
        self.leave();
        self.current = Some(Step {
            name: step,
            since: Instant::now(),
            _span: tracing::info_span!("step", otel.name = step),
        });
        Ok(())
    }

    /// As [`Steps::enter`], for a step that may take long: clients see it on the job.
    ///
    /// # Errors
    /// [`Error`] where the work must stop, or the job cannot be updated.
    pub(super) async fn enter_visibly(&mut self, step: &'static str) -> Result<()> {
        self.enter(step)?;
        if let Some((store, lease)) = &self.job
            && !store.set_stage(lease, step).await?
        {
            self.cancellation.lose_lease();
            return Err(Error::LeaseLost);
        }
        Ok(())
    }

    /// Tells long work in the current step to stop.
    pub(super) fn cancellation(&self) -> Cancellation {
        self.cancellation.clone()
    }

    /// The times of all steps that have ended.
    pub(super) fn timings(&self) -> Vec<StepTiming> {
        self.timings.clone()
    }

    /// Writes one log line about the whole push.
    pub(super) fn log(&mut self, outcome: &str) {
        self.leave();
        let steps: Vec<_> = self
            .timings
            .iter()
            .map(|timing| format!("{}={}", timing.step, timing.ms))
            .collect();
        tracing::info!(
            job = self.label,
            outcome,
            ms = milliseconds_since(self.started),
            steps = steps.join(" "),
            "ingest"
        );
    }

    fn leave(&mut self) {
        if let Some(Step {
            name: step, since, ..
        }) = self.current.take()
        {
            let ms = milliseconds_since(since);
            push_step_ended(step, since.elapsed());
            tracing::debug!(job = self.label, step, ms, "ingest step");
            self.timings.push(StepTiming {
                step: step.to_owned(),
                ms,
            });
        }
    }
}

fn milliseconds_since(moment: Instant) -> u64 {
    u64::try_from(moment.elapsed().as_millis()).unwrap_or(u64::MAX)
}
