//! Histories that come from git, and that go there.

mod export;
mod fast_export;
mod fixture;
mod import;
mod lfs;
mod malformed;
mod notes;
