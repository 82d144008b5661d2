//! The mpacks of which nothing was reached when garbage was collected last, `.muse/unreached`.
//!
//! They wait for the time after which they go, which counts from the time of the file: merging them
//! with new ones would begin it anew. The file is JSON, `{"version": 1, "mpacks": […]}`, and
//! missing where there are none. Where it is lost, some mpacks stay longer than they have to.

use std::collections::BTreeSet;
use std::path::Path;

use muse_wire::id::MpackKey;
use serde::{Deserialize, Serialize};

use super::durable::Durability;
use super::error::Result;
use super::list_file;

/// The list in the file.
#[derive(Default, Serialize, Deserialize)]
struct List {
    mpacks: BTreeSet<MpackKey>,
}

/// The mpacks that the file at `path` lists.
pub(super) fn read(path: &Path) -> BTreeSet<MpackKey> {
    let List { mpacks } = list_file::read(path).unwrap_or_default();
    mpacks
}

/// Replaces the list at `path`.
pub(super) fn write(mpacks: BTreeSet<MpackKey>, path: &Path, temporary: &Path) -> Result<()> {
    if mpacks.is_empty() {
        return list_file::remove(path);
    }
    list_file::write(List { mpacks }, path, temporary, Durability::Synced)
}
