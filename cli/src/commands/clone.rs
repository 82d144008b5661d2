//! `muse clone`.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::json;

use crate::repository::LayoutKind;
use crate::sync::{self, CloneOptions, Cloned, DEFAULT_REMOTE, Depth, Remote, RemoteAddress};
use crate::ui::connect::{login_at, open_address};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::explain::Explain as _;
use crate::ui::quantity::{bytes, counted};

/// Arguments of `muse clone`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse clone https://hub.example/ada/notes
    Copy a repository into the new directory `notes`.
  muse clone --single-branch -b topic https://hub.example/ada/notes there
    Copy one branch alone, into the directory `there`.
  muse clone notes.bundle
    Make a repository of a bundle.
  muse clone --mirror https://hub.example/ada/notes
    Make a copy that `muse fetch` keeps the same.")]
pub struct CloneArgs {
    /// The repository's address, such as https://HOST/OWNER/NAME, or the path of a repository or a
    /// bundle.
    #[arg(value_name = "URL|PATH|BUNDLE", value_hint = ValueHint::AnyPath)]
    url: String,
    /// The new directory; the repository's name unless given.
    directory: Option<PathBuf>,
    /// The branch or tag to start on; the remote's default branch unless given.
    #[arg(short, long, value_name = "REF")]
    branch: Option<String>,
    /// Clone that branch alone, with the tags of its commits; later fetches bring no other one.
    #[arg(long, overrides_with = "no_single_branch")]
    single_branch: bool,
    /// Clone all branches, although `--depth` is given.
    #[arg(long, overrides_with = "single_branch")]
    no_single_branch: bool,
    /// Only the last N commits, of that branch alone; the history ends there.
    #[arg(long, value_name = "N")]
    depth: Option<NonZeroU32>,
    /// Call the remote this instead of `origin`.
    #[arg(short, long, value_name = "NAME", default_value = DEFAULT_REMOTE)]
    origin: String,
    /// Make a repository without a work tree, whose branches are those of the remote.
    #[arg(long, conflicts_with = "no_checkout")]
    bare: bool,
    /// As --bare, and have every later `muse fetch` make branches and tags what they are there.
    #[arg(long, conflicts_with_all = ["no_checkout", "single_branch"])]
    mirror: bool,
    /// Fetch the history, but write no files.
    #[arg(long)]
    no_checkout: bool,
}

/// Runs `muse clone`.
///
/// # Errors
/// If the directory is in use, the server cannot be reached, or what it sends is not valid.
pub fn run(context: &Context, args: CloneArgs) -> Result<(), CliError> {
    let address = RemoteAddress::parse(&args.url, &context.directory)?;
    let directory = args.directory.or_else(|| address.directory_name());
    let directory = directory.ok_or_else(|| {
        CliError::usage("the new directory has no name").with_hint("`muse clone PATH DIRECTORY`")
    })?;
    let remote = open_address(context, address)?;
    let options = CloneOptions {
        start: args.branch,
        single_branch: args.single_branch
            || (args.depth.is_some() && !args.no_single_branch && !args.mirror),
        depth: args.depth.map_or(Depth::Whole, Depth::Commits),
        checkout: !args.no_checkout,
        kind: match args.bare || args.mirror {
            true => LayoutKind::Bare,
            false => LayoutKind::WorkTree,
        },
        mirror: args.mirror,
        remote: args.origin,
    };
    let cloned = sync::clone(&remote, &context.resolve(&directory), &options)
        .map_err(|error| error.explain(login_at(context, &remote)))?;
    print(context, &remote, &directory, &cloned)
}

fn print(
    context: &Context,
    remote: &Remote<'_>,
    directory: &Path,
    cloned: &Cloned,
) -> Result<(), CliError> {
    let printer = &context.printer;
    let received = &cloned.received;
    if context.json() {
        return printer.json(&json!({
            "directory": cloned.repository.layout.root(),
            "url": remote.to_string(),
            "branch": cloned.start.as_branch(),
            "tag": cloned.start.as_tag(),
            "commit": cloned.tip,
            "commits": received.commits,
            "objects": received.objects,
            "bytes_received": received.bytes,
            "withheld": received.withheld,
            "shallow": !cloned.repository.objects.shallow()?.is_empty(),
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
    let place = match cloned.start.as_tag() {
        Some(_) => "at tag",
        None => "on branch",
    };
    printer.note(format_args!(
        "Cloned into {directory}: {}, {}, {} received; {} {place} {}",
        counted(received.commits, "commit"),
        counted(received.objects, "object"),
        bytes(received.bytes),
        counted(cloned.file_count, "file"),
        cloned.start.short()
    ));
    Ok(())
}
