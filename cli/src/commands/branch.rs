//! `muse branch`.

use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, REMOTES, RefName};

use crate::branches::{create_branch, delete_branches, rename_branch};
use crate::repository::{Head, Repository};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::printer::Verbosity;
use crate::ui::style::Style;

/// Arguments of `muse branch`.
#[derive(Debug, clap::Args)]
pub struct BranchArgs {
    /// Branch to create; without one, the branches are listed.
    name: Option<String>,
    /// Where the new branch starts; the current commit unless given.
    #[arg(requires = "name")]
    start: Option<String>,
    /// Delete a branch whose commits are in the current one or on a server.
    #[arg(
        short,
        long,
        value_name = "BRANCH",
        num_args = 1..,
        group = "action",
        conflicts_with = "name"
    )]
    delete: Vec<String>,
    /// Delete a branch, even if commits are lost with it.
    #[arg(
        short = 'D',
        value_name = "BRANCH",
        num_args = 1..,
        group = "action",
        conflicts_with = "name"
    )]
    force_delete: Vec<String>,
    /// Rename a branch: `-m NEW` the current one, `-m OLD NEW` another.
    #[arg(
        short = 'm',
        long = "move",
        value_names = ["OLD", "NEW"],
        num_args = 1..=2,
        group = "action",
        conflicts_with = "name"
    )]
    rename: Vec<String>,
    /// List branches, also with `-a` or `-r`; `-v` adds their commits.
    #[arg(short, long, group = "action", conflicts_with = "name")]
    list: bool,
    /// List the servers' branches as last seen, too.
    #[arg(short, long, conflicts_with_all = ["name", "remotes"])]
    all: bool,
    /// List only the servers' branches as last seen.
    #[arg(short, long, conflicts_with = "name")]
    remotes: bool,
}

/// Lists, creates, renames or deletes branches.
///
/// # Errors
/// If a name is not allowed, is taken or unknown, or commits would be lost.
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
            [new] => rename(context, &repository, None, new),
            [old, new, ..] => rename(context, &repository, Some(old), new),
        }
    }
}

fn list(
    context: &Context,
    repository: &Repository,
    local: bool,
    remote: bool,
) -> Result<(), CliError> {
    let refs = repository.refs.read()?;
    let head = refs.head();
    let is_current = |name: &RefName| matches!(head, Head::Branch(current) if current == name);
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
    if let Head::Detached(commit) = head
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
            Some(_) => (' ', Style::new()),
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
    let (name, commit) = create_branch(repository, name, start.unwrap_or("HEAD"))?;
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
    for (name, commit) in delete_branches(repository, names, force)? {
        context.printer.note(format_args!(
            "Deleted branch {} (it was at {}).",
            name.short(),
            commit.short()
        ));
    }
    Ok(())
}

fn rename(
    context: &Context,
    repository: &Repository,
    old: Option<&str>,
    new: &str,
) -> Result<(), CliError> {
    let (old, new) = rename_branch(repository, old, new)?;
    context
        .printer
        .note(format_args!("Renamed {} to {}.", old.short(), new.short()));
    Ok(())
}
