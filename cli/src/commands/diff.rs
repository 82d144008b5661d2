//! `muse diff`.

use std::path::Path;

use muse_wire::quote::quote;

use crate::diff::{NewVersion, VersionReader, changes_between, changes_of};
use crate::repository::{Repository, split_range};
use crate::ui::context::Context;
use crate::ui::diff_output::{DiffFormat, changes_to_json, print_changes};
use crate::ui::error::{CliError, ErrorKind};
use crate::worktree::scan;

/// Arguments of `muse diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// Up to two revisions (or `A..B`), then paths. Without a second revision, the files of the
    /// work tree are compared; without any, with the last commit.
    #[arg(value_name = "REV|PATH")]
    arguments: Vec<String>,
    /// Paths, if one could be mistaken for a revision.
    #[arg(last = true, value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    format: DiffFormat,
}

/// Shows changes, line by line.
///
/// # Errors
/// If a revision or path is unknown, or a file cannot be read.
pub fn run(context: &Context, args: DiffArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let (revisions, paths) = sort_out(context, &repository, args.arguments, args.paths)?;
    let tree = |revision: &str| -> Result<_, CliError> {
        let commit = repository.resolve(revision)?;
        Ok(repository.objects.commit_tree(Some(&commit))?)
    };
    let (mut changes, new_version) = match revisions.as_slice() {
        [one, two] => (
            changes_between(&tree(one)?, &tree(two)?),
            NewVersion::Stored,
        ),
        revisions => {
            let base = match revisions {
                [revision] => tree(revision)?,
                _ => {
                    let head = repository.refs.head_commit()?;
                    repository.objects.commit_tree(head.as_ref())?
                }
            };
            let mut scan = scan(&repository, &base)?;
            scan.read_all(&repository)?;
            for warning in &scan.warnings {
                context.printer.warn(warning);
            }
            (changes_of(&scan), NewVersion::Worktree)
        }
    };
    if !paths.is_empty() {
        changes.retain(|change| change.is_at_or_below(&paths));
    }
    if context.json() {
        return context.printer.json(&changes_to_json(&changes));
    }
    let reader = VersionReader::new(&repository, new_version);
    print_changes(context, args.format, &[], &changes, reader)
}

/// Splits `A..B`. A path such as `../x` is no range.
fn range(argument: &str) -> Option<(&str, &str)> {
    let (from, to) = argument.split_once("..")?;
    if (from.is_empty() && to.is_empty()) || from.ends_with('/') || to.starts_with(['/', '.']) {
        return None;
    }
    split_range(argument)
}

/// Tells revisions from paths: up to two revisions come first, and what is neither is an error.
fn sort_out(
    context: &Context,
    repository: &Repository,
    arguments: Vec<String>,
    more_paths: Vec<String>,
) -> Result<(Vec<String>, Vec<String>), CliError> {
    let mut revisions = Vec::new();
    let mut paths = Vec::new();
    for argument in arguments {
        if paths.is_empty()
            && revisions.is_empty()
            && let Some((from, to)) = range(&argument)
        {
            revisions.extend([from.to_owned(), to.to_owned()]);
            continue;
        }
        if paths.is_empty() && revisions.len() < 2 {
            match repository.resolve(&argument).map_err(CliError::from) {
                Ok(_) => {
                    revisions.push(argument);
                    continue;
                }
                Err(error) if error.kind != ErrorKind::NotFound => return Err(error),
                Err(_) => {}
            }
        }
        if context
            .resolve(Path::new(&argument))
            .symlink_metadata()
            .is_err()
        {
            return Err(CliError::not_found(format!(
                "{} is neither a revision nor a file here",
                quote(&argument)
            ))
            .with_hint("for a file that is gone: muse diff [REV] -- PATH"));
        }
        paths.push(argument);
    }
    let paths = paths.into_iter().chain(more_paths);
    let paths: Result<Vec<String>, CliError> = paths
        .map(|path| context.path_in(repository, Path::new(&path)))
        .collect();
    Ok((revisions, paths?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_from_paths() {
        assert_eq!(range("main..origin/dev"), Some(("main", "origin/dev")));
        assert_eq!(range("main.."), Some(("main", "HEAD")));
        assert_eq!(range("..main"), Some(("HEAD", "main")));
        for path in ["..", "../x", "a/../b", "a", "..."] {
            assert_eq!(range(path), None, "{path}");
        }
    }
}
