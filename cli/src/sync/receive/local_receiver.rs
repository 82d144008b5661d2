//! What a repository has that thin mpacks build on.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use muse_wire::history::{Base as TreeBase, Boundary};
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{Base, Receiver};
use rayon::prelude::*;

use super::boundary::RepositoryBoundary;
use crate::repository::{ObjectStore, RepositoryError};
use crate::worktree::find_object;

/// The repository, and its work tree: most bases are files that lie there as they were. Reading
/// them costs much less than decompressing the frames that hold them.
pub struct LocalReceiver<'a> {
    boundary: RepositoryBoundary<'a>,
    root: &'a Path,
}

impl<'a> LocalReceiver<'a> {
    /// Looks into `objects`, and into the work tree at `root`.
    pub const fn new(objects: &'a ObjectStore, root: &'a Path) -> Self {
        Self {
            boundary: RepositoryBoundary(objects),
            root,
        }
    }
}

impl Boundary for LocalReceiver<'_> {
    type Error = RepositoryError;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, RepositoryError> {
        self.boundary.generation(id)
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<TreeBase>, RepositoryError> {
        self.boundary.base(id)
    }

    fn is_shallow(&mut self, id: &CommitId) -> Result<bool, RepositoryError> {
        self.boundary.is_shallow(id)
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, RepositoryError> {
        self.boundary.has_snapshot(id)
    }
}

impl Receiver for LocalReceiver<'_> {
    fn contents(&mut self, bases: &[Base]) -> Result<Vec<Option<Vec<u8>>>, RepositoryError> {
        let objects = self.boundary.0;
        let mut ids = Vec::with_capacity(bases.len());
        for base in bases {
            let is_here = objects.has_snapshot(&base.snapshot)?;
            let entry = match is_here {
                true => objects.tree(&base.snapshot)?.get(&base.path),
                false => None,
            };
            ids.push(entry.map(|entry| entry.object));
        }
        let root = self.root;
        let in_work_tree = bases.par_iter().zip(&ids);
        let mut contents: Vec<Option<Vec<u8>>> = in_work_tree
            .map(|(base, id)| find_object(root, &base.path, id.as_ref()?, base.length.into()))
            .collect();
        // Of the length that was declared: no more is in memory than a thin frame may name.
        let wanted: HashSet<(ObjectId, u32)> = ids
            .iter()
            .zip(bases)
            .zip(&contents)
            .filter(|(_, contents)| contents.is_none())
            .filter_map(|((id, base), _)| Some(((*id)?, base.length)))
            .collect();
        let (mut whole, _) = objects.whole_objects(wanted.iter().map(|(id, _)| *id))?;
        whole.retain(|row| wanted.contains(&(row.id, row.length)));
        let found = Mutex::new(HashMap::new());
        whole.read(|row, contents| -> Result<(), RepositoryError> {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.insert(row.id, contents.to_vec());
            Ok(())
        })?;
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (contents, id) in contents.iter_mut().zip(ids) {
            if contents.is_none() {
                *contents = id.and_then(|id| found.get(&id).cloned());
            }
        }
        Ok(contents)
    }
}
