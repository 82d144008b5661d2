//! `muse`: a version-control client whose every store and transfer is one mpack.
//!
//! The binary is a thin `main` over this library. [`app`] parses the command line and builds the
//! [`ui::context::Context`]; [`commands`] holds one file per command. Below them, [`repository`],
//! [`worktree`], [`walk`] and [`transport`] do the work and know neither clap nor the terminal:
//! they speak through [`report::Reporter`].

pub mod app;
pub mod branches;
pub mod commands;
pub mod credentials;
pub mod diff;
pub mod fault;
pub mod history;
#[cfg(feature = "git-import")]
pub mod import;
pub mod message;
pub mod report;
pub mod repository;
pub mod secret;
pub mod status;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod transport;
pub mod ui;
pub mod walk;
pub mod worktree;
