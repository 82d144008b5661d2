//! A repository's history, read from the database as far as a question needs it: the commit graph
//! in windows of generations, and trees put together from snapshot records.

mod graph;
mod trees;

pub(crate) use graph::{CommitWindow, LoadedCommits};
pub(crate) use trees::{decode_record, load_tree};
