//! Branches: creating, deleting, renaming and switching to them, and how far they are from a
//! server's.

mod edit;
mod error;
mod left_behind;
mod switch;
mod upstream;

pub use edit::{create_branch, delete_branches, rename_branch};
pub use error::{BranchError, SwitchError};
pub use left_behind::left_behind;
pub use switch::{Resume, SwitchTarget, Switched, resume, switch};
pub use upstream::{Distance, Upstream, upstream};
