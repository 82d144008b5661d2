//! Which remote and branch a pull is from.

use muse_wire::name::{HEADS, RefName};

use super::error::PullError;
use crate::repository::{Head, Repository};
use crate::sync::remotes::choose_remote;

/// Which remote and branch a pull is from, and the local branch that follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullSource {
    /// The current branch.
    pub local: RefName,
    /// The remote.
    pub remote: String,
    /// The remote's branch, by its short name.
    pub branch: String,
}

impl PullSource {
    /// The named remote and branch. Without a name: those that the current branch follows, or else
    /// `origin` or the only remote, and the branch of the same name.
    ///
    /// # Errors
    /// [`PullError::Detached`] and [`PullError::Remote`], and while a merge or the like is
    /// unfinished.
    pub fn find(
        repository: &Repository,
        remote: Option<&str>,
        branch: Option<&str>,
    ) -> Result<Self, PullError> {
        let refs = repository.refs.read()?;
        refs.refuse_unfinished_operation()?;
        let Head::Branch(local) = refs.head().clone() else {
            return Err(PullError::Detached);
        };
        let config = repository.config.read()?;
        let follows = config.followed_remote(local.short());
        let remote = choose_remote(repository, remote.or(follows))?;
        let followed = config
            .followed_branch(local.short())
            .filter(|_| follows == Some(&remote))
            .map(|name| name.trim_start_matches(HEADS));
        let branch = branch.or(followed).unwrap_or(local.short()).to_owned();
        Ok(Self {
            local,
            remote,
            branch,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::remotes::add_remote;
    use crate::testing::Sandbox;

    #[test]
    fn what_is_named_wins_over_what_is_followed() {
        let sandbox = Sandbox::new();
        let repository = &sandbox.repository;
        for name in ["origin", "other"] {
            add_remote(repository, name, "https://hub.example/a/b", "/".as_ref()).expect("added");
        }
        let find = |remote, branch| {
            let source = PullSource::find(repository, remote, branch).expect("found");
            format!("{} {}", source.remote, source.branch)
        };
        assert_eq!(find(None, None), "origin main");
        let mut locked = repository.lock().expect("free");
        locked
            .edit_config(|file| file.set_upstream("main", "other", "refs/heads/theirs"))
            .expect("written");
        drop(locked);
        assert_eq!(find(None, None), "other theirs");
        assert_eq!(find(None, Some("dev")), "other dev");
        assert_eq!(find(Some("origin"), None), "origin main");
        let unknown = PullSource::find(repository, Some("x"), None);
        assert!(matches!(unknown, Err(PullError::Remote(_))));
    }
}
