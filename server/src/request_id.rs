//! The id of the request that work is done for: in its answer, in log lines, and on the jobs that
//! it has queued.
//!
//! It goes along with the work, not through every call, as a log line's context does.

use std::sync::Arc;

tokio::task_local! {
    static CURRENT: Option<Arc<str>>;
}

/// Does work for a request.
pub(crate) async fn with_request_id<F: Future>(id: Option<&str>, work: F) -> F::Output {
    CURRENT.scope(id.map(Arc::from), work).await
}

/// The request that this is done for, if it is done for one.
pub(crate) fn request_id() -> Option<Arc<str>> {
    CURRENT.try_with(Clone::clone).ok().flatten()
}
