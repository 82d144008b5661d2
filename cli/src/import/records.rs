//! Turning git's commits and trees into records.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gix::objs::FindExt as _;
use muse_wire::commit::{Commit, CommitEnvelope, commit_id};
use muse_wire::dag::CommitSource as _;
use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{Counts, Mpack, NewCommit};
use muse_wire::snapshot::{Change, Entry, SnapshotRecord, Tree, needs_keyframe};

use super::error::ImportError;
use super::git_object::GitCommit;
use super::git_reader::{GitReader, Reading};
use super::lfs_notes::{TooLong, lfs_note};
use super::losses::Losses;
use super::plan::Plan;
use super::planned::{Parent, PlannedChange, PlannedCommit};
use super::source::{Source, Tips};
use super::spool::Spool;
use super::text::CommitText;
use crate::git::{CommitMap, GIT_COMMIT, GIT_LFS, modes_metadata};
use crate::report::{Reporter, Unit};
use crate::repository::{Repository, RepositoryError};

/// Where git's commits are here.
pub(super) type Imported = HashMap<gix::ObjectId, CommitId>;

/// The commits that earlier imports made, and those that were exported to this git repository.
pub(super) fn known_commits(
    repository: &Repository,
    source: &Source,
) -> Result<Imported, ImportError> {
    let mut known = Imported::new();
    let exported = CommitMap::read(&source.git_directory());
    for (muse, git) in exported
        .map_err(ImportError::git("the map of exported commits"))?
        .iter()
    {
        if repository.objects.has_commit(&muse)? {
            known.insert(git, muse);
        }
    }
    for mpack in repository.objects.mpacks()? {
        for row in mpack.tables().commits_in_file_order() {
            let commit = repository.objects.commit(&row.id)?;
            let origin = commit.metadata.get(GIT_COMMIT);
            if let Some(Ok(origin)) = origin.map(|hex| gix::ObjectId::from_hex(hex.as_bytes())) {
                known.insert(origin, row.id);
            }
        }
    }
    Ok(known)
}

/// Writes the plan's commits and their snapshots, whose objects are `objects`, as one mpack.
/// Returns where the tips' commits are.
pub(super) fn write(
    repository: &Repository,
    source: &Source,
    tips: &Tips,
    plan: &Plan,
    objects: &[ObjectId],
    reporter: &dyn Reporter,
    losses: &mut Losses,
) -> Result<Imported, ImportError> {
    let mut imported: Imported = tips
        .commits()
        .filter_map(|tip| Some((tip, *plan.known.get(&tip)?)))
        .collect();
    if plan.commits.is_empty() {
        return Ok(imported);
    }
    let phase = reporter.phase("recording", Some(plan.commits.len() as u64), Unit::Commits);
    let mut recorder = Recorder::new(repository, plan, objects)?;
    let mut reader = GitReader::new(source, Reading::Blobs);
    let mut buffer = Vec::new();
    for planned in &plan.commits {
        let failed = || format!("commit {}", planned.id);
        let objects = &reader.repository()?.objects;
        let raw = objects
            .find(&planned.id, &mut buffer)
            .map_err(ImportError::git(failed()))?;
        let git = GitCommit::parse(raw.data).map_err(ImportError::git(failed()))?;
        let mut text = CommitText::of(&planned.id, raw.data, &git, losses);
        text.metadata.extend(planned.submodule_note());
        if let Some(modes) = &planned.modes {
            match modes_metadata(modes) {
                Some(modes) => text.metadata.extend(modes),
                None => losses.too_long += 1,
            }
        }
        recorder.add(planned, text, losses)?;
        phase.advance(1);
    }
    let is_tip: HashSet<_> = tips.commits().collect();
    let made = plan.commits.iter().zip(&recorder.commits);
    imported.extend(
        made.filter(|(planned, _)| is_tip.contains(&planned.id))
            .map(|(planned, made)| (planned.id, made.id)),
    );
    recorder.write()?;
    Ok(imported)
}

