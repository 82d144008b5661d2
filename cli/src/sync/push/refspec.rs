//! From the refs that the options name to refs of the remote and commits, before the server is
//! asked.

use muse_wire::api::push::Force;
use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, RefName, TAGS};

use super::error::RefspecError;
use super::options::{Lease, LeaseAt, RefSelection, RefSpec};
use crate::repository::{Head, Refs, Repository, split_path};

/// A ref of the remote, and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RefChange {
    /// The remote's ref.
    pub(super) name: RefName,
    /// The commit; none to delete the ref.
    pub(super) new: Option<CommitId>,
    /// The local branch that it comes from.
    pub(super) local_branch: Option<String>,
    /// What may be lost on the server.
    pub(super) force: Force,
    /// Where a ref that is forced with a lease must be.
    pub(super) lease: Seen,
}

/// Where the server's ref was last seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Seen {
    /// Where the tracking ref is.
    #[default]
    Tracked,
    /// At this commit; at `None`, nowhere.
    At(Option<CommitId>),
}

/// The changes that `specs` name, the current branch first, then ascending by name.
pub(super) fn resolve(
    repository: &Repository,
    refs: &Refs,
    remote: &str,
    specs: &[RefSpec],
    leases: &[Lease],
) -> Result<Vec<RefChange>, RefspecError> {
    let current_only = [RefSpec {
        refs: RefSelection::Current,
        force: Force::No,
    }];
    let specs = if specs.is_empty() {
        &current_only
    } else {
        specs
    };
    let mut changes = Vec::new();
    for spec in specs {
        let start = changes.len();
        match &spec.refs {
            RefSelection::Current => changes.push(current_branch(repository, refs, remote)?),
            RefSelection::Branches => changes.extend(all_of(refs, HEADS)),
            RefSelection::Tags => changes.extend(all_of(refs, TAGS)),
            RefSelection::Named(text) => changes.push(parse(repository, refs, remote, text)?),
            RefSelection::Deleted(name) => {
                changes.push(deletion(deleted_ref(refs, remote, name)?, Force::No));
            }
        }
        for change in &mut changes[start..] {
            if spec.force != Force::No {
                change.force = spec.force;
            }
        }
    }
    for lease in leases {
        take_lease(repository, &mut changes, lease)?;
    }
    // The current branch first: on a server without branches it becomes the default one.
    let current = match refs.head() {
        Head::Branch(name) => Some(name),
        Head::Detached(_) => None,
    };
    let rank = |change: &RefChange| Some(&change.name) != current;
    changes.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
    changes.dedup();
    if let Some(pair) = changes.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(RefspecError::Conflict {
            name: pair[0].name.clone(),
        });
    }
    Ok(changes)
}

/// Lets the change of one ref lose commits, if the ref is where the lease says.
fn take_lease(
    repository: &Repository,
    changes: &mut [RefChange],
    lease: &Lease,
) -> Result<(), RefspecError> {
    let name = remote_ref(&lease.name)?;
    let seen = match &lease.at {
        LeaseAt::LastSeen => Seen::Tracked,
        // A full id need not be here: it may come from whoever decided on the push.
        LeaseAt::Revision(revision) => Seen::At(Some(match revision.parse() {
            Ok(id) => id,
            Err(_) => repository.resolve(revision)?,
        })),
        LeaseAt::Absent => Seen::At(None),
    };
    let mut found = false;
    for change in changes.iter_mut().filter(|change| change.name == name) {
        (change.force, change.lease) = (Force::WithLease, seen);
        found = true;
    }
    if found {
        Ok(())
    } else {
        Err(RefspecError::LeaseWithoutPush { name })
    }
}

fn all_of(refs: &Refs, prefix: &str) -> Vec<RefChange> {
    refs.with_prefix(prefix)
        .map(|(name, commit)| RefChange {
            name: name.clone(),
            new: Some(commit),
            local_branch: name.as_branch().map(str::to_owned),
            force: Force::No,
            lease: Seen::Tracked,
        })
        .collect()
}

/// The current branch, to the remote branch that it follows or the one of the same name.
fn current_branch(
    repository: &Repository,
    refs: &Refs,
    remote: &str,
) -> Result<RefChange, RefspecError> {
    let Head::Branch(head) = refs.head() else {
        refs.refuse_unfinished_operation()?;
        return Err(RefspecError::Detached);
    };
    let branch = head.short();
    let commit = refs.get(head).ok_or_else(|| RefspecError::NoCommits {
        branch: branch.to_owned(),
    })?;
    let config = repository.config.read()?;
    let follows = config.followed_remote(branch) == Some(remote);
    let name = match config.followed_branch(branch) {
        Some(followed) if follows => {
            RefName::new(followed).map_err(|source| RefspecError::BadUpstream {
                branch: branch.to_owned(),
                source,
            })?
        }
        _ => head.clone(),
    };
    Ok(RefChange {
        name,
        new: Some(commit),
        local_branch: Some(branch.to_owned()),
        force: Force::No,
        lease: Seen::Tracked,
    })
}

