//! Which objects of an mpack can be the target of a symbolic link.
//!
//! Objects are verified before the records that say which of them are links, and are not kept until
//! then. So what is remembered is the answer, and only where it does not follow from the length.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::ObjectId;
use crate::mpack::ObjectRow;
use crate::snapshot::{is_link_target, is_link_target_length};

/// Filled by the sink of [`crate::mpack::verify()`], from several threads, and asked by
/// [`super::HistoryCheck`].
#[derive(Debug, Default)]
pub struct LinkTargets {
    /// Objects of a good length that are no target all the same.
    unfit: Mutex<HashSet<ObjectId>>,
}

impl LinkTargets {
    /// Takes note of an object. Every object of the mpack that is stored whole must come by before
    /// its records are checked.
    pub fn note(&self, id: ObjectId, contents: &[u8]) {
        if is_link_target_length(contents.len() as u64) && !is_link_target(contents) {
            self.unfit().insert(id);
        }
    }

    /// Whether a link may have this object as its target.
    pub(super) fn allow(&self, row: &ObjectRow) -> bool {
        is_link_target_length(row.length.into()) && !self.unfit().contains(&row.id)
    }

    fn unfit(&self) -> MutexGuard<'_, HashSet<ObjectId>> {
        self.unfit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
