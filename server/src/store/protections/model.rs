//! What a protection is, which moves break it, and the row that it is read from.

use std::collections::HashSet;
use std::fmt;

use diesel::prelude::*;
use muse_wire::api::push::RefUpdate;
use muse_wire::commit::PublicKey;
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
    /// Which signatures the commits that it gains must have.
    pub signatures: SignatureRule,
}

/// Which signatures a branch asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureRule {
    /// None.
    Unsigned,
    /// One of whatever key.
    Signed,
    /// One by a key that somebody who may push has registered.
    RegisteredKeys,
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
    /// It takes only commits signed by registered keys.
    RegisteredKeysOnly,
}

impl BranchRule {
    /// The rule in words, behind the name of a branch.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoForce => "is protected: it takes no forced push",
            Self::NoDeletion => "is protected: it cannot be deleted",
            Self::SignedOnly => "is protected: it takes only signed commits",
            Self::RegisteredKeysOnly => {
                "is protected: it takes only commits signed by registered keys"
            }
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

    /// The rule about signatures that the commits of this move must keep, if there is one.
    pub const fn signature_rule(&self, update: &RefUpdate) -> Option<BranchRule> {
        match (self.signatures, update.new) {
            (SignatureRule::Unsigned, _) | (_, None) => None,
            (SignatureRule::Signed, Some(_)) => Some(BranchRule::SignedOnly),
            (SignatureRule::RegisteredKeys, Some(_)) => Some(BranchRule::RegisteredKeysOnly),
        }
    }
}

/// What the branch does not allow, in words: `no-force,signed-only`.
impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signatures = self.signatures;
        let rules = [
            ("no-force", !self.allows_force),
            ("no-deletion", !self.allows_deletion),
            ("signed-only", signatures == SignatureRule::Signed),
            (
                "registered-keys-only",
                signatures == SignatureRule::RegisteredKeys,
            ),
        ];
        let rules = rules.iter().filter(|(_, holds)| *holds);
        let rules: Vec<_> = rules.map(|(name, _)| *name).collect();
        f.write_str(&rules.join(","))
    }
}

/// A move of a branch whose new commits were all found to be signed, as it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedMove {
    /// The branch.
    pub branch: RefName,
    /// Where it was; `None` where it did not exist.
    pub from: Option<CommitId>,
    /// Keys of those who may push, of which one has signed each of the commits; `None` where the
    /// branch took any signature.
    pub registered_keys: Option<HashSet<PublicKey>>,
}

/// The protection of a branch.
#[derive(Queryable, Selectable)]
#[diesel(table_name = protections)]
pub(in crate::store) struct ProtectionRow {
    branch: String,
    allows_force: bool,
    allows_deletion: bool,
    signed_only: bool,
    registered_keys_only: bool,
}

impl TryFrom<ProtectionRow> for Protection {
    type Error = StoreError;

    fn try_from(row: ProtectionRow) -> Result<Self> {
        Ok(Self {
            branch: RefName::new(row.branch).map_err(|_| StoreError::Corrupt("branch name"))?,
            allows_force: row.allows_force,
            allows_deletion: row.allows_deletion,
            signatures: match (row.signed_only, row.registered_keys_only) {
                (_, true) => SignatureRule::RegisteredKeys,
                (true, false) => SignatureRule::Signed,
                (false, false) => SignatureRule::Unsigned,
            },
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
                signatures: SignatureRule::Signed,
            };
            assert_eq!(
                moves.each_ref().map(|one| protection.broken_by(one)),
                broken
            );
            let signed = Some(BranchRule::SignedOnly);
            let rules = moves.each_ref().map(|one| protection.signature_rule(one));
            assert_eq!(rules, [signed, signed, signed, None, None]);
        }
    }
}