/// `NAME` or `LOCAL:REMOTE`, where `LOCAL` may be any revision, or nothing to delete; `HEAD` alone
/// is the current branch. A `+` before it forces with a lease.
fn parse(
    repository: &Repository,
    refs: &Refs,
    remote: &str,
    text: &str,
) -> Result<RefChange, RefspecError> {
    let (text, force) = match text.strip_prefix('+') {
        Some(text) => (text, Force::WithLease),
        None => (text, Force::No),
    };
    let (local, target) = split_path(text);
    let (local, target) = match (local, target, refs.head()) {
        ("", Some(deleted), _) => {
            return Ok(deletion(deleted_ref(refs, remote, deleted)?, force));
        }
        ("HEAD" | "@", None, Head::Branch(current)) => (current.short(), None),
        ("HEAD" | "@", None, Head::Detached(_)) => return Err(RefspecError::Detached),
        (local, target, _) => (local, target),
    };
    let (name, commit) = match (refs.find_shared(local), target) {
        (Some(named), None) => named,
        (Some((name, commit)), Some(target)) => {
            let target = remote_ref(target)?;
            // A branch is at commits; a tag takes what a tag says along.
            let commit = match target.as_tag() {
                Some(_) => commit,
                None => repository.peel(&name, commit)?,
            };
            (target, commit)
        }
        (None, Some(target)) => (remote_ref(target)?, repository.resolve(local)?),
        (None, None) => {
            return Err(RefspecError::Unknown {
                name: local.to_owned(),
            });
        }
    };
    let local_branch = RefName::branch(local.strip_prefix(HEADS).unwrap_or(local)).ok();
    Ok(RefChange {
        name,
        new: Some(commit),
        local_branch: local_branch
            .filter(|branch| refs.get(branch).is_some())
            .map(|branch| branch.short().to_owned()),
        force,
        lease: Seen::Tracked,
    })
}

fn deletion(name: RefName, force: Force) -> RefChange {
    RefChange {
        name,
        new: None,
        local_branch: None,
        force,
        lease: Seen::Tracked,
    }
}

/// The remote's ref that a name to delete stands for: that of a tag, where a tag has it here and no
/// branch does.
fn deleted_ref(refs: &Refs, remote: &str, name: &str) -> Result<RefName, RefspecError> {
    let has = |name: &RefName| refs.get(name).is_some();
    let tracked = RefName::remote_branch(remote, name).ok();
    let is_branch = tracked.is_some_and(|tracked| has(&tracked))
        || RefName::branch(name).is_ok_and(|branch| has(&branch));
    match RefName::tag(name).ok().filter(has) {
        Some(tag) if !is_branch => Ok(tag),
        _ => remote_ref(name),
    }
}

