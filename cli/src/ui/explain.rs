//! What errors of the layers below mean to people: the kind, which fixes the exit code, the cause in
//! one line, and what to type next.

mod credentials;
mod repository;
mod transport;
mod walk;
mod worktree;

pub use transport::explain;
