//! What a protection is, which moves break it, and the row that it is read from.

use std::fmt;

use diesel::prelude::*;
use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use crate::store::error::{Result, StoreError};
use crate::store::schema::protections;

/// How a branch is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The branch; it need not exist.
    pub branch: RefName,
    /// Whether it may lose commits.
    pub allows_force: bool,
    /// Whether it may be deleted.
    pub allows_deletion: bool,
    /// Whether every commit that it gains must be signed.
    pub signed_only: bool,
}

/// What a protected branch does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchRule {
    /// It may not lose commits.
    NoForce,
    /// It may not be deleted.
    NoDeletion,
    /// It takes only signed commits.
    SignedOnly,
}

impl BranchRule {
    /// The rule in words, behind the name of a branch.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoForce => "is protected: it takes no forced push",
            Self::NoDeletion => "is protected: it cannot be deleted",
            Self::SignedOnly => "is protected: it takes only signed commits",
        }
    }
}

impl Protection {
    /// The rule that a move breaks by itself, whatever its commits are.
    pub fn broken_by(&self, update: &RefUpdate) -> Option<BranchRule> {
        if update.new.is_none() {
            (!self.allows_deletion).then_some(BranchRule::NoDeletion)
        } else if update.force.allows_non_fast_forward() {
            (!self.allows_force).then_some(BranchRule::NoForce)
        } else {
            None
        }
    }

    /// Whether this move must bring only signed commits.
    pub const fn wants_signatures(&self, update: &RefUpdate) -> bool {
        self.signed_only && update.new.is_some()
    }
}

/// What the branch does not allow, in words: `no-force,signed-only`.
impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = [
            ("no-force", !self.allows_force),
            ("no-deletion", !self.allows_deletion),
            ("signed-only", self.signed_only),
        ];
        let rules = rules.iter().filter(|(_, holds)| *holds);
        let rules: Vec<_> = rules.map(|(name, _)| *name).collect();
        f.write_str(&rules.join(","))
    }
}

/// A move of a branch whose new commits were all found to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedMove {
    /// The branch.
    pub branch: RefName,
    /// Where it was; `None` where it did not exist.
    pub from: Option<CommitId>,
}

/// The protection of a branch.
#[derive(Queryable, Selectable)]
#[diesel(table_name = protections)]
pub(in crate::store) struct ProtectionRow {
    branch: String,
    allows_force: bool,
    allows_deletion: bool,
    signed_only: bool,
}

impl TryFrom<ProtectionRow> for Protection {
    type Error = StoreError;

    fn try_from(row: ProtectionRow) -> Result<Self> {
        Ok(Self {
            branch: RefName::new(row.branch).map_err(|_| StoreError::Corrupt("branch name"))?,
            allows_force: row.allows_force,
            allows_deletion: row.allows_deletion,
            signed_only: row.signed_only,
        })
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::api::push::Force;

    use super::*;

    #[test]
    fn a_rule_is_broken_by_its_own_kind_of_move_alone() {
        let commit = CommitId::from_bytes([1; 32]);
        let branch = RefName::branch("main").expect("valid");
        let update = |new, force| RefUpdate {
            name: branch.clone(),
            old: Some(commit),
            new,
            force,
            delete_default_branch: true,
        };
        let moves = [
            update(Some(commit), Force::No),
            update(Some(commit), Force::WithLease),
            update(Some(commit), Force::Always),
            update(None, Force::No),
            update(None, Force::Always),
        ];
        let (force, deletion) = (Some(BranchRule::NoForce), Some(BranchRule::NoDeletion));
        for (allows_force, allows_deletion, broken) in [
            (false, false, [None, force, force, deletion, deletion]),
            (true, false, [None, None, None, deletion, deletion]),
            (false, true, [None, force, force, None, None]),
            (true, true, [None; 5]),
        ] {
            let protection = Protection {
                branch: branch.clone(),
                allows_force,
                allows_deletion,
                signed_only: true,
            };
            assert_eq!(
                moves.each_ref().map(|one| protection.broken_by(one)),
                broken
            );
            let wants = moves.each_ref().map(|one| protection.wants_signatures(one));
            assert_eq!(wants, [true, true, true, false, false]);
        }
    }
}
