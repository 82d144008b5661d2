//! How far a branch is from what was last seen of it on a server.

use muse_wire::dag::{Revwalk, WalkError};
use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, RefName};
use serde::Serialize;

use crate::repository::{Config, ObjectStore, Repository, RepositoryError};

/// The remote of a branch that follows none.
const DEFAULT_REMOTE: &str = "origin";

/// How far a branch is from what was last seen of it on a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upstream {
    /// The tracking ref's short name, such as `origin/main`.
    pub name: String,
    /// Commits that the server's branch lacks.
    pub ahead: usize,
    /// Commits that the local branch lacks.
    pub behind: usize,
}

/// How far `branch`, which is at `commit`, is from the branch that it follows, or from the one of
/// the same name on `origin`; `None` if that was never seen.
///
/// # Errors
/// If refs or history cannot be read.
pub fn upstream(
    repository: &Repository,
    config: &Config,
    branch: &RefName,
    commit: CommitId,
) -> Result<Option<Upstream>, WalkError<RepositoryError>> {
    let short = branch.short();
    let remote = config.followed_remote(short).unwrap_or(DEFAULT_REMOTE);
    let followed = config
        .followed_branch(short)
        .and_then(|name| name.strip_prefix(HEADS))
        .unwrap_or(short);
    let Ok(tracking) = RefName::remote_branch(remote, followed) else {
        return Ok(None);
    };
    let refs = repository.refs.read().map_err(WalkError::Source)?;
    let Some(theirs) = refs.get(&tracking) else {
        return Ok(None);
    };
    Ok(Some(Upstream {
        name: tracking.short().to_owned(),
        ahead: count(&repository.objects, commit, theirs)?,
        behind: count(&repository.objects, theirs, commit)?,
    }))
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
            upstream(&sandbox.repository, &config, &main, line[1]).expect("walks")
        };
        assert_eq!(found(), None);
        sandbox.set_ref("refs/remotes/origin/main", theirs[2]);
        let state = found().expect("it was seen");
        assert_eq!((state.ahead, state.behind), (1, 3));
        sandbox.set_ref("refs/remotes/other/dev", line[1]);
        let mut locked = sandbox.repository.lock().expect("free");
        locked
            .edit_config(|file| file.set_upstream("main", "other", "refs/heads/dev"))
            .expect("written");
        drop(locked);
        let state = found().expect("it was seen");
        assert_eq!((state.name.as_str(), state.ahead), ("other/dev", 0));
    }
}
