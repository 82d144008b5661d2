//! Reading git's trees, of which some are malformed: no directory has two entries of one name.

use std::cell::{Cell, RefCell};

use gix::bstr::{BStr, BString};
use gix::objs::tree::EntryKind;
use gix::objs::{Data, Find, Kind, TreeRefIter};
use hashbrown::HashSet;

/// A tree with two entries of one name.
pub(super) struct RepeatedName {
    pub(super) tree: gix::ObjectId,
    pub(super) name: BString,
}

/// Reads objects, and looks at every tree that is read.
pub(super) struct CheckedTrees<'a, O> {
    objects: &'a O,
    repeated_name: RefCell<Option<RepeatedName>>,
    has_padded_mode: Cell<bool>,
}

impl<'a, O: Find> CheckedTrees<'a, O> {
    pub(super) const fn new(objects: &'a O) -> Self {
        Self {
            objects,
            repeated_name: RefCell::new(None),
            has_padded_mode: Cell::new(false),
        }
    }

    /// Whether a tree was read that writes the mode of a directory with a zero before it.
    pub(super) const fn has_padded_mode(&self) -> bool {
        self.has_padded_mode.get()
    }

    /// The first malformed tree that was read.
    pub(super) fn repeated_name(self) -> Option<RepeatedName> {
        self.repeated_name.into_inner()
    }
}

impl<O: Find> Find for CheckedTrees<'_, O> {
    fn try_find<'a>(
        &self,
        id: &gix::oid,
        buffer: &'a mut Vec<u8>,
    ) -> gix::Result<Option<Data<'a>>> {
        let found = self.objects.try_find(id, buffer)?;
        if let Some(Data {
            kind: Kind::Tree,
            object_hash,
            data,
        }) = found
        {
            let tree = TreeRefIter::from_bytes(data, object_hash);
            if let Some(name) = repeated_name(tree) {
                self.repeated_name
                    .borrow_mut()
                    .get_or_insert_with(|| RepeatedName {
                        tree: id.to_owned(),
                        name: name.to_owned(),
                    });
            }
            if !self.has_padded_mode.get() && has_padded_mode(tree) {
                self.has_padded_mode.set(true);
            }
        }
        Ok(found)
    }
}

fn has_padded_mode(tree: TreeRefIter<'_>) -> bool {
    let mut modes = tree.flatten().map(|entry| entry.mode);
    modes.any(|mode| mode.is_tree() && mode != EntryKind::Tree.into())
}

/// A name that the tree has twice. Whoever goes on to read the tree finds what else is wrong.
fn repeated_name(tree: TreeRefIter<'_>) -> Option<&BStr> {
    // In git's order a directory stands where its name and a slash would. So whatever stands
    // between two entries of one name begins with that name; `open` has those that may come again,
    // of which each begins with the one before it.
    let mut open: Vec<&BStr> = Vec::new();
    let mut previous = None;
    for entry in tree.flatten() {
        if previous.is_some_and(|previous| previous > entry) {
            return repeated_in_any_order(tree);
        }
        previous = Some(entry);
        let name = entry.filename;
        while open.last().is_some_and(|last| !name.starts_with(last)) {
            open.pop();
        }
        if open.last() == Some(&name) {
            return Some(name);
        }
        open.push(name);
    }
    None
}

/// As [`repeated_name`], of a tree that is not in git's order, which alone does no harm.
fn repeated_in_any_order(tree: TreeRefIter<'_>) -> Option<&BStr> {
    let mut names = HashSet::new();
    let mut entries = tree.flatten().map(|entry| entry.filename);
    entries.find(|name| !names.insert(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated_in(entries: &[(&str, &str)]) -> Option<String> {
        let mut tree = Vec::new();
        for (mode, name) in entries {
            tree.extend_from_slice(mode.as_bytes());
            tree.push(b' ');
            tree.extend_from_slice(name.as_bytes());
            tree.push(0);
            tree.extend_from_slice(&[1; 20]);
        }
        let found = repeated_name(TreeRefIter::from_bytes(&tree, gix::hash::Kind::Sha1));
        found.map(ToString::to_string)
    }

    #[test]
    fn a_name_is_found_again_wherever_gits_order_has_it() {
        let (file, directory) = ("100644", "40000");
        assert_eq!(repeated_in(&[]), None);
        let good = [(file, "a"), (file, "a-b"), (file, "a.c"), (directory, "ab")];
        assert_eq!(repeated_in(&good), None);
        let twice = [(file, "a"), (file, "b"), (file, "b"), (file, "c")];
        assert_eq!(repeated_in(&twice).as_deref(), Some("b"));
        let apart = [(file, "a"), (file, "a-b"), (file, "a.c"), (directory, "a")];
        assert_eq!(repeated_in(&apart).as_deref(), Some("a"));
        let unordered = [(file, "b"), (file, "a")];
        assert_eq!(repeated_in(&unordered), None);
        let unordered = [(file, "b"), (file, "a"), (file, "b")];
        assert_eq!(repeated_in(&unordered).as_deref(), Some("b"));
    }
}