/// Makes records, parents first, and keeps in memory what later ones need of them.
struct Recorder<'a> {
    repository: &'a Repository,
    plan: &'a Plan,
    objects: &'a [ObjectId],
    /// What was here before.
    mpacks: Vec<Arc<Mpack>>,
    /// In the plan's order.
    commits: Vec<MadeCommit>,
    /// Bytes of the records between each snapshot made here and its keyframe.
    chain_bytes: HashMap<SnapshotId, u64>,
    /// How many commits still build on the tree of each.
    uses_left: Vec<u32>,
    commit_records: Spool,
    snapshot_records: Spool,
}

struct MadeCommit {
    id: CommitId,
    generation: u32,
    snapshot: SnapshotId,
    /// Kept while it is still a base.
    tree: Option<Tree>,
}

/// What a commit builds on.
struct Base {
    tree: Tree,
    snapshot: SnapshotId,
}

impl<'a> Recorder<'a> {
    fn new(
        repository: &'a Repository,
        plan: &'a Plan,
        objects: &'a [ObjectId],
    ) -> Result<Self, ImportError> {
        let mut uses_left = vec![0; plan.commits.len()];
        for commit in &plan.commits {
            if let Some(&Parent::New(parent)) = plan.parents(commit).first() {
                uses_left[parent as usize] += 1;
            }
        }
        Ok(Self {
            repository,
            plan,
            objects,
            mpacks: repository.objects.mpacks()?,
            commits: Vec::with_capacity(plan.commits.len()),
            chain_bytes: HashMap::new(),
            uses_left,
            commit_records: Spool::new(repository)?,
            snapshot_records: Spool::new(repository)?,
        })
    }

    fn add(
        &mut self,
        planned: &PlannedCommit,
        mut text: CommitText,
        losses: &mut Losses,
    ) -> Result<(), ImportError> {
        let hex = || planned.id.to_hex().to_string();
        let base = self.base(planned)?;
        let mut changes = self.changes(planned);
        let tree = base
            .as_ref()
            .map_or_else(Tree::empty, |base| base.tree.clone());
        match lfs_note(planned, &changes, &tree) {
            Ok(note) => text
                .metadata
                .extend(note.map(|note| (GIT_LFS.to_owned(), note))),
            Err(TooLong) => losses.too_long += 1,
        }
        // A link that this or an earlier import left out is not there to be taken away.
        changes.retain(|change| change.entry.is_some() || tree.get(&change.path).is_some());
        let tree = tree.apply(&changes).map_err(|source| ImportError::Tree {
            commit: hex(),
            source,
        })?;
        let snapshot = tree.id();
        self.add_snapshot(snapshot, &tree, base, changes)?;
        let mut parents = Vec::with_capacity(planned.parents.len());
        let mut generation = 0;
        for parent in self.plan.parents(planned) {
            let (id, of_parent) = self.parent(parent)?;
            parents.push(id);
            generation = generation.max(of_parent);
        }
        let commit = Commit {
            parents,
            snapshot,
            author: text.author,
            committed_at: text.committed_at,
            message: text.message,
            metadata: text.metadata,
            delta_digest: None,
            signers: Vec::new(),
        };
        let record = commit.encode().map_err(|source| ImportError::Commit {
            commit: hex(),
            source,
        })?;
        self.commit_records.push(&record)?;
        let is_base = self.uses_left[self.commits.len()] > 0;
        self.commits.push(MadeCommit {
            id: commit_id(&record),
            generation: generation + 1,
            snapshot,
            tree: is_base.then_some(tree),
        });
        Ok(())
    }

