//! `muse fetch`.

use std::num::NonZeroU32;

use serde_json::json;

use crate::repository::Repository;
use crate::sync::{self, Depth, FetchOptions, Fetched, Remote, choose_remote};
use crate::ui::checkout_command::checkout_command;
use crate::ui::completion::Completes;
use crate::ui::connect::{login_at, open_remote};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::explain::Explain as _;
use crate::ui::quantity::{bytes, counted};
use crate::ui::ref_line::RefLine;

/// Arguments of `muse fetch`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse fetch
    See what the remote has that is new.
  muse fetch --all --prune
    Ask all remotes, and forget branches that are gone.
  muse fetch origin topic
    Download one branch.")]
pub struct FetchArgs {
    /// The remote; `origin` or the only one unless given.
    #[arg(conflicts_with = "all", add = Completes::Remote)]
    remote: Option<String>,
    /// Only these branches.
    #[arg(value_name = "BRANCH", add = Completes::RemoteRef)]
    branches: Vec<String>,
    /// Fetch from all remotes.
    #[arg(long)]
    all: bool,
    /// Fetch all tags, too, where branches are named.
    #[arg(short, long)]
    tags: bool,
    /// Forget branches that are gone on the remote.
    #[arg(short, long)]
    prune: bool,
    /// Only the last N commits of what is fetched; what is here stays.
    #[arg(long, value_name = "N", conflicts_with_all = ["deepen", "unshallow"])]
    depth: Option<NonZeroU32>,
    /// N commits more below those at which the history here ends.
    #[arg(long, value_name = "N", conflicts_with = "unshallow")]
    deepen: Option<NonZeroU32>,
    /// All of the history, of which a part is here.
    #[arg(long)]
    unshallow: bool,
}

/// Runs `muse fetch`.
///
/// # Errors
/// If the server cannot be reached, or sends what is not valid.
pub fn run(context: &Context, args: FetchArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let remotes = if args.all {
        let remotes = repository.config.read()?.remotes();
        remotes.into_iter().map(|remote| remote.name).collect()
    } else {
        vec![choose_remote(&repository, args.remote.as_deref())?]
    };
    let depth = match (args.depth, args.deepen) {
        (Some(count), _) => Depth::Commits(count),
        (None, Some(count)) => Depth::Deepen(count),
        (None, None) if args.unshallow => Depth::Unshallow,
        (None, None) => Depth::Whole,
    };
    let options = FetchOptions {
        branches: args.branches,
        tags: args.tags,
        prune: args.prune,
        depth,
    };
    let mut results = Vec::new();
    for remote in remotes {
        let from = open_remote(context, &repository, &remote)?;
        let fetched = sync::fetch(&repository, &from, &remote, &options)
            .map_err(|error| error.explain(login_at(context, &from)))?;
        print(context, &repository, &from, &fetched)?;
        if depth == Depth::Unshallow {
            warn_of_ends(context, &repository, &from)?;
        }
        results.push(to_json(&remote, &fetched));
    }
    if context.json() {
        context.printer.json(&results)?;
    }
    Ok(())
}

/// Says where the history ends that was to be whole.
fn warn_of_ends(
    context: &Context,
    repository: &Repository,
    remote: &Remote<'_>,
) -> Result<(), CliError> {
    let ends = repository.objects.shallow_here()?;
    if let Some(end) = ends.iter().min() {
        context.printer.warn(format_args!(
            "the history here still ends at {}, such as {}: {remote} does not have what is below",
            counted(ends.len() as u64, "commit"),
            end.short()
        ));
    }
    Ok(())
}

/// Prints what a fetch changed.
///
/// # Errors
/// If `HEAD` cannot be read.
pub(super) fn print(
    context: &Context,
    repository: &Repository,
    remote: &Remote<'_>,
    fetched: &Fetched,
) -> Result<(), CliError> {
    let printer = &context.printer;
    if context.json() {
        return Ok(());
    }
    if fetched.received.released > 0 {
        printer.note(format_args!(
            "{} received that had been withheld; `{}` writes the files",
            counted(fetched.received.released, "object"),
            checkout_command(&repository.refs.head()?),
        ));
    }
    let received = &fetched.received;
    if fetched.changes.is_empty() && received.bytes == 0 {
        return Ok(());
    }
    printer.note(format_args!("From {remote}"));
    for change in &fetched.changes {
        let line = RefLine {
            is_tag: change.remote_ref.as_tag().is_some(),
            old: change.old,
            new: change.new,
            forced: change.forced,
            from: change.remote_ref.short(),
            to: change.local_ref.short(),
        };
        let forced = if change.forced { " (forced)" } else { "" };
        printer.note(format_args!("{line}{forced}"));
    }
    if received.bytes > 0 {
        printer.note(format_args!(
            "{}, {}, {} received",
            counted(received.commits, "commit"),
            counted(received.objects, "object"),
            bytes(received.bytes)
        ));
    }
    Ok(())
}

/// What a fetch from one remote changed, for programs.
pub(super) fn to_json(remote: &str, fetched: &Fetched) -> serde_json::Value {
    let changes: Vec<_> = fetched
        .changes
        .iter()
        .map(|change| {
            json!({
                "ref": change.local_ref,
                "remote_ref": change.remote_ref,
                "old": change.old,
                "new": change.new,
                "forced": change.forced,
            })
        })
        .collect();
    json!({
        "remote": remote,
        "updates": changes,
        "commits": fetched.received.commits,
        "objects": fetched.received.objects,
        "bytes_received": fetched.received.bytes,
        "withheld": fetched.received.withheld,
        "released": fetched.received.released,
    })
}
