//! Importing a git repository: all branches and tags with their whole history.
//!
//! 1. `source` opens the git repository and reads its refs.
//! 2. `plan` walks the commits that are not here yet, parents first, and notes what each changed.
//! 3. `lfs` finds what LFS pointers stand for in git's local store.
//! 4. `objects` reads the blobs in the order in which they are stored, and writes them as one
//!    mpack.
//! 5. `records` turns commits and trees into records, in a second mpack: their number is known only
//!    once the objects' ids are.
//! 6. `tags` records what annotated tags say.
//! 7. `branches` brings the files of the work tree along and moves refs.
//!
//! Contents, git's packs (`git_reader`) and records (`spool`) pass through. What stays in memory is
//! some ten bytes for each change and about a hundred for each blob and commit. A commit whose tree
//! no snapshot can hold ends the import where it is met (`tree_size`).
//!
//! Until the refs move, nothing of it is visible; an import that dies can simply be run again.
//! Every imported commit notes the git commit it came from, so the next import brings only what is
//! new.

mod blobs;
mod branches;
mod checked_trees;
mod commit_walk;
mod error;
mod git_object;
mod git_reader;
mod importer;
mod lfs;
mod lfs_notes;
mod links;
mod losses;
mod mapped_memory;
mod numbered;
mod objects;
mod options;
mod padded_modes;
mod plan;
mod planned;
mod records;
mod source;
mod spool;
mod summary;
mod tags;
mod text;
mod tree_diff;
mod tree_size;
mod written;

pub use error::ImportError;
pub use importer::{import_commits, import_git};
pub use options::ImportOptions;
pub use summary::ImportSummary;
