//! What is known outside of the mpack: what the receiver has, or nothing.

use crate::history::{Base as BaseTree, Boundary};
use crate::id::{CommitId, SnapshotId};
use crate::mpack::Base;
use crate::mpack::thicken::Receiver;
use crate::snapshot::Tree;

/// A receiver, if there is one.
pub(super) struct Known<R>(pub(super) Option<R>);

impl<R: Receiver> Boundary for Known<R> {
    type Error = R::Error;

    fn generation(&mut self, id: &CommitId) -> Result<Option<u32>, R::Error> {
        match &mut self.0 {
            Some(receiver) => receiver.generation(id),
            None => Ok(None),
        }
    }

    fn base(&mut self, id: &SnapshotId) -> Result<Option<BaseTree>, R::Error> {
        let empty = Tree::empty();
        if *id == empty.id() {
            // Everybody has it.
            return Ok(Some(BaseTree {
                tree: empty,
                chain_bytes: 0,
            }));
        }
        match &mut self.0 {
            Some(receiver) => receiver.base(id),
            None => Ok(None),
        }
    }

    fn has_snapshot(&mut self, id: &SnapshotId) -> Result<bool, R::Error> {
        match &mut self.0 {
            Some(receiver) => receiver.has_snapshot(id),
            None => Ok(false),
        }
    }
}

impl<R: Receiver> Receiver for Known<R> {
    fn contents(&mut self, bases: &[Base]) -> Result<Vec<Option<Vec<u8>>>, R::Error> {
        match &mut self.0 {
            Some(receiver) => receiver.contents(bases),
            None => Ok(vec![None; bases.len()]),
        }
    }
}
