//! The symbolic links of a plan: each must have a target that a link here can have.

use std::collections::HashSet;

use muse_wire::snapshot::EntryKind;

use super::blobs;
use super::error::ImportError;
use super::losses::Losses;
use super::plan::Plan;
use super::source::Source;

/// Checks the targets of all links of `plan`. A link to nowhere is left out of the plan where
/// `losses` allows that: from then on its path counts as gone.
pub(super) fn check(
    source: &Source,
    plan: &mut Plan,
    losses: &mut Losses,
) -> Result<(), ImportError> {
    let entries = plan.changes.iter().filter_map(|change| change.entry);
    let targets = entries.filter_map(|(kind, blob)| (kind == EntryKind::Symlink).then_some(blob));
    let mut targets: Vec<u32> = targets.collect();
    targets.sort_unstable();
    targets.dedup();
    let ids: Vec<_> = targets
        .iter()
        .map(|&blob| plan.blobs[blob as usize])
        .collect();
    let are_targets = blobs::are_link_targets(source, &ids)?;
    let checked = targets.iter().zip(are_targets);
    let wrong: HashSet<u32> = checked
        .filter_map(|(&blob, is_target)| (!is_target).then_some(blob))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let mut skipped = HashSet::new();
    for commit in &plan.commits {
        for change in &mut plan.changes[commit.changes.clone()] {
            let Some((EntryKind::Symlink, blob)) = change.entry else {
                continue;
            };
            if !wrong.contains(&blob) {
                continue;
            }
            let path = &plan.paths[change.path as usize];
            if !losses.may_skip() {
                return Err(ImportError::LinkTarget {
                    commit: commit.id.to_hex().to_string(),
                    path: path.clone(),
                    blob: plan.blobs[blob as usize].to_hex().to_string(),
                });
            }
            if skipped.insert(change.path) {
                losses.skip_link(path);
            }
            change.entry = None;
        }
    }
    Ok(())
}
