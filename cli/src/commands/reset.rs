//! `muse reset`.

use muse_wire::id::CommitId;
use serde_json::json;

use crate::repository::Head;
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::undo::{FilesOnReset, reset};

/// Arguments of `muse reset`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse reset HEAD~1
    Take back the last commit; its changes are local ones again.
  muse reset --hard origin/main
    Make the branch and the files those of the server.")]
pub struct ResetArgs {
    /// Make the files those of the commit, and lose local changes.
    #[arg(long)]
    hard: bool,
    /// Let the files stay as they are, which is the rule.
    #[arg(long, alias = "mixed", hide = true, conflicts_with = "hard")]
    soft: bool,
    /// Where to move: a branch, tag or commit.
    #[arg(
        value_name = "REV",
        default_value = "HEAD",
        hide_default_value = true,
        add = Completes::Revision
    )]
    revision: String,
}

/// Moves the current branch to another commit.
///
/// # Errors
/// If the revision is unknown or a file cannot be written.
pub fn run(context: &Context, args: ResetArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let commit = repository.resolve(&args.revision)?;
    let files = match args.hard {
        true => FilesOnReset::Discard,
        false => FilesOnReset::Stay,
    };
    let done = reset(&repository, commit, files, context)?;
    if context.json() {
        return context.printer.json(&json!({
            "head": done.head,
            "old": done.old,
            "new": done.new,
        }));
    }
    let subject = repository.objects.commit(&commit)?;
    context.printer.note(format_args!(
        "HEAD is at {} {}",
        commit.short(),
        subject.subject()
    ));
    if let Some(action) = done.ended {
        let place = match done.head {
            Head::Branch(_) => "",
            Head::Detached(_) => ", and HEAD is on no branch",
        };
        context
            .printer
            .warn(format_args!("the unfinished {action} has ended{place}"));
    }
    if let Some(old) = done.old.filter(|old| *old != commit) {
        note_where_it_was(context, &old);
    }
    Ok(())
}

/// Says how to get back to the commit that a branch has left.
pub(super) fn note_where_it_was(context: &Context, old: &CommitId) {
    context.printer.note(format_args!(
        "It was at {0}: `muse undo` goes back, and `muse branch NAME {0}` keeps it",
        old.short()
    ));
}
