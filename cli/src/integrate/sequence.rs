//! Applying commits one after the other, in memory, up to the end or to a conflict.

use std::collections::{BTreeMap, BTreeSet};

use muse_wire::commit::{Author, Commit, Timestamp};
use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;

use super::conflicts::to_unsettled;
use super::error::IntegrateError;
use crate::fault;
use crate::merge::{Labels, Merged, merge_commits, merge_trees};
use crate::report::Reporter;
use crate::repository::{
    Action, Cause, Expected, Head, HeadState, LockedRepository, RefEdit, Repository,
    RepositoryError, Unfinished, UnsettledPath,
};
use crate::signing::Signer;
use crate::worktree::{
    CheckoutStats, CheckoutTarget, CommitDetails, LocalChanges, WorktreeError, check_out,
    local_changes, record_commit, switch_tree,
};

/// Most new files that are left alone while a conflict is settled.
const MAX_LEFT_ALONE: usize = 1000;

/// Who makes new commits, and when.
#[derive(Debug, Clone)]
pub struct Committer {
    /// Who.
    pub author: Author,
    /// When.
    pub now: Timestamp,
    /// What signs them.
    pub signer: Option<Signer>,
}

impl Committer {
    /// What a commit of theirs says.
    pub fn says(&self, message: String) -> CommitDetails {
        CommitDetails {
            author: self.author.clone(),
            committed_at: self.now,
            message,
            metadata: BTreeMap::new(),
            signer: self.signer.clone(),
        }
    }
}

/// How far an operation came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// To the end.
    Done(Applied),
    /// To a conflict.
    Stopped(Stop),
}

/// What an operation that came to its end has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Where `HEAD` points.
    pub head: Head,
    /// The commit that it named when the operation began.
    pub old: Option<CommitId>,
    /// The commit that it names.
    pub new: CommitId,
    /// The commits that were made, the first one first.
    pub made: Vec<CommitId>,
    /// The commits that were left out, since they would have changed nothing.
    pub skipped: Vec<CommitId>,
    /// What happened in the work tree.
    pub files: CheckoutStats,
}

/// Where an operation stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What it does.
    pub action: Action,
    /// The commit that it was applying.
    pub step: CommitId,
    /// How many commits follow it.
    pub left: usize,
    /// What is to be settled, ascending by path.
    pub conflicts: Vec<UnsettledPath>,
}

/// What is to be applied, and onto what.
pub(super) struct Sequence {
    pub(super) action: Action,
    /// `HEAD` before the operation began.
    pub(super) start: HeadState,
    /// The commit that the next one is made on.
    pub(super) tip: CommitId,
    /// The commits to apply, the next one first.
    pub(super) steps: Vec<CommitId>,
    /// What the commits say, where it is not what those say that are applied.
    pub(super) message: Option<String>,
    /// What the other version is called at a conflict; the step, unless given.
    pub(super) label: Option<String>,
    /// For each commit with several parents, the number of the one that its changes are against.
    pub(super) mainline: Option<usize>,
}

impl Sequence {
    /// What is left of an unfinished operation.
    pub(super) fn rest(unfinished: Unfinished, tip: CommitId, steps: Vec<CommitId>) -> Self {
        Self {
            action: unfinished.action,
            start: unfinished.start,
            tip,
            steps,
            message: None,
            label: None,
            mainline: unfinished.mainline,
        }
    }

    /// Applies all of it, then brings the files and `HEAD` along.
    pub(super) fn run(
        mut self,
        locked: &mut LockedRepository<'_>,
        committer: &Committer,
        reporter: &dyn Reporter,
    ) -> Result<Outcome, IntegrateError> {
        let mut made = Vec::new();
        let mut skipped = Vec::new();
        while let Some(&step) = self.steps.first() {
            let repository: &Repository = locked;
            let commit = repository.objects.commit(&step)?;
            let merged = self.apply(repository, step, &commit)?;
            if !merged.conflicts.is_empty() {
                let unfinished = self.unfinished();
                return stop(locked, unfinished, merged, reporter).map(Outcome::Stopped);
            }
            let before = repository.objects.commit(&self.tip)?.snapshot;
            if merged.tree.id() == before && self.action != Action::Merge {
                skipped.push(step);
            } else {
                let parents = self.parents(step);
                let details = details(self.action, &step, commit, self.message.as_ref(), committer);
                let contents = merged.new_objects;
                self.tip = record_commit(repository, &parents, &merged.tree, &details, contents)?;
                made.push(self.tip);
            }
            self.steps.remove(0);
        }
        self.finish(locked, made, skipped, reporter)
            .map(Outcome::Done)
    }

