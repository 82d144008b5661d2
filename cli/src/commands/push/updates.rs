//! From branch names on the command line to ref updates that may be sent.

use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::api::refs::RefsResponse;
use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, RefName, TAGS};

use super::PushArgs;
use crate::repository::{Head, Refs, Repository};
use crate::ui::error::{CliError, ErrorKind};

/// A ref of the remote, and what it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalUpdate {
    /// The remote's ref.
    pub(super) name: RefName,
    /// The commit; none to delete the ref.
    pub(super) new: Option<CommitId>,
    /// The local branch that it comes from.
    pub(super) local_branch: Option<String>,
}

/// What the arguments mean, before the server is asked.
pub(super) fn resolve(
    repository: &Repository,
    remote: &str,
    args: &PushArgs,
) -> Result<Vec<LocalUpdate>, CliError> {
    let refs = repository.refs.read()?;
    let mut updates = Vec::new();
    if args.all {
        updates.extend(all_of(&refs, HEADS));
    }
    if args.tags {
        updates.extend(all_of(&refs, TAGS));
    }
    for spec in &args.branches {
        updates.push(parse(repository, &refs, spec)?);
    }
    for name in &args.delete {
        updates.push(LocalUpdate {
            name: remote_ref(name)?,
            new: None,
            local_branch: None,
        });
    }
    if !args.all && !args.tags && args.branches.is_empty() && args.delete.is_empty() {
        updates.push(current_branch(repository, &refs, remote)?);
    }
    // The current branch first: on a server without branches it becomes the default one.
    let current = match repository.refs.head()? {
        Head::Branch(name) => Some(name),
        Head::Detached(_) => None,
    };
    let rank = |update: &LocalUpdate| Some(&update.name) != current.as_ref();
    updates.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
    updates.dedup();
    if let Some(pair) = updates.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(CliError::usage(format!(
            "{} is to be two things at once",
            pair[0].name
        )));
    }
    Ok(updates)
}

fn all_of(refs: &Refs, prefix: &str) -> Vec<LocalUpdate> {
    refs.with_prefix(prefix)
        .map(|(name, commit)| LocalUpdate {
            name: name.clone(),
            new: Some(commit),
            local_branch: name.as_branch().map(str::to_owned),
        })
        .collect()
}

/// The current branch, to the remote branch that it follows or the one of the same name.
fn current_branch(
    repository: &Repository,
    refs: &Refs,
    remote: &str,
) -> Result<LocalUpdate, CliError> {
    let Head::Branch(head) = repository.refs.head()? else {
        return Err(
            CliError::usage("HEAD is on no branch, and no branch is named")
                .with_hint("to push this commit: `muse push REMOTE HEAD:BRANCH`"),
        );
    };
    let commit = refs.get(&head).ok_or_else(|| {
        CliError::not_found(format!("the branch {} has no commits yet", head.short()))
            .with_hint("`muse commit -m MESSAGE` makes the first one")
    })?;
    let config = repository.config.read()?;
    let short = head.short();
    let follows = config.get(&format!("branch.{short}.remote")) == Some(remote);
    let name = match config.get(&format!("branch.{short}.merge")) {
        Some(merge) if follows => RefName::new(merge).map_err(|error| {
            CliError::failed(format!("branch.{short}.merge is not usable")).with_source(error)
        })?,
        _ => head.clone(),
    };
    Ok(LocalUpdate {
        name,
        new: Some(commit),
        local_branch: Some(short.to_owned()),
    })
}

