//! What users are, and the row that a user is read from.

use diesel::prelude::*;

use crate::store::schema::users;

/// A user's key in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub(crate) i64);

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their key in the database.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// When they were created, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// When they were disabled, if they are.
    pub disabled_at_ms: Option<i64>,
}

/// A user.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(in crate::store) struct UserRow {
    id: i64,
    name: String,
    created_at_ms: i64,
    disabled_at_ms: Option<i64>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: UserId(row.id),
            name: row.name,
            created_at_ms: row.created_at_ms,
            disabled_at_ms: row.disabled_at_ms,
        }
    }
}
