//! The `muse` client: local repository, work tree, transport and commands.

pub mod progress;
