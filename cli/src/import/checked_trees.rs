//! Reading git's trees, of which some are malformed: no directory has two entries of one name.

use std::cell::RefCell;

use gix::bstr::{BStr, BString};
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
}

impl<'a, O: Find> CheckedTrees<'a, O> {
    pub(super) const fn new(objects: &'a O) -> Self {
        Self {
            objects,
            repeated_name: RefCell::new(None),
        }
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
            && let Some(name) = repeated_name(TreeRefIter::from_bytes(data, object_hash))
        {
            self.repeated_name
                .borrow_mut()
                .get_or_insert_with(|| RepeatedName {
                    tree: id.to_owned(),
                    name: name.to_owned(),
                });
        }
        Ok(found)
    }
}

/// A name that the tree has twice. Whoever goes on to read the tree finds what else is wrong.
fn repeated_name(tree: TreeRefIter<'_>) -> Option<&BStr> {
    let mut names = HashSet::new();
    let mut entries = tree.flatten().map(|entry| entry.filename);
    entries.find(|name| !names.insert(*name))
}
