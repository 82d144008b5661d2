//! Revisions and paths on one command line, told apart.

use std::path::Path;

use muse_wire::quote::quote;

use super::context::Context;
use super::error::CliError;
use crate::repository::{Repository, RepositoryError, RevisionRange, split_range};

/// What a command line names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevisionsAndPaths {
    /// Revisions and ranges, as they were typed.
    pub revisions: Vec<String>,
    /// Paths from the root of the work tree.
    pub paths: Vec<String>,
}

/// Tells revisions, of which at most `most` come first, from paths; `more_paths` are paths in any
/// case. What is neither is an error, for which `hint` says how to name a file that is gone.
///
/// # Errors
/// If an argument is neither a revision nor a file, or a path leads out of the work tree.
pub fn tell_apart(
    context: &Context,
    repository: &Repository,
    most: usize,
    arguments: Vec<String>,
    more_paths: Vec<String>,
    hint: &str,
) -> Result<RevisionsAndPaths, CliError> {
    let mut revisions = Vec::new();
    let mut paths = Vec::new();
    for argument in arguments {
        if paths.is_empty() && revisions.len() < most {
            if range(&argument).is_some() {
                revisions.push(argument);
                continue;
            }
            match repository.resolve(&argument) {
                Ok(_) => {
                    revisions.push(argument);
                    continue;
                }
                Err(error) => {
                    let is_unknown = matches!(error, RepositoryError::UnknownRevision { .. });
                    if !is_unknown && !is_there(context, &argument) {
                        return Err(error.into());
                    }
                }
            }
        }
        if !is_there(context, &argument) {
            let argument = quote(&argument);
            let message = format!("{argument} is neither a revision nor a file here");
            return Err(CliError::not_found(message).with_hint(hint));
        }
        paths.push(argument);
    }
    let paths = paths.into_iter().chain(more_paths);
    let paths: Result<Vec<String>, CliError> = paths
        .map(|path| context.path_in(repository, Path::new(&path)))
        .collect();
    Ok(RevisionsAndPaths {
        revisions,
        paths: paths?,
    })
}

fn is_there(context: &Context, path: &str) -> bool {
    let path = context.resolve(Path::new(path));
    path.symlink_metadata().is_ok()
}

/// Splits `A..B` or `A...B`. A path such as `../x` is no range.
pub fn range(argument: &str) -> Option<RevisionRange<'_>> {
    let dots = argument.find("..")?;
    let (from, to) = argument.split_at(dots);
    let to = to.strip_prefix("...").or(to.strip_prefix(".."))?;
    if (from.is_empty() && to.is_empty()) || from.ends_with('/') || to.starts_with(['/', '.']) {
        return None;
    }
    split_range(argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_from_paths() {
        let between = |from, to| Some(RevisionRange::Between { from, to });
        let apart = |one, other| Some(RevisionRange::Apart { one, other });
        assert_eq!(range("main..origin/dev"), between("main", "origin/dev"));
        assert_eq!(range("main.."), between("main", "HEAD"));
        assert_eq!(range("..main"), between("HEAD", "main"));
        assert_eq!(range("main...dev"), apart("main", "dev"));
        assert_eq!(range("...dev"), apart("HEAD", "dev"));
        for path in ["..", "../x", "a/../b", "a", "...", "...."] {
            assert_eq!(range(path), None, "{path}");
        }
    }
}
