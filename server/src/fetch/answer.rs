//! From the mpacks that answer a fetch to what is sent: their bytes where they are few, or URLs.

use std::time::Duration;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack, WithheldObject};
use muse_wire::limits::MAX_INLINE_FETCH_BYTES;
use tokio::time::Instant;

use super::missing::HistoryEnds;
use super::source::{PlannedFile, RepoSource};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

/// How many thin mpacks are looked for at once: a client that is far behind gets many.
const CONCURRENT_LOOK_UPS: usize = 16;

/// What answers a fetch.
pub(super) struct Answer {
    /// In the order in which they are applied.
    pub(super) files: Vec<PlannedFile>,
    /// How many commits they bring.
    pub(super) commits: u64,
    /// What is left out, because it is blocked.
    pub(super) withheld: Vec<WithheldObject>,
    /// Where the reader's history ends, if it is not whole.
    pub(super) ends: HistoryEnds,
    /// Whether everything was there already.
    pub(super) is_built: bool,
}

impl Answer {
    /// The plan to send, whose URLs are valid for `lifetime`. Writes the log line of the fetch,
    /// which was received at `started`.
    ///
    /// # Errors
    /// [`Error`] where the blob store fails.
    pub(super) async fn send(
        self,
        source: RepoSource<'_>,
        request: &FetchRequest,
        started: Instant,
        lifetime: Duration,
    ) -> Result<FetchPlan> {
        let cache = if self.is_built { "HIT" } else { "MISS" };
        let mpacks: Vec<PlannedFile> = stream::iter(self.files)
            .map(|mpack| source.existing_form(mpack))
            .buffered(CONCURRENT_LOOK_UPS)
            .try_collect()
            .await?;
        let size_bytes: u64 = mpacks.iter().map(|mpack| mpack.file.size_bytes).sum();
        let is_small = size_bytes <= MAX_INLINE_FETCH_BYTES;
        let count = mpacks.len();
        let mut planned = Vec::with_capacity(count);
        for PlannedFile { blob, file, .. } in mpacks {
            let (inline, download) = if is_small {
                let bytes = source.blobs.read_range(&blob, 0..file.size_bytes).await?;
                (Some(bytes.into()), None)
            } else {
                (None, Some(source.download(&blob, lifetime).await?))
            };
            planned.push(PlannedMpack {
                mpack_key: file.key,
                size_bytes: file.size_bytes,
                counts: file.counts,
                inline,
                download,
            });
        }
        tracing::info!(
            repo = %source.repo.name,
            %cache,
            tip = request.want.first().map(tracing::field::display),
            commits = self.commits,
            mpacks = count,
            withheld = self.withheld.len(),
            size_bytes,
            t = %format_args!("{}ms", started.elapsed().as_millis()),
            "fetch"
        );
        Ok(FetchPlan {
            mpacks: planned,
            withheld: self.withheld,
            cache: cache.to_owned(),
            wanted_refs: Vec::new(),
            shallow: self.ends.shallow,
            unshallow: self.ends.unshallow,
        })
    }
}
