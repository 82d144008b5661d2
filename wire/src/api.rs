//! Bodies of the HTTP protocol, one file per group of calls, and the routes' paths.
//!
//! Control bodies are MessagePack maps ([`MSGPACK_MEDIA_TYPE`]) with the field names below; the
//! same types as JSON on request. The protocol is specified in `wire/PROTOCOL.md`.

mod body;
pub mod fetch;
pub mod job;
pub mod key;
pub mod push;
pub mod reflog;
pub mod refs;
pub mod repo;

pub use body::from_msgpack;

/// Media type of a control body by default.
pub const MSGPACK_MEDIA_TYPE: &str = "application/msgpack";
/// Media type of a control body for people and scripts.
pub const JSON_MEDIA_TYPE: &str = "application/json";
/// Media type of an mpack, and of a streamed push.
pub const MPACK_MEDIA_TYPE: &str = "application/vnd.muse.mpack";
