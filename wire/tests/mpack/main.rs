//! The mpack format, from the outside: what is written is read, verified and, where damaged,
//! refused.

mod forge;
mod frames;
mod golden;
mod malformed;
mod merge;
mod random;
mod round_trip;
mod sample;
mod writer_limits;
