//! `muse import git`.

use std::path::{Path, PathBuf};

use muse_wire::name::RefName;

use super::git_args::GitArgs;
use super::target::Target;
use crate::git::is_git_notes;
use crate::import::{ImportOptions, ImportSummary, import_git};
use crate::repository::Head;
use crate::sync::RemoteAddress;
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::quantity::counted;

/// Imports a git repository and checks out its current branch.
pub(super) fn run_git(context: &Context, args: &GitArgs) -> Result<(), CliError> {
    let source = source(context, &args.path)?;
    let target = Target::open(context, args)?;
    let options = ImportOptions {
        force: args.force,
        skip_unrecordable: args.skip_unrecordable,
        checkout: !args.no_checkout,
    };
    let summary = import_git(&target.repository, &source, options, context)
        .map_err(|error| target.clean_up(error))?;
    print(context, &summary)?;
    if !summary.refused.is_empty() {
        return Err(refused(&summary));
    }
    Ok(())
}

/// The local path that the argument stands for.
fn source(context: &Context, named: &Path) -> Result<PathBuf, CliError> {
    let text = named.to_string_lossy();
    match text.split_once("://") {
        None => Ok(context.resolve(named)),
        Some(("file", _)) => match RemoteAddress::parse(&text, &context.directory) {
            Ok(RemoteAddress::Path(path)) => Ok(path),
            _ => Err(CliError::usage(format!("{text} is not the URL of a path"))),
        },
        Some(_) => Err(CliError::usage(format!(
            "{text} is on another machine, and an import reads files of this one"
        ))
        .with_hint(format!("`git clone --mirror {text}` brings it here"))),
    }
}

fn print(context: &Context, summary: &ImportSummary) -> Result<(), CliError> {
    for warning in &summary.warnings {
        context.printer.warn(warning);
    }
    let ImportSummary {
        commits, objects, ..
    } = summary;
    if context.json() {
        let names =
            |refs: &[RefName]| -> Vec<String> { refs.iter().map(ToString::to_string).collect() };
        return context.printer.json(&serde_json::json!({
            "commits": commits,
            "objects": objects,
            "object_bytes": summary.object_bytes,
            "lfs_files": summary.lfs_files,
            "moved": names(&summary.moved),
            "refused": names(&summary.refused),
        }));
    }
    if *commits == 0 && summary.moved.is_empty() {
        return context.printer.line("Everything was imported before");
    }
    context.printer.note(
        "`.gitignore` is honoured here, too; a `.museignore` in the same directory wins over it",
    );
    if summary.lfs_files > 0 {
        context.printer.note(format_args!(
            "{} stand here as what LFS pointers stand for; an export to git makes pointers of them",
            counted(summary.lfs_files, "object"),
        ));
    }
    if summary.moved.iter().any(is_git_notes) {
        context
            .printer
            .note("git's notes are the branches git-notes/…; an export to git makes notes of them");
    }
    let head = match &summary.head {
        Some(Head::Branch(name)) => format!("; git is on {}", name.short()),
        _ => String::new(),
    };
    let moved = summary.moved.iter();
    let tags = moved.filter(|name| name.as_tag().is_some()).count();
    context.printer.line(format_args!(
        "Imported {} and {}; moved {} and {}{head}",
        counted(*commits, "commit"),
        counted(*objects, "object"),
        counted((summary.moved.len() - tags) as u64, "branch"),
        counted(tags as u64, "tag"),
    ))
}

fn refused(summary: &ImportSummary) -> CliError {
    let names: Vec<_> = summary.refused.iter().map(|name| name.short()).collect();
    CliError::new(
        ErrorKind::Rejected,
        format!(
            "not moved, because they have moved here too: {}",
            names.join(", ")
        ),
    )
    .with_hint("`--force` moves them; commits made here then have no branch")
}
