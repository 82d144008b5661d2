//! Looking at history: which commits a revision means, the refs that name them, and what is in
//! them.
//!
//! * [`Selection`] says which commits are looked at, [`CommitFilter`] what they must be like.
//! * [`log()`] gives them one at a time, and reads no more of history than that takes.
//! * [`CommitChanges`] lists what each of them changed.
//! * [`blame()`] finds the commit that each line of a file came with.
//! * [`describe()`] names a commit by the nearest tag.
//! * [`by_author`] groups commits by who made them.

mod authors;
mod blame;
mod commit_changes;
mod decorations;
mod describe;
mod file_past;
mod files;
mod filter;
mod log;
mod named_commits;
mod path_filter;
mod ref_list;
mod ref_order;
mod selection;
mod tag_index;

pub use authors::{AuthorCommits, by_author};
pub use blame::{BlameOptions, BlamedLine, blame};
pub use commit_changes::CommitChanges;
pub use decorations::{Decoration, Decorations};
pub use describe::{Description, describe};
pub use files::{AtPath, at_path};
pub use filter::{CommitFilter, text_pattern};
pub use log::{LogError, LogOrder, LogQuery, Logged, log};
pub use named_commits::{RangeOrder, commits_named};
pub use path_filter::FileChange;
pub use ref_list::{RefFilter, list_refs, name_patterns};
pub use ref_order::{RefKey, RefOrder, UnknownOrder};
pub use selection::{Selection, merge_base};
