//! The files that people edit: scanning them, committing them, and bringing them to another
//! snapshot.
//!
//! * [`scan()`] finds what differs from a snapshot, reading only files that may have changed since
//!   the stat cache was written.
//! * [`ignored_files`] finds what is left out of it, [`ignore_rule`] says why.
//! * [`clean()`] removes files that the last commit does not have.
//! * [`commit()`] makes a commit of what was found.
//! * [`check_out`] brings files and `HEAD` to another commit and never loses local changes. One
//!   that was interrupted is finished by [`finish_checkout`] or undone by [`undo_checkout`].
//! * [`switch_tree`] brings the files alone from one snapshot to another.

mod absolute_path;
mod beneath;
mod changed_file;
mod checkout;
mod clean;
mod commit;
mod directories;
mod error;
mod file;
mod ignore;
mod ignored;
mod list;
mod name_probe;
mod portability;
mod scan;
mod stat_cache;
mod traverse;
mod twins;
mod unrecordable;

pub use changed_file::ChangedFile;
pub use checkout::{
    CheckoutStats, CheckoutTarget, FileWriter, FirstCheckout, LeftOutFile, LeftOutReason,
    LocalChanges, PreparedFiles, check_out, check_out_prepared, finish_checkout, left_out_files,
    restore_files, switch_tree, undo_checkout,
};
pub use clean::{CleanOptions, CleanPlan, clean, plan_clean};
pub use commit::{
    CommitDetails, CommitOptions, Committed, FileCounts, Follows, commit, record_commit,
    record_worktree,
};
pub use error::WorktreeError;
pub use file::{find_object, read_file};
pub use ignore::IgnoreRule;
pub use ignored::{ignore_rule, ignored_files};
pub use list::{list_files, read_contents};
pub use scan::{Scan, local_changes, scan};
pub use unrecordable::Unrecordable;