    /// The first parent's tree.
    fn base(&mut self, planned: &PlannedCommit) -> Result<Option<Base>, ImportError> {
        match self.plan.parents(planned).first() {
            None => Ok(None),
            Some(&Parent::New(parent)) => {
                let parent = parent as usize;
                self.uses_left[parent] -= 1;
                let made = &mut self.commits[parent];
                let tree = match self.uses_left[parent] {
                    0 => made.tree.take(),
                    _ => made.tree.clone(),
                };
                Ok(Some(Base {
                    tree: tree.expect("kept until its last use"),
                    snapshot: made.snapshot,
                }))
            }
            Some(Parent::Known(parent)) => {
                let snapshot = self.repository.objects.commit(parent)?.snapshot;
                let tree = self.repository.objects.tree(&snapshot)?;
                Ok(Some(Base { tree, snapshot }))
            }
        }
    }

    fn parent(&self, parent: &Parent) -> Result<(CommitId, u32), ImportError> {
        match parent {
            Parent::New(parent) => {
                let made = &self.commits[*parent as usize];
                Ok((made.id, made.generation))
            }
            Parent::Known(id) => {
                let node = self.repository.objects.node(id)?;
                let generation = node.map_or(0, |node| node.generation);
                Ok((*id, generation))
            }
        }
    }

    fn changes(&self, planned: &PlannedCommit) -> Vec<Change> {
        let change = |change: &PlannedChange| Change {
            path: self.plan.paths[change.path as usize].clone(),
            entry: change.entry.map(|(kind, blob)| Entry {
                kind,
                object: self.objects[blob as usize],
            }),
        };
        self.plan.changes[planned.changes.clone()]
            .iter()
            .map(change)
            .collect()
    }

    /// Makes the snapshot's record, unless there is one already.
    fn add_snapshot(
        &mut self,
        id: SnapshotId,
        tree: &Tree,
        base: Option<Base>,
        changes: Vec<Change>,
    ) -> Result<(), ImportError> {
        let is_here = |mpack: &Arc<Mpack>| mpack.tables().find_snapshot(&id).is_some();
        if self.chain_bytes.contains_key(&id) || self.mpacks.iter().any(is_here) {
            return Ok(());
        }
        let mut chain = 0;
        let mut delta = None;
        if let Some(base) = base {
            let before = match self.chain_bytes.get(&base.snapshot) {
                Some(&bytes) => bytes,
                None => self.repository.objects.chain_bytes(&base.snapshot)?,
            };
            let record = SnapshotRecord {
                id,
                base: Some(base.snapshot),
                changes,
            };
            let record = record.encode();
            let own = record.len() as u64;
            if !needs_keyframe(before, own, tree.listing_bytes()) {
                chain = before + own;
                delta = Some(record);
            }
        }
        let record = delta.unwrap_or_else(|| tree.record_against(None).encode());
        self.snapshot_records.push(&record)?;
        self.chain_bytes.insert(id, chain);
        Ok(())
    }

    /// Writes all records as one mpack.
    fn write(self) -> Result<(), ImportError> {
        let mut pending = self.repository.objects.new_mpack(Counts {
            commits: self.commits.len() as u64,
            snapshots: self.chain_bytes.len() as u64,
            ..Counts::default()
        })?;
        let writer = pending.writer();
        let directory = self.repository.layout.temporary_dir();
        let damaged = |reason: String| RepositoryError::damaged(directory, reason);
        let records = self.commit_records.into_records()?;
        for (made, record) in self.commits.iter().zip(records) {
            let envelope = CommitEnvelope::plain(record?);
            let commit =
                Commit::decode(&envelope.record).map_err(|error| damaged(error.to_string()))?;
            let new = NewCommit {
                envelope: &envelope,
                commit: &commit,
                generation: made.generation,
            };
            writer.add_commit(&new).map_err(RepositoryError::from)?;
        }
        for record in self.snapshot_records.into_records()? {
            let record =
                SnapshotRecord::decode(&record?).map_err(|error| damaged(error.to_string()))?;
            writer
                .add_snapshot(&record)
                .map_err(RepositoryError::from)?;
        }
        pending.install()?;
        Ok(())
    }
}
