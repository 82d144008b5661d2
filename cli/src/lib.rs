//! `muse`: a version-control client whose every store and transfer is one mpack.
//!
//! The binary is a thin `main` over this library. [`app`] parses the command line and builds the
//! [`context::Context`]; [`commands`] holds one file per command. Below them, [`repository`],
//! [`worktree`], [`walk`] and [`transport`] do the work and know neither clap nor the terminal.

pub mod app;
pub mod commands;
pub mod connection;
pub mod context;
pub mod credentials;
pub mod diff;
pub mod env;
pub mod error;
pub mod import;
pub mod pager;
pub mod printer;
pub mod progress;
pub mod repository;
pub mod secret;
pub mod time;
pub mod transport;
pub mod walk;
pub mod worktree;
