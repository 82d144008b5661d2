//! Hands out stored objects on all cores, so that every frame is decompressed once.

use std::collections::BTreeMap;
use std::path::Path;

use muse_wire::id::ObjectId;
use muse_wire::mpack::{Mpack, ObjectRow};
use rayon::prelude::*;

use crate::repository::{Repository, RepositoryError};
use crate::worktree::error::Result;

/// Reads all of `ids` and gives their pieces to `sink(row, offset, piece)`: the pieces of one object
/// in order and from one thread, different objects from several.
pub(super) fn deliver(
    repository: &Repository,
    ids: impl Iterator<Item = ObjectId>,
    sink: &(impl Fn(&ObjectRow, u64, &[u8]) -> Result<()> + Sync),
) -> Result<()> {
    let mpacks = repository.mpacks()?;
    let mut frames: BTreeMap<(usize, u32), Vec<ObjectRow>> = BTreeMap::new();
    for id in ids {
        let place = mpacks
            .iter()
            .enumerate()
            .find_map(|(number, mpack)| mpack.tables().find_object(&id).map(|row| (number, row)));
        let Some((number, row)) = place else {
            return Err(RepositoryError::missing_object(&id).into());
        };
        frames.entry((number, row.frame)).or_default().push(row);
    }
    let directory = repository.muse_dir().join("mpacks");
    frames
        .into_par_iter()
        .try_for_each(|((number, frame), rows)| {
            deliver_frame(&directory, &mpacks[number], frame, &rows, sink)
        })
}

/// Gives out the objects of one frame, and the rest of an object that goes on in the frames behind it.
fn deliver_frame(
    directory: &Path,
    mpack: &Mpack,
    frame: u32,
    rows: &[ObjectRow],
    sink: &impl Fn(&ObjectRow, u64, &[u8]) -> Result<()>,
) -> Result<()> {
    let read = |frame| {
        mpack
            .read_frame(frame)
            .map_err(|source| RepositoryError::DamagedMpack {
                path: directory.to_owned(),
                source,
            })
    };
    let raw = read(frame)?;
    for row in rows {
        let start = row.offset as usize;
        // The tables were checked when they were loaded: an object lies in its frame, or fills several.
        let in_frame = usize::try_from(row.length).map_or(raw.len(), |length| {
            raw.len().min(start.saturating_add(length))
        });
        sink(row, 0, &raw[start..in_frame])?;
    }
    if let [row] = rows {
        let mut given = raw.len() as u64 - u64::from(row.offset);
        let mut next = frame;
        drop(raw);
        while given < row.length {
            next += 1;
            let raw = read(next)?;
            sink(row, given, &raw)?;
            given += raw.len() as u64;
        }
    }
    Ok(())
}
