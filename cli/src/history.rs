//! Looking at history: which commits a revision means, the refs that name them, and what is in
//! them.

mod decorations;
mod files;
mod log;
mod named_commits;

pub use decorations::{Decoration, Decorations};
pub use files::{AtPath, at_path};
pub use log::{LogOrder, log};
pub use named_commits::{RangeOrder, commits_named};
