//! `muse clone`.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::sync::{self, CloneOptions, Cloned, Connection, RemoteUrl};
use crate::ui::connect::{connect_to_url, login_of};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::explain::Explain as _;
use crate::ui::quantity::{bytes, counted};

/// Arguments of `muse clone`.
#[derive(Debug, clap::Args)]
pub struct CloneArgs {
    /// The repository's address, such as https://HOST/OWNER/NAME.
    url: String,
    /// The new directory; the repository's name unless given.
    directory: Option<PathBuf>,
    /// The branch to start on; the server's default branch unless given.
    #[arg(short, long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Fetch the history, but write no files.
    #[arg(long)]
    no_checkout: bool,
}

/// Runs `muse clone`.
///
/// # Errors
/// If the directory is in use, the server cannot be reached, or what it sends is not valid.
pub fn run(context: &Context, args: CloneArgs) -> Result<(), CliError> {
    let connection = connect_to_url(context, RemoteUrl::parse(&args.url)?)?;
    let directory = match args.directory {
        Some(directory) => directory,
        None => PathBuf::from(connection.url().repo().slug()),
    };
    let options = CloneOptions {
        branch: args.branch,
        checkout: !args.no_checkout,
    };
    let cloned = sync::clone(&connection, &context.resolve(&directory), &options)
        .map_err(|error| error.explain(Some(login_of(context, &connection))))?;
    print(context, &connection, &directory, &cloned)
}

fn print(
    context: &Context,
    connection: &Connection<'_>,
    directory: &Path,
    cloned: &Cloned,
) -> Result<(), CliError> {
    let printer = &context.printer;
    let received = &cloned.received;
    if context.json() {
        return printer.json(&json!({
            "directory": cloned.repository.layout.root(),
            "url": connection.url().to_string(),
            "branch": cloned.branch,
            "commit": cloned.tip,
            "commits": received.commits,
            "objects": received.objects,
            "bytes_received": received.bytes,
            "withheld": received.withheld,
            "files": cloned.file_count,
        }));
    }
    let directory = directory.display();
    if cloned.is_empty {
        printer.note(format_args!(
            "Cloned into {directory}. The remote repository is empty: commit, then `muse push`."
        ));
        return Ok(());
    }
    printer.note(format_args!(
        "Cloned into {directory}: {}, {}, {} received; {} on branch {}",
        counted(received.commits, "commit"),
        counted(received.objects, "object"),
        bytes(received.bytes),
        counted(cloned.file_count, "file"),
        cloned.branch.short()
    ));
    Ok(())
}
