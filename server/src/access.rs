//! What a caller may do in a repository: the one place where visibility, ownership, membership and
//! the token are weighed against each other.
//!
//! * Everybody has the role `read` in a public repository.
//! * Its owner has the role `admin`, and a member the role that they were given.
//! * A token of scope `admin` has the role `admin` everywhere.
//! * No token allows more than its scope.

use crate::store::accounts::Scope;
use crate::store::members::Role;
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
        let everybody = (!repo.private).then_some(Role::Read);
        let Some(caller) = caller else {
            return Ok(Self {
                user: everybody,
                token: Role::Read,
            });
        };
        let own = if caller.user_id == repo.owner_id || caller.scope >= Scope::Admin {
            Some(Role::Admin)
        } else {
            store.member_role(repo.id, caller.user_id).await?
        };
        let token = match caller.scope {
            Scope::Read => Role::Read,
            Scope::Write | Scope::Admin => Role::Admin,
        };
        Ok(Self {
            user: own.max(everybody),
            token,
        })
    }

    /// Whether the repository exists for the caller.
    pub(crate) const fn is_visible(&self) -> bool {
        self.user.is_some()
    }
}
