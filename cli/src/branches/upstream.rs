//! How far a branch is from what was last seen of it on a server.

use muse_wire::dag::{Revwalk, WalkError};
use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, REMOTES, RefName};

use crate::repository::{Config, ObjectStore, Refs, RepositoryError};

/// The remote of a branch that follows none, unless there is only one and it has another name.
const DEFAULT_REMOTE: &str = "origin";

/// The branch of a server that a local one follows, as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// The tracking ref's short name, such as `origin/main`.
    pub name: String,
    /// How far the local branch is from it; `None` if the server has no such branch.
    pub distance: Option<Distance>,
}

/// How far a branch is from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distance {
    /// Commits that the server's branch lacks.
    pub ahead: usize,
    /// Commits that the local branch lacks.
    pub behind: usize,
}

/// What `branch`, which is at `commit`, follows. A branch that follows nothing is compared with
/// the one of the same name on the remote that `muse push` would take, if that was ever seen.
///
/// # Errors
/// If history cannot be read.
pub fn upstream(
    objects: &ObjectStore,
    refs: &Refs,
    config: &Config,
    branch: &RefName,
    commit: CommitId,
) -> Result<Option<Upstream>, WalkError<RepositoryError>> {
    let Some(tracking) = tracking_ref(config, branch) else {
        return Ok(None);
    };
    let distance = match refs.get(&tracking) {
        Some(theirs) => Some(Distance {
            ahead: count(objects, commit, theirs)?,
            behind: count(objects, theirs, commit)?,
        }),
        None if config.followed_branch(branch.short()).is_some() => None,
        None => return Ok(None),
    };
    Ok(Some(Upstream {
        name: tracking.short().to_owned(),
        distance,
    }))
}

/// The local branches that are compared with one of the remote `remote`, and how far each is from
/// there.
///
/// # Errors
/// If history cannot be read.
pub fn followers(
    objects: &ObjectStore,
    refs: &Refs,
    config: &Config,
    remote: &str,
) -> Result<Vec<(RefName, Upstream)>, WalkError<RepositoryError>> {
    let prefix = format!("{REMOTES}{remote}/");
    let mut followers = Vec::new();
    for (branch, commit) in refs.with_prefix(HEADS) {
        let tracking = tracking_ref(config, branch);
        if tracking.is_some_and(|tracking| tracking.as_str().starts_with(&prefix))
            && let Some(upstream) = upstream(objects, refs, config, branch, commit)?
        {
            followers.push((branch.clone(), upstream));
        }
    }
    Ok(followers)
}

/// The tracking ref of the branch that `branch` follows, whether it was ever seen or not.
pub(super) fn tracking_ref(config: &Config, branch: &RefName) -> Option<RefName> {
    let short = branch.short();
    let remotes = config.remotes();
    let usual = match remotes.as_slice() {
        [only] => &only.name,
        _ => DEFAULT_REMOTE,
    };
    let remote = config.followed_remote(short).unwrap_or(usual);
    let followed = config
        .followed_branch(short)
        .and_then(|name| name.strip_prefix(HEADS))
        .unwrap_or(short);
    RefName::remote_branch(remote, followed).ok()
}

/// How many commits `tip` reaches and `hidden` does not.
fn count(
    objects: &ObjectStore,
    tip: CommitId,
    hidden: CommitId,
) -> Result<usize, WalkError<RepositoryError>> {
    let mut walk = Revwalk::new(objects);
    walk.push(tip)?;
    walk.hide(hidden)?;
    Ok(walk.run()?.commits.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn commits_are_counted_on_both_sides() {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 2);
        let theirs = sandbox.add_line(Some(line[0]), "theirs", 3);
        let main = RefName::branch("main").expect("valid");
        let found = || {
            let config = sandbox.repository.config.read().expect("readable");
            let refs = sandbox.repository.refs.read().expect("readable");
            let objects = &sandbox.repository.objects;
            upstream(objects, &refs, &config, &main, line[1]).expect("walks")
        };
        let follow = |remote: &str, name: &str| {
            let mut locked = sandbox.repository.lock().expect("free");
            locked
                .edit_config(|file| file.set_upstream("main", remote, name))
                .expect("written");
        };
        let at = |name: &str, distance: Option<(usize, usize)>| {
            Some(Upstream {
                name: name.to_owned(),
                distance: distance.map(|(ahead, behind)| Distance { ahead, behind }),
            })
        };
        assert_eq!(found(), None);
        sandbox.set_ref("refs/remotes/origin/main", theirs[2]);
        assert_eq!(found(), at("origin/main", Some((1, 3))));
        sandbox.set_ref("refs/remotes/other/dev", line[1]);
        follow("other", "refs/heads/dev");
        assert_eq!(found(), at("other/dev", Some((0, 0))));
        follow("other", "refs/heads/gone");
        assert_eq!(found(), at("other/gone", None));
    }

    #[test]
    fn a_branch_that_follows_nothing_is_compared_on_the_only_remote() {
        let sandbox = Sandbox::new();
        let commit = sandbox.add_commit(&[], &[("a", "1")]);
        sandbox.set_ref("refs/remotes/hub/main", commit);
        let main = RefName::branch("main").expect("valid");
        let name = || {
            let config = sandbox.repository.config.read().expect("readable");
            let refs = sandbox.repository.refs.read().expect("readable");
            let objects = &sandbox.repository.objects;
            let found = upstream(objects, &refs, &config, &main, commit).expect("walks");
            found.map(|upstream| upstream.name)
        };
        let add = |remote: &str| {
            let mut locked = sandbox.repository.lock().expect("free");
            locked
                .edit_config(|file| file.set(&format!("remote.{remote}.url"), "https://h/o/s"))
                .expect("written");
        };
        assert_eq!(name(), None);
        add("hub");
        assert_eq!(name().as_deref(), Some("hub/main"));
        sandbox.set_ref("refs/heads/main", commit);
        sandbox.set_ref("refs/heads/alone", commit);
        let config = sandbox.repository.config.read().expect("readable");
        let refs = sandbox.repository.refs.read().expect("readable");
        let followers = |remote: &str| {
            let objects = &sandbox.repository.objects;
            let found = followers(objects, &refs, &config, remote).expect("walks");
            found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(followers("hub"), std::slice::from_ref(&main));
        assert_eq!(followers("hu"), []);
        add("other");
        assert_eq!(name(), None);
    }
}
