//! Going back: the current branch to another commit, the last operation undone, files as they were.

mod error;
mod operation;
mod reset;
mod restore;

pub use error::UndoError;
pub use operation::{Undone, undo};
pub use reset::{FilesOnReset, Reset, reset};
pub use restore::restore;
