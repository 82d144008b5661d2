//! What the process counts and measures: every metric with its labels, and the one function that
//! records it. Without a recorder, recording does nothing.
//!
//! The metrics are the process's, not a server's: several servers in one process share them.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// What stands above the table of all metrics.
const INTRODUCTION: &str = "\
# Metrics

What `musehub serve` and `musehub worker` give at the address of `--metrics-listen`, at `/metrics`,
in Prometheus's text format. This page is generated. Histograms are in seconds; their `_count` says
how often something happened. The jobs are those of the database, the same in every process that
shares it; everything else is the process's own. Bytes that clients exchange with a bucket are not
among those of HTTP bodies.

| metric | kind | labels | meaning |
|---|---|---|---|
";

/// Upper bounds of the buckets of all histograms, in seconds.
const BUCKETS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0,
];

/// How Prometheus reads a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// A distribution, in seconds.
    Histogram,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One metric.
#[derive(Debug)]
struct Metric {
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    meaning: &'static str,
}

const REQUESTS: Metric = Metric {
    name: "musehub_http_request_seconds",
    kind: Kind::Histogram,
    labels: &["route", "method", "status"],
    meaning: "until an answer",
};
const RECEIVED_BYTES: Metric = Metric {
    name: "musehub_http_received_bytes_total",
    kind: Kind::Counter,
    labels: &[],
    meaning: "bytes of request bodies",
};
const SENT_BYTES: Metric = Metric {
    name: "musehub_http_sent_bytes_total",
    kind: Kind::Counter,
    labels: &[],
    meaning: "bytes of answers' bodies",
};
const FETCHES: Metric = Metric {
    name: "musehub_fetches_total",
    kind: Kind::Counter,
    labels: &["outcome"],
    meaning: "`hit`, built at once (`miss`), left to a `job`",
};
const JOBS: Metric = Metric {
    name: "musehub_job_seconds",
    kind: Kind::Histogram,
    labels: &["kind", "outcome"],
    meaning: "time of an attempt at a job",
};
const PUSH_STEPS: Metric = Metric {
    name: "musehub_push_step_seconds",
    kind: Kind::Histogram,
    labels: &["step"],
    meaning: "time of a step of the ingest",
};
const QUEUED_JOBS: Metric = Metric {
    name: "musehub_jobs",
    kind: Kind::Gauge,
    labels: &["kind", "state"],
    meaning: "unfinished jobs in the database",
};
const QUEUE_AGE: Metric = Metric {
    name: "musehub_job_wait_seconds",
    kind: Kind::Gauge,
    labels: &["kind"],
    meaning: "how long the job that is due longest has waited",
};
const CONNECTIONS: Metric = Metric {
    name: "musehub_database_connections",
    kind: Kind::Gauge,
    labels: &["state"],
    meaning: "those of the pool: `in_use`, `idle`, `limit`",
};
const CONNECTION_WAITS: Metric = Metric {
    name: "musehub_database_connection_waits",
    kind: Kind::Gauge,
    labels: &[],
    meaning: "requests and jobs that wait for a connection",
};

/// Every metric.
const METRICS: [&Metric; 10] = [
    &REQUESTS,
    &RECEIVED_BYTES,
    &SENT_BYTES,
    &FETCHES,
    &JOBS,
    &PUSH_STEPS,
    &QUEUED_JOBS,
    &QUEUE_AGE,
    &CONNECTIONS,
    &CONNECTION_WAITS,
];

/// The process's recorder, once it is asked for.
static EXPORTER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Renders what was recorded since the first call, in Prometheus's text format; `None` where the
/// process has another recorder.
pub(crate) fn exporter() -> Option<PrometheusHandle> {
    EXPORTER.get_or_init(install).clone()
}

/// Sums up what histograms have recorded, which otherwise only rendering does: to be called now and
/// then, so that memory does not grow while nobody asks.
pub(crate) fn sum_up() {
    if let Some(Some(exporter)) = EXPORTER.get() {
        exporter.run_upkeep();
    }
}

fn install() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS);
    let recorder = builder.expect("there are buckets").build_recorder();
    let exporter = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    for Metric {
        name,
        meaning,
        kind,
        ..
    } in METRICS
    {
        match kind {
            Kind::Counter => describe_counter!(*name, *meaning),
            Kind::Gauge => describe_gauge!(*name, *meaning),
            Kind::Histogram => describe_histogram!(*name, *meaning),
        }
    }
    Some(exporter)
}

/// An answer has begun.
pub(crate) fn request_answered(
    route: &'static str,
    method: &'static str,
    status: u16,
    took: Duration,
) {
    let status = status.to_string();
    histogram!(REQUESTS.name, "route" => route, "method" => method, "status" => status)
        .record(took);
}

/// So many bytes of a request's body have come.
pub(crate) fn bytes_received(count: usize) {
    counter!(RECEIVED_BYTES.name).increment(count as u64);
}

/// So many bytes of an answer's body are on their way.
pub(crate) fn bytes_sent(count: usize) {
    counter!(SENT_BYTES.name).increment(count as u64);
}

/// A fetch was answered.
pub(crate) fn fetch_answered(outcome: &'static str) {
    counter!(FETCHES.name, "outcome" => outcome).increment(1);
}

/// An attempt at a job has ended.
pub(crate) fn job_ended(kind: &'static str, outcome: &'static str, took: Duration) {
    histogram!(JOBS.name, "kind" => kind, "outcome" => outcome).record(took);
}

/// A step of a push has ended.
pub(crate) fn push_step_ended(step: &'static str, took: Duration) {
    histogram!(PUSH_STEPS.name, "step" => step).record(took);
}

/// So many jobs of a kind are in a state now.
pub(crate) fn set_jobs(kind: &'static str, state: &'static str, count: u64) {
    gauge!(QUEUED_JOBS.name, "kind" => kind, "state" => state).set(number(count));
}

/// The job of a kind that is due longest has been due for so long.
pub(crate) fn set_job_wait(kind: &'static str, wait: Duration) {
    gauge!(QUEUE_AGE.name, "kind" => kind).set(wait.as_secs_f64());
}

/// The connections of the database's pool.
pub(crate) fn set_connections(in_use: usize, idle: usize, limit: usize, waits: usize) {
    for (state, count) in [("in_use", in_use), ("idle", idle), ("limit", limit)] {
        gauge!(CONNECTIONS.name, "state" => state).set(number(count as u64));
    }
    gauge!(CONNECTION_WAITS.name).set(number(waits as u64));
}

/// METRICS.md.
pub fn metrics_page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for metric in METRICS {
        let (name, kind, meaning) = (metric.name, metric.kind.as_str(), metric.meaning);
        let labels: Vec<_> = metric
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        let labels = labels.join(", ");
        page.push_str(&format!("| `{name}` | {kind} | {labels} | {meaning} |\n"));
    }
    page
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is read by people")]
const fn number(count: u64) -> f64 {
    count as f64
}
