//! Runs blocking work (files, hashing, compression) off the threads that serve requests.

use std::future;
use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// Runs `work` on a thread that may block. A panic in it becomes a panic of the caller.
pub(crate) async fn run_blocking<T, F>(work: F) -> T
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Only the end of the runtime cancels blocking work, and then nothing waits for it.
            Err(_) => future::pending().await,
        },
    }
}
