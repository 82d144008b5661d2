//! Deterministic contents and histories: the same name gives the same bytes everywhere.

mod history;
mod text;

pub use history::{Shape, git_fast_import};
pub use text::{Random, incompressible, text};
