//! Files that git has as LFS pointers. What a pointer stands for takes its place where it is here
//! already, or whole in git's local store; else the file stays the pointer that it is in git.

use std::collections::{HashMap, HashSet};

use muse_wire::snapshot::EntryKind;

use super::blobs;
use super::error::ImportError;
use super::losses::Losses;
use super::plan::Plan;
use super::planned::LfsFile;
use super::source::Source;
use crate::git::{LfsPointer, LfsStore, lfs_lines};
use crate::pipeline::in_order;
use crate::report::{Reporter, Unit};
use crate::repository::Repository;

/// Finds the pointers among the files of `plan`, whose blobs are as long as `lengths` say, and puts
/// what they stand for in their places.
pub(super) fn resolve(
    repository: &Repository,
    source: &Source,
    plan: &mut Plan,
    lengths: &[u64],
    reporter: &dyn Reporter,
    losses: &mut Losses,
) -> Result<(), ImportError> {
    let pointers = pointers(source, plan, lengths)?;
    let store = &plan.lfs.store;
    let here = found_here(repository, &pointers)?;
    let stored = found_in_store(store, &pointers, &here, reporter)?;
    // What takes the place of each blob.
    let mut numbers = HashMap::new();
    let mut files: Vec<LfsFile> = Vec::new();
    let twins = found_in_blobs(source, plan, lengths, &stored)?;
    for (blob, pointer) in &pointers {
        let is_here = here.contains(pointer);
        if is_here || stored.contains(pointer) {
            let number = twins.get(pointer).copied().unwrap_or_else(|| {
                files.push(LfsFile {
                    pointer: *pointer,
                    is_here,
                });
                (plan.blobs.len() + files.len() - 1) as u32
            });
            numbers.insert(*blob, number);
        }
    }
    plan.lfs.files = files;
    let is_pointer: HashSet<u32> = pointers.into_iter().map(|(blob, _)| blob).collect();
    replace(plan, &numbers, &is_pointer, losses);
    Ok(())
}

/// The blobs that are pointers, of those that are files.
fn pointers(
    source: &Source,
    plan: &Plan,
    lengths: &[u64],
) -> Result<Vec<(u32, LfsPointer)>, ImportError> {
    let entries = plan.changes.iter().filter_map(|change| change.entry);
    let files = entries.filter(|(kind, _)| *kind != EntryKind::Symlink);
    let blobs = files.map(|(_, blob)| blob);
    let mut blobs: Vec<u32> = blobs
        .filter(|&blob| LfsPointer::BYTES.contains(&lengths[blob as usize]))
        .collect();
    blobs.sort_unstable();
    blobs.dedup();
    let ids: Vec<_> = blobs
        .iter()
        .map(|&blob| plan.blobs[blob as usize])
        .collect();
    let found = blobs::lfs_pointers(source, &ids)?;
    let found = blobs.into_iter().zip(found);
    Ok(found
        .filter_map(|(blob, pointer)| Some((blob, pointer?)))
        .collect())
}

/// What is here already, since an object here has the name that LFS gives it.
fn found_here(
    repository: &Repository,
    pointers: &[(u32, LfsPointer)],
) -> Result<HashSet<LfsPointer>, ImportError> {
    let mut here = HashSet::new();
    for (_, pointer) in pointers {
        let length = repository.objects.object_length(&pointer.object)?;
        if length == Some(pointer.length) {
            here.insert(*pointer);
        }
    }
    Ok(here)
}

/// What git has as a blob, too, with the number of that.
fn found_in_blobs(
    source: &Source,
    plan: &Plan,
    lengths: &[u64],
    stored: &HashSet<LfsPointer>,
) -> Result<HashMap<LfsPointer, u32>, ImportError> {
    let stored_lengths: HashSet<u64> = stored.iter().map(|pointer| pointer.length).collect();
    let blobs = plan.blobs.iter().zip(lengths).zip(0_u32..);
    let blobs = blobs.filter(|((_, length), _)| stored_lengths.contains(length));
    let (ids, named): (Vec<_>, Vec<_>) = blobs
        .map(|((id, length), number)| (*id, (*length, number)))
        .unzip();
    let objects = blobs::objects(source, &ids)?;
    let found = objects.into_iter().zip(named);
    let found = found.map(|(object, (length, number))| (LfsPointer { object, length }, number));
    Ok(found.filter(|(is, _)| stored.contains(is)).collect())
}

/// What else is whole in git's local store.
fn found_in_store(
    store: &LfsStore,
    pointers: &[(u32, LfsPointer)],
    here: &HashSet<LfsPointer>,
    reporter: &dyn Reporter,
) -> Result<HashSet<LfsPointer>, ImportError> {
    let mut asked = HashSet::new();
    let pointers = pointers.iter().map(|(_, pointer)| *pointer);
    let wanted: Vec<_> = pointers
        .filter(|pointer| !here.contains(pointer) && asked.insert(*pointer))
        .filter(|pointer| store.open(pointer).is_some())
        .collect();
    let mut found = HashSet::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let bytes = wanted.iter().map(|pointer| pointer.length).sum();
    let phase = reporter.phase("checking LFS files", Some(bytes), Unit::Bytes);
    let mut checked = wanted.iter();
    in_order(
        &wanted,
        || (),
        |(), pointer| Ok::<_, ImportError>(store.holds(pointer)),
        |is_whole| {
            let pointer = checked.next().expect("an answer for each");
            phase.advance(pointer.length);
            if is_whole {
                found.insert(*pointer);
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// Puts in the place of each file's blob what `numbers` says, and notes that with the commits.
/// Names the others that are pointers.
fn replace(
    plan: &mut Plan,
    numbers: &HashMap<u32, u32>,
    is_pointer: &HashSet<u32>,
    losses: &mut Losses,
) {
    if is_pointer.is_empty() {
        return;
    }
    let mut kept = HashSet::new();
    for commit in &mut plan.commits {
        let changes = &mut plan.changes[commit.changes.clone()];
        let files = changes.iter().filter_map(|change| match change.entry {
            Some((EntryKind::File | EntryKind::Executable, blob)) => {
                let path: &str = &plan.paths[change.path as usize];
                Some((path, numbers.contains_key(&blob)))
            }
            _ => None,
        });
        commit.lfs = lfs_lines(files).map(Into::into);
        for change in changes {
            let Some((EntryKind::File | EntryKind::Executable, blob)) = &mut change.entry else {
                continue;
            };
            match numbers.get(blob) {
                Some(&number) if commit.lfs.is_some() => *blob = number,
                _ if is_pointer.contains(blob) && kept.insert(change.path) => {
                    losses.keep_pointer(&plan.paths[change.path as usize]);
                }
                _ => {}
            }
        }
    }
}
