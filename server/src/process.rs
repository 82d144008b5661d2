//! What a server process sets up for itself before it starts threads.

/// Keeps what threads have given back from piling up: at most one pool of memory for each core.
///
/// The C library gives nearly every new thread a pool of its own, and each keeps the buffers of the
/// largest frame that its thread has ever read. With a few more threads than cores this was most of
/// a server's memory.
pub fn limit_memory_pools() {
    #[cfg(target_env = "gnu")]
    {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let pools = i32::try_from(cores).unwrap_or(i32::MAX);
        #[expect(unsafe_code, reason = "the allocator is set up through a C function")]
        // SAFETY: the function may be called at any time; it only sets a limit.
        // Where it fails, the process needs more memory and does the same.
        let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, pools) };
    }
}
