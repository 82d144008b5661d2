//! What an import has written, before refs move.

use std::collections::HashMap;

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::records::Imported;
use super::source::Tip;

/// Where git's tips are here.
pub(super) struct Written {
    /// The commits.
    pub(super) imported: Imported,
    /// What annotated tags are stored as.
    pub(super) annotations: HashMap<RefName, CommitId>,
}

impl Written {
    /// What a ref here has to name: the commit, or what an annotated tag is stored as.
    pub(super) fn named_by(&self, tip: &Tip) -> CommitId {
        let annotation = self.annotations.get(&tip.name).copied();
        annotation.unwrap_or_else(|| self.imported[&tip.commit])
    }
}
