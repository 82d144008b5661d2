//! Withheld objects: those that are blocked on this server. A plan names them, and none of its
//! mpacks holds one.

use std::collections::{BTreeSet, HashMap, HashSet};

use muse_wire::api::fetch::WithheldObject;
use muse_wire::id::ObjectId;
use muse_wire::limits::{MAX_WITHHELD_OBJECTS, MAX_WITHHELD_REASON_BYTES};
use muse_wire::mpack::Tables;
use muse_wire::problem::ProblemCode;

use super::residual::Residual;
use super::source::RepoSource;
use crate::error::{Error, Result};
use crate::history::VisibleObjects;

/// What a fetch may not get, and what it did not get before.
pub(super) struct Withholding {
    /// The blocked objects of the repository, with the reasons.
    blocked: HashMap<ObjectId, String>,
    /// What the client lacks of what it says to have, as far as a ref reaches it.
    lacking: BTreeSet<ObjectId>,
}

impl Withholding {
    /// Looks up what is blocked, and which of `lacking` readers may see.
    ///
    /// # Errors
    /// [`Error`], a problem where `lacking` is over its limit.
    pub(super) async fn load(
        source: RepoSource<'_>,
        visible: &VisibleObjects,
        lacking: &[ObjectId],
    ) -> Result<Self> {
        if lacking.len() > MAX_WITHHELD_OBJECTS {
            let detail = format!("`lacking` names more than {MAX_WITHHELD_OBJECTS} objects");
            return Err(Error::problem(ProblemCode::BadRequest, detail));
        }
        let RepoSource { store, repo, .. } = source;
        let blocked = store.blocked_objects(repo.id).await?;
        let mut seen = HashSet::new();
        if !lacking.is_empty() {
            let known = store.object_holders(repo.id, lacking).await?;
            seen = visible.among(repo.id, &known).await?;
        }
        Ok(Self {
            blocked,
            lacking: seen.into_iter().collect(),
        })
    }

    /// Whether nothing of the repository is blocked.
    pub(super) fn is_empty(&self) -> bool {
        self.blocked.is_empty()
    }

    /// Whether an mpack with these tables holds nothing blocked.
    pub(super) fn allows(&self, tables: &Tables) -> bool {
        !self.blocked.keys().any(|id| tables.has_object(id))
    }

    /// Whether the client may lack an object although it has a snapshot with it.
    pub(super) fn may_be_lacking(&self, id: &ObjectId) -> bool {
        self.blocked.contains_key(id) || self.lacking.contains(id)
    }

    /// Takes what is blocked out of the residuals, and adds what the client lacks and may have by
    /// now, unless an mpack with these `tables` gives it. Returns what is withheld, ascending.
    ///
    /// # Errors
    /// [`Error::Problem`] where that is more than a plan can name.
    pub(super) fn withhold(
        &self,
        before: &mut Residual,
        tables: &[&Tables],
        after: &mut Residual,
    ) -> Result<Vec<WithheldObject>> {
        let mut withheld = BTreeSet::new();
        for objects in [&mut before.objects, &mut after.objects] {
            objects.retain(|id| {
                let is_blocked = self.blocked.contains_key(id);
                if is_blocked {
                    withheld.insert(*id);
                }
                !is_blocked
            });
        }
        let after: HashSet<ObjectId> = after.objects.iter().copied().collect();
        for id in &self.lacking {
            let is_given = || after.contains(id) || tables.iter().any(|one| one.has_object(id));
            if self.blocked.contains_key(id) {
                withheld.insert(*id);
            } else if !is_given() {
                before.objects.push(*id);
            }
        }
        before.objects.sort_unstable();
        before.objects.dedup();
        if withheld.len() > MAX_WITHHELD_OBJECTS {
            let detail = format!(
                "{} objects of what you lack are blocked on this server; a plan withholds at most \
                 {MAX_WITHHELD_OBJECTS}",
                withheld.len()
            );
            return Err(Error::problem(ProblemCode::Blocked, detail));
        }
        let named = withheld.into_iter().map(|object| WithheldObject {
            object,
            reason: bounded(&self.blocked[&object]).to_owned(),
        });
        Ok(named.collect())
    }
}

/// As much of a reason as a plan takes.
fn bounded(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(MAX_WITHHELD_REASON_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_withholds_what_it_can_name_and_not_one_object_more() {
        let ids = |count: usize| {
            let numbers = 0..u64::try_from(count).expect("few");
            numbers.map(|number| ObjectId::of(&number.to_le_bytes()))
        };
        let reason = "ü".repeat(MAX_WITHHELD_REASON_BYTES);
        let withholding = Withholding {
            blocked: ids(MAX_WITHHELD_OBJECTS + 1)
                .map(|id| (id, reason.clone()))
                .collect(),
            lacking: BTreeSet::new(),
        };
        let withhold = |count| {
            let mut before = Residual::default();
            before.objects.extend(ids(count));
            before.objects.push(ObjectId::of(b"allowed"));
            let withheld = withholding.withhold(&mut before, &[], &mut Residual::default());
            assert_eq!(before.objects, [ObjectId::of(b"allowed")]);
            withheld
        };
        let most = withhold(MAX_WITHHELD_OBJECTS).expect("within the bound");
        assert_eq!(most.len(), MAX_WITHHELD_OBJECTS);
        assert_eq!(most[0].reason.len(), MAX_WITHHELD_REASON_BYTES);
        match withhold(MAX_WITHHELD_OBJECTS + 1) {
            Err(Error::Problem(problem)) => {
                assert_eq!(problem.known_code(), Some(ProblemCode::Blocked));
            }
            other => panic!("{other:?}"),
        }
    }
}