    /// What is left to do, at a step that is not applied yet.
    fn unfinished(self) -> Unfinished {
        Unfinished {
            action: self.action,
            start: self.start,
            tip: self.tip,
            merged: self.tip,
            shown: self.tip,
            is_written: false,
            steps: self.steps,
            mainline: self.mainline,
            message: self.message,
            conflicts: Vec::new(),
            left_alone: BTreeSet::new(),
        }
    }

    /// The tree of the next commit.
    fn apply(
        &self,
        repository: &Repository,
        step: CommitId,
        commit: &Commit,
    ) -> Result<Merged, IntegrateError> {
        let name = match &self.label {
            Some(label) => label.clone(),
            None => format!("{} ({})", step.short(), commit.subject()),
        };
        if matches!(self.action, Action::Merge | Action::SquashMerge) {
            let labels = Labels {
                ours: "HEAD",
                base: "merged common ancestors",
                theirs: &name,
            };
            return Ok(merge_commits(repository, self.tip, step, labels)?);
        }
        let objects = &repository.objects;
        if objects.shallow()?.contains(&step) {
            return Err(RepositoryError::Shallow(step).into());
        }
        let parent = self.parent_of(step, commit)?;
        let [tip, parent, step] =
            [&self.tip, &parent, &step].map(|id| objects.commit_tree(Some(id)));
        let (tip, parent, step) = (tip?, parent?, step?);
        let parent_name = format!("parent of {name}");
        let merged = match self.action {
            Action::Revert => {
                let labels = Labels {
                    ours: "HEAD",
                    base: &name,
                    theirs: &parent_name,
                };
                merge_trees(objects, &step, &tip, &parent, labels)
            }
            _ => {
                let labels = Labels {
                    ours: "HEAD",
                    base: &parent_name,
                    theirs: &name,
                };
                merge_trees(objects, &parent, &tip, &step, labels)
            }
        };
        Ok(merged?)
    }

    /// The commit that the changes of `step` are against.
    fn parent_of(&self, step: CommitId, commit: &Commit) -> Result<CommitId, IntegrateError> {
        match (commit.parents.as_slice(), self.mainline) {
            ([], _) => Err(IntegrateError::NoParent(step)),
            ([parent], None) => Ok(*parent),
            (_, None) => Err(IntegrateError::IsMerge(step)),
            (parents, Some(number)) => {
                let parent = number.checked_sub(1).and_then(|index| parents.get(index));
                parent.copied().ok_or(IntegrateError::NoSuchParent {
                    commit: step,
                    number,
                })
            }
        }
    }

    fn parents(&self, step: CommitId) -> Vec<CommitId> {
        match self.action {
            Action::Merge => vec![self.tip, step],
            _ => vec![self.tip],
        }
    }

    /// Brings the files and `HEAD` to the last commit that was made.
    fn finish(
        self,
        locked: &mut LockedRepository<'_>,
        made: Vec<CommitId>,
        skipped: Vec<CommitId>,
        reporter: &dyn Reporter,
    ) -> Result<Applied, IntegrateError> {
        let head = match &self.start.head {
            Head::Branch(name) => Head::Branch(name.clone()),
            Head::Detached(_) => Head::Detached(self.tip),
        };
        let subject = locked.objects.commit(&self.tip)?;
        let reason = format!("{}: {}", self.action, subject.subject());
        let target = CheckoutTarget {
            commit: Some(self.tip),
            head: head.clone(),
            edits: &[],
            cause: (&reason).into(),
        };
        let files = check_out(locked, target, LocalChanges::Keep, reporter)?;
        // Where nothing was to be done, `HEAD` has not moved, and nothing has ended it yet.
        locked.set_unfinished(None)?;
        consolidate(locked, reporter);
        Ok(Applied {
            head,
            old: self.start.commit,
            new: self.tip,
            made,
            skipped,
            files,
        })
    }
}

/// Writes the conflicts of `merged` into the work tree and notes what is unfinished: `unfinished`
/// without what it shows.
pub(super) fn stop(
    locked: &mut LockedRepository<'_>,
    mut unfinished: Unfinished,
    merged: Merged,
    reporter: &dyn Reporter,
) -> Result<Stop, IntegrateError> {
    let refs = locked.refs.read()?;
    let current = locked.objects.commit_tree(refs.head_commit().as_ref())?;
    unfinished.left_alone = new_files(locked, &current)?
        .into_iter()
        // One that the merge brings, too, is part of it.
        .filter(|path| merged.tree.get(path).is_none())
        .collect();
    let action = unfinished.action;
    let step = unfinished.steps[0];
    let details = CommitDetails {
        message: format!("{action} with conflicts"),
        ..CommitDetails::of_copy(locked.objects.commit(&step)?)
    };
    unfinished.conflicts = to_unsettled(&merged);
    let contents = merged.new_objects;
    let shown = record_commit(locked, &[unfinished.tip], &merged.tree, &details, contents)?;
    unfinished.merged = shown;
    unfinished.shown = shown;
    unfinished.is_written = false;
    let before = refs.unfinished();
    locked.set_unfinished(Some(&unfinished))?;
    fault::point("conflict_noted");
    let keep = LocalChanges::Keep;
    if let Err(error) = switch_tree(locked, &current, &merged.tree, keep, reporter) {
        if matches!(error, WorktreeError::WouldOverwrite(_)) {
            // Nothing was touched.
            locked.set_unfinished(before)?;
        }
        return Err(error.into());
    }
    fault::point("conflict_written");
    unfinished.is_written = true;
    move_to_tip(locked, &unfinished)?;
    Ok(Stop {
        action,
        step,
        left: unfinished.steps.len() - 1,
        conflicts: unfinished.conflicts,
    })
}

