//! `muse pull`: fetch, then bring the current branch and the files up to date.

use muse_wire::dag::CommitGraph;
use muse_wire::name::RefName;
use muse_wire::snapshot::Tree;

use super::fetch::fetch;
use crate::connection::{Connection, remote_name};
use crate::repository::{Expected, Head, RefEdit, Repository};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::quantity::counted;
use crate::walk::CollectError;
use crate::worktree::{LocalChanges, switch_tree};

/// Arguments of `muse pull`.
#[derive(Debug, clap::Args)]
pub struct PullArgs {
    /// The remote; the one that the branch follows, else `origin` or the only one.
    remote: Option<String>,
    /// The remote's branch; the one that the branch follows, else the one of the same name.
    branch: Option<String>,
}

/// Runs `muse pull`.
///
/// # Errors
/// As `muse fetch`; where the histories have diverged; where local changes are in the way.
pub fn run(context: &Context, args: PullArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let Head::Branch(head) = repository.refs.head()? else {
        return Err(
            CliError::usage("HEAD is on no branch that could be brought up to date")
                .with_hint("`muse switch BRANCH` goes to one"),
        );
    };
    let config = repository.config.read()?;
    let short = head.short();
    let follows = config.get(&format!("branch.{short}.remote"));
    let named = args.remote.as_deref().or(follows);
    let remote = remote_name(&repository, named)?;
    let merge = config.get(&format!("branch.{short}.merge"));
    let merge = merge.filter(|_| follows == Some(&remote));
    let branch = match (&args.branch, merge) {
        (Some(branch), _) => branch.clone(),
        (None, Some(merge)) => merge.trim_start_matches(muse_wire::name::HEADS).to_owned(),
        (None, None) => short.to_owned(),
    };
    let connection = Connection::to_remote(context, &repository, &remote)?;
    let fetched = fetch(context, &connection, &repository, &remote, &[], false)?;
    fetched.report(context, &connection);
    let moved = fast_forward(context, &repository, &head, &remote, &branch)?;
    if context.json() {
        let mut result = fetched.to_json();
        result["branch"] = serde_json::json!(head);
        result["fast_forwarded"] = serde_json::json!(moved);
        context.printer.json(&result)?;
    }
    Ok(())
}

/// Moves the branch and the files to where the remote's branch is; whether anything moved.
fn fast_forward(
    context: &Context,
    repository: &Repository,
    head: &RefName,
    remote: &str,
    branch: &str,
) -> Result<bool, CliError> {
    let mut locked = repository.lock()?;
    let refs = repository.refs.read()?;
    let tracking = RefName::remote_branch(remote, branch)
        .map_err(|error| CliError::usage(error.to_string()))?;
    let Some(theirs) = refs.get(&tracking) else {
        return Err(
            CliError::not_found(format!("{remote} has no branch {branch:?}")).with_hint(format!(
                "to make it: `muse push -u {remote} {}`",
                head.short()
            )),
        );
    };
    let ours = refs.get(head);
    let damaged = |error| CliError::from(CollectError::Walk(error));
    let mut graph = CommitGraph::new(&repository.objects);
    if let Some(ours) = ours {
        if graph.is_ancestor(theirs, ours).map_err(damaged)? {
            context.printer.note("Already up to date.");
            return Ok(false);
        }
        if !graph.is_ancestor(ours, theirs).map_err(damaged)? {
            return Err(CliError::new(
                ErrorKind::Rejected,
                format!(
                    "your branch {} and {} have diverged: each has commits that the other lacks",
                    head.short(),
                    tracking.short()
                ),
            )
            .with_hint("muse cannot merge yet; your commits and theirs are both here")
            .with_hint(format!(
                "to go on from theirs, keeping yours on a branch: `muse branch mine`, then `muse switch -c theirs {}`",
                tracking.short()
            )));
        }
    }
    let from = match &ours {
        Some(ours) => repository
            .objects
            .tree(&repository.objects.commit(ours)?.snapshot)?,
        None => Tree::empty(),
    };
    let to = repository
        .objects
        .tree(&repository.objects.commit(&theirs)?.snapshot)?;
    // Files first: a pull that is interrupted here is completed by the next one.
    let stats = switch_tree(&mut locked, &from, &to, LocalChanges::Keep, context)?;
    let edit = RefEdit {
        name: head.clone(),
        expected: ours.map_or(Expected::Absent, Expected::Is),
        new: Some(theirs),
    };
    let reason = format!("pull {remote} {branch}: fast-forward");
    locked.update_refs(&[edit], &reason)?;
    let start = ours.map_or_else(|| "nothing".to_owned(), |ours| ours.short());
    context.printer.note(format_args!(
        "Fast-forwarded {} from {start} to {}: {} written, {} removed",
        head.short(),
        theirs.short(),
        counted(stats.written, "file"),
        stats.removed
    ));
    Ok(true)
}
