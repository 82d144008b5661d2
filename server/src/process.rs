//! What a server process does about its own memory.

use std::time::Duration;

use tokio::time::sleep;

/// How often freed memory is given back to the system.
const GIVE_BACK_INTERVAL: Duration = Duration::from_secs(30);

/// Keeps what threads have given back from piling up: at most one pool of memory for each core. To
/// be called before there are threads.
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

/// Gives freed memory back to the system now and then, for as long as the future is polled.
///
/// The C library keeps what is freed below something that is still in use. After the push of a tree
/// of a million directories that was more than a gigabyte.
pub async fn give_back_memory() {
    loop {
        sleep(GIVE_BACK_INTERVAL).await;
        #[cfg(target_env = "gnu")]
        {
            // It takes a while where there is much to give back.
            let _ = tokio::task::spawn_blocking(|| {
                #[expect(unsafe_code, reason = "the allocator is asked through a C function")]
                // SAFETY: the function may be called at any time, from any thread.
                unsafe {
                    libc::malloc_trim(0)
                }
            })
            .await;
        }
    }
}
