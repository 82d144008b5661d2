//! Writing git's blobs as one mpack, in the order in which an mpack holds objects.

use std::collections::HashSet;

use muse_wire::id::ObjectId;
use muse_wire::limits::MAX_WHOLE_OBJECT_BYTES;
use muse_wire::mpack::{Arranged, Counts, arrange};

use super::blobs::{self, Contents};
use super::error::ImportError;
use super::plan::Plan;
use super::planned::PlannedContents;
use super::source::Source;
use super::summary::ImportSummary;
use crate::report::{Reporter, Unit};
use crate::repository::{Repository, RepositoryError};

/// Writes all of the plan's contents, which are as long as `lengths` say; returns the object of
/// each by its number.
pub(super) fn write(
    repository: &Repository,
    source: &Source,
    plan: &Plan,
    lengths: &[u64],
    reporter: &dyn Reporter,
    summary: &mut ImportSummary,
) -> Result<Vec<ObjectId>, ImportError> {
    if plan.blobs.is_empty() {
        return Ok(Vec::new());
    }
    let changes = plan.changes.iter().map(|change| {
        let blob = change.entry.map(|(_, blob)| blob);
        (&plan.paths[change.path as usize], blob)
    });
    let mut order = arrange(changes);
    // Large ones last, as an mpack holds them.
    let is_large =
        |placed: &Arranged<'_, u32>| lengths[placed.key as usize] > MAX_WHOLE_OBJECT_BYTES;
    order.sort_by_key(is_large);
    let mut objects = vec![ObjectId::from_bytes([0; 32]); lengths.len()];
    order.retain(|placed| match plan.contents(placed.key) {
        PlannedContents::Lfs(file) if file.is_here => {
            objects[placed.key as usize] = file.pointer.object;
            false
        }
        _ => true,
    });
    if !plan.known.is_empty() {
        leave_out_present(repository, source, plan, lengths, &mut order, &mut objects)?;
    }
    let counts = Counts {
        objects: order.len() as u64,
        object_bytes: order
            .iter()
            .map(|placed| lengths[placed.key as usize])
            .sum(),
        ..Counts::default()
    };
    (summary.objects, summary.object_bytes) = (counts.objects, counts.object_bytes);
    if order.is_empty() {
        return Ok(objects);
    }
    let phase = reporter.phase("importing files", Some(counts.object_bytes), Unit::Bytes);
    let mut pending = repository.objects.new_mpack(counts)?;
    let mut groups = group_bytes(&order, lengths).into_iter();
    blobs::read(source, plan, lengths, &order, |placed, id, contents| {
        objects[placed.key as usize] = id;
        let writer = pending.writer();
        let group = groups.next().flatten();
        let length = lengths[placed.key as usize];
        let added = match contents {
            Contents::Whole(bytes) if length <= MAX_WHOLE_OBJECT_BYTES => group
                .map_or(Ok(()), |bytes| writer.begin_group(bytes))
                .and_then(|()| writer.add_object(id, bytes)),
            Contents::Whole(mut bytes) => {
                writer.add_large_object(id, length, &mut bytes, |_| false)
            }
            Contents::Read(mut file) => writer.add_large_object(id, length, &mut file, |_| false),
        };
        added.map_err(RepositoryError::from)?;
        phase.advance(length);
        Ok(())
    })?;
    pending.install()?;
    Ok(objects)
}

/// For the first version of each path, the bytes of all its versions together.
fn group_bytes(order: &[Arranged<'_, u32>], lengths: &[u64]) -> Vec<Option<u64>> {
    let mut bytes = Vec::with_capacity(order.len());
    for group in order.chunk_by(|one, two| one.path == two.path) {
        let lengths = group.iter().map(|placed| lengths[placed.key as usize]);
        bytes.push(Some(lengths.sum()));
        bytes.resize(bytes.len() + group.len() - 1, None);
    }
    bytes
}

/// Removes the blobs that an earlier import brought from the order: a merge names them again. What
/// an mpack holds must be known before it is written, so these few are read twice.
fn leave_out_present(
    repository: &Repository,
    source: &Source,
    plan: &Plan,
    lengths: &[u64],
    order: &mut Vec<Arranged<'_, u32>>,
    objects: &mut [ObjectId],
) -> Result<(), ImportError> {
    let mut present = HashSet::new();
    let is_blob =
        |placed: &Arranged<'_, u32>| matches!(plan.contents(placed.key), PlannedContents::Blob(_));
    let blobs: Vec<_> = order
        .iter()
        .filter(|placed| is_blob(placed))
        .cloned()
        .collect();
    blobs::read(source, plan, lengths, &blobs, |placed, id, _| {
        if repository.objects.has_object(&id)? {
            objects[placed.key as usize] = id;
            present.insert(placed.key);
        }
        Ok(())
    })?;
    order.retain(|placed| !present.contains(&placed.key));
    Ok(())
}
