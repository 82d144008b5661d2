//! `muse import`.

use std::path::PathBuf;

use muse_wire::id::CommitId;
use muse_wire::snapshot::Tree;

use crate::import::{ImportOptions, ImportSummary, import_git};
use crate::repository::{Head, Repository, RepositoryError};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::worktree::{LocalChanges, switch_tree};

/// The branch of a repository made for an import, until git's own `HEAD` is known.
const DEFAULT_BRANCH: &str = "main";

/// Arguments of `muse import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    from: ImportFrom,
}

/// What to import from.
#[derive(Debug, clap::Subcommand)]
enum ImportFrom {
    /// Take over all branches and tags of a git repository, with their whole history.
    ///
    /// Run it again to take over what has been added since. Branches that have moved on both sides
    /// are left alone.
    Git(GitArgs),
}

/// Arguments of `muse import git`.
#[derive(Debug, clap::Args)]
struct GitArgs {
    /// The git repository: its work tree or its `.git` directory.
    path: PathBuf,
    /// Directory to import into, made a repository where it is none [default: the current repository].
    directory: Option<PathBuf>,
    /// Move branches and tags even where that drops commits made here.
    #[arg(long)]
    force: bool,
    /// Leave out files whose paths cannot be recorded, such as `aux.c` or names that are not UTF-8.
    #[arg(long)]
    skip_forbidden_paths: bool,
    /// Leave the files of the work tree alone.
    #[arg(long)]
    no_checkout: bool,
}

/// Imports a history and checks out its current branch.
///
/// # Errors
/// Where git's data cannot be read or represented, or the repository cannot be written.
pub fn run(context: &Context, args: ImportArgs) -> Result<(), CliError> {
    let ImportFrom::Git(args) = args.from;
    let repository = open_target(context, &args)?;
    let before = repository.refs.head_commit()?;
    let options = ImportOptions {
        force: args.force,
        skip_forbidden_paths: args.skip_forbidden_paths,
    };
    let git = context.resolve(&args.path);
    let summary = import_git(&repository, &git, options, context)?;
    if before.is_none()
        && let Some(head) = &summary.head
    {
        repository.lock()?.set_head(head)?;
    }
    report(context, &summary)?;
    if !args.no_checkout {
        check_out(context, &repository, before)?;
    }
    if !summary.refused.is_empty() {
        return Err(refused(&summary));
    }
    Ok(())
}

fn open_target(context: &Context, args: &GitArgs) -> Result<Repository, CliError> {
    let Some(directory) = &args.directory else {
        return context.repository();
    };
    let directory = context.resolve(directory);
    match Repository::open(&directory) {
        Err(RepositoryError::NotARepository(_)) => {
            Ok(Repository::init(&directory, DEFAULT_BRANCH)?)
        }
        opened => Ok(opened?),
    }
}

/// Brings the work tree from the commit that was current to the one that is.
fn check_out(
    context: &Context,
    repository: &Repository,
    before: Option<CommitId>,
) -> Result<(), CliError> {
    let after = repository.refs.head_commit()?;
    if after == before {
        return Ok(());
    }
    let tree = |commit: Option<CommitId>| match commit {
        Some(commit) => repository
            .objects
            .tree(&repository.objects.commit(&commit)?.snapshot),
        None => Ok(Tree::empty()),
    };
    let (from, to) = (tree(before)?, tree(after)?);
    let mut locked = repository.lock()?;
    switch_tree(&mut locked, &from, &to, LocalChanges::Keep, context)?;
    Ok(())
}

fn report(context: &Context, summary: &ImportSummary) -> Result<(), CliError> {
    for warning in &summary.warnings {
        context.printer.warn(warning);
    }
    let ImportSummary {
        commits, objects, ..
    } = summary;
    if context.json() {
        let names = |refs: &[muse_wire::name::RefName]| -> Vec<String> {
            refs.iter().map(ToString::to_string).collect()
        };
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
    .with_hint("`--force` moves them; what was committed here then has no branch")
}
