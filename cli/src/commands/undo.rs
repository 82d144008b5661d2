//! `muse undo`.

use serde_json::json;

use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::undo::undo;

/// Arguments of `muse undo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse undo
    Take back what the last command did to branches, tags or HEAD.")]
pub struct UndoArgs {}

/// Undoes the last operation that moved refs.
///
/// # Errors
/// If there is none, or local changes are in the way.
pub fn run(context: &Context, UndoArgs {}: UndoArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let operation = undo(&repository, context)?.operation;
    let commit = operation.old_head.commit;
    if context.json() {
        return context.printer.json(&json!({
            "undone": operation.reason,
            "head": operation.old_head.head,
            "commit": commit,
        }));
    }
    let place = commit.map_or_else(|| "no commit".to_owned(), |commit| commit.short());
    if operation.old_head == operation.new_head {
        context
            .printer
            .note(format_args!("Undid `{}`", operation.reason));
        return Ok(());
    }
    context.printer.note(format_args!(
        "Undid `{}`: HEAD is at {place} again",
        operation.reason
    ));
    if let Some(before) = operation.new_head.commit.filter(|id| Some(*id) != commit) {
        context.printer.note(format_args!(
            "It was at {0}: `muse branch NAME {0}` keeps that",
            before.short()
        ));
    }
    Ok(())
}
