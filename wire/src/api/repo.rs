//! `/api/repos…` and `/api/whoami`.

use serde::{Deserialize, Serialize};

use crate::name::RefName;

/// `POST /api/repos`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRepoRequest {
    /// Owner; left out, the token's user.
    #[serde(default)]
    pub owner: Option<String>,
    /// Name below the owner.
    pub slug: String,
    /// Whether only its owner and members may see it.
    #[serde(default)]
    pub private: bool,
    /// The branch that a clone checks out; `refs/heads/main` unless set.
    #[serde(default)]
    pub default_branch: Option<RefName>,
}

/// `PATCH /api/repos/{owner}/{slug}`: what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateRepoRequest {
    /// A new name below the same owner.
    #[serde(default)]
    pub slug: Option<String>,
    /// Whether only its owner and members may see it.
    #[serde(default)]
    pub private: Option<bool>,
    /// The branch that a clone checks out.
    #[serde(default)]
    pub default_branch: Option<RefName>,
}

/// One repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepoResponse {
    /// Its id, which survives renames.
    pub repo_id: String,
    /// Who it belongs to.
    pub owner: String,
    /// Its name below the owner.
    pub slug: String,
    /// Whether only its owner and members may see it.
    pub private: bool,
    /// The branch that a clone checks out.
    pub default_branch: RefName,
    /// When it was made, in seconds since 1970.
    pub created_at: i64,
}

/// `GET /api/repos`: those that the token's user owns or is a member of, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepoListResponse {
    /// The repositories.
    pub repos: Vec<RepoResponse>,
}

/// `GET /api/whoami`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoamiResponse {
    /// The token's user.
    pub user: String,
    /// The token's scope: `read`, `write` or `admin`.
    pub scope: String,
    /// The only repository that the token is good for, as `owner/name`; null where it is for all.
    #[serde(default)]
    pub repo: Option<String>,
    /// When the token ends, in seconds since 1970; null where it does not by itself.
    #[serde(default)]
    pub expires_at: Option<i64>,
}
