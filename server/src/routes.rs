//! The routes of the protocol, one file per group. Handlers check who asks and what is asked, call
//! the store, ingest or fetch, and put the outcome into words; they hold no SQL and no file format.
//!
//! [`table`] is the whole API on one screen, [`metrics_table`] what is for the operator alone.

mod auth;
mod blobs;
mod fetch;
mod health;
mod jobs;
mod keys;
mod metrics;
mod objects;
mod push;
mod rate_limit;
mod reflog;
mod refs;
mod repos;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use hyper::Method;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use self::auth::Auth;
use crate::blobs::OpenBlobs;
use crate::config::Config;
use crate::fetch::Fetch;
use crate::history::VisibleObjects;
use crate::http::{RouteTable, handler};
use crate::ingest::Ingest;
use crate::store::Store;

/// Binds each path to methods, and each method to a handler: a method of a group of routes.
macro_rules! route_table {
    ($($path:literal { $($method:ident => $group:ident.$handler:ident),+ $(,)? })+) => {{
        let mut table = RouteTable::default();
        $(table.add($path, vec![$((Method::$method, {
            let group = Arc::clone(&$group);
            handler(move |request| {
                let group = Arc::clone(&group);
                Box::pin(async move { group.$handler(request).await })
            })
        })),+]);)+
        table
    }};
}

/// All routes of a server.
pub(crate) fn table(
    store: &Store,
    blobs: &OpenBlobs,
    visible: &Arc<VisibleObjects>,
    ingest: &Arc<Ingest>,
    fetch: &Arc<Fetch>,
    config: &Config,
    stopping: &CancellationToken,
) -> RouteTable {
    let auth = Auth::new(store.clone(), config.max_requests_per_minute);
    let health = Arc::new(health::HealthRoutes::new(
        store.clone(),
        blobs.store.clone(),
        stopping.clone(),
    ));
    let repos = Arc::new(repos::RepoRoutes {
        auth: auth.clone(),
        store: store.clone(),
    });
    let keys = Arc::new(keys::KeyRoutes {
        auth: auth.clone(),
        store: store.clone(),
    });
    let blob = Arc::new(blobs::BlobRoutes {
        directory: blobs.directory.clone(),
    });
    let refs = Arc::new(refs::RefRoutes {
        auth: auth.clone(),
        store: store.clone(),
        push_limits: config.push_limits.clone(),
    });
    let reflog = Arc::new(reflog::ReflogRoutes {
        auth: auth.clone(),
        store: store.clone(),
    });
    let push = Arc::new(push::PushRoutes::new(auth.clone(), Arc::clone(ingest)));
    let jobs = Arc::new(jobs::JobRoutes {
        auth: auth.clone(),
        store: store.clone(),
        fetch: Arc::clone(fetch),
        stopping: stopping.clone(),
    });
    let fetch = Arc::new(fetch::FetchRoutes {
        auth: auth.clone(),
        store: store.clone(),
        fetch: Arc::clone(fetch),
    });
    let objects = Arc::new(objects::ObjectRoutes {
        auth,
        store: store.clone(),
        blobs: blobs.store.clone(),
        visible: Arc::clone(visible),
    });
    route_table! {
        "/healthz" { GET => health.live }
        "/readyz" { GET => health.ready }

        "/api/whoami" { GET => repos.whoami }
        "/api/repos" { GET => repos.list, POST => repos.create }
        "/api/repos/{owner}/{slug}" {
            GET => repos.show, PATCH => repos.update, DELETE => repos.delete
        }
        "/api/keys" { GET => keys.list, POST => keys.register }
        "/api/keys/{key}" { DELETE => keys.remove }

        "/blobs/{*key}" { PUT => blob.put, GET => blob.get }

        "/{owner}/{slug}/refs" { GET => refs.list }
        "/{owner}/{slug}/reflog" { GET => reflog.list }
        "/{owner}/{slug}/negotiate" { POST => refs.negotiate }
        "/{owner}/{slug}/push/stream" { POST => push.stream }
        "/{owner}/{slug}/push/presign" { POST => push.presign }
        "/{owner}/{slug}/push/unpack-mpack" { POST => push.unpack }
        "/{owner}/{slug}/push/jobs" { GET => jobs.list }
        "/{owner}/{slug}/push/jobs/{job_id}" { GET => jobs.status }
        "/{owner}/{slug}/fetch/mpack" { POST => fetch.plan }
        "/{owner}/{slug}/objects/{object_id}" { GET => objects.get, HEAD => objects.head }
    }
}

/// The routes of the address for metrics.
pub(crate) fn metrics_table(store: &Store, exporter: PrometheusHandle) -> RouteTable {
    let metrics = Arc::new(metrics::MetricsRoutes {
        store: store.clone(),
        exporter,
    });
    route_table! {
        "/metrics" { GET => metrics.render }
    }
}
