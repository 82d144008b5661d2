//! The job queue as a whole: how much waits, and for how long.

mod model;

pub use model::QueueStatus;

use super::database::{Store, query};
use super::error::Result;

impl Store {
    /// How many jobs of each kind are unfinished, and how long they have waited.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn queue_status(&self) -> Result<Vec<QueueStatus>> {
        query!(self, queue::status())
    }
}
