//! What `muse diff` and `muse show` have in common: from two trees, or a tree and the work tree, to differences
//! on the terminal.

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, EntryKind, Tree};

use crate::diff::{self, Difference, MAX_SHOWN_BYTES, Side};
use crate::repository::Repository;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::pager::paged;
use crate::ui::printer::stdout_error;

/// How differences are shown.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct DifferenceArgs {
    /// Show how many lines changed in each file.
    #[arg(long)]
    stat: bool,
    /// Show only the names of files that changed.
    #[arg(long, conflicts_with = "stat")]
    name_only: bool,
}

/// A path and what stands there before and after.
pub(super) struct Pair {
    pub(super) path: RepoPath,
    pub(super) before: Option<Entry>,
    pub(super) after: Option<Entry>,
}

/// The differences between two trees, ascending by path.
pub(super) fn between(before: &Tree, after: &Tree) -> Vec<Pair> {
    let changes = before.diff(after).into_iter();
    changes
        .map(|change| Pair {
            before: before.get(&change.path),
            after: change.entry,
            path: change.path,
        })
        .collect()
}

/// Reads an object, or says that it is too large to be shown.
pub(super) fn read_object(
    repository: &Repository,
    id: &ObjectId,
) -> Result<Option<Vec<u8>>, CliError> {
    match repository.objects.object_length(id)? {
        Some(length) if length > MAX_SHOWN_BYTES => Ok(None),
        _ => Ok(Some(repository.objects.read_object(id)?)),
    }
}

/// Reads what stands at a path after a change.
pub(super) type ReadAfter<'a> = &'a dyn Fn(&RepoPath, &Entry) -> Result<Option<Vec<u8>>, CliError>;

/// Prints the differences after `heading`, each read when it is its turn.
pub(super) fn print(
    context: &Context,
    repository: &Repository,
    args: DifferenceArgs,
    heading: &[String],
    pairs: &[Pair],
    read_after: ReadAfter<'_>,
) -> Result<(), CliError> {
    let load = |pair: &Pair| -> Result<Difference, CliError> {
        let side = |entry: Entry, contents| Side {
            kind: entry.kind,
            object: entry.object,
            contents,
        };
        let before = match pair.before {
            Some(entry) => Some(side(entry, read_object(repository, &entry.object)?)),
            None => None,
        };
        let after = match pair.after {
            Some(entry) => Some(side(entry, read_after(&pair.path, &entry)?)),
            None => None,
        };
        Ok(Difference {
            path: pair.path.clone(),
            before,
            after,
        })
    };
    let palette = context.printer.palette();
    paged(context, |out| {
        for line in heading {
            writeln!(out, "{line}").map_err(stdout_error)?;
        }
        if args.name_only {
            let mut pairs = pairs.iter();
            return pairs
                .try_for_each(|pair| writeln!(out, "{}", pair.path))
                .map_err(stdout_error);
        }
        if args.stat {
            let mut files = Vec::with_capacity(pairs.len());
            for pair in pairs {
                files.push((pair.path.to_string(), diff::line_counts(&load(pair)?)));
            }
            return diff::write_summary(out, &palette, &files).map_err(stdout_error);
        }
        for pair in pairs {
            diff::write_patch(out, &palette, &load(pair)?).map_err(stdout_error)?;
        }
        Ok(())
    })
}

/// The differences as programs read them.
pub(super) fn to_json(pairs: &[Pair]) -> serde_json::Value {
    let entry = |entry: &Option<Entry>| {
        entry.map(|entry| {
            let kind = match entry.kind {
                EntryKind::File => "file",
                EntryKind::Executable => "executable",
                EntryKind::Symlink => "symlink",
            };
            serde_json::json!({"kind": kind, "object": entry.object})
        })
    };
    pairs
        .iter()
        .map(|pair| {
            serde_json::json!({
                "path": pair.path,
                "before": entry(&pair.before),
                "after": entry(&pair.after),
            })
        })
        .collect()
}
