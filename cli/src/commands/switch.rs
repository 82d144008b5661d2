//! `muse switch`, also called `checkout`.

use muse_wire::id::CommitId;
use muse_wire::name::{REMOTES, RefName};
use muse_wire::snapshot::Tree;

use super::branch::{branch, taken};
use crate::repository::{Expected, Head, RefEdit, Repository};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::worktree::{LocalChanges, switch_tree};

/// Arguments of `muse switch`.
#[derive(Debug, clap::Args)]
pub struct SwitchArgs {
    /// Branch to switch to, or commit with `--detach`.
    #[arg(value_name = "NAME")]
    name: String,
    /// Where a new branch starts; the current commit unless given.
    #[arg(requires = "create")]
    start: Option<String>,
    /// Make the branch first.
    #[arg(short, long)]
    create: bool,
    /// Switch to a commit, without a branch that would move.
    #[arg(long, conflicts_with = "create")]
    detach: bool,
    /// Throw local changes away: every file becomes as it is in NAME.
    #[arg(short, long, visible_alias = "discard-changes")]
    force: bool,
}

/// Where a switch leads.
struct Destination {
    head: Head,
    commit: Option<CommitId>,
    is_new: bool,
}

/// Switches to another branch or commit. Local changes stay, or the switch is refused before it touches anything.
///
/// # Errors
/// Where the name is unknown or taken, or local changes would be overwritten.
pub fn run(context: &Context, args: SwitchArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let mut locked = repository.lock()?;
    let destination = destination(&repository, &args)?;
    let tree = |commit: Option<CommitId>| -> Result<Tree, CliError> {
        match commit {
            Some(commit) => Ok(repository
                .objects
                .tree(&repository.objects.commit(&commit)?.snapshot)?),
            None => Ok(Tree::empty()),
        }
    };
    let before = repository.refs.head_commit()?;
    let local_changes = if args.force {
        LocalChanges::Discard
    } else {
        LocalChanges::Keep
    };
    if before != destination.commit || args.force {
        let (from, to) = (tree(before)?, tree(destination.commit)?);
        switch_tree(&mut locked, &from, &to, local_changes, context)?;
    }
    if destination.is_new
        && let (Head::Branch(name), Some(commit)) = (&destination.head, destination.commit)
    {
        let edit = RefEdit {
            name: name.clone(),
            expected: Expected::Absent,
            new: Some(commit),
        };
        locked.update_refs(&[edit], "branch: created")?;
    }
    let is_same = repository.refs.head()? == destination.head;
    locked.set_head(&destination.head)?;
    report(context, &destination, is_same)
}

fn destination(repository: &Repository, args: &SwitchArgs) -> Result<Destination, CliError> {
    if args.detach {
        let commit = repository.resolve(&args.name)?;
        return Ok(Destination {
            head: Head::Detached(commit),
            commit: Some(commit),
            is_new: false,
        });
    }
    let name = branch(&args.name)?;
    let known = repository.refs.read()?.get(&name);
    if args.create {
        if known.is_some() {
            return Err(taken(&name));
        }
        let commit = match &args.start {
            Some(start) => Some(repository.resolve(start)?),
            None => repository.refs.head_commit()?,
        };
        return Ok(Destination {
            head: Head::Branch(name),
            commit,
            is_new: true,
        });
    }
    let is_current = matches!(repository.refs.head()?, Head::Branch(current) if current == name);
    if known.is_some() || is_current {
        return Ok(Destination {
            head: Head::Branch(name),
            commit: known,
            is_new: false,
        });
    }
    match tracked(repository, &args.name)?.as_slice() {
        [(_, commit)] => Ok(Destination {
            head: Head::Branch(name),
            commit: Some(*commit),
            is_new: true,
        }),
        [] => {
            let missing = CliError::not_found(format!("there is no branch {}", args.name));
            Err(match repository.resolve(&args.name) {
                Ok(_) => missing.with_hint(format!(
                    "`muse switch --detach {}` goes to the commit",
                    args.name
                )),
                Err(_) => missing.with_hint(format!("`muse switch -c {}` makes it", args.name)),
            })
        }
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.short()).collect();
            Err(CliError::not_found(format!(
                "there is no branch {}, but there are {}",
                args.name,
                names.join(" and ")
            ))
            .with_hint(format!(
                "`muse switch -c {} {}` takes that one",
                args.name, names[0]
            )))
        }
    }
}

/// What was last seen of servers' branches of this name.
fn tracked(repository: &Repository, branch: &str) -> Result<Vec<(RefName, CommitId)>, CliError> {
    let refs = repository.refs.read()?;
    let named = refs.with_prefix(REMOTES).filter(|(name, _)| {
        let short = name.short().split_once('/').map(|(_, short)| short);
        short == Some(branch)
    });
    Ok(named.map(|(name, commit)| (name.clone(), commit)).collect())
}

fn report(context: &Context, destination: &Destination, is_same: bool) -> Result<(), CliError> {
    let branch = match &destination.head {
        Head::Branch(name) => Some(name.short()),
        Head::Detached(_) => None,
    };
    if context.json() {
        return context.printer.json(&serde_json::json!({
            "branch": branch,
            "commit": destination.commit,
            "new": destination.is_new,
        }));
    }
    match (&destination.head, destination.is_new) {
        (Head::Branch(name), _) if is_same => {
            context
                .printer
                .note(format_args!("Already on branch {}", name.short()));
        }
        (Head::Branch(name), false) => {
            context
                .printer
                .note(format_args!("Switched to branch {}", name.short()));
        }
        (Head::Branch(name), true) => {
            context
                .printer
                .note(format_args!("Switched to the new branch {}", name.short()));
        }
        (Head::Detached(commit), _) => {
            context.printer.note(format_args!(
                "Switched to commit {}, on no branch. `muse switch -c NAME` makes one here.",
                commit.short()
            ));
        }
    }
    Ok(())
}
