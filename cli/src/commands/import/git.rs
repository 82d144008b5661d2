//! `muse import git`.

use std::sync::Arc;

use muse_wire::name::RefName;

use super::git_args::GitArgs;
use crate::import::{ImportOptions, ImportSummary, import_git};
use crate::repository::{Head, Repository, RepositoryError};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};

/// The branch of a repository made for an import, until git's own `HEAD` is known.
const DEFAULT_BRANCH: &str = "main";

/// Imports a git repository and checks out its current branch.
pub(super) fn run_git(context: &Context, args: &GitArgs) -> Result<(), CliError> {
    let repository = open_target(context, args)?;
    let options = ImportOptions {
        force: args.force,
        skip_unrecordable: args.skip_unrecordable,
        checkout: !args.no_checkout,
    };
    let summary = import_git(&repository, &context.resolve(&args.path), options, context)?;
    print(context, &summary)?;
    if !summary.refused.is_empty() {
        return Err(refused(&summary));
    }
    Ok(())
}

fn open_target(context: &Context, args: &GitArgs) -> Result<Arc<Repository>, CliError> {
    let Some(directory) = &args.directory else {
        return context.repository();
    };
    let directory = context.resolve(directory);
    match Repository::open(&directory) {
        Err(RepositoryError::NotARepository(_)) => {
            let created = Repository::init(&directory, DEFAULT_BRANCH)?;
            Ok(Arc::new(context.with_lock_notice(created)))
        }
        opened => Ok(Arc::new(context.with_lock_notice(opened?))),
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
            "moved": names(&summary.moved),
            "refused": names(&summary.refused),
        }));
    }
    if *commits == 0 && summary.moved.is_empty() {
        return context.printer.line("Everything was imported before");
    }
    let head = match &summary.head {
        Some(Head::Branch(name)) => format!("; git is on {}", name.short()),
        _ => String::new(),
    };
    context.printer.line(format_args!(
        "Imported {commits} commits and {objects} objects, moved {} branches and tags{head}",
        summary.moved.len(),
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
