//! The strict subset of MessagePack in which everything is written that is hashed or stored: one
//! encoding for every value, and one reading for every encoding that is accepted.
//!
//! Values are nil, integers, str, bin, array and map. Each has the shortest form that can hold it,
//! a non-negative integer is always an unsigned one, a str is UTF-8, and the keys of a map are
//! strictly ascending by their bytes. Control bodies are not written in it: they are for serde.

mod error;
mod markers;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use error::DecodeError;
pub use reader::Reader;
pub use writer::Writer;