/// `NAME` or `LOCAL:REMOTE`, where `LOCAL` may be any revision.
fn parse(repository: &Repository, refs: &Refs, spec: &str) -> Result<LocalUpdate, CliError> {
    let spec = spec.strip_prefix('+').unwrap_or(spec);
    // `sha256:…` is one revision.
    let prefix = if spec.starts_with("sha256:") {
        "sha256:".len()
    } else {
        0
    };
    let (local, target) = match spec[prefix..].split_once(':') {
        Some((local, target)) => (&spec[..prefix + local.len()], Some(target)),
        None => (spec, None),
    };
    let branch = RefName::branch(local).ok();
    let tag = RefName::tag(local).ok();
    let full = RefName::new(local).ok().filter(RefName::is_shared);
    let named = [branch, tag, full]
        .into_iter()
        .flatten()
        .find_map(|name| Some((refs.get(&name)?, name)));
    let (commit, name) = match (named, target) {
        (Some((commit, name)), None) => (commit, name),
        (Some((commit, _)), Some(target)) => (commit, remote_ref(target)?),
        (None, Some(target)) => (repository.resolve(local)?, remote_ref(target)?),
        (None, None) => {
            return Err(
                CliError::not_found(format!("there is no branch or tag {local:?}"))
                    .with_hint("to push any commit: `muse push REMOTE COMMIT:BRANCH`"),
            );
        }
    };
    let local_branch = RefName::branch(local.strip_prefix(HEADS).unwrap_or(local)).ok();
    Ok(LocalUpdate {
        name,
        new: Some(commit),
        local_branch: local_branch
            .filter(|branch| refs.get(branch).is_some())
            .map(|branch| branch.short().to_owned()),
    })
}

/// A full ref name, or a branch's short one.
fn remote_ref(name: &str) -> Result<RefName, CliError> {
    let full = if name.starts_with(HEADS) || name.starts_with(TAGS) {
        RefName::new(name)
    } else {
        RefName::branch(name)
    };
    full.map_err(|error| CliError::usage(error.to_string()))
}

/// Those updates that change something on the server, after a look at whether they may.
pub(super) fn against(
    repository: &Repository,
    server: &RefsResponse,
    local: &[LocalUpdate],
    remote: &str,
    force: bool,
) -> Result<Vec<RefUpdate>, CliError> {
    let mut graph = CommitGraph::new(&repository.objects);
    let mut updates = Vec::new();
    for update in local {
        let current = server.refs.iter().find(|entry| entry.name == update.name);
        let old = current.map(|entry| entry.target);
        if old == update.new {
            if update.new.is_none() {
                let kind = if update.name.as_tag().is_some() {
                    "tag"
                } else {
                    "branch"
                };
                return Err(CliError::not_found(format!(
                    "{remote} has no {kind} {}",
                    update.name.short()
                )));
            }
            continue;
        }
        if let (Some(old), Some(new), false) = (old, update.new, force) {
            if update.name.as_tag().is_some() {
                return Err(CliError::new(
                    ErrorKind::Rejected,
                    format!(
                        "{} on {remote} names another commit",
                        describe(&update.name)
                    ),
                )
                .with_hint("tags do not move; `muse push --force` moves it nevertheless"));
            }
            // History is whole here: a head that is unknown here is not contained in ours.
            let contained = repository.objects.has_commit(&old)?
                && graph
                    .is_ancestor(old, new)
                    .map_err(|error| CliError::wrap(ErrorKind::Damaged, error))?;
            if !contained {
                return Err(diverged(&update.name, remote));
            }
        }
        updates.push(RefUpdate {
            name: update.name.clone(),
            old,
            new: update.new,
            force: if force { Force::Always } else { Force::No },
        });
    }
    Ok(updates)
}

fn diverged(name: &RefName, remote: &str) -> CliError {
    CliError::new(
        ErrorKind::Rejected,
        format!(
            "rejected: {} on {remote} has commits that yours does not contain",
            describe(name)
        ),
    )
    .with_hint("fetch first: `muse pull`, then push again")
    .with_hint("`muse push --force` would lose those commits")
}

fn describe(name: &RefName) -> String {
    match name.as_tag() {
        Some(tag) => format!("the tag {tag}"),
        None => format!("the branch {}", name.short()),
    }
}
