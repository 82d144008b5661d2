//! Looking at history: which commits a revision means, the refs that name them, and what is in
//! them.

mod decorations;
mod files;
mod log;
mod named_commits;
mod ref_list;
mod ref_order;

pub use decorations::{Decoration, Decorations};
pub use files::{AtPath, at_path};
pub use log::{LogOrder, log};
pub use named_commits::{RangeOrder, commits_named};
pub use ref_list::{RefFilter, list_refs, name_patterns};
pub use ref_order::{RefKey, RefOrder, UnknownOrder};
