//! A repository's history, read from the database as far as a question needs it: the commit graph
//! in windows of generations, trees put together from snapshot records, and which objects are to be
//! seen.

mod graph;
mod trees;
mod visible_objects;

pub(crate) use graph::{CommitWindow, LoadedCommits};
pub(crate) use trees::{
    decode_record, for_each_addition, for_each_object_of, load_known_tree, load_tree,
};
pub(crate) use visible_objects::VisibleObjects;
