//! `muse diff`.

use std::path::Path;

use muse_wire::snapshot::Tree;

use super::difference::{self, DifferenceArgs, Pair, ReadAfter};
use crate::repository::Repository;
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::worktree::{read_file, scan};

/// Arguments of `muse diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// Up to two revisions (or `A..B`), then paths. Without a second revision, the files of the work tree are
    /// compared; without any, with the last commit.
    #[arg(value_name = "REV|PATH")]
    arguments: Vec<String>,
    /// Paths, where one could be taken for a revision.
    #[arg(last = true, value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    format: DifferenceArgs,
}

/// Shows changes, line by line.
///
/// # Errors
/// Where a revision or path is unknown, or a file cannot be read.
pub fn run(context: &Context, args: DiffArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let (revisions, paths) = sort_out(context, &repository, args.arguments, args.paths)?;
    let tree = |revision: &str| -> Result<Tree, CliError> {
        let commit = repository.resolve(revision)?;
        Ok(repository
            .objects
            .tree(&repository.objects.commit(&commit)?.snapshot)?)
    };
    let (pairs, read_after): (Vec<Pair>, ReadAfter<'_>) = match revisions.as_slice() {
        [one, two] => (
            difference::between(&tree(one)?, &tree(two)?),
            &|_, entry| difference::read_object(&repository, &entry.object),
        ),
        revisions => {
            let base = match revisions {
                [revision] => tree(revision)?,
                _ => match repository.refs.head_commit()? {
                    Some(commit) => repository
                        .objects
                        .tree(&repository.objects.commit(&commit)?.snapshot)?,
                    None => Tree::empty(),
                },
            };
            let mut scan = scan(&repository, &base)?;
            scan.read_all(repository.layout.root())?;
            for warning in &scan.warnings {
                context.printer.warn(warning);
            }
            let pairs = scan.changed.iter().map(|file| Pair {
                path: file.path.clone(),
                before: file.before,
                after: file.after(),
            });
            (pairs.collect(), &|path, entry| {
                let limit_bytes = crate::diff::MAX_SHOWN_BYTES;
                Ok(read_file(
                    repository.layout.root(),
                    path,
                    entry.kind,
                    limit_bytes,
                )?)
            })
        }
    };
    let pairs = chosen(pairs, &paths);
    if context.json() {
        return context.printer.json(&difference::to_json(&pairs));
    }
    difference::print(context, &repository, args.format, &[], &pairs, read_after)
}

/// Those at or below one of `paths`; all where there are none.
fn chosen(pairs: Vec<Pair>, paths: &[String]) -> Vec<Pair> {
    let is_chosen = |pair: &Pair| {
        paths.is_empty()
            || paths.iter().any(|path| {
                let rest = pair.path.strip_prefix(path.as_str());
                path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    };
    pairs.into_iter().filter(is_chosen).collect()
}

/// Splits `A..B`; a side that is left out is `HEAD`. A path such as `../x` is no range.
fn range(argument: &str) -> Option<(&str, &str)> {
    let (from, to) = argument.split_once("..")?;
    if (from.is_empty() && to.is_empty()) || from.ends_with('/') || to.starts_with(['/', '.']) {
        return None;
    }
    Some((or_head(from), or_head(to)))
}

/// A revision that is left out is the current one.
fn or_head(revision: &str) -> &str {
    match revision {
        "" => "HEAD",
        revision => revision,
    }
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
                "{argument} is neither a revision nor a file here"
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