/// As a sequence stops, for changes that will not be committed: those of the stash `step`.
///
/// # Errors
/// [`IntegrateError`]; nothing was touched where there are local changes.
pub fn stop_at_conflicts(
    locked: &mut LockedRepository<'_>,
    action: Action,
    start: HeadState,
    step: CommitId,
    merged: Merged,
    reporter: &dyn Reporter,
) -> Result<Stop, IntegrateError> {
    let tip = start.commit.ok_or(RepositoryError::NoCommits)?;
    let unfinished = Unfinished {
        action,
        start,
        tip,
        merged: tip,
        shown: tip,
        is_written: false,
        steps: vec![step],
        mainline: None,
        message: None,
        conflicts: Vec::new(),
        left_alone: BTreeSet::new(),
    };
    stop(locked, unfinished, merged, reporter)
}

/// Moves `HEAD` to the commit that the next one will be made on. A rebase leaves its branch alone
/// until the end.
fn move_to_tip(
    locked: &mut LockedRepository<'_>,
    unfinished: &Unfinished,
) -> Result<(), IntegrateError> {
    let reason = format!("{}: stopped at a conflict", unfinished.action);
    let cause = Cause {
        unfinished: Some(unfinished),
        ..Cause::from(&reason)
    };
    let tip = unfinished.tip;
    let head = match &unfinished.start.head {
        Head::Branch(name) if unfinished.action != Action::Rebase => {
            let edit = RefEdit {
                name: name.clone(),
                expected: Expected::Any,
                new: Some(tip),
            };
            locked.update_refs(&[edit], cause)?;
            return Ok(());
        }
        _ => Head::Detached(tip),
    };
    locked.update_refs_and_head(&[], &head, cause)?;
    Ok(())
}

/// The files that the current commit does not have.
///
/// # Errors
/// [`IntegrateError::LocalChanges`] where others have changed, which would be committed with what
/// is to be settled. So would be new ones, if they are too many to be noted.
fn new_files(repository: &Repository, current: &Tree) -> Result<Vec<RepoPath>, IntegrateError> {
    let changed = local_changes(repository, current)?.changed;
    let has_tracked = changed.iter().any(|file| file.before.is_some());
    let paths: Vec<RepoPath> = changed.into_iter().map(|file| file.path).collect();
    if has_tracked || paths.len() > MAX_LEFT_ALONE {
        return Err(IntegrateError::LocalChanges(paths));
    }
    Ok(paths)
}

/// The files of the current commit that have changed, ascending by path.
pub(super) fn changed_paths(
    repository: &Repository,
    current: &Tree,
) -> Result<Vec<RepoPath>, IntegrateError> {
    let changed = local_changes(repository, current)?.changed.into_iter();
    let tracked = changed.filter(|file| file.before.is_some());
    Ok(tracked.map(|file| file.path).collect())
}

/// What the commit says that is made of a step.
pub(super) fn details(
    action: Action,
    id: &CommitId,
    step: Commit,
    message: Option<&String>,
    committer: &Committer,
) -> CommitDetails {
    let own = |text| committer.says(text);
    let given = message.cloned();
    match action {
        Action::Merge | Action::SquashMerge => {
            own(given.unwrap_or_else(|| format!("Merge {}", id.short())))
        }
        Action::Revert => {
            own(given
                .unwrap_or_else(|| format!("Revert \"{}\"\n\nThis reverts {id}.", step.subject())))
        }
        Action::CherryPick | Action::Rebase | Action::Stash => {
            let details = CommitDetails::of_copy(step);
            CommitDetails {
                message: given.unwrap_or(details.message),
                signer: committer.signer.clone(),
                ..details
            }
        }
    }
}

/// Merges the small mpacks of the commits that were made. Without that, only later commands are
/// slower.
fn consolidate(locked: &mut LockedRepository<'_>, reporter: &dyn Reporter) {
    if let Err(error) = locked.consolidate() {
        reporter.step(format_args!("small mpacks were not merged: {error}"));
    }
}
