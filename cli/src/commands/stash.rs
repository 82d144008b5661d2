//! `muse stash`.

use serde_json::json;

use crate::diff::{NewVersion, VersionReader, changes_between, pair_renames};
use crate::repository::{Action, Repository};
use crate::stash::{Popped, StashError, drop_stash, find, finish_pop, pop, push};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::diff_output::{DiffFormat, changes_to_json, print_changes};
use crate::ui::error::CliError;
use crate::ui::outcome::stopped;
use crate::ui::quantity::counted;
use crate::ui::resume_args::{abort, committer};
use crate::ui::time;

/// Arguments of `muse stash`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse stash -m 'Half of it'
    Put all local changes aside.
  muse stash pop
    Bring the newest ones back.")]
pub struct StashArgs {
    #[command(subcommand)]
    command: Option<StashCommand>,
    /// What the stash is called in the list.
    #[arg(short, long, value_name = "MESSAGE")]
    message: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum StashCommand {
    /// Put local changes aside; what `muse stash` does.
    #[command(after_help = "Examples:
  muse stash push -m 'Half of it'
    Put all local changes aside, under a name.")]
    Push {
        /// What the stash is called in the list.
        #[arg(short, long, value_name = "MESSAGE")]
        message: Option<String>,
    },
    /// Bring a stash back, and drop it.
    #[command(after_help = "Examples:
  muse stash pop
    Bring the newest stash back, and drop it.
  muse stash pop --continue
    Drop it once the conflicts are settled.")]
    Pop {
        /// Its number in the list.
        #[arg(
            value_name = "N",
            default_value_t = 0,
            hide_default_value = true,
            add = Completes::Stash
        )]
        number: usize,
        /// Once the conflicts are settled: drop the stash. The changes stay in the work tree.
        #[arg(long = "continue", conflicts_with_all = ["number", "abort"])]
        continue_: bool,
        /// Go back to where the work tree was.
        #[arg(long, conflicts_with = "number")]
        abort: bool,
    },
    /// Bring a stash back, and keep it.
    #[command(after_help = "Examples:
  muse stash apply 1
    Bring the stash before the newest one back, and keep it.")]
    Apply {
        /// Its number in the list.
        #[arg(
            value_name = "N",
            default_value_t = 0,
            hide_default_value = true,
            add = Completes::Stash
        )]
        number: usize,
    },
    /// List the stashes, the newest first.
    #[command(after_help = "Examples:
  muse stash list
    List the stashes with their numbers.")]
    List,
    /// Show what a stash changes: how many lines in each file, or with -p the lines.
    #[command(after_help = "Examples:
  muse stash show -p
    Show the lines that the newest stash changes.")]
    Show {
        /// Its number in the list.
        #[arg(
            value_name = "N",
            default_value_t = 0,
            hide_default_value = true,
            add = Completes::Stash
        )]
        number: usize,
        #[command(flatten)]
        format: DiffFormat,
    },
    /// Drop a stash.
    #[command(after_help = "Examples:
  muse stash drop 1
    Drop the stash before the newest one.")]
    Drop {
        /// Its number in the list.
        #[arg(
            value_name = "N",
            default_value_t = 0,
            hide_default_value = true,
            add = Completes::Stash
        )]
        number: usize,
    },
}

/// Puts local changes aside, or brings them back.
///
/// # Errors
/// If there is nothing to put aside or bring back, or there are conflicts.
pub fn run(context: &Context, args: StashArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    match args.command {
        None => run_push(context, &repository, args.message),
        Some(StashCommand::Push { message }) => {
            run_push(context, &repository, message.or(args.message))
        }
        Some(StashCommand::Pop { abort: true, .. }) => abort(context, &repository, Action::Stash),
        Some(StashCommand::Pop {
            continue_: true, ..
        }) => {
            finish_pop(&repository)?;
            context.printer.note("The changes are in the work tree");
            Ok(())
        }
        Some(StashCommand::Pop { number, .. }) => run_pop(context, &repository, number, false),
        Some(StashCommand::Apply { number }) => run_pop(context, &repository, number, true),
        Some(StashCommand::List) => list(context, &repository),
        Some(StashCommand::Show { number, format }) => show(context, &repository, number, format),
        Some(StashCommand::Drop { number }) => {
            let id = drop_stash(&repository, number)?;
            if context.json() {
                return context.printer.json(&json!({"dropped": id}));
            }
            context.printer.note(format_args!(
                "Dropped {0}; `muse cherry-pick {0}` makes a commit of it",
                id.short()
            ));
            Ok(())
        }
    }
}

fn run_push(
    context: &Context,
    repository: &Repository,
    message: Option<String>,
) -> Result<(), CliError> {
    let committer = committer(context, repository, Some(false))?;
    let pushed = push(repository, message, &committer, context)?;
    if context.json() {
        let (id, message) = (pushed.id, pushed.message);
        return context
            .printer
            .json(&json!({"stash": id, "message": message}));
    }
    let text = format_args!(
        "Put aside: {}; `muse stash pop` brings it back",
        pushed.message
    );
    context.printer.note(text);
    Ok(())
}

fn run_pop(
    context: &Context,
    repository: &Repository,
    number: usize,
    is_kept: bool,
) -> Result<(), CliError> {
    let committer = committer(context, repository, Some(false))?;
    match pop(repository, number, is_kept, &committer, context)? {
        Popped::Stopped(stop) => Err(stopped(context, repository, &stop)?),
        Popped::Done { id, files } => {
            if context.json() {
                return context.printer.json(&json!({
                    "stash": id,
                    "dropped": !is_kept,
                    "written": files.written,
                    "removed": files.removed,
                }));
            }
            let written = counted(files.written, "file");
            context.printer.note(format_args!(
                "Brought back {}: {written} written, {} removed",
                id.short(),
                files.removed
            ));
            Ok(())
        }
    }
}

fn list(context: &Context, repository: &Repository) -> Result<(), CliError> {
    let stashes = repository.stash.read().map_err(StashError::from)?;
    let style = context.printer.palette().id;
    for (number, id) in stashes.iter().enumerate() {
        let commit = repository.objects.commit(id)?;
        if context.json() {
            context.printer.json(&json!({
                "number": number,
                "stash": id,
                "time": time::format_rfc3339(commit.committed_at),
                "message": commit.message,
            }))?;
            continue;
        }
        context.printer.line(format_args!(
            "{number}  {style}{}{style:#}  {}  {}",
            id.short(),
            time::format(commit.committed_at),
            commit.subject()
        ))?;
    }
    Ok(())
}

fn show(
    context: &Context,
    repository: &Repository,
    number: usize,
    format: DiffFormat,
) -> Result<(), CliError> {
    let id = find(repository, number)?;
    let stash = repository.objects.commit(&id)?;
    let before = repository.objects.commit_tree(stash.parents.first())?;
    let mut changes = changes_between(&before, &repository.objects.tree(&stash.snapshot)?);
    if format.with_renames() {
        changes = pair_renames(repository, changes, NewVersion::Stored)?;
    }
    if context.json() {
        let changes = changes_to_json(&changes);
        return context
            .printer
            .json(&json!({"stash": id, "changes": changes}));
    }
    let reader = VersionReader::new(repository, NewVersion::Stored);
    print_changes(context, format.or_stat(), &[], &changes, reader)
}
