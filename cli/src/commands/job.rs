//! `muse job`: a push that the server is still working on.

use std::time::Duration;

use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::problem::ProblemCode;

use crate::connection::{Connection, remote_name};
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Arguments of `muse job`.
#[derive(Debug, clap::Args)]
pub struct JobArgs {
    #[command(subcommand)]
    action: JobAction,
}

#[derive(Debug, clap::Subcommand)]
enum JobAction {
    /// Show where a job stands.
    Status(JobChoice),
    /// Wait until a job has ended; fails if the job did.
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
    #[arg(long, value_name = "REMOTE")]
    remote: Option<String>,
}

/// Runs `muse job`.
///
/// # Errors
/// Where the server does not know the job, the job failed, or the wait is over first.
pub fn run(context: &Context, args: JobArgs) -> Result<(), CliError> {
    let (choice, timeout) = match args.action {
        JobAction::Status(choice) => (choice, None),
        JobAction::Wait { job, timeout } => (job, Some(Duration::from_secs(timeout))),
    };
    let repository = context.repository()?;
    let remote = remote_name(&repository, choice.remote.as_deref())?;
    let connection = Connection::to_remote(context, &repository, &remote)?;
    let found = connection.try_wait(connection.client.job(&choice.id, Duration::ZERO));
    let mut job = found.map_err(|error| {
        if error.code() == Some(ProblemCode::NotFound) {
            CliError::not_found(format!("{remote} has no job {}", choice.id))
                .with_hint("`muse push --detach` prints the id of the job that it leaves behind")
        } else {
            connection.explain(error)
        }
    })?;
    if let Some(timeout) = timeout {
        job = connection.wait_for_job(job, timeout, "unpacking")?;
    }
    show(context, &job)?;
    match timeout.and_then(|_| connection.job_error(&job)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn show(context: &Context, job: &JobStatus) -> Result<(), CliError> {
    if context.json() {
        return context.printer.json(job);
    }
    let status = job.status.as_str();
    context.printer.line(match (&job.status, &job.stage) {
        (JobState::Running, Some(stage)) => format!("{} {status}: {stage}", job.job_id),
        _ => format!("{} {status}", job.job_id),
    })?;
    if let (Some(commits), Some(objects)) = (job.commits_written, job.objects_written) {
        context.printer.line(format_args!(
            "commits_written={commits} objects_written={objects}"
        ))?;
    }
    for timing in &job.timings {
        context
            .printer
            .verbose(format_args!("{}: {} ms", timing.step, timing.ms));
    }
    if let Some(problem) = &job.error {
        context.printer.line(problem)?;
    }
    Ok(())
}
