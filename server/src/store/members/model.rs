//! What members and roles are, and the row that a member is read from.

use std::str::FromStr;

use diesel::prelude::*;

use crate::store::error::{Result, StoreError};
use crate::store::schema::{members, users};

/// What somebody may do in a repository; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// See it, and fetch from it.
    Read,
    /// Push to it: create, move, force and delete branches and tags, but for protected ones.
    Write,
    /// Choose its default branch.
    Maintain,
    /// Rename it, change who sees it, and delete it. The owner's role.
    Admin,
}

/// A role's text is none of `read`, `write`, `maintain` and `admin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of `read`, `write`, `maintain` and `admin`")]
pub struct UnknownRole;

impl Role {
    /// All roles, each before those that include it.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Maintain, Self::Admin];

    /// The text form, as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            "maintain" => Ok(Self::Maintain),
            "admin" => Ok(Self::Admin),
            _ => Err(UnknownRole),
        }
    }
}

/// A member of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user's name.
    pub user: String,
    /// What they may do.
    pub role: Role,
}

/// A member, joined with their user.
#[derive(Queryable, Selectable)]
#[diesel(table_name = members)]
pub(in crate::store) struct MemberRow {
    #[diesel(select_expression = users::name, select_expression_type = users::name)]
    user: String,
    role: String,
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self> {
        Ok(Self {
            user: row.user,
            role: role(&row.role)?,
        })
    }
}

pub(in crate::store) fn role(text: &str) -> Result<Role> {
    text.parse().map_err(|_| StoreError::Corrupt("role"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_round_trip_and_include_those_before() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!(Role::ALL.is_sorted());
        assert_eq!("owner".parse::<Role>(), Err(UnknownRole));
    }
}
