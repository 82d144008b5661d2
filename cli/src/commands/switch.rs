//! `muse switch`, also called `checkout`.

use std::fmt::Write as _;

use muse_wire::id::CommitId;
use muse_wire::snapshot::Tree;

use super::reset::note_where_it_was;
use crate::branches::{
    ExistingBranch, Resume, SwitchError, SwitchTarget, Switched, resume, switch,
};
use crate::repository::{Head, Repository};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::quantity::counted;
use crate::worktree::LocalChanges;

/// Most commits left behind that are named.
const MOST_COMMITS_NAMED: usize = 5;

/// Arguments of `muse switch`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse switch topic
    Go to a branch, also to one that only a remote has.
  muse switch -c topic v1.0
    Make a branch at a tag, and go to it.
  muse switch -
    Go back to where HEAD was before.")]
pub struct SwitchArgs {
    /// Branch to switch to, or commit with `--detach`; `-` is where HEAD was before.
    #[arg(
        value_name = "NAME",
        required_unless_present_any = ["continue_", "abort"],
        add = Completes::SwitchTarget
    )]
    name: Option<String>,
    /// Where a new branch starts; the current commit unless given.
    #[arg(requires = "new", add = Completes::Revision)]
    start: Option<String>,
    /// Create the branch first; -b does the same.
    #[arg(short, long, short_alias = 'b', group = "new")]
    create: bool,
    /// Create the branch first, or move it if there is one; -B does the same.
    #[arg(short = 'C', long, short_alias = 'B', group = "new")]
    force_create: bool,
    /// Switch to a commit, without a current branch.
    #[arg(long, conflicts_with = "new")]
    detach: bool,
    /// Discard local changes: every file becomes as it is in NAME.
    #[arg(short, long, visible_alias = "discard-changes")]
    force: bool,
    /// Finish a checkout that was interrupted.
    #[arg(
        long = "continue",
        conflicts_with_all = ["name", "new", "detach", "abort"]
    )]
    continue_: bool,
    /// Go back to where a checkout that was interrupted started.
    #[arg(long, conflicts_with_all = ["name", "new", "detach"])]
    abort: bool,
}

/// Switches to another branch or commit. Local changes stay, or the switch is refused before it
/// changes anything.
///
/// # Errors
/// If the name is unknown or taken, or local changes would be overwritten.
pub fn run(context: &Context, args: SwitchArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let local_changes = if args.force {
        LocalChanges::Discard
    } else {
        LocalChanges::Keep
    };
    let switched = match args.name {
        None => {
            let how = if args.abort {
                Resume::Undo
            } else {
                Resume::Finish
            };
            resume(&repository, how, local_changes, context)?
        }
        Some(name) => {
            let target = if args.detach {
                SwitchTarget::Commit(name)
            } else if args.create || args.force_create {
                SwitchTarget::NewBranch {
                    name,
                    start: args.start,
                    existing: match args.force_create {
                        true => ExistingBranch::Move,
                        false => ExistingBranch::Keep,
                    },
                }
            } else {
                SwitchTarget::Branch(name)
            };
            switch(&repository, &target, local_changes, context)
                .map_err(|error| explain(context, &repository, error))?
        }
    };
    print(context, &switched)?;
    warn_of_commits_left_behind(context, &repository, &switched.left_behind)
}

/// Who is used to `checkout` may have meant a file.
fn explain(context: &Context, repository: &Repository, error: SwitchError) -> CliError {
    let hint = match &error {
        SwitchError::Unknown { name, .. } if is_tracked(context, repository, name) => {
            Some(format!("`muse restore {name}` brings the file back"))
        }
        _ => None,
    };
    let error = CliError::from(error);
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// Whether the last commit has a file or directory of this name; not if that cannot be told.
fn is_tracked(context: &Context, repository: &Repository, name: &str) -> bool {
    let Ok(path) = context.path_in(repository, name.as_ref()) else {
        return false;
    };
    let head = repository.refs.head_commit().ok();
    let tree = head.and_then(|head| repository.objects.commit_tree(head.as_ref()).ok());
    let has = |tree: Tree| tree.get(&path).is_some() || tree.has_directory(&path);
    !path.is_empty() && tree.is_some_and(has)
}

/// Names commits that no branch keeps, and what to type to keep them.
pub(super) fn warn_of_commits_left_behind(
    context: &Context,
    repository: &Repository,
    commits: &[CommitId],
) -> Result<(), CliError> {
    let Some(newest) = commits.first() else {
        return Ok(());
    };
    let mut text = format!(
        "left {} on no branch:",
        counted(commits.len() as u64, "commit")
    );
    for id in commits.iter().take(MOST_COMMITS_NAMED) {
        let commit = repository.objects.commit(id)?;
        let _ = write!(text, "\n  {} {}", id.short(), commit.subject());
    }
    if commits.len() > MOST_COMMITS_NAMED {
        let _ = write!(text, "\n  and {} more", commits.len() - MOST_COMMITS_NAMED);
    }
    let pronoun = if commits.len() == 1 { "it" } else { "them" };
    let _ = write!(
        text,
        "\n`muse branch NAME {}` keeps {pronoun}",
        newest.short()
    );
    context.printer.warn_in_lines(text);
    Ok(())
}

fn print(context: &Context, switched: &Switched) -> Result<(), CliError> {
    let printer = &context.printer;
    if context.json() {
        let branch = match &switched.head {
            Head::Branch(name) => Some(name.short()),
            Head::Detached(_) => None,
        };
        return printer.json(&serde_json::json!({
            "branch": branch,
            "commit": switched.commit,
            "new": switched.is_new,
            "moved_from": switched.moved_from,
            "left_behind": switched.left_behind,
        }));
    }
    match &switched.head {
        Head::Branch(name) => {
            let name = name.short();
            if switched.is_same {
                printer.note(format_args!("Already on branch {name}"));
            } else if switched.is_new {
                printer.note(format_args!("Switched to the new branch {name}"));
            } else {
                printer.note(format_args!("Switched to branch {name}"));
            }
        }
        Head::Detached(commit) => printer.note(format_args!(
            "Switched to commit {}, on no branch. `muse switch -c NAME` makes one here.",
            commit.short()
        )),
    }
    if let Some(old) = &switched.moved_from {
        note_where_it_was(context, old);
    }
    Ok(())
}
