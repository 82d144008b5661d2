//! Merging trees: what two sides made of a base, put together.
//!
//! The outcome is the one of `git merge` (its strategy `ort`) with conflicts in the style `diff3`:
//! the same tree, and conflicts at the same paths. Nothing is written; what the merge makes comes
//! with its outcome.
//!
//! * `three_way`: the merge of trees, step by step.
//! * `collect`: the paths that a side changed. What one side alone changed, or both in the same
//!   way, is settled there.
//! * `renames`: which removed files are new ones, and what that means for the other side's changes.
//! * `resolve`: one path after another, what stands there in the end.
//! * `contents` and `text`: two versions of one file.
//! * `bases`: the merge of commits, whose bases may have to be merged first.
//!
//! The cost follows what the sides changed, not the size of the trees.

mod bases;
mod collect;
mod conflict;
mod contents;
mod error;
mod item;
mod labels;
mod outcome;
mod renames;
mod resolve;
#[cfg(test)]
mod tests;
mod text;
mod three_way;
mod trees;

pub use bases::merge_commits;
pub use conflict::{Conflict, ConflictKind};
pub use error::MergeError;
pub use labels::Labels;
pub use outcome::Merged;
pub use three_way::merge_trees;
