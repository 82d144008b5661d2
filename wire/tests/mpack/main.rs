//! The mpack format, from the outside: what is written is read, verified and, where damaged,
//! refused.

mod allocations;
mod forge;
mod frame_checks;
mod frames;
mod golden;
mod large_objects;
mod malformed;
mod merge;
mod random;
mod round_trip;
mod sample;
mod section;
mod thicken;
mod thin;
mod verification;
mod writer_limits;
