//! `muse job`: a push that the server is still working on.

use std::time::Duration;

use muse_wire::api::job::{JobState, JobStatus, ListedJob};

use crate::sync::{
    Connection, check_job, choose_remote, find_job, job_updates, list_jobs, wait_for_job,
};
use crate::ui::completion::Completes;
use crate::ui::connect::{connect, login_of};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::escape::one_line;
use crate::ui::explain::Explain as _;
use crate::ui::quantity::counted;
use crate::ui::ref_line::print_pushed;
use crate::ui::time::{format_short, local};

/// Characters of an id in a list: those that stand for its time.
const SHORT_ID_LENGTH: usize = 13;

/// Most refs that a list names of one job.
const SHOWN_REFS: usize = 3;

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
    /// List the jobs of the last pushes, the latest first.
    #[command(after_help = "Examples:
  muse job list
    Show what the server works on, and what it has done.")]
    List {
        /// The remote that they run on; `origin` or the only one unless given.
        #[arg(long, value_name = "REMOTE", add = Completes::Remote)]
        remote: Option<String>,
    },
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
    /// The job's id, as `muse push` printed it, or how it begins, as `muse job list` shows it.
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
        JobAction::List { remote } => return list(context, remote.as_deref()),
        JobAction::Status(choice) => (choice, None),
        JobAction::Wait { job, timeout } => (job, Some(Duration::from_secs(timeout))),
    };
    let repository = context.repository()?;
    let remote = choose_remote(&repository, choice.remote.as_deref())?;
    let connection = connect(context, &repository, &remote)?;
    let login = Some(login_of(context, &connection));
    let mut job = find_job(&connection, &choice.id).map_err(|error| error.explain(login))?;
    if let Some(timeout) = timeout {
        job = wait_for_job(&connection, job, timeout, "unpacking")
            .map_err(|error| error.explain(login))?;
    }
    show(context, &connection, &job)?;
    match timeout {
        Some(_) => check_job(&job).map_err(|error| error.explain(login)),
        None => Ok(()),
    }
}

fn list(context: &Context, remote: Option<&str>) -> Result<(), CliError> {
    let repository = context.repository()?;
    let remote = choose_remote(&repository, remote)?;
    let connection = connect(context, &repository, &remote)?;
    let login = Some(login_of(context, &connection));
    let jobs = list_jobs(&connection).map_err(|error| error.explain(login))?;
    if context.json() {
        return context.printer.json(&jobs);
    }
    let ids: Vec<&str> = jobs.iter().map(|listed| &*listed.job.job_id).collect();
    for listed in &jobs {
        let line = format!(
            "{}  {:<8} {}  {}  {}",
            short_id(&listed.job.job_id, &ids),
            listed.job.status.as_str(),
            format_short(local(listed.created_at)),
            listed.user.as_deref().unwrap_or("-"),
            describe_refs(listed),
        );
        context.printer.line(one_line(&line))?;
    }
    Ok(())
}

/// As much of an id as tells it from the others in a list.
fn short_id<'a>(id: &'a str, ids: &[&str]) -> &'a str {
    let short = id.get(..SHORT_ID_LENGTH).unwrap_or(id);
    let same = ids.iter().filter(|other| other.starts_with(short));
    if same.count() > 1 { id } else { short }
}

/// `main, v1.0 and 3 more`.
fn describe_refs(listed: &ListedJob) -> String {
    let shown = listed.updates.iter().take(SHOWN_REFS);
    let names: Vec<&str> = shown.map(|update| update.name.short()).collect();
    let more = (listed.updates.len() - names.len()) as u64 + listed.more_updates;
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn show(context: &Context, connection: &Connection<'_>, job: &JobStatus) -> Result<(), CliError> {
    let printer = &context.printer;
    if context.json() {
        return printer.json(job);
    }
    let status = job.status.as_str();
    let state = match (&job.status, &job.stage) {
        (JobState::Running, Some(stage)) => format!("{} {status}: {stage}", job.job_id),
        _ => format!("{} {status}", job.job_id),
    };
    printer.line(one_line(&state))?;
    if job.status == JobState::Done
        && let Some((updates, more)) = job_updates(connection, &job.job_id)
    {
        print_pushed(printer, connection.url(), &updates);
        if more > 0 {
            printer.note(format_args!(" and {} more", counted(more, "ref")));
        }
    }
    if let (Some(commits), Some(objects)) = (job.commits_written, job.objects_written) {
        let (commits, objects) = (counted(commits, "commit"), counted(objects, "object"));
        printer.line(format_args!("{commits}, {objects} written"))?;
    }
    for timing in &job.timings {
        let step = one_line(&timing.step);
        printer.verbose(format_args!("{step}: {} ms", timing.ms));
    }
    if let Some(problem) = &job.error {
        printer.line(one_line(&problem.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_as_short_as_it_can_be() {
        let first = "0197a2b4-7c11-7e52-9d3a-0d5f3b1c2a10";
        let second = "0197a2b4-7c11-7e52-9d3a-0d5f3b1c2a11";
        let third = "0197a2b4-7c12-7e52-9d3a-0d5f3b1c2a10";
        let ids = [third, second, first];
        assert_eq!(short_id(first, &ids), first);
        assert_eq!(short_id(third, &ids), "0197a2b4-7c12");
        assert_eq!(short_id("1", &["1"]), "1");
    }
}
