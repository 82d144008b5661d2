//! Reading git's blobs in the order in which they are stored, and writing them as one mpack.

use std::collections::HashSet;
use std::ops::Range;

use gix::objs::FindExt as _;
use muse_wire::id::ObjectId;
use muse_wire::limits::MAX_WHOLE_OBJECT_BYTES;
use muse_wire::mpack::{Arranged, Counts, arrange};

use super::error::ImportError;
use super::links::LinkBlobs;
use super::pipeline::in_order;
use super::plan::Plan;
use super::source::Source;
use super::summary::ImportSummary;
use crate::report::{Reporter, Unit};
use crate::repository::{Repository, RepositoryError};

/// Bytes of blobs that one thread reads at once; a longer blob is read alone.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;

/// Blobs whose length one thread looks up at once.
const LENGTHS_PER_BATCH: usize = 4096;

/// Writes all of the plan's blobs; returns the object of each, in the plan's order.
pub(super) fn write(
    repository: &Repository,
    source: &Source,
    plan: &Plan,
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
    let lengths = lengths(source, &plan.blobs)?;
    let links = LinkBlobs::find(plan, &lengths)?;
    let mut order = arrange(changes);
    // Large ones last, as an mpack holds them.
    let is_large =
        |placed: &Arranged<'_, u32>| lengths[placed.key as usize] > MAX_WHOLE_OBJECT_BYTES;
    order.sort_by_key(is_large);
    let mut objects = vec![ObjectId::from_bytes([0; 32]); plan.blobs.len()];
    if !plan.known.is_empty() {
        leave_out_present(
            repository,
            source,
            &links,
            &lengths,
            &mut order,
            &mut objects,
        )?;
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
    read(source, plan, &order, &lengths, |placed, id, contents| {
        links.check(placed.key, contents)?;
        objects[placed.key as usize] = id;
        let writer = pending.writer();
        let added = if contents.len() as u64 > MAX_WHOLE_OBJECT_BYTES {
            let length = contents.len() as u64;
            writer.add_large_object(id, length, &mut &*contents, |_| false)
        } else {
            writer.add_object(id, contents)
        };
        added.map_err(RepositoryError::from)?;
        phase.advance(contents.len() as u64);
        Ok(())
    })?;
    pending.install()?;
    Ok(objects)
}

/// Removes the blobs that an earlier import brought from the order: a merge names them again. What
/// an mpack holds must be known before it is written, so these few are read twice.
fn leave_out_present(
    repository: &Repository,
    source: &Source,
    links: &LinkBlobs<'_>,
    lengths: &[u64],
    order: &mut Vec<Arranged<'_, u32>>,
    objects: &mut [ObjectId],
) -> Result<(), ImportError> {
    let mut present = HashSet::new();
    read(
        source,
        links.plan(),
        order,
        lengths,
        |placed, id, contents| {
            links.check(placed.key, contents)?;
            if repository.objects.has_object(&id)? {
                objects[placed.key as usize] = id;
                present.insert(placed.key);
            }
            Ok(())
        },
    )?;
    order.retain(|placed| !present.contains(&placed.key));
    Ok(())
}

/// Reads blobs on all cores and gives each, with its id, to `consume` in this order.
fn read(
    source: &Source,
    plan: &Plan,
    order: &[Arranged<'_, u32>],
    lengths: &[u64],
    mut consume: impl FnMut(&Arranged<'_, u32>, ObjectId, &[u8]) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut places = order.iter();
    in_order(
        &batches(order, lengths),
        || source.blob_reader(),
        |reader, range: &Range<usize>| {
            let read = |placed: &Arranged<'_, u32>| {
                let id = &plan.blobs[placed.key as usize];
                let mut contents = Vec::new();
                reader
                    .objects
                    .find_blob(id, &mut contents)
                    .map_err(ImportError::git(format!("blob {id}")))?;
                Ok((ObjectId::of(&contents), contents))
            };
            let places = &order[range.clone()];
            places
                .iter()
                .map(read)
                .collect::<Result<Vec<_>, ImportError>>()
        },
        |batch| {
            for (id, contents) in batch {
                let placed = places.next().expect("a blob for each place");
                consume(placed, id, &contents)?;
            }
            Ok(())
        },
    )
}

/// The length of each blob in bytes, without reading it.
fn lengths(source: &Source, blobs: &[gix::ObjectId]) -> Result<Vec<u64>, ImportError> {
    let mut lengths = Vec::with_capacity(blobs.len());
    in_order(
        &blobs.chunks(LENGTHS_PER_BATCH).collect::<Vec<_>>(),
        || source.blob_reader(),
        |reader, batch| {
            let length = |id: &gix::ObjectId| {
                reader
                    .find_header(*id)
                    .map(|header| header.size())
                    .map_err(ImportError::git(format!("blob {id}")))
            };
            batch.iter().map(length).collect::<Result<Vec<_>, _>>()
        },
        |batch| {
            lengths.extend(batch);
            Ok(())
        },
    )?;
    Ok(lengths)
}

/// Cuts the order into ranges that one thread reads at once.
fn batches(order: &[Arranged<'_, u32>], lengths: &[u64]) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (at, placed) in order.iter().enumerate() {
        let length = lengths[placed.key as usize];
        if at > start && bytes + length > BATCH_BYTES {
            batches.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes += length;
    }
    batches.push(start..order.len());
    batches
}
