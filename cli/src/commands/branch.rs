//! `muse branch`.

use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, REMOTES, RefName};

use crate::repository::{Expected, Head, RefEdit, Refs, Repository};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::printer::Verbosity;

/// Arguments of `muse branch`.
#[derive(Debug, clap::Args)]
pub struct BranchArgs {
    /// Branch to make; without one, the branches are listed.
    name: Option<String>,
    /// Where the new branch starts; the current commit unless given.
    #[arg(requires = "name")]
    start: Option<String>,
    /// Delete a branch whose commits are in the current one or on a server.
    #[arg(short, long, value_name = "NAME", num_args = 1.., group = "action", conflicts_with = "name")]
    delete: Vec<String>,
    /// Delete a branch, even where commits are lost with it.
    #[arg(short = 'D', value_name = "NAME", num_args = 1.., group = "action", conflicts_with = "name")]
    force_delete: Vec<String>,
    /// Rename a branch: `-m NEW` the current one, `-m OLD NEW` another.
    #[arg(short = 'm', long = "move", value_names = ["OLD", "NEW"], num_args = 1..=2, group = "action", conflicts_with = "name")]
    rename: Vec<String>,
    /// List branches, also with `-a` or `-r`; `-v` adds their commits.
    #[arg(short, long, group = "action", conflicts_with = "name")]
    list: bool,
    /// List also what was last seen of servers' branches.
    #[arg(short, long, conflicts_with_all = ["name", "remotes"])]
    all: bool,
    /// List only what was last seen of servers' branches.
    #[arg(short, long, conflicts_with = "name")]
    remotes: bool,
}

/// Lists, makes, renames or deletes branches.
///
/// # Errors
/// Where a name is not allowed, is taken or unknown, or commits would be lost.
pub fn run(context: &Context, args: BranchArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    if let Some(name) = &args.name {
        create(context, &repository, name, args.start.as_deref())
    } else if !args.delete.is_empty() {
        delete(context, &repository, &args.delete, false)
    } else if !args.force_delete.is_empty() {
        delete(context, &repository, &args.force_delete, true)
    } else {
        match args.rename.as_slice() {
            [] => list(
                context,
                &repository,
                !args.remotes,
                args.all || args.remotes,
            ),
            [new] => match repository.refs.head()? {
                Head::Branch(old) => rename(context, &repository, &old, new),
                Head::Detached(_) => Err(CliError::failed("there is no current branch to rename")),
            },
            [old, new, ..] => rename(context, &repository, &branch(old)?, new),
        }
    }
}

/// The ref of a branch that was named on the command line.
pub(super) fn branch(name: &str) -> Result<RefName, CliError> {
    RefName::branch(name).map_err(|error| CliError::usage(error.to_string()))
}

fn unknown(name: &RefName) -> CliError {
    CliError::not_found(format!("there is no branch {}", name.short()))
        .with_hint("`muse branch` lists the branches")
}

/// The error for a name that is taken.
pub(super) fn taken(name: &RefName) -> CliError {
    CliError::failed(format!("there already is a branch {}", name.short()))
}

fn list(
    context: &Context,
    repository: &Repository,
    local: bool,
    remote: bool,
) -> Result<(), CliError> {
    let head = repository.refs.head()?;
    let refs = repository.refs.read()?;
    let is_current = |name: &RefName| matches!(&head, Head::Branch(current) if current == name);
    let heads = refs.with_prefix(HEADS).filter(|_| local);
    let tracked = refs.with_prefix(REMOTES).filter(|_| remote);
    if context.json() {
        let branches: Vec<_> = heads
            .chain(tracked)
            .map(|(name, commit)| {
                serde_json::json!({
                    "name": name.short(),
                    "ref": name,
                    "commit": commit,
                    "current": is_current(name),
                })
            })
            .collect();
        return context.printer.json(&branches);
    }
    let palette = context.printer.palette();
    let verbose = context.printer.options().verbosity == Verbosity::Verbose;
    let width = refs
        .iter()
        .map(|(name, _)| name.short().chars().count())
        .max()
        .unwrap_or(0);
    let details = |commit: CommitId| -> Result<String, CliError> {
        let style = palette.id;
        let subject = repository.objects.commit(&commit)?.subject().to_owned();
        Ok(format!(" {style}{}{style:#} {subject}", commit.short()))
    };
    if let Head::Detached(commit) = &head
        && local
    {
        let style = palette.head;
        context.printer.line(format_args!(
            "* {style}(not on a branch, at {}){style:#}",
            commit.short()
        ))?;
    }
    for (name, commit) in heads.chain(tracked) {
        let (mark, style) = match name.as_branch() {
            Some(_) if is_current(name) => ('*', palette.branch),
            Some(_) => (' ', clap::builder::styling::Style::new()),
            None => (' ', palette.remote_branch),
        };
        let short = name.short();
        if verbose {
            let details = details(commit)?;
            let padding = " ".repeat(width - short.chars().count());
            context.printer.line(format_args!(
                "{mark} {style}{short}{style:#}{padding}{details}"
            ))?;
        } else {
            context
                .printer
                .line(format_args!("{mark} {style}{short}{style:#}"))?;
        }
    }
    Ok(())
}

