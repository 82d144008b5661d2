//! Files whose contents are the same.

use std::collections::HashMap;

use muse_wire::id::ObjectId;
use muse_wire::snapshot::{Entry, EntryKind};

use super::similarity::FULL_SCORE;
use super::{Search, base_name};

/// Of so many files with the same contents one is chosen; git looks at no more, either.
const MAX_CANDIDATES: usize = 100;

impl Search<'_> {
    /// Pairs each new file with a removed one of the same contents, of the same base name if there
    /// is one.
    pub(super) fn pair_exact(&mut self) {
        let mut by_object: HashMap<ObjectId, Vec<usize>> = HashMap::new();
        for (index, (_, entry)) in self.removed.iter().enumerate() {
            by_object.entry(entry.object).or_default().push(index);
        }
        for to in 0..self.added.len() {
            let (path, entry) = &self.added[to];
            let Some(same) = by_object.get_mut(&entry.object) else {
                continue;
            };
            let is_free = |index: &usize| self.sources.contains(index);
            same.retain(is_free);
            let fits = |index: &&usize| is_compatible(&self.removed[**index].1, entry);
            let has_name = |index: &&usize| base_name(&self.removed[**index].0) == base_name(path);
            let candidates = || same.iter().filter(fits).take(MAX_CANDIDATES);
            let best = candidates().find(has_name).or_else(|| candidates().next());
            if let Some(&from) = best {
                self.pair(from, to, FULL_SCORE);
            }
        }
    }
}

/// Whether one can have become the other. A link stays a link.
fn is_compatible(before: &Entry, after: &Entry) -> bool {
    let is_link = |entry: &Entry| entry.kind == EntryKind::Symlink;
    is_link(before) == is_link(after)
}
