//! The shared language of `muse` and `musehub`: ids, records, the mpack format and the API's types.
//!
//! Everything both sides must agree on lives here and nowhere else. This crate knows no async
//! runtime, no terminal and no database; bytes come in through `std::io` traits.
//!
//! * [`id`], [`commit`], [`snapshot`]: what is stored and how it is named.
//! * [`path`], [`name`], [`limits`]: what is allowed; [`quote`]: how text shows a path.
//! * [`dag`]: walking the commit graph.
//! * [`mpack`]: the pack file (specified in `wire/MPACK.md`).
//! * [`msgpack`]: the strict encoding of what is hashed and stored.
//! * [`bundle`]: refs and an mpack in one file (specified in `wire/BUNDLE.md`).
//! * [`api`], [`problem`]: the HTTP protocol's bodies (specified in `wire/PROTOCOL.md`).

pub mod api;
pub mod bundle;
pub mod commit;
pub mod dag;
pub mod history;
pub mod id;
mod invisible;
pub mod limits;
pub mod mpack;
pub mod msgpack;
pub mod name;
pub mod path;
pub mod problem;
pub mod quote;
pub mod snapshot;
