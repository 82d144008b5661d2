//! Bringing the stat cache up to date with what was hashed or written, as far as it has settled.

use std::collections::HashSet;

use muse_wire::path::RepoPath;

use super::error::Result;
use super::file::KnownFile;
use crate::repository::{LockedRepository, StatCache, StatCacheBuilder};

/// Writes `cache` back with the files in `known`, which have settled, and without those of `gone`.
pub(super) fn refresh<'a>(
    locked: &mut LockedRepository<'_>,
    cache: &StatCache,
    known: &'a [KnownFile],
    gone: impl Iterator<Item = &'a RepoPath>,
) -> Result<()> {
    let replaced: HashSet<&str> = known
        .iter()
        .map(|file| file.path.as_str())
        .chain(gone.map(RepoPath::as_str))
        .collect();
    let mut builder = StatCacheBuilder::default();
    for (path, stat, object) in cache.iter().filter(|(path, ..)| !replaced.contains(path)) {
        builder.add(path, &stat, &object);
    }
    for file in known {
        builder.add(&file.path, &file.stat, &file.object);
    }
    Ok(locked.write_stat_cache(builder)?)
}
