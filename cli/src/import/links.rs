//! The blobs that are symbolic links: each must be a target that a link here can have.

use muse_wire::snapshot::{EntryKind, is_link_target, is_link_target_length};

use super::error::ImportError;
use super::plan::Plan;

/// Which blobs of a plan are links.
pub(super) struct LinkBlobs<'a> {
    plan: &'a Plan,
    /// For each blob.
    is_link: Vec<bool>,
}

impl<'a> LinkBlobs<'a> {
    /// Finds them, and refuses those whose length is that of no target before anything is written.
    pub(super) fn find(plan: &'a Plan, lengths: &[u64]) -> Result<Self, ImportError> {
        let mut is_link = vec![false; plan.blobs.len()];
        for change in &plan.changes {
            if let Some((EntryKind::Symlink, blob)) = change.entry {
                is_link[blob as usize] = true;
            }
        }
        let links = Self { plan, is_link };
        let is_wrong = |&blob: &usize| links.is_link[blob] && !is_link_target_length(lengths[blob]);
        match (0..lengths.len()).find(is_wrong) {
            Some(blob) => Err(links.refusal(blob)),
            None => Ok(links),
        }
    }

    /// The plan.
    pub(super) const fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Checks the contents of a blob.
    pub(super) fn check(&self, blob: u32, contents: &[u8]) -> Result<(), ImportError> {
        let blob = blob as usize;
        if !self.is_link[blob] || is_link_target(contents) {
            return Ok(());
        }
        Err(self.refusal(blob))
    }

    /// The error about a link to this blob, which names one of its paths.
    fn refusal(&self, blob: usize) -> ImportError {
        let names_it = |entry| matches!(entry, Some((EntryKind::Symlink, b)) if b as usize == blob);
        let mut changes = self.plan.changes.iter();
        let change = changes.find(|change| names_it(change.entry));
        let change = change.expect("a blob is a link because a change says so");
        ImportError::LinkTarget {
            path: self.plan.paths[change.path as usize].clone(),
            blob: self.plan.blobs[blob].to_hex().to_string(),
        }
    }
}
