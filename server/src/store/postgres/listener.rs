//! Hears the signals of other processes, over `LISTEN` and `NOTIFY`.

use std::error::Error;
use std::pin::pin;

use diesel_async::SimpleAsyncConnection as _;
use futures::StreamExt as _;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use super::connector::Connector;
use crate::store::signals::{POLL_INTERVAL, Signals};

/// The channel that tells that a job was queued.
pub(super) const QUEUED_CHANNEL: &str = "musehub_job_queued";

/// The channel that names a job that has ended.
pub(super) const ENDED_CHANNEL: &str = "musehub_job_ended";

/// Passes signals on until the handle is dropped. While there is no connection, waiters depend on
/// polling.
pub(super) fn listen(connector: Connector, signals: Signals) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        loop {
            let ended = pass_on(&connector, &signals).await;
            signals.hear_others(false);
            if let Err(error) = ended {
                tracing::warn!(%error, "lost the connection that listens for jobs; trying again");
            }
            sleep(POLL_INTERVAL).await;
        }
    }))
}

/// Passes signals on until the connection is lost.
async fn pass_on(
    connector: &Connector,
    signals: &Signals,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut connection = connector.connect().await?;
    connection
        .batch_execute(&format!("LISTEN {QUEUED_CHANNEL}; LISTEN {ENDED_CHANNEL}"))
        .await?;
    signals.hear_others(true);
    let mut notifications = pin!(connection.notifications_stream());
    while let Some(notification) = notifications.next().await {
        let notification = notification?;
        if notification.channel == QUEUED_CHANNEL {
            signals.job_queued();
        } else if let Ok(id) = notification.payload.parse() {
            signals.job_ended(id);
        }
    }
    Err("the server closed the connection".into())
}
