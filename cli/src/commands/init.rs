//! `muse init`.

use std::path::PathBuf;

use muse_wire::name::RefName;

use crate::repository::{LayoutKind, Repository};
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// The branch that a new repository starts on.
const DEFAULT_BRANCH: &str = "main";

/// Arguments of `muse init`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse init notes
    Make the directory `notes`, with a repository in it.
  muse init --bare /srv/notes
    Make a repository without files, for others to push to.")]
pub struct InitArgs {
    /// Directory for the work tree; created if it is missing.
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// Make a repository without a work tree, to push to and to clone from.
    #[arg(long)]
    bare: bool,
    /// Name of the first branch.
    #[arg(short = 'b', long, value_name = "BRANCH", default_value = DEFAULT_BRANCH)]
    initial_branch: String,
}

/// Creates an empty repository.
///
/// # Errors
/// If there already is one, or it cannot be written.
pub fn run(context: &Context, args: InitArgs) -> Result<(), CliError> {
    RefName::branch(&args.initial_branch).map_err(|error| CliError::usage(error.to_string()))?;
    let kind = match args.bare {
        true => LayoutKind::Bare,
        false => LayoutKind::WorkTree,
    };
    let root = context.resolve(&args.directory);
    let repository = Repository::init_as(kind, &root, &args.initial_branch)?;
    let place = repository.layout.muse_dir().display();
    if context.json() {
        context.printer.json(&serde_json::json!({
            "repository": place.to_string(),
            "branch": args.initial_branch,
        }))?;
    } else {
        context
            .printer
            .report(format_args!("Created an empty repository in {place}"))?;
    }
    if args.bare {
        return Ok(());
    }
    context
        .printer
        .note("Add files, then `muse commit -m MESSAGE` records them all.");
    Ok(())
}
