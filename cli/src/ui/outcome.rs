//! How a merge, cherry-pick, revert or rebase ended, for people and programs.

use muse_wire::id::CommitId;
use serde_json::json;

use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::quantity::counted;
use crate::integrate::{Applied, Outcome, Stop};
use crate::repository::{Action, Repository, UnsettledPath};

/// Most conflicts that an error names.
const MOST_NAMED: usize = 10;

/// Says what an operation did.
///
/// # Errors
/// One of the kind [`ErrorKind::Conflict`] where it stopped.
pub fn report(
    context: &Context,
    repository: &Repository,
    outcome: &Outcome,
) -> Result<(), CliError> {
    match outcome {
        Outcome::Done(applied) => report_applied(context, repository, applied),
        Outcome::Stopped(stop) => Err(stopped(context, repository, stop)?),
    }
}

/// Says that there was nothing to do.
///
/// # Errors
/// If the output cannot be written.
pub fn report_up_to_date(context: &Context) -> Result<(), CliError> {
    if context.json() {
        let nothing = json!({"commits": [], "up_to_date": true});
        return context.printer.json(&nothing);
    }
    context.printer.note("Already up to date.");
    Ok(())
}

/// Says what an operation that came to its end has done.
///
/// # Errors
/// If the output cannot be written.
pub fn report_applied(
    context: &Context,
    repository: &Repository,
    applied: &Applied,
) -> Result<(), CliError> {
    if context.json() {
        return context.printer.json(&json!({
            "head": applied.head,
            "old": applied.old,
            "new": applied.new,
            "commits": applied.made,
            "skipped": applied.skipped,
            "written": applied.files.written,
            "removed": applied.files.removed,
        }));
    }
    for id in &applied.skipped {
        let line = line(repository, id)?;
        context
            .printer
            .note(format_args!("Left out {line}: it would change nothing"));
    }
    for id in &applied.made {
        context.printer.report(line(repository, id)?)?;
    }
    context.printer.note(format_args!(
        "HEAD is at {}: {} written, {} removed",
        applied.new.short(),
        counted(applied.files.written, "file"),
        applied.files.removed
    ));
    Ok(())
}

/// The error that says where an operation stopped. Programs get the conflicts on standard output.
///
/// # Errors
/// If the output cannot be written.
pub fn stopped(
    context: &Context,
    repository: &Repository,
    stop: &Stop,
) -> Result<CliError, CliError> {
    let action = stop.action;
    if context.json() {
        context.printer.json(&json!({
            "stopped_at": stop.step,
            "left": stop.left,
            "conflicts": conflicts_to_json(&stop.conflicts),
        }))?;
    }
    let files = counted(stop.conflicts.len() as u64, "file");
    let step = line(repository, &stop.step)?;
    let mut error = CliError::new(
        ErrorKind::Conflict,
        format!("the {action} stopped at {step}: {files} in conflict"),
    );
    for conflict in stop.conflicts.iter().take(MOST_NAMED) {
        let UnsettledPath { path, conflict, .. } = conflict;
        error = error.with_hint(format!("{path}: {conflict}"));
    }
    if stop.conflicts.len() > MOST_NAMED {
        let more = stop.conflicts.len() - MOST_NAMED;
        error = error.with_hint(format!("and {more} more: `muse status`"));
    }
    Ok(error
        .with_hint(how_to_settle())
        .with_hint(how_to_go_on(action)))
}

/// How conflicts are settled.
pub fn how_to_settle() -> &'static str {
    "edit the files, or take one side with `muse restore --ours PATH` or `--theirs`"
}

/// What ends an unfinished operation.
pub fn how_to_go_on(action: Action) -> String {
    format!("then `muse {action} --continue`; `muse {action} --abort` goes back")
}

/// Conflicts as programs read them.
pub fn conflicts_to_json(conflicts: &[UnsettledPath]) -> serde_json::Value {
    let conflicts = conflicts.iter();
    conflicts
        .map(|one| json!({"path": one.path, "conflict": one.conflict}))
        .collect()
}

/// A commit in one line.
fn line(repository: &Repository, id: &CommitId) -> Result<String, CliError> {
    let commit = repository.objects.commit(id)?;
    Ok(format!("{} {}", id.short(), commit.subject()))
}
