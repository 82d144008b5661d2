//! What a caller may do in a repository: the one place where visibility, ownership, membership and
//! the token are weighed against each other.
//!
//! * Everybody has the role `read` in a public repository.
//! * Its owner has the role `admin`, and a member the role that they were given.
//! * A token of scope `admin` has the role `admin` everywhere.
//! * No token allows more than its scope. One that is good for a single repository manages nothing
//!   there, and is as good as none elsewhere.
//!
//! Whose keys count for a protected branch, the transaction that moves the branch finds out by the
//! same roles: [`Store::keys_of_pushers`].

use crate::store::accounts::UserId;
use crate::store::members::Role;
use crate::store::tokens::Scope;
use crate::store::{Identity, Repo, Result, Store};

/// What a caller may do in one repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    /// The role by who the caller is; `None` where the repository does not exist for them.
    pub(crate) user: Option<Role>,
    /// The most that the caller's token allows.
    pub(crate) token: Role,
}

impl Access {
    /// What `caller` may do in `repo`; without a caller, what everybody may.
    ///
    /// # Errors
    /// Only where the database fails.
    pub(crate) async fn of(store: &Store, caller: Option<&Identity>, repo: &Repo) -> Result<Self> {
        let is_for_repo = |caller: &&Identity| caller.repo.is_none_or(|only| only == repo.id);
        let Some(caller) = caller.filter(is_for_repo) else {
            return Ok(Self {
                user: everybody(repo),
                token: Role::Read,
            });
        };
        let user = match caller.scope {
            Scope::Admin => Some(Role::Admin),
            Scope::Read | Scope::Write => user_role(store, caller.user_id, repo).await?,
        };
        let token = match (caller.scope, caller.repo) {
            (Scope::Read, _) => Role::Read,
            (Scope::Write | Scope::Admin, Some(_)) => Role::Write,
            (Scope::Write | Scope::Admin, None) => Role::Admin,
        };
        Ok(Self { user, token })
    }

    /// Whether the repository exists for the caller.
    pub(crate) const fn is_visible(&self) -> bool {
        self.user.is_some()
    }
}

/// The role of a user in a repository; `None` where it does not exist for them.
///
/// # Errors
/// Only where the database fails.
pub(crate) async fn user_role(store: &Store, user: UserId, repo: &Repo) -> Result<Option<Role>> {
    if user == repo.owner_id {
        return Ok(Some(Role::Admin));
    }
    let member = store.member_role(repo.id, user).await?;
    Ok(member.max(everybody(repo)))
}

/// The role of everybody in a repository.
fn everybody(repo: &Repo) -> Option<Role> {
    (!repo.private).then_some(Role::Read)
}
