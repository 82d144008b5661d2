//! `muse export git`.

use std::path::PathBuf;

use muse_wire::name::RefName;
use serde_json::json;

use crate::export::{ChangedId, ExportOptions, ExportSummary, LeftReason, export_git};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::quantity::{bytes, counted};

/// How many commits are named that have other ids in git.
const MAX_NAMED: usize = 10;

/// Arguments of `muse export git`.
#[derive(Debug, clap::Args)]
pub(super) struct GitArgs {
    /// The git repository: a bare one is made where nothing is.
    #[arg(value_name = "DIRECTORY")]
    path: PathBuf,
    /// Move git's branches and tags even if that drops commits made there.
    #[arg(long)]
    force: bool,
}

/// Exports the history to a git repository.
pub(super) fn run_git(context: &Context, args: &GitArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let path = context.resolve(&args.path);
    let options = ExportOptions { force: args.force };
    let summary = export_git(&repository, &path, options, context)?;
    print(context, &summary)?;
    match summary.left.is_empty() {
        true => Ok(()),
        false => Err(left(&summary)),
    }
}

fn print(context: &Context, summary: &ExportSummary) -> Result<(), CliError> {
    warn_of_changes(context, &summary.changed);
    let ExportSummary {
        commits, objects, ..
    } = summary;
    if context.json() {
        return context.printer.json(&to_json(summary));
    }
    if *commits == 0 && summary.moved.is_empty() && summary.left.is_empty() {
        return context.printer.line("Everything was exported before");
    }
    if summary.lfs_files > 0 {
        context.printer.note(format_args!(
            "{} that pointers of git LFS stand for went to its local store there",
            counted(summary.lfs_files, "file"),
        ));
    }
    let tags = summary.moved.iter();
    let tags = tags.filter(|name| name.as_tag().is_some()).count();
    context.printer.line(format_args!(
        "Exported {} as {} ({}); moved {} and {}",
        counted(*commits, "commit"),
        counted(*objects, "object"),
        bytes(summary.pack_bytes),
        counted((summary.moved.len() - tags) as u64, "branch"),
        counted(tags as u64, "tag"),
    ))
}

/// Names the imported commits and tags that are others in git now.
fn warn_of_changes(context: &Context, changed: &[ChangedId]) {
    let own: Vec<_> = changed
        .iter()
        .filter(|changed| !changed.is_inherited)
        .collect();
    for ChangedId {
        commit, was, is, ..
    } in own.iter().take(MAX_NAMED)
    {
        context.printer.warn(format_args!(
            "{commit} was {was} in git and is {is} now: what git had there cannot be rebuilt"
        ));
    }
    let rest = changed.len() - own.len().min(MAX_NAMED);
    if rest > 0 {
        context.printer.warn(format_args!(
            "{} more have other ids in git than before, most because they build on those \
             (`--json` names them all)",
            counted(rest as u64, "commit"),
        ));
    }
}

fn to_json(summary: &ExportSummary) -> serde_json::Value {
    let names: Vec<String> = summary.moved.iter().map(RefName::to_string).collect();
    let left = summary.left.iter().map(|left| {
        json!({
            "name": left.name.as_str(),
            "reason": match left.reason {
                LeftReason::Diverged => "diverged",
                LeftReason::CheckedOut => "checked_out",
                LeftReason::Name => "name",
            },
        })
    });
    let changed = summary.changed.iter().map(|changed| {
        json!({
            "commit": changed.commit.to_string(),
            "was": changed.was,
            "is": changed.is,
            "inherited": changed.is_inherited,
        })
    });
    json!({
        "commits": summary.commits,
        "objects": summary.objects,
        "lfs_files": summary.lfs_files,
        "pack_bytes": summary.pack_bytes,
        "moved": names,
        "left": left.collect::<Vec<_>>(),
        "changed": changed.collect::<Vec<_>>(),
    })
}

fn left(summary: &ExportSummary) -> CliError {
    let names: Vec<_> = summary
        .left
        .iter()
        .map(|left| {
            let reason = match left.reason {
                LeftReason::Diverged => "git has other commits there",
                LeftReason::CheckedOut => "it is checked out there",
                LeftReason::Name => "git does not take the name",
            };
            format!("{} ({reason})", left.name.short())
        })
        .collect();
    let error = CliError::new(
        ErrorKind::Rejected,
        format!("not moved: {}", names.join(", ")),
    );
    let has = |reason| summary.left.iter().any(|left| left.reason == reason);
    if has(LeftReason::Diverged) {
        error.with_hint(
            "`muse import git` brings what git has; `--force` moves them, and commits made in git \
             have no branch then",
        )
    } else if has(LeftReason::CheckedOut) {
        error.with_hint("`git switch --detach` there leaves the branch")
    } else {
        error
    }
}
