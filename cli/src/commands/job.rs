//! `muse job`: a push that the server is still working on.

use std::time::Duration;

use muse_wire::api::job::{JobState, JobStatus};

use crate::sync::{check_job, choose_remote, job_status, wait_for_job};
use crate::ui::completion::Completes;
use crate::ui::connect::{connect, login_of};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::escape::one_line;
use crate::ui::explain::Explain as _;

/// Arguments of `muse job`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse job wait 0197a2b4-7c11-7e52-9d3a-0d5f3b1c2a10
    Wait until a push is done.")]
pub struct JobArgs {
    #[command(subcommand)]
    action: JobAction,
}

#[derive(Debug, clap::Subcommand)]
enum JobAction {
    /// Show the state of a job.
    #[command(after_help = "Examples:
  muse job status 0197a2b4-7c11-7e52-9d3a-0d5f3b1c2a10
    Show how far a push is.")]
    Status(JobChoice),
    /// Wait until a job has ended; fails if the job failed.
    #[command(after_help = "Examples:
  muse job wait --timeout 60 0197a2b4-7c11-7e52-9d3a-0d5f3b1c2a10
    Wait for a minute at most.")]
    Wait {
        #[command(flatten)]
        job: JobChoice,
        /// Wait no longer than this.
        #[arg(long, value_name = "SECONDS", default_value_t = 300)]
        timeout: u64,
    },
}

#[derive(Debug, clap::Args)]
struct JobChoice {
    /// The job's id, as `muse push` printed it.
    id: String,
    /// The remote that it runs on; `origin` or the only one unless given.
    #[arg(long, value_name = "REMOTE", add = Completes::Remote)]
    remote: Option<String>,
}

/// Runs `muse job`.
///
/// # Errors
/// If the server does not know the job, the job failed, or the wait is over first.
pub fn run(context: &Context, args: JobArgs) -> Result<(), CliError> {
    let (choice, timeout) = match args.action {
        JobAction::Status(choice) => (choice, None),
        JobAction::Wait { job, timeout } => (job, Some(Duration::from_secs(timeout))),
    };
    let repository = context.repository()?;
    let remote = choose_remote(&repository, choice.remote.as_deref())?;
    let connection = connect(context, &repository, &remote)?;
    let login = Some(login_of(context, &connection));
    let mut job = job_status(&connection, &choice.id).map_err(|error| error.explain(login))?;
    if let Some(timeout) = timeout {
        job = wait_for_job(&connection, job, timeout, "unpacking")
            .map_err(|error| error.explain(login))?;
    }
    show(context, &job)?;
    match timeout {
        Some(_) => check_job(&job).map_err(|error| error.explain(login)),
        None => Ok(()),
    }
}

fn show(context: &Context, job: &JobStatus) -> Result<(), CliError> {
    if context.json() {
        return context.printer.json(job);
    }
    let status = job.status.as_str();
    let state = match (&job.status, &job.stage) {
        (JobState::Running, Some(stage)) => format!("{} {status}: {stage}", job.job_id),
        _ => format!("{} {status}", job.job_id),
    };
    context.printer.line(one_line(&state))?;
    if let (Some(commits), Some(objects)) = (job.commits_written, job.objects_written) {
        context.printer.line(format_args!(
            "commits_written={commits} objects_written={objects}"
        ))?;
    }
    for timing in &job.timings {
        let step = one_line(&timing.step);
        context
            .printer
            .verbose(format_args!("{step}: {} ms", timing.ms));
    }
    if let Some(problem) = &job.error {
        context.printer.line(one_line(&problem.to_string()))?;
    }
    Ok(())
}
