//! `muse show`.

use muse_wire::id::ID_PREFIX;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;

use super::difference::{self, DifferenceArgs};
use super::log;
use crate::repository::Repository;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::pager::paged;
use crate::ui::printer::stdout_error;

/// Arguments of `muse show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// A commit, or `REV:PATH` for a file (or a directory's names) as it was in one.
    #[arg(
        value_name = "REV[:PATH]",
        default_value = "HEAD",
        hide_default_value = true
    )]
    target: String,
    #[command(flatten)]
    format: DifferenceArgs,
}

/// Shows a commit and its changes against its first parent, or a file.
///
/// # Errors
/// Where the revision or the path is unknown.
pub fn run(context: &Context, args: ShowArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let (revision, path) = split(&args.target);
    let id = repository.resolve(revision)?;
    let commit = repository.objects.commit(&id)?;
    let tree = repository.objects.tree(&commit.snapshot)?;
    if let Some(path) = path {
        return show_path(context, &repository, &tree, revision, path);
    }
    let before = match commit.parents.first() {
        Some(parent) => repository
            .objects
            .tree(&repository.objects.commit(parent)?.snapshot)?,
        None => Tree::empty(),
    };
    let pairs = difference::between(&before, &tree);
    let names = log::Names::read(&repository)?;
    if context.json() {
        let mut json = log::to_json(&id, &commit, &names);
        json["changes"] = difference::to_json(&pairs);
        return context.printer.json(&json);
    }
    let mut heading = log::full(&id, &commit, &names, &context.printer.palette());
    heading.push(String::new());
    difference::print(
        context,
        &repository,
        args.format,
        &heading,
        &pairs,
        &|_, entry| difference::read_object(&repository, &entry.object),
    )
}

/// Splits `REV:PATH`; the colon of `sha256:` is part of the revision.
fn split(target: &str) -> (&str, Option<&str>) {
    let skipped = if target.starts_with(ID_PREFIX) {
        ID_PREFIX.len()
    } else {
        0
    };
    match target[skipped..].split_once(':') {
        Some((revision, path)) => (&target[..skipped + revision.len()], Some(path)),
        None => (target, None),
    }
}

fn show_path(
    context: &Context,
    repository: &Repository,
    tree: &Tree,
    revision: &str,
    path: &str,
) -> Result<(), CliError> {
    let path = path.trim_end_matches('/');
    if let Some(entry) = tree.get(path) {
        let mut stdout = context.printer.stdout();
        return Ok(repository
            .objects
            .copy_object(&entry.object, &mut **stdout)?);
    }
    let names = names_below(tree, path);
    if names.is_empty() {
        return Err(CliError::not_found(format!("{revision} has no {path}")));
    }
    paged(context, |out| {
        names
            .iter()
            .try_for_each(|name| writeln!(out, "{name}"))
            .map_err(stdout_error)
    })
}

/// The names in a directory of the tree, directories with a slash behind them.
fn names_below(tree: &Tree, directory: &str) -> Vec<String> {
    let below = |path: &RepoPath| {
        let rest = match directory {
            "" => path.as_str(),
            directory => path.strip_prefix(directory)?.strip_prefix('/')?,
        };
        Some(match rest.split_once('/') {
            Some((name, _)) => format!("{name}/"),
            None => rest.to_owned(),
        })
    };
    let mut names: Vec<String> = tree
        .entries()
        .iter()
        .filter_map(|(path, _)| below(path))
        .collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colon_of_an_id_is_not_the_one_before_a_path() {
        assert_eq!(split("main"), ("main", None));
        assert_eq!(split("main:a/b"), ("main", Some("a/b")));
        assert_eq!(split("sha256:abc"), ("sha256:abc", None));
        assert_eq!(split("sha256:abc~1:x"), ("sha256:abc~1", Some("x")));
        assert_eq!(split("HEAD:"), ("HEAD", Some("")));
    }
}
