//! Fuzz targets for everything of Muse wire that reads bytes from outside: each is a function that
//! takes an input, panics where something is wrong, and takes no more memory than it says.
//!
//! `fuzz_targets/` gives them to libFuzzer, `tests/replay.rs` runs them on what is kept, and on a
//! few thousand inputs more.

mod bend;
mod choices;
mod files;
#[path = "../../tests/mpack/forge.rs"]
#[expect(dead_code, reason = "the tests of the format use more of it")]
mod forge;
mod history;
mod memory;
mod receive;
mod repository;
#[path = "../../tests/mpack/section.rs"]
#[expect(dead_code, reason = "the tests of the format use more of it")]
mod section;
mod seeds;
mod targets;

pub use targets::control::control;
pub use targets::names::names;
pub use targets::paths::paths;
pub use targets::reader::reader;
pub use targets::records::records;
pub use targets::scan::scan;
pub use targets::snapshots::snapshots;
pub use targets::thicken::thicken;
pub use targets::verifier::verifier;
