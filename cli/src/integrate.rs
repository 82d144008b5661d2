//! Bringing other commits' changes onto the current branch: merge, cherry-pick, revert and rebase,
//! and what people do when one of them stops at a conflict.
//!
//! `sequence` applies one commit after the other without touching the work tree, for as long as
//! nothing is in conflict; the files change once, at the end. Where it stops, the conflicts are
//! written into the work tree, and the refs file says what is unfinished
//! ([`crate::repository::Unfinished`]). Then [`go_on`] commits what people made of it and applies
//! the rest, and [`abort`] goes back to the start.

mod conflicts;
mod error;
mod merge;
mod pick;
mod rebase;
mod resume;
mod sequence;
mod settle;
#[cfg(test)]
mod tests;

pub use conflicts::unsettled;
pub use error::IntegrateError;
pub use merge::{FastForwarding, MergeOptions, Merging, merge};
pub use pick::{cherry_pick, revert};
pub use rebase::{Rebasing, rebase};
pub use resume::{abort, expect_settled, expect_unfinished, go_on, put_back, skip};
pub use sequence::{Applied, Committer, Outcome, Stop, stop_at_conflicts};
pub use settle::{Side, settle};
