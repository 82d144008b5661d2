//! `muse resolve`.

use std::path::PathBuf;

use crate::integrate::{Side, settle};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::outcome::conflicts_to_json;
use crate::ui::quantity::counted;

/// Arguments of `muse resolve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse resolve logo.png
    Take the file as it is.")]
pub struct ResolveArgs {
    /// Files that are in conflict, and directories with all that is below them.
    #[arg(value_name = "PATH", required = true, add = Completes::ConflictPath)]
    paths: Vec<PathBuf>,
}

/// Takes files as they are in the work tree as what settles their conflicts.
///
/// # Errors
/// If nothing is in conflict at a path.
pub fn run(context: &Context, args: ResolveArgs) -> Result<(), CliError> {
    settle_paths(context, &args.paths, Side::AsItIs)
}

/// Settles the conflicts at these paths, or brings them back, and says so.
///
/// # Errors
/// If nothing is in conflict at a path.
pub fn settle_paths(context: &Context, paths: &[PathBuf], side: Side) -> Result<(), CliError> {
    let repository = context.repository()?;
    let in_repository = |path: &PathBuf| context.path_in(&repository, path);
    let paths: Vec<String> = paths.iter().map(in_repository).collect::<Result<_, _>>()?;
    let settled = settle(&repository, &paths, side, context)?;
    if context.json() {
        let key = match side {
            Side::Unsettled => "unsettled",
            _ => "settled",
        };
        let settled = serde_json::json!({key: conflicts_to_json(&settled)});
        return context.printer.json(&settled);
    }
    let conflicts = counted(settled.len() as u64, "conflict");
    context.printer.note(match side {
        Side::Unsettled => format!("Brought back {conflicts}, to be settled"),
        _ => format!("Settled {conflicts}"),
    });
    Ok(())
}
