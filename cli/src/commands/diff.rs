//! `muse diff`.

use crate::diff::{
    NewVersion, PathChange, VersionReader, changes_between, changes_of, pair_renames,
};
use crate::history::merge_base;
use crate::repository::{Repository, RevisionRange};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::diff_output::{DiffFormat, changes_to_json, print_changes};
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::revisions_and_paths::{range, tell_apart};
use crate::worktree::scan;

/// Arguments of `muse diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse diff
    Show what `muse commit` would record.
  muse diff main...topic --stat
    Show what `topic` has become since it left `main`, file by file.
  muse diff HEAD~2 -- src
    Compare the files below `src` with those of an earlier commit.")]
pub struct DiffArgs {
    /// Up to two revisions (or `A..B`), then paths. Without a second revision, the files of the
    /// work tree are compared; without any, with the last commit. `A...B` shows what B has become
    /// since both went apart.
    #[arg(value_name = "REV|PATH", add = Completes::RevisionOrPath)]
    arguments: Vec<String>,
    /// Paths, if one could be mistaken for a revision.
    #[arg(last = true, value_name = "PATH", add = Completes::ChangedPath)]
    paths: Vec<String>,
    /// End with exit code 1 if anything differs. With --quiet, that alone tells, and nothing is
    /// printed.
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    format: DiffFormat,
}

/// Shows changes, line by line.
///
/// # Errors
/// If a revision or path is unknown, or a file cannot be read; quietly where something differs, if
/// that was asked for.
pub fn run(context: &Context, args: DiffArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let named = tell_apart(
        context,
        &repository,
        2,
        args.arguments,
        args.paths,
        "for a file that is gone: muse diff [REV] -- PATH",
    )?;
    let paths = named.paths;
    let (mut changes, new_version) = match named.revisions.as_slice() {
        [one] => match range(one) {
            Some(RevisionRange::Between { from, to }) => between(&repository, from, to)?,
            Some(RevisionRange::Apart { one, other }) => since_apart(&repository, one, other)?,
            None => with_worktree(context, &repository, Some(one))?,
        },
        [one, two] => between(&repository, one, two)?,
        _ => with_worktree(context, &repository, None)?,
    };
    if !paths.is_empty() {
        changes.retain(|change| change.is_at_or_below(&paths));
    }
    if args.format.with_renames() {
        changes = pair_renames(&repository, changes, new_version)?;
    }
    let is_quiet = context.printer.is_quiet();
    if context.json() {
        context.printer.json(&changes_to_json(&changes))?;
    } else if !is_quiet {
        let reader = VersionReader::new(&repository, new_version);
        print_changes(context, args.format, &[], &changes, reader)?;
    }
    match changes.is_empty() || !(args.exit_code || is_quiet) {
        true => Ok(()),
        false => Err(CliError::quiet(ErrorKind::Failed)),
    }
}

/// What differs, and where the new versions are.
type Changes = (Vec<PathChange>, NewVersion);

fn between(repository: &Repository, from: &str, to: &str) -> Result<Changes, CliError> {
    let tree = |revision: &str| -> Result<_, CliError> {
        let commit = repository.resolve(revision)?;
        Ok(repository.objects.commit_tree(Some(&commit))?)
    };
    let changes = changes_between(&tree(from)?, &tree(to)?);
    Ok((changes, NewVersion::Stored))
}

fn since_apart(repository: &Repository, one: &str, other: &str) -> Result<Changes, CliError> {
    let tip = repository.resolve(other)?;
    let base = merge_base(repository, repository.resolve(one)?, tip)?.ok_or_else(|| {
        CliError::not_found(format!("{one} and {other} have no commit in common"))
            .with_hint(format!("`muse diff {one} {other}` compares the two"))
    })?;
    let objects = &repository.objects;
    let changes = changes_between(
        &objects.commit_tree(Some(&base))?,
        &objects.commit_tree(Some(&tip))?,
    );
    Ok((changes, NewVersion::Stored))
}

fn with_worktree(
    context: &Context,
    repository: &Repository,
    revision: Option<&str>,
) -> Result<Changes, CliError> {
    let commit = match revision {
        Some(revision) => Some(repository.resolve(revision)?),
        None => repository.refs.head_commit()?,
    };
    let base = repository.objects.commit_tree(commit.as_ref())?;
    let mut scan = scan(repository, &base)?;
    scan.read_all(repository)?;
    for warning in &scan.warnings {
        context.printer.warn(warning);
    }
    Ok((changes_of(&scan), NewVersion::Worktree))
}
