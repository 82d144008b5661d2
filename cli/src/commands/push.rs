//! `muse push`: what is to move, and what came of it.

mod report;
mod staged;
mod transfer;
mod updates;

use std::time::Duration;

use clap::ValueEnum;
use muse_wire::api::push::RefUpdate;
use muse_wire::api::refs::RefsResponse;
use muse_wire::id::CommitId;
use muse_wire::name::REMOTES;

use self::transfer::{Outcome, Push};
use crate::connection::{Connection, remote_name};
use crate::repository::{Expected, RefEdit, Repository};
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Arguments of `muse push`.
///
/// A branch moves only if the server's one is where it was last seen and is contained in what is
/// pushed, so nobody's commits get lost; `--force` gives up both.
#[derive(Debug, clap::Args)]
pub struct PushArgs {
    /// The remote; `origin` or the only one unless given.
    remote: Option<String>,
    /// Branches or tags, each as NAME or LOCAL:REMOTE; the current branch unless given.
    #[arg(value_name = "BRANCH")]
    branches: Vec<String>,
    /// Push all branches.
    #[arg(long, conflicts_with = "branches")]
    all: bool,
    /// Push all tags, too.
    #[arg(long)]
    tags: bool,
    /// Move branches and tags even if that loses commits on the server. Without it, a ref moves only
    /// from where it was seen, which makes `--force-with-lease` the default.
    #[arg(short, long)]
    force: bool,
    /// Delete this branch or tag on the server; may be given several times.
    #[arg(short, long, value_name = "BRANCH")]
    delete: Vec<String>,
    /// Show what would be pushed, and send nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Remember the remote branch as the one that `muse pull` and `muse push` mean.
    #[arg(short = 'u', long)]
    set_upstream: bool,
    /// How the bytes travel.
    #[arg(long, value_enum, default_value_t = Transfer::Auto)]
    transfer: Transfer,
    /// Do not wait until the server has taken everything in; `muse job wait` does later.
    #[arg(long)]
    detach: bool,
    /// Wait no longer than this for the server; the push itself goes on.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
}

/// How the bytes of a push travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Transfer {
    /// Small pushes as a stream, others by presigned upload.
    Auto,
    /// In one request to the server.
    Stream,
    /// Uploaded to a presigned URL, then unpacked by a job.
    Presign,
}

/// Runs `muse push`.
///
/// # Errors
/// Where a ref cannot move or the server cannot be reached or refuses.
pub fn run(context: &Context, args: PushArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let remote = remote_name(&repository, args.remote.as_deref())?;
    let connection = Connection::to_remote(context, &repository, &remote)?;
    let local = updates::resolve(&repository, &remote, &args)?;
    let server = connection.wait(connection.client.refs())?;
    let have = branch_have(&repository, &remote, &server)?;
    context
        .printer
        .verbose(format_args!("step 1: have={} anchor(s)", have.len()));
    let updates = updates::against(&repository, &server, &local, &remote, args.force)?;
    let report = report::Report::new(context, &remote, connection.client.url(), &server);
    if updates.is_empty() {
        remember(&repository, &remote, &args, &local, &[])?;
        return report.up_to_date();
    }
    let push = Push {
        context,
        connection: &connection,
        repository: &repository,
        server: &server,
        updates: &updates,
        transfer: args.transfer,
        timeout: (!args.detach).then_some(Duration::from_secs(args.timeout)),
    };
    if args.dry_run {
        let set = push.collect(&have)?;
        return report.would_push(&updates, &set);
    }
    match push.run(have)? {
        Outcome::Done(sent) => {
            remember(&repository, &remote, &args, &local, &updates)?;
            report.pushed(&updates, &sent)
        }
        Outcome::Detached(sent) => report.detached(&sent),
    }
}

/// The stop set: every head that the remote has, whatever is pushed, and what was last seen of it.
fn branch_have(
    repository: &Repository,
    remote: &str,
    server: &RefsResponse,
) -> Result<Vec<CommitId>, CliError> {
    let mut have: Vec<CommitId> = server.refs.iter().map(|entry| entry.target).collect();
    let refs = repository.refs.read()?;
    have.extend(
        refs.with_prefix(&format!("{REMOTES}{remote}/"))
            .map(|(_, commit)| commit),
    );
    let mut seen = std::collections::HashSet::new();
    have.retain(|id| seen.insert(*id));
    Ok(have)
}

/// Notes where the remote's branches are now, and with `-u` which of them belongs to which of ours.
fn remember(
    repository: &Repository,
    remote: &str,
    args: &PushArgs,
    local: &[updates::LocalUpdate],
    updates: &[RefUpdate],
) -> Result<(), CliError> {
    let mut edits = Vec::new();
    for update in updates {
        if let Some(branch) = update.name.as_branch()
            && let Ok(name) = muse_wire::name::RefName::remote_branch(remote, branch)
        {
            edits.push(RefEdit {
                name,
                expected: Expected::Any,
                new: update.new,
            });
        }
    }
    if edits.is_empty() && !args.set_upstream {
        return Ok(());
    }
    let mut locked = repository.lock()?;
    locked.update_refs(&edits, "push")?;
    if args.set_upstream {
        locked.edit_config(|file| {
            for update in local {
                if let (Some(branch), Some(_)) = (&update.local_branch, update.name.as_branch()) {
                    file.set(&format!("branch.{branch}.remote"), remote)?;
                    file.set(&format!("branch.{branch}.merge"), update.name.as_str())?;
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}
