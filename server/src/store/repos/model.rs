//! What a repository is, and the row that it is read from.

use diesel::prelude::*;
use muse_wire::name::{RefName, RepoName};
use uuid::Uuid;

use crate::store::accounts::model::UserId;
use crate::store::columns::from_column;
use crate::store::error::{Result, StoreError};
use crate::store::schema::{repos, users};

/// The branch that a clone checks out, unless another one is chosen.
pub const DEFAULT_BRANCH: &str = "refs/heads/main";

/// A repository's key in the database; never leaves the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoId(pub(crate) i64);

/// A repository to create.
#[derive(Debug, Clone)]
pub struct NewRepo {
    /// Its address; the owner is an existing user.
    pub name: RepoName,
    /// Whether only its owner and members may see it.
    pub private: bool,
    /// The branch that a clone checks out.
    pub default_branch: RefName,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repo {
    /// Its key in the database.
    pub id: RepoId,
    /// Its id everywhere else: in answers and in blob keys. It survives renames.
    pub uuid: Uuid,
    /// Its address.
    pub name: RepoName,
    /// The user who owns it.
    pub owner_id: UserId,
    /// Whether only its owner and members may see it.
    pub private: bool,
    /// The branch that a clone checks out.
    pub default_branch: RefName,
    /// When it was created, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// The version of its refs when this was read; it grows with every move of a ref.
    pub refs_version: u64,
    /// How often content had been deleted that no ref reached.
    pub collections: u64,
}

/// A repository, joined with its owner.
#[derive(Queryable, Selectable)]
#[diesel(table_name = repos)]
pub(in crate::store) struct RepoRow {
    id: i64,
    uuid: String,
    owner_id: i64,
    #[diesel(select_expression = users::name, select_expression_type = users::name)]
    owner: String,
    slug: String,
    private: bool,
    default_branch: String,
    created_at_ms: i64,
    refs_version: i64,
    collections: i64,
}

impl TryFrom<RepoRow> for Repo {
    type Error = StoreError;

    fn try_from(row: RepoRow) -> Result<Self> {
        Ok(Self {
            id: RepoId(row.id),
            uuid: row
                .uuid
                .parse()
                .map_err(|_| StoreError::Corrupt("repository id"))?,
            name: RepoName::new(&row.owner, &row.slug)
                .map_err(|_| StoreError::Corrupt("repository name"))?,
            owner_id: UserId(row.owner_id),
            private: row.private,
            default_branch: RefName::new(row.default_branch)
                .map_err(|_| StoreError::Corrupt("default branch"))?,
            created_at_ms: row.created_at_ms,
            refs_version: from_column(row.refs_version)?,
            collections: from_column(row.collections)?,
        })
    }
}
