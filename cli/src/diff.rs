//! Differences between two versions of a tree and its files, in the form that people read and
//! `git apply` and `patch` take.
//!
//! * [`changes_between`] and [`changes_of`] list the paths that differ.
//! * [`VersionReader`] reads both versions of a file.
//! * [`find_renames`] pairs files that are gone with new ones; [`pair_renames()`] makes one change
//!   of each pair.
//! * [`write_patch`] and [`count_lines`] compare them, line by line.

mod changes;
mod file_diff;
mod line_key;
mod line_kind;
mod lines;
mod options;
mod pair_renames;
mod patch;
pub(crate) mod renames;
mod versions;
mod words;

pub use changes::{PathChange, RenamedFrom, changes_between, changes_of};
pub(crate) use file_diff::is_binary;
pub use file_diff::{Contents, FileDiff, FileVersion};
pub use line_kind::{LineKind, PatchSink};
pub use lines::{ChangedRange, changed_ranges};
pub use options::LineOptions;
pub use pair_renames::pair_renames;
pub use patch::{ChangedLines, LineCounts, count_lines, write_patch};
pub use renames::{Rename, find_renames};
pub use versions::{NewVersion, VersionReader};
