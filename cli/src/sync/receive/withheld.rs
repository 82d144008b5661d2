//! What is not here because a server withholds it: the check of a download accepts it as accounted
//! for, and it is named, since a server could withhold everything.

use std::collections::{BTreeMap, BTreeSet};

use muse_wire::id::ObjectId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Change;

use crate::report::Reporter;
use crate::repository::Withheld;

/// How many objects a warning names.
const MAX_NAMED: usize = 5;

/// The objects that may be missing.
pub(super) struct WithheldObjects {
    /// What earlier plans withheld.
    known: Withheld,
    /// What this plan withholds.
    planned: Withheld,
    /// Files of received snapshots that have one of `planned`.
    paths: BTreeMap<ObjectId, RepoPath>,
    /// Those that records need and that are not here.
    missing: BTreeSet<ObjectId>,
}

impl WithheldObjects {
    /// Those of earlier plans, and those of this one.
    pub(super) fn new(known: Withheld, planned: &Withheld) -> Self {
        Self {
            known,
            planned: planned.clone(),
            paths: BTreeMap::new(),
            missing: BTreeSet::new(),
        }
    }

    /// Takes note of the path of a received change.
    pub(super) fn note_path(&mut self, change: &Change) {
        if let Some(entry) = change.entry
            && self.planned.contains_key(&entry.object)
        {
            let path = || change.path.clone();
            self.paths.entry(entry.object).or_insert_with(path);
        }
    }

    /// Whether an object that is not here is accounted for.
    pub(super) fn account_for(&mut self, object: &ObjectId) -> bool {
        let is_withheld = self.planned.contains_key(object) || self.known.contains_key(object);
        if is_withheld {
            self.missing.insert(*object);
        }
        is_withheld
    }

    /// What this plan withholds of what is needed, now or since an earlier one.
    pub(super) fn to_remember(&self) -> Withheld {
        let is_needed = |id| self.missing.contains(id) || self.known.contains_key(id);
        let needed = self.planned.iter().filter(|(id, _)| is_needed(id));
        needed.map(|(id, why)| (*id, why.clone())).collect()
    }

    /// Whether an earlier plan withheld something that was not here before this one.
    pub(super) fn is_any_known(&self) -> bool {
        !self.known.is_empty()
    }

    /// Names what no earlier plan withheld, and returns its number.
    pub(super) fn warn(&self, reporter: &dyn Reporter) -> u64 {
        let new = self.missing.iter();
        let new: Vec<&ObjectId> = new.filter(|id| !self.known.contains_key(id)).collect();
        let name = |id: &&ObjectId| {
            let reason = &self.planned[*id];
            match self.paths.get(*id) {
                Some(path) => format!("{path} ({reason})"),
                None => format!("object {} ({reason})", id.short()),
            }
        };
        let named: Vec<String> = new.iter().take(MAX_NAMED).map(name).collect();
        let more = match new.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        if !named.is_empty() {
            let count = match new.len() {
                1 => "1 object".to_owned(),
                count => format!("{count} objects"),
            };
            let named = named.join(", ");
            reporter.warn(format_args!(
                "the server withholds {count} of this history: {named}{more}"
            ));
        }
        new.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::snapshot::{Entry, EntryKind, SnapshotRecord, Tree};

    use super::*;
    use crate::testing::Warnings;

    fn withheld(contents: &[&[u8]]) -> Withheld {
        let ids = contents.iter().map(|contents| ObjectId::of(contents));
        ids.map(|id| (id, "order".to_owned())).collect()
    }

    fn record(files: &[(&str, &[u8])]) -> SnapshotRecord {
        let change = |&(path, contents): &(&str, &[u8])| Change {
            path: RepoPath::new(path).expect("allowed"),
            entry: Some(Entry {
                kind: EntryKind::File,
                object: ObjectId::of(contents),
            }),
        };
        let changes: Vec<Change> = files.iter().map(change).collect();
        let tree = Tree::empty().apply(&changes);
        tree.expect("they fit together").record_against(None)
    }

    #[test]
    fn what_is_withheld_for_the_first_time_is_counted_and_named() {
        let contents: Vec<Vec<u8>> = (0..8).map(|number| vec![number]).collect();
        let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
        let mut objects = WithheldObjects::new(withheld(&contents[..1]), &withheld(&contents));
        let files: Vec<(&str, &[u8])> = ["a", "b", "c", "d", "e", "f", "g"]
            .into_iter()
            .zip(contents.iter().copied())
            .collect();
        for change in &record(&files).changes {
            objects.note_path(change);
        }
        assert!(!objects.account_for(&ObjectId::of(b"nobody withholds this")));
        for contents in &contents[..7] {
            assert!(objects.account_for(&ObjectId::of(contents)));
        }
        // What nothing needs is not noted, whatever the server says.
        assert_eq!(objects.to_remember(), withheld(&contents[..7]));
        let said = Warnings::default();
        assert_eq!(objects.warn(&said), 6);
        let said = said.all();
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("the server withholds 6 objects of this history: "));
        assert!(said[0].ends_with(" (order) and 1 more"), "{said:?}");
        assert_eq!(said[0].matches("(order)").count(), MAX_NAMED);
        assert!(!said[0].contains("a (order)"), "it was known");
    }

    #[test]
    fn an_object_without_a_path_is_named_by_its_id() {
        let mut objects = WithheldObjects::new(Withheld::new(), &withheld(&[b"1"]));
        assert_eq!(
            objects.warn(&Warnings::default()),
            0,
            "nothing needs it yet"
        );
        assert!(objects.account_for(&ObjectId::of(b"1")));
        let said = Warnings::default();
        assert_eq!(objects.warn(&said), 1);
        let short = ObjectId::of(b"1").short();
        let expected =
            format!("the server withholds 1 object of this history: object {short} (order)");
        assert_eq!(said.all(), [expected]);
    }
}
