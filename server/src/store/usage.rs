//! How much room repositories take in the blob store, as far as the database names their blobs.

mod model;

use std::collections::HashMap;

pub use model::Usage;

use super::database::{Store, query};
use super::error::Result;
use super::repos::RepoId;

impl Store {
    /// What every repository takes that has any blob.
    ///
    /// # Errors
    /// Only where the database fails.
    pub async fn usage(&self) -> Result<HashMap<RepoId, Usage>> {
        query!(self, usage::all())
    }
}
