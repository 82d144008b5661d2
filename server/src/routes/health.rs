//! Whether the process lives, and whether it can serve.

use std::time::Duration;

use hyper::StatusCode;
use muse_wire::problem::ProblemCode;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::blobs::Blobs;
use crate::error::{Error, Result, with_causes};
use crate::http::response::bytes;
use crate::http::{Request, Response};
use crate::store::Store;

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// How long an outcome is given again: however often one asks, the stores are asked this seldom.
const OUTCOME_LIFETIME: Duration = Duration::from_secs(2);

/// How long a store may take to answer. Whoever asks has a time-out of his own, mostly longer.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct HealthRoutes {
    store: Store,
    blobs: Blobs,
    stopping: CancellationToken,
    /// What was found out last, and when; locked while it is found out.
    last: Mutex<Option<(Instant, Outcome)>>,
}

/// Which store does not answer, if one does not.
type Outcome = std::result::Result<(), &'static str>;

impl HealthRoutes {
    pub(super) fn new(store: Store, blobs: Blobs, stopping: CancellationToken) -> Self {
        Self {
            store,
            blobs,
            stopping,
            last: Mutex::default(),
        }
    }

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
        match self.stores_answer().await {
            Ok(()) => Ok(bytes(StatusCode::OK, PLAIN_TEXT, b"ready\n".to_vec())),
            Err(what) => Err(unavailable(what)),
        }
    }

    async fn stores_answer(&self) -> Outcome {
        let mut last = self.last.lock().await;
        if let Some((at, outcome)) = *last
            && at.elapsed() < OUTCOME_LIFETIME
        {
            return outcome;
        }
        let (database, blobs) = tokio::join!(
            answers("the database does not answer", self.store.ping()),
            answers("the blob store does not answer", self.blobs.ping()),
        );
        let outcome = database.and(blobs);
        *last = Some((Instant::now(), outcome));
        outcome
    }
}

/// Whether a store answers in time; `failure` where it does not.
async fn answers<E: std::error::Error>(
    failure: &'static str,
    ping: impl Future<Output = std::result::Result<(), E>>,
) -> Outcome {
    match timeout(STORE_TIMEOUT, ping).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::warn!(error = with_causes(&error), "{failure}");
            Err(failure)
        }
        Err(_) => {
            tracing::warn!(error = "it takes too long", "{failure}");
            Err(failure)
        }
    }
}
