//! `muse export git`.

use std::path::PathBuf;

use clap::ValueHint;
use muse_wire::name::RefName;
use serde_json::json;

use super::fast_export::{STDOUT, run_fast_export};
use super::other_ids::warn_of_other_ids;
use crate::export::{ChangedId, ExportOptions, ExportSummary, LeftReason, export_git};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::quantity::{bytes, counted};

/// Arguments of `muse export git`.
#[derive(Debug, clap::Args)]
pub(super) struct GitArgs {
    /// The git repository: a bare one is made where nothing is.
    #[arg(value_name = "DIRECTORY", required_unless_present = "fast_export")]
    path: Option<PathBuf>,
    /// Move git's branches and tags even if that drops commits made there.
    #[arg(long)]
    force: bool,
    /// Write a stream for `git fast-import` to a file instead, or to standard output.
    ///
    /// A stream holds no signatures, no other headers of commits beside `encoding`, and not what
    /// LFS pointers stand for. Commits that get other ids without these are named.
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        num_args = 0..=1,
        default_missing_value = STDOUT,
        conflicts_with_all = ["path", "force"],
    )]
    fast_export: Option<PathBuf>,
}

/// Exports the history to a git repository.
pub(super) fn run_git(context: &Context, args: &GitArgs) -> Result<(), CliError> {
    let path = match (&args.fast_export, &args.path) {
        (Some(file), _) => return run_fast_export(context, file),
        (None, Some(path)) => context.resolve(path),
        (None, None) => return Err(CliError::usage("DIRECTORY is missing")),
    };
    let repository = context.repository()?;
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
    let own = changed.iter().filter(|changed| !changed.is_inherited);
    let own: Vec<_> = own
        .map(|ChangedId { commit, was, is, .. }| {
            format!(
                "{commit} was {was} in git and is {is} now: what git had there cannot be rebuilt"
            )
        })
        .collect();
    warn_of_other_ids(context, &own, changed.len() - own.len());
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
