//! `muse restore`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::resolve::settle_paths;
use crate::integrate::Side;
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::quantity::counted;
use crate::undo::restore;

/// Arguments of `muse restore`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse restore src/main.rs
    Take back the local changes of a file.
  muse restore -s v1.0 src
    Make the files below `src` those of the tag.
  muse restore --ours src/main.rs
    Settle a conflict with the version of the branch.")]
pub struct RestoreArgs {
    /// Take the files of this branch, tag or commit; those of the current commit unless given.
    #[arg(short, long, value_name = "REV", add = Completes::Revision)]
    source: Option<String>,
    /// Settle conflicts with the version of the branch that changes are brought onto. A file that
    /// had to make way goes back to its place.
    #[arg(long, conflicts_with_all = ["source", "theirs"])]
    ours: bool,
    /// Settle conflicts with the version that is brought.
    #[arg(long, conflicts_with = "source")]
    theirs: bool,
    /// Bring conflicts back as they were at first, markers and all.
    #[arg(short, long, conflicts_with_all = ["source", "ours", "theirs"])]
    merge: bool,
    /// Files, and directories with all that is below them.
    #[arg(value_name = "PATH", required = true, add = Completes::RestorePath)]
    paths: Vec<PathBuf>,
}

/// Makes files as they are in a commit.
///
/// # Errors
/// If a path or the revision is unknown, or a file cannot be written.
pub fn run(context: &Context, args: RestoreArgs) -> Result<(), CliError> {
    let side = match (args.ours, args.theirs, args.merge) {
        (true, ..) => Some(Side::Ours),
        (_, true, _) => Some(Side::Theirs),
        (.., true) => Some(Side::Unsettled),
        _ => None,
    };
    if let Some(side) = side {
        return settle_paths(context, &args.paths, side);
    }
    let repository = context.repository()?;
    let source = args.source.map(|revision| repository.resolve(&revision));
    let source = source.transpose()?;
    let in_repository = |path: &PathBuf| context.path_in(&repository, Path::new(path));
    let paths: Vec<String> = args
        .paths
        .iter()
        .map(in_repository)
        .collect::<Result<_, _>>()?;
    let stats = restore(&repository, source, &paths, context)?;
    if context.json() {
        return context.printer.json(&json!({
            "written": stats.written,
            "removed": stats.removed,
        }));
    }
    let written = counted(stats.written, "file");
    context.printer.note(match stats.removed {
        0 => format!("Restored {written}"),
        removed => format!("Restored {written}, removed {removed}"),
    });
    Ok(())
}
