//! What every server does now and then: it deletes what has expired and what was left
//! behind, and sums up its metrics.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use super::assembly::Assembly;
use crate::config::Retention;
use crate::error::with_causes;
use crate::{gc, metrics};

/// How often mpacks that have expired are looked for, in the database.
const EXPIRED_INTERVAL: Duration = Duration::from_secs(60);

/// How often leftovers are looked for, in lists of all blobs of some areas.
const LEFTOVERS_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Goes on for as long as the future is polled.
pub(super) fn upkeep(
    assembly: &Assembly,
    retention: Retention,
) -> impl Future<Output = ()> + Send + 'static {
    let (fetch, store) = (assembly.fetch.clone(), assembly.store.clone());
    let blobs = assembly.blobs.store.clone();
    async move {
        let mut leftovers_at = Instant::now();
        loop {
            metrics::sum_up();
            report("expired mpacks", fetch.delete_expired().await);
            report("old counts of bytes", store.forget_pushed_bytes().await);
            if Instant::now() >= leftovers_at {
                leftovers_at += LEFTOVERS_INTERVAL;
                let deleted = async {
                    let garbage =
                        gc::find(&store, &blobs, None, &retention, SystemTime::now()).await?;
                    gc::delete(&store, &blobs, &garbage).await
                };
                report("leftovers", deleted.await);
            }
            sleep(EXPIRED_INTERVAL).await;
        }
    }
}

fn report<E: std::error::Error>(what: &str, outcome: Result<(), E>) {
    if let Err(error) = outcome {
        tracing::warn!(error = with_causes(&error), "cannot delete {what}");
    }
}
