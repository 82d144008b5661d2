//! Whether the process lives, and whether it can serve.

use hyper::StatusCode;
use muse_wire::problem::ProblemCode;
use tokio_util::sync::CancellationToken;

use crate::blobs::Blobs;
use crate::error::{Error, Result, with_causes};
use crate::http::response::bytes;
use crate::http::{Request, Response};
use crate::store::Store;

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

pub(super) struct HealthRoutes {
    pub(super) store: Store,
    pub(super) blobs: Blobs,
    pub(super) stopping: CancellationToken,
}

impl HealthRoutes {
    /// `GET /healthz`: the process answers.
    pub(super) async fn live(&self, _: &mut Request) -> Result<Response> {
        Ok(bytes(StatusCode::OK, PLAIN_TEXT, b"ok\n".to_vec()))
    }

    /// `GET /readyz`: the database and the blob store answer, too, and the server is not stopping.
    pub(super) async fn ready(&self, _: &mut Request) -> Result<Response> {
        let unavailable = |what: &str| Error::problem(ProblemCode::Unavailable, what);
        if self.stopping.is_cancelled() {
            return Err(unavailable("the server is stopping"));
        }
        if let Err(error) = self.store.ping().await {
            tracing::warn!(error = with_causes(&error), "the database does not answer");
            return Err(unavailable("the database does not answer"));
        }
        if let Err(error) = self.blobs.ping().await {
            tracing::warn!(
                error = with_causes(&error),
                "the blob store does not answer"
            );
            return Err(unavailable("the blob store does not answer"));
        }
        Ok(bytes(StatusCode::OK, PLAIN_TEXT, b"ready\n".to_vec()))
    }
}
