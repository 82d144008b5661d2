//! What a run costs, seen from outside: bytes on the wire and peak memory.

mod memory;
mod proxy;

pub use memory::{PeakMemory, peak_memory_bytes};
pub use proxy::CountingProxy;
