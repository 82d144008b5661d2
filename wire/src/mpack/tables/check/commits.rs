//! The rows of commits: their snapshots, parents and generations.

use super::externals::{Externals, Reference};
use crate::limits::MAX_PARENTS;
use crate::mpack::layout::u32_at;
use crate::mpack::tables::sections::{COMMIT_ROW_BYTES, EDGE_FLAG, NO_REFERENCE, WORD_BYTES};
use crate::mpack::{FrameKind, MpackError, Tables};

impl Tables {
    /// Snapshots and parents are references that exist; parents here come earlier and have lower
    /// generations.
    pub(super) fn check_commits(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let columns = &self.sections.commits;
        let edge_count = (self.sections.edges.len() / WORD_BYTES) as u32;
        let mut next_edge = 0;
        for row in 0..columns.count as usize {
            let at = columns.rows.start + row * COMMIT_ROW_BYTES;
            let word = |index: usize| u32_at(&self.bytes, at + index * WORD_BYTES);
            let (position, generation) = (word(0), word(1));
            if generation == 0 {
                return Err(self.at(at, "the commit's generation is 0"));
            }
            let snapshot = self.check_reference(FrameKind::Snapshots, word(4), externals);
            if snapshot == Reference::Dangling {
                return Err(self.at(at, "the commit's snapshot is no reference"));
            }
            let mut check_parent = |reference| {
                match self.check_reference(FrameKind::Commits, reference, externals) {
                    Reference::Dangling => {
                        return Err(self.at(at, "a parent of the commit is no reference"));
                    }
                    Reference::Row(parent) => {
                        if self.position(columns, parent) >= position {
                            return Err(self.at(at, "a parent of the commit comes after it"));
                        }
                        let parent_at = columns.rows.start + parent * COMMIT_ROW_BYTES;
                        if u32_at(&self.bytes, parent_at + WORD_BYTES) >= generation {
                            return Err(self.at(
                                at,
                                "the commit's generation is not above that of its parent",
                            ));
                        }
                    }
                    Reference::External => {}
                }
                Ok(())
            };
            match (word(5), word(6)) {
                (NO_REFERENCE, NO_REFERENCE) => {}
                (NO_REFERENCE, _) => {
                    return Err(self.at(at, "the commit has a second parent, but no first"));
                }
                (first, NO_REFERENCE) => check_parent(first)?,
                (first, second) if second & EDGE_FLAG == 0 => {
                    check_parent(first)?;
                    check_parent(second)?;
                }
                (first, edges) => {
                    check_parent(first)?;
                    if edges & !EDGE_FLAG != next_edge {
                        return Err(self.at(at, "the commit's edges do not follow those before"));
                    }
                    let mut parent_count = 1;
                    loop {
                        if next_edge == edge_count || parent_count == MAX_PARENTS {
                            return Err(self.at(at, "the commit's edges do not end"));
                        }
                        let edge = self.edge(next_edge);
                        check_parent(edge & !EDGE_FLAG)?;
                        next_edge += 1;
                        parent_count += 1;
                        if edge & EDGE_FLAG != 0 {
                            break;
                        }
                    }
                    if parent_count < 3 {
                        return Err(self.at(at, "two parents need no edges"));
                    }
                }
            }
        }
        if next_edge != edge_count {
            return Err(self.at(self.sections.edges.start, "there are edges of no commit"));
        }
        Ok(())
    }
}
