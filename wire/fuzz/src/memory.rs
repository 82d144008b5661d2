//! How much memory a target may take.

#[path = "../../tests/mpack/allocations.rs"]
mod allocations;

use allocations::peak_bytes_of;
use rayon::{ThreadPool, ThreadPoolBuilder};

thread_local! {
    /// A pool of this thread alone, so that everything is counted and every run is the same.
    static POOL: ThreadPool = ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build()
        .expect("the thread is in no pool yet");
}

/// Runs `work` in this thread alone; it may hold so many bytes at a time beyond what is held
/// before.
pub(crate) fn within<T: Send>(limit: u64, work: impl FnOnce() -> T + Send) -> T {
    let (result, peak) = POOL.with(|pool| pool.install(|| peak_bytes_of(work)));
    assert!(
        peak as u64 <= limit,
        "{peak} bytes were taken, {limit} are allowed"
    );
    result
}