fn create(
    context: &Context,
    repository: &Repository,
    name: &str,
    start: Option<&str>,
) -> Result<(), CliError> {
    let name = branch(name)?;
    let mut locked = repository.lock()?;
    if repository.refs.read()?.get(&name).is_some() {
        return Err(taken(&name));
    }
    let commit = repository.resolve(start.unwrap_or("HEAD"))?;
    let edit = RefEdit {
        name: name.clone(),
        expected: Expected::Absent,
        new: Some(commit),
    };
    locked.update_refs(&[edit], "branch: created")?;
    context.printer.note(format_args!(
        "Made branch {} at {}. `muse switch {0}` goes there.",
        name.short(),
        commit.short()
    ));
    Ok(())
}

fn delete(
    context: &Context,
    repository: &Repository,
    names: &[String],
    force: bool,
) -> Result<(), CliError> {
    let mut locked = repository.lock()?;
    let refs = repository.refs.read()?;
    let head = repository.refs.head()?;
    let mut edits = Vec::new();
    for name in names {
        let name = branch(name)?;
        let commit = refs.get(&name).ok_or_else(|| unknown(&name))?;
        if matches!(&head, Head::Branch(current) if *current == name) {
            return Err(
                CliError::failed(format!("{} is the current branch", name.short()))
                    .with_hint("switch to another one first"),
            );
        }
        if !force && !is_kept(repository, &refs, &name, commit)? {
            return Err(CliError::failed(format!(
                "{} has commits that are neither in the current branch nor on a server",
                name.short()
            ))
            .with_hint(format!(
                "`muse branch -D {}` deletes it anyway",
                name.short()
            )));
        }
        edits.push(RefEdit {
            name,
            expected: Expected::Is(commit),
            new: None,
        });
    }
    locked.update_refs(&edits, "branch: deleted")?;
    for edit in edits {
        if let Expected::Is(commit) = edit.expected {
            context.printer.note(format_args!(
                "Deleted branch {} (it was at {}).",
                edit.name.short(),
                commit.short()
            ));
        }
    }
    Ok(())
}

/// Whether the commits of a branch stay reachable without it: from `HEAD`, or from what was seen of it on a server.
fn is_kept(
    repository: &Repository,
    refs: &Refs,
    name: &RefName,
    commit: CommitId,
) -> Result<bool, CliError> {
    let mut graph = CommitGraph::new(&repository.objects);
    let tracked = refs.with_prefix(REMOTES).filter(|(tracking, _)| {
        let branch = tracking.short().split_once('/').map(|(_, branch)| branch);
        branch == Some(name.short())
    });
    let keepers = repository
        .refs
        .head_commit()?
        .into_iter()
        .chain(tracked.map(|(_, commit)| commit));
    for keeper in keepers {
        if graph.is_ancestor(commit, keeper)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn rename(
    context: &Context,
    repository: &Repository,
    old: &RefName,
    new: &str,
) -> Result<(), CliError> {
    let new = branch(new)?;
    let mut locked = repository.lock()?;
    let refs = repository.refs.read()?;
    let head = repository.refs.head()?;
    let is_current = matches!(&head, Head::Branch(current) if current == old);
    if refs.get(&new).is_some() {
        return Err(taken(&new));
    }
    match refs.get(old) {
        Some(commit) => {
            let edits = [
                RefEdit {
                    name: old.clone(),
                    expected: Expected::Is(commit),
                    new: None,
                },
                RefEdit {
                    name: new.clone(),
                    expected: Expected::Absent,
                    new: Some(commit),
                },
            ];
            let reason = format!("branch: renamed {} to {}", old.short(), new.short());
            locked.update_refs(&edits, &reason)?;
        }
        // A branch without commits is only a name in HEAD.
        None if is_current => {}
        None => return Err(unknown(old)),
    }
    if is_current {
        locked.set_head(&Head::Branch(new.clone()))?;
    }
    context
        .printer
        .note(format_args!("Renamed {} to {}.", old.short(), new.short()));
    Ok(())
}
