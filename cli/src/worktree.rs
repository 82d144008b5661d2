//! The files that people edit: looking at them, recording them, and bringing them to another snapshot.
//!
//! * [`checkout`] brings the files from one tree to another and never loses local changes.
//!
//! Nothing here knows the command line or the terminal.

pub mod checkout;
