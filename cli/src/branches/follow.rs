//! Which branch of a server a local one follows.

use muse_wire::name::{REMOTES, RefName};

use super::edit::branch_or_current;
use super::error::BranchError;
use crate::repository::Repository;

/// Lets `branch`, or the current one, follow `upstream`: a branch of a remote that was seen there,
/// written `REMOTE/BRANCH`. Returns the branch and the tracking ref.
///
/// # Errors
/// [`BranchError::Unknown`], [`BranchError::Detached`] and [`BranchError::UnknownUpstream`].
pub fn follow(
    repository: &Repository,
    branch: Option<&str>,
    upstream: &str,
) -> Result<(RefName, RefName), BranchError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    let branch = branch_or_current(&refs, branch)?;
    let unknown = || BranchError::UnknownUpstream(upstream.to_owned());
    let short = upstream.strip_prefix(REMOTES).unwrap_or(upstream);
    let (remote, followed) = short.split_once('/').ok_or_else(unknown)?;
    let tracking = RefName::remote_branch(remote, followed).map_err(|_| unknown())?;
    if refs.get(&tracking).is_none() {
        return Err(unknown());
    }
    let followed = RefName::branch(followed)?;
    locked.edit_config(|file| file.set_upstream(branch.short(), remote, followed.as_str()))?;
    Ok((branch, tracking))
}

/// Lets `branch`, or the current one, follow nothing any more. Returns the branch.
///
/// # Errors
/// [`BranchError::Unknown`], [`BranchError::Detached`] and [`BranchError::FollowsNothing`].
pub fn stop_following(
    repository: &Repository,
    branch: Option<&str>,
) -> Result<RefName, BranchError> {
    let mut locked = repository.lock()?;
    let branch = branch_or_current(&locked.refs.read()?, branch)?;
    let name = branch.short();
    let did_follow = locked.edit_config(|file| {
        let remote = file.unset(&format!("branch.{name}.remote"))?;
        let merge = file.unset(&format!("branch.{name}.merge"))?;
        Ok(remote || merge)
    })?;
    match did_follow {
        true => Ok(branch),
        false => Err(BranchError::FollowsNothing(branch)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn a_branch_follows_what_was_seen_on_a_server_until_it_stops() {
        let sandbox = Sandbox::new();
        let repository = &sandbox.repository;
        let commit = sandbox.add_commit(&[], &[("a", "1")]);
        for name in [
            "refs/heads/main",
            "refs/heads/dev",
            "refs/remotes/origin/x/y",
        ] {
            sandbox.set_ref(name, commit);
        }
        let followed = |branch: &str| {
            let config = repository.config.read().expect("readable");
            let followed = config.followed_branch(branch).map(str::to_owned);
            Some((config.followed_remote(branch)?.to_owned(), followed?))
        };
        for wrong in ["origin", "origin/z", "other/x/y", "main", "/x"] {
            let refused = follow(repository, None, wrong);
            assert!(
                matches!(&refused, Err(BranchError::UnknownUpstream(name)) if name == wrong),
                "{wrong}"
            );
        }
        let unknown = follow(repository, Some("no"), "origin/x/y");
        assert!(matches!(unknown, Err(BranchError::Unknown(_))));
        let expected = Some(("origin".to_owned(), "refs/heads/x/y".to_owned()));
        follow(repository, None, "origin/x/y").expect("it was seen");
        follow(repository, Some("dev"), "refs/remotes/origin/x/y").expect("it was seen");
        assert_eq!(
            (followed("main"), followed("dev")),
            (expected.clone(), expected)
        );
        stop_following(repository, Some("dev")).expect("it follows");
        assert_eq!(followed("dev"), None);
        let again = stop_following(repository, Some("dev"));
        assert!(matches!(again, Err(BranchError::FollowsNothing(_))));
        stop_following(repository, None).expect("it follows");
        assert_eq!(followed("main"), None);
    }
}
