//! Finding the commit that broke something, by trying ever fewer commits.
//!
//! What is known is kept in `.muse/bisect`: what was found out about which commit, and where `HEAD`
//! was before.

mod choose;
mod error;
mod session;

pub use error::BisectError;
pub use session::{Next, judge, reset, start};
