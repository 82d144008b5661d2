//! What the process has counted, for Prometheus. It has a listener of its own, so that clients
//! cannot reach it.

use std::time::Duration;

use hyper::StatusCode;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::error::{Result, with_causes};
use crate::http::response::bytes;
use crate::http::{Request, Response};
use crate::metrics::{set_connections, set_job_wait, set_jobs};
use crate::store::Store;

/// Prometheus's text format.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) struct MetricsRoutes {
    pub(super) store: Store,
    pub(super) exporter: PrometheusHandle,
}

impl MetricsRoutes {
    /// `GET /metrics`. Without the database, what it would say of the queue stays as it was.
    pub(super) async fn render(&self, _: &mut Request) -> Result<Response> {
        let pool = self.store.pool_status();
        set_connections(pool.in_use, pool.idle, pool.limit, pool.waiting);
        match self.store.queue_status().await {
            Ok(queues) => {
                for queue in queues {
                    let kind = queue.kind.as_str();
                    set_jobs(kind, "pending", queue.pending);
                    set_jobs(kind, "running", queue.running);
                    set_job_wait(kind, Duration::from_millis(queue.wait_ms));
                }
            }
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "cannot count the jobs");
            }
        }
        let text = self.exporter.render();
        Ok(bytes(StatusCode::OK, MEDIA_TYPE, text.into_bytes()))
    }
}
