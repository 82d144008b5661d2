//! `muse`: a version-control client. Everything that it stores or sends is an mpack.
//!
//! It is a library first: a program that embeds it starts at [`sync`], which clones, fetches,
//! pushes and pulls, and at [`repository`]. The binary is a thin `main` over [`app`]. Modules only
//! look down, from the top:
//!
//! * [`app`] and [`commands`]: the command line. A command parses its arguments, calls the library
//!   and prints the result, through [`ui`].
//! * [`sync`]: what a repository does together with a server.
//! * [`fsck`]: whether it is whole, and what can be saved of it if it is not.
//! * [`integrate`], [`stash`], [`bisect`], [`status`], [`undo`] and [`gc`], on [`branches`],
//!   [`tags`], [`history`], [`merge`], [`diff`], [`search`], [`import`] and [`export`]: what it
//!   does alone.
//! * [`git_remote`]: what git runs for people who stay with it.
//! * [`worktree`], [`walk`]: the files that people edit, and what a push sends.
//! * [`repository`], [`transport`]: what lies on disk, and requests to servers.
//! * [`report`]: how all of them tell what happens, without knowing a terminal.

pub mod app;
pub mod bisect;
pub mod branches;
pub mod commands;
pub mod credentials;
pub mod diff;
pub mod export;
pub mod fault;
pub mod fsck;
pub mod gc;
pub mod git;
pub mod git_remote;
pub mod history;
pub mod import;
pub mod integrate;
pub mod merge;
pub mod message;
mod pipeline;
pub mod report;
pub mod repository;
pub mod search;
pub mod secret;
pub mod signing;
pub mod stash;
pub mod status;
pub mod sync;
pub mod tags;
#[cfg(test)]
mod testing;
pub mod transport;
pub mod ui;
pub mod undo;
pub mod walk;
pub mod worktree;
