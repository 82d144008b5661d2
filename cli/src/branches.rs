//! Branches: creating, deleting, renaming and switching to them, what they follow on a server, and
//! how far they are from there.

mod edit;
mod error;
mod follow;
mod left_behind;
mod settings;
mod switch;
mod upstream;

pub use edit::{create_branch, delete_branches, rename_branch};
pub use error::{BranchError, SwitchError};
pub use follow::{follow, stop_following};
pub use left_behind::left_behind;
pub use settings::undo_settings;
pub use switch::{ExistingBranch, Resume, SwitchTarget, Switched, resume, switch};
pub use upstream::{Distance, Upstream, followers, upstream};
