//! The steps of one ingest: their times, their names on the job, and the points at which to stop.

use std::time::Instant;

use muse_wire::api::job::StepTiming;

use crate::failure::{Failure, Interruption};
use crate::jobs::lease::Interrupt;
use crate::store::Store;
use crate::store::jobs::Lease;

/// Keeps time, from the first step on.
pub(super) struct Steps {
    /// What the log lines call this ingest.
    label: String,
    job: Option<(Store, Lease)>,
    interrupt: Interrupt,
    started: Instant,
    current: Option<(&'static str, Instant)>,
    timings: Vec<StepTiming>,
}

impl Steps {
    /// For a claimed job.
    pub(super) fn of_job(store: Store, lease: Lease, interrupt: Interrupt) -> Self {
        Self::new(lease.job.to_string(), Some((store, lease)), interrupt)
    }

    /// For a request that nobody else can take over.
    pub(super) fn of_request(label: String) -> Self {
        Self::new(label, None, Interrupt::default())
    }

    fn new(label: String, job: Option<(Store, Lease)>, interrupt: Interrupt) -> Self {
        Self {
            label,
            job,
            interrupt,
            started: Instant::now(),
            current: None,
            timings: Vec::new(),
        }
    }

    /// Ends the current step and begins another.
    ///
    /// # Errors
    /// [`Failure::Interrupted`] where the work is to stop.
    pub(super) fn enter(&mut self, step: &'static str) -> Result<(), Failure> {
        self.interrupt.check()?;
        self.leave();
        self.current = Some((step, Instant::now()));
        Ok(())
    }

    /// As [`Steps::enter`], for a step that takes long enough for whoever waits to be told of it.
    ///
    /// # Errors
    /// [`Failure`] where the work is to stop, or it cannot be told.
    pub(super) async fn announce(&mut self, step: &'static str) -> Result<(), Failure> {
        self.enter(step)?;
        if let Some((store, lease)) = &self.job
            && !store.set_stage(lease, step).await?
        {
            self.interrupt.lose_lease();
            return Err(Interruption::LeaseLost.into());
        }
        Ok(())
    }

    /// What tells long work in the current step to stop.
    pub(super) fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// The times of all steps that have ended.
    pub(super) fn timings(&self) -> Vec<StepTiming> {
        self.timings.clone()
    }

    /// One line on the whole ingest.
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
        if let Some((step, since)) = self.current.take() {
            let ms = milliseconds_since(since);
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
