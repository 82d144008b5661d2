//! The files that people edit: looking at them, recording them, and bringing them to another snapshot.
//!
//! * [`scan`] finds what differs from a snapshot, reading only files that the stat cache does not vouch for.
//! * [`record`] makes a commit of what was found.
//! * [`checkout`] brings the files from one snapshot to another and never loses local changes.
//!
//! Nothing here knows the command line or the terminal.

pub mod checkout;
mod directories;
mod error;
mod file;
mod ignore;
pub mod record;
pub mod scan;
mod traverse;

pub use error::WorktreeError;
