//! The `muse` client: local repository, work tree, transport and commands.

pub mod import;
pub mod progress;
pub mod repository;
