//! `musehub quarantine`.

use musehub::admin;
use musehub::config::arguments::QuarantineCommand;

use super::output::{NONE, print_table};
use super::time::format_time;
use super::{CommandError, open_both};

/// Runs `musehub quarantine`.
pub(crate) async fn run(command: QuarantineCommand) -> Result<(), CommandError> {
    match command {
        QuarantineCommand::List { repo, data } => {
            let (store, blobs) = open_both(data).await?;
            let found = admin::list_quarantine(&store, &blobs, repo.as_ref()).await?;
            let lines = found.iter().map(|found| {
                let repo = found.repo.as_ref().map(ToString::to_string);
                let (mpack, time) = (found.mpack, format_time(found.since_ms));
                let repo = repo.as_deref().unwrap_or(NONE);
                format!("{repo}\t{mpack}\t{}\t{time}", found.size_bytes)
            });
            print_table(&["repository", "mpack", "bytes", "since"], lines)
        }
        QuarantineCommand::Release(which) => {
            let (store, blobs) = open_both(which.data).await?;
            Ok(admin::release_mpack(&store, &blobs, &which.repo, which.mpack).await?)
        }
        QuarantineCommand::Delete(which) => {
            let (store, blobs) = open_both(which.data).await?;
            Ok(admin::delete_quarantined(&store, &blobs, &which.repo, which.mpack).await?)
        }
    }
}
