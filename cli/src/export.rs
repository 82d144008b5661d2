//! Exporting to a git repository: all branches and tags with their whole history.
//!
//! 1. `target` opens the git repository, or makes it, and keeps other exports out.
//! 2. `blobs` writes the files that are new; those that are LFS pointers in git go to its local
//!    store (`lfs`).
//! 3. `commits` makes git's trees and commits, parents first; `tags` the annotated tags.
//! 4. `pack` holds all of them in one file, whose index the crate `gix-pack` makes; what resembles
//!    what came before it is written as the difference (`delta`).
//! 5. `refs` moves git's branches and tags.
//!
//! An imported commit becomes the git commit that it was, with the same id, as `crate::git` says.
//! One that was made here becomes the same git commit whoever exports it. Which commit is which is
//! noted in the git repository (`CommitMap`), so that the next export brings only what is new.
//!
//! `stream` writes what `git fast-import` reads instead.
//!
//! Until the refs move, nothing of it is visible in git; an export that dies can be run again.

mod blobs;
mod changes;
mod commits;
mod delta;
mod error;
mod exporter;
mod lfs;
mod lfs_rules;
mod notes;
mod options;
mod pack;
mod refs;
mod stream;
mod summary;
mod tags;
mod target;
mod tree;

pub use error::ExportError;
pub use exporter::{export_git, export_objects};
pub use options::ExportOptions;
pub use stream::{StreamLoss, StreamSummary, export_stream};
pub use summary::{ChangedId, ExportSummary, LeftReason, LeftRef};
