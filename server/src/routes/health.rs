//! Whether the process lives, and whether it can serve.

use hyper::StatusCode;
use muse_wire::problem::ProblemCode;

use crate::failure::with_causes;
use crate::http::answer::with_type;
use crate::http::{Call, CallError, Response, refused};

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// `GET /healthz`: the process answers.
pub(crate) async fn live(_call: &mut Call) -> Result<Response, CallError> {
    Ok(with_type(StatusCode::OK, PLAIN_TEXT, b"ok\n".to_vec()))
}

/// `GET /readyz`: the database and the blob store answer too, and the server is not about to stop.
pub(crate) async fn ready(call: &mut Call) -> Result<Response, CallError> {
    let unavailable = |what: &str| refused(ProblemCode::Unavailable, what);
    if call.state.stopping.is_cancelled() {
        return Err(unavailable("the server is stopping"));
    }
    if let Err(error) = call.state.store.ping().await {
        tracing::warn!(error = %with_causes(&error), "the database does not answer");
        return Err(unavailable("the database does not answer"));
    }
    if let Err(error) = call.state.blobs.ping().await {
        tracing::warn!(error = %with_causes(&error), "the blob store does not answer");
        return Err(unavailable("the blob store does not answer"));
    }
    Ok(with_type(StatusCode::OK, PLAIN_TEXT, b"ready\n".to_vec()))
}
