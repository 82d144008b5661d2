//! A bound on the memory of pushes that are verified and mpacks that are merged at the same time.
//!
//! Each of them first reserves what it will take, as estimated from the tables of its mpacks.
//! Requests and fetches take little each, and are bounded by their number.

use std::sync::Arc;

use muse_wire::mpack::{Counts, FrameKind, Tables};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What permits are counted in.
const UNIT_BYTES: u64 = 1 << 20;

/// What a work takes whatever it works on.
const BASE_BYTES: u64 = 16 << 20;

/// What a commit, a snapshot or an object takes beside its record: its rows in tables, in indexes
/// and in what is inserted.
const ENTRY_BYTES: u64 = 512;

/// How often the bytes of records are held: as they came, and as they are stored.
const RECORD_COPIES: u64 = 2;

/// The memory that may be reserved; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct MemoryBudget {
    permits: Arc<Semaphore>,
    units: u32,
}

/// Reserved memory, until it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

impl MemoryBudget {
    /// A budget of so many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        // Tokio takes no more permits; nobody has as many mebibytes.
        let units = u32::try_from(bytes / UNIT_BYTES).unwrap_or(u32::MAX);
        let units = units.clamp(1, u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        Self {
            permits: Arc::new(Semaphore::new(units as usize)),
            units,
        }
    }

    /// Waits until so many bytes are free, in the order of those who wait. What needs more than
    /// there is gets all, and so runs alone. Whoever holds a reservation must not ask for another.
    pub(crate) async fn reserve(&self, bytes: u64) -> Reservation {
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX);
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_many_owned(units.min(self.units)).await;
        Reservation(permit.expect("the semaphore is never closed"))
    }
}

/// What it takes to verify and publish an mpack.
pub(crate) fn of_push(tables: &Tables) -> u64 {
    let record_bytes = tables.raw_bytes_of(&[FrameKind::Commits, FrameKind::Snapshots]);
    let chunk_bytes = (tables.chunk_count() as u64).saturating_mul(ENTRY_BYTES);
    of_entries(&tables.counts())
        .saturating_add(chunk_bytes)
        .saturating_add(record_bytes.saturating_mul(RECORD_COPIES))
}

/// What it takes to merge mpacks that hold so much, records left aside: they are copied.
pub(crate) fn of_entries(counts: &Counts) -> u64 {
    let entries = counts.objects + counts.commits + counts.snapshots;
    BASE_BYTES.saturating_add(entries.saturating_mul(ENTRY_BYTES))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn waits(budget: &MemoryBudget, bytes: u64) -> bool {
        let reserved = timeout(Duration::from_millis(20), budget.reserve(bytes)).await;
        reserved.is_err()
    }

    #[tokio::test]
    async fn what_does_not_fit_waits() {
        let budget = MemoryBudget::new(10 << 20);
        let six = budget.reserve(6 << 20).await;
        assert!(!waits(&budget, 4 << 20).await);
        assert!(waits(&budget, (4 << 20) + 1).await);
        drop(six);
        assert!(!waits(&budget, (4 << 20) + 1).await);
    }

    #[tokio::test]
    async fn what_is_larger_than_all_runs_alone() {
        let budget = MemoryBudget::new(10 << 20);
        let all = budget.reserve(u64::MAX).await;
        assert!(waits(&budget, 1).await);
        drop(all);
        assert!(!waits(&MemoryBudget::new(0), 1).await, "none is too small");
    }
}
