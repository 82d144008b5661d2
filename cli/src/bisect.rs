//! Finding the commit that broke something, by trying ever fewer commits.
//!
//! What is known is kept in `.muse/bisect`: which commits are good, bad, or cannot be tried, and
//! where `HEAD` was before.

mod choose;
mod error;
mod session;

pub use error::BisectError;
pub use session::{Next, Verdict, judge, reset, start};