/// A full ref name, or a branch's short one.
fn remote_ref(name: &str) -> Result<RefName, RefspecError> {
    Ok(if name.starts_with(HEADS) || name.starts_with(TAGS) {
        RefName::new(name)?
    } else {
        RefName::branch(name)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    /// A sandbox with the branches `main`, which is current, and `dev`, and the tag `v1`.
    fn sandbox() -> (Sandbox, CommitId) {
        let sandbox = Sandbox::new();
        let commit = sandbox.add_commit(&[], &[("a", "1")]);
        for name in ["refs/heads/main", "refs/heads/dev", "refs/tags/v1"] {
            sandbox.set_ref(name, commit);
        }
        (sandbox, commit)
    }

    fn refs(sandbox: &Sandbox) -> Refs {
        sandbox.repository.refs.read().expect("readable")
    }

    fn resolved(sandbox: &Sandbox, specs: &[RefSelection]) -> Result<Vec<String>, RefspecError> {
        let specs: Vec<RefSpec> = specs
            .iter()
            .map(|refs| RefSpec {
                refs: refs.clone(),
                force: Force::No,
            })
            .collect();
        let changes = resolve(&sandbox.repository, &refs(sandbox), "origin", &specs, &[])?;
        Ok(changes
            .iter()
            .map(|change| {
                let from = change.local_branch.as_deref().unwrap_or("-");
                let sign = if change.new.is_some() { "" } else { "delete " };
                format!("{sign}{from} {}", change.name)
            })
            .collect())
    }

    fn named(text: &str) -> RefSelection {
        RefSelection::Named(text.to_owned())
    }

    #[test]
    fn every_way_to_name_what_is_pushed() {
        let (sandbox, commit) = sandbox();
        let one = |selection| resolved(&sandbox, &[selection]).expect("resolves");
        assert_eq!(
            resolved(&sandbox, &[]).expect("resolves"),
            ["main refs/heads/main"]
        );
        assert_eq!(
            one(RefSelection::Branches),
            ["main refs/heads/main", "dev refs/heads/dev"]
        );
        assert_eq!(one(RefSelection::Tags), ["- refs/tags/v1"]);
        assert_eq!(one(named("dev")), ["dev refs/heads/dev"]);
        assert_eq!(one(named("v1")), ["- refs/tags/v1"]);
        assert_eq!(one(named("dev:other")), ["dev refs/heads/other"]);
        assert_eq!(one(named("HEAD:other")), ["- refs/heads/other"]);
        assert_eq!(one(named(&format!("{commit}:x"))), ["- refs/heads/x"]);
        assert_eq!(one(named("HEAD")), ["main refs/heads/main"]);
        let deleted = |name: &str| one(RefSelection::Deleted(name.to_owned()));
        assert_eq!(deleted("refs/tags/v1"), ["delete - refs/tags/v1"]);
        assert_eq!(deleted("v1"), ["delete - refs/tags/v1"]);
        assert_eq!(deleted("v2"), ["delete - refs/heads/v2"]);
        assert_eq!(one(named(":dev")), ["delete - refs/heads/dev"]);
    }

    #[test]
    fn what_names_nothing_or_two_things_is_refused() {
        let (sandbox, _) = sandbox();
        let error = |specs: &[RefSelection]| resolved(&sandbox, specs).expect_err("refused");
        assert!(matches!(
            error(&[named("nothing")]),
            RefspecError::Unknown { .. }
        ));
        assert!(matches!(
            error(&[named("dev"), RefSelection::Deleted("dev".to_owned())]),
            RefspecError::Conflict { .. }
        ));
        assert!(matches!(error(&[named("dev:a..b")]), RefspecError::Name(_)));
    }

    #[test]
    fn the_current_branch_goes_where_it_follows() {
        let (sandbox, _) = sandbox();
        let mut locked = sandbox.repository.lock().expect("free");
        locked
            .edit_config(|file| file.set_upstream("main", "origin", "refs/heads/theirs"))
            .expect("written");
        drop(locked);
        let changes =
            resolve(&sandbox.repository, &refs(&sandbox), "origin", &[], &[]).expect("resolves");
        assert_eq!(changes[0].name.as_str(), "refs/heads/theirs");
        let changes =
            resolve(&sandbox.repository, &refs(&sandbox), "other", &[], &[]).expect("resolves");
        assert_eq!(changes[0].name.as_str(), "refs/heads/main");
    }

    #[test]
    fn a_plus_and_a_lease_force_one_ref_each() {
        let (sandbox, commit) = sandbox();
        let lease = |name: &str, at| Lease {
            name: name.to_owned(),
            at,
        };
        let specs = ["+main", "dev", "main:next"].map(|text| RefSpec {
            refs: named(text),
            force: Force::No,
        });
        let resolve = |leases: &[Lease]| {
            let changes = resolve(
                &sandbox.repository,
                &refs(&sandbox),
                "origin",
                &specs,
                leases,
            )?;
            let force =
                |change: RefChange| (change.name.short().to_owned(), change.force, change.lease);
            Ok::<_, RefspecError>(changes.into_iter().map(force).collect::<Vec<_>>())
        };
        let leases = [lease("next", LeaseAt::Revision("v1".to_owned()))];
        let forced = resolve(&leases).expect("resolves");
        let expected = [
            ("main", Force::WithLease, Seen::Tracked),
            ("dev", Force::No, Seen::Tracked),
            ("next", Force::WithLease, Seen::At(Some(commit))),
        ];
        let expected = expected.map(|(name, force, lease)| (name.to_owned(), force, lease));
        assert_eq!(forced, expected);
        let absent = resolve(&[lease("refs/heads/next", LeaseAt::Absent)]).expect("resolves");
        assert_eq!(absent[2].2, Seen::At(None));
        let other = resolve(&[lease("other", LeaseAt::LastSeen)]);
        assert!(matches!(other, Err(RefspecError::LeaseWithoutPush { .. })));
    }
}
