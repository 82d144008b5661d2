//! `GET /{owner}/{slug}/push/jobs` and `GET /{owner}/{slug}/push/jobs/{job_id}`.
//!
//! With `Prefer: wait=N` (at most 20 seconds count) the answer comes when the job ends or N seconds
//! are over, whichever is first.

use serde::{Deserialize, Serialize};

use super::push::RefUpdate;
use crate::id::CommitId;
use crate::problem::Problem;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Queued, or waiting for another attempt.
    Pending,
    /// A worker holds it.
    Running,
    /// Everything it was to do is done and visible.
    Done,
    /// It ended for good; `error` says why. Nothing of it is visible.
    Failed,
}

impl JobState {
    /// Whether the job will not change any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }

    /// The text form, as stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A job, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStatus {
    /// The job's id.
    pub job_id: String,
    /// Where it stands.
    pub status: JobState,
    /// The step that it is at, while it runs.
    #[serde(default)]
    pub stage: Option<String>,
    /// Path to ask for the status again.
    pub poll_url: String,
    /// Commits that were new to the repository; set when done.
    #[serde(default)]
    pub commits_written: Option<u64>,
    /// Objects that were new to the repository; set when done.
    #[serde(default)]
    pub objects_written: Option<u64>,
    /// Where the first updated branch points now; set when done.
    #[serde(default)]
    pub branch_head: Option<CommitId>,
    /// Why it failed; before that, why its last attempt ended.
    #[serde(default)]
    pub error: Option<Problem>,
    /// Milliseconds of each step, in order; set when done.
    #[serde(default)]
    pub timings: Vec<StepTiming>,
    /// For a fetch job that is done: the plan to download.
    #[serde(default)]
    pub fetch: Option<super::fetch::FetchPlan>,
    /// In the answer to a fetch: where those of the wanted refs are that there are, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted_refs: Vec<super::refs::RefEntry>,
}

/// The jobs of a repository's pushes, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsResponse {
    /// At most [`crate::limits::MAX_LISTED_JOBS`].
    pub jobs: Vec<ListedJob>,
}

/// The job of a push, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedJob {
    /// Where it stands.
    pub job: JobStatus,
    /// Who pushed; null where that user is gone.
    #[serde(default)]
    pub user: Option<String>,
    /// When it was queued, in seconds since 1970.
    pub created_at: i64,
    /// What it moves: the first [`crate::limits::MAX_LISTED_UPDATES`].
    pub updates: Vec<RefUpdate>,
    /// How many more it moves.
    #[serde(default)]
    pub more_updates: u64,
}

/// How long one step took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTiming {
    /// Name of the step.
    pub step: String,
    /// Wall-clock milliseconds.
    pub ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_sent_as_it_is_stored() {
        for (state, text, is_final) in [
            (JobState::Pending, "pending", false),
            (JobState::Running, "running", false),
            (JobState::Done, "done", true),
            (JobState::Failed, "failed", true),
        ] {
            assert_eq!(state.as_str(), text);
            let sent = serde_json::to_string(&state).expect("states always encode");
            assert_eq!(sent, format!("\"{text}\""));
            assert_eq!(state.is_final(), is_final, "{text}");
        }
    }
}
